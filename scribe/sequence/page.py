"""Cards -> Markdown: the page of all sessions, for whoever opens the folder and wants to know what the seminar did.

In: cards, the topics that come back, and where recordings lie from the page. Out: one Markdown document, in blocks that
each have a key of their own: whatever is added to it, a block keeps its key. The page lies in the folder that holds one
folder for each session, with `notes.md` and `post.md` in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from scribe.footnotes import clock
from scribe.language import counted, listed
from scribe.markdown import escape
from scribe.sequence.cards import Card, CardLine
from scribe.sequence.returning import Returning

MOST_RETURNING = 40
"""Groups on the page; in 134 meetings 78 are found, and who reads on after forty looks for a session instead."""
MOST_SESSIONS = 10
MOST_TOPICS = 12
MOST_QUESTIONS = 4
MOST_PROPOSITIONS = 3
MOST_SPEAKERS = 6
"""What stands of each on one line or in one list: with these a session is at most eleven lines."""
LONGEST_NAME = 40
"""Characters of a title that names a session in a list; a longer one gives way to the session's id."""

_HOW_FOUND = "*Told from the words that were said: what comes back in other words is not found.*"
_MONTH_OR_YEAR = re.compile(r"\d{4}(?:-\d{2})?")


class Leaf(NamedTuple):
    """A block of the page."""

    text: str
    key: tuple[str, ...]
    """What it is, in words that stay the same when other parts of the page change."""


def page(cards: Sequence[Card], returns: Sequence[Returning], recordings: Mapping[str, str] | None = None) -> str:
    """The whole page; lists that follow each other are one."""
    text = ""
    for leaf in leaves(cards, returns, recordings):
        is_item = leaf.text.startswith("- ") and text.rpartition("\n\n")[2].startswith("- ")
        text += ("\n" if is_item else "\n\n" if text else "") + leaf.text
    return text + "\n"


def leaves(
    cards: Sequence[Card], returns: Sequence[Returning], recordings: Mapping[str, str] | None = None
) -> list[Leaf]:
    """The blocks of the page in order.

    Sessions stand by date, the newest last, and behind them those without one, by their ids, "2" before "10".
    `recordings` are links by the session's id, for times to lead to; where there is none, they lead to the notes.
    """
    cards = sorted(cards, key=_order)
    found = [Leaf("# The seminar, session by session", ("title",)), Leaf(_summary(cards), ("summary",))]
    if returns:
        found += [Leaf("## What comes back", ("heading", "returns")), Leaf(_HOW_FOUND, ("returns",))]
        found += _returning(cards, returns)
    for card in cards:
        texts = _session(card, (recordings or {}).get(card.id))
        found += [Leaf(text, ("session", card.id, name)) for name, text in texts if text]
    return found


def _order(card: Card) -> tuple[bool, str, str, list[str | int], str]:
    """Where a session stands."""
    parts = re.split(r"(\d+)", card.id.casefold())
    natural = [int(part) if number % 2 else part for number, part in enumerate(parts)]
    day = _day(card)
    return (not day, day, card.date or "" if day else "", natural, card.id)


def _day(card: Card) -> str:
    """The day of a session, or the month or year where no more is known; empty for what is no date."""
    told = card.date or ""
    try:
        return datetime.fromisoformat(told).date().isoformat()
    except ValueError:
        return told if _MONTH_OR_YEAR.fullmatch(told) else ""


def _summary(cards: Sequence[Card]) -> str:
    """How many sessions, over which dates, and how long they were."""
    if not cards:
        return "*No session yet.*"
    days = [day for card in cards if (day := _day(card))]
    when = f" from {days[0]} to {days[-1]}" if len(set(days)) > 1 else f" of {days[0]}" if days else ""
    lengths = [card.duration_s for card in cards if card.duration_s]
    minutes = round(sum(lengths) / 60)
    length = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    some = "" if len(lengths) == len(cards) else f" in the {len(lengths)} whose length is known"
    return f"*{counted(len(cards), 'session')}{when}{f', {length}{some}' if lengths else ''}.*"


# ── What comes back ──────────────────────────────────────────────────────────────────────────


def _returning(cards: Sequence[Card], returns: Sequence[Returning]) -> Iterator[Leaf]:
    """The groups; each is known by its earliest topic, which stays when sessions are added."""
    place = {card.id: number for number, card in enumerate(cards)}
    names = _names(cards)
    for group in returns[:MOST_RETURNING]:
        topics: dict[str, list[int]] = {}
        for member in sorted(group.members, key=lambda m: (place[m.session], m.topic)):
            topics.setdefault(member.session, []).append(member.topic)
        shown = list(topics)[:MOST_SESSIONS]
        links = [_session_links(cards[place[one]], names[one], topics[one]) for one in shown]
        more = f" · and {len(topics) - len(shown)} more" if len(topics) > len(shown) else ""
        words = f" ({', '.join(map(escape, group.words))})" if group.words else ""
        first = next(iter(topics))
        text = f"- **{escape(group.title)}**{words}: {' · '.join(links)}{more}"
        yield Leaf(text, ("returns", first, str(topics[first][0])))
    if len(returns) > MOST_RETURNING:
        left = counted(len(returns) - MOST_RETURNING, "other topic")
        yield Leaf(f"*And {left} that two sessions or more return to.*", ("returns", "rest"))


