"""What a rewriting must leave as it is: numbers, names, negation, modality and the words that carry a topic.

In: a sentence as it was said and as it is reported. Out: what of the first is missing in the second, or new there.
It knows nothing of how sentences are rewritten, and is the judge of it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from scribe.language import NUMBER_WORDS, WORD, is_content, names, negations, numbers, stem, words
from scribe.rewriting.lexicon import PASTS

_MODAL_CLASSES = {
    "can": "can could",
    "will": "will would",
    "may": "may might",
    "shall": "shall should ought",
    "must": "must",
    "need": "need needs needed",
    "have to": "have-to has-to had-to",
    "going to": "going-to gonna",
    "maybe": "maybe perhaps possibly",
    "probably": "probably likely",
    "think": "think thinks thought",
    "guess": "guess guesses guessed",
    "suppose": "suppose supposes supposed",
    "believe": "believe believes believed",
    "hope": "hope hopes hoped hopefully",
    "seem": "seem seems seemed",
    "wonder": "wonder wonders wondered",
    "doubt": "doubt doubts doubted",
    "sure": "sure surely certainly definitely",
}
_CLASS_OF = {word: name for name, found in _MODAL_CLASSES.items() for word in found.split()}

_CONTRACTED = tuple(
    (key, re.compile(pattern), replacement)
    for key, pattern, replacement in (
        ("won't", r"\bwon't\b", "will not"),
        ("can", r"\bcan't\b|\bcannot\b", "can not"),
        ("shan't", r"\bshan't\b", "shall not"),
        ("n't", r"n't\b", " not"),
        ("'ll", r"'ll\b", " will"),
        ("'d better", r"'d better\b", " had better"),
        ("'d ", r"'d (?=been\b|had\b|done\b)", " had "),
        ("'d ", r"(?<=\b[iI])'d (?=\w)|(?<=\b(?:we|he|it)) ?'d(?= \w)|(?<=\b(?:you|she|who))'d(?= \w)", " would "),
        ("'d ", r"(?<=\bthey)'d(?= \w)|(?<=\bthat)'d(?= \w)|(?<=\bthere)'d(?= \w)", " would "),
    )
)


def modality(text: str) -> Counter[str]:
    """How often each class of modal word occurs; a present and its past are one class, as reported speech has them.

    >>> modality("I think we can, but it won't.") == modality("X thought that they could, but it would not.")
    True
    """
    text = text.lower().replace("’", "'")
    if "'" in text or "cannot" in text:
        for key, pattern, replacement in _CONTRACTED:
            if key in text:
                text = pattern.sub(replacement, text)
    if " to" in text or "tta" in text or "nna" in text:
        text = _WITH_TO.sub(lambda m: f"{(m[1] or m[2] or 'going').replace('gon', 'going')}-to", text)
    return Counter(_CLASS_OF[word] for word in words(text) if word in _CLASS_OF)


_WITH_TO = re.compile(r"\b(?:(have|has|had|going) to|(go)tta|gonna)\b")


def numerals(text: str) -> Counter[str]:
    """Every number as it is written, digits and words; "one" is counted too, for no rule may touch it.

    >>> sorted(numerals("One of twenty-two, or 1,024.").elements())
    ['024', '1', 'one', 'twenty', 'two']
    """
    return Counter(part for part in _PART.findall(text.lower()) if part in _COUNTED or part[0].isdigit())


_SCALES = frozenset("hundred thousand million billion hundreds thousands millions billions half double twice".split())
_COUNTED = _SCALES | frozenset(NUMBER_WORDS)
_PART = re.compile(r"\d\w*|[^\W\d_]+")


def topical(text: str) -> Counter[str]:
    """Stems of the words that carry a topic, a past tense counted as its verb.

    >>> topical("We build and train it") == topical("They built and trained it")
    True
    """
    return Counter(filter(None, map(_topic, words(text))))


@lru_cache(maxsize=100_000)
def _topic(word: str) -> str:
    base = PASTS.get(word, word)
    return stem(base) if is_content(word) and is_content(base) else ""


_COUNTS = (("number", numerals), ("modality", modality), ("topic", topical))


@lru_cache(maxsize=1024)
def _added(text: str) -> tuple[Counter[str], ...]:
    return tuple(count(text) for _, count in _COUNTS)


def lost(said: str, told: str, *, added: str = "") -> str | None:
    """What `told` changes of the meaning of `said`, in a word or two; None where it changes nothing.

    `added` are the words that name the speaker and the act of saying: they are in `told` and count for nothing.
    """
    extra = _added(added)
    for (what, count), more in zip(_COUNTS, extra, strict=True):
        before, after = count(said), count(told)
        if (before + more if more else before) != after:
            return what
        if count is numerals and after and numbers(said) | numbers(added) != numbers(told):
            return what
    if negations(f"{said} {added}") != negations(told):
        return "negation"
    there = {w.removesuffix("'s") for w in words(told)}
    if not _capitalised(said) <= there and not {n for n in names(said) if n not in _FIRST_PERSON} <= there:
        return "name"
    known = {*words(said), *_capitalised(f"{said} {added}"), "they"}
    return "new name" if not _capitalised(told) <= known and not names(told) <= known else None


def _capitalised(text: str) -> set[str]:
    """Words with a capital, first words too, lower case."""
    return {w.lower().removesuffix("'s") for w in WORD.findall(text.replace("’", "'")) if not w.islower()}


_FIRST_PERSON = frozenset("i i'm i'd i'll i've ok okay".split())
