"""What a model of LangChain tells of a call: why it ended, and what it took.

In: LangChain's results. Out: a `Completion`'s finish, and `Usage`. Each provider says it in words of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scribe.records import Completion
from scribe.simulators import Usage
from scribe.simulators.answers import Answer

if TYPE_CHECKING:
    from langchain_core.outputs import Generation, LLMResult


def listener() -> Any:
    """A callback that keeps what a model told at its end: `stream` of an LLM gives the text and nothing else."""
    from langchain_core.callbacks import BaseCallbackHandler

    class Listener(BaseCallbackHandler):
        result: LLMResult | None = None

        def on_llm_end(self, response: LLMResult, **_: Any) -> None:
            self.result = response

    return Listener()


def completion_of(answer: Answer, generation: Generation | None) -> Completion:
    """An answer, and why it ended as the integration tells it; without a word of that, it ended by itself."""
    if answer.finish:
        return Completion(text=answer.text, finish=answer.finish)
    message = getattr(generation, "message", None)
    told = {**((generation and generation.generation_info) or {}), **getattr(message, "response_metadata", {})}
    reasons = [str(told.get(key) or "").lower() for key in ("finish_reason", "stop_reason", "done_reason")]
    if any("length" in reason or "max_tokens" in reason for reason in reasons):
        return Completion(text=answer.text, finish="length")
    return Completion(text=answer.text, finish="stop" if "stop_sequence" in reasons else "end")


def usage_of(result: LLMResult) -> Usage:
    """What one call took: a chat model's messages tell it, an LLM's result where its integration does."""
    used = Usage(requests=1)
    for drawn in result.generations:
        told = getattr(getattr(drawn[0], "message", None), "usage_metadata", None)
        if told:
            read, details = told["input_tokens"], told.get("input_token_details") or {}
            cached = details.get("cache_read") or 0
            used = total(used, Usage(prompt_tokens=read, cached_tokens=cached, completion_tokens=told["output_tokens"]))
    told = (result.llm_output or {}).get("token_usage") or {}
    if not (used.prompt_tokens or used.completion_tokens) and isinstance(told, dict):
        read, written = told.get("prompt_tokens") or 0, told.get("completion_tokens") or 0
        used = total(used, Usage(prompt_tokens=read, completion_tokens=written))
    return used


def total(one: Usage, other: Usage) -> Usage:
    """Two usages added; LangChain tells neither retries nor prices."""
    return Usage(
        requests=one.requests + other.requests,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
    )
