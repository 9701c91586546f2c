"""Asks a server, and asks again when it fails; counts what that takes.

In: the client and what to ask. Out: what the server answered, or a ScribeError when it has failed too often or for
good. This module does not know what is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from scribe.records import ScribeError
from scribe.simulators import Usage
from scribe.simulators.answers import Chunk, Tokens
from scribe.simulators.openai_api.address import Address
from scribe.simulators.openai_api.manners import Manners
from scribe.simulators.openai_api.refusals import Patience, Trouble, expected_errors, explained, trouble_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

T = TypeVar("T")

_LINGER_S = 2.0
"""Seconds for what follows an answer's end, which is only what it took."""


@dataclass
class Meter:
    """What requests took; tokens are estimated where the server does not count them."""

    prices: tuple[float, float] | None = None
    """US dollars for a million tokens read, and written."""
    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def add(self, tokens: Tokens | None, read: Callable[[], int], written: Callable[[], int]) -> None:
        """Count one answer."""
        told = tokens or Tokens()
        self.prompt_tokens += read() if told.prompt_tokens is None else told.prompt_tokens
        self.cached_tokens += told.cached
        self.completion_tokens += written() if told.completion_tokens is None else told.completion_tokens

    def usage(self) -> Usage:
        """All of it so far."""
        cost = None
        if self.prices is not None:
            cost = (self.prompt_tokens * self.prices[0] + self.completion_tokens * self.prices[1]) / 1e6
        return Usage(
            requests=self.requests,
            retries=self.retries,
            prompt_tokens=self.prompt_tokens,
            cached_tokens=self.cached_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=cost,
        )


class Asking:
    """One server, and how it is asked."""

    def __init__(self, address: Address, manners: Manners, meter: Meter, patience: Patience) -> None:
        self.address, self.manners, self.meter, self.patience = address, manners, meter, patience

    def client(self) -> AsyncOpenAI:
        """A client for this server; raises ScribeError where a key is wanted and there is none."""
        return self.address.client()

    async def patiently(self, client: AsyncOpenAI, once: Callable[[], Awaitable[T]]) -> T:
        """Do what may raise Trouble until it is done; raise ScribeError when it has failed too often, or for good."""
        failed = 0
        while True:
            try:
                return await once()
            except Trouble as found:
                trouble = found
            if self.manners.learn(trouble):
                continue
            failed += 1
            if not trouble.is_passing or failed >= self.patience.allowed(trouble):
                raise await self._explained(client, trouble, failed)
            self.meter.retries += 1
            await asyncio.sleep(self.patience.pause_s(failed, trouble))

    async def models(self, client: AsyncOpenAI) -> list[dict[str, Any]]:
        """What the server says of its models; raises Trouble."""
        said = await self._heard(client.get("/models", cast_to=object))
        found = said.get("data") if isinstance(said, dict) else None
        return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    async def answer(self, client: AsyncOpenAI, path: str, body: Mapping[str, Any]) -> object:
        """Ask for an answer in one piece; raises Trouble."""
        self.meter.requests += 1
        return await self._heard(client.post(path, cast_to=object, body=body))

    async def stream(self, client: AsyncOpenAI, path: str, body: Mapping[str, Any]) -> AsyncStream[object]:
        """Ask for an answer as it comes; raises Trouble."""
        from openai import AsyncStream

        self.meter.requests += 1
        return await self._heard(
            client.post(path, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object])
        )

    async def next_of(self, stream: AsyncStream[object], *, is_over: bool) -> Chunk | None:
        """The next chunk of a stream, None at its end, which is soon once the answer is over; raises Trouble."""
        within_s = min(_LINGER_S, self.patience.timeout_s) if is_over else self.patience.timeout_s
        said = await self._heard(anext(stream, None), within_s=within_s, is_answering=True)
        try:
            return None if said is None else Chunk.model_validate(said)
        except ValueError:
            trouble = Trouble("broken", f"what came is no completion: {self.address.without_secrets(repr(said))}")
        raise trouble

    async def _heard(self, answer: Awaitable[T], *, within_s: float | None = None, is_answering: bool = False) -> T:
        """What the client answers within the time allowed; raises Trouble, from which no error of the client hangs."""
        try:
            async with asyncio.timeout(within_s or self.patience.timeout_s):
                return await answer
        except expected_errors() as error:
            trouble = trouble_of(error, self.address, is_answering=is_answering)
        raise trouble

    async def _explained(self, client: AsyncOpenAI, trouble: Trouble, failed: int) -> ScribeError:
        names: list[str] = []
        if trouble.status == 404:
            try:
                names = [str(entry.get("id")) for entry in await self.models(client)]
            except Trouble:
                names = []
        return explained(trouble, self.address, self.patience, failed, names)
