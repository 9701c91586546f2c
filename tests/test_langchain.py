"""Scribe's parts in LangChain: nothing is lost on the way in or out, and a chain makes what the pipeline makes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import pytest
from conftest import ROOT, Scripted, completion, refuse, sample, segments, talks, transcript
from hypothesis import assume, given
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableParallel, RunnablePassthrough

from scribe import chunks, shelf
from scribe.frames import render_record
from scribe.langchain import (
    Drafter,
    Session,
    SimulatorLLM,
    Summariser,
    TranscriptLoader,
    chunk_documents,
    transcript_of,
)
from scribe.langchain.documents import read_transcript
from scribe.langchain.language_model import together
from scribe.pipeline import Outcome, Pipeline
from scribe.records import Chunk, Completion, Draft, Notes, Prompt, Sampling, ScribeError, Transcript
from scribe.simulators.langchain_models import LangChain

TALK = ROOT / "transcripts" / "simulators-1.vtt"
SEMINAR = sample()


class Calls(Scripted):
    """Counts how often it is asked, and how."""

    def __init__(self, write: Any = lambda prompt, k: f" {prompt.cue} {k}") -> None:
        super().__init__(write)
        self.calls: list[tuple[list[Prompt], Sampling]] = []

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        self.calls.append((list(prompts), sampling))
        return super().sample(prompts, sampling)


# ── A simulator as an LLM ────────────────────────────────────────────────────────────────────


def test_a_simulator_stands_in_a_chain() -> None:
    chain = (
        PromptTemplate.from_template("Minutes.\n\n{record}\n\n- Point:")
        | SimulatorLLM(simulator="extract")
        | StrOutputParser()
    )
    said = chain.invoke({"record": render_record(SEMINAR.segments[:12])})
    assert said.startswith(" ")
    assert "[3]" in said, "the definition in line 3 is the most telling of them"


def test_a_batch_is_one_call_and_one_scene() -> None:
    simulator = Calls()
    llm = SimulatorLLM(simulator=simulator)
    asked = [f"A talk.\n\n[0] Ada: Yes.\n\n- {label}:" for label in ("Point", "Question", "Objection")]
    assert llm.batch(asked) == [" - Point: 0", " - Question: 0", " - Objection: 0"]
    ((prompts, _),) = simulator.calls
    assert {p.scene for p in prompts} == {"A talk.\n\n[0] Ada: Yes.\n\n"}
    assert prompts[0].sources == segments(["Ada: Yes."])
    assert {p.yields for p in prompts} == {"bullets"}


def test_asynchronous_batches_are_one_call_too() -> None:
    simulator = Calls()
    llm = SimulatorLLM(simulator=simulator)
    assert asyncio.run(llm.abatch(["a", "b"])) == [" a 0", " b 0"]
    assert asyncio.run(llm.ainvoke("c")) == " c 0"
    assert [len(prompts) for prompts, _ in simulator.calls] == [2, 1]


def test_what_is_given_last_sets_the_sampling() -> None:
    simulator = Calls()
    llm = SimulatorLLM(simulator=simulator, max_tokens=7, temperature=0.1)
    llm.bind(seed=3).invoke("a", stop=["\n"], temperature=0.9)
    llm.invoke("a")
    assert [sampling for _, sampling in simulator.calls] == [
        Sampling(max_tokens=7, temperature=0.9, seed=3, stop=("\n",)),
        Sampling(max_tokens=7, temperature=0.1),
    ]


def test_why_it_ended_is_told_as_integrations_do() -> None:
    llm = SimulatorLLM(simulator=Scripted(lambda p, k: completion(" so", "length" if p.cue == "long" else "stop")))
    told = llm.generate(["long", "short"]).generations
    assert [g.generation_info for (g,) in told] == [{"finish_reason": "length"}, {"finish_reason": "stop"}]


@pytest.mark.parametrize("answer", [" It is so.", "It is so.\n\nAnd more.", "- Point: It is so."])
def test_watching_an_llm_changes_nothing(answer: str) -> None:
    """The simulator under it streams letter by letter; a scripted one does not stream."""
    for simulator in (LangChain(FakeListChatModel(responses=[answer])), Scripted(lambda prompt, k: answer)):
        llm = SimulatorLLM(simulator=simulator)
        pieces = list(llm.stream("A talk.\n\n- Point:", stop=["\n\n"]))
        assert "".join(pieces) == llm.invoke("A talk.\n\n- Point:", stop=["\n\n"])
        assert (len(pieces) > 2) == isinstance(simulator, LangChain)


def test_an_llm_may_be_asked_while_it_is_watched() -> None:
    llm = SimulatorLLM(simulator=LangChain(FakeListChatModel(responses=[" It is so."])))
    assert [llm.invoke("b") for _ in zip(range(3), llm.stream("a"), strict=False)] == [" It is so."] * 3

    async def watch() -> str:
        return "".join([piece async for piece in llm.astream("a")])

    assert asyncio.run(watch()) == " It is so."


def test_a_model_of_langchain_may_be_wrapped_both_ways() -> None:
    model = LangChain(SimulatorLLM(simulator=Scripted(lambda prompt, k: f"[{prompt.text}]")))
    (shown,) = together(["A talk.\n\n- Point:"])
    assert model.sample([shown], Sampling())[0][0].text == "[A talk.\n\n- Point:]"


def test_an_llm_is_known_by_its_simulator() -> None:
    llm = SimulatorLLM(simulator="extract")
    assert llm._llm_type == "scribe"
    assert (llm._identifying_params["model_name"], llm._identifying_params["recipe"]) == ("extract", "extract/3")
    assert llm.get_num_tokens("It is so.") == 4


@given(st.text(alphabet="a\n", max_size=12), st.lists(st.text(alphabet="ab\n", max_size=12), max_size=4))
def test_prompts_together_are_the_texts(shared: str, ends: list[str]) -> None:
    texts = [shared + end for end in ends]
    made = together(texts)
    assert [p.text for p in made] == texts
    assert len({p.scene for p in made}) <= 1
    assert all(p.cue for p in made if p.text)
    assert all(p.scene.endswith("\n\n") or not p.scene for p in made)


# ── Transcripts as Documents ─────────────────────────────────────────────────────────────────


@given(talk=talks())
def test_every_line_is_loaded_once_and_comes_back(talk: Transcript, tmp_path_factory: pytest.TempPathFactory) -> None:
    assume(talk.segments)
    path = tmp_path_factory.mktemp("talks") / "talk.json"
    path.write_text(talk.model_dump_json(), encoding="utf-8")
    expected = read_transcript(path)
    loaded = TranscriptLoader(path).load()
    assert [d.page_content for d in loaded] == [s.text for s in expected.segments]
    assert {type(value) for d in loaded for value in d.metadata.values()} <= {str, int, float}
    back = transcript_of(list(reversed(loaded)))
    assert back.segments == tuple(s.model_copy(update={"words": ()}) for s in expected.segments)
    assert (back.id, back.source, back.duration) == (expected.id, expected.source, expected.duration)


def test_a_line_tells_where_it_stands() -> None:
    first = TranscriptLoader(TALK).load()[0]
    assert first.page_content == "Welcome to the first session of the seminar on simulators."
    assert first.metadata == {
        "transcript": "simulators-1",
        "source": str(TALK),
        "index": 0,
        "start": 0.5,
        "end": 3.739,
        "speaker": "Mira",
    }


def test_loading_is_lazy_and_asynchronous() -> None:
    loader = TranscriptLoader(str(TALK))
    assert next(iter(loader.lazy_load())).metadata["index"] == 0
    assert asyncio.run(loader.aload()) == loader.load()


def test_a_transcript_may_be_one_document() -> None:
    (whole,) = TranscriptLoader(TALK, by="transcript").load()
    assert (whole.metadata["lines"], whole.metadata["speakers"]) == (46, "Mira, Ada, Tomás, Jan")
    back = transcript_of([whole])
    assert [(s.speaker, s.text) for s in back.segments] == [(s.speaker, s.text) for s in SEMINAR.segments]
    assert back.id == "simulators-1"


def test_other_peoples_documents_are_read_as_their_text_is() -> None:
    said = transcript_of([Document("Ada: It is so.\nWen: Is it?\n", metadata={"source": "notes/talk.txt"})])
    assert [(s.speaker, s.text) for s in said.segments] == [("Ada", "It is so."), ("Wen", "Is it?")]
    assert said.id == "talk"


LINES = TranscriptLoader(TALK).load()
STRAY = Document("Hm.", metadata={"index": 46, "transcript": "another", "source": "x"})


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        (LINES[:3] + LINES[4:], "found 45 with gaps"),
        ([*LINES, LINES[0]], "found 47 with gaps or twice"),
        ([*LINES, STRAY], "found 2"),
        ([*LINES, Document("Hm.")], "'Hm.' without"),
        ([], "found 0"),
        ([Document("Hm.", metadata={"index": 0, "start": 3.0})], "no transcript"),
        ([Document("Hm.", metadata={"index": "0"})], "found 1 with gaps"),
    ],
)
def test_documents_that_are_no_whole_transcript_are_refused(documents: list[Document], told: str) -> None:
    with pytest.raises(ScribeError, match=told):
        transcript_of(documents)


@given(talks())
def test_chunks_as_documents_hold_every_line_once(talk: Transcript) -> None:
    cut = chunks.split(talk, lambda text: len(text.split()), budget_tokens=60)
    made = chunk_documents(talk, cut)
    assert "\n".join(d.page_content for d in made) == render_record(talk.segments)
    assert [i for d in made for i in range(d.metadata["first"], d.metadata["last"])] == list(range(len(talk.segments)))


def test_a_chunk_tells_where_it_can_be_played() -> None:
    talk = SEMINAR.model_copy(update={"recording": "simulators-1.m4a"})
    (document,) = chunk_documents(talk, [Chunk(transcript_id=talk.id, index=3, first=2, last=4, title="Terms")])
    assert document.metadata == {
        "transcript": "simulators-1",
        "source": str(TALK),
        "recording": "simulators-1.m4a",
        "chunk": 3,
        "first": 2,
        "last": 4,
        "start": 9.213,
        "end": 18.704,
        "speakers": "Mira, Ada",
        "title": "Terms",
    }


def test_doubtful_lines_are_not_shown() -> None:
    talk = transcript(["Ada: Yes.", "Ada: Thank you for watching.", "Ada: No."], seconds=2.0)
    doubted = [s.model_copy(update={"doubt": "invented"} if s.index == 1 else {}) for s in talk.segments]
    talk = talk.model_copy(update={"segments": tuple(doubted)})
    whole, hidden = (Chunk(transcript_id="talk", index=i, first=a, last=b) for i, (a, b) in enumerate([(0, 3), (1, 2)]))
    (document,) = chunk_documents(talk, [whole, hidden])
    assert document.page_content == "[0] Ada: Yes.\n[2] Ada: No."


# ── The stages as Runnables ──────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the pipeline makes of the sample."""
    with Pipeline(shelf.Workspace(tmp_path_factory.mktemp("workspace"))) as pipeline:
        return pipeline.run(str(TALK))


