"""`scribe eval`, from folders of sessions to a table, an object and a page."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, ROOT, Scripted, refuse, scribe
from tiny_llama import Small

from scribe.cli import evaluating as command
from scribe.evaluating.figures import MEASURES
from scribe.evaluating.page import PLOTTED, is_untouched
from scribe.pipeline.evaluating import Evaluated, Evaluating, write_report
from scribe.records import Prompt, ScribeError
from scribe.shelf import Workspace

FOLDER = FIXTURES / "evaluating"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace beside a copy of the sessions."""
    folder = tmp_path / "seminar"
    folder.mkdir()
    (folder / "scribe.toml").write_text("")
    shutil.copytree(FOLDER, folder / "meetings")
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("SCRIBE_"):
            monkeypatch.delenv(name)
    return folder


def named(name: str, first: int = 0) -> Scripted:
    """A simulator that quotes lines from `first` on: two in a list, one in a paragraph. It counts nothing."""

    def write(prompt: Prompt, k: int) -> str:
        lines = prompt.sources[first : first + (2 if prompt.yields == "bullets" else 1)]
        told = [f"{' '.join(line.text.split())} [{line.index}]" for line in lines]
        return " " + ("\n- Point: ".join(told) if prompt.yields == "bullets" else " ".join(told))

    simulator = Scripted(write)
    simulator.name = simulator.recipe = name
    return simulator


def evaluated(workspace: Path, *simulators: Scripted, source: Path | None = None, **options: Any) -> Evaluated:
    with Evaluating(Workspace(workspace), opened=simulators, words=options.pop("words", None)) as open_:
        return open_.evaluate([source or workspace / "meetings"], **options)


def test_the_table(workspace: Path) -> None:
    code, out, told = scribe("eval", "meetings")
    assert (code, told) == (0, "")
    assert out.startswith("all: 7 references of 4 sessions\n")
    assert "\ngeneral: 3 references of 3 sessions\n" in out
    assert re.search(r"^ +all +general +specific$", out, re.M)
    assert re.search(r"^  ROUGE-1 +F1 × 100 +\d+\.\d \[\d+\.\d, \d+\.\d\] +\d+\.\d +\d+\.\d", out, re.M)
    assert re.search(
        r"^rouge-score [\d.]+, stemmed; means over references with their intervals, 95% bootstrap of sessions",
        out,
        re.M,
    )
    assert sorted(path.name for path in workspace.iterdir()) == [".scribe", "meetings", "scribe.toml"]


def test_the_object(workspace: Path) -> None:
    code, out, _ = scribe("eval", "meetings", "--json", "--words", "60")
    (line,) = out.splitlines()
    found = json.loads(line)
    assert code == 0
    assert (found["sessions"], found["references"], found["simulators"]) == (4, 7, ["extract"])
    assert [group["kind"] for group in found["groups"]] == ["all", "general", "specific"]
    means = found["groups"][0]["means"]["extract"]
    assert list(means) == [measure.name for measure in MEASURES]
    assert means["coverage"]["value"] == 100
    assert means["words"]["value"] <= 60
    assert means["tokens_read"] is None, "extract counts nothing"
    assert means["rouge1"]["low"] < means["rouge1"]["value"] < means["rouge1"]["high"]
    assert means["seconds"]["value"] > 0
    values = [one["figures"]["extract"]["rouge1"] for one in found["scored"]]
    assert means["rouge1"]["value"] == pytest.approx(sum(values) / 7)
    assert {one["session"] for one in found["scored"]} == {"loss", "probes", "calibration-0", "corpus"}
    assert found["recipe"]["rouge"].startswith("rouge-score")
    assert found["recipe"]["words"] == 60
    assert "key-points" in found["recipe"]["frames"]


def test_the_same_again_costs_nothing_and_says_so(workspace: Path) -> None:
    first = json.loads(scribe("eval", "meetings", "--json")[1])
    _, out, told = scribe("eval", "meetings", "--json")
    again = json.loads(out)
    assert told == "  no time and no tokens for 7 of 7 texts: completions were kept from an earlier run\n"
    assert (first.pop("kept"), again.pop("kept")) == (0, 7)
    assert again["groups"][0]["means"]["extract"]["seconds"] is None
    for found in (first, again):
        for one in [*found["scored"], *(group["means"] for group in found["groups"])]:
            for figures in one.get("figures", one).values():
                figures.pop("seconds")
    assert first == again


