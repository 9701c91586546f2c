"""Sentences -> the noun phrases said in them, each with how it was said: what titles are chosen from.

In: texts. Out: phrases such as "energy source" and "shape of the remote" with their places. There is no tagger: a word
is a noun unless it is listed here or as a verb, or what stands before it makes it one. It knows nothing of speakers or
of which phrase tells most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from scribe.language import WORD, is_content, stem
from scribe.rewriting.lexicon import BASES, DETERMINERS, MODALS, NOUNISH, PARTICIPLES, PASTS, PREPOSITIONS, base_of

_TOO_WIDE = r"""
    [b-hj-z] [b-hj-z]s \w+(?:th|nd|st|rd)(?<=\dth|\dnd|\dst|\drd) \w+teen\w* ability able accordance actual\w*
    addition afternoon agree\w* ahead alright amount anyhow anyways? apparent asks aspects? assum\w* available bad
    basic became become\w* beginning believ\w* best better billion blah born bottom built bunch bye cause cent[s]?
    certain cetera chances? clear colleagues? cool couple damn decid\w* different difficult dollars? eas\w+ easy
    eight eight\w+ eighth eleven end\w* et etc euros? exact example\w* extra fair fairly fast favou?r feel\w* few
    fift\w+ fifth find finish\w* fits? five follow\w* fort(?:y|ieth) forth found four fourth free friday front
    fuck\w* full fun funny gave gentlem[ae]n gives? giving glad god gosh guys? half happ\w+ hard hear\w* heard heck
    hell help\w* helpful hence high hits hmm hold\w* honou?rabl[ey] hope\w* hours? huge hundred ideas? important
    instance interested job keep\w* kept knew lack lad(?:y|ies) late later latest leave\w* left likely long
    loo?se\w* looks lost lots low madam main mainly major manner matter\w* mean\w* mention\w* middle million mind
    minutes? mister mmm moments? monday month\w* morning move\w* moving necessary nine ninet\w+ ninth none number
    obvious okay one ones? open opinion own parts? pass percent perfect pick\w* picks piece points? possible
    pounds? puts question\w* quick reading reads? ready real reason\w* remember\w* respect rest run running runs
    same saturday saves send sense sent set sets setting seven sevent\w+ seventh short show\w* showing shows sides?
    similar simple sir sit\w* six sixt\w+ sixth small sound\w* special spite start\w* stay\w* stop\w* stuff sudden
    sunday suppose\w* talk\w* ten tend\w* tenth terms? third thirt\w+ thought thousand three thursday times? today
    tomorrow top trouble true tuesday turn\w* twelve twent\w+ two types? understand\w* unlikely use used useful
    uses using vary wait\w* wednesday week\w* whatsoever whole wins wonder\w* words? works worse worth write writes
    writing written wrong wrote yeah years? yesterday yet
""".split()
"""Words, as regular expressions, that name no topic by themselves."""

_NO_NOUN = re.compile(rf"(?:ly|n't|'(?:re|ve|ll|d|m))$|^(?:{'|'.join(_TOO_WIDE)})$")
_NOUNS_TOO = frozenset("display displays monitor monitors note notes update updates guarantee highlight bear".split())
"""Nouns that the list of verbs holds as verbs only."""

_ADJECTIVE_ENDING = re.compile(
    r"(?:ful|able|ible|ous|less|ish|ical|iest|ive|ular|ual|ional|ental|ial|est(?<!test)(?<!quest)(?<!rest))$"
)
_ADJECTIVES = frozenset(
    """
    accurate additional adequate ancient angry appropriate aware beautiful big bigger black blue brief bright busy
    central cheap cheaper classic clever close closer cold colorful colourful commercial common complete complex
    convenient correct crazy current dark deep digital direct early easier efficient elderly electric electronic
    entire equal equivalent ergonomic excellent expensive explicit extreme familiar fancy faster federal final
    financial fine firm fixed flat formal frequent fresh friendly fundamental future general generic giant global
    greater green harder heavy higher horizontal hot ideal immediate implicit independent individual industrial
    initial inner intelligent intense internal international large larger largest legal light local longer loud
    lovely lower lucky mental minimal minimum minor mobile modern moral multiple natural neat nervous newer normal
    numerous obvious odd older optimal optional original overall particular past permanent personal physical plain
    poor popular practical precise present previous primary private proper proud public pure random rapid rare raw
    reasonable recent red regular related relevant remote rich rough round rural sad safe secondary senior separate
    serious severe sharp shiny shorter sick significant simpler slight slow slower smaller smart smooth social soft
    solid spare specific square stable standard steady strange strict strong stronger stupid sufficient suitable
    super sweet tall technical tough traditional trendy tricky typical ugly unique upcoming urgent usual vague
    various vast vertical visible vital warm weak weaker weird wet white wide wider wild wise wooden worried yellow
    young younger
    """.split()
)
"""Words that stand before nouns and end no title."""

_NOUNS_IN_SPITE = frozenset(
    "manual signal proposal material individual potential remote standard future public present light ritual visual "
    "table variable variables cable syllable objective perspective alternative initiative narrative incentive "
    "executive archive drive dive hive trial tutorial editorial memorial interest test request contest guest forest "
    "harvest english welsh british dish fish finish virus bus campus status census consensus focus bonus".split()
)
"""Words that look or serve as adjectives and are nouns as often."""

_NOUN_ENDING = re.compile(
    r"(?:[ts]ion|ment|nes|it(?:y|ie)|anc[ey]|enc[ey]|ship|ism|ist|log(?:y|ie)|ure|age|er|or|ing)s*$"
)
_GERUNDS = frozenset("working playing looking thinking trying asking waiting wanting missing interesting".split())
_LINKS = frozenset("of for in on".split())
_IDIOMS = frozenset("relation future past place detail advance line charge case order practice contact touch".split())
"""What makes an idiom of "in" before it, and no place for a thing."""

_ARTICLES = frozenset("the our your their his her my its this these that those".split())
_ASKS_FOR_A_VERB = MODALS | frozenset(
    "i we you they he she to who let's let do does did don't doesn't didn't please gonna wanna not just also".split()
)
_BE_OR_HAVE = frozenset("is are was were be been being am has have had get gets got getting".split())
_ENDS_A_SUBJECT = re.compile(r"(?:'(?:ll|d|ve|re|m)|n't)$")
_ANNOUNCES = frozenset(
    "talk talking about discuss discussing discussed discussion present presenting presentation agenda topic topics "
    "item items issue issues next regarding move moving start starting focus concerning concern concerns concerned "
    "address consider considering report reporting debate motion".split()
)

_MOST_WORDS = 4
"""Words in a run of nouns that a phrase may hold."""

_BEFORE = 6
"""Words before a phrase among which it is announced."""

Key = tuple[str, ...]
"""The stems of a phrase's words, without its articles."""


