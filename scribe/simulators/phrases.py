"""Noun-like phrases of a stretch of talk, most telling first; what titles are made of.

In: texts. Out: phrases as they were said. Candidates are runs of content words (RAKE: Rose et al. 2010), judged by
how often they recur.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from scribe.language import WORD, is_content, stem

_TOO_WIDE = r"""
    agree\w* ask\w* assum\w* became become\w* believ\w* build built call\w* care\w* chang\w* couple cover\w*
    decid\w* deal different discuss\w* end\w* exactly example expect\w* fact feel\w* find fit\w* follow\w* found
    gave give\w* goodness half hard hear\w* heard help\w* hope\w* hold\w* hour hundred idea instance keep\w*
    kept knew leave\w* left long low high matter mention\w* minute\w* month move\w* okay open part pick\w*
    play\w* point possible problem question\w* read\w* reason remember\w* run running same send sent set show\w*
    side similar simple sit\w* small sound\w* start\w* stay\w* stop\w* suppose\w* talk\w* tend\w* test\w* today
    tomorrow true turn\w* understand\w* use used useful uses using better best worse thought important
    interested collect\w* lose lost special target\w* sense meetings? times? pass generat\w* real vary wait\w*
    week wonder\w* word work\w* worth write wrong wrote year\w* yesterday [b-hj-z] hundred thousand million
    percent one two three four five six seven eight nine ten twenty thirty
""".split()
"""Words, as regular expressions, that name no topic by themselves."""

_NO_NOUN = re.compile(rf"(?:ly|n't|'(?:s|re|ve|ll|d|m))$|^(?:{'|'.join(_TOO_WIDE)})$")
"""Words that begin or end no title: adverbs, contractions, common verbs, and words too wide to name a topic."""


def phrases(texts: Sequence[str], most: int) -> list[str]:
    """At most `most` phrases, best first, no two with a word in common."""
    counts: Counter[tuple[str, ...]] = Counter()
    single: Counter[str] = Counter()
    written: dict[tuple[str, ...], Counter[str]] = {}
    for text in texts:
        for run in _runs(text):
            for phrase in _within(run):
                key = tuple(stem(w.lower()) for w in phrase)
                counts[key] += 1
                written.setdefault(key, Counter())[" ".join(phrase)] += 1
        single.update({stem(w.lower()) for run in _runs(text) for w in run})

    def worth(key: tuple[str, ...]) -> float:
        is_plain = len(key) == 1 and "-" not in key[0]
        repeated = 1.2 * counts[key] ** 0.5 if is_plain else 1.9 * (counts[key] - 0.4)
        return repeated + 0.1 * sum(single[s] for s in key) / len(key)

    ranked = sorted(counts, key=lambda key: (-worth(key), key))
    chosen: list[tuple[str, ...]] = []
    for key in ranked:
        if len(chosen) == most:
            break
        if not any(set(key) & set(other) for other in chosen):
            chosen.append(key)
    return [_as_said(written[key]) for key in chosen]


def _runs(text: str) -> Iterator[list[str]]:
    """Runs of content words with nothing but white space between them."""
    run: list[str] = []
    end = 0
    for match in WORD.finditer(text):
        word = match.group()
        if run and text[end : match.start()].strip():
            yield run
            run = []
        if is_content(word.lower().replace("’", "'")) and not _NO_NOUN.search(word.lower().replace("’", "'")):
            run.append(word)
        elif run:
            yield run
            run = []
        end = match.end()
    if run:
        yield run


def _within(run: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every stretch of one to three words of a run; a title holds a word of three letters at least."""
    for length in (1, 2, 3):
        for start in range(len(run) - length + 1):
            phrase = tuple(run[start : start + length])
            if any(len(w) > 2 for w in phrase) and not phrase[-1].isdigit():
                yield phrase


def _as_said(forms: Counter[str]) -> str:
    """The commonest way a phrase was written; in lower case where it was ever written so."""
    best = max(forms, key=lambda form: (forms[form], form))
    return next((form for form in sorted(forms) if form == best.lower()), best)
