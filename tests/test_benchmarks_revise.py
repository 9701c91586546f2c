"""The figures for drafts: the laws can be broken, a kill is a kill, and what is cited is counted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT, sample

BENCHMARKS = ROOT / "benchmarks"
FIGURES = {
    "merges",
    "violations",
    "merge_200_pages_seconds",
    "scaling_exponent",
    "kills",
    "kills_lost",
    "supported_fraction",
    "footnotes_resolving",
}


def test_every_figure_is_told_of() -> None:
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    script = (BENCHMARKS / "revise.py").read_text(encoding="utf-8")
    for name in FIGURES:
        assert f"`{name}`" in readme
        assert f'"{name}"' in script


def test_cases_are_the_same_every_time_and_people_do_all_kinds_of_things(bench: Callable[[str], ModuleType]) -> None:
    cases = bench("revise_cases")
    assert cases.case(7) == cases.case(7)
    done = {edit.split()[0] for seed in range(300) for edit in cases.case(seed).edits}
    assert done >= set("reword delete insert foreign move lose copy forge keep unmark note windows emptied".split())


def test_a_merge_that_loses_brings_back_or_disorders_is_noticed(bench: Callable[[str], ModuleType]) -> None:
    cases = bench("revise_cases")
    case = cases.case(5)
    for seed in range(200):
        case = cases.case(seed)
        if case.edits == ("insert",) or any(edit.startswith("insert") for edit in case.edits):
            break
    assert list(cases._lost(case, case.base))
    gone = next(c for c in map(cases.case, range(500)) if any(len(text.split()) > 8 for text in c.deleted))
    text = max(gone.deleted, key=len)
    assert any("came back" in line for line in cases._back(gone, (text,), f"{text}\n"))
    assert list(
        cases._disordered(
            "One two three four five.\n\nSix seven eight nine.\n", "Six seven eight nine.\n\nOne two three four five.\n"
        )
    )
    assert list(cases._unresolved(case._replace(theirs=""), "- [^0] [^1] [^2] [^3] [^4] [^5] [^6] [^7] [^8]\n"))


def test_the_laws_are_tried_in_processes(bench: Callable[[str], ModuleType]) -> None:
    assert bench("revise").laws(12, processes=1) == {"merges": 12, "violations": 0}


def test_citations_are_counted(bench: Callable[[str], ModuleType]) -> None:
    revise = bench("revise")
    post, page = revise.drafted(sample())
    assert revise.cited([(sample(), post, page)]) == {"supported_fraction": 1.0, "footnotes_resolving": 1.0}
    broken = page.replace("[^33]: ", "[^33b]: ")
    assert revise.cited([(sample(), post, broken)])["footnotes_resolving"] < 1


def test_long_posts_are_as_long_as_asked_for(bench: Callable[[str], ModuleType]) -> None:
    revise = bench("revise")
    _, page = revise.drafted(sample())
    text = revise._long_post([page], 5_000)
    assert 5_000 <= len(text.split()) < 8_000
    assert revise._edited(text) != text != revise._regenerated(text)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_kill_is_a_kill(bench: Callable[[str], ModuleType], tmp_path: Path) -> None:
    talk = sample().model_copy(update={"source": "talk.vtt", "recording": None})
    killed = bench("revise_kills").kill(talk, 1, tmp_path)
    assert any(one.was_killed for one in killed)
    assert [one.lost for one in killed if one.lost] == []
