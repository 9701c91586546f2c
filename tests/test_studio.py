"""The studio without a browser: what it answers, what it never serves, and that foreign text stays text."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from asgi import Answer, ask
from conftest import ROOT, Scripted, alone_in, scribe

from scribe.pipeline import Pipeline
from scribe.records import Prompt, ScribeError, Segment, Transcript, Word
from scribe.revise import split
from scribe.shelf import Workspace
from scribe.studio import Studio, application
from scribe.studio.turns import words_of

HOST = "127.0.0.1:8377"
NAME = "simulators-1"
HEADERS = {
    "Host": HOST,
    "Cookie": "scribe-studio-8377=token",
    "Origin": f"http://{HOST}",
    "Content-Type": "application/json",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as `scribe run` leaves it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "transcripts").mkdir()
    for name in ("simulators-1.m4a", "simulators-1.vtt"):
        shutil.copy(ROOT / "transcripts" / name, folder / "transcripts" / name)
    with pytest.MonkeyPatch.context() as patch:
        alone_in(folder, patch)
        assert scribe("run", "transcripts/simulators-1.m4a")[0] == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "workspace", symlinks=True))


class Asking:
    """A studio that is asked without a server."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.studio = Studio(Workspace(folder), **options)
        self.app = application(self.studio, token="token", hosts=(HOST,))

    def get(self, path: str, **headers: str) -> Answer:
        return ask(self.app, path, headers={**HEADERS, **headers})

    def post(self, path: str, told: object, method: str = "POST") -> Answer:
        return ask(self.app, path, method=method, headers=HEADERS, body=json.dumps(told).encode())

    def page(self, page: str = "post") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get(f"/api/{NAME}/page/{page}").body)
        return found


@pytest.fixture
def asking(folder: Path) -> Asking:
    return Asking(folder)


def change_transcript(folder: Path, **changes: object) -> None:
    path = folder / "transcripts" / f"{NAME}.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, **changes}))


def lines(folder: Path, changes: Mapping[int, Mapping[str, object]]) -> None:
    told = json.loads((folder / "transcripts" / f"{NAME}.json").read_text())
    for n, change in changes.items():
        told["segments"][n] |= change
    change_transcript(folder, segments=told["segments"])


# ── Pages ────────────────────────────────────────────────────────────────────────────────────


def test_all_sessions_are_listed_and_one_that_is_broken_says_so(asking: Asking, folder: Path) -> None:
    (folder / "transcripts" / "broken.json").write_text("{")
    answer = asking.get("/")
    assert answer.status == 200
    assert f'href="/s/{NAME}"' in answer.text
    assert "46 lines" in answer.text
    assert "broken.json" in answer.text


def test_a_session_has_its_turns_its_pages_and_a_strip(asking: Asking) -> None:
    page = asking.get(f"/s/{NAME}").text
    assert page.count('id="line-') == 46
    assert "Epistemic status" in page
    assert '<svg class="strip"' in page
    assert 'aria-label="Who spoke when: Mira 23%' in page
    boot = json.loads(page.partition('id="boot">')[2].partition("</script>")[0])
    assert boot["parts"][0]["media"] == f"/media/{NAME}"


@pytest.mark.parametrize(
    "path", ["/s/nowhere", "/s/..", "/s/%2e%2e%2fetc", "/api/nowhere/queue", "/media/nowhere", "/files/x/y.png"]
)
def test_what_there_is_not_is_a_line_and_no_traceback(asking: Asking, path: str) -> None:
    answer = asking.get(path)
    assert answer.status in (400, 404)
    assert "Traceback" not in answer.text


