"""Where a server is and what it is told of us: `MODEL@URL` in, a client out.

Keys come from the environment when a client is made, and are kept nowhere else: not in the spec, a recipe, an error or
a log. What a server says is shown with every secret taken out. OpenAI's key goes to OpenAI and to the server that
OPENAI_BASE_URL names; another server is sent a key only where the spec names one.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from scribe.records import ScribeError
from scribe.simulators.specs import OFFICIAL, Spec, without_credentials

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_OFFICIAL_HOST = "api.openai.com"
_OWN_KEY = "OPENAI_API_KEY"
_CONNECT_S = 10.0
"""Seconds in which a server that is there takes a connection."""

_SHORTEST_SECRET = 4
"""Characters. Servers at home are given an `x` for a key, and no message could be read without that letter."""
_KEY_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class Address:
    """A model on a server."""

    name: str
    """The spec, without a password."""
    model: str
    url: str
    """Without a password."""
    key_name: str | None
    """The environment variable that holds the key; None for a server that is sent none."""
    needs_key: bool
    login: str | None = field(default=None, repr=False)
    """`user:password`, where the URL gave one."""

    @property
    def is_official(self) -> bool:
        """Whether it is OpenAI's own server."""
        return urlsplit(self.url).hostname == _OFFICIAL_HOST

    def client(self) -> AsyncOpenAI:
        """A client that asks once, and waits for an answer as long as it is let.

        Raises ScribeError where a key is wanted and there is none.
        """
        from openai import AsyncOpenAI, Timeout

        key = self._key()
        if self.needs_key and not key:
            raise ScribeError(f"{self.name}: no key; set the environment variable {self.key_name}")
        if not (key.isascii() and key.isprintable()):
            raise ScribeError(f"{self.name}: the environment variable {self.key_name} holds what cannot be a key")
        return AsyncOpenAI(
            api_key=key or "none",
            base_url=self.url,
            max_retries=0,
            timeout=Timeout(None, connect=_CONNECT_S),
            default_headers={"Authorization": f"Basic {_basic(self.login)}"} if self.login else None,
        )

    def without_secrets(self, text: str) -> str:
        """`text` with the key and the password taken out, if they are no shorter than any secret is."""
        login = self.login or ""
        secrets = {self._key(), login, login.partition(":")[2], _basic(login)}
        for secret in sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _key(self) -> str:
        return os.environ.get(self.key_name, "").strip() if self.key_name else ""


def address_of(spec: Spec) -> Address:
    """The address that a spec names; raises ScribeError for a URL or a key's name that cannot be one.

    The model is all before the last `@http`, since a model's name may hold an `@` and a colon itself.
    """
    name = without_credentials(spec.text)
    found = re.fullmatch(r"(.+)@(https?://.*)", spec.target)
    model, written = (found[1], found[2]) if found else (spec.target, os.environ.get("OPENAI_BASE_URL") or OFFICIAL)
    try:
        parts = urlsplit(written)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # what `urlsplit` raises for a port or a host that is none
        is_address = False
    if not is_address:
        raise ScribeError(
            f"{name}: expected an address such as http://host:8000/v1, found {without_credentials(written)}"
        )
    key_name = spec.options.get("key")
    if key_name is not None and not _KEY_NAME.fullmatch(key_name):
        raise ScribeError("openai: expected the NAME of an environment variable for 'key', such as OPENAI_API_KEY")
    login, _, host = parts.netloc.rpartition("@")
    return Address(
        name=name,
        model=model,
        url=urlunsplit(parts._replace(netloc=host)),
        key_name=key_name or (_OWN_KEY if _is_trusted(parts.hostname) else None),
        needs_key=key_name is not None or parts.hostname == _OFFICIAL_HOST,
        login=unquote(login) or None,
    )


def _is_trusted(host: str | None) -> bool:
    """Whether a host is OpenAI's, or that of the server which the environment itself names."""
    return host in (_OFFICIAL_HOST, urlsplit(os.environ.get("OPENAI_BASE_URL", "")).hostname)


def _basic(login: str | None) -> str:
    return base64.b64encode(login.encode()).decode() if login else ""
