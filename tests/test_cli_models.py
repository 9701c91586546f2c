"""Language models take sessions through every stage, as a person runs them: the tests' small one, and a fake server."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, scribe
from openai_server import Asked, Reply, Server, writes
from tiny_llama import Small

from scribe import pipeline
from scribe.evidence import CITATION, citations
from scribe.pipeline.measuring import Measuring
from scribe.records import Notes
from scribe.shelf import Workspace
from scribe.simulators import open_simulator
from scribe.simulators.hf import HF

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the sample's transcript under another name."""
    (tmp_path / "scribe.toml").write_text("")
    shutil.copy(ROOT / "transcripts" / "simulators-1.vtt", tmp_path / "talk.vtt")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(small: Path) -> HF:
    simulator = open_simulator(f"hf:{small}", device="cpu")
    assert isinstance(simulator, HF)
    return simulator


@pytest.mark.parametrize("form", ["base", "chat"])
def test_a_model_makes_notes_whose_every_citation_was_shown(form: str, small: Small, folder: Path) -> None:
    """What it writes is mostly wrong, and marked so; every line is accounted for, and a second run costs nothing."""
    spec = f"hf:{getattr(small, form)}"
    code, out, told = scribe("run", "talk.vtt", "--simulator", spec, "--json")
    assert code == 0, told
    first = json.loads(out)
    assert first["coverage"] == 1.0
    assert first["usage"]["completion_tokens"] > 100
    assert first["usage"]["cached_tokens"] > first["usage"]["prompt_tokens"] / 4
    statements = first["sentences"]
    assert len(statements) >= 8
    assert sum(bool(s["cites"]) for s in statements) >= len(statements) / 2
    assert all(0 <= line < 46 for s in statements for line in s["cites"])
    assert all(s["verdict"] != "supported" or s["cites"] for s in statements)
    assert any(s["grounding"] is not None for s in statements)
    page = (folder / "drafts" / "talk" / "notes.md").read_text("utf-8")
    assert f"hf/1 {form} " in page
    assert "*(unsupported:" in page

    code, out, told = scribe("run", "talk.vtt", "--simulator", spec, "--json")
    again = json.loads(out)
    assert code == 0, told
    assert again["sentences"] == statements
    assert again["usage"]["requests"] == 0
    assert {file["outcome"] for file in again["files"]} == {"unchanged"}


def test_with_the_store_warm_no_model_is_loaded(small: Small, folder: Path) -> None:
    """Neither for notes and drafts with their scores, nor for measures."""
    used = []
    for _ in range(2):
        simulator = opened(small.base)
        with pipeline.Pipeline(Workspace(folder), simulator=simulator) as made:
            made.run("talk.vtt")
        used.append(simulator)
    assert ["model" in vars(simulator) for simulator in used] == [True, False]
    used.clear()
    for _ in range(2):
        simulator = opened(small.base)
        with Measuring(
            Workspace(folder), opened=[simulator], frame="key-points", samples=2, tokens=8, stretches=2
        ) as measuring:
            measuring.measure("talk.vtt")
        used.append(simulator)
    assert ["model" in vars(simulator) for simulator in used] == [True, False]


def test_a_model_whose_context_is_too_small_is_told_of_before_anything_is_read(small: Small, folder: Path) -> None:
    code, _, told = scribe("notes", "talk.vtt", "--simulator", f"hf:{small.base}?context=1500")
    assert code == 1
    (line,) = [line for line in told.splitlines() if line.startswith("scribe:")]
    assert re.search(r"a context of 1500 tokens leaves \d+ for the record", line), line
    assert not (folder / "drafts").exists()


def test_a_folder_without_a_tokenizer_is_one_line(small: Small, folder: Path) -> None:
    shutil.copytree(small.base, folder / "bare", ignore=shutil.ignore_patterns("tokenizer*"))
    code, _, told = scribe("notes", "talk.vtt", "--simulator", "hf:bare")
    assert code in (1, 2)
    (line,) = [line for line in told.splitlines() if line.startswith("scribe:")]
    assert "expected a tokenizer" in line


def test_what_a_server_makes_up_is_kept_and_marked(folder: Path) -> None:
    """It cites a line that there is not, for one voice ignores the form twice, and says nothing for another."""

    def answers(asked: Asked) -> Reply:
        document = asked.document
        if document.endswith("- Objection:"):
            return writes(asked, "")
        if document.endswith("- Definition:"):
            return writes(asked, "\n\n\n")
        return writes(asked, " Ada: the moon is made of cheese [9999]\n\n")

    with Server(answers) as server:
        spec = f"openai:tiny@{server.url}?as=base&prices=1/2"
        code, out, told = scribe("notes", "talk.vtt", "--simulator", spec, "--json")
        assert code == 0, told
        made = json.loads(out)
        assert made["usage"]["requests"] == len(server.asked)
        asked_before = len(server.asked)
        again = json.loads(scribe("notes", "talk.vtt", "--simulator", spec, "--json")[1])
        assert len(server.asked) == asked_before
    assert again["sentences"] == made["sentences"]
    assert made["sentences"]
    assert all(s["verdict"] == "unsupported" and s["cites"] == [] for s in made["sentences"])
    kept = Notes.model_validate_json((folder / "drafts" / "talk" / "notes.json").read_text("utf-8"))
    reasons = [passage.reason or "" for passage in kept.coverage.passages]
    assert all("sceptic wrote nothing" in reason and "twice" in reason for reason in reasons)
    page = (folder / "drafts" / "talk" / "notes.md").read_text("utf-8")
    assert "Read in part" in page
    assert "cites line 9999, which was not shown" in page


def test_the_commands_of_the_readme_work(small: Small, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the small model in the place of the large ones, and a server that is there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"### Simulators\n\n```sh\n(.*?)```", readme, re.S)

    def answers(asked: Asked) -> Reply:
        return writes(asked, " Ada: log-loss is smallest at the true distribution [3]\n\n")

    with Server(answers) as server:
        here = {
            "hf:Qwen/Qwen3-8B-Base": f"hf:{small.base}",
            "hf:Qwen/Qwen3-8B": f"hf:{small.chat}",
            "http://127.0.0.1:8000/v1": server.url,
        }
        commands = [shlex.split(line, comments=True) for line in block.splitlines()]
        assert len(commands) >= 6
        for program, *arguments in commands:
            assert program == "scribe"
            for name, place in here.items():
                arguments = [argument.replace(name, place) for argument in arguments]
            code, _, told = scribe(*arguments)
            assert code == 0, (arguments, told)
        assert server.asked


def test_citations_of_a_model_are_held_to_the_lines_shown(small: Small, folder: Path) -> None:
    """Every bracket that the store keeps of voices that were shown a record."""
    scribe("notes", "talk.vtt", "--simulator", f"hf:{small.base}")
    with pipeline.Pipeline(Workspace(folder), simulator=opened(small.base)) as made:
        texts = [r.completion.text for r in made._store.rollouts() if r.frame in ("key-points", "questions")]
    brackets = [match.group(0) for text in texts for match in re.finditer(r"\[[^\]\n]*\]", text)]
    assert len(brackets) >= 8
    assert all(CITATION.fullmatch(bracket) for bracket in brackets)
    assert all(0 <= line < 46 for bracket in brackets for line in citations(bracket))
