"""A simulator as an LLM of LangChain.

In: prompts as text. Out: their continuations. Prompts of one batch go to the simulator in one call; what they all
begin with, up to a blank line, is their scene, so that a simulator which reads a scene once for all its voices does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from threading import Lock
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.llms import LLM
from langchain_core.outputs import Generation, GenerationChunk, LLMResult
from langchain_core.runnables import run_in_executor
from pydantic import PrivateAttr, SkipValidation

from scribe.langchain.opening import Openable, opened
from scribe.records import Completion, Prompt, Sampling, Segment
from scribe.simulators import Simulator, Streaming

_LINE = re.compile(r"^\[(\d+)\] (?:([^:\n]{1,60}): )?(.+)$", re.M)
_BULLET = re.compile(r"\s*[-*•]")


class SimulatorLLM(LLM):
    r"""Any simulator of Scribe where LangChain wants an LLM.

    `temperature`, `top_p`, `max_tokens` and `seed` may be set here, bound, or given with a call; what is given last
    holds. Lines of the prompt such as `[12] Ada: text` are shown to the simulator as a record that it may cite. One
    thread at a time has the simulator, since it holds one model.

    >>> llm = SimulatorLLM(simulator="extract", max_tokens=40)
    >>> llm.invoke("Minutes.\n\n[0] Ada: Log-loss is a proper scoring rule for forecasts.\n\n- Point:")
    ' Ada: Log-loss is a proper scoring rule for forecasts. [0]'
    """

    simulator: SkipValidation[Openable]
    """A simulator, its spec, or a model of LangChain; opened when it is first asked."""
    max_tokens: int = Sampling().max_tokens
    temperature: float = Sampling().temperature
    top_p: float = Sampling().top_p
    seed: int = Sampling().seed

    _lock: Any = PrivateAttr(default_factory=Lock)

    @cached_property
    def opened(self) -> Simulator:
        """The simulator, open."""
        return opened(self.simulator)

    @property
    def _llm_type(self) -> str:
        return "scribe"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        sampling = {key: getattr(self, key) for key in ("max_tokens", "temperature", "top_p", "seed")}
        return {"model_name": self.opened.name, "recipe": self.opened.recipe, **sampling}

    def get_num_tokens(self, text: str) -> int:
        """Tokens in `text`, as the simulator counts them."""
        return self.opened.count(text)

    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        return self._generate([prompt], stop, run_manager, **kwargs).generations[0][0].text

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 (LangChain's names)
        **kwargs: Any,
    ) -> LLMResult:
        with self._lock:
            drawn = self.opened.sample(together(prompts), self._sampling(stop, kwargs))
        return LLMResult(generations=[[_generation(one) for one in completions] for completions in drawn])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 (LangChain's names)
        **kwargs: Any,
    ) -> LLMResult:
        """In one call, as `_generate`; LLM's own would ask for one prompt after the other."""
        return await run_in_executor(None, self._generate, prompts, stop, **kwargs)

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        """Pieces as they are written, or all at once from a simulator that cannot be watched."""
        chunks = self._chunks(together([prompt]), self._sampling(stop, kwargs))
        while chunk := self._next(chunks):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _next(self, chunks: Iterator[GenerationChunk]) -> GenerationChunk | None:
        """The lock is not held between chunks: whoever reads them may ask something else meanwhile."""
        with self._lock:
            return next(chunks, None)

    def _chunks(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[GenerationChunk]:
        simulator = self.opened
        if not isinstance(simulator, Streaming):
            ((completion, *_),) = simulator.sample(prompts, sampling)
            yield GenerationChunk(text=completion.text, generation_info=_info(completion))
            return
        for piece in simulator.stream(prompts, sampling):
            told = _info(piece.completion) if piece.completion else None
            yield GenerationChunk(text=piece.text, generation_info=told)

    def _sampling(self, stop: list[str] | None, kwargs: dict[str, Any]) -> Sampling:
        chosen = {key: kwargs.get(key, getattr(self, key)) for key in ("max_tokens", "temperature", "top_p", "seed")}
        return Sampling(**chosen, stop=tuple(stop or ()))


def together(texts: Sequence[str]) -> list[Prompt]:
    r"""Prompts of one scene: what all texts begin with, up to its last blank line. Joined again they are the texts.

    >>> [p.cue for p in together(["A talk.\n\n- Point:", "A talk.\n\n- Question:"])]
    ['- Point:', '- Question:']
    """
    pairs = zip(min(texts, default=""), max(texts, default=""), strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    end = min(alike, min(map(len, texts), default=0) - 1)  # a cue has one letter at least
    blank = texts[0].rfind("\n\n", 0, end) if end > 0 else -1
    at = blank + 2 if blank >= 0 else 0
    return [
        Prompt(
            scene=text[:at],
            cue=text[at:],
            voice="continuation",
            sources=tuple(
                Segment(index=int(index), speaker=speaker or None, text=said)
                for index, speaker, said in _LINE.findall(text)
            ),
            yields="bullets" if _BULLET.match(text.rpartition("\n")[2]) else "paragraph",
        )
        for text in texts
    ]


def _generation(completion: Completion) -> Generation:
    return Generation(text=completion.text, generation_info=_info(completion))


def _info(completion: Completion) -> dict[str, str]:
    """Why it ended, in the words that LangChain's integrations use."""
    return {"finish_reason": "length" if completion.finish == "length" else "stop"}