class Place(NamedTuple):
    """Where a phrase stands, and how."""

    sentence: int
    written: str
    is_determined: bool
    """Whether an article, or a word like it, stands before it."""
    is_whole: bool
    """Whether no noun stands next to it."""
    is_subject: bool
    """Whether a finite verb follows."""
    is_announced: bool
    """Whether a word such as "discuss" or "about" stands shortly before it."""
    is_first: bool
    """Whether a clause begins with it."""


class _Token(NamedTuple):
    word: str
    low: str
    parted: bool
    """Whether a mark stands between it and the word before it."""


def noun_phrases(texts: Sequence[str]) -> dict[Key, list[Place]]:
    """Every noun phrase and its places, in the order of speaking; parts of longer ones are phrases, too.

    >>> [places[0].written for places in noun_phrases(["We chose the shape of our remote control."]).values()][:3]
    ['shape', 'shape of the remote control', 'remote']
    """
    found: dict[Key, list[Place]] = {}
    for n, text in enumerate(texts):
        said = _tokens(text)
        runs = dict(_runs(said))
        for first, last in runs.items():
            for start, end in _within(said, first, last):
                whole = (start, end) == (first, last)
                _note(found, n, said, start, end, " ".join(t.word for t in said[start:end]), is_whole=whole)
            for link, place in _links(said, last):
                if place in runs and may_end(said[last - 1].low):
                    _note_linked(found, n, said, (first, last), link, (place, runs[place]))
    return found


def may_end(word: str) -> bool:
    """Whether a lower-case word may be the noun that a phrase is about.

    >>> may_end("source"), may_end("technical"), may_end("looked")
    (True, False, False)
    """
    if word in _NOUNS_IN_SPITE:
        return True
    if len(word) < 3 or word.endswith(("ed", "'s", "s'")):
        return False
    return word not in _ADJECTIVES and not _ADJECTIVE_ENDING.search(word) and not _is_gerund_only(word)


def ends_as_a_noun(word: str) -> bool:
    """Whether a lower-case word has an ending that makes nouns."""
    return bool(_NOUN_ENDING.search(word))


def _tokens(text: str) -> list[_Token]:
    made: list[_Token] = []
    end = 0
    for match in WORD.finditer(text):
        word = match.group()
        made.append(_Token(word, word.lower().replace("’", "'"), not made or bool(text[end : match.start()].strip())))
        end = match.end()
    return made


@lru_cache(maxsize=100_000)
def _is_noun(word: str) -> bool:
    """Whether a lower-case word may stand in a phrase."""
    if not is_content(word) or _NO_NOUN.search(word) or word in PREPOSITIONS or not any(c.isalpha() for c in word):
        return False
    return not _is_verb_only(word) or word in _NOUNS_TOO


