"""What a server says of its models: a list in, the context of one of them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scribe.simulators.openai_api.asking import Asking
from scribe.simulators.openai_api.refusals import Trouble

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_CONTEXT_NAMES = (
    *("max_model_len", "n_ctx", "loaded_context_length", "context_length", "context_window", "max_context_length"),
    "n_ctx_train",
)
"""What servers call a model's context in their list of models: vLLM and SGLang; llama.cpp (under `meta`); LM Studio;
OpenRouter and Together; Groq; Mistral; llama.cpp again."""


async def models(asking: Asking, client: AsyncOpenAI) -> list[dict[str, Any]]:
    """The server's models; none where it does not say. `transformers serve` fails at this with status 500."""
    try:
        return await asking.models(client)
    except Trouble as trouble:
        if trouble.kind == "broken" or trouble.status in (404, 405, 500, 501):
            return []
        raise


def context_of(model: str, entries: Sequence[dict[str, Any]]) -> int | None:
    """A model's context in a server's list of models, or that of the only model there is; None where it is not said."""
    mine = [entry for entry in entries if entry.get("id") == model] or (list(entries) if len(entries) == 1 else [])
    for entry in mine:
        meta = entry.get("meta")
        said = {**(meta if isinstance(meta, dict) else {}), **entry}
        for name in _CONTEXT_NAMES:
            if isinstance(found := said.get(name), int) and found > 0:
                return found
    return None
