"""The studio in a real browser: heard, typed, chosen, killed, started again, taken back.

Against the sample, and against a meeting of one's own choice where SCRIBE_TEST_MEETING names a transcript that scribe
reads: it is given a silent recording of its length.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openai_server import Asked, Reply, Server, part
from studio_server import StudioProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MEETING = os.environ.get("SCRIBE_TEST_MEETING")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        options += ["--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"]
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=[*options, "--mute-audio"])
        yield made
        made.close()


def scribe(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "scribe", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def silent(path: Path, seconds: float) -> None:
    """A recording in which nothing is heard."""
    with wave.open(str(path), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(1)
        made.setframerate(8000)
        second = b"\x80" * 8000
        for _ in range(int(seconds) + 1):
            made.writeframes(second)


@pytest.fixture(scope="session")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A workspace for each session that the tests work on, as `scribe run` leaves it, with alternatives."""
    made = {"simulators-1": tmp_path_factory.mktemp("sample")}
    (made["simulators-1"] / "transcripts").mkdir()
    for name in ("simulators-1.m4a", "simulators-1.vtt"):
        shutil.copy(ROOT / "transcripts" / name, made["simulators-1"] / "transcripts" / name)
    sources = {"simulators-1": "transcripts/simulators-1.m4a"}
    if MEETING:
        path = Path(MEETING)
        folder = made[path.stem] = tmp_path_factory.mktemp("meeting")
        shutil.copy(path, folder / path.name)
        told = json.loads(path.read_text())
        silent(folder / f"{path.stem}.wav", max(segment["end"] for segment in told["segments"]))
        sources[path.stem] = f"{path.stem}.wav"
    for name, folder in made.items():
        scribe(folder, "run", sources[name])
        scribe(folder, "draft", name, "--voices", "writer,sceptic,formaliser")
    return made


NAMES = ["simulators-1", *([Path(MEETING).stem] if MEETING else [])]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(name: str, sessions: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(sessions[name], tmp_path / "workspace"))


@pytest.fixture
def studio(folder: Path) -> Iterator[StudioProcess]:
    made = StudioProcess(folder)
    yield made
    with contextlib.suppress(ValueError):
        told = made.stop()
        assert "Traceback" not in told, told


