"""Several sessions as one: every line and every claim is there, and its footnote leads to its own session."""

from __future__ import annotations

import re

from conftest import curated, sample, transcript

from scribe import draft
from scribe.chunks import split
from scribe.claims import flat
from scribe.draft.page import page
from scribe.footnotes import Links, Part, lines_of
from scribe.notes import summarise
from scribe.records import Notes, Transcript
from scribe.simulators.extract import Extract

FRAMES = curated()
ONE = sample()
TWO = transcript([(s.speaker, s.text) for s in ONE.segments[3:30]], seconds=5.0, name="week 2")


def notes_of(talk: Transcript) -> Notes:
    return summarise(talk, split(talk, Extract().count, budget_tokens=8000), Extract(), FRAMES)


MADE = [notes_of(ONE), notes_of(TWO)]
TALK, SESSIONS = draft.join("both", [ONE, TWO])
NOTES = draft.join_notes("both", MADE, SESSIONS)


def test_lines_go_on_from_one_session_to_the_next() -> None:
    assert [(s.id, s.first, s.last) for s in SESSIONS] == [("simulators-1", 0, 46), ("week 2", 46, 73)]
    assert [s.text for s in TALK.segments] == [s.text for s in (*ONE.segments, *TWO.segments)]


def test_every_claim_keeps_its_lines() -> None:
    def told(notes: Notes, first: int) -> list[tuple[str, list[int]]]:
        claims = flat([*notes.overview, *(c for t in notes.topics for c in t.claims)])
        return [(c.text, [n + first for n in c.cites]) for c in claims]

    assert sorted(told(NOTES, 0)) == sorted([*told(MADE[0], 0), *told(MADE[1], 46)])
    best = [(c.support.best, c.cites) for t in NOTES.topics for c in t.claims if c.support and c.support.best]
    assert all(set(found) <= set(cites) for found, cites in best)


def test_each_footnote_leads_to_its_session() -> None:
    parts = (
        Part(name="simulators-1", first=0, last=46, links=Links(recording="one.m4a", transcript="one.vtt")),
        Part(name="week 2", first=46, last=73, links=Links(transcript="two.vtt")),
    )
    post = draft.write(TALK, NOTES, Extract(), FRAMES, sessions=SESSIONS)
    text = page(post, TALK, parts[0].links, parts=parts)
    defined = dict(re.findall(r"^\[\^([^\]]+)\]: (.*)$", text, re.M))
    assert set(defined) == set(re.findall(r"\[\^([^\]]+)\](?!: )", text))
    assert {label.split("-")[0] for label in defined} == {"s1", "s2"}
    ranges = [(s.first, s.last) for s in SESSIONS]
    for label, note in defined.items():
        lines = lines_of(label, ranges)
        assert lines, label
        assert all(TALK.segments[n].speaker in note for n in lines)
        assert ("one.vtt" in note) == (lines[0] < 46)
        assert ("two.vtt" in note) == (lines[-1] >= 46)
        assert ("one.m4a#t=" in note) == (lines[0] < 46)
    assert "of 2 sessions" in text


def test_a_label_of_ones_own_names_no_line() -> None:
    for label in ("mine", "s1-mine", "12xy", "1-2-3", "s2-1", ""):
        assert lines_of(label) == ()
    assert lines_of("12", [(0, 46)]) == ()
    assert lines_of("s3-1", [(0, 46), (46, 73)]) == ()
    assert lines_of("12b") == (12,)
    assert lines_of("s1-2_s2-0-1", [(0, 46), (46, 73)]) == (2, 46, 47)
