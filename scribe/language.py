"""What can be said of English text without a model: words, stems, sentences, numbers, names, negation.

In: strings. Out: strings, tuples and sets. It knows nothing of transcripts or claims. Text in another
language passes through with its words unstemmed in meaning but still comparable with itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

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


class Amount(NamedTuple):
    """A number as a text gives it."""

    value: str
    """Digits, as short as they go: "25", "12.5", "200", "3rd"."""
    readings: frozenset[str]
    """Values that it may stand for, its own among them: 60 % is 0.6 too, and "twelve fifty" is 12.5 or 1250."""


_ORDINALS = {
    word: f"{value}{'rd' if value == 3 else 'th'}"
    for value, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=3,
    )
} | {"thirtieth": "30th"}
_FRACTIONS = {"half": "0.5", "halves": "0.5", "quarter": "0.25", "quarters": "0.25", "thirds": "0.3333", "dozen": "12"}
_SCALE_WORDS = {**{word: int(value) for word, value in _SCALES.items()}, "k": 1000, "m": 1_000_000}
_PERCENT = frozenset({"percent", "per", "percentage", "%"})
_COUNTS = {"couple": "2", "pair": "2", "both": "2", "twice": "2", "double": "2", "single": "1", "once": "1"}
"""Words that say a number without being one: what they stand for is found, and not asked for."""
_SOUNDS = frozenset("um uh er eh ah mm hmm".split())
_MONEY = frozenset("euro euros pound pounds dollar dollars franc francs".split())
_NUMERAL = re.compile(r"\d+(?:\.\d+)?")
_TOKEN = re.compile(r"(?<![^\W_])\d+(?:\.\d+)?(?:st|nd|rd|th)\b|(?<![^\W_])\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W_]+)*[\w]*|%")


def amounts(text: str, *, with_words: bool = False) -> list[Amount]:
    """Numbers in `text`, in order, spelt or in digits: what is one number is one, however it is written.

    "First" and "second" are left out, and "one" and what counts without a number ("both", "twice") unless
    `with_words`. Digits that letters precede ("mn013") are part of a name.

    >>> [a.value for a in amounts("Two hundred of 1,024, a dozen, 12.50 or twelve and a half; the 3rd; 15 million")]
    ['200', '1024', '12', '12.5', '12.5', '3rd', '15000000']
    >>> sorted(amounts("nine pounds twenty")[0].readings)
    ['9', '9.2', '920']
    >>> sorted(amounts("twelve fifty")[0].readings), sorted(amounts("60 %")[0].readings)
    (['12', '12.5', '1250'], ['0.6', '60'])
    """
    tokens = [t for t in _TOKEN.findall(re.sub(r"(?<=\d),(?=\d{3}\b)", "", text.lower())) if t not in _SOUNDS]
    found: list[Amount] = []
    place, ended = 0, -1
    while place < len(tokens):
        value, after = _amount_at(tokens, place)
        if value is None:
            ordinal = _ORDINALS.get(tokens[place]) or (
                tokens[place] if re.fullmatch(r"\d+(?:th|rd|st|nd)", tokens[place]) else None
            )
            word = ordinal or (_COUNTS.get(tokens[place]) if with_words else None)
            if word is not None:
                found.append(Amount(word, frozenset({word})))
            place += 1
            continue
        is_pronoun = tokens[place:after] == ["one"]
        if not is_pronoun or with_words:
            is_share = after < len(tokens) and tokens[after] in _PERCENT
            found.append(Amount(value, frozenset({value, _short(float(value) / 100)} if is_share else {value})))
            between = tokens[ended:place] if found and 0 <= ended <= place else ["?"]
            is_together = not between and {tokens[place - 1], tokens[place]} <= set(NUMBER_WORDS)
            if len(found) > 1 and (is_together or (len(between) == 1 and between[0] in _MONEY)):
                found[-2:] = _read_together(*found[-2:])
        place = ended = after
    return found


def _amount_at(tokens: Sequence[str], place: int) -> tuple[str | None, int]:
    """The number that begins at a token, and where it ends; None where none begins there."""
    start, total, current, seen = place, 0.0, 0.0, False
    room = 1e15
    while place < len(tokens):
        word = tokens[place]
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        small = int(NUMBER_WORDS[word]) if word in NUMBER_WORDS else None
        if small is not None and (not seen or (small < room and small > 0)):
            current += small
            room = 10 if small >= 20 and small % 10 == 0 else 0
        elif not seen and _NUMERAL.fullmatch(word):
            current, room = float(word), 0
        elif word in _SCALE_WORDS and (seen or (word in _SCALES and start and tokens[start - 1] == "a")):
            scale = _SCALE_WORDS[word]
            if scale == 100:
                current = (current or 1) * 100
            else:
                total, current = total + (current or 1) * scale, 0.0
            room = min(scale, 100)
        elif word == "and" and seen and tokens[place + 1 : place + 3] == ["a", "half"]:
            return _short(total + current + 0.5), place + 3
        elif word == "and" and seen and room == 100 and following in NUMBER_WORDS:
            place += 1
            continue
        elif word == "point" and seen and following in NUMBER_WORDS:
            return _decimals(tokens, place + 1, total + current)
        elif word in _FRACTIONS:
            times = current if seen and word != "half" else 1.0
            if seen and word == "half":
                break
            if word == "half" and following == "a" and tokens[place + 2 : place + 3] == ["dozen"]:
                return "6", place + 3
            return _short(times * float(_FRACTIONS[word])), place + 1
        else:
            break
        seen = True
        place += 1
    return (_short(total + current), place) if seen else (None, start)


def _decimals(tokens: Sequence[str], place: int, whole: float) -> tuple[str, int]:
    digits = ""
    while place < len(tokens) and tokens[place] in NUMBER_WORDS:
        digits += NUMBER_WORDS[tokens[place]]
        place += 1
    return _short(float(f"{int(whole)}.{digits}")), place


def _read_together(one: Amount, other: Amount) -> tuple[Amount, Amount]:
    """Two numbers in a row, as in "twelve fifty", "twelve euro fifty" and "nineteen eighty-four"."""
    if not (one.value.isdigit() and other.value.isdigit() and 10 <= int(other.value) < 100):
        return one, other
    joined = {_short(float(f"{one.value}.{other.value}")), f"{one.value}{other.value}"}
    return one._replace(readings=one.readings | joined), other._replace(readings=other.readings | joined)


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


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
            if word.islower():
                continue
            starts = not sentence[: match.start()].strip("\"'“‘([ ")
            is_acronym = len(word) > 1 and sum(map(str.isupper, word)) > 1
            if is_acronym or (word[0].isupper() and not starts and word.lower() not in STOP_WORDS):
                found.add(word.lower().replace("’", "'").removesuffix("'s"))
    return found


def counted(many: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "line"), counted(2, "line")
    ('1 line', '2 lines')
    """
    return f"{many} {what}{'' if many == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names in a row, as people write it; there is one at least.

    >>> listed(["Ada"]), listed(["Ada", "Jan", "Mira"])
    ('Ada', 'Ada, Jan and Mira')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def span_of_lines(first: int, last: int, dash: str = "–") -> str:
    """Lines `[first, last)` in words.

    >>> span_of_lines(3, 4), span_of_lines(3, 6)
    ('line 3', 'lines 3–5')
    """
    return f"line {first}" if last - first == 1 else f"lines {first}{dash}{last - 1}"


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
