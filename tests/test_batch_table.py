"""How a batch went, as a table, as a page and for machines."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scribe.batch import Report, Row, page, table
from scribe.batch.nouns import Facts


def row(source: str, outcome: str = "done", **more: Any) -> Row:
    facts = Facts(duration_s=222.0, lines=46, coverage=1.0, verdicts={"supported": 24, "weak": 1})
    given = {"id": "talk", "stages": {"notes": "made", "draft": "made"}, "seconds": 1.25, "facts": facts}
    return Row.model_validate({"source": source, "outcome": outcome, **given, **more})


def report(*rows: Row, **more: Any) -> Report:
    told = {"scribe": "0", "began": "2026-11-29T01:02:03+00:00", "seconds": 61.0, "stages": ("notes", "draft")}
    return Report.model_validate({**told, "on": "local", "jobs": 2, "simulator": "extract", "rows": rows, **more})


def test_a_row_says_all_at_a_glance() -> None:
    head, line, last = table(report(row("talk.vtt"))).splitlines()
    assert head == "source    duration  stages    coverage  support   time   outcome"
    assert line == "talk.vtt  3:42      made all  100 %     24 of 25  1.2 s  done"
    assert last == "1 source (1 done), 3:42 of talk, in 1 min 1 s"


def test_coverage_is_never_rounded_up_to_all() -> None:
    facts = Facts(coverage=0.9999)
    assert "  99 %  " in table(report(row("talk.vtt", facts=facts)))


def test_what_needs_a_person_is_told_with_its_reason() -> None:
    bad = row("bad.vtt", "failed", reason="transcribe: expected speech", stages={"transcribe": "failed", "notes": "-"})
    told = table(report(row("talk.vtt"), bad))
    assert "failed transcribe" in told
    assert "bad.vtt: transcribe: expected speech" in told
    written = page(report(row("talk.vtt"), bad))
    assert written.index("## What needs you") < written.index("## Sessions")


def test_many_sources_in_which_nothing_changed_are_counted() -> None:
    few = report(*(row(f"t{n}.vtt", "unchanged") for n in range(20)))
    many = report(*(row(f"t{n}.vtt", "unchanged") for n in range(21)), row("new.vtt"))
    assert len(table(few).splitlines()) == 22
    assert table(many).splitlines()[1].startswith("new.vtt")
    assert "… and 21 sources in which nothing changed" in table(many)


def test_why_something_was_made_again_is_on_the_page() -> None:
    again = row("talk.vtt", why={"notes": "the frame key-points changed", "draft": "not made before"})
    assert "- talk: notes, as the frame key-points changed" in page(report(again))


def test_what_waits_is_told_apart() -> None:
    written = page(report(row("talk.vtt"), row("later.vtt", "waiting", reason="beyond --limit")))
    assert "## What waits" in written
    assert "1 source, beyond --limit: later.vtt." in written


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_whatever_files_and_reasons_are_called_the_page_keeps_its_form(name: str, reason: str) -> None:
    rows = [row(name, id="a (b), c", files=("drafts/a (b), c/notes.md",)), row(name, "refused", id=None, reason=reason)]
    html = MarkdownIt("commonmark").enable("table").render(page(report(*rows)))
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == 2
    assert html.count("<tr>") == 2
    assert html.count("<td>") == 7
    assert html.count("<script") == 0
    assert 'href="drafts/a%20%28b%29%2C%20c/notes.md"' in html
    assert Report.model_validate_json(report(*rows).model_dump_json()) == report(*rows)
