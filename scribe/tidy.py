"""Speech made readable: fillers, stutters and restarts out, every other word as it was said.

In: one sentence or stretch of speech. Out: the same without disfluencies. It never adds, reorders or
replaces a word, and never removes a number, a name, a negation or a modal verb: whoever quotes the result
quotes the speaker.
"""

from __future__ import annotations

import re

from scribe.language import NEGATIONS, NUMBER_WORDS, is_content, words

_MARKS = re.compile(
    r"\{[^{}]{0,40}\}|\[(?:laugh\w*|music|applause|noise|inaudible|crosstalk|silence|__)\]|(?<!\S)@(?:\s*@)*(?!\S)",
    re.I,
)
"""Transcribers' marks: `{disfmarker}` and `{vocalsound}` (AMI and ICSI in QMSum), `[laughs]`, `@ @` (ICSI)."""

_LETTERS = re.compile(r"\b(?:(?:[A-Za-z]_\s?){2,}[A-Za-z]?|[A-Za-z]_)(?=\W|$)")
"""Spelt letters as AMI writes them: `T_V_`, `L_C_D_`, `D_V_D_s`; not the `x_i` of whoever types mathematics."""

_FILLERS = re.compile(
    r"(?:(?<=^)|(?<=[\s,;.?!(\"]))(?:u[hm]+|er+m?|e+h|em|mm+|hm+|a+h|o+h|huh|uh-huh|mm-hmm|mhm)(?=[\s,;.?!)\"-]|$)"
    r"(?:\s*-(?=\s))?\s*,?",
    re.I,
)
"""Sounds that are no words; a following comma goes with them. Written in capitals they are acronyms: HMM, EM, ER."""

_ASIDES = re.compile(
    r"(?:,\s*|(?<=^)|(?<=\s))(?:you know|I mean|sort of like|or whatever|and stuff like that|and so on and so forth)"
    r"(?:\s*,|(?=[.?!]|$))",
    re.I,
)
"""Asides set off by a comma at least on one side, so that "you know the answer" stays."""

_OPENERS = re.compile(
    r"^(?:(?:okay|ok|'kay|alright|so|and|but|yeah|yep|yes|now|then|also|anyway|anyways|actually|basically|you know|"
    r"I mean|I guess|or|cause|'cause|cuz|um|uh)(?:\s*[,.;]\s*|\s+)|"
    r"like\s+(?=(?:because|if|when|there|you|I|we|it|he|she|they)\b)|"
    r"(?:all right|right|well|like|see|look|(?:mr|madam|ms|mrs)\.? (?:chair|chairman|speaker|president))\s*[,.;]\s*|"
    r"because(?! of\b)\s+(?=[^,]+$))+",
    re.I,
)
"""Words that tie a sentence to the talk before it and mean nothing away from it. "no" is not among them;
"because" is where no second clause follows its own."""

_SHORT_WORDS = frozenset("a i an am as at be by do go he if in is it me my no of oh on or so to up us we".split())
_BEFORE_THEMSELVES = frozenset("i we you he she it they there what".split())
"""Words that a speaker begins with and begins with again, contracted: "it it's"."""
_MODALS = frozenset("can could may might must shall should will would".split())
_PRONOUNS = frozenset("they we you he she it i a an the my our your their these those".split())
_AFTER_NO_ARTICLE: dict[str, frozenset[str]] = {
    "a": _PRONOUNS,
    "an": _PRONOUNS,
    "the": _PRONOUNS
    | frozenset(
        "at to of in on for with by from and but or because is are was were be do does did can could would should will "
        "have has had if that this there right when where what".split()
    ),
}
"""Words that no article precedes: an article before one of them was the start of something else. "a" may be a variable,
as in "a is greater than b", and goes before a pronoun or another article alone."""
_DOUBLES = frozenset(["that", "had", "very", "really", "so", "much", "many", "more", "long", "far", "no", "years"])
"""Words that people double on purpose or by grammar."""


def tidy(text: str) -> str:
    """Remove disfluencies from a stretch of speech; what is said stays.

    >>> tidy("Um, we have we have to uh s say {disfmarker} that the the model isn't an agent .")
    "We have to say that the model isn't an agent."

    What one pass removes can bring two halves of a restart together, so passes follow until nothing changes; a pass
    that changes anything leaves less to change.
    """
    while (tidied := _tidied_once(text)) != text:
        text = tidied
    return text


def _tidied_once(text: str) -> str:
    text = _MARKS.sub(" ", text)
    text = _LETTERS.sub(lambda m: m.group().replace("_", "").replace(" ", "") + " ", text)
    text = _mend_spacing(text)
    text = _ASIDES.sub(_without_aside, _FILLERS.sub(_without_filler, text))
    tokens = _without_restarts(_LONE_LETTER.sub("", text.strip()).split())
    text = _mend_spacing(" ".join(tokens)).strip(" ,;")
    return text[:1].upper() + text[1:]


