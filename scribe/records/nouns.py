"""What all records are, and the one error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ScribeError(Exception):
    r"""A mistake that a person can mend.

    The message is one line: what was expected, what was found, where, and what to do. A line break that a file's name
    or a library's message brings along is shown as `\n`.
    """

    def __str__(self) -> str:
        return "\\n".join(super().__str__().splitlines())


class Record(BaseModel):
    """A frozen value; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
