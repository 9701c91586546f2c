"""Near misses: what may be a term of the glossary, misheard.

In: a transcript and a glossary. Out: candidates for a person to accept or refuse, the likeliest first. Nothing is
changed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from scribe.glossary import ordinary
from scribe.glossary.judging import ALIKE, FEWEST_LETTERS, Form, Verdict, forms, judge
from scribe.glossary.letters import Acronyms
from scribe.glossary.runs import Place, Run, runs
from scribe.glossary.sounds import folded, respelt
from scribe.glossary.terms import Glossary, same
from scribe.records import Record, Transcript

_AT_ONCE = 20_000
"""Runs compared with all terms at once: 200 terms take 16 MB."""

_SAMPLE = 500
"""Segments that are read to find out whether a transcript is English."""


class Candidate(Record):
    """Words that may be a term misheard."""

    heard: str
    """As it stands in the transcript."""
    meant: str
    """The term as the glossary has it; with an s where `heard` is a plural."""
    why: str
    """A short phrase for a person."""
    cites: tuple[int, ...]
    """Segment indices, ascending."""


class _Hit(NamedTuple):
    """A run at one place that may be a term."""

    verdict: Verdict
    place: Place
    surface: str
    meant: str


def near_misses(transcript: Transcript, glossary: Glossary) -> list[Candidate]:
    """Runs of words that may be a term misheard, the likeliest first, less all that a person decided before.

    A term that is spelt right, and its inflected forms, are never offered; nor is a word of another glossary term.
    Of runs that overlap only the likeliest is. In a language other than English letters alone are compared.
    """
    is_english = _is_english(transcript)
    wanted = [form for term in glossary.terms for form in forms(term, is_english=is_english)]
    acronyms = Acronyms(glossary.terms)
    longest = max([form.longest for form in wanted] + [acronyms.longest], default=0)
    found = runs(transcript.segments, glossary.terms, longest) if longest else []
    hits = [*_spelt_out(found, acronyms), *_alike(found, wanted, is_english=is_english)]
    return _undecided(_apart(hits), glossary)


def _is_english(transcript: Transcript) -> bool:
    if transcript.language:
        return transcript.language.lower().replace("_", "-").split("-")[0] in ("en", "eng", "english")
    return ordinary.is_english(" ".join(segment.text for segment in transcript.segments[:_SAMPLE]))


def _spelt_out(found: Iterable[Run], acronyms: Acronyms) -> Iterator[_Hit]:
    for run in found:
        if spelt := acronyms.find(run.parts, run.places[0][1]):
            meant, score, why = spelt
            yield from (_Hit(Verdict(score, why), place, surface, meant) for place, surface in run.places)


def _alike(found: Iterable[Run], wanted: Sequence[Form], *, is_english: bool) -> Iterator[_Hit]:
    """Runs that a closer look takes for a term."""
    by_length: dict[int, list[Run]] = {}
    for run in found:
        by_length.setdefault(len(run.parts), []).append(run)
    for length, own in by_length.items():
        able = [form for form in wanted if form.longest >= length]
        for run, form in _roughly_alike(own, able, is_english=is_english):
            if verdict := judge(run.parts, form, len(run.places), is_english=is_english):
                yield from (_Hit(verdict, place, surface, form.meant) for place, surface in run.places)


def _roughly_alike(own: Sequence[Run], wanted: Sequence[Form], *, is_english: bool) -> Iterator[tuple[Run, Form]]:
    """Pairs that are worth a closer look."""
    import numpy as np
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    write = respelt if is_english else str
    texts = [(run, write(folded("".join(run.parts)))) for run in own]
    texts = [(run, text) for run, text in texts if len(text) >= FEWEST_LETTERS - 1]
    terms = [write(form.letters) for form in wanted]
    for at in range(0, len(texts) if terms else 0, _AT_ONCE):
        some = texts[at : at + _AT_ONCE]
        likeness = process.cdist(
            terms, [text for _, text in some], scorer=OSA.normalized_similarity, score_cutoff=ALIKE, dtype=np.float32
        )
        for term, run in zip(*(axis.tolist() for axis in np.nonzero(likeness)), strict=True):
            yield some[run][0], wanted[term]


def _apart(hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """The likeliest of hits that overlap; of equally likely ones the one with more words."""
    taken: set[tuple[int, int]] = set()
    for hit in sorted(hits, key=lambda h: (-h.verdict.score, h.place.first - h.place.last, h.place, h.meant)):
        own = {(hit.place.segment, number) for number in range(hit.place.first, hit.place.last)}
        if not own & taken:
            taken |= own
            yield hit


def _undecided(hits: Iterable[_Hit], glossary: Glossary) -> list[Candidate]:
    """Hits of one kind as one candidate, less those that were accepted or refused."""
    accepted = {same(c.heard) for c in glossary.corrections}
    refused = {(same(c.heard), same(c.meant)) for c in glossary.refused}
    kinds: dict[tuple[str, str], list[_Hit]] = {}
    for hit in hits:
        heard, meant = same(hit.surface), same(hit.meant)
        if heard != meant and heard not in accepted and (heard, meant) not in refused:
            kinds.setdefault((heard, hit.meant), []).append(hit)
    return [
        Candidate(
            heard=Counter(hit.surface for hit in own).most_common(1)[0][0],
            meant=meant,
            why=own[0].verdict.why,
            cites=tuple(sorted({hit.place.segment for hit in own})),
        )
        for (_, meant), own in kinds.items()
    ]