class Desk:
    """A session open in a page, and what the page complained of."""

    def __init__(self, browser: Browser, studio: StudioProcess, name: str, **look: Any) -> None:
        self.studio, self.name = studio, name
        self.context = browser.new_context(**{"viewport": WIDE, **look})
        self.complaints: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda asked: self._note(asked.url))
        self.page.on("response", lambda told: self.complaints.append(told.url) if told.status >= 400 else None)
        self.asked: set[str] = set()
        self.open()

    def _note(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")):
            self.asked.add("/".join(url.split("/")[:3]))

    def open(self) -> None:
        self.page.goto(self.studio.address)
        self.page.wait_for_url(lambda url: "token" not in url)
        self.page.goto(f"{self.studio.origin}/s/{self.name}")
        self.page.wait_for_selector("#pane-post .block[tabindex='0'], #pane-transcript .line")

    def blocks(self, page: str) -> Locator:
        return self.page.locator(f"#pane-{page} .block:not([hidden])")

    def block(self, page: str, text: str) -> Locator:
        return self.page.locator(f"#pane-{page} .block", has_text=text).first

    def time(self) -> float:
        return float(self.page.evaluate("document.querySelector('#audio').currentTime"))

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def desk(browser: Browser, studio: StudioProcess, name: str) -> Iterator[Desk]:
    made = Desk(browser, studio, name)
    yield made
    made.close()


def until(claim: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait until something is so; returns how long that took."""
    began = time.monotonic()
    while not claim():
        assert time.monotonic() - began < seconds, "it did not become so"
        time.sleep(0.05)
    return time.monotonic() - began


def post(folder: Path, name: str) -> Path:
    return folder / "drafts" / name / "post.md"


def paragraph(desk: Desk) -> tuple[Locator, str]:
    """A block of the draft with words of its own, and its id."""
    block = desk.page.locator("#pane-post .block:has(> .text > p):has(a.cite)").nth(2)
    return block, str(block.get_attribute("id")).removeprefix("block-")


# ── Listening ────────────────────────────────────────────────────────────────────────────────


def test_a_citation_plays_its_line_and_shows_it(desk: Desk) -> None:
    desk.page.wait_for_function("document.querySelector('#audio').readyState >= 1")
    link = desk.page.locator("#pane-notes a.cite[data-lines]").nth(3)
    line = int(str(link.get_attribute("data-lines")).split()[0])
    start = float(str(desk.page.locator(f"#line-{line}").get_attribute("data-start")))
    link.click()
    until(lambda: abs(desk.time() - start) < 0.3)
    assert "is-cited" in str(desk.page.locator(f"#line-{line}").get_attribute("class"))
    assert desk.page.locator(f"#line-{line}").is_visible()
    desk.page.keyboard.press("k")
    until(lambda: desk.time() > start + 0.5)
    desk.page.keyboard.press("k")
    at = desk.time()
    desk.page.keyboard.press("j")
    until(lambda: abs(desk.time() - max(0.0, at - 5)) < 0.3)


def test_the_word_that_is_spoken_is_marked_and_a_doubtful_one_too(desk: Desk, folder: Path, name: str) -> None:
    place = folder / "transcripts" / f"{name}.json"
    told = json.loads(place.read_text())
    line = next(n for n, segment in enumerate(told["segments"]) if len(segment["text"].split()) > 8)
    segment = told["segments"][line]
    said, (start, end) = segment["text"].split(), (segment["start"], segment["end"])
    step = (end - start) / len(said)
    segment["words"] = [
        {"text": word, "start": start + n * step, "end": start + (n + 1) * step, "probability": 0.2 if n == 3 else 0.9}
        for n, word in enumerate(said)
    ]
    place.write_text(json.dumps(told))
    desk.page.reload()
    until(lambda: desk.page.locator(f"#line-{line} mark.unsure").inner_text() in segment["text"])
    desk.page.locator(f"#line-{line} .clock").click()
    spoken = "[...(CSS.highlights.get('spoken') ?? [])].map((range) => String(range))[0] ?? ''"
    desk.page.evaluate("document.querySelector('#audio').play()")
    until(lambda: desk.page.evaluate(spoken) != "", 10)
    assert desk.page.evaluate(spoken) in said
    desk.page.evaluate("document.querySelector('#audio').pause()")


def test_lines_that_are_picked_show_what_rests_on_them(desk: Desk) -> None:
    link = desk.page.locator("#pane-post a.cite[data-lines]").first
    line = str(link.get_attribute("data-lines")).split()[0]
    desk.page.locator(f"#line-{line} .said").click()
    until(lambda: desk.page.locator("#pane-post .rests").count() > 0)
    assert re.search(r"\d+ statements? rests? on", desk.page.locator("#rests-said").inner_text())


def test_nothing_is_asked_of_another_machine_and_nothing_is_refused(desk: Desk) -> None:
    desk.page.wait_for_timeout(500)
    assert desk.asked == {desk.studio.origin}
    assert desk.complaints == []


# ── Editing ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_typed_is_on_disk_and_what_is_on_disk_is_in_the_page(desk: Desk, folder: Path, name: str) -> None:
    block, known = paragraph(desk)
    block.dblclick()
    field = desk.page.locator("textarea")
    field.press("Control+End")
    field.type(" So $p \\le \\frac{1}{2}$ here.", delay=10)
    until(lambda: "So $p \\le \\frac{1}{2}$ here." in post(folder, name).read_text())
    until(lambda: desk.page.locator(".preview mfrac").is_visible())
    field.press("Control+Enter")
    until(lambda: desk.page.locator(f"#block-{known} mfrac").count() == 1)
    path = post(folder, name)
    path.write_text(path.read_text().replace("## TL;DR", "## In short, from elsewhere"))
    assert until(lambda: desk.page.locator("text=In short, from elsewhere").count() > 0) < 3
    assert "1 % written by a person" in path.read_text() or re.search(
        r"[1-9]\d* % written by a person", path.read_text()
    )


def test_both_changed_is_merged(desk: Desk, folder: Path, name: str) -> None:
    block, _ = paragraph(desk)
    block.dblclick()
    field = desk.page.locator("textarea")
    field.press("Control+End")
    field.type(" Mine.", delay=10)
    until(lambda: "Mine." in post(folder, name).read_text())
    path = post(folder, name)
    path.write_text(path.read_text().replace("## TL;DR", "## TL;DR from elsewhere"))
    field.type(" And more.", delay=10)
    until(lambda: "Mine. And more." in path.read_text())
    assert "## TL;DR from elsewhere" in path.read_text()
    assert field.input_value().endswith("Mine. And more.")


def test_a_killed_studio_loses_at_most_the_last_second_and_undo_reaches_back(
    desk: Desk, studio: StudioProcess, folder: Path, name: str
) -> None:
    path = post(folder, name)
    before = path.read_text()
    block, _ = paragraph(desk)
    block.dblclick()
    field = desk.page.locator("textarea")
    field.press("Control+End")
    typed, at = "", []
    for word in (f" word{n}" for n in range(45)):
        field.type(word)
        typed += word
        at.append((time.monotonic(), typed))
        time.sleep(0.08)
    studio.kill()
    killed = time.monotonic()
    safe = [told for when, told in at if when < killed - 1.5][-1]  # 1 s on a machine that has nothing else to do
    assert safe in path.read_text()
    studio.start()
    again = Desk.__new__(Desk)
    again.__dict__.update(desk.__dict__)
    again.open()
    again.page.wait_for_function("!document.querySelector('[data-act=undo]').disabled")
    again.page.locator("[data-act=undo]").click()
    until(lambda: path.read_text() == before)
    again.page.locator("[data-act=redo]").click()
    until(lambda: safe in path.read_text())


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────


def test_an_alternative_is_picked_and_taken_back(desk: Desk, folder: Path, name: str) -> None:
    path = post(folder, name)
    before = path.read_text()
    desk.page.locator("#pane-post [data-act=ways]").first.click()
    cards = desk.page.locator("#ways .way")
    until(lambda: cards.count() >= 2)
    assert re.search(r"\d+ supported", cards.first.inner_text())
    cards.locator("[data-pick]").first.click()
    until(lambda: path.read_text() != before)
    choices = json.loads((folder / ".scribe" / "base" / name / "choices.json").read_text())["choices"]
    assert len(choices) == 1
    assert "chosen among" in path.read_text()
    desk.page.keyboard.press("Escape")
    desk.page.locator("[data-act=undo]").click()
    until(lambda: path.read_text() == before)


def test_another_voice_writes_and_what_it_wrote_can_be_chosen(desk: Desk, folder: Path, name: str) -> None:
    paragraph(desk)[0].locator(".text").click(position={"x": 3, "y": 3})
    desk.page.keyboard.press("o")
    cards = desk.page.locator("#ways .way")
    until(lambda: cards.count() >= 1)
    desk.page.locator("#voice").select_option("sceptic")
    desk.page.locator("#branch [type=submit]").click()
    until(lambda: desk.page.locator("#ways-remark").inner_text() != "" or cards.count() > 3, 20)
    desk.page.locator("[data-act=own]").click()
    field = desk.page.locator("textarea")
    field.fill("Written by hand.")
    until(lambda: "Written by hand." in post(folder, name).read_text())
    field.press("Control+Enter")
    until(lambda: "your words" in desk.page.locator("#pane-post").inner_text())


def test_what_a_voice_writes_is_watched_and_stopped_and_kept(browser: Browser, folder: Path, name: str) -> None:
    def endless(asked: Asked) -> Reply:
        def written() -> Iterator[str]:
            cited = re.findall(r"^\[(\d+)\]", asked.document, re.M)[-1]
            yield part(asked, f" It begins with a whole sentence. [{cited}]")
            while not server.stopping.wait(0.02):
                yield part(asked, " and so on")

        return Reply(lines=written())

    with Server(endless) as server:
        studio = StudioProcess(folder, "--simulator", f"openai:tiny@{server.url}?as=base&context=16384")
        desk = Desk(browser, studio, name)
        desk.page.locator("#pane-post [data-act=ways]").first.click()
        cards = desk.page.locator("#ways .way")
        until(lambda: cards.count() >= 2)
        before = cards.count()
        desk.page.locator("#branch [type=submit]").click()
        until(lambda: "and so on and so on" in desk.page.locator("#streams").inner_text())
        block, _ = paragraph(desk)
        block.dblclick()
        desk.page.locator("textarea").type("Typed meanwhile. ")
        until(lambda: "Typed meanwhile." in post(folder, name).read_text())
        desk.page.locator("[data-act=stop]").click()
        until(lambda: server.log[-1][0] == "ended", 10)
        until(lambda: cards.count() == before + 1)
        assert "It begins with a whole sentence." in cards.last.inner_text()
        desk.close()
        studio.stop()


def test_what_is_generated_meanwhile_and_does_not_fit_is_offered(desk: Desk, folder: Path, name: str) -> None:
    if name != "simulators-1":
        pytest.skip("the sample alone has this sentence")
    path, source = post(folder, name), folder / "transcripts" / f"{name}.vtt"
    block = desk.block("post", "Definition 2")
    block.dblclick()
    desk.page.locator("textarea").fill("**Definition 2.** A simulacrum is, for instance, a card player.[^4]")
    until(lambda: "a card player" in path.read_text())
    desk.page.locator("textarea").press("Control+Enter")
    source.write_text(source.read_text().replace("a dialogue or a chess game", "a dialogue, or a game of go or chess"))
    scribe(folder, "draft", f"transcripts/{name}.vtt", "--voices", "writer,sceptic,formaliser")
    proposed = desk.page.locator("#pane-post .proposed")
    until(lambda: proposed.count() == 1)
    assert "a card player" in path.read_text()
    proposed.locator("summary").click()
    assert "a game of go or chess" in proposed.inner_text()
    proposed.locator("button").click()
    until(lambda: "a game of go or chess.[^4]" in path.read_text())
    until(lambda: proposed.count() == 0)


def test_a_block_is_locked_deleted_and_brought_back(desk: Desk, folder: Path, name: str) -> None:
    path = post(folder, name)
    before = path.read_text()
    block, known = paragraph(desk)
    block.locator(".text").click(position={"x": 3, "y": 3})
    desk.page.keyboard.press("x")
    until(lambda: f"<!-- scribe: {known} keep -->" in path.read_text() or f"keep {known}" in path.read_text())
    desk.page.keyboard.press("z")
    until(lambda: path.read_text() == before)
    desk.page.locator(f"#block-{known} .text").click(position={"x": 3, "y": 3})
    desk.page.locator("[data-act=delete]:visible").first.click()
    until(lambda: f"scribe: {known}" not in path.read_text())
    desk.page.locator("[data-act=undo]").first.click()
    until(lambda: path.read_text() == before)


# ── Correcting, reviewing ────────────────────────────────────────────────────────────────────


def test_a_corrected_line_is_a_layer_and_marks_what_cites_it(desk: Desk, folder: Path, name: str) -> None:
    raw = folder / "transcripts" / f"{name}.json"
    before = raw.read_bytes()
    link = desk.page.locator("#pane-post a.cite[data-lines]").nth(2)
    line = str(link.get_attribute("data-lines")).split()[0]
    desk.page.locator(f"#line-{line} .said").click()
    desk.page.keyboard.press("e")
    field = desk.page.locator(f"#line-{line} input, #line-{line} textarea")
    field.fill("What was really said here.")
    field.press("Enter")
    until(lambda: desk.page.locator(f"#line-{line}.is-corrected").count() == 1)
    assert raw.read_bytes() == before
    assert "What was really said here." in (folder / "drafts" / name / "corrections.json").read_text()
    until(lambda: desk.page.locator("#pane-post .block.is-stale").count() > 0)


def test_a_speaker_is_named_everywhere(desk: Desk, folder: Path, name: str) -> None:
    desk.page.locator(".legend .speaker").first.click()
    old = desk.page.locator("#small-name").input_value()
    desk.page.locator("#small-name").fill("Emmy Noether")
    desk.page.locator("#small-yes").click()
    until(lambda: desk.page.locator("#turns .speaker", has_text="Emmy Noether").count() > 0)
    until(lambda: "Emmy Noether" in (folder / "drafts" / name / "notes.md").read_text())
    until(lambda: f"{old} is now Emmy Noether" in desk.page.locator("#told").inner_text())
    until(lambda: "Emmy Noether" in desk.page.locator("#pane-notes").inner_text())


def test_a_proposition_is_signed_and_the_post_says_so(desk: Desk, folder: Path, name: str) -> None:
    button = desk.page.locator("#pane-post [data-act=sign]").first
    if button.count() == 0:
        pytest.skip("no proposition in this session")
    button.click()
    desk.page.locator("#small-name").fill("Ada Lovelace")
    desk.page.locator("#small-yes").click()
    until(lambda: "reviewed by Ada Lovelace" in post(folder, name).read_text())
    until(lambda: "signed by Ada Lovelace" in desk.page.locator("#pane-post").inner_text())


def test_the_queue_is_worked_off(desk: Desk, folder: Path, name: str) -> None:
    place = folder / "transcripts" / f"{name}.json"
    told = json.loads(place.read_text())
    told["segments"][13]["doubt"] = "the recogniser repeats itself here"
    place.write_text(json.dumps(told))
    desk.page.reload()
    desk.page.keyboard.press("4")
    items = desk.page.locator("#queue [data-key]")
    until(lambda: items.count() > 0)
    assert "repeats itself" in items.first.inner_text()
    desk.page.locator("#reviewer").fill("Ada Lovelace")
    items.first.locator("[data-do=play]").click()
    until(lambda: desk.time() >= told["segments"][13]["start"] - 6)
    items.first.locator("[data-do=reviewed]").click()
    until(lambda: (folder / "drafts" / name / "review.json").is_file())
    until(lambda: "in the review queue checked, by Ada Lovelace" in post(folder, name).read_text())
    until(lambda: desk.page.locator("#standing-said").inner_text().startswith("1 of "))


# ── Finding, seeing ──────────────────────────────────────────────────────────────────────────


def test_a_word_is_found_and_leads_to_its_line(desk: Desk) -> None:
    said = desk.page.evaluate("[...document.querySelectorAll('.said')].map((line) => line.textContent).join(' ')")
    word = max(re.findall(r"[a-z]+", said), key=len)
    desk.page.locator("#q").fill(word)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/search?q=*")
    desk.page.locator(".hits a", has_text="transcript").first.click()
    desk.page.wait_for_url("**/s/**#line-*")
    until(lambda: desk.page.locator(".line.is-cited").count() > 0)


def test_plots_can_be_seen_and_heard(desk: Desk) -> None:
    desk.page.goto(f"{desk.studio.origin}/s/{desk.name}/plots")
    drawn = desk.page.locator("svg[role=img]")
    assert drawn.count() >= 3
    assert all(drawn.nth(n).get_attribute("aria-labelledby") for n in range(drawn.count()))
    assert desk.complaints == []


def test_a_sequence_plays_the_recording_of_each_of_its_sessions(browser: Browser, folder: Path, name: str) -> None:
    if name != "simulators-1":
        pytest.skip("the sample alone is short enough")
    for suffix in ("m4a", "vtt"):
        shutil.copy(folder / "transcripts" / f"{name}.{suffix}", folder / "transcripts" / f"again.{suffix}")
    scribe(folder, "draft", name, "transcripts/again.m4a", "--name", "week-1")
    studio = StudioProcess(folder, "week-1")
    desk = Desk(browser, studio, "week-1")
    assert desk.page.locator(".line").count() == 92
    link = desk.page.locator("#pane-post a.cite[data-lines]").last
    line = str(link.get_attribute("data-lines")).split()[0]
    assert int(line) >= 46
    link.click()
    source = "document.querySelector('#audio').currentSrc"
    until(lambda: str(desk.page.evaluate(source)).endswith("/media/again"))
    start = float(str(desk.page.locator(f"#line-{line}").get_attribute("data-start")))
    until(lambda: abs(desk.time() - start) < 0.3)
    assert desk.complaints == []
    desk.close()
    studio.stop()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    browser: Browser, studio: StudioProcess, name: str, size: dict[str, int], scheme: str, axe: str
) -> None:
    desk = Desk(browser, studio, name, viewport=size, color_scheme=scheme, bypass_csp=True)
    try:
        pages = ["/", f"/s/{name}", f"/s/{name}/plots", "/search?q=simulator"]
        for address in pages:
            desk.page.goto(studio.origin + address)
            desk.page.wait_for_timeout(300)
            assert _serious(desk.page, axe) == [], address
            fits = desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert fits, f"{address} scrolls sideways"
        desk.page.goto(f"{studio.origin}/s/{name}")
        if size == NARROW:
            desk.page.locator("#tab-post").click()
        desk.page.locator("#pane-post [data-act=ways]").first.click()
        until(lambda: desk.page.locator("#ways .way").count() >= 1)
        assert _serious(desk.page, axe) == []
        desk.page.keyboard.press("Escape")
        paragraph(desk)[0].dblclick()
        assert _serious(desk.page, axe) == []
    finally:
        desk.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, from npm; kept in the cache of the tests."""
    cache = ROOT / ".cache" / "axe"
    script = cache / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        if shutil.which("npm") is None:
            pytest.skip("needs npm")
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-save", "--prefix", str(cache), "axe-core@4"]
        got = subprocess.run(command, capture_output=True, text=True, cwd=cache)
        if not script.is_file():
            pytest.skip(f"axe-core cannot be had: {got.stderr[-200:]}")
    return script.read_text(encoding="utf-8")


def _serious(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
