"""Models of LangChain as simulators: what they are shown and set to, what is made of their answers, what is refused."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import prompt
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel, BaseLLM
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    FakeListChatModelError,
    GenericFakeChatModel,
)
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult, Generation, LLMResult
from pydantic import Field, SecretStr

from scribe.frames import as_chat
from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.simulators import CannotScore, Metered, Simulator, Streaming, open_simulator
from scribe.simulators.counting import estimated_tokens
from scribe.simulators.integrations import is_secret, make
from scribe.simulators.langchain_models import LangChain

FAKE = "langchain_core.language_models.fake"
FAKE_CHAT = "langchain_core.language_models.fake_chat_models"
PROMPTS = [prompt(scene=f"Minutes {i}.\n\n") for i in range(20)]


class Chat(BaseChatModel):
    """A chat model that keeps what it was asked, and gives no answer to documents with one of some words."""

    failing: tuple[str, ...] = ()
    metadata_of_answer: dict[str, Any] = Field(default_factory=dict)
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    seed: int | None = None
    api_key: SecretStr = SecretStr("")
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    settings: list[dict[str, Any]] = Field(default_factory=list)
    stops: list[list[str] | None] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "chat"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self.asked.append(messages)
        self.stops.append(stop)
        self.settings.append({k: getattr(self, k) for k in ("temperature", "top_p", "max_output_tokens", "seed")})
        shown = str(messages[0].text)
        for word in self.failing:
            if word in shown:
                raise ConnectionError(f"no answer for {word}, key {self.api_key.get_secret_value()}\nmore")
        message = AIMessage(
            " It is so. [0]",
            response_metadata=self.metadata_of_answer,
            usage_metadata={
                "input_tokens": 10,
                "output_tokens": 3,
                "total_tokens": 13,
                "input_token_details": {"cache_read": 4},
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


class Batching(BaseLLM):
    """An LLM that answers many texts in one call, unless one of them is bad."""

    calls: list[list[str]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "batching"

    def _generate(
        self, prompts: list[str], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> LLMResult:
        self.calls.append(prompts)
        if any("bad" in text for text in prompts):
            raise ValueError("bad text")
        info = {"finish_reason": "length"}
        return LLMResult(
            generations=[[Generation(text=f" answer to {text.split()[1]}", generation_info=info)] for text in prompts],
            llm_output={"token_usage": {"prompt_tokens": 7 * len(prompts), "completion_tokens": 2}},
        )


def texts(simulator: Simulator, sampling: Sampling | None = None) -> list[list[str]]:
    return [[c.text for c in drawn] for drawn in simulator.sample(PROMPTS[:3], sampling or Sampling())]


def watched(simulator: Streaming, count: int, sampling: Sampling | None = None) -> list[Completion]:
    """Completions of a stream, checked to be the pieces joined."""
    joined, found = [""] * count, {}
    for piece in simulator.stream(PROMPTS[:count], sampling or Sampling()):
        assert piece.prompt not in found, "a piece after the last"
        joined[piece.prompt] += piece.text
        if piece.completion:
            found[piece.prompt] = piece.completion
    assert [found[i].text for i in range(count)] == joined
    return [found[i] for i in range(count)]


def heard(simulator: Streaming, prompts: Sequence[Prompt]) -> tuple[set[int], ScribeError]:
    """Which prompts of a stream were finished before it failed, and how it failed."""
    finished: set[int] = set()

    def listen() -> None:
        for piece in simulator.stream(prompts, Sampling()):
            finished.update([piece.prompt] if piece.completion else [])

    with pytest.raises(ScribeError) as caught:
        listen()
    return finished, caught.value


# ── Specs ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "target", [f"{FAKE}:FakeListLLM", f"{FAKE}:FakeStreamingListLLM", f"{FAKE_CHAT}:FakeListChatModel"]
)
def test_langchains_own_fakes_are_opened_by_their_spec(target: str) -> None:
    options = 'responses=[" a. [0]", " b %26 c [1]"]&context=900&concurrency=1'
    simulator = open_simulator(f"langchain:{target}?{options}")
    assert isinstance(simulator, Simulator)
    assert isinstance(simulator, Streaming)
    assert isinstance(simulator, Metered)
    assert texts(simulator) == [[" a. [0]"], [" b & c [1]"], [" a. [0]"]]
    assert (simulator.name, simulator.context) == (f"langchain:{target}?{options}", 900)
    assert simulator.usage.requests == 3
    assert target in simulator.recipe
    assert "langchain-core==" in simulator.recipe
    assert "900" not in simulator.recipe


def test_a_fake_of_a_fixed_answer_needs_no_argument() -> None:
    assert texts(open_simulator(f"langchain:{FAKE_CHAT}:FakeChatModel"))[0] == [" fake response"]


def test_values_are_read_as_json_where_they_are_json() -> None:
    options = {"responses": '["1", "two"]', "sleep": "0.5", "name": "plain text", "tags": "null"}
    model = make(f"{FAKE}:FakeListLLM", options).model
    assert isinstance(model, FakeListLLM)
    assert (model.responses, model.sleep, model.name, model.tags) == (["1", "two"], 0.5, "plain text", None)


REFUSED = {
    "no class": (FAKE, "MODULE:CLASS"),
    "a program": ("scribe.__main__:main", "MODULE:CLASS"),
    "a private class": (f"{FAKE}:_Hidden", "MODULE:CLASS"),
    "not installed": ("langchain_nowhere.models:Chat", "install the integration"),
    "installed, but not for LangChain": ("pydantic:BaseModel", "requires langchain-core"),
    "the standard library": ("antigravity:X", "requires langchain-core"),
    "no such module": ("langchain_core.nowhere:Chat", "No module named"),
    "no such class": (f"{FAKE}:Nobody", "expected a class 'Nobody'"),
    "a class of another kind": ("langchain_core.documents:Document", "expected a chat model or LLM"),
    "a function": ("langchain_core.language_models:is_openai_data_block", "expected a chat model or LLM"),
    "an abstract class": ("langchain_core.language_models:BaseChatModel", "abstract"),
    "a missing argument": (f"{FAKE}:FakeListLLM", "responses: Field required"),
    "a wrong argument": (f"{FAKE}:FakeListLLM?responses=sk-123", "responses: Input should be a valid list"),
    "a slip of the pen": (f"{FAKE}:FakeListLLM?responses=[]&slep=1", "unknown argument 'slep'; known: "),
    "a secret": (f"{FAKE}:FakeListLLM?responses=[]&api_key=sk-123", "environment variable"),
    "a secret inside": (f'{FAKE}:FakeListLLM?responses=[]&metadata={{"X-Api-Key": "sk-123"}}', "environment variable"),
    "a password": (f"{FAKE}:FakeListLLM?responses=[]&name=https://me:sk-123@host/", "password"),
    "code of weights": (f'{FAKE}:FakeListLLM?metadata={{"a": [{{"trust_remote_code": true}}]}}&name=a', "runs code"),
    "no number": (f"{FAKE}:FakeListLLM?responses=[]&context=many", "a whole number"),
    "no form": (f"{FAKE}:FakeListLLM?responses=[]&as=poem", "known: base, chat"),
}


@pytest.mark.parametrize(("target", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_opened_is_refused_in_one_line(target: str, told: str) -> None:
    with pytest.raises(ScribeError) as caught:
        open_simulator(f"langchain:{target}")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "sk-123" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["api_key", "openai_api_key", "accessToken", "OPENAI_API_KEY", "x-api-key", "password"]
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["max_tokens", "model", "base_url", "monkey", "num_ctx", "keep_alive", "tokenizer"])
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize("folder", ["work", "site-packages", "elsewhere"])
@pytest.mark.parametrize("module", ["evil_models", "langchain_core"])
def test_what_only_lies_on_the_path_is_not_imported(module: str, folder: str, tmp_path: Path) -> None:
    """Neither under a name of its own, with papers that say it is installed, nor in the place of the real one.

    The folder is the current one, by either way that Python has of saying so, or another that PYTHONPATH names.
    """
    trap = tmp_path / folder
    (trap / module).mkdir(parents=True)
    (trap / module / "__init__.py").write_text("open('sprung', 'w').close()\nclass Chat: pass\n")
    papers = trap / f"{module}-1.0.dist-info"
    papers.mkdir()
    (papers / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\nRequires-Dist: langchain-core\n"
    )
    (papers / "RECORD").write_text(f"{module}/__init__.py,,\n")
    code = f"""
