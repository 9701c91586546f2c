"""Drafts that a person can own: the merge's laws, its speed, kills in the midst of it, and what drafts cite.

    python benchmarks/revise.py --json

In: a folder of meetings (the README beside this file says which). Out: a table, and with `--json` one object of named
figures as the last line. Without meetings the laws are still tried.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import corpora
import revise_cases
import revise_kills

from scribe import draft, frames, notes
from scribe.chunks import split as cut
from scribe.claims import flat
from scribe.draft.page import leaves
from scribe.footnotes import Links, lines_of
from scribe.markdown import to_html
from scribe.records import Claim, Draft, Transcript
from scribe.revise import id_of, labelled, marked, merge, split
from scribe.revise.blocks import words_of
from scribe.simulators.extract import Extract

PAGES = (50, 100, 200, 400)
WORDS_A_PAGE = 500
"""Words of a printed page."""

REPEATS = 3

Figures = dict[str, float | bool | None]


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────


def laws(merges: int, processes: int = 2) -> Figures:
    """Try the laws on as many random cases, and say how many break one."""
    step = 250
    firsts = range(0, merges, step)
    violations = 0
    with ProcessPoolExecutor(processes) as pool:
        spans = ((first, min(first + step, merges)) for first in firsts)
        for done, broken in enumerate(pool.map(_tried, spans), start=1):
            violations += len(broken)
            for line in broken:
                print(line, file=sys.stderr)
            if done % 40 == 0:
                print(f"  {done * step} merges, {violations} violations", file=sys.stderr)
    return {"merges": merges, "violations": violations}


def _tried(span: tuple[int, int]) -> list[str]:
    return [
        f"case {seed}: {line}" for seed in range(*span) for line in revise_cases.broken_laws(revise_cases.case(seed))
    ]


# ── Drafts of real meetings ──────────────────────────────────────────────────────────────────


def drafted(transcript: Transcript) -> tuple[Draft, str]:
    """The draft and the page that `scribe draft` makes of a meeting."""
    simulator, known = Extract(), frames.load_all(frames.folders(None, None))
    room = notes.budget(simulator, known, None, title=transcript.id)
    made = notes.summarise(transcript, cut(transcript, simulator.count, budget_tokens=room), simulator, known)
    post = draft.write(transcript, made, simulator, known)
    parts = leaves(post, transcript, Links(transcript="talk.json"))
    page = "\n\n".join(
        leaf.text if leaf.key == ("footnotes",) else marked([id_of(*leaf.key)]) + leaf.text for leaf in parts
    )
    return post, labelled(page + "\n")


def cited(drafts: Sequence[tuple[Transcript, Draft, str]]) -> Figures:
    """Share of sentences that are supported, and of footnote marks that lead to one footnote and to lines there are."""
    claims = [claim for _, post, _ in drafts for claim in _claims(post)]
    supported = sum(c.support is not None and c.support.verdict == "supported" for c in claims)
    marks = resolving = 0
    for transcript, _, page in drafts:
        defined = re.findall(r"^\[\^([^\]]+)\]: ", page, re.M)
        html = to_html(page)
        for label in re.findall(r"\[\^([^\]]+)\](?!: )", page):
            lines = lines_of(label)
            is_there = bool(lines) and lines[-1] < len(transcript.segments) and defined.count(label) == 1
            marks += 1
            resolving += is_there and "[^" not in html
    return {"supported_fraction": supported / len(claims), "footnotes_resolving": resolving / marks}


def _claims(post: Draft) -> list[Claim]:
    found = [*post.summary, *post.definitions, *post.open_questions]
    for section in post.sections:
        found += [*([section.opening] if section.opening else []), *(c for p in section.paragraphs for c in p)]
    for p in post.propositions:
        found += [p.statement, *p.definitions, *p.assumptions, *(s.claim for s in p.steps), *p.gaps, *p.counterexamples]
    return list(flat(found))


# ── Speed ────────────────────────────────────────────────────────────────────────────────────


def speed(pages: Sequence[str]) -> Figures:
    """Seconds to merge long posts made of real ones, a tenth of whose blocks a person changed and a fifth the machine.

    Texts as long as 50 to 400 pages; the exponent is the slope of log time over log length.
    """
    times: dict[int, float] = {}
    gc.collect()
    gc.freeze()  # else each full collection walks over the meetings, too, and a longer merge has more of them
    for length in PAGES:
        base = _long_post(pages, length * WORDS_A_PAGE)
        theirs, new = _edited(base), _regenerated(base)
        tries = []
        for _ in range(REPEATS):
            words_of.cache_clear()
            split.cache_clear()
            began = time.perf_counter()
            merged = merge(base, theirs, new)
            tries.append(time.perf_counter() - began)
        times[length] = statistics.median(tries)
        told = f"{len(split(base).blocks)} blocks, {len(merged.proposals)} proposals"
        print(f"  {length} pages: {told}, {times[length]:.2f} s", file=sys.stderr)
    points = [(math.log(length), math.log(seconds)) for length, seconds in times.items()]
    slope = statistics.linear_regression(*zip(*points, strict=True)).slope
    return {"merge_200_pages_seconds": times[200], "scaling_exponent": slope}


def _long_post(pages: Sequence[str], words: int) -> str:
    """Posts behind each other, footnotes and all, each time under other line numbers, until there are enough words."""
    parts: list[str] = []
    held = 0
    for turn in range(10_000):
        page = re.sub(r"\[\^(\d)", rf"[^{turn + 1}\1", pages[turn % len(pages)])
        page = re.sub(r"<!-- scribe: \w+ -->\n", "", page)
        parts.append(page.strip())
        held += len(page.split())
        if held >= words:
            break
    bodies = [part[: part.index("\n[^")] for part in parts]
    footnotes = [part[part.index("\n[^") + 1 :] for part in parts]
    return labelled("\n\n".join([*bodies, "\n".join(footnotes)]) + "\n")


def _edited(base: str) -> str:
    dice = random.Random(1)
    parts = [[block.mark, block.content, block.gap] for block in split(base).blocks]
    for _ in range(len(parts) // 10):
        place = dice.randrange(len(parts))
        what = dice.choice(["reword", "reword", "delete", "insert", "move"])
        if what == "reword":
            parts[place][1] = revise_cases.reworded(parts[place][1], dice)
        elif what == "delete":
            del parts[place]
        elif what == "insert":
            parts.insert(
                place, ["", f"Mine: {revise_cases.reworded(parts[place][1], dice)}".replace("\n", " "), "\n\n"]
            )
        else:
            parts.insert(dice.randrange(len(parts)), parts.pop(place))
    return "".join(part for block in parts for part in block)


def _regenerated(base: str) -> str:
    dice = random.Random(2)
    blocks = [
        block._replace(content=revise_cases.reworded(block.content, dice)) if dice.random() < 0.2 else block
        for block in split(base).blocks
        if block.label is not None or dice.random() > 0.03
    ]
    return labelled("".join(b.mark + b.content + b.gap for b in blocks), base)


# ── All of it ────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    parser: argparse.ArgumentParser = corpora.parser(__doc__)
    parser.add_argument("--merges", type=int, default=100_000, help="random cases for the laws")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--meetings", type=int, default=20, help="how many meetings are drafted")
    given = parser.parse_args()
    figures: Figures = {}
    meetings = corpora.load_meetings(given.data, ["icsi"], limit=given.meetings)
    if meetings:
        drafts = [(meeting, *drafted(meeting)) for meeting in meetings]
        figures |= cited(drafts) | speed([page for _, _, page in drafts])
    else:
        print(f"no meetings in {given.data}; only the laws are tried", file=sys.stderr)
    if meetings and given.kills:
        with tempfile.TemporaryDirectory() as folder:
            shortest = min(meetings, key=lambda meeting: len(meeting.segments))
            killed = revise_kills.kill(shortest, given.kills, Path(folder))
        for one in killed:
            if one.lost:
                print(f"  lost: {one.lost}", file=sys.stderr)
        figures["kills"] = sum(one.was_killed for one in killed)
        figures["kills_lost"] = sum(one.lost is not None for one in killed)
    figures |= laws(given.merges)
    for name, value in figures.items():
        print(f"{name:28} {value:g}")
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