def _session_links(card: Card, name: str, topics: Sequence[int]) -> str:
    """The session's name, leading to its first topic of a group, and links to the others."""
    links = [_link("again" if number else name, _topic_place(card, topic)) for number, topic in enumerate(topics)]
    return ", ".join(links)


def _names(cards: Sequence[Card]) -> dict[str, str]:
    """What each session is called in a list: its title, or its id where that is long or another's, too."""
    many = Counter(card.title for card in cards)
    return {
        card.id: card.title if many[card.title] == 1 and len(card.title) <= LONGEST_NAME else card.id for card in cards
    }


# ── One session ──────────────────────────────────────────────────────────────────────────────


def _session(card: Card, recording: str | None) -> Iterator[tuple[str, str]]:
    """The blocks of a session, by name; empty where there is nothing to say."""
    post, notes = _place(card, "post.md", card.has_post), _place(card, "notes.md", card.has_notes)
    yield "heading", f"## {_link(card.title, post or notes)}"
    yield "facts", _facts(card, notes if post else "")
    topics = [_link(topic.title, _topic_place(card, number)) for number, topic in enumerate(card.topics[:MOST_TOPICS])]
    more = f" · and {len(card.topics) - MOST_TOPICS} more" if len(card.topics) > MOST_TOPICS else ""
    yield "topics", f"- **Topics:** {' · '.join(topics)}{more}" if topics else ""
    rows = [f"  - {escape(one.text)}{_when(card, one, recording)}" for one in card.questions[:MOST_QUESTIONS]]
    yield "questions", _list("Left open", _part(post, "open-questions"), rows, card.open_questions)
    rows = [
        f"  - {_link(f'Proposition {number}', _part(post, f'proposition-{number}'))}: {escape(one.text)}"
        f"{_when(card, one, recording)}"
        for number, one in enumerate(card.propositions[:MOST_PROPOSITIONS], start=1)
    ]
    yield "propositions", _list("Propositions", _part(post, "propositions"), rows, card.stated)


def _list(name: str, place: str, rows: Sequence[str], many: int) -> str:
    """Some of many lines under their name; empty where there are none."""
    if not rows:
        return ""
    return "\n".join([f"- **{_link(name, place)}**{f' ({len(rows)} of {many})' if many > len(rows) else ''}", *rows])


def _part(place: str, heading: str) -> str:
    return f"{place}#{heading}" if place else ""


def _facts(card: Card, notes: str) -> str:
    """When it was, how long, who spoke, and where its notes are."""
    facts = [_day(card), clock(card.duration_s) if card.duration_s else ""]
    if card.speakers:
        left = len(card.speakers) - MOST_SPEAKERS + card.more_speakers
        others = [counted(left, "other")] if left > 0 else []
        facts.append(listed([*map(escape, card.speakers[:MOST_SPEAKERS]), *others]))
    facts.append(f"[notes]({notes})" if notes else "")
    told = " · ".join(filter(None, facts))
    return f"*{told}*" if told else ""


def _when(card: Card, line: CardLine, recording: str | None) -> str:
    """When a line was said, leading to that moment, or else to its topic in the notes; empty where neither is known."""
    if not line.cites:
        return ""
    time = "" if line.start_s is None else clock(line.start_s)
    if recording and line.start_s is not None:
        return f" ([{time}]({recording}#t={int(line.start_s)}))"
    topic = next((n for n, t in enumerate(card.topics) if t.first <= line.cites[0] < t.last), None)
    place = "" if topic is None else _topic_place(card, topic)
    return f" ({_link(time or f'line {line.cites[0]}', place)})"


def _place(card: Card, name: str, is_there: bool) -> str:
    return f"{quote(card.id)}/{name}" if is_there else ""


def _topic_place(card: Card, number: int) -> str:
    """Where a topic begins in the notes; empty where there are none."""
    if not card.has_notes:
        return ""
    return f"{_place(card, 'notes.md', True)}#{anchor(f'{number + 1}. {card.topics[number].title}')}"


def anchor(heading: str) -> str:
    """What GitHub, VS Code and most sites call a heading in links: its letters in lower case, with hyphens.

    >>> anchor("3. Log-loss, scored"), anchor("1. «Où?»")
    ('3-log-loss-scored', '1-o%C3%B9')
    """
    kept = re.sub(r"[^\w\- ]", "", " ".join(heading.split()).lower())
    return quote(kept.replace(" ", "-"))


def _link(text: str, place: str) -> str:
    return f"[{escape(text)}]({place})" if place else escape(text)
