"""One sentence -> the same sentence reported: by whom, and as what.

In: the text of a sentence, its speaker, and how many sentences they have said before it. Out: the sentence in the
third person and the past, or nothing where a rule refuses it or the result would say something else. It knows nothing
of how a refused sentence is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from itertools import takewhile

from scribe.language import NUMBER_WORDS, STOP_WORDS
from scribe.rewriting.asking import asked, is_inverted
from scribe.rewriting.expanding import Token, expanded, tokens, written
from scribe.rewriting.lexicon import ADVERBS, BASES, BE, FINITE, PASTS, base_of
from scribe.rewriting.meaning import lost
from scribe.rewriting.refusing import FEWEST_WORDS, MOST_WORDS, obstacle
from scribe.rewriting.shifting import Shift, UnclearError
from scribe.rewriting.speakers import Speaker

NAMED_EVERY = 3
"""After this many sentences in a row a speaker is named again: read aloud, a fourth "they" was somebody's guess."""

_OPENING = re.compile(
    r"^(?:(?:well|oh|ah|hmm|yeah|yep|yes|okay|ok|'kay|alright|actually|basically|anyway|anyways|personally)[,.]? +"
    r"(?!done|known)|"
    r"(?:right|so|and|but|now|then|or|also|see|look|cause|'cause|plus|of course|I mean|you know)"
    r"[,.]? +(?=(?:i|we|it|it's|that's|i'm|i'd|i'll|i've|we're|we've|there's|that|this|they|there|if|the|you|he|she|"
    r"what|so|well|then|now|also|maybe|perhaps|in|when|my|our|your|let|let's|these|those|for|people|some|at|as|one)\b"
    r"(?! +(?:what|how) i mean))|"
    r"(?:all right|for example|for instance|however|in fact|to be honest|as i said|as i say), +|of course,? +)+",
    re.I,
)
_CLOSING = re.compile(
    r"(?:,? (?:so|right|okay|ok|yeah|you know|you see|or so|then|though|anyway|huh|yes|I mean|please|of course|"
    r"et cetera|or something like that|or something|and stuff like that|and stuff|and things like that|"
    r"and so on and so forth|and so on|and so forth|or whatever|as well as|mm|um|uh))+(?=[.?]$)",
    re.I,
)
_ASIDE = re.compile(
    r"(?<!\bwhat)(?<!\bif)(?<!\bas)(?<!\bdo)(?<!\bto)(?<!\blet)(?<!\bthat)(?<!\bthan),? (?:you know|I mean|you see)\b,?"
    r"(?! (?:what|how|that|if|why|when|where|who|the|which|it|about|by)\b)|, (?:like|uh|um|er|yeah|okay|well)(?=,)",
    re.I,
)
_OPEN_COMMA = re.compile(
    r"\b(the|a|an|my|our|their|your|of|with|from|for|into|very|just|really|to),(?= \w)|"
    r"\b(and|or|because|which),(?= (?:i|we|he|she|they|it|there|the|a|my|our)\b)",
    re.I,
)
_THOUGHT_LAST = re.compile(r",? I (think|guess|suppose|believe)(?=\.$)")
_LOWER_ANYWAY = STOP_WORDS | BASES | frozenset(PASTS) | frozenset(NUMBER_WORDS)
_ENDINGS = (
    "ing", "ly", "tion", "tions", "ment", "ments", "ness", "ity", "ities", "ies", "ers", "ful", "able", "ous", "ive",
    "ance", "ence", "ists", "ism", "ings", "ors", "ages", "ual", "ical",
)  # fmt: skip
"""Of words that are no names."""


def report(
    text: str, speaker: Speaker, *, turn: int = 0, inside: Set[str] = frozenset(), saying: str = "said"
) -> str | None:
    """The sentence as a report has it, or None.

    `turn` counts the sentences in a row that the speaker has said before; `inside` are words as they are spelt inside
    sentences of the same talk: they tell which first words are names.
    `saying` is the verb where the sentence asks for no other.
    """
    said = text
    text = _plain(text)
    if moved := _THOUGHT_LAST.search(text, max(0, len(text) - 24)):
        text = f"I {moved.group(1)} that {_uncapitalised(text[: moved.start()])}."
    if len(text) < 2 or text[-1] not in ".?" or not FEWEST_WORDS <= text.count(" ") + 1 <= MOST_WORDS:
        return None
    words = tokens(expanded(text))
    is_question = text.endswith("?")
    words[-1] = words[-1]._replace(tail=words[-1].tail.rstrip(".?"))
    if is_question:
        is_turned = is_inverted(words)
        words = asked(words) or []
        if not words or (words[0].low == "why" and any(word.low == "not" for word in words)):
            return None
        if not is_turned and obstacle(words[1:]):
            return None
    if obstacle(words, is_question=is_question):
        return None
    is_next = turn % NAMED_EVERY > 0
    name = "they" if is_next else speaker.name
    try:
        told, added = _clause(words, name, speaker.we, is_question=is_question, turn=turn, inside=inside, saying=saying)
    except UnclearError:
        return None
    if told is None:
        return None
    told = f"{told[:1].upper()}{told[1:]}."
    return None if lost(said, told, added=added) else told


def _plain(text: str) -> str:
    """A sentence without what ties it to the talk around it."""
    text = _OPENING.sub("", text)
    last = max(0, len(text) - _LONGEST_CLOSING)
    text = text[:last] + _CLOSING.sub("", text[last:])
    if "you know" in text or "mean" in text or "," in text:
        text = _OPEN_COMMA.sub(r"\1\2", _ASIDE.sub("", text))
    return text[:1].upper() + text[1:]


