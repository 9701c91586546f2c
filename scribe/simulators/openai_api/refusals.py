"""What it means when a server refuses, fails, falls silent or breaks off.

In: an error of the client. Out: a `Trouble`, whether it may pass, and the one line that a person is told when it does
not. Every text of a server's has its secrets taken out before it is kept.
"""

from __future__ import annotations

import email.utils
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scribe.records import ScribeError
from scribe.simulators.openai_api.address import Address

_PASSING = frozenset({408, 409, 425, 429})
"""Statuses that may pass, besides those from 500 on; the client's own list and 425, "too early"."""

_CONTEXT = re.compile(r"context[ _](length|size|window)|too (long|many tokens)|exceeds? the (available|maximum)", re.I)

_LONGEST_WAIT_S = 60.0
"""A server that asks for a longer pause is not waited for; the client's own limit."""


class Hopeless(ScribeError):  # noqa: N818 (a reader's word)
    """The server would refuse any other request as well."""


class Trouble(Exception):  # noqa: N818 (a reader's word)
    """A request that came to nothing."""

    def __init__(
        self,
        kind: Literal["status", "timeout", "unreachable", "broken"],
        said: str,
        *,
        status: int = 0,
        parameter: str | None = None,
        code: str | None = None,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(said)
        self.kind = kind
        self.said = said
        self.status = status
        self.parameter = parameter
        self.code = code
        self.wait_s = wait_s
        self.asked: Mapping[str, Any] = {}
        """The request, where another without some part of it may be answered."""

    @property
    def is_passing(self) -> bool:
        """Whether the same request may be answered later."""
        if self.kind != "status":
            return True
        is_asked_to_wait = self.wait_s is None or self.wait_s <= _LONGEST_WAIT_S
        is_for_now = self.status in _PASSING or self.status >= 500
        return is_for_now and is_asked_to_wait and self.code != "insufficient_quota"

    @property
    def is_too_long(self) -> bool:
        """Whether the prompt does not fit the model's context."""
        return self.status in (400, 413, 422) and bool(_CONTEXT.search(f"{self.code} {self.said}"))


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for."""

    timeout_s: float = 120.0
    """Seconds without a word."""
    tries: int = 5
    wait_s: float = 0.5
    """Seconds before the second try; twice as many before each further one, at most 8: the client's own schedule."""

    def allowed(self, trouble: Trouble) -> int:
        """How often to try in all: twice where each time costs a whole timeout."""
        return min(self.tries, 2) if trouble.kind == "timeout" else self.tries

    def pause_s(self, failed: int, trouble: Trouble) -> float:
        """Seconds to wait after the `failed`-th try: as long as the server asks, else up to a quarter less than due."""
        if trouble.wait_s is not None:
            return trouble.wait_s
        return min(8.0, self.wait_s * 2.0 ** (failed - 1)) * random.uniform(0.75, 1.0)  # noqa: S311 (no secret)


def expected_errors() -> tuple[type[Exception], ...]:
    """What a request may raise: silence, JSON or UTF-8 that is none, the client's errors and its HTTP library's.

    Streams let the last through before openai 3.15; the library is httpx with openai 2, httpx2 with openai 3.
    """
    import openai

    transports = (sys.modules[name].HTTPError for name in ("httpx", "httpx2") if name in sys.modules)
    return TimeoutError, ValueError, openai.OpenAIError, *transports


def trouble_of(error: Exception, address: Address, *, is_answering: bool = False) -> Trouble:
    """What an error of the client comes to; `is_answering` once the answer has begun."""
    import openai

    if isinstance(error, TimeoutError):
        return Trouble("timeout", "no answer")
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        return Trouble(
            "status",
            address.without_secrets(_said(error.body)),
            status=error.status_code,
            parameter=error.param,
            code=error.code or (str(body["type"]) if "type" in body else None),
            wait_s=_wait_s(error.response.headers),
        )
    if isinstance(error, ValueError):
        return Trouble("broken", f"what came is no completion: {address.without_secrets(str(error))}")
    if is_answering and isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
        return Trouble("broken", address.without_secrets(_said(error.body) or error.message))
    if is_answering:
        return Trouble("broken", "the connection was closed")
    return Trouble("unreachable", address.without_secrets(str(error.__cause__ or error)))


def explained(trouble: Trouble, address: Address, patience: Patience, tried: int, models: Sequence[str]) -> ScribeError:
    """The line that tells a person what happened and what to do; `models` are those that the server says it has."""
    said = f": {_short(trouble.said)}" if trouble.said else ""
    times = f" {tried} times" if tried > 1 else ""
    if trouble.kind == "timeout":
        return _line(address, f"no answer for {patience.timeout_s:g} s{times}; is the server busy? see ?timeout=")
    if trouble.kind == "unreachable":
        return _line(address, f"cannot reach {address.url}{times}{said}; is the server running at that address?")
    if trouble.kind == "broken":
        hint = "is it a server of OpenAI's interface, and does its address end in /v1?"
        return _line(address, f"the answer broke off{times}{said}; {hint}")
    status = f"({trouble.status}{times})"
    if trouble.status in (401, 403):
        key = (
            f"the environment variable {address.key_name} to"
            if address.key_name
            else "?key= to the name of a variable with"
        )
        what = f"set {key} a key that may use this model"
        return _line(address, f"the server refused us {status}{said}; {what}", is_hopeless=trouble.status == 401)
    if trouble.status == 404:
        return _line(address, f"not found {status}{said}; {_known(address, models)}", is_hopeless=True)
    if trouble.status in (402, 429):
        hint = "lower ?concurrency=, or try again later" if trouble.is_passing else "see the account's limits"
        return _line(
            address, f"the server has had enough of us {status}{said}; {hint}", is_hopeless=trouble.status == 402
        )
    if trouble.is_too_long:
        return _line(address, f"the prompt does not fit the model {status}{said}; say ?context= with fewer tokens")
    if trouble.status >= 500:
        return _line(address, f"the server failed {status}{said}; its own log may say why")
    return _line(address, f"the server refused the request {status}{said}")


def _line(address: Address, what: str, *, is_hopeless: bool = False) -> ScribeError:
    return (Hopeless if is_hopeless else ScribeError)(f"{address.name}: {what}")


def _known(address: Address, models: Sequence[str]) -> str:
    if address.model in models:
        return "it has the model but not this way to ask; say ?as=base or ?as=chat"
    if models:
        more = f" and {len(models) - 8} more" if len(models) > 8 else ""
        return f"it has {', '.join(map(_short, models[:8]))}{more}"
    return "check the model's name, and that the address ends in /v1 where it should"


def _said(body: object) -> str:
    """The words in an error's body: OpenAI's, FastAPI's, or whatever text it is."""
    while isinstance(body, dict):
        body = next((body[key] for key in ("message", "detail", "error") if body.get(key)), "")
    return body if isinstance(body, str) else str(body or "")


def _short(text: str, most: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def _wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait for, from `Retry-After` (RFC 9110, 10.2.3: seconds or a date) or its kin."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        until = email.utils.parsedate_tz(headers.get("retry-after", ""))
        return max(0.0, email.utils.mktime_tz(until) - time.time()) if until else None
