"""Who and what was spoken of that is not in the room: papers, posts, books, talks, results, people, addresses.

In: segments. Out: references in the order of their first mention, each once. It goes by the forms in which people cite
aloud ("the paper by …", "Janus's post …", "Hearst (1997)") and by capitals; in text without capitals only the forms are
left. It cannot know whether the thing exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scribe.language import STOP_WORDS, words
from scribe.records import Reference, ReferenceKind, Segment
from scribe.utterances import Utterance, utterances

_LOWER = re.compile(r"(?<![\w'-])[a-z][\w-]+")
"""Words in lower case: one that occurs so is no name where it has a capital."""

_NO_NAME = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december english german french spanish italian dutch chinese japanese mandarin finnish
    swedish danish russian american european british swiss christmas easter god internet web ok okay mr mrs ms dr prof
    professor meeting project paper post yesterday today tomorrow welsh scottish irish act measure bill order
    regulation directive budget spring summer autumn winter section article chapter table figure slide line page
    members minister government committee parliament council
    """.split()
)
_N = r"(?:[A-Z][\w’-]*[a-z][\w’-]*|[A-Z]\.)"
_NAME = rf"{_N}(?: (?:van |de |von |der )?{_N}){{0,2}}"
_NAMES = rf"{_NAME}(?:(?:, {_NAME})*,? (?:and|&) {_NAME}| et al\.?| and (?:colleagues|others|co-workers))?"
_CAPITAL = r"(?:[A-Z][\w-]*(?:\d[\w-]*)?)"
_TITLE = rf"(?:[\"“][^\"”]{{2,80}}[\"”]|{_CAPITAL}(?:(?: (?:of|the|and|for|in|on|to|a|as|is|with))* {_CAPITAL}){{0,7}})"
_WORK = (
    r"(?P<work>papers?|articles?|preprint|report|thesis|dissertation|(?:blog )?posts?|essay|sequence|books?|"
    r"textbook|talk|lecture|"
    r"tutorial|keynote)"
)
_RESULT = r"(?:theorem|lemma|inequality|law|conjecture|paradox|principle|criterion|razor|rule|bound|formula|axioms?)"

_WORK_KINDS: dict[str, ReferenceKind] = {
    "post": "post", "essay": "post", "sequence": "post", "book": "book", "textbook": "book",
    "talk": "talk", "lecture": "talk", "tutorial": "talk", "keynote": "talk",
}  # fmt: skip

_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"”)\]]+[^\s<>\"”)\].,;:?!]|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|"
    r"edu)\b(?:/[\w./-]*\w)?",
    re.I,
)
_ARXIV = re.compile(r"\barxiv[: ]\s*\d{4}\.\d{4,5}\b", re.I)
_BY = re.compile(
    r"\b(?:[Tt]he|[Aa]n?|[Tt]hat|[Tt]his|[Tt]hose|[Hh]is|[Hh]er|[Tt]heir)(?: (?!(?:by|from|is|was)\b)[\w-]+){0,3}? "
    rf"{_WORK} (?:by|from|of) (?P<who>{_NAMES})"
)
_OF = re.compile(rf"(?P<who>{_NAMES})(?:'s|’s|s'|s’|'|’) (?:(?!talk\b)[a-z][\w-]* ){{0,2}}{_WORK}\b(?:,? {_TITLE})?")
_CALLED = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?|[Tt]hat|[Tt]his) (?:[\w-]+ ){{0,2}}?{_WORK} (?:called|titled|entitled|named) {_TITLE}"
)
_WROTE = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?|[Tt]hat|[Tt]his) (?:[\w-]+ ){{0,2}}?{_WORK} (?:that |which )?(?P<who>{_NAMES}) "
    r"(?:wrote|published|gave|posted|has written|had written)\b"
)
_NAMED_WORK = re.compile(rf"\b[Tt]he (?P<what>{_CAPITAL}(?: {_CAPITAL}){{0,3}}) {_WORK}\b")
_YEAR = re.compile(
    rf"(?P<who>{_NAMES}),? \((?:18|19|20)\d\d\)"
    rf"|(?P<more>{_NAME} (?:(?:and|&) {_NAME}|et al\.?|and colleagues)),?(?: in)? (?:18|19|20)\d\d\b"
)
"""A single name before a bare year is a month, a place or an act of parliament more often than an author."""

_OWN_RESULT = re.compile(rf"(?P<who>{_NAME})(?:'s|’s|'|’) (?:[a-z]+ ){{0,1}}{_RESULT}\b")
_NAMED_RESULT = re.compile(rf"\b[Tt]he (?P<who>{_N}(?:[-–]{_N})*(?: {_N})?) {_RESULT}\b")
_PERSON = re.compile(
    rf"(?:(?:[Aa]ccording to|(?:talk|talked|talking|spoke|speak) (?:to|with)|[Aa]sk|asked|told|e-?mail(?:ed)?|"
    rf"met with|work of|"
    rf"idea of|[Pp]rofessor|Dr\.) (?P<a>{_NAME})(?! (?:paper|post|book|talk)))|"
    rf"(?P<b>{_NAME})(?: and {_NAME})? (?:said|says|showed|shows|argues|argued|wrote|writes|proved|proves|"
    rf"suggested|suggests|mentioned|"
    rf"proposed|proposes|claims|claimed|introduced|told|thinks|pointed out|was saying|calls|called)\b"
)
_BARE_BY = re.compile(
    r"\b(?:the|a|that|this) (?:\w+ )?(?P<work>paper|article|post|book|thesis|"
    r"talk) by (?P<who>[a-z]{3,}(?: and [a-z]{3,}| et al)?)\b"
)
_BARE_RESULT = re.compile(r"\b(?P<who>[a-z]{3,})'s (?:theorem|lemma|inequality|paradox|razor|law)\b")


