"""Models behind a server of OpenAI's interface: `openai:MODEL@URL`.

In: prompts. Out: completions, as they come, and log-probabilities where the server gives them. vLLM, SGLang, llama.cpp,
Ollama, LM Studio, `transformers serve` and the hosted ones answer this interface, each in its own way; what they differ
in is learnt from their answers.

In reading order: this file, `address` (where the server is, and the key), `fanning` (many requests at once), `drawing`
(one completion), `manners` (how a server likes to be asked), `asking` (asking again), `refusals` (what errors mean),
`listing` (a model's context), `scoring`. What of an answer is text is for `scribe.simulators.answers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from scribe import hub
from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.simulators import CannotScore, Piece, Score, Usage, collected
from scribe.simulators.counting import estimated_tokens
from scribe.simulators.openai_api.address import Address, address_of
from scribe.simulators.openai_api.asking import Asking, Meter
from scribe.simulators.openai_api.drawing import Drawing
from scribe.simulators.openai_api.fanning import fan_out, pumped
from scribe.simulators.openai_api.listing import context_of, models
from scribe.simulators.openai_api.manners import Manners
from scribe.simulators.openai_api.refusals import Hopeless, Patience
from scribe.simulators.openai_api.scoring import score
from scribe.simulators.specs import FORMS, Spec

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONTEXT = 8192
"""Tokens, where neither the spec nor the server says."""

CONCURRENCY = 8
"""Requests at once, where the spec does not say."""


class _Job(NamedTuple):
    place: int
    prompt: Prompt
    sample: int


class OpenAI:
    """The simulator of a spec `openai:MODEL@URL`.

    It is asked by chat, unless the spec says `?as=base`: then it is given the prompt's bytes and nothing else. Nothing
    is sent before something is asked for; `context` asks the server for its models, once.
    """

    def __init__(
        self,
        address: Address,
        *,
        form: Literal["base", "chat"] = "chat",
        prefill: Literal["yes", "no", "auto"] = "auto",
        context: int | None = None,
        concurrency: int = CONCURRENCY,
        prices: tuple[float, float] | None = None,
        tokenizer: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`prices` are US dollars for a million tokens read, cached or not, and written."""
        is_prefilled = prefill == "yes" or (prefill == "auto" and not address.is_official)
        manners = Manners(form=form, prefill=prefill, is_prefilled=is_prefilled)
        self._meter = Meter(prices)
        self._asking = Asking(address, manners, self._meter, patience or Patience())
        self._context, self._concurrency, self._tokenizer = context, concurrency, tokenizer

    @classmethod
    def open(cls, spec: Spec, *, concurrency: int | None = None, patience: Patience | None = None) -> Self:
        """Open a spec; raise ScribeError for an option or an address that cannot be. `patience` is for tests' sake."""
        address = address_of(spec)
        spec = spec.model_copy(update={"text": address.name})
        return cls(
            address,
            form=spec.one_of("as", FORMS) or "chat",  # type: ignore[arg-type]
            prefill=spec.one_of("prefill", ("yes", "no", "auto")) or "auto",  # type: ignore[arg-type]
            context=spec.number("context"),
            concurrency=concurrency or spec.number("concurrency") or CONCURRENCY,
            prices=_prices(spec),
            tokenizer=spec.options.get("tokenizer"),
            patience=patience or Patience(timeout_s=spec.number("timeout") or Patience.timeout_s),
        )

    @property
    def name(self) -> str:
        """The spec it was opened with, without a password."""
        return self._asking.address.name

    @property
    def recipe(self) -> str:
        """Model, server, and the form in which prompts are said to it."""
        address, manners = self._asking.address, self._asking.manners
        form = manners.form if manners.form == "base" else f"chat prefill={manners.prefill}"
        return f"openai/1 {address.model} at {address.url} as={form}"

    @cached_property
    def context(self) -> int:
        """Tokens: what the spec says, else the server, else 8192; raises ScribeError where it cannot be reached."""
        if self._context is not None:
            return self._context
        asking = self._asking

        async def ask(put: Callable[[list[dict[str, Any]]], None]) -> None:
            async with asking.client() as client:
                put(await asking.patiently(client, lambda: models(asking, client)))

        (entries,) = pumped(ask)
        return context_of(asking.address.model, entries) or CONTEXT

    @property
    def usage(self) -> Usage:
        """What was asked and answered since it was opened; tokens are estimated where the server counts none."""
        return self._meter.usage()

    def count(self, text: str) -> int:
        """Tokens in `text`: by the spec's tokenizer, else an estimate that leans to too many.

        Raises ScribeError where the spec names a tokenizer that is not there.
        """
        return self._tokens(text)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt; sample `k` is drawn with the seed `sampling.seed + k`, where the server takes seeds."""
        with closing(self.stream(prompts, sampling)) as pieces:
            return collected(pieces, len(prompts), sampling.samples)

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Generator[Piece]:
        """Continue each prompt, piece by piece; raise the first error when all others are finished.

        Of each scene one completion is begun first, and the others when the server has read the scene.
        """
        scenes: dict[str, list[_Job]] = {}
        for place, prompt in enumerate(prompts):
            scenes.setdefault(prompt.scene, []).extend(_Job(place, prompt, k) for k in range(sampling.samples))
        failures: list[ScribeError] = []

        async def work(put: Callable[[Piece], None]) -> None:
            async with self._asking.client() as client:

                async def draw(job: _Job, on_begun: Callable[[], None]) -> None:
                    if any(isinstance(failure, Hopeless) for failure in failures):
                        return
                    try:
                        await self._draw(client, job, sampling, put, on_begun)
                    except ScribeError as failure:
                        failures.append(failure)

                is_met = self._asking.manners.is_met
                await fan_out(list(scenes.values()), draw, limit=self._concurrency, is_met=is_met)

        yield from pumped(work)
        if failures:
            more = f" ({len(failures)} completions failed)" if len(failures) > 1 else ""
            raise ScribeError(f"{failures[0]}{more}")

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        """Score each continuation of a base model; raise CannotScore for a chat model, and where the server cannot.

        A token that lies across the end of `prefix` is counted as the continuation's.
        """
        if self._asking.manners.form == "chat":
            raise CannotScore(
                f"{self.name}: a chat server does not score text; say ?as=base if it answers /completions"
            )
        places = [place for place, continuation in enumerate(continuations) if continuation]
        found = [Score(token_logprobs=())] * len(continuations)
        failures: list[ScribeError] = []

        async def work(put: Callable[[tuple[int, Score]], None]) -> None:
            async with self._asking.client() as client:

                async def draw(place: int, _: Callable[[], None]) -> None:
                    if failures:
                        return
                    try:
                        put((place, await score(self._asking, client, prefix, continuations[place])))
                    except ScribeError as failure:
                        failures.append(failure)

                await fan_out([places] if places else [], draw, limit=self._concurrency, is_met=True)

        for place, scored in pumped(work):
            found[place] = scored
        if failures:
            raise failures[0]
        return found

    async def _draw(
        self,
        client: AsyncOpenAI,
        job: _Job,
        sampling: Sampling,
        put: Callable[[Piece], None],
        on_begun: Callable[[], None],
    ) -> None:
        """Draw one completion and put its pieces."""
        said = 0

        def on_text(text: str) -> None:
            nonlocal said
            said += len(text)
            put(Piece(job.place, job.sample, text))

        drawing = Drawing(
            *(self._asking, job.prompt, sampling, job.sample), count=self.count, on_text=on_text, on_begun=on_begun
        )
        completion = await drawing.draw(client)
        put(Piece(job.place, job.sample, completion.text[said:], completion))

    @cached_property
    def _tokens(self) -> Callable[[str], int]:
        """What counts tokens; a tokenizer is fetched where it is not here yet."""
        if self._tokenizer is None:
            return estimated_tokens
        from scribe.simulators.hf.tokens import Tokens

        return Tokens.open(_folder_of(self._tokenizer), "base").count


def _folder_of(tokenizer: str) -> Path:
    """A folder as it stands, else what the model hub has of a tokenizer."""
    from scribe.simulators.hf.places import TOKENIZERS

    folder = Path(tokenizer).expanduser()
    if folder.is_dir() or not hub.is_name(tokenizer):
        return folder
    files = ("config.json", "tokenizer_config.json", *TOKENIZERS, "merges.txt")
    found = hub.snapshot(tokenizer, files)
    if found is not None and any((found / name).is_file() for name in TOKENIZERS):
        return found
    return hub.download(
        tokenizer, files, what=f"tokens of {tokenizer!r}", otherwise="name its folder: ?tokenizer=FOLDER"
    )


def _prices(spec: Spec) -> tuple[float, float] | None:
    written = spec.options.get("prices")
    if written is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)", written)
    if not found:
        raise ScribeError(
            f"{spec.text}: expected two prices such as 'prices=0.5/1.5', in US dollars for a million tokens read and "
            f"written, found {written!r}"
        )
    return float(found[1]), float(found[2])
