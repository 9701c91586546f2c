"""What can be said of English text without a model: words, stems, sentences, numbers, names, negation.

In: strings. Out: strings, tuples and sets. It knows nothing of transcripts or claims. Text in another
language passes through with its words unstemmed in meaning but still comparable with itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['’.\-](?=[^\W_])[^\W_]+)*")
"""A word, with inner apostrophes, hyphens and decimal points: "can't", "log-loss", "3.5"."""

STOP_WORDS = frozenset(
    """
    a about above after again against all almost alone along already also although always am among an and another any
    anybody anyone anything anyway are aren't around as at away back be because been before being below between both
    but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else
    enough even ever every everybody everyone everything few for from further had hadn't has hasn't have haven't having
    he he'd he'll he's her here here's hers herself him himself his how how's however i i'd i'll i'm i've if in into is
    isn't it it'd it'll it's its itself just least less let let's many may me might mine more most much must my myself
    neither no nobody none nor not nothing now of off on once one one's only onto or other others otherwise ought our
    ours ourselves out over own per perhaps quite rather same shall she she'd she'll she's should shouldn't since so
    some somebody somehow someone something sometimes somewhat still such than that that'd that'll that's the their
    theirs them themselves then there there'd there'll there's these they they'd they'll they're they've this those
    though through thus to together too toward towards under until up upon us very via was wasn't we we'd we'll we're
    we've were weren't what what's whatever when when's where where's whether which while who who's whoever whole whom
    whose why will with within without won't would wouldn't yet you you'd you'll you're you've your yours yourself
    gonna gotta wanna kinda sorta dunno cuz 'cause okay ok yeah yep yes nope nah huh hmm hm mm mm-hmm uh-huh uh um er
    ah oh eh hi hello bye thanks thank please sorry well right sure alright really actually basically probably maybe
    obviously certainly definitely literally pretty lot lots bit kind sort stuff thing things way ways guess guys guy
    like know think mean say says said saying tell told see seen saw look looks looking looked get gets getting got
    go goes going went gone come comes coming came take takes taking took make makes making made put puts want wants
    wanted need needs needed try tries trying tried let's seem seems seemed guess happen happens good great nice cool
    fine interesting big little new old first second last next two three many lot people person somebody anymore
    """.split()
)
"""Function words and the small change of talk: what carries no topic by itself."""

NEGATIONS = frozenset("no not never none nothing nobody neither nor cannot without hardly barely".split())

NUMBER_WORDS: dict[str, str] = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {
    word: str(value)
    for value, word in zip(range(30, 100, 10), "thirty forty fifty sixty seventy eighty ninety".split(), strict=True)
}

_SCALES = {"hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000"}
_SPELT = {**NUMBER_WORDS, **_SCALES}

_TENS_AND_UNITS = re.compile(
    r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[\s-]+(one|two|three|four|five|six|seven|eight|nine)\b",
    re.I,
)

ABBREVIATIONS = frozenset("mr mrs ms dr prof st hon e.g i.e etc vs cf fig eq no vol al jr sr approx dept".split())

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff"
"""Thai, Lao, Burmese, Khmer, kana and Han, written without spaces: ranges for a pattern."""

TOKENS_PER_WORD = 1.35
"""Of English, its punctuation counted."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s+|$)")


def words(text: str) -> list[str]:
    """Words of `text` in order, lower case.

    >>> words("Log-loss isn't 3.5.")
    ['log-loss', "isn't", '3.5']
    """
    return WORD.findall(text.lower().replace("’", "'"))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Snowball stem (Porter 2) of one lower-case word."""
    return str(_stemmer().stemWord(word.removesuffix("'s")))


def content_words(text: str) -> list[str]:
    """Stems of the words of `text` that carry a topic, in order, repeats kept.

    >>> content_words("I mean, the simulators are not the agents.")
    ['simul', 'agent']
    """
    return [stem(word) for word in words(text) if is_content(word)]


def is_content(word: str) -> bool:
    """Whether a lower-case word carries a topic."""
    return word not in STOP_WORDS and (len(word) > 1 or word.isdigit())


def sentences(text: str) -> Iterator[str]:
    """Cut `text` at sentence ends; joined by one space the pieces are `text` again, but for white space.

    >>> list(sentences("Dr. Hall said 3.5. Did she? Yes"))
    ['Dr. Hall said 3.5.', 'Did she?', 'Yes']
    """
    start = 0
    for match in _SENTENCE_END.finditer(text):
        before = text[start : match.start()].rsplit(None, 1)
        last = before[-1].lower().lstrip("(\"'“‘") if before else ""
        if match.group()[0] == "." and (last in ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last != "i")):
            continue
        piece = text[start : match.end()].strip()
        if piece:
            yield piece
        start = match.end()
    if rest := text[start:].strip():
        yield rest


def numbers(text: str) -> set[str]:
    """Numbers in `text`, digits and number words alike, without thousands separators.

    "one" is left out: in English it is a pronoun more often than a number. "Two hundred" is a two and a hundred.

    >>> sorted(numbers("Seven of 1,024 items, or 0.7 %, or twenty-one"))
    ['0.7', '1024', '21', '7']
    """
    text = _TENS_AND_UNITS.sub(lambda m: str(sum(int(NUMBER_WORDS[w.lower()]) for w in m.groups())), text)
    found = {re.sub(r"(?<=\d),(?=\d{3})", "", n) for n in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)}
    return found | {_SPELT[w] for word in words(text) for w in word.split("-") if w in _SPELT and w != "one"}


def names(text: str) -> set[str]:
    """Words written with a capital inside a sentence, and acronyms, lower case.

    The first word of a sentence is left out unless it is an acronym: its capital says nothing.

    >>> sorted(names("Then Mira asked about GPT. She left."))
    ['gpt', 'mira']
    """
    found = set()
    for sentence in sentences(text):
        for match in WORD.finditer(sentence):
            word = match.group()
            starts = not sentence[: match.start()].strip("\"'“‘([ ")
            is_acronym = len(word) > 1 and sum(map(str.isupper, word)) > 1
            if is_acronym or (word[0].isupper() and not starts and word.lower() not in STOP_WORDS):
                found.add(word.lower().replace("’", "'").removesuffix("'s"))
    return found


def jaccard(one: Iterable[str], other: Iterable[str]) -> float:
    """Share of the words of either that both have (Jaccard 1912); 0 where neither has any.

    >>> jaccard(["log-loss", "bound"], ["bound"])
    0.5
    """
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a or b else 0.0


def negations(text: str) -> int:
    """How many negations `text` holds.

    >>> negations("It isn't, and it never was.")
    2
    """
    return sum(w in NEGATIONS or w.endswith("n't") for w in words(text))


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]  # snowballstemmer has no types
    import snowballstemmer

    return snowballstemmer.stemmer("english")