def test_simulators_side_by_side(workspace: Path) -> None:
    found = evaluated(workspace, named("first"), named("second", 4)).evaluation
    group = found.groups[0]
    assert found.simulators == ("first", "second")
    difference, one, other = (
        x["rouge1"] for x in (group.differences["second"], group.means["first"], group.means["second"])
    )
    assert difference is not None
    assert one is not None
    assert other is not None
    assert difference.value == pytest.approx(other.value - one.value)
    assert difference.value != 0
    lines = list(command._lines(found))
    assert lines[:2] == ["A is first", "B is second"]
    assert lines[4].split() == ["A", "B", "B", "−", "A"]
    assert found.recipe.simulators == {"first": "first", "second": "second"}


def test_a_bound_measures_all_notes_and_none_the_overview(workspace: Path) -> None:
    """An overview is written from the claims of topics, so that all notes hold more words."""
    (short,) = [one for one in evaluated(workspace, named("a")).evaluation.scored if one.session == "corpus"]
    (long,) = [one for one in evaluated(workspace, named("b"), words=80).evaluation.scored if one.session == "corpus"]
    assert (short.figures["a"]["words"] or 0) < (long.figures["b"]["words"] or 0) <= 80


def test_a_session_that_fails_is_named_and_the_rest_measured(workspace: Path) -> None:
    """It is left out for all simulators, so that all are measured by the same sessions."""
    (workspace / "meetings" / "broken.json").write_text('{"references": 3}')
    (workspace / "meetings" / "notes.txt").write_text("Mine.")
    path = workspace / "meetings" / "loss.json"
    path.write_text(path.read_text().replace('"cites": [5, 6]', '"cites": [99]'))
    (workspace / "meetings" / "probes.vtt").unlink()
    code, out, told = scribe("eval", "meetings", "--json")
    assert code == 1
    found = json.loads(out)
    assert (found["sessions"], found["strangers"]) == (2, ["meetings/notes.txt"])
    errors = {one["session"]: one["error"] for one in found["failed"]}
    assert list(errors) == ["meetings/broken.json", "meetings/loss.json", "probes"]
    assert "references: expected a valid list, found 3" in errors["meetings/broken.json"]
    assert "expected lines from 0 to 9, found 99" in errors["meetings/loss.json"]
    assert "found nothing there" in errors["probes"]
    first, *named_, last = told.splitlines()
    assert first == "  passed over, for they hold no session: meetings/notes.txt"
    assert [line.startswith("scribe: ") for line in named_] == [True] * 3
    assert last == "scribe: 3 not measured, 2 measured"


def test_a_simulator_that_fails_fails_its_sessions(workspace: Path) -> None:
    broken = Scripted(refuse)
    broken.name = broken.recipe = "broken"
    found = evaluated(workspace, named("first"), broken).evaluation
    assert found.scored == ()
    assert {one.session for one in found.failed} == {"loss", "probes", "calibration-0", "corpus"}
    assert all("the server is down" in one.error for one in found.failed)
    assert list(command._lines(found)) == ["A is first", "B is broken"]


def test_kinds_and_a_limit(workspace: Path) -> None:
    _, out, _ = scribe("eval", "meetings", "--kinds", "specific", "--limit", "3", "--json")
    found = json.loads(out)
    assert {one["kind"] for one in found["scored"]} == {"specific"}
    assert {one["session"] for one in found["scored"]} == {"calibration-0", "loss"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch"], "nosuch: expected a folder of sessions, found nothing there"),
        (["empty"], "empty: expected sessions with reference summaries, found none"),
        (["meetings", "--kinds", "poems"], "--kinds: no reference is of kind 'poems'; known: general, specific"),
        (["meetings", "-s", "poet:x"], "unknown simulator 'poet:x'"),
        (["meetings", "-s", "extract", "-s", "extract"], "expected different simulators, found extract twice"),
        (
            ["meetings", "--report", "scribe.toml"],
            "scribe.toml: expected nothing there, or a report as scribe wrote it",
        ),
        (["meetings", "--report", "meetings"], "meetings: expected a file for the report, found a folder"),
    ],
)
def test_a_mistake_is_one_line(workspace: Path, arguments: list[str], said: str) -> None:
    (workspace / "empty").mkdir()
    code, out, told = scribe("eval", *arguments)
    assert (code, out) == (2, "")
    assert told.startswith(f"scribe: {said}")
    assert told.count("\n") == 1


# ── The page ─────────────────────────────────────────────────────────────────────────────────

