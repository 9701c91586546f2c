"""What a server streams back, as text that continues a prompt.

In: the chunks of one answer. Out: the text that belongs after the prompt's last byte, as soon as no later chunk can
change it. A model's thoughts, a prompt or a cue said again, and all from a stop string on are left out. This module
does not know how a server is asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from scribe.frames import CHAT_WRAPPER
from scribe.records import Prompt

Finish = Literal["stop", "length", "end"]

_THOUGHT = ("<think>", "</think>")

_NEW_LINE = "-*#•"
"""A turn that begins with one of these begins a new line of the document."""


class Delta(BaseModel):
    """A chat answer's part; servers tell thoughts from text in one of two ways."""

    content: str | None = None
    reasoning_content: Any = None
    reasoning: Any = None


class Choice(BaseModel):
    """A part of the answer; `text` for completions, `delta` for chat. What else a server sends is left aside."""

    text: str | None = None
    delta: Delta | None = None
    finish_reason: str | None = None
    stop_reason: Any = None
    """vLLM's: the stop string that was met."""
    logprobs: Any = None

    @property
    def written(self) -> str:
        """Text for the reader."""
        return self.text or (self.delta and self.delta.content) or ""

    @property
    def thought(self) -> str:
        """Text that is not for the reader."""
        said = self.delta and (self.delta.reasoning_content or self.delta.reasoning)
        return said if isinstance(said, str) else ""


class Tokens(BaseModel):
    """What a request took, as the server counts it."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: Any = None

    @property
    def cached(self) -> int:
        """Prompt tokens that the server had read before."""
        details = self.prompt_tokens_details
        found = details.get("cached_tokens") if isinstance(details, dict) else None
        return found if isinstance(found, int) else 0


class Chunk(BaseModel):
    """One event of a stream, or a whole answer."""

    choices: list[Choice] | None = None
    usage: Tokens | None = None


class Settled(NamedTuple):
    """What of an answer no later chunk can change: `lead + raw[begin:end]`."""

    lead: str
    begin: int
    end: int
    is_stopped: bool = False
    is_repeating: bool = False
    """Whether it began with the prompt or the cue said again."""


def settled(raw: str, prompt: Prompt, stops: Sequence[str], *, is_turn: bool, is_ended: bool) -> Settled:
    """Find the text in an answer so far; it only ever grows as `raw` does.

    `is_turn` says that the answer is a turn of its own: it has no white space where the document has some after its
    cue, so a space is put there, or a line break where the turn begins with a bullet or a heading.
    """
    nothing = Settled("", len(raw), len(raw))
    begin = _after_thought(raw, is_ended=is_ended)
    after = _after_echo(raw, begin, prompt, is_ended=is_ended) if begin is not None else None
    if begin is None or after is None:
        return nothing
    is_repeating = after > begin
    lead = ""
    if is_turn and not is_repeating:
        after = len(raw) - len(raw[after:].lstrip())
        if prompt.cue and not prompt.cue[-1].isspace() and after < len(raw):
            lead = "\n" if raw[after] in _NEW_LINE else " "
    found = [at for stop in stops if stop and (at := raw.find(stop, after)) >= 0]
    if found:
        return Settled(lead, after, min(found), is_stopped=True, is_repeating=is_repeating)
    end = len(raw) if is_ended else len(raw) - _held_back(raw[after:], stops)
    if not is_ended and not raw[after:end].strip():
        return nothing
    return Settled(lead, after, end, is_repeating=is_repeating)


def _after_thought(raw: str, *, is_ended: bool) -> int | None:
    """Where an answer goes on after its `<think>` block; None while that is open."""
    start = len(raw) - len(raw.lstrip())
    opening, closing = _THOUGHT
    if not raw.startswith(opening, start):
        return None if not is_ended and opening.startswith(raw[start:]) else 0
    end = raw.find(closing)
    return end + len(closing) if end >= 0 else (len(raw) if is_ended else None)


def _after_echo(raw: str, begin: int, prompt: Prompt, *, is_ended: bool) -> int | None:
    """Where an answer goes on after the prompt or the cue said again; None while it may still turn out to be one."""
    start = len(raw) - len(raw[begin:].lstrip())
    for echo in (CHAT_WRAPPER + prompt.text, prompt.text, prompt.cue, prompt.cue.rpartition("\n")[2]):
        said = echo.strip()
        if said and raw.startswith(said, start):
            end = start + len(said)
            tail = echo[len(echo.rstrip()) :]
            return end + len(tail) if raw.startswith(tail, end) else end
        if not is_ended and said.startswith(raw[start:]):
            return None
    return begin


def _held_back(text: str, stops: Sequence[str]) -> int:
    """How many characters at the end of `text` may be the beginning of a stop string."""
    return max((n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])), default=0)


class Answer:
    """One answer as it comes in."""

    def __init__(self, prompt: Prompt, stops: Sequence[str], *, is_turn: bool) -> None:
        self._prompt, self._stops, self._is_turn = prompt, stops, is_turn
        self._raw = ""
        self._span = (0, 0)
        self._logprobs: list[tuple[int, float]] = []
        self._has_logprobs = True
        self.text = ""
        """What is settled of it."""
        self.finish: Finish | None = None
        self.has_thought = False
        self.is_repeating = False

    def add(self, text: str, logprobs: object, *, is_ended: bool = False) -> str:
        """Take in the next text; give back what has settled since."""
        if text:
            found = list(_token_logprobs(logprobs, len(self._raw)))
            self._has_logprobs &= bool(found)
            self._logprobs += found
        self._raw += text
        self.has_thought |= self._raw.lstrip().startswith(_THOUGHT[0])
        now = settled(self._raw, self._prompt, self._stops, is_turn=self._is_turn, is_ended=is_ended)
        self.is_repeating |= now.is_repeating
        if now.is_stopped:
            self.finish = "stop"
        self._span = (now.begin, now.end)
        before, self.text = self.text, now.lead + self._raw[now.begin : now.end]
        return self.text[len(before) :]

    def token_logprobs(self) -> tuple[float, ...] | None:
        """Of the tokens that begin in the text, in nats; None where the server left some out."""
        if not (self._has_logprobs and self._logprobs):
            return None
        begin, end = self._span
        return tuple(value for start, value in self._logprobs if begin <= start < end)


def _token_logprobs(logprobs: object, start: int) -> list[tuple[int, float]]:
    """Each token's first character and log-probability, as completions or chat give them; none if any is amiss."""
    found = logprobs if isinstance(logprobs, dict) else {}
    if isinstance(content := found.get("content"), list):
        tokens = [(t.get("token"), t.get("logprob")) if isinstance(t, dict) else (None, None) for t in content]
    else:
        tokens = list(zip(found.get("tokens") or (), found.get("token_logprobs") or (), strict=False))
    placed: list[tuple[int, float]] = []
    for token, value in tokens:
        if not isinstance(token, str) or not isinstance(value, int | float) or not math.isfinite(value):
            return []
        placed.append((start, float(value)))
        start += len(token)
    return placed
