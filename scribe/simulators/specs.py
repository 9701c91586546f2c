"""How a simulator is named: `KIND:TARGET?option=value&…`.

In: text. Out: a `Spec`. Which options a kind knows is checked here, so that a slip of the pen is found before anything
is loaded, sent or paid for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from scribe.records import Record, ScribeError

OnProgress = Callable[[str, int, int | None], None]
"""Told what is fetched, how many bytes of it are here, and how many there will be where that is known."""

SPECS: Mapping[str, str] = {
    "extract": "extract",
    "hf": "hf:REPO-or-FOLDER",
    "openai": "openai:MODEL@URL",
    "langchain": "langchain:MODULE:CLASS?argument=…",
}
"""The kinds of simulator, and how each is written."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "extract": (),
    "hf": ("as", "context", "device", "dtype", "quantise", "revision"),
    "openai": ("as", "context", "concurrency", "key", "prices", "prefill", "timeout", "tokenizer"),
}
"""Options that each kind knows; LangChain's are the arguments of the class."""

OFFICIAL = "https://api.openai.com/v1"
"""The server of an `openai:` spec without an address, unless OPENAI_BASE_URL names another."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

FORMS = ("base", "chat")
"""What the option `as` may say of a model: whether it continues documents or answers turns."""


class Spec(Record):
    """A simulator's name, taken apart."""

    text: str
    """As it was written."""
    kind: str
    target: str
    """What stands between the colon and the options."""
    options: Mapping[str, str]

    def number(self, option: str) -> int | None:
        """An option that is a whole number above 0, where it is given; raises ScribeError for anything else."""
        value = self.options.get(option)
        if value is None:
            return None
        if not value.isdecimal() or int(value) == 0:
            raise ScribeError(
                f"{without_credentials(self.text)}: expected a whole number above 0 for {option!r}, found {value!r}"
            )
        return int(value)

    def one_of(self, option: str, known: tuple[str, ...]) -> str | None:
        """An option that is one of a few words, where it is given; raises ScribeError for any other."""
        value = self.options.get(option)
        if value is not None and value not in known:
            raise ScribeError(
                f"{without_credentials(self.text)}: unknown {option} {value!r}; known: {', '.join(known)}"
            )
        return value


_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]*@")


def without_credentials(text: str) -> str:
    """A text whose URLs name no user and no password.

    >>> without_credentials("openai:m@http://ada:secret@host/v1")
    'openai:m@http://host/v1'
    """
    return _CREDENTIALS.sub("", text)


def parse_spec(text: str) -> Spec:
    """Take a spec apart; raise ScribeError that names what is known for one that cannot be.

    >>> parse_spec("openai:llama@http://127.0.0.1:8000/v1?as=base").options
    {'as': 'base'}
    """
    head, _, query = text.strip().partition("?") if text.startswith("langchain:") else _last_query(text.strip())
    kind, colon, target = head.partition(":")
    if kind not in SPECS or (kind == "extract") == bool(colon) or (kind != "extract" and not target):
        raise ScribeError(f"unknown simulator {without_credentials(text)!r}; known: {', '.join(SPECS.values())}")
    options: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, equals, value = part.partition("=")
        if not equals or (kind in OPTIONS and name not in OPTIONS[kind]):
            known = ", ".join(OPTIONS.get(kind, ())) or "none"
            told = without_credentials(text)
            raise ScribeError(f"{told}: expected an option such as name=value, found {part!r}; known: {known}")
        options[name] = unquote(value)
    return Spec(text=text, kind=kind, target=target, options=options)


def destination(spec: str) -> str | None:
    """Who is shown what a simulator is shown, if not only this machine; None where nothing leaves it.

    >>> destination("openai:llama@https://example.org/v1"), destination("openai:llama@http://127.0.0.1:8000/v1")
    ('example.org', None)
    """
    parsed = parse_spec(spec)
    if parsed.kind == "langchain":
        return f"whom {parsed.target} asks"
    if parsed.kind != "openai":
        return None
    found = re.search(r"@(https?://.*)", parsed.target)
    address = found[1] if found else os.environ.get("OPENAI_BASE_URL") or OFFICIAL
    host = urlsplit(without_credentials(address)).hostname or address
    return None if host in _LOOPBACK else host


def _last_query(text: str) -> tuple[str, str, str]:
    """Cut at the last question mark: a server's address may hold one of its own."""
    head, mark, query = text.rpartition("?")
    return (head, mark, query) if mark else (text, "", "")