_LONGEST_CLOSING = 60
"""Letters in which to look for the words that a sentence trails off in."""


def _clause(
    words: Sequence[Token], name: str, we: str, *, is_question: bool, turn: int, inside: Set[str], saying: str
) -> tuple[str | None, str]:
    """What is reported, and the words of it that nobody said."""
    low = [word.low for word in words]
    if is_question:
        return _joined(f"{name} asked", words, we)
    if low[:2] == ["let", "us"]:
        if low[2] not in BASES | {"do", "have", "be"}:
            return None, ""
        clause = [Token("", "that", ""), Token("", "we", ""), Token("", "to", ""), *words[2:]]
        told, added = _joined(f"{name} suggested", clause, we)
        return told.replace(f" that {we} to ", f" that {we} ", 1), added
    if low[0] == "i":
        thought = _with_that(words)
        at = low.index("think") + 1 if "think" in low[1:4] else 0
        if 0 < at < len(low) and (low[at] in ("maybe", "probably", "yeah", "just") or len(thought) > len(words)):
            rest = words[at + 1 :] if low[at] == "that" else words[at:]
            if obstacle(rest):
                return None, ""
        shift = Shift(thought, subject=name, we=we)
        return written(shift.told()), f"{name} " + " ".join([we] * shift.groups)
    first = words[0]
    is_ordinary = first.low in inside and first.core not in inside and sum(map(str.isupper, first.core)) < 2
    first = first._replace(core=first.low if is_ordinary else _uncapitalised(first.core))
    if first.core[:1].isupper() and not _is_name(first.core, inside) and turn % NAMED_EVERY != 1:
        return None, ""
    if turn % NAMED_EVERY == 1:
        return _joined("", [first, *words[1:]], we)
    is_pronoun = low[0] == "that" and (low[1] in FINITE or (low[1] in ADVERBS and low[2] in FINITE))
    that = "" if is_pronoun else "that"
    plain = "added" if turn % NAMED_EVERY == 2 else saying
    verb = _verb_of_saying(low, plain)
    return _joined(f"{name} {verb} {that}".rstrip(), [first, *words[1:]], we)


def spelt_inside(texts: Iterable[str]) -> frozenset[str]:
    """Words of `texts` as they are spelt where no sentence begins.

    >>> sorted(spelt_inside(["We met Ada there.", "Ada left."]))
    ['Ada', 'left', 'met', 'there']
    """
    return frozenset(_INSIDE.findall(" ".join(texts)))


_INSIDE = re.compile(r"(?<=[\w,;] )[^\W\d_]+")


def _is_name(word: str, inside: Set[str]) -> bool:
    """Whether the first word of a sentence keeps its capital inside another."""
    return word == "I" or sum(map(str.isupper, word)) > 1 or word in inside


def _verb_of_saying(low: Sequence[str], plain: str) -> str:
    """From the sentence's own words; else the plain one."""
    if low[0] in ("maybe", "perhaps") or low[:2] in (["we", "should"], ["we", "could"]):
        return "suggested"
    if "because" in low[3:]:
        return "explained"
    return "thought" if plain == "said" and _judges(low) else plain


def _judges(low: Sequence[str]) -> bool:
    """Whether the main clause says what somebody makes of a thing, and not how it is.

    >>> _judges("it is a good idea".split()), _judges("we met to get a better picture".split())
    (True, False)
    """
    main = [low[0], *takewhile(lambda word: word not in _OPENS_CLAUSE, low[1:])]
    is_said = next((n for n, word in enumerate(main) if word in BE or word in ("be", "been")), len(main))
    return not _GUESSES.isdisjoint(main) or not _JUDGEMENTS.isdisjoint(main[is_said:])


_GUESSES = frozenset("probably seem seems should ought".split())
_JUDGEMENTS = frozenset(
    "good better best nice great fine bad worse worst wrong hard harder difficult easy easier important crucial useful "
    "helpful necessary reasonable interesting confusing strange weird ugly".split()
)
_OPENS_CLAUSE = frozenset("that which who whose where when if because and but so".split())


def _joined(opening: str, clause: Sequence[Token], we: str) -> tuple[str, str]:
    shift = Shift(clause, subject=None, we=we)
    told = written(shift.told())
    return f"{opening} {told}".strip(), f"{opening} whether " + " ".join([we] * shift.groups)


def _with_that(words: Sequence[Token]) -> list[Token]:
    """A "that" after the verb of thinking that the sentence begins with."""
    low = [word.low for word in words]
    at = 3 if low[1:3] == ["do", "not"] else 1
    while low[at : at + 1] and low[at] in ("just", "really", "also", "still"):
        at += 1
    after = low[at + 1 : at + 2]
    if low[at : at + 1] and low[at] in _BEFORE_THAT and after and after[0] in _CLAUSE_OPENS and not words[at].tail:
        return [*words[: at + 1], Token("", "that", ""), *words[at + 1 :]]
    return list(words)


_BEFORE_THAT = frozenset("think thought guess suppose believe hope hoped believed guessed".split())
_CLAUSE_OPENS = frozenset(
    "i we you he she it they there this these those the a an my our what if in for when most".split()
)


def _uncapitalised(text: str) -> str:
    """`text` with a small first letter, unless it begins with a name or an acronym."""
    first = text.split(" ", 1)[0]
    bare = re.sub(r"\W+$", "", first)
    if bare == "I" or bare.startswith("I'") or sum(map(str.isupper, first)) > 1:
        return text
    low = bare.lower()
    is_known = low in _LOWER_ANYWAY or base_of(low) or low.endswith(_ENDINGS)
    return text[:1].lower() + text[1:] if is_known else text
