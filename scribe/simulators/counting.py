"""How many tokens a text has, for simulators whose tokenizer is not here.

In: text. Out: an estimate that leans to too many, since a prompt that outgrows the context is lost and room left over
is not. A simulator that has its model's own tokenizer counts with that instead.
"""

from __future__ import annotations

import math
import re

_LETTERS = re.compile(r"[A-Za-z ]+")
_LETTERS_PER_TOKEN = 4
"""ASCII letters and spaces. The lines of the sample session have 3.6 bytes a token, marks and numbers included."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_BYTES_PER_TOKEN = 2
"""UTF-8 bytes of other letters: Chinese has 2.3 and Greek 3.6 in Whisper's vocabulary, Russian 1.8 in GPT-2's."""


def estimated_tokens(text: str) -> int:
    """Tokens in `text`, rounded up: a quarter for each ASCII letter or space, half for each byte beyond ASCII, else 1.

    Digits, marks and line ends count whole, because few are joined to anything: the common rule of three bytes a token
    finds half of what a formula or a list of line numbers has. By the vocabularies of GPT-2 and of Whisper, for
    this repository's record, frames, notes, post and README this is 1.01 to 1.33 times the truth. It is too few for
    source code (.9 with Whisper's) and for Latin script full of accents (Czech: .8; .6 with GPT-2's, which is English).

    >>> estimated_tokens("[12] Mira: it is a simulator.")
    12
    """
    letters = sum(map(len, _LETTERS.findall(text)))
    beyond = _BEYOND_ASCII.findall(text)
    rest = len(text) - letters - sum(map(len, beyond))
    foreign = sum(len(run.encode("utf-8", "surrogatepass")) for run in beyond)
    return math.ceil(letters / _LETTERS_PER_TOKEN + foreign / _BYTES_PER_TOKEN) + rest