VOID = {"meta", "link", "br", "img", "circle", "path", "rect"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.said += data


def test_the_page_holds_all_and_needs_nothing(workspace: Path) -> None:
    code, _, told = scribe("eval", "meetings", "--report", "out/figures.html", "--words", "60")
    assert code == 0
    assert told == "  wrote out/figures.html\n"
    text = (workspace / "out" / "figures.html").read_text("utf-8")
    page = Page(text)
    assert page.open == []
    names = [name for name, _ in page.tags]
    assert not set(names) & {"script", "img", "link", "iframe", "object", "form", "base"}
    assert not [
        value for _, found in page.tags for key, value in found.items() if key in ("src", "href") or key[:2] == "on"
    ]
    assert "url(" not in text
    assert "@import" not in text
    policies = [found["content"] for _, found in page.tags if found.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert names.count("h1") == 1
    assert names.count("caption") == names.count("table") == 2, "kinds stand side by side"
    assert {found.get("scope") for name, found in page.tags if name == "th"} == {"col", "row"}
    assert names.count("svg") == len(PLOTTED)
    ids = [found["id"] for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids)) == 2 * len(PLOTTED), "a title and a description each"
    assert names.count("article") == 7
    for said in (
        "ROUGE-Lsum",
        "Lin 2004",
        "Noor argued that probes must be reported",
        "The lines that it cites",
        "corpus",
    ):
        assert said in page.said
    assert "prefers-color-scheme: dark" in text


def test_several_simulators_have_letters_and_differences_on_the_page(workspace: Path) -> None:
    write_report(workspace / "figures.html", evaluated(workspace, named("first"), named("second", 4)))
    page = Page((workspace / "figures.html").read_text("utf-8"))
    assert [name for name, _ in page.tags].count("table") == 4, "one for each kind, and the sessions"
    for said in ("B − A", "second", "A difference is paired"):
        assert said in page.said


def test_what_files_hold_is_text_and_nothing_else(workspace: Path) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&\x1b[2J"
    lines = [{"speaker": evil, "text": f"It is {evil} so, said the seminar about loss."}] * 6
    tree = {
        "transcript": {"segments": lines},
        "references": [{"question": f"What is {evil} loss?", "summary": evil, "cites": [0]}, {"summary": evil}],
    }
    (workspace / "evil").mkdir()
    (workspace / "evil" / "a<b>.json").write_text(json.dumps(tree))
    (workspace / "evil" / "c<i>.txt").write_text("")
    assert scribe("eval", "evil", "--report", "evil.html")[0] == 0
    text = (workspace / "evil.html").read_text("utf-8")
    page = Page(text)
    assert not {name for name, _ in page.tags} & {"script", "img", "i"}
    assert "<script>alert(1)</script>" in page.said
    assert "\x1b" not in text


def test_only_a_report_that_nobody_changed_is_written_over(workspace: Path) -> None:
    path = workspace / "figures.html"
    first = evaluated(workspace, named("first"))
    write_report(path, first)
    assert is_untouched(path.read_bytes())
    before = path.read_bytes()
    write_report(path, evaluated(workspace, named("other", 3)))
    assert path.read_bytes() != before
    path.write_text(path.read_text("utf-8").replace("<h1>", "<h1>My "), "utf-8")
    mine = path.read_bytes()
    with pytest.raises(ScribeError, match="expected nothing there, or a report as scribe wrote it"):
        write_report(path, first)
    code, _, told = scribe("eval", "meetings", "--report", "figures.html")
    assert (code, told.count("\n")) == (2, 1)
    assert path.read_bytes() == mine
    assert not (workspace / ".scribe" / "rollouts.db").exists() or told, "nothing was measured before that was said"


def test_the_same_values_make_the_same_page(workspace: Path) -> None:
    evaluated(workspace, named("first"))
    for name in "ab":
        write_report(workspace / f"{name}.html", evaluated(workspace, named("first")))
    assert (workspace / "a.html").read_bytes() == (workspace / "b.html").read_bytes()


def test_the_commands_of_the_readme_work(small: Small, workspace: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"### Figures\n\n```sh\n(.*?)```", readme, re.S)
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert len(commands) >= 3
    for program, *arguments in commands:
        assert program == "scribe"
        here = [argument.replace("hf:Qwen/Qwen3-8B-Base", f"hf:{small.base}") for argument in arguments]
        code, _, told = scribe(*here)
        assert code == 0, (here, told)
    assert is_untouched((workspace / "figures.html").read_bytes())
