"""Log-probabilities of given text, from a server of completions that repeats a prompt with its own.

In: a prefix and what may follow it. Out: the log-probabilities of what follows. This module draws nothing.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from pydantic import BaseModel

from scribe.simulators import CannotScore, Score
from scribe.simulators.answers import Tokens
from scribe.simulators.openai_api.asking import Asking
from scribe.simulators.openai_api.refusals import Trouble

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class _Logprobs(BaseModel):
    tokens: list[str]
    token_logprobs: list[float | None]
    text_offset: list[int] | None = None


class _Choice(BaseModel):
    text: str
    logprobs: _Logprobs | None = None


class _Scored(BaseModel):
    choices: list[_Choice]
    usage: Tokens | None = None


async def score(asking: Asking, client: AsyncOpenAI, prefix: str, continuation: str) -> Score:
    """Score one continuation; raises CannotScore where the server does not repeat the prompt with log-probabilities.

    One token is asked for, since some servers refuse none, and left aside.
    """
    refusal = f"{asking.address.name}: the server does not give the log-probabilities of a prompt"
    body = {
        "model": asking.address.model,
        "prompt": prefix + continuation,
        "echo": True,
        "logprobs": 1,
        "max_tokens": 1,
        "temperature": 0,
    }

    async def once() -> object:
        try:
            return await asking.answer(client, "/completions", body)
        except Trouble as trouble:
            if trouble.status in (400, 422) and not trouble.is_too_long:
                return None
            raise

    said = await asking.patiently(client, once)
    try:
        scored = _Scored.model_validate(said)
        choice = scored.choices[0]
    except (ValueError, IndexError):
        raise CannotScore(refusal) from None
    logprobs = choice.logprobs
    if logprobs is None or not choice.text.startswith(prefix + continuation):
        raise CannotScore(refusal)
    asking.meter.add(scored.usage, lambda: len(logprobs.tokens), lambda: 1)
    found = _after(logprobs, len(prefix), len(prefix) + len(continuation))
    if found is None:
        raise CannotScore(f"{asking.address.name}: the server left out the log-probability of a token")
    return Score(token_logprobs=found)


def _after(said: _Logprobs, begin: int, end: int) -> tuple[float, ...] | None:
    """Log-probabilities of the tokens that end after `begin` and start before `end`; None if one is missing.

    A token that lies across the boundary is counted: without it the continuation's first letters would come for
    nothing. Offsets are characters; where the server gives none, they are the tokens' own lengths.
    """
    starts = said.text_offset or [0, *accumulate(map(len, said.tokens))][:-1]
    stops = [*starts[1:], end]
    wanted = [
        value
        for start, stop, value in zip(starts, stops, said.token_logprobs, strict=False)
        if stop > begin and start < end
    ]
    if not wanted or any(value is None or not math.isfinite(value) for value in wanted):
        return None
    return tuple(value for value in wanted if value is not None)