class _Mention(NamedTuple):
    text: str
    kind: ReferenceKind
    key: frozenset[str]
    """The words that tell it from others: its authors, or its name."""
    cites: tuple[int, ...]
    start: int


def references(segments: Sequence[Segment], said: Sequence[Utterance] | None = None) -> list[Reference]:
    """What a session refers to; `said` spares reading its sentences again.

    >>> lines = [Segment(index=0, text="It is in the paper by Gneiting and Raftery.", speaker="Ada")]
    >>> [(r.text, r.kind) for r in references(lines)]
    [('the paper by Gneiting and Raftery', 'paper')]
    """
    said = utterances(segments) if said is None else said
    present = frozenset(w for s in segments if s.speaker for w in words(s.speaker))
    has_case = any(re.search(r"[a-z,] [A-Z][a-z]", u.text) for u in said)
    common = frozenset(w for u in said for w in _LOWER.findall(u.text)) if has_case else frozenset()
    mentions = [m for u in said for m in _mentions(u, present, common, has_case=has_case)]
    return _joined(mentions)


def _mentions(u: Utterance, present: frozenset[str], common: frozenset[str], *, has_case: bool) -> list[_Mention]:
    """What one sentence refers to; of two that overlap the first kind found stays."""
    found: list[_Mention] = []
    taken: list[tuple[int, int]] = []
    for text, kind, who, (start, end) in _matches(u.text, has_case=has_case):
        named = [w for w in words(who) if w not in STOP_WORDS and w not in ("et", "al", "colleagues", "others")]
        key = frozenset(w.removesuffix("'s") for w in named)
        is_overlap = any(start < b and end > a for a, b in taken)
        parts = {part for w in key for part in w.split("-")}
        if is_overlap or not key or parts & _NO_NAME or (kind in ("name", "result") and key & present):
            continue
        is_common = _is_acronym(who) or who.split()[0].lower() in STOP_WORDS or bool(key & common)
        if kind == "name" and (is_common or re.search(r"-[a-z]", who)):
            continue
        taken.append((start, end))
        found.append(_Mention(text, kind, key, u.cites, start))
    return sorted(found, key=lambda m: m.start)


def _matches(text: str, *, has_case: bool) -> Iterator[tuple[str, ReferenceKind, str, tuple[int, int]]]:
    """Text, kind, telling name and place of everything that looks like a reference, surest forms first."""
    for match in _ADDRESS.finditer(text):
        yield match.group(), "url", match.group(), match.span()
    for match in _ARXIV.finditer(text):
        yield match.group(), "paper", match.group(), match.span()
    if not has_case:
        for match in _BARE_BY.finditer(text.lower()):
            yield match.group(), _work_kind(match["work"]), match["who"], match.span()
        for match in _BARE_RESULT.finditer(text.lower()):
            yield match.group(), "result", match["who"], match.span()
        return
    for pattern in (_BY, _OF, _CALLED, _WROTE, _NAMED_WORK):
        for match in pattern.finditer(text):
            named = match.groupdict()
            who = named.get("who") or named.get("what") or match.group().split(match["work"], 1)[1].split(" ", 2)[-1]
            yield _from_name(match, who), _work_kind(match["work"]), who, match.span()
    for match in _YEAR.finditer(text):
        who = match["who"] or match["more"]
        if not _is_acronym(who):
            yield _from_name(match, who), "paper", who, match.span()
    for pattern in (_OWN_RESULT, _NAMED_RESULT):
        for match in pattern.finditer(text):
            yield _from_name(match, match["who"]), "result", match["who"], match.span()
    for match in _PERSON.finditer(text):
        who = match["a"] or match["b"]
        yield who, "name", who, match.span("a" if match["a"] else "b")


def _from_name(match: re.Match[str], who: str) -> str:
    """A reference as said, without the word that only opened its sentence, and in lower case where that is an article.

    A capital cannot tell "In Holtzman and Lee's paper" from "Jo Holtzman and Lee's paper".
    """
    text = match.group()
    if not text.startswith(who):
        return text[:1].lower() + text[1:]
    first, _, rest = text.partition(" ")
    return rest if first.lower() in STOP_WORDS and rest[:1].isupper() else text


def _work_kind(work: str) -> ReferenceKind:
    return _WORK_KINDS.get(work.lower().split()[-1].removesuffix("s"), "paper")


def _is_acronym(name: str) -> bool:
    return sum(map(str.isupper, name.split()[0])) > 1


def _joined(mentions: Sequence[_Mention]) -> list[Reference]:
    """One reference of all mentions of one thing: alike in kind and name, or a name that is an author of a work."""
    groups: list[list[_Mention]] = []
    for m in sorted(mentions, key=lambda m: (m.kind == "name", m.cites, m.start)):
        home = next((g for g in groups if _is_same(m, g)), None)
        if home is None:
            groups.append([m])
        else:
            home.append(m)
    groups.sort(key=lambda group: min((m.cites, m.start) for m in group))
    made = []
    for group in groups:
        fullest = max(group, key=lambda m: (len(m.key), m.kind != "name", -m.cites[0]))
        cites = tuple(sorted({i for m in group for i in m.cites}))
        made.append(Reference(text=fullest.text, kind=fullest.kind, cites=cites, mentions=len(group)))
    return made


def _is_same(m: _Mention, group: Sequence[_Mention]) -> bool:
    first = group[0]
    if m.kind == "name":
        return any(m.key <= g.key or (g.kind == "name" and g.key <= m.key) for g in group)
    return m.kind == first.kind and (m.key <= first.key or first.key <= m.key)
