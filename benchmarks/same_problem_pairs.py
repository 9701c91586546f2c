"""QMSum's topics -> pairs of passages that are of one topic, or are not.

In: a folder of meetings (the README beside this file says which). Out: `Pair`s of passages of exactly as many words, so
that length gives nothing away, and without line breaks, speakers' labels or speakers' names, so that who speaks gives
nothing away. A passage stands in one pair of each kind at most in the same place, so that being
like everything helps none.
This module knows nothing of what is measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from corpora import cleaned
from scipy.optimize import linear_sum_assignment

from scribe.language import content_words

Kind = Literal["same", "same_meeting", "other_meetings"]
"""One topic; two topics of one meeting; topics of two meetings of one corpus, whose titles share no content word."""

KINDS: tuple[Kind, ...] = ("same", "same_meeting", "other_meetings")
SEED = 20261126


class Topic(NamedTuple):
    """What was said under one heading of a meeting, in order, without who said it."""

    meeting: str
    title: str
    words: tuple[str, ...]
    turns: frozenset[int]

    @property
    def corpus(self) -> str:
        """The part of QMSum that its meeting belongs to."""
        return self.meeting.partition("-")[0]


class Pair(NamedTuple):
    """Two passages, and the meetings they were spoken in."""

    kind: Kind
    meeting: str
    other_meeting: str
    first: str
    second: str


def load_topics(data: Path, split: str, *, limit: int | None = None, keep_names: bool = False) -> list[Topic]:
    """The topics of every meeting of one split, or of the first `limit` meetings of each corpus; all words kept."""
    found = []
    for path in sorted((data / "qmsum").glob(f"*.{split}.jsonl")):
        rows = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        for number, row in enumerate(rows[:limit]):
            found += _topics(f"{path.name.partition('.')[0]}-{number}", json.loads(row), keep_names=keep_names)
    return found


def _topics(meeting: str, row: Mapping[str, Any], *, keep_names: bool) -> Iterator[Topic]:
    turns = row["meeting_transcripts"]
    names = frozenset() if keep_names else names_of(turn["speaker"] for turn in turns)
    for topic in row.get("topic_list", []):
        spans = sorted((int(first), int(last)) for first, last in topic["relevant_text_span"])
        places = dict.fromkeys(i for first, last in spans for i in range(first, min(last + 1, len(turns))))
        words = [word for i in places for word in cleaned(turns[i]["content"]).split()]
        kept = tuple(word for word in words if not names.intersection(re.findall(r"\w+", word)))
        yield Topic(meeting, topic["topic"], kept, frozenset(places))


def names_of(labels: Iterable[str]) -> frozenset[str]:
    """Words with a capital in speakers' labels, less what stands in brackets; they are names, or say who somebody is.

    >>> sorted(names_of(["Hon. Bill Blair (Minister of Public Safety)", "The Chair"]))
    ['Bill', 'Blair', 'Chair', 'Hon']
    """
    bare = (re.sub(r"\(.*", "", label) for label in labels)
    return frozenset(w for label in bare for w in re.findall(r"\w+", label) if w[0].isupper() and w != "The")


def make_pairs(topics: Sequence[Topic], words: int) -> list[Pair]:
    """Pairs of passages of `words` words: as many of each kind, from topics that have a partner of every kind.

    The first passage of a pair is from the middle of the first half of its topic, the second from the middle of the
    second half of the same or another one.
    """
    long = [topic for topic in topics if len(topic.words) >= 2 * words]
    beside = _partners(long, _apart_in_one_meeting)
    elsewhere = _partners(long, _of_another_meeting)
    pairs = []
    for place, topic in enumerate(long):
        if place not in beside or place not in elsewhere:
            continue
        partners = {"same": topic, "same_meeting": long[beside[place]], "other_meetings": long[elsewhere[place]]}
        first, _ = halves(topic, words)
        for kind in KINDS:
            partner = partners[kind]
            pairs.append(Pair(kind, topic.meeting, partner.meeting, first, halves(partner, words)[1]))
    return pairs


def halves(topic: Topic, words: int) -> tuple[str, str]:
    """A passage of `words` words from the middle of each half of a topic; both halves must be that long."""
    middle = len(topic.words) // 2
    spare = (middle - words) // 2
    return tuple(" ".join(topic.words[at : at + words]) for at in (spare, middle + spare))  # type: ignore[return-value]


def _apart_in_one_meeting(one: Topic, other: Topic) -> bool:
    return one.meeting == other.meeting and not one.turns & other.turns


def _of_another_meeting(one: Topic, other: Topic) -> bool:
    shares = set(content_words(one.title)) & set(content_words(other.title))
    return one.meeting != other.meeting and one.corpus == other.corpus and not shares


def _partners(topics: Sequence[Topic], may_pair: Callable[[Topic, Topic], bool]) -> dict[int, int]:
    """A partner for as many topics as have one, each partner used once: the cheapest assignment at drawn costs."""
    if not topics:
        return {}
    allowed = np.array([[may_pair(one, other) for other in topics] for one in topics])
    costs = np.where(allowed, np.random.default_rng(SEED).random(allowed.shape), len(topics) + 1.0)
    found = zip(*linear_sum_assignment(costs), strict=True)
    return {int(one): int(other) for one, other in found if allowed[one, other]}