def said(notes: Notes | None) -> tuple[Any, ...]:
    assert notes is not None
    return notes.title, notes.overview, notes.topics, notes.coverage, notes.recipe.frames, notes.recipe.engine


def drafted(post: Draft | None) -> tuple[Any, ...]:
    """All of a post but which draws of the store its texts are: a chain keeps none."""
    assert post is not None
    post = Draft.model_validate_json(re.sub(r'"draw":"[0-9a-f]+"', '"draw":""', post.model_dump_json()))
    return post.title, post.summary, post.sections, post.definitions, post.propositions, post.open_questions


@pytest.mark.parametrize("source", [TALK, str(TALK), SEMINAR, LINES], ids=["path", "text", "record", "documents"])
def test_the_summariser_makes_the_notes_of_the_pipeline(source: Any, written: Outcome) -> None:
    assert said(Summariser().invoke(source)) == said(written.notes)


def test_a_chain_makes_the_post_of_the_pipeline(written: Outcome) -> None:
    chain = {"transcript": RunnablePassthrough(), "notes": Summariser()} | Drafter()
    assert drafted(chain.invoke(TALK)) == drafted(written.draft)


def test_a_simulator_is_asked_by_one_thread_at_a_time() -> None:
    """`extract`, for one, remembers what it read last."""
    busy, overlaps = Lock(), []

    def write(prompt: Prompt, k: int) -> str:
        if not busy.acquire(blocking=False):
            overlaps.append(prompt)
            return " so"
        sleep(0.001)
        busy.release()
        return " so"

    talk = transcript(["Ada: A lemma is a small theorem, and we call it a bound.", "Wen: What does the bound say?"])
    simulator = Scripted(write)
    Summariser(simulator=simulator).batch([talk] * 4)
    asyncio.run(Summariser(simulator=simulator).abatch([talk] * 4))
    llm = SimulatorLLM(simulator=simulator)
    list(RunnableParallel(a=llm, b=llm, c=llm).stream("a"))
    assert simulator.asked
    assert not overlaps