def _is_verb_only(word: str) -> bool:
    """Whether a word is a form of a verb that is no noun, as "provide" and "provides" are."""
    if word in PARTICIPLES:
        return word not in NOUNISH
    base = word if word in BASES else base_of(word) or ("" if word.endswith("ed") else PASTS.get(word, ""))
    return bool(base) and base not in NOUNISH


def _is_gerund_only(word: str) -> bool:
    """Whether a word is the "-ing" of such a verb."""
    bare = word.removesuffix("ing")
    if bare == word:
        return False
    return word in _GERUNDS or any(base in BASES and base not in NOUNISH for base in (bare, bare + "e", bare[:-1]))


def _runs(said: Sequence[_Token]) -> Iterator[tuple[int, int]]:
    """Stretches of nouns and of what stands before them, with nothing between."""
    at = 0
    while at < len(said):
        start = at
        while at < len(said) and _is_noun(said[at].low):
            if at > start and _breaks(said[at - 1].low, said[at]):
                break
            at += 1
            if said[at - 1].low.endswith(("'s", "s'")):
                break
        first = start + 1 if at > start and _is_verb(said, start) else start
        if first < at:
            yield first, at
        at = max(at, start + 1)


def _breaks(before: str, token: _Token) -> bool:
    """Whether a word does not go on the phrase of the one before it: "measures announced", "transcribers scan"."""
    is_plural = before.endswith("s") and not before.endswith("ss")
    return (
        token.parted
        or token.low.endswith("ed")
        or (is_plural and (token.low.endswith("ing") or token.low in BASES))
        or token.low.startswith(before)
    )


def _is_verb(said: Sequence[_Token], at: int) -> bool:
    """Whether what stands before a word makes it a verb."""
    word = said[at].low
    if said[at].parted:
        return False
    before = said[at - 1].low
    if before == "to":
        return not (ends_as_a_noun(word) or (word.endswith("s") and not word.endswith("ss")))
    if before in _BE_OR_HAVE:
        return word.endswith(("ing", "ed"))
    return before in _ASKS_FOR_A_VERB or bool(_ENDS_A_SUBJECT.search(before))


def _within(said: Sequence[_Token], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Every stretch of a run that ends on a noun."""
    for start in range(first, last):
        for end in range(start + 1, min(start + _MOST_WORDS, last) + 1):
            stems = [stem(token.low) for token in said[start:end]]
            if may_end(said[end - 1].low) and len(set(stems)) == len(stems):
                yield start, end


def _links(said: Sequence[_Token], at: int) -> Iterator[tuple[str, int]]:
    """What ties the phrase that ends at `at` to another, and where that one begins."""
    if at + 1 >= len(said) or said[at].parted or said[at + 1].parted:
        return
    word, following = said[at].low, said[at + 1].low
    if word not in _LINKS and word != "and":
        return
    if word in ("in", "on") and (said[at - 1].low in BASES or said[at - 1].low.endswith("ing")):
        return
    article = following if following in ("a", "an") else "the" if following in _ARTICLES else ""
    place = at + 2 if article else at + 1
    if place < len(said) and not said[place].parted and not (word == "in" and said[place].low in _IDIOMS):
        yield f"{word} {article}" if article and word != "and" else word, place


def _note_linked(
    found: dict[Key, list[Place]],
    sentence: int,
    said: Sequence[_Token],
    run: tuple[int, int],
    link: str,
    other: tuple[int, int],
) -> None:
    """Enter "shape of the remote" with each beginning of its first part, and its second part as long as may be."""
    end = next((e for e in range(min(other[1], other[0] + 3), other[0], -1) if may_end(said[e - 1].low)), None)
    if end is None:
        return
    second = [t.word for t in said[other[0] : end]]
    stems = {stem(word.lower()) for word in second}
    for start in range(max(run[0], run[1] - 3), run[1]):
        first = [t.word for t in said[start : run[1]]]
        if not stems & {stem(word.lower()) for word in first}:
            written = " ".join([*first, link, *second])
            _note(found, sentence, said, start, end, written, is_whole=start == run[0] and end == other[1])


def _note(
    found: dict[Key, list[Place]],
    sentence: int,
    said: Sequence[_Token],
    start: int,
    end: int,
    written: str,
    *,
    is_whole: bool,
) -> None:
    key = tuple(stem(w.lower().replace("’", "'")) for w in written.split() if w not in ("the", "a", "an"))
    is_determined = start > 0 and not said[start].parted and said[start - 1].low in DETERMINERS
    before = start - 1 if is_determined else start
    found.setdefault(key, []).append(
        Place(
            sentence,
            written,
            is_determined=is_determined,
            is_whole=is_whole,
            is_subject=end < len(said) and not said[end].parted and said[end].low in MODALS | _BE_OR_HAVE,
            is_announced=any(t.low in _ANNOUNCES for t in said[max(0, before - _BEFORE) : before]),
            is_first=before < len(said) and said[before].parted,
        )
    )