import sys
sys.path[:1] = {["", str(trap)] if folder == "work" else [str(trap)]!r}
from scribe.records import ScribeError
from scribe.simulators import open_simulator
try:
    open_simulator("langchain:{module}:Chat")
except ScribeError as error:
    print(error)
"""
    here = tmp_path if folder == "elsewhere" else trap
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, check=True)
    assert f"langchain:{module}:Chat: expected" in done.stdout
    assert not (here / "sprung").exists()


# ── What a model is shown ────────────────────────────────────────────────────────────────────


def test_a_chat_model_is_shown_the_document_and_the_answer_begun() -> None:
    model = Chat()
    shown = prompt(cue="### Points\n\n- Point:")
    LangChain(model).sample([shown], Sampling())
    assert [(m.type, m.content) for m in model.asked[0]] == [
        ("human" if turn["role"] == "user" else "ai", turn["content"]) for turn in as_chat(shown)
    ]


@pytest.mark.parametrize(
    ("form", "prefill", "expected"),
    [
        ("chat", False, "Continue this document; write only the continuation.\n\nMinutes.\n\n- Point:"),
        ("base", True, "Minutes.\n\n- Point:"),
    ],
)
def test_a_chat_model_may_be_shown_all_in_one_message(form: str, prefill: bool, expected: str) -> None:
    model = Chat()
    LangChain(model, form=form, prefill=prefill).sample([prompt()], Sampling())
    assert [(m.type, m.content) for m in model.asked[0]] == [("human", expected)]


def test_an_llm_is_given_the_document_byte_for_byte() -> None:
    model = Batching()
    LangChain(model).sample([prompt(scene="Minutes é.\n\n")], Sampling())
    assert model.calls == [["Minutes é.\n\n- Point:"]]


def test_sampling_is_set_where_the_model_has_fields_for_it() -> None:
    model = Chat()
    sampling = Sampling(temperature=0.3, top_p=0.9, max_tokens=50, samples=2, seed=7)
    LangChain(model, concurrency=1).sample([prompt()], sampling)
    assert model.settings == [
        {"temperature": 0.3, "top_p": 0.9, "max_output_tokens": 50, "seed": seed} for seed in (7, 8)
    ]
    assert model.temperature is None


def test_what_a_model_was_made_with_stays() -> None:
    model = Chat(temperature=1.0, top_p=None)
    LangChain(model).sample([prompt()], Sampling(temperature=0.3, top_p=0.9, max_tokens=50))
    assert model.settings == [{"temperature": 1.0, "top_p": None, "max_output_tokens": 50, "seed": 0}]


def test_what_a_spec_gives_by_another_name_stays() -> None:
    class Aliased(Chat):
        max_output_tokens: int | None = Field(default=None, alias="max_completion_tokens")

    model = Aliased(max_completion_tokens=9)
    LangChain(model, given={"max_completion_tokens": "9"}).sample([prompt()], Sampling(max_tokens=50))
    assert model.settings[0]["max_output_tokens"] == 9


def test_top_p_is_not_mentioned_where_it_changes_nothing() -> None:
    model = Chat()
    LangChain(model).sample([prompt()], Sampling(top_p=1.0))
    assert model.settings[0]["top_p"] is None


def test_a_chat_model_is_not_told_of_stops_that_would_end_it_before_it_begins() -> None:
    model = Chat()
    shown = prompt(cue="### Points\n\n- Point:")
    LangChain(model).sample([shown], Sampling(stop=("\n\n", "###", "END")))
    assert model.stops == [["END"]]


# ── What is made of its answers ──────────────────────────────────────────────────────────────

ANSWERS = {
    "the cue's last line said again": ("- Point: It is. [0]", " It is. [0]"),
    "the whole cue said again": ("### Points\n\n- Point: It is. [0]", " It is. [0]"),
    "gone on with": (" It is. [0]", " It is. [0]"),
    "a turn of its own": ("It is. [0]", " It is. [0]"),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_becomes_a_continuation(answer: str, expected: str) -> None:
    shown = prompt(cue="### Points\n\n- Point:")
    simulator = LangChain(FakeListChatModel(responses=[answer]))
    assert simulator.sample([shown], Sampling(stop=("\n\n",))) == [[Completion(text=expected, finish="end")]]


@pytest.mark.parametrize(
    "model", [FakeListChatModel(responses=[" One.\n\nTwo."]), FakeListLLM(responses=[" One.\n\nTwo."])]
)
def test_text_is_cut_at_a_stop_string(model: BaseChatModel | BaseLLM) -> None:
    """Neither fake honours `stop`."""
    simulator = LangChain(model)
    expected = Completion(text=" One.", finish="stop")
    assert simulator.sample([prompt()], Sampling(stop=("\n\n",))) == [[expected]]
    assert watched(simulator, 1, Sampling(stop=("\n\n",))) == [expected]


@pytest.mark.parametrize(
    ("told", "finish"),
    [
        ({"finish_reason": "length"}, "length"),
        ({"stop_reason": "max_tokens"}, "length"),
        ({"finish_reason": "MAX_TOKENS"}, "length"),
        ({"done_reason": "stop"}, "end"),
        ({"stop_reason": "stop_sequence"}, "stop"),
        ({}, "end"),
    ],
)
def test_why_it_ended_is_read_from_what_the_integration_tells(told: dict[str, str], finish: str) -> None:
    simulator = LangChain(Chat(metadata_of_answer=told))
    assert simulator.sample([prompt()], Sampling())[0][0].finish == finish
    assert watched(simulator, 1)[0].finish == finish


def test_usage_is_what_messages_tell() -> None:
    simulator = LangChain(Chat())
    simulator.sample(PROMPTS[:2], Sampling(samples=2))
    used = simulator.usage
    assert (used.requests, used.prompt_tokens, used.cached_tokens, used.completion_tokens) == (4, 40, 16, 12)
    watched(simulator, 1)
    assert simulator.usage.prompt_tokens == 50


@given(st.text(max_size=60), st.lists(st.sampled_from(["\n\n", "\n", "a", " b"]), max_size=2, unique=True))
def test_watching_changes_nothing(answer: str, stop: list[str]) -> None:
    """FakeListChatModel streams letter by letter, GenericFakeChatModel word by word."""
    sampling = Sampling(stop=tuple(stop))
    expected = LangChain(FakeListChatModel(responses=[answer])).sample(PROMPTS[:1], sampling)[0]
    if answer:  # a stream without a chunk is an error of LangChain's
        assert watched(LangChain(FakeListChatModel(responses=[answer])), 1, sampling) == expected
        assert watched(LangChain(GenericFakeChatModel(messages=iter([answer]))), 1, sampling) == expected


def test_an_llm_that_streams_is_watched_letter_by_letter() -> None:
    simulator = LangChain(FakeStreamingListLLM(responses=[" So.", " No."]))
    pieces = list(simulator.stream(PROMPTS[:2], Sampling()))
    assert [p.text for p in pieces if p.prompt == 0] == [" S", "o", ".", ""]
    assert watched(simulator, 2)[1].text == " No."


# ── Many at once ─────────────────────────────────────────────────────────────────────────────


def test_an_llm_batches_and_keeps_the_order() -> None:
    model = Batching()
    simulator = LangChain(model)
    drawn = simulator.sample(PROMPTS, Sampling())
    assert [c.text for (c,) in drawn] == [f" answer to {i}." for i in range(20)]
    assert [len(call) for call in model.calls] == [8, 8, 4]
    assert (simulator.usage.requests, simulator.usage.prompt_tokens) == (3, 140)
    assert {c.finish for (c,) in drawn} == {"length"}


def test_of_a_batch_that_fails_each_is_asked_alone() -> None:
    finished, failure = heard(LangChain(Batching()), [PROMPTS[0], prompt(scene="bad 1.\n\n"), PROMPTS[2]])
    assert finished == {0, 2}
    assert str(failure).endswith("ValueError: bad text")


def test_chat_models_are_asked_at_the_same_time() -> None:
    class Meeting(FakeListChatModel):
        barrier: Any

        def _call(self, *args: Any, **kwargs: Any) -> str:
            self.barrier.wait(timeout=20)  # broken unless four are here at once
            return " met"

    simulator = LangChain(Meeting(responses=[], barrier=threading.Barrier(4)), concurrency=4)
    assert [c.text for (c,) in simulator.sample(PROMPTS[:8], Sampling())] == [" met"] * 8


def test_what_one_prompt_raises_does_not_stop_the_others() -> None:
    model = Chat(failing=("Minutes 1.", "Minutes 2."), api_key=SecretStr("sk-123"))
    finished, failure = heard(LangChain(model), PROMPTS[:5])
    assert finished == {0, 3, 4}
    assert str(failure).startswith("langchain:")
    assert "ConnectionError: no answer for Minutes" in str(failure)
    assert str(failure).endswith("key … (and 1 more failed)")
    assert isinstance(failure.__cause__, ConnectionError)


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    simulator = LangChain(FakeListChatModel(responses=[" Half of it"], error_on_chunk_number=4))
    with pytest.raises(ScribeError, match="FakeListChatModelError") as caught:
        watched(simulator, 1)
    assert isinstance(caught.value.__cause__, FakeListChatModelError)


def test_who_stops_looking_stops_the_asking() -> None:
    model = Chat()
    stream: Iterator[Any] = LangChain(model, concurrency=1).stream(PROMPTS, Sampling())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(model.asked) < len(PROMPTS)


# ── What it counts, and what it cannot ───────────────────────────────────────────────────────


def test_tokens_are_estimated_unless_the_model_was_given_a_tokenizer() -> None:
    text = "It is a simulator."
    assert LangChain(FakeListLLM(responses=[])).count(text) == estimated_tokens(text)
    with_own = FakeListLLM(responses=[], custom_get_token_ids=lambda shown: list(range(len(shown.split()))))
    assert LangChain(with_own).count(text) == 4


def test_the_context_is_what_the_profile_says() -> None:
    known = Chat(profile={"max_input_tokens": 64_000})
    assert (LangChain(known).context, LangChain(Chat()).context) == (64_000, 8_192)
    assert LangChain(known, context=100).context == 100


def test_the_recipe_of_a_model_in_hand_holds_no_secret() -> None:
    simulator = LangChain(Chat(temperature=0.1, api_key=SecretStr("sk-123")))
    assert "temperature=0.1" in simulator.recipe
    assert "sk-123" not in simulator.recipe
    assert "\n" not in simulator.recipe


def test_it_cannot_score() -> None:
    with pytest.raises(CannotScore, match="log-probabilities"):
        LangChain(FakeListLLM(responses=[])).score("a", ["b"])