def test_a_session_without_notes_and_one_without_times_can_be_opened(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        alone_in(bare, patch)
        (bare / "talk.md").write_text("Ada: We begin with the bound.\n\nJan: It is empty.\n")
        assert scribe("run", "talk.md")[0] == 0
    shutil.rmtree(bare / "drafts")
    page = Asking(bare).get("/s/talk").text
    assert "Not written yet" in page
    assert "came without its recording" in page


def test_a_transcript_that_changes_while_it_is_read_is_read_again(
    asking: Asking, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Workspace.load_transcript
    with monkeypatch.context() as patch:

        def load_and_change(workspace: Workspace, name: str) -> Transcript:
            found = load(workspace, name)
            lines(folder, {0: {"text": "Said meanwhile."}})
            return found

        patch.setattr(Workspace, "load_transcript", load_and_change)
        assert asking.studio.sessions.open(NAME).transcript.segments[0].text != "Said meanwhile."
    opened = asking.studio.sessions.open(NAME)
    assert opened.transcript.segments[0].text == "Said meanwhile."
    assert asking.studio.sessions.open(NAME) is opened


def test_a_page_that_cannot_be_read_says_so_and_the_others_are_there(asking: Asking, folder: Path) -> None:
    (folder / "drafts" / NAME / "post.md").write_bytes(b"caf\xe9")
    page = asking.get(f"/s/{NAME}")
    assert page.status == 200
    assert "expected UTF-8" in page.text
    assert "Overview" in page.text
    (folder / "drafts" / NAME / "draft.json").write_text("{")
    (folder / "drafts" / NAME / "notes.json").write_text("{")
    assert asking.get(f"/s/{NAME}").status == 200


# ── Foreign text ─────────────────────────────────────────────────────────────────────────────

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_html_in_a_transcript_shows_as_text(folder: Path) -> None:
    lines(folder, {3: {"text": EVIL, "speaker": EVIL}, 4: {"doubt": EVIL}})
    change_transcript(folder, title=EVIL)
    asking = Asking(folder)
    for path in ("/", f"/s/{NAME}", f"/s/{NAME}/plots", "/search?q=alert", f"/search?q={EVIL}", "/search?session=<b>"):
        page = asking.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    told = json.loads(asking.get(f"/api/{NAME}/transcript").body)["html"]
    assert "&lt;script&gt;alert(1)" in told
    assert "<script" not in told


def test_half_a_character_in_a_transcript_is_no_trouble(folder: Path) -> None:
    lines(folder, {3: {"text": "half \ud83d of it", "speaker": "A\udc00"}})
    asking = Asking(folder)
    for path in (
        "/",
        f"/s/{NAME}",
        f"/s/{NAME}/plots",
        "/search?q=half",
        f"/api/{NAME}/transcript",
        f"/api/{NAME}/queue",
    ):
        assert asking.get(path).status == 200, path


def test_html_in_a_persons_page_shows_as_text(asking: Asking, folder: Path) -> None:
    path = folder / "drafts" / NAME / "post.md"
    path.write_text(f"# {EVIL}\n\n{EVIL}\n\n[x](javascript:alert(1))\n\n$\\href{{javascript:alert(1)}}{{x}}$\n")
    page = asking.get(f"/s/{NAME}").text
    assert "<script>alert" not in page
    html = "".join(block["html"] for block in asking.page()["blocks"])
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    preview = asking.post(f"/api/{NAME}/preview", {"page": "post", "text": EVIL}).text
    assert "<script" not in preview


def test_data_in_a_page_cannot_end_its_element(folder: Path) -> None:
    page = Asking(folder, reviewer="</script><script>alert(1)</script>").get(f"/s/{NAME}").text
    assert "<script>alert" not in page


def test_a_mistake_quotes_what_was_asked_as_text(asking: Asking) -> None:
    answer = asking.get(f"/s/{EVIL.replace('/', '')}")
    assert answer.status == 400
    assert "<script" not in answer.text.partition("<main")[2]


# ── Paths ────────────────────────────────────────────────────────────────────────────────────


def test_a_recording_is_played_in_pieces(asking: Asking, folder: Path) -> None:
    whole = (folder / "transcripts" / f"{NAME}.m4a").read_bytes()
    piece = asking.get(f"/media/{NAME}", Range="bytes=1000-1999")
    assert (piece.status, piece.body) == (206, whole[1000:2000])
    assert piece.headers["content-range"] == f"bytes 1000-1999/{len(whole)}"
    assert piece.headers["content-type"] == "audio/mp4"
    assert asking.get(f"/media/{NAME}", Range="bytes=-10").body == whole[-10:]
    assert asking.get(f"/media/{NAME}", Range=f"bytes={len(whole)}-").status == 416
    assert asking.get(f"/media/{NAME}").body == whole


@pytest.mark.parametrize("how", ["path", "link", "absolute"])
def test_a_recording_outside_of_the_workspace_is_served_only_from_a_folder_that_was_named(
    folder: Path, tmp_path: Path, how: str
) -> None:
    outside = tmp_path / "private"
    outside.mkdir()
    shutil.copy(folder / "transcripts" / f"{NAME}.m4a", outside / "talk.m4a")
    if how == "link":
        (folder / "transcripts" / f"{NAME}.m4a").unlink()
        (folder / "transcripts" / f"{NAME}.m4a").symlink_to(outside / "talk.m4a")
    else:
        place = outside / "talk.m4a"
        change_transcript(folder, recording=str(place) if how == "absolute" else os.path.relpath(place, folder))
    refused = Asking(folder).get(f"/media/{NAME}")
    assert refused.status == 400
    assert "outside of the workspace" in refused.text
    assert "outside of the workspace" in Asking(folder).get(f"/s/{NAME}").text
    assert Asking(folder, folders=[outside]).get(f"/media/{NAME}").status == 200


def test_what_is_no_recording_is_not_served_as_one(folder: Path) -> None:
    (folder / "secret.txt").write_text("a secret")
    change_transcript(folder, recording="secret.txt")
    answer = Asking(folder).get(f"/media/{NAME}")
    assert answer.status == 400
    assert "a secret" not in answer.text


def test_pictures_come_from_the_drafts_of_the_session_alone(asking: Asking, folder: Path, tmp_path: Path) -> None:
    drafts = folder / "drafts" / NAME
    (drafts / "plot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    (tmp_path / "outside.png").write_bytes(b"secret")
    (drafts / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "top.png").write_bytes(b"secret")
    shown = asking.get(f"/files/{NAME}/plot.svg")
    assert shown.status == 200
    assert "sandbox" in shown.headers["content-security-policy"]
    for path in ("link.png", "..%2f..%2ftop.png", "../../top.png", "notes.json", "post.md", "nothing.png"):
        assert asking.get(f"/files/{NAME}/{path}").status in (400, 404), path


def test_a_folder_of_drafts_that_leads_elsewhere_is_not_read_or_written(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(folder / "drafts" / NAME, elsewhere)
    (folder / "drafts" / NAME).symlink_to(elsewhere)
    (elsewhere / "plot.png").write_bytes(b"secret")
    asking = Asking(folder)
    before = (elsewhere / "post.md").read_bytes()
    assert asking.get(f"/s/{NAME}").status == 400
    assert asking.get(f"/files/{NAME}/plot.png").status in (400, 404)
    asked = {"version": "", "at": 0, "before": "", "text": "mine", "burst": "b"}
    assert asking.post(f"/api/{NAME}/page/post", asked, "PUT").status == 400
    assert (elsewhere / "post.md").read_bytes() == before


def test_a_transcript_that_leads_elsewhere_is_not_read(folder: Path, tmp_path: Path) -> None:
    (folder / "transcripts" / f"{NAME}.json").rename(tmp_path / "elsewhere.json")
    (folder / "transcripts" / f"{NAME}.json").symlink_to(tmp_path / "elsewhere.json")
    answer = Asking(folder).get(f"/s/{NAME}")
    assert answer.status == 400
    assert "leads out of the workspace" in answer.text
    assert Asking(folder, folders=[tmp_path]).get(f"/s/{NAME}").status == 200


@pytest.mark.parametrize("name", ["studio.css", "studio.js", "../work.py", "..%2fwork.py", "nothing.js"])
def test_only_what_belongs_to_the_page_is_static(asking: Asking, name: str) -> None:
    assert (asking.get(f"/static/{name}").status == 200) == name.startswith("studio.")


# ── Acts ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "told",
    [
        [],
        "text",
        None,
        5,
        {"block": 5},
        {"block": "x", "number": "1"},
        {"block": "x", "number": True},
        {"number": 10**30},
    ],
)
def test_what_is_asked_wrongly_is_a_line(asking: Asking, told: object) -> None:
    answer = asking.post(f"/api/{NAME}/pick", told)
    assert answer.status == 400
    assert "expected" in json.loads(answer.body)["error"]


def test_no_json_at_all_is_a_line_too(asking: Asking) -> None:
    answer = ask(asking.app, f"/api/{NAME}/undo", method="POST", headers=HEADERS, body=b"[" * 100_000)
    assert answer.status == 400


ACTS = """
    preview settle pick branch stop lock delete undo redo reviewed sign line speakers page/post page/notes page/secret
""".split()
ODD: list[dict[str, Any]] = [
    {},
    {"block": "nothing", "number": 1, "voice": "writer", "samples": 1, "job": "none", "by": "Ada", "key": "none"},
    {"block": "../../x", "number": -1, "voice": EVIL, "samples": 10**6, "is_locked": True, "by": EVIL, "key": EVIL},
    {"line": -1, "text": "x", "names": {"": ""}, "page": "../x", "at": -7, "version": "", "before": None},
    {"line": 0, "text": "", "names": {"Ada": "\n"}, "page": "post", "at": 10**6, "version": "x", "before": "y"},
    {
        "line": 0,
        "text": "\ud800",
        "names": {"Ada": "\ud800"},
        "page": "post",
        "at": 0,
        "version": "x",
        "before": "\ud800",
    },
    {"line": True, "text": [], "names": [], "page": 5, "at": 0.5, "version": {}, "before": 5, "burst": [], "span": "2"},
    {"page": "post", "at": 0, "span": -3, "version": "", "before": "", "text": "# \x00", "burst": "x" * 5000},
]


@pytest.mark.parametrize("path", ACTS)
def test_whatever_is_asked_is_answered_and_nothing_of_a_persons_goes(asking: Asking, folder: Path, path: str) -> None:
    words = set((folder / "drafts" / NAME / "post.md").read_text().split())
    for told in ODD:
        answer = asking.post(f"/api/{NAME}/{path}", told, "PUT" if "/" in path else "POST")
        assert answer.status in (200, 400, 404), (told, answer.text)
        assert asking.get(f"/s/{NAME}").status == 200, told
    asking.studio.undo(NAME)
    left = set((folder / "drafts" / NAME / "post.md").read_text().split())
    assert len(words - left) <= 25, "at most a block was typed over"


def test_a_block_is_saved_undone_and_done_again(asking: Asking, folder: Path) -> None:
    path = folder / "drafts" / NAME / "post.md"
    before = path.read_text()
    page = asking.page()
    block = next(b for b in page["blocks"] if b["kind"] == "paragraph" and b["lines"])
    asked = {
        "version": page["version"],
        "at": block["at"],
        "before": block["source"],
        "text": "Mine.",
        "burst": "b",
        "span": 1,
    }
    made = json.loads(asking.post(f"/api/{NAME}/page/post", asked, "PUT").body)
    assert (made["at"], made["span"], made["is_merged"]) == (block["at"], 1, False)
    assert "\nMine.\n" in path.read_text()
    assert json.loads(asking.get(f"/api/{NAME}/undo").body)["undo"].startswith("typed in “")
    asking.post(f"/api/{NAME}/undo", {})
    assert path.read_text() == before
    asking.post(f"/api/{NAME}/redo", {})
    assert "\nMine.\n" in path.read_text()
    asking.post(f"/api/{NAME}/settle", {})
    assert "0 % written by a person" not in path.read_text()


def test_blocks_are_deleted_one_after_another_and_brought_back(asking: Asking, folder: Path) -> None:
    path = folder / "drafts" / NAME / "notes.md"
    before = path.read_text()
    page = asking.page("notes")
    at = next(b["at"] for b in page["blocks"] if b["kind"] == "bullet_list")
    for _ in range(2):
        version = asking.page("notes")["version"]
        assert asking.post(f"/api/{NAME}/delete", {"page": "notes", "at": at, "version": version}).status == 200
    gone = [page["blocks"][at]["id"], page["blocks"][at + 1]["id"]]
    left = [block["id"] for block in asking.page("notes")["blocks"]]
    assert not set(gone) & set(left)
    assert len(left) == len(page["blocks"]) - 2
    asking.post(f"/api/{NAME}/undo", {})
    asking.post(f"/api/{NAME}/undo", {})
    assert path.read_text() == before


@pytest.mark.parametrize("page", ["notes", "post"])
def test_a_block_of_either_page_is_locked_and_unlocked(asking: Asking, folder: Path, page: str) -> None:
    path = folder / "drafts" / NAME / f"{page}.md"
    before = path.read_text()
    block = next(b["id"] for b in asking.page(page)["blocks"] if b["kind"] == "paragraph")
    asking.post(f"/api/{NAME}/lock", {"page": page, "block": block, "is_locked": True})
    assert f"<!-- scribe: {block} keep -->" in path.read_text()
    assert [b["id"] for b in asking.page(page)["blocks"] if b["is_locked"]] == [block]
    asking.post(f"/api/{NAME}/lock", {"page": page, "block": block, "is_locked": False})
    assert path.read_text() == before


def test_a_page_that_the_studio_never_saw_is_still_not_written_over(asking: Asking, folder: Path) -> None:
    """As after a restart: the version is unknown, so a block is found by its words; else the text goes to the end."""
    path = folder / "drafts" / NAME / "post.md"
    block = next(b for b in asking.page()["blocks"] if b["kind"] == "paragraph" and b["lines"])
    path.write_text(path.read_text().replace("## TL;DR", "## In short\n\nNew on disk.\n\n## TL;DR"))
    fresh = Asking(folder)
    asked = {"version": "of-before", "at": block["at"], "before": block["source"], "text": "Mine.", "burst": "b"}
    fresh.post(f"/api/{NAME}/page/post", asked, "PUT")
    assert block["source"] not in [b["source"] for b in fresh.page()["blocks"]]
    fresh.post(
        f"/api/{NAME}/page/post", {**asked, "before": "of another page", "text": "Not lost.", "burst": "c"}, "PUT"
    )
    assert "New on disk." in path.read_text()
    assert "\nMine.\n" in path.read_text()
    assert "\nNot lost.\n" in path.read_text()


def test_acts_of_many_threads_lose_nothing(asking: Asking, folder: Path) -> None:
    page = asking.page()
    blocks = [b for b in page["blocks"] if b["kind"] == "paragraph" and b["lines"]][:6]

    def type_into(block: dict[str, Any]) -> None:
        for turn in range(5):
            asking.studio.type(
                NAME,
                "post",
                {
                    "version": page["version"],
                    "at": block["at"],
                    "before": block["source"],
                    "text": f"Typed {block['at']} {turn}.",
                    "burst": str(block["at"]),
                },
            )

    threads = [threading.Thread(target=type_into, args=(block,)) for block in blocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = (folder / "drafts" / NAME / "post.md").read_text()
    assert all(f"Typed {block['at']} 4." in text for block in blocks)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_from_both_sides_no_word_is_lost(folder: Path, seed: int) -> None:
    """A person types, undoes and redoes in the page, while an editor on disk adds words and paragraphs."""
    chance, studio, path = random.Random(seed), Studio(Workspace(folder)), folder / "drafts" / NAME / "post.md"
    elsewhere: list[str] = []
    editor: dict[str, Any] = {}
    for turn in range(14):
        act = chance.choice(["type", "type", "type", "elsewhere", "elsewhere", "undo", "redo", "close"])
        if act == "type":
            if not editor:
                page = studio.page(NAME, "post") or {}
                block = chance.choice([b for b in page["blocks"] if b["is_shown"]])
                editor = {"version": page["version"], "at": block["at"], "span": 1, "burst": str(turn)}
                editor |= {"before": block["source"], "text": block["source"]}
            editor["text"] += f" typed{turn}"
            studio.type(NAME, "post", editor)
            assert f"typed{turn}" in path.read_text()
        elif act == "elsewhere":
            said = split(path.read_text())
            at = chance.choice([n for n, b in enumerate(said.blocks) if b.label is None])
            elsewhere.append(f"elsewhere{turn}")
            more = chance.choice([" ", "\n\nA paragraph "]) + elsewhere[-1]
            block = said.blocks[at]._replace(content=said.blocks[at].content + more)
            path.write_text(said._replace(blocks=(*said.blocks[:at], block, *said.blocks[at + 1 :])).joined)
        elif act != "close":
            studio.undo(NAME, again=act == "redo")
        editor = {} if act in ("undo", "redo", "close") else editor
        assert all(word in path.read_text() for word in elsewhere)
    while studio.undo(NAME):
        pass
    assert all(word in path.read_text() for word in elsewhere)


def test_a_line_is_corrected_in_a_layer_and_what_cites_it_is_stale(asking: Asking, folder: Path) -> None:
    raw = (folder / "transcripts" / f"{NAME}.json").read_bytes()
    assert asking.post(f"/api/{NAME}/line", {"line": 3, "text": "What was said."}).status == 200
    assert (folder / "transcripts" / f"{NAME}.json").read_bytes() == raw
    told = json.loads(asking.get(f"/api/{NAME}/transcript").body)["html"]
    assert "What was said." in told
    assert "The recogniser heard: By a simulator I mean" in told
    assert [b["id"] for b in asking.page()["blocks"] if b["is_stale"]]
    asking.post(f"/api/{NAME}/undo", {})
    assert not [b["id"] for b in asking.page()["blocks"] if b["is_stale"]]
    assert asking.post(f"/api/{NAME}/line", {"line": 99, "text": "x"}).status == 400


def test_a_clone_without_what_the_machine_remembers_can_be_worked_on(folder: Path) -> None:
    shutil.rmtree(folder / ".scribe")
    asking = Asking(folder)
    page = asking.page()
    block = next(b for b in page["blocks"] if b["slot"] == "section" and b["kind"] == "paragraph")
    asked = {
        "version": page["version"],
        "at": block["at"],
        "before": block["source"],
        "text": "My own words.",
        "burst": "b",
    }
    asking.post(f"/api/{NAME}/page/post", asked, "PUT")
    asking.post(f"/api/{NAME}/settle", {})
    path = folder / "drafts" / NAME / "post.md"
    assert "0 % written by a person" not in path.read_text()
    status = next(b["id"] for b in asking.page()["blocks"] if b["source"].startswith("**Status"))
    assert asking.post(f"/api/{NAME}/sign", {"block": status, "by": "Ada Byron"}).status == 200
    ways = json.loads(asking.get(f"/api/{NAME}/alternatives/{block['id']}").body)
    assert ways["is_own"]
    told = json.loads(asking.post(f"/api/{NAME}/pick", {"block": block["id"], "number": 1}).body)
    assert told == {"outcome": "kept", "proposals": 0}
    asking.post(f"/api/{NAME}/pick", {"block": block["id"], "number": 1, "over_own": True})
    assert block["source"] in path.read_text()
    asking.post(f"/api/{NAME}/undo", {})
    text = path.read_text()
    with pytest.MonkeyPatch.context() as patch:
        alone_in(folder, patch)
        assert scribe("draft", NAME)[0] == 0
    assert "My own words." in path.read_text()
    assert "reviewed by Ada Byron" in path.read_text()
    assert len(path.read_text()) >= len(text) - 5
    asking.post(f"/api/{NAME}/undo", {})
    asking.post(f"/api/{NAME}/undo", {})
    assert "My own words." not in path.read_text()


def test_what_did_not_fit_is_shown_and_can_be_taken_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone_in(folder, monkeypatch)
    path, source = folder / "drafts" / NAME / "post.md", folder / "transcripts" / f"{NAME}.vtt"
    mine = "for instance playing cards.[^4]"
    path.write_text(path.read_text().replace("such as an author, a dialogue or a chess game.[^4]", mine))
    source.write_text(source.read_text().replace("a dialogue or a chess game", "a dialogue, or a game of go or chess"))
    assert scribe("draft", f"transcripts/{NAME}.vtt")[0] == 0
    assert mine in path.read_text()
    asking = Asking(folder)
    (block,) = [b for b in asking.page()["blocks"] if b["proposed"]]
    assert mine in block["source"]
    (proposed,) = block["proposed"]
    assert proposed["kind"] == "changed"
    assert "a game of go or chess" in proposed["html"]
    assert asking.post(f"/api/{NAME}/take", {"page": "post", "key": proposed["key"]}).status == 200
    assert mine not in path.read_text()
    assert "a game of go or chess.[^4]" in path.read_text()
    assert not [b for b in asking.page()["blocks"] if b["proposed"]]
    refused = asking.post(f"/api/{NAME}/take", {"page": "post", "key": proposed["key"]})
    assert "that is proposed no more" in refused.text
    asking.post(f"/api/{NAME}/undo", {})
    assert mine in path.read_text()


def test_speakers_are_named_everywhere_and_it_can_be_taken_back(asking: Asking, folder: Path) -> None:
    raw = (folder / "transcripts" / f"{NAME}.json").read_bytes()
    assert asking.post(f"/api/{NAME}/speakers", {"names": {"Ada": "Ada Lovelace"}}).status == 200
    assert (folder / "transcripts" / f"{NAME}.json").read_bytes() == raw
    assert "Ada Lovelace" in asking.get(f"/s/{NAME}").text
    asking.post(f"/api/{NAME}/undo", {})
    assert "Ada Lovelace" not in asking.get(f"/s/{NAME}").text
    path = folder / "drafts" / NAME / "post.md"
    path.write_text(path.read_text().replace("## TL;DR", "## What Ada said"))
    told = json.loads(asking.post(f"/api/{NAME}/speakers", {"names": {"Ada": "Ada Lovelace"}}).body)
    assert told == {"kept": ["post.md"]}
    assert "## What Ada said" in path.read_text()


def test_a_voice_writes_pieces_that_can_be_watched_and_chosen(folder: Path) -> None:
    def write(prompt: Prompt, k: int) -> str:
        return " The bound is empty where the prefix is rare. [18] So it says little there. [20]\n"

    pipeline = Pipeline(Workspace(folder), simulator=Scripted(write))
    asking = Asking(folder, open_pipeline=lambda: pipeline)
    events: list[tuple[str, Any]] = []
    ended = threading.Event()

    class Heard:
        def tell(self, session: str, event: str, data: Mapping[str, Any]) -> None:
            events.append((event, data))
            if event == "done":
                ended.set()

        def close(self) -> None:
            """Nobody listens."""

    asking.studio.hub = Heard()  # type: ignore[assignment]
    block = next(b["id"] for b in asking.page()["blocks"] if b["slot"] == "section")
    ways = json.loads(asking.get(f"/api/{NAME}/alternatives/{block}").body)
    assert ways["voices"] == ["writer", "sceptic", "formaliser"]
    job = json.loads(asking.post(f"/api/{NAME}/branch", {"block": block, "voice": "sceptic", "samples": 1}).body)["job"]
    assert ended.wait(20)
    assert events[-1] == ("done", {"job": job, "added": 1, "remark": None, "is_stopped": False, "error": None})
    assert "The bound is empty" in "".join(data["text"] for event, data in events if event == "piece")
    after = json.loads(asking.get(f"/api/{NAME}/alternatives/{block}").body)["ways"]
    assert len(after) == len(ways["ways"]) + 1
    assert after[-1]["voice"] == "sceptic"
    assert after[-1]["rollout"] is not None
    made = json.loads(asking.post(f"/api/{NAME}/pick", {"block": block, "number": len(after)}).body)
    assert made["proposals"] == 0
    assert "The bound is empty" in (folder / "drafts" / NAME / "post.md").read_text()
    assert [choice.among for choice in pipeline.simulator.store.choices()] == [len(after)]
    bad = asking.post(f"/api/{NAME}/branch", {"block": block, "voice": "nobody", "samples": 1})
    assert "expected one of the voices" in bad.text
    asking.studio.close()


def test_a_model_is_loaded_when_a_text_is_asked_for_and_its_failure_is_told(folder: Path) -> None:
    def no_memory() -> Pipeline:
        raise ScribeError("the model needs 40 GB, found 24; take a smaller one")

    asking = Asking(folder, open_pipeline=no_memory)
    events: list[tuple[str, Any]] = []
    ended = threading.Event()

    class Heard:
        def tell(self, session: str, event: str, data: Mapping[str, Any]) -> None:
            events.append((event, data))
            ended.set()

    asking.studio.hub = Heard()  # type: ignore[assignment]
    block = next(b["id"] for b in asking.page()["blocks"] if b["slot"] == "section")
    assert json.loads(asking.get(f"/api/{NAME}/alternatives/{block}").body)["voices"]
    asking.post(f"/api/{NAME}/branch", {"block": block, "voice": "writer", "samples": 1})
    assert ended.wait(10)
    assert events[0][1]["error"] == "the model needs 40 GB, found 24; take a smaller one"
    bare = json.loads(Asking(folder).get(f"/api/{NAME}/alternatives/{block}").body)
    assert bare["voices"] == []


def test_words_have_their_place_in_the_line_as_javascript_counts() -> None:
    text = "A 😀 smile, a smile."
    words = tuple(
        Word(text=said, start=n, end=n + 1) for n, said in enumerate(["A", "😀", "smile,", "unheard", "a", "smile."])
    )
    found = words_of(Segment(index=0, text=text, start=0, end=6, words=words))
    units = text.encode("utf-16-le")
    assert [units[2 * int(a) : 2 * int(b)].decode("utf-16-le") for _, _, a, b in found] == [
        "A",
        "😀",
        "smile,",
        "a",
        "smile.",
    ]
    assert [start for start, *_ in found] == [0, 1, 2, 4, 5]


def test_the_command_names_a_session_that_there_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone_in(folder, monkeypatch)
    code, _, said = scribe("studio", "nowhere")
    assert (code, "expected a session in" in said) == (2, True)
