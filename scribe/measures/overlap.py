"""Content overlap: what a voice's notes tell of the stretch they were made from, and how much of it two voices share.

In: each voice's notes of several stretches of one session, the stretches' lines, and a simulator that can score. Out:
log-likelihood gains in nats, with intervals.

A stretch c is scored at the end of a document that opens with notes:

    gain(v) = log p(c | notes of v) − mean_k log p(c | foreign_k)

where the foreign notes are the same voice's of other stretches of the session, cut to the same length, so that a gain
is owed to what the notes say and not to their form, their length or the session's subject. It is the pointwise mutual
information of notes and stretch, against that baseline, as the simulator sees it. What two voices share is

    shared(v, w) = gain(v) + gain(w) − gain(v and w in one document)

the pointwise co-information (McGill 1954, "Multivariate information transmission"): above 0 where the two tell the
same, below 0 where either tells more beside the other. It is redundancy less synergy, which it cannot tell apart
(Williams and Beer 2010, "Nonnegative decomposition of multivariate information").

The bootstrap draws stretches, each with all its foreign notes: chance between the latter is part of the difference
between stretches already (Davison and Hinkley 1997, section 3.8). A few stretches make a wide interval, and should.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from scribe.measures.bootstrap import Estimate, mean_of
from scribe.measures.documents import Count, cut_alike
from scribe.records import Record
from scribe.simulators import Simulator

FOREIGN = 2
"""Foreign notes that each stretch is compared with, at most: each costs one more reading of the stretch."""

AROUND_TOKENS = 50
"""What the document's own words may take beside notes and stretch."""

_DOCUMENT = "Minutes of a session:\n{notes}\n\nThe record they were made from:\n"


class Stretch(Record):
    """A stretch of a session, and what each voice noted of it."""

    text: str
    """Its lines, without numbers: see `documents.lines_told`."""
    notes: Mapping[str, str]
    """By voice, without numbers: see `documents.notes_told`. Empty where a voice found nothing to note."""


class Shared(Record):
    """What the notes of two voices both tell of the stretches."""

    voices: tuple[str, str]
    per_token: Estimate
    """Co-information, in nats per token of the stretches."""
    together: Estimate
    """What both notes tell in one document, in nats per token."""


class Overlap(Record):
    """What notes tell of their stretches."""

    gains: Mapping[str, Estimate]
    """Nats per token of the stretches, by voice; without those who noted nothing, or of one stretch alone."""
    nats: Mapping[str, float]
    """The same gains in nats, a stretch, in the mean."""
    shared: tuple[Shared, ...]


class _Gain(Record):
    nats: float
    noise: float
    tokens: int

    @property
    def per_token(self) -> float:
        return self.nats / self.tokens


Progress = Callable[[], None]
"""Called after each document that was scored."""


def documents(stretches: int, voices: int) -> int:
    """How many documents `overlap` scores, at most."""
    return stretches * (1 + min(FOREIGN, stretches - 1)) * (voices + voices * (voices - 1) // 2)


def overlap(
    stretches: Sequence[Stretch], voices: Sequence[str], simulator: Simulator, *, on_scored: Progress = lambda: None
) -> Overlap:
    """Measure what each voice's notes tell of the stretches, and what each two voices share; raises CannotScore."""
    groups = [(voice,) for voice in voices] + list(combinations(voices, 2))
    found = {
        group: {
            place: gain
            for place in range(len(stretches))
            if (gain := _gain(stretches, place, group, simulator, on_scored)) is not None
        }
        for group in groups
    }
    alone = {voice: found[(voice,)] for voice in voices if found[(voice,)]}
    return Overlap(
        gains={voice: _mean(list(gains.values())) for voice, gains in alone.items()},
        nats={voice: sum(g.nats for g in gains.values()) / len(gains) for voice, gains in alone.items()},
        shared=tuple(
            _shared(one, other, alone[one], alone[other], found[(one, other)])
            for one, other in combinations(voices, 2)
            if found[(one, other)]
        ),
    )


def _gain(
    stretches: Sequence[Stretch], place: int, group: tuple[str, ...], simulator: Simulator, on_scored: Progress
) -> _Gain | None:
    """The gain that the notes of a group of voices give about one stretch; None where there is nothing to compare."""
    others = [place + step for step in range(1, len(stretches))][:FOREIGN]
    matched = [_matched(stretches, place, others, voice, simulator.count) for voice in group]
    text = stretches[place].text
    if not text or not others or not all(notes[0] for notes in matched):
        return None
    scores = []
    for notes in zip(*matched, strict=True):
        scores += simulator.score(_DOCUMENT.format(notes="\n".join(notes)), [text])
        on_scored()
    own, *foreign = scores
    return _Gain(
        nats=own.logprob - sum(score.logprob for score in foreign) / len(foreign),
        noise=own.noise + sum(score.noise for score in foreign) / len(foreign),
        tokens=max(own.tokens, 1),
    )


def _matched(stretches: Sequence[Stretch], place: int, others: Sequence[int], voice: str, count: Count) -> list[str]:
    """A voice's own notes of a stretch, then foreign ones from each of `others` on, all of one length.

    After a stretch's notes those of the next ones follow, round the session, so that there are enough to cut.
    """
    own = stretches[place].notes.get(voice, "")
    foreign = []
    for first in others:
        ring = [(first + step) % len(stretches) for step in range(len(stretches))]
        told = [stretches[i].notes.get(voice, "") for i in ring if i != place]
        foreign.append("\n".join(filter(None, told)))
    return cut_alike([own, *foreign], count)


def _shared(
    one: str, other: str, first: Mapping[int, _Gain], second: Mapping[int, _Gain], both: Mapping[int, _Gain]
) -> Shared:
    """Co-information of two voices over the stretches that both noted something of."""
    differences = [
        _Gain(
            nats=first[place].nats + second[place].nats - gain.nats,
            noise=first[place].noise + second[place].noise + gain.noise,
            tokens=gain.tokens,
        )
        for place, gain in both.items()
    ]
    return Shared(voices=(one, other), per_token=_mean(differences), together=_mean(list(both.values())))


def _mean(gains: Sequence[_Gain]) -> Estimate:
    noise = sum(gain.noise / gain.tokens for gain in gains) / len(gains)
    return mean_of([[gain.per_token for gain in gains]], noise=noise)
