"""Line ends and byte-order marks: a person's editor chooses them, and the merge keeps to them.

In: the person's text. Out: other texts in its manner.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BOM = "\ufeff"


class Ending(NamedTuple):
    """How a text ends its lines, and whether it begins with a byte-order mark."""

    newline: str
    bom: str

    @classmethod
    def of(cls, text: str) -> Ending:
        """That of `text`; Windows's where most of its lines have it."""
        windows = text.count("\r\n")
        return cls("\r\n" if windows > text.count("\n") - windows else "\n", _BOM if text.startswith(_BOM) else "")

    def bare(self, text: str) -> str:
        """A text of this manner without its byte-order mark."""
        return text.removeprefix(self.bom) if self.bom else text

    def whole(self, text: str) -> str:
        """The same with it."""
        return self.bom + text


def like(ending: Ending, theirs: str, text: str) -> str:
    """`text` in the manner of `theirs`, so that only what a person changed is different."""
    if text == theirs:
        return text
    if ending.newline == "\r\n":
        text = re.sub(r"\r?\n", "\r\n", text)
    return ending.bom + text if ending.bom and not text.startswith(ending.bom) else text
