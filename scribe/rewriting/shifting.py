"""First person and present -> third person and past, word by word.

In: the tokens of one sentence, contractions written out. Out: the same sentence as somebody reports it, or nothing
where a rule cannot tell what a word is. It looks at words and their neighbours; it parses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scribe.language import NUMBER_WORDS
from scribe.rewriting.expanding import Token
from scribe.rewriting.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BASES,
    BE,
    DETERMINERS,
    FINITE,
    JOINTS,
    MODALS,
    NOUNISH,
    PASTS,
    PLURALS,
    PREPOSITIONS,
    SUBORDINATORS,
    base_of,
    past,
)

_THIRD = {"i": "they", "me": "them", "my": "their", "mine": "theirs", "myself": "themselves", "ourselves": "themselves"}
_BARE_AFTER = MODALS | {"to", "do", "does", "did", "let", "lets", "us"}
_CAUSES = frozenset(
    "let lets letting make makes made making help helps helped helping have having see watch hear".split()
)
_TAKES_S = frozenset(
    "he she it this that which who there everyone everybody someone somebody anyone anybody nobody nothing something "
    "everything one what anything".split()
)
_QUANTITIES = frozenset(NUMBER_WORDS) | frozenset(
    "few many several more most other different various numerous certain such own two main new key good best".split()
)
_COMPLEMENTS = (
    (DETERMINERS - {"that"}) | (PREPOSITIONS - {"of", "for"}) | frozenset("to me you him her them us it".split())
)
_WISHES = frozenset("suggest suggests suggested recommend recommends recommended propose proposes proposed".split())
"""Verbs after which the present that follows is no present: "suggested that the group vote"."""
_BEFORE_NOUN = DETERMINERS - {"that", "this", "all", "which", "what", "both", "each"}
_TAKES_BASE = frozenset("i we you they these those who people users".split())


class UnclearError(Exception):
    """A word whose part in the sentence the rules cannot tell."""


class Shift:
    """One sentence on its way into reported speech."""

    def __init__(self, words: Sequence[Token], *, subject: str | None, we: str) -> None:
        """`subject` replaces an "I" that the sentence begins with; `we` is what "we" is at its first mention."""
        self._low = [word.low for word in words]
        self._words = words
        self._subject = subject
        self._we = we
        self._mentions = 0
        self._last_verb: int | None = None
        self.groups = 0
        """How often `we` was written."""

    def told(self) -> list[Token]:
        """The sentence in third person and past; raises UnclearError."""
        return [word._replace(core=self._word(n)) if word.core else word for n, word in enumerate(self._words)]

    def _word(self, n: int) -> str:
        core, low = self._words[n].core, self._low[n]
        if low in ("i", "we") and (core in ("I", "We", "we", "i")):
            return self._nominative(n)
        if low in ("us", "our", "ours") and core != "US":
            return self._group(n)
        if low in _THIRD:
            return _THIRD[low]
        return core if core.isupper() else self._verb(n)

    def _nominative(self, n: int) -> str:
        if self._low[n] == "i":
            return self._subject if n == 0 and self._subject else "they"
        self._mentions += 1
        if self._mentions > 1 or self._we == "they":
            return "they"
        self.groups += 1
        return self._we

    def _group(self, n: int) -> str:
        is_first = self._mentions == 0 and self._we != "they"
        self._mentions += 1
        self.groups += is_first
        forms = {"us": (self._we, "them"), "our": (f"{self._we}'s", "their"), "ours": ("theirs", "theirs")}
        first, later = forms[self._low[n]]
        return first if is_first else later

    # ── Verbs ────────────────────────────────────────────────────────────────────────────────

    def _verb(self, n: int) -> str:
        low, core = self._low[n], self._words[n].core
        if low in ("was", "were"):
            return self._was(n, core)
        if low in BE:
            self._last_verb = None
            return self._was(n, "were" if low == "are" else "was")
        if low in AUXILIARIES:
            self._last_verb = None
            before = self._low[n - 1] if n else ""
            is_noun = low in ("can", "will", "may") and (before in _BEFORE_NOUN or (core[0].isupper() and n > 0))
            return core if is_noun else AUXILIARIES[low]
        if low in ("must", "should", "would", "could", "might", "had", "did", "to"):
            self._last_verb = None
            return core
        if low in ("have", "do"):
            return self._have_or_do(n)
        return self._lexical(n)

    def _was(self, n: int, form: str) -> str:
        """Agreement with a subject that another one has replaced."""
        at, subject = self._governor(n)
        if subject == "i":
            return "was" if at == 0 and self._subject and self._subject.lower() != "they" else "were"
        if subject == "we":
            return "was" if self._we != "they" and self._is_first_we(at) else "were"
        return form

    def _is_first_we(self, at: int) -> bool:
        return not any(low in ("we", "us", "our", "ours") for low in self._low[:at])

    def _governor(self, n: int) -> tuple[int, str]:
        """The word before, adverbs passed over; no further back than the last mark."""
        at = n - 1
        while at >= 0 and self._low[at] in ADVERBS and not (at and self._is_cut(at)):
            at -= 1
        if at < 0 or self._is_cut(at + 1):
            return -1, ""
        return at, self._low[at]

    def _is_cut(self, n: int) -> bool:
        """Whether a mark stands right before this word."""
        return n > 0 and bool(re.search(r"[,;:()\"-]", self._words[n - 1].tail + self._words[n].lead))

    def _is_bare(self, n: int) -> bool:
        """Whether what stands before takes the bare verb: "to", a modal, or an auxiliary before its subject."""
        at, word = self._governor(n)
        if word in _BARE_AFTER:
            return True
        if at > 0 and word in ("i", "we", "you", "they", "he", "she", "it", "people", "users", "them"):
            before = self._low[at - 1]
            return before in _BARE_AFTER | _CAUSES and not self._is_cut(at)
        return False

    def _have_or_do(self, n: int) -> str:
        _, word = self._governor(n)
        low = self._low[n]
        if self._is_bare(n) or (word in ("and", "or", "but", "then") and self._last_verb is None):
            return self._words[n].core
        if low == "do" and word in PREPOSITIONS | DETERMINERS - {"that", "which", "what"}:
            raise UnclearError(low)
        self._last_verb = n
        return {"have": "had", "do": "did"}[low]

    def _lexical(self, n: int) -> str:
        low, core = self._low[n], self._words[n].core
        base = base_of(low)
        at, word = self._governor(n)
        if base and self._is_third(n, base, at, word):
            self._last_verb = n
            return past(base)
        if low in BASES and not self._is_bare(n) and not set(self._low[max(0, n - 6) : n]) & _WISHES:
            if self._is_finite(n, at, word):
                self._last_verb = n
                return past(low)
            if word in ("and", "or", "then", "but") and self._last_verb is not None and at > 0:
                if low in NOUNISH:
                    raise UnclearError(low)
                return past(low)
        return core

    def _is_third(self, n: int, base: str, at: int, word: str) -> bool:
        """Whether a form in "-s" is a verb and no plural."""
        after = self._low[n + 1] if n + 1 < len(self._low) else ""
        if base in NOUNISH and (after in FINITE or after in ("have", "do", "of")):
            return False
        if word in _TAKES_S:
            return True
        if at < 0 or word in PREPOSITIONS | DETERMINERS | SUBORDINATORS | FINITE | _BARE_AFTER:
            return False
        if word in ("and", "or", "but", "then"):
            return self._last_verb is not None and base not in NOUNISH
        if base not in NOUNISH:
            return word not in _QUANTITIES
        is_noun = (
            word in BASES or word in _TAKES_BASE | _QUANTITIES or word.endswith("ing") or after not in _COMPLEMENTS
        )
        return not is_noun and not self._is_cut(n + 1) and not self._has_verb(n)

    def _has_verb(self, n: int) -> bool:
        """Whether the clause around a word has a finite verb that is surely one."""
        first, last = n, n + 1
        while first > 0 and not self._is_cut(first) and self._low[first - 1] not in JOINTS:
            first -= 1
        while last < len(self._low) and not self._is_cut(last) and self._low[last] not in JOINTS:
            last += 1
        near = [*self._low[first:n], *self._low[n + 1 : last]]
        return any(low in FINITE or low in PASTS or low == "have" for low in near) or any(
            low in _TAKES_BASE | _TAKES_S - {"this", "that", "one"} for low in self._low[n + 1 : last]
        )

    def _is_finite(self, n: int, at: int, word: str) -> bool:
        """Whether the bare form of a verb is the present of a plural."""
        if self._low[n] == "like" and word not in ("i", "we", "you", "they", "people"):
            return False
        if word in _TAKES_BASE:
            return not (word == "you" and at and self._low[at - 1] in _CAUSES)
        if at < 0 or not self._is_plural(at):
            return False
        near = self._low[max(0, at - 5) : at]
        if set(near) & (_CAUSES | {"to", "do", "does", "did"}):
            return False
        return self._low[n] not in NOUNISH or not self._has_verb(n)

    def _is_plural(self, at: int) -> bool:
        low = self._low[at]
        return low in PLURALS or (
            len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is")) and base_of(low) is None
        )
