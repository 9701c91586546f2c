"""`langchain:MODULE:CLASS?argument=…`: any chat model or LLM of LangChain as a simulator.

In: prompts. Out: their continuations. A chat model is shown the document as a message and the cue's last line as the
answer begun; an LLM is given the document itself. Which classes may be named, and how they are made, is in
`integrations`. Besides the class's own arguments a spec may have:

- `as`: `chat` or `base`; a chat model is told to continue the document, an LLM is not, unless this says otherwise;
- `prefill=false`: show a chat model the whole document in one message, for providers that refuse an answer begun;
- `context`: tokens that the model can read and write together; else what its profile says, else 8192;
- `concurrency`: prompts asked at once; 8, but an LLM writes one at a time when it is watched, since many that run
  here cannot do two.

An argument of a class that has one of these names cannot be given. What LangChain has no word for is set on the model,
where it has such a field and the spec did not set it: `temperature`, `max_tokens` (or `max_output_tokens`,
`max_new_tokens`, `num_predict`), `seed` (another for each sample), and `top_p` where it is below 1. A field that a
model has and its provider refuses is left alone by `top_p=null`. Stop strings hold for every model: the text is cut at
them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import groupby
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from scribe.frames import CHAT_WRAPPER, as_chat
from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.simulators import CannotScore, Piece, Score, Usage, collected
from scribe.simulators.answers import Answer
from scribe.simulators.counting import estimated_tokens
from scribe.simulators.integrations import first_line, is_secret, make, names_of
from scribe.simulators.langchain_results import completion_of, listener, total, usage_of
from scribe.simulators.specs import FORMS, Spec

if TYPE_CHECKING:
    from langchain_core.language_models import BaseLanguageModel
    from langchain_core.outputs import LLMResult
    from langchain_core.prompt_values import PromptValue
    from langchain_core.runnables import RunnableConfig

OWN = ("as", "prefill", "context", "concurrency")
"""Options of a spec that are not handed to the class."""

CONTEXT = 8_192
CONCURRENCY = 8

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "max_tokens": ("max_tokens", "max_output_tokens", "max_new_tokens", "num_predict"),
    "seed": ("seed",),
}
"""What the integrations of OpenAI, Anthropic, Google, Hugging Face and Ollama call the fields of `Sampling`."""


class _Ask(NamedTuple):
    """One completion that is wanted."""

    prompt: int
    sample: int
    shown: Prompt


class _Job(NamedTuple):
    """What one call of the model is asked for."""

    model: BaseLanguageModel[Any]
    asks: tuple[_Ask, ...]


class LangChain:
    """A model of LangChain that continues documents. It is a `Simulator`, `Streaming` and `Metered`."""

    def __init__(
        self,
        model: BaseLanguageModel[Any],
        *,
        name: str | None = None,
        package: str = "",
        given: Mapping[str, object] | None = None,
        form: str | None = None,
        prefill: bool = True,
        context: int | None = None,
        concurrency: int | None = None,
    ) -> None:
        """Take a model as it is; `given` are the arguments it was made with, which no `Sampling` changes."""
        from langchain_core.language_models import BaseChatModel

        path = f"{type(model).__module__}:{type(model).__qualname__}"
        self.model = model
        self.name = name or f"langchain:{path}"
        self._given = _plain(model) if given is None else given
        self._is_chat_model = isinstance(model, BaseChatModel)
        self._form = form or ("chat" if self._is_chat_model else "base")
        self._prefill = prefill and self._is_chat_model and self._form == "chat"
        self.context = context or (getattr(model, "profile", None) or {}).get("max_input_tokens") or CONTEXT
        self._group = concurrency or CONCURRENCY
        self._threads = concurrency or (CONCURRENCY if self._is_chat_model else 1)
        told = " ".join(f"{key}={value!r}" for key, value in sorted(self._given.items()))
        shown = f"as={self._form} prefill={str(self._prefill).lower()}"
        self.recipe = " ".join(filter(None, ("langchain/1", path, shown, told, package, _version())))
        self._usage = Usage()

    @classmethod
    def open(cls, spec: Spec, *, concurrency: int | None = None) -> Self:
        """Make the model that a spec names; raises ScribeError, see `integrations.make`."""
        arguments = {name: value for name, value in spec.options.items() if name not in OWN}
        form, context = spec.one_of("as", FORMS), spec.number("context")
        prefill = spec.one_of("prefill", ("true", "false")) != "false"
        made = make(spec.target, arguments)
        return cls(
            made.model,
            name=spec.text,
            package=made.package,
            given=arguments,
            form=form,
            prefill=prefill,
            context=context,
            concurrency=concurrency or spec.number("concurrency"),
        )

    @property
    def usage(self) -> Usage:
        """What was asked and, where the integration says so, how many tokens it took."""
        return self._usage

    def count(self, text: str) -> int:
        """Tokens in `text`, estimated unless the model was given its own `custom_get_token_ids`.

        What integrations count with by themselves is not used: it fetches a vocabulary, or asks a server for each line.
        """
        custom = self.model.custom_get_token_ids
        return len(custom(text)) if custom else estimated_tokens(text)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt `sampling.samples` times; raises what the first that failed did, when all are asked."""
        return collected(self._write(prompts, sampling, watched=False), len(prompts), sampling.samples)

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
        """Continue each prompt piece by piece; a model that cannot stream gives each completion in one."""
        return self._write(prompts, sampling, watched=True)

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:  # noqa: ARG002 (the protocol's names)
        """Raise CannotScore: LangChain has no call for the probability of a given text."""
        raise CannotScore(f"{self.name}: LangChain gives no log-probabilities; expected an hf: or openai: simulator")

    # ── Asking ───────────────────────────────────────────────────────────────────────────────

    def _write(self, prompts: Sequence[Prompt], sampling: Sampling, *, watched: bool) -> Iterator[Piece]:
        """Have all jobs done by threads; pieces are handed on as they come, failures raised at the end."""
        from langchain_core.runnables.config import ContextThreadPoolExecutor

        heard: SimpleQueue[Piece | Future[Usage]] = SimpleQueue()
        is_over = Event()
        pool = ContextThreadPoolExecutor(self._threads)
        waiting: dict[Future[Usage], _Job] = {}
        failed: list[BaseException] = []

        def begin(job: _Job) -> None:
            act = self._watch if watched and len(job.asks) == 1 else self._ask
            future = pool.submit(act, job, sampling, heard.put, is_over)
            waiting[future] = job
            future.add_done_callback(heard.put)

        try:
            for job in self._jobs(prompts, sampling, watched=watched):
                begin(job)
            while waiting:
                got = heard.get()
                if isinstance(got, Piece):
                    yield got
                    continue
                job, error = waiting.pop(got), got.exception()
                self._usage = total(self._usage, got.result() if error is None else Usage(requests=1))
                if error is not None and len(job.asks) > 1:  # one of them is to blame: ask each by itself
                    for ask in job.asks:
                        begin(_Job(job.model, (ask,)))
                elif error is not None:
                    failed.append(error)
        finally:
            is_over.set()
            pool.shutdown(wait=False, cancel_futures=True)
        if failed:
            more = f" (and {len(failed) - 1} more failed)" if len(failed) > 1 else ""
            raise ScribeError(f"{self.name}: {self._without_secrets(first_line(failed[0]))}{more}") from failed[0]

    def _jobs(self, prompts: Sequence[Prompt], sampling: Sampling, *, watched: bool) -> Iterator[_Job]:
        """One job for each completion; an LLM that is not watched takes several, and may batch them as it likes."""
        from langchain_core.language_models import BaseLLM

        streams = type(self.model)._stream is not BaseLLM._stream if isinstance(self.model, BaseLLM) else True
        streams = streams or type(self.model).stream is not BaseLLM.stream
        size = 1 if self._is_chat_model or (watched and streams) else self._group
        models = self._set_to(sampling)
        asks = [_Ask(i, k, prompt) for k in range(sampling.samples) for i, prompt in enumerate(prompts)]
        for _, alike in groupby(asks, key=lambda ask: id(models[ask.sample])):
            group = list(alike)
            for at in range(0, len(group), size):
                yield _Job(models[group[at].sample], tuple(group[at : at + size]))

    def _set_to(self, sampling: Sampling) -> list[BaseLanguageModel[Any]]:
        """The model for each sample: with the sampling set where it has fields for it; itself where it has none."""
        wanted: dict[str, float] = {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
        if sampling.top_p < 1:
            wanted["top_p"] = sampling.top_p
        fields = {self._field(key): value for key, value in wanted.items()}
        update = {field: value for field, value in fields.items() if field}
        seed = self._field("seed")
        if seed:
            seeds = range(sampling.seed, sampling.seed + sampling.samples)
            return [self.model.model_copy(update={**update, seed: number}) for number in seeds]
        return [self.model.model_copy(update=update) if update else self.model] * sampling.samples

    def _field(self, key: str) -> str | None:
        """The model's field for one of `Sampling`, unless whoever named the model gave it a value."""
        known = names_of(type(self.model))
        field = next((name for name in _FIELDS[key] if name in known), None)
        return None if field is None or known[field] & set(self._given) else field

    def _ask(self, job: _Job, sampling: Sampling, put: Callable[[Piece], None], is_over: Event) -> Usage:
        """Have a job's completions written, and hand each on whole."""
        if is_over.is_set():
            return Usage()
        documents = [self._document(ask.shown) for ask in job.asks]
        result = job.model.generate_prompt(documents, stop=self._stops(job, sampling))
        for ask, drawn in zip(job.asks, result.generations, strict=True):
            answer = self._answer(ask, sampling)
            text = answer.add(drawn[0].text, None, is_ended=True)
            put(Piece(ask.prompt, ask.sample, text, completion_of(answer, drawn[0])))
        return usage_of(result)

    def _watch(self, job: _Job, sampling: Sampling, put: Callable[[Piece], None], is_over: Event) -> Usage:
        """Have one completion written, and hand on each piece of it."""
        (ask,) = job.asks
        answer, heard = self._answer(ask, sampling), listener()
        config: RunnableConfig = {"callbacks": [heard]}
        for part in job.model.stream(self._document(ask.shown), config, stop=self._stops(job, sampling)):
            if is_over.is_set():
                return Usage()
            if text := answer.add(part if isinstance(part, str) else str(part.text), None):
                put(Piece(ask.prompt, ask.sample, text))
            if answer.finish:
                break
        result: LLMResult | None = heard.result
        text = "" if answer.finish else answer.add("", None, is_ended=True)
        put(Piece(ask.prompt, ask.sample, text, completion_of(answer, result.generations[0][0] if result else None)))
        return usage_of(result) if result else Usage(requests=1)

    def _document(self, prompt: Prompt) -> PromptValue:
        """A prompt as the model is shown it; the bytes are those of `prompt.text`, less the wrapper."""
        from langchain_core.messages import AIMessage, HumanMessage
        from langchain_core.prompt_values import ChatPromptValue, StringPromptValue

        asked, begun = (turn["content"] for turn in as_chat(prompt))
        if self._prefill and begun:
            return ChatPromptValue(messages=[HumanMessage(asked), AIMessage(begun)])
        return StringPromptValue(text=(CHAT_WRAPPER if self._form == "chat" else "") + prompt.text)

    def _answer(self, ask: _Ask, sampling: Sampling) -> Answer:
        return Answer(ask.shown, sampling.stop, is_turn=self._form == "chat")

    def _stops(self, job: _Job, sampling: Sampling) -> list[str] | None:
        """Stop strings that the model is told of.

        One that answers is not told those of the cue, since an answer that repeats it would end there, nor those of
        white space alone: Anthropic's interface refuses them.
        """
        cues = [ask.shown.cue for ask in job.asks] if self._form == "chat" else []
        told = [stop for stop in sampling.stop if not cues or stop.strip()]
        return [stop for stop in told if not any(stop in cue for cue in cues)] or None

    def _without_secrets(self, text: str) -> str:
        from pydantic import SecretStr

        for value in vars(self.model).values():
            if isinstance(value, SecretStr) and value.get_secret_value():
                text = text.replace(value.get_secret_value(), "…")
        return text


# ── What a model has ───────────────────────────────────────────────────────────────


def _plain(model: BaseLanguageModel[Any]) -> dict[str, object]:
    """The arguments a model was made with, as far as they are plain values and no secrets."""
    found = {name: getattr(model, name) for name in model.model_fields_set if not is_secret(name)}
    plain = (str, int, float, bool, type(None))
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, plain) or (isinstance(value, list) and all(isinstance(one, plain) for one in value))
    }


def _version() -> str:
    from langchain_core import __version__

    return f"langchain-core=={__version__}"
