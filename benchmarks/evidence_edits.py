"""Lies made of true sentences, by rule: another number, another name, a negation put in or taken out.

In: a sentence that a person wrote of a meeting. Out: the same with one thing changed, or None where the edit does not
apply. What is chosen hangs on the sentence alone, so the same sentence always gives the same lie. This module knows
nothing of lines, scores or judges.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from scribe.language import NUMBER_WORDS

_DIGITS = r"(?<![\w.,:/-])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.,:/-])\d+(?:\.\d+)?(?![\w])"
_COUNTED = [word for word in NUMBER_WORDS if word not in ("zero", "one")]
_NUMBER = re.compile(rf"{_DIGITS}|\b(?:{'|'.join(_COUNTED)}|hundred|thousand|million|billion)\b", re.I)
"""Digits that stand alone (not the 013 of "mn013"), and number words; "one" is a pronoun more often than not."""

_SCALES = {"hundred": "thousand", "thousand": "hundred", "million": "thousand", "billion": "million"}

ROLES = ("project manager", "marketing expert", "industrial designer", "user interface designer")
"""Who meets in AMI."""

_ROLE = re.compile(
    r"project manager|marketing expert|industrial designer|(?:user )?interface (?:designer|specialist)", re.I
)
_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z]{2,6}|[A-Z][a-z]{2,})(?=[\s.,;)]|'s)")
"""A word with a capital inside a sentence, or an acronym there."""

_ID = re.compile(r"\b[mf][en]\d{3}\b")

_DENIES = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|cannot|without|unable|lack\w*|fail\w*|hardly|barely)\b|n't\b",
    re.I,
)


def seed(text: str) -> int:
    """A number that a text alone decides."""
    return zlib.crc32(text.encode("utf-8"))


def other_number(text: str) -> str | None:
    """The sentence with one of its numbers replaced by one near it: one more or less, ten more, twice or half.

    >>> other_number("The remote will cost twenty five Euros.")
    'The remote will cost twenty seven Euros.'
    """
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = found[seed(text) % len(found)]
    said = match.group()
    choices = _near_digits(said) if said[0].isdigit() else _near_words(said.lower())
    chosen = choices[seed(text) // 7 % len(choices)]
    return text[: match.start()] + (chosen.capitalize() if said[0].isupper() else chosen) + text[match.end() :]


def _near_digits(said: str) -> list[str]:
    value, places = float(said.replace(",", "")), len(said.partition(".")[2])
    near = [
        value + 1,
        value + 10,
        2 * value,
        *([value - 1] if value > 2 else []),
        *([value / 2] if value % 4 == 0 else []),
    ]
    return [f"{one:,.{places}f}" if "," in said else f"{one:.{places}f}" for one in near if one != value]


def _near_words(said: str) -> list[str]:
    if said in _SCALES:
        return [_SCALES[said]]
    place = _COUNTED.index(said)
    tens = _COUNTED.index("twenty")
    low, high = (tens, len(_COUNTED)) if place >= tens else (0, tens)
    return [_COUNTED[i] for i in (place + 1, place - 1, place + 2) if low <= i < high and i != place]


def other_name(text: str, names: Sequence[str]) -> str | None:
    """The sentence with a role or a name replaced by another: a role by a role, a name by one of `names`.

    Numbers that stand for people in ICSI's summaries ("me011") are not touched: no line and no speaker bears them, so
    nothing that a judge is shown could tell one from another.

    >>> other_name("The marketing expert spoke of LCD screens.", ["OGI"])
    'The industrial designer spoke of LCD screens.'
    """
    roles = list(_ROLE.finditer(text))
    if roles:
        match = roles[seed(text) % len(roles)]
        there = {_role(one.group()) for one in roles}
        others = [role for role in ROLES if role not in there]
        if not others:
            return None
        chosen = others[seed(text) // 7 % len(others)]
        written = chosen.title() if match.group().split()[-1][0].isupper() else chosen
        return text[: match.start()] + written + text[match.end() :]
    found = [one for one in _NAME.finditer(text) if one.group() in names]
    others = [name for name in names if name.lower() not in text.lower()]
    if not found or not others:
        return None
    match = found[seed(text) % len(found)]
    return text[: match.start()] + others[seed(text) // 7 % len(others)] + text[match.end() :]


def _role(written: str) -> str:
    return ROLES[3] if "interface" in written.lower() else written.lower()


def names_role(text: str) -> bool:
    """Whether a sentence names a role."""
    return _ROLE.search(text) is not None


def names_in(text: str) -> list[str]:
    """Names and acronyms inside a sentence, as written; roles and numbers of people are none.

    >>> names_in("Partner OGI met the Project Manager in Berkeley.")
    ['OGI', 'Berkeley']
    """
    return [name for name in _NAME.findall(_ROLE.sub("x", text)) if name != "OK"]


def names_of(texts: Sequence[str]) -> list[str]:
    """Names and acronyms inside some sentences that none of them writes as a common word, in order of the alphabet.

    >>> names_of(["They gave the Data to OGI.", "The data is old."])
    ['OGI']
    """
    common = {word for text in texts for word in re.findall(r"\b[a-z]+\b", text)}
    return sorted({name for text in texts for name in names_in(text) if name.lower() not in common})


# ── Negation ─────────────────────────────────────────────────────────────────────────────────

_PAST = dict(
    pair.split(":")
    for pair in """
    accept:accepted add:added agree:agreed allow:allowed ask:asked begin:began believe:believed bring:brought
    choose:chose complain:complained consider:considered continue:continued decide:decided describe:described
    discuss:discussed evaluate:evaluated explain:explained feel:felt find:found get:got give:gave go:went have:had
    include:included introduce:introduced know:knew lead:led like:liked make:made mention:mentioned need:needed
    open:opened perform:performed present:presented propose:proposed provide:provided review:reviewed
    report:reported say:said show:showed stress:stressed suggest:suggested take:took talk:talked think:thought
    use:used want:wanted work:worked
    """.split()
)
_BASES = {past: base for base, past in _PAST.items()}
_THIRD = {
    ("has" if base == "have" else base + ("es" if base.endswith(("s", "sh", "o")) else "s")): base
    for base in _PAST
}  # fmt: skip

_FREE = re.compile(r"\b(will|would|could|should|must|can|is|are|was|were|has been|have been|had been)\b(?! not)", re.I)
_PERFECT = re.compile(
    r"\b(has|have|had)\b(?= (?:\w+ly |already )?(?:\w+ed|made|taken|begun|shown|found|given|come|put)\b)"
)
_AIM = re.compile(r"\b(decided|agreed|planned|chose|preferred|hoped|intended|intends?|plans?|hopes?|prefers?)( to )")
_DID = re.compile(rf"\b({'|'.join(_BASES)})\b")
_DOES = re.compile(rf"\b({'|'.join(_THIRD)})\b")
_OPEN = re.compile(r"\?|\b(?:whether|if|what|how|which)\b", re.I)
"""After these a sentence says nothing that could be denied."""


def denied(text: str) -> str | None:
    """A plain sentence with a negation put in, at the first place that takes one before any "whether" or "what".

    >>> denied("The group decided to use kinetic energy."), denied("The remote will have square buttons.")
    ('The group decided not to use kinetic energy.', 'The remote will not have square buttons.')
    """
    if _DENIES.search(text):
        return None
    found = _OPEN.search(text)
    head, tail = (text[: found.start()], text[found.start() :]) if found else (text, "")
    places = [
        (m.start(), rule, m)
        for rule, pattern in enumerate((_FREE, _PERFECT, _AIM, _DID, _DOES))
        if (m := pattern.search(head))
    ]
    if not places:
        return None
    _, rule, match = min(places, key=lambda one: one[:2])
    said = match.group(1)
    if rule == 0:
        first, _, rest = said.partition(" ")
        put = ("cannot" if first.lower() == "can" else f"{first} not") + (f" {rest}" if rest else "")
    elif rule == 1:
        put = f"{said} not"
    elif rule == 2:
        put = f"{said} not to "
    else:
        put = f"did not {_BASES[said]}" if rule == 3 else f"does not {_THIRD[said]}"
    return head[: match.start()] + put + head[match.end() :] + tail


_MASS = frozenset("access information evidence feedback time money internet need".split())
_SKIP = re.compile(r"\bnot (?:only|just|necessarily|all|every)\b|\bor not\b|\bif not\b|\bno (?:one|matter)\b", re.I)


def undenied(text: str) -> str | None:
    """A sentence with one negation, without it.

    >>> undenied("They did not feel that it cannot work."), undenied("The group does not want a stand.")
    (None, 'The group wants a stand.')
    >>> undenied("No decision was made."), undenied("It will not have an LCD.")
    ('A decision was made.', 'It will have an LCD.')
    """
    found = _DENIES.findall(text)
    if len(found) != 1 or _SKIP.search(text):
        return None
    text = re.sub(r"\b(do|does|did|is|are|was|were|has|have|had|could|should|would)n't\b", r"\1 not", text)
    text = re.sub(r"\bwon't\b", "will not", re.sub(r"\bcan't\b", "cannot", text))
    for pattern, plain in _PLAIN:
        changed = re.sub(pattern, plain, text, count=1, flags=re.I)
        if changed != text:
            return changed[:1].upper() + changed[1:]
    return None


def _past(match: re.Match[str]) -> str:
    verb = match.group(2)
    return (match.group(1) or "") + _PAST.get(verb, verb + ("d" if verb.endswith("e") else "ed"))


def _third(match: re.Match[str]) -> str:
    verb = match.group(2)
    return (match.group(1) or "") + (
        "has" if verb == "have" else verb + ("es" if verb.endswith(("s", "sh", "o")) else "s")
    )


def _with_article(match: re.Match[str]) -> str:
    noun = match.group(1)
    if noun in _MASS or noun.endswith("s"):
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


_PLAIN: tuple[tuple[str, object], ...] = (
    (r"\bcannot\b", "can"),
    (r"\bdid not ((?:yet |really |fully )?)(\w+)", _past),
    (r"\bdoes not ((?:yet |really |fully |always )?)(\w+)", _third),
    (r"\bdo not (?:yet )?", ""),
    (r"\bno longer ", ""),
    (r"\bnot (?:yet |been yet )?", ""),
    (r"\bno (\w+)", _with_article),
    (r"\bwithout\b", "with"),
    (r"\bunable\b", "able"),
    (r"\bnever ", ""),
    (r"\bnothing\b", "something"),
)
