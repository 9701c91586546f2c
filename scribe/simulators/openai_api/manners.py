"""How a server likes to be asked: what has been learnt of it, and the request made from that.

In: a prompt, how to draw, and what a server has refused so far. Out: the body of a request, of OpenAI's interface. This
module sends nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scribe.frames import CHAT_WRAPPER, as_chat
from scribe.records import Prompt, Sampling
from scribe.simulators.answers import Answer
from scribe.simulators.openai_api.refusals import Trouble

MOST_STOPS = 4
"""Stop strings a server is sent: OpenAI's limit. All of them are kept to here."""

_DISPENSABLE = (
    *("continue_final_message", "add_generation_prompt", "stream_options", "logprobs", "seed", "stop", "top_p"),
    "temperature",
)
"""What a request can do without, if the server says that it knows no such thing."""

_ROOM_FOR_THOUGHT = 2048
"""Tokens that a model which thinks before it writes is given for that, once it has been seen to."""


Form = Literal["base", "chat"]
Prefill = Literal["yes", "no", "auto"]


@dataclass
class Manners:
    """What has been learnt of a server."""

    form: Form
    prefill: Prefill
    is_prefilled: bool
    """Whether the cue's last line is said as the beginning of the assistant's turn."""
    dropped: set[str] = field(default_factory=set)
    limit: str = "max_tokens"
    """What it calls the most tokens to write."""
    thinks: bool = False
    is_met: bool = False
    """Whether it has ever answered."""

    def learn(self, trouble: Trouble) -> bool:
        """Whether another request, without what the server named, is worth sending at once."""
        asked = trouble.asked
        if trouble.status not in (400, 422) or trouble.is_too_long:
            return False
        if "max_completion_tokens" in trouble.said and "max_tokens" in asked:
            self.limit = "max_completion_tokens"
            return True
        named = {
            n for n in _DISPENSABLE if n in asked and re.search(rf"\b{n}\b", f"{trouble.parameter} {trouble.said}")
        }
        if named:
            self.dropped |= named
            self._doubt_prefill("continue_final_message" in named)
            return True
        return self._doubt_prefill(is_answer_begun(asked))

    def note(self, answer: Answer, asked: Mapping[str, Any]) -> None:
        """Learn from an answer: a server that says the cue again has begun a turn of its own."""
        self.is_met = True
        self.thinks |= answer.has_thought
        self._doubt_prefill(answer.is_repeating and is_answer_begun(asked))

    def _doubt_prefill(self, why: bool) -> bool:
        """Say the whole prompt in the user's turn from now on, if there is reason to and the spec leaves it open."""
        self.is_prefilled &= not (why and self.prefill == "auto")
        return why and self.prefill == "auto"


def request(model: str, manners: Manners, prompt: Prompt, sampling: Sampling, *, seed: int) -> dict[str, Any]:
    """The body of a request for one completion.

    A base model is sent the prompt's bytes. A chat model is sent them as `frames.as_chat` has them, or all in the
    user's turn where the server does not go on with an assistant's turn. A stop string that stands in the cue is not
    sent to a chat model: an answer that says the cue again would end there.
    """
    body: dict[str, Any] = {"model": model, "stream": True, "stream_options": {"include_usage": True}, "seed": seed}
    stops = [stop for stop in sampling.stop if stop and not manners.thinks]
    if manners.form == "base":
        body |= {"prompt": prompt.text, "logprobs": 1}
    else:
        turns = as_chat(prompt)
        if not manners.is_prefilled or not turns[-1]["content"].strip():
            turns = [{"role": "user", "content": CHAT_WRAPPER + prompt.text}]
        body |= {"messages": turns, "logprobs": True}
        stops = [stop for stop in stops if stop not in prompt.cue]
        if is_answer_begun(body):  # vLLM and SGLang ask for both; llama.cpp and Ollama go on with such a turn anyway
            body |= {"continue_final_message": True, "add_generation_prompt": False}
    body[manners.limit] = sampling.max_tokens + manners.thinks * _ROOM_FOR_THOUGHT
    body["temperature"] = sampling.temperature
    if sampling.top_p < 1:
        body["top_p"] = sampling.top_p
    if stops:
        body["stop"] = stops[:MOST_STOPS]
    return {name: value for name, value in body.items() if name not in manners.dropped}


def is_answer_begun(body: Mapping[str, Any]) -> bool:
    """Whether a request ends in an assistant's turn."""
    return any(turn["role"] == "assistant" for turn in body.get("messages", ()))
