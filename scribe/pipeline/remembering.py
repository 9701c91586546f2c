"""What the machine remembers between runs: small records beside the texts that were last generated.

In: a place and a record. Out: its JSON; and the record again, or an empty one where it was lost or damaged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from scribe.records import Record

_T = TypeVar("_T", bound=Record)


def dumped(record: Record) -> str:
    """A record as readable JSON."""
    return json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def remembered(path: Path, empty: _T) -> _T:
    """The record at `path`; `empty` where there is none that can be read."""
    try:
        return type(empty).model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return empty
