"""One completion, drawn from a server and read as it comes.

In: a prompt and how to draw. Out: its completion, and its text piece by piece. This module does not know how many
completions are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scribe.records import Completion, Prompt, Sampling
from scribe.simulators.answers import Answer, Choice, Tokens
from scribe.simulators.openai_api.asking import Asking
from scribe.simulators.openai_api.manners import is_answer_begun, request
from scribe.simulators.openai_api.refusals import Trouble

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_LONGEST_TOKEN = 16
"""Characters: text with more than these for each token asked for is not what was asked for, and is cut."""


class Drawing:
    """The `k`-th completion of a prompt, being drawn.

    An answer that breaks off is gone on with from where it broke off: what has been handed on is part of the document
    then. An empty answer is drawn again, once, with another seed.
    """

    def __init__(
        self,
        asking: Asking,
        prompt: Prompt,
        sampling: Sampling,
        k: int,
        *,
        count: Callable[[str], int],
        on_text: Callable[[str], None],
        on_begun: Callable[[], None],
    ) -> None:
        """`on_text` is handed the text as it comes; `on_begun` is called when the server has read the prompt."""
        self._asking, self._prompt, self._sampling = asking, prompt, sampling
        self._seed = sampling.seed + k
        self._count, self._on_text, self._on_begun = count, on_text, on_begun
        self._written = ""
        self._logprobs: tuple[float, ...] | None = ()

    async def draw(self, client: AsyncOpenAI) -> Completion:
        """Ask until there is a completion; raises ScribeError."""
        answer = await self._asking.patiently(client, lambda: self._once(client))
        if not (self._written + answer.text).strip():
            self._seed += self._sampling.samples
            self._asking.meter.retries += 1
            answer = await self._asking.patiently(client, lambda: self._once(client))
        self._keep(answer)
        return Completion(text=self._written, finish=answer.finish or "end", token_logprobs=self._logprobs or None)

    async def _once(self, client: AsyncOpenAI) -> Answer:
        """One answer; raises Trouble."""
        manners, written = self._asking.manners, self._written
        prompt = self._prompt.model_copy(update={"cue": self._prompt.cue + written})
        left = max(1, self._sampling.max_tokens - self._count(written))
        wanted = self._sampling.model_copy(update={"max_tokens": left})
        body = request(self._asking.address.model, manners, prompt, wanted, seed=self._seed)
        goes_on = manners.form == "base" or (bool(written) and is_answer_begun(body))
        answer = Answer(prompt, self._sampling.stop, is_turn=not goes_on)
        try:
            await self._read(client, body, answer)
        except Trouble as trouble:
            trouble.asked = body
            self._keep(answer)
            raise
        manners.note(answer, body)
        return answer

    async def _read(self, client: AsyncOpenAI, body: Mapping[str, Any], answer: Answer) -> None:
        """Read an answer to its end, or to where a stop string or far too much text stands; raises Trouble."""
        asking = self._asking
        room = _LONGEST_TOKEN * int(body[asking.manners.limit]) + 64
        tokens: Tokens | None = None
        heard = ""
        stream = await asking.stream(client, "/completions" if "prompt" in body else "/chat/completions", body)
        try:
            async with stream:
                while answer.finish != "stop" and len(heard) < room:
                    try:
                        chunk = await asking.next_of(stream, is_over=answer.finish is not None)
                    except Trouble:
                        if answer.finish is None:
                            raise
                        break  # all of the answer is here; only what it took is not
                    if chunk is None:
                        break
                    tokens = chunk.usage or tokens
                    for choice in (chunk.choices or [])[: answer.finish is None]:
                        text = choice.written[: room - len(heard)]
                        heard += text + choice.thought
                        self._take(choice, text, answer, body, is_cut=len(heard) >= room)
                        if heard and (answer.text or asking.manners.is_met):
                            self._on_begun()
        finally:
            asking.meter.add(tokens, lambda: self._count(self._prompt.text), lambda: self._count(heard))
        if answer.finish is None:
            raise Trouble("broken", "the stream ended before the answer did")

    def _take(self, choice: Choice, text: str, answer: Answer, body: Mapping[str, Any], *, is_cut: bool) -> None:
        """Take in a part of the answer and hand on what has settled; white space alone is not yet an answer."""
        reason = "length" if is_cut else choice.finish_reason
        answer.has_thought |= bool(choice.thought)
        new = answer.add(text, choice.logprobs, is_ended=bool(reason))
        if reason and answer.finish is None:
            is_stopped = isinstance(choice.stop_reason, str)
            answer.finish = "length" if reason == "length" else "stop" if is_stopped else "end"
        if new and answer.text.strip():
            self._asking.manners.note(answer, body)
            self._on_text(new)

    def _keep(self, answer: Answer) -> None:
        """Make what an answer said part of the completion."""
        if answer.text:
            found = answer.token_logprobs()
            self._logprobs = None if self._logprobs is None or found is None else self._logprobs + found
        self._written += answer.text