def without_opener(text: str) -> str:
    """Remove the words that tie a sentence to the talk before it.

    >>> without_opener("And so, well, the model is not an agent.")
    'The model is not an agent.'
    """
    match = _OPENERS.match(text)
    rest = text[match.end() :] if match else text
    if not match or len(rest.split()) < 3:
        return text
    return rest[:1].upper() + rest[1:]


def _without_filler(filler: re.Match[str]) -> str:
    """Nothing, unless it is an acronym."""
    return filler.group() if filler.group().rstrip(" ,-").isupper() else " "


_LONE_LETTER = re.compile(r"^[B-HJ-NP-Z] (?=(?:I|But|We|It|The|That|This|They|You|So|And|He|She|What|If|Yeah)\b)")
"""The first sound of a word that another sentence replaced: "S But we could" (ICSI)."""


def _without_aside(aside: re.Match[str]) -> str:
    """What an aside leaves behind: a comma where it stood between two, and after a word that could end a phrase."""
    said = aside.group().strip()
    before = words(aside.string[: aside.start()])[-1:]
    is_between = said.startswith(",") and said.endswith(",")
    return ", " if is_between and before and is_content(before[0]) else " "


_AFTER_COMMA = "and|or|but|so|because|if|when|which|that"
_SPACINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\s+(n't|'(?:s|re|ve|ll|m|d|t))\b", r"\1"),
        (r"\s+([,.?!;:…])(?!\w)", r"\1"),
        (r"\$ (?=\d)", "$"),
        (r",?\s+(?:or|and|but|so)\s*,?\s*\?$", "?"),
        (r"(?:\s*-){2,}(?=\s|$)", ","),
        (r"\s-(?=[\s,.?!]|$)(?!(?<=\d\s-)\s\d)", ""),
        (r"([,;])(?:\s*[,;])+", r"\1"),
        (r"[,;]+\s*([.?!])(?!\d)", r"\1"),
        (rf"\b(to|the|an|of|with|my|our|your|their),(?= (?!(?:{_AFTER_COMMA})\b|\w+,|\w\b)[a-z])", r"\1"),
        (r"([.?!])(?:\s*[.,;])+(?=\s|$)", r"\1"),
        (r"^(?:[\s,;:!?]|\.(?!\d))+(?=[\w.])", ""),
        (r"\s+", " "),
    )
)
"""The spacing of tokenised text ("it 's , right ?"), and the marks that are left behind by what was removed."""

_QUOTED = re.compile(r'"\s*([^"]*?)\s*"')


def _mend_spacing(text: str) -> str:
    if '"' in text:
        text = _QUOTED.sub(r'"\1"', text) if text.count('"') % 2 == 0 else text.replace('"', " ")
    for pattern, replacement in _SPACINGS:
        text = pattern.sub(replacement, text)
    return text.strip()


_NO_LETTER = re.compile(r"[^\w']")


def _without_restarts(tokens: list[str]) -> list[str]:
    """Drop stutters ("w what"), doubled words and doubled phrases of up to four words, keeping the last."""
    kept: list[str] = []
    keys: list[str] = []
    for token in tokens:
        key = _NO_LETTER.sub("", token).lower()
        while keys and _is_stutter(kept[-1], keys[-1], key):
            kept.pop()
            keys.pop()
        if kept and key in _AFTER_NO_ARTICLE.get(kept[-1], ()):
            kept.pop()
            keys.pop()
        kept.append(token)
        keys.append(key)
        for length in (4, 3, 2, 1):
            if keys[-1 - length : -length] == [key] and _ends_doubled(kept, keys, length):
                del kept[-2 * length : -length]
                del keys[-2 * length : -length]
                break
    return kept


def _is_stutter(before: str, first: str, second: str) -> bool:
    """Whether `first` is the broken-off beginning of `second`: "heavil heavy" is not caught, "th the" is."""
    if not first or not second or first[0].isdigit() or before[-1] in ".?!:":
        return False
    if first in _BEFORE_THEMSELVES and second.startswith(f"{first}'"):
        return True
    if first in _SHORT_WORDS:
        return False
    if first in NEGATIONS or first in NUMBER_WORDS or first in _MODALS:
        return False
    broken_off = before.rstrip(",").endswith("-")
    if len(first) > 1 and (before.isupper() or (before[0].isupper() and not broken_off and set(first) & set("aeiouy"))):
        return False  # AI, ML; Al, Jo: a name of two letters may begin the next word by chance
    return (len(first) <= 2 or broken_off) and second.startswith(first) and second != first


def _ends_doubled(kept: list[str], keys: list[str], length: int) -> bool:
    """Whether the last `length` words repeat the `length` words before them."""
    if len(keys) < 2 * length or keys[-2 * length : -length] != keys[-length:] or not all(keys[-length:]):
        return False
    first = kept[-2 * length : -length]
    if any(token[-1] in ".?!:" for token in first):
        return False
    if any(key in NUMBER_WORDS or key[0].isdigit() for key in keys[-length:]):
        return False
    return length > 1 or (keys[-1] not in _DOUBLES and keys[-1] not in NEGATIONS)
