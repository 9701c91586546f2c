"""What a request asks, as values of the kind that is expected.

In: an object of JSON. Out: text, numbers, yes or no; a ScribeError that names what is of another kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scribe.records import ScribeError

Asked = Mapping[str, Any]

_LONGEST = 1_000_000
"""Characters of one text."""

_MOST_NAMES = 200


def text(asked: Asked, key: str) -> str:
    """Text under a key, half surrogate pairs as "?"; none where it is not given.

    >>> text({"by": "Ada"}, "by"), text({}, "by")
    ('Ada', '')
    """
    value = asked.get(key, "")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ScribeError(f"{key}: expected text of at most {_LONGEST} characters")
    return value.encode(errors="replace").decode()


def number(asked: Asked, key: str) -> int:
    """A whole number under a key."""
    value = asked.get(key)
    if type(value) is not int or abs(value) > 10**9:
        raise ScribeError(f"{key}: expected a whole number, found {value!r:.40}")
    return value


def claim(asked: Asked, key: str) -> bool:
    """Yes or no; no where it is not given."""
    value = asked.get(key, False)
    if not isinstance(value, bool):
        raise ScribeError(f"{key}: expected true or false, found {value!r:.40}")
    return value


def names(asked: Asked, key: str) -> dict[str, str]:
    """New names by the old ones; one at least."""
    value = asked.get(key)
    if not isinstance(value, dict) or not 0 < len(value) <= _MOST_NAMES:
        raise ScribeError(f"{key}: expected the new name of each speaker")
    return {text({"": old}, ""): text(value, old) for old in value}
