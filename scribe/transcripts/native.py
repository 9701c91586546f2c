"""Scribe's own JSON <-> `Transcript`, exactly.

In: a transcript, or parsed JSON that this module wrote. Out: the other. One segment a line, so that a
diff shows which segments changed; fields that hold their default are left out.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from scribe.records import ScribeError, Transcript


def is_native(tree: object) -> bool:
    """Whether this JSON has the fields that only Scribe writes."""
    return isinstance(tree, dict) and {"id", "source", "recipe", "segments"} <= tree.keys()


def read(tree: dict[str, Any]) -> Transcript:
    """The transcript as it was stored; `ScribeError` names the first field that is wrong."""
    try:
        return Transcript.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"]) or "the transcript"
        reason = " ".join(first["msg"].split())[:200]
        raise ScribeError(
            f"expected a transcript that Scribe wrote, found at {where}: {reason}; "
            "restore the file, or make it again from its source"
        ) from error


def compose(transcript: Transcript) -> str:
    """JSON that `read` turns back into an equal transcript."""
    head = transcript.model_dump(mode="json", exclude={"segments"}, exclude_defaults=True)
    lines = [f"{_dump(key)}: {_dump(value)}," for key, value in head.items()]
    segments = ",\n".join(_dump(s.model_dump(mode="json", exclude_defaults=True)) for s in transcript.segments)
    return "\n".join(["{", *lines, '"segments": [', segments, "]", "}", ""])


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
