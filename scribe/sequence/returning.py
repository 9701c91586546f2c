"""Topics that several sessions return to.

In: the sessions' cards. Out: groups of topics that concern one thing, with a name. It prefers to say nothing: what is
found should be right, and much of what returns in other words is not found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from scribe.language import is_content, stem, words
from scribe.records import Record
from scribe.sequence.cards import Card, CardTopic
from scribe.sequence.grouping import LEAST, groups
from scribe.sequence.nearness import Vectors, neighbours, vectors

SURE = 0.2
"""Cosine that two topics of different sessions must have, or their group is not told. On ICSI and AMI meetings pairs
from .14 to .16 concern one question with a probability of .41 by `measures.sameness`, from .2 to .22 .53, from .25 to
.3 .67, above .80; all pairs .16. Of the pairs of ICSI above .2, 93 % are of one series; of all its pairs, 31 %."""

FITTING = 0.4
"""What a word of a title must weigh, as a share of the three words that its group shares most, to name the group:
"Speech recognition" says little of four stretches about a target group, which share "group, aim, market, young"."""

MOST_NAMED = 4
"""Words that say what a group has in common, beside its title."""


class Place(Record):
    """A topic of a session, counted from 0."""

    session: str
    topic: int


class Returning(Record):
    """Topics of several sessions that concern one thing."""

    title: str
    """That of one of them, the one whose words the others share most; or such words, where no title says them."""
    words: tuple[str, ...] = ()
    """What they have in common beside it, the most telling first."""
    members: tuple[Place, ...]
    """In the order of sessions' ids, and of topics within one."""


def returning(cards: Sequence[Card]) -> tuple[Returning, ...]:
    """Groups of topics of two sessions or more; the order of the cards is of no account.

    Those of most sessions come first. No topic is in two groups.
    """
    placed = [
        (Place(session=card.id, topic=number), topic)
        for card in sorted(cards, key=lambda card: card.id)
        for number, topic in enumerate(card.topics)
    ]
    known = vectors([topic.words for _, topic in placed])
    sessions = [place.session for place, _ in placed]
    near = list(neighbours(known, LEAST))
    found = groups(known, near)
    group_of = {place: number for number, group in enumerate(found) for place in group}
    sure = [(a, b) for a, b, cosine in near if cosine >= SURE and sessions[a] != sessions[b]]
    told = {group_of[a] for a, b in sure if group_of.get(a, -1) == group_of.get(b, -2)}
    named = [
        _named([placed[place] for place in found[number]], [known.of(place) for place in found[number]], known)
        for number in sorted(told)
    ]
    return tuple(sorted(named, key=lambda group: (-len({m.session for m in group.members}), group.title, group.words)))


def _named(
    members: Sequence[tuple[Place, CardTopic]], weights: Sequence[Mapping[int, float]], known: Vectors
) -> Returning:
    """The group with its title, and the words that at least half of its topics share."""
    holding = Counter(number for one in weights for number in one)
    common = {
        known.stems[number]: sum(one.get(number, 0.0) for one in weights)
        for number in sorted(holding)
        if holding[number] >= max(2, len(members) / 2)
    }
    telling = sorted(common, key=lambda root: (-common[root], root))
    forms = _forms([topic for _, topic in members])
    title = min((topic.title for _, topic in members), key=lambda title: (-_fit(title, common), title))
    entitled = {stem(word) for word in words(title)}
    top = telling[:3]
    if top and _fit(title, common) < FITTING * sum(common[root] for root in top) / len(top):
        title, entitled = ", ".join(forms[root] for root in top).capitalize(), set(top)
    return Returning(
        title=title,
        words=tuple(forms[root] for root in telling if root not in entitled)[:MOST_NAMED],
        members=tuple(place for place, _ in members),
    )


def _fit(title: str, common: Mapping[str, float]) -> float:
    """How much of what the topics share a title says, for each word of it that says anything."""
    said = {stem(word) for word in words(title) if is_content(word)}
    return sum(common.get(root, 0.0) for root in sorted(said)) / max(1, len(said))


def _forms(topics: Sequence[CardTopic]) -> dict[str, str]:
    """The form in which the topics say each word most often."""
    counts: dict[str, Counter[str]] = {}
    for topic in topics:
        for word, count in topic.words.items():
            counts.setdefault(stem(word), Counter())[word] += count
    return {root: min(forms, key=lambda form: (-forms[form], form)) for root, forms in counts.items()}