def test_voices_and_words_are_handed_on() -> None:
    made = Summariser(voices=["sceptic"], words=60).invoke(SEMINAR)
    assert {voice for topic in made.topics for claim in topic.claims for voice in claim.voices} <= {"sceptic"}
    assert {"words": 60, "voices": "sceptic"}.items() <= made.recipe.settings.items()
    with pytest.raises(ScribeError, match="unknown voice 'poet'"):
        Summariser(voices=["poet"]).invoke(SEMINAR)


def test_a_stage_may_be_given_a_model_of_langchain() -> None:
    made = Summariser(simulator=FakeListChatModel(responses=["Ada says that it is a model. [3]"])).invoke(SEMINAR)
    claims = [c for topic in made.topics for c in topic.claims]
    assert {c.text for c in claims} == {"Ada says that it is a model."}
    assert (3,) in {c.cites for c in claims}
    assert made.recipe.engine.startswith("langchain/1 ")


def test_what_a_simulator_fails_on_stands_in_the_ledger() -> None:
    made = Summariser(simulator=Scripted(refuse)).invoke(SEMINAR)
    assert made.coverage.fraction == 0
    assert {p.reason for p in made.coverage.passages} == {"scripted: the server is down"}


def test_frames_of_ones_own_are_read(tmp_path: Path) -> None:
    frame = (ROOT / "prompts" / "key-points.md").read_text(encoding="utf-8").replace("minute-taker", "clerk")
    (tmp_path / "key-points.md").write_text(frame, encoding="utf-8")
    made = Summariser(frames_folder=tmp_path, voices=["clerk"]).invoke(SEMINAR)
    assert {v for topic in made.topics for c in topic.claims for v in c.voices} == {"clerk"}


def test_a_trace_names_the_stage_and_its_schema_can_be_told(written: Outcome) -> None:
    class Tracer(BaseCallbackHandler):
        names: list[str] = []  # noqa: RUF012 (one test, one tracer)

        def on_chain_start(self, *_: Any, name: str = "", **__: Any) -> None:
            self.names.append(name)

    assert written.notes is not None
    session = Session(transcript=TALK, notes=written.notes)
    Drafter().invoke(session, config={"callbacks": [Tracer()]})
    assert Tracer.names == ["Drafter"]
    assert Summariser().get_output_jsonschema()["title"] == "Notes"
    assert "notes" in str(Drafter().get_input_jsonschema())


def test_a_source_that_is_no_transcript_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScribeError, match=r"absent\.vtt"):
        Summariser().invoke(tmp_path / "absent.vtt")
