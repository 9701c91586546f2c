"""Simulators keep one protocol; `extract`, which has no weights, writes nothing that was not said."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, Scripted, curated, prompt, sample, talks, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.claims import read_bullets, read_sentences
from scribe.draft.outline import read_outline
from scribe.draft.propositions import read_proposition
from scribe.frames import Frame, prompts
from scribe.records import Claim, Completion, Prompt, Sampling, ScribeError, Segment, Transcript
from scribe.simulators import CannotScore, Simulator, Spec, open_simulator, parse_spec
from scribe.simulators.extract import TOKENS_PER_WORD, VOICES, Extract

FRAMES = curated()
SEMINAR = sample()

LOOKS_FOR = {
    "minute-taker": {"point"},
    "sceptic": {"objection"},
    "formaliser": {"definition", "conjecture"},
    "newcomer": {"question"},
    "listener": {"question"},
    "secretary": {"decision", "action"},
}


def asked(talk: Transcript, frame: Frame, about: str | None = None) -> list[Prompt]:
    """A frame's prompts about a whole transcript."""
    wants_question = "{about}" in frame.scene
    minutes = "\n".join(f"### Part {i}\n- {s.text} [{i}]" for i, s in enumerate(talk.segments[:6]))
    question = about or ("What about the temperature?" if wants_question else None)
    return prompts(frame, talk.segments, title="Talk", about=question, claims=minutes)


def claims_of(shown: Prompt, written: Completion) -> list[Claim]:
    """What the pipeline would read from a completion, replies and parts included."""
    if shown.yields == "bullets":
        found = read_bullets(shown, written)
    elif shown.yields == "paragraph":
        found = read_sentences(shown, written)
    elif shown.yields == "proposition":
        one = read_proposition(shown, written)
        found = [one.statement, *one.assumptions, *(s.claim for s in one.steps), *one.gaps] if one else []
    else:
        found = []
    return [c for claim in found for c in (claim, *claim.replies)]


def everything(talk: Transcript, frames: Mapping[str, Frame] = FRAMES) -> list[tuple[Prompt, Completion]]:
    """Every frame and voice over one transcript, with the frame's own sampling."""
    simulator = Extract()
    found = []
    for frame in frames.values():
        made = asked(talk, frame)
        for shown, completions in zip(made, simulator.sample(made, frame.sampling), strict=True):
            found += [(shown, completion) for completion in completions]
    return found


# ── The protocol ─────────────────────────────────────────────────────────────────────────────


def test_extract_is_a_simulator() -> None:
    simulator = open_simulator("extract")
    assert isinstance(simulator, Simulator)
    assert simulator.name == "extract"
    assert simulator.context >= 1000
    assert "\n" not in simulator.recipe


@pytest.mark.parametrize(
    ("spec", "kind", "target", "options"),
    [
        ("extract", "extract", "", {}),
        ("hf:org/model", "hf", "org/model", {}),
        ("hf:/a folder/m?as=base&dtype=float32", "hf", "/a folder/m", {"as": "base", "dtype": "float32"}),
        ("openai:m:7b@http://127.0.0.1:1/v1?context=512", "openai", "m:7b@http://127.0.0.1:1/v1", {"context": "512"}),
        ("langchain:pack.module:Chat?model=a%26b", "langchain", "pack.module:Chat", {"model": "a&b"}),
    ],
)
def test_a_spec_is_taken_apart(spec: str, kind: str, target: str, options: dict[str, str]) -> None:
    assert parse_spec(spec) == Spec(text=spec, kind=kind, target=target, options=options)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("gpt", "unknown simulator 'gpt'; known: extract, hf:REPO-or-FOLDER, openai:MODEL@URL"),
        ("extract:all", "unknown simulator"),
        ("hf", "unknown simulator"),
        ("hf:", "unknown simulator"),
        ("hf:m?temperature=1", "found 'temperature=1'; known: as, context, device, dtype, quantise, revision"),
        ("openai:m@u?context", "expected an option such as name=value, found 'context'"),
        ("extract?as=base", "known: none"),
    ],
)
def test_a_spec_nobody_knows_is_one_line(spec: str, told: str) -> None:
    with pytest.raises(ScribeError, match=re.escape(told)):
        open_simulator(spec)


def test_options_are_checked() -> None:
    spec = parse_spec("hf:m?context=many&as=talk")
    with pytest.raises(ScribeError, match="expected a whole number above 0 for 'context', found 'many'"):
        spec.number("context")
    with pytest.raises(ScribeError, match="unknown as 'talk'; known: base, chat"):
        spec.one_of("as", ("base", "chat"))


def test_the_tests_own_simulator_keeps_the_protocol() -> None:
    assert isinstance(Scripted(lambda prompt, k: ""), Simulator)


def test_what_lacks_a_method_is_no_simulator() -> None:
    assert not isinstance(object(), Simulator)


@pytest.mark.parametrize("spec", ["", "Extract", "extract:", "gpt", "hf:"])
def test_an_unknown_spec_names_the_known(spec: str) -> None:
    with pytest.raises(ScribeError, match=f"{re.escape(repr(spec))}|extract"):
        open_simulator(spec)


def test_extract_cannot_score() -> None:
    with pytest.raises(CannotScore, match="log-prob"):
        Extract().score("a", ["b"])
    assert issubclass(CannotScore, ScribeError)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("Log-loss isn't 3.5.", 10), ("  a\n b ", 2), ("…", 1)])
def test_counting(text: str, tokens: int) -> None:
    assert Extract().count(text) == tokens


@given(st.text(max_size=50), st.text(max_size=50))
def test_lines_counted_apart_or_together_come_to_the_same(one: str, other: str) -> None:
    """Chunks rely on it: lines that fit one by one fit together."""
    count = Extract().count
    assert count(f"{one}\n{other}") == count(one) + count(other)


# ── What extract promises ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("samples", [1, 3])
def test_one_list_of_samples_per_prompt_in_order(samples: int) -> None:
    made = asked(SEMINAR, FRAMES["key-points"])
    found = Extract().sample(made, Sampling(samples=samples))
    assert [len(completions) for completions in found] == [samples] * len(made)
    alone = [Extract().sample([shown], Sampling(samples=samples))[0] for shown in made]
    assert found == alone


def _digest() -> str:
    text = "\x00".join(completion.text for _, completion in everything(SEMINAR))
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_prompt_gives_the_same_bytes() -> None:
    assert _digest() == _digest()
    simulator = Extract()
    (shown, *_) = asked(SEMINAR, FRAMES["key-points"])
    first = simulator.sample([shown], Sampling())
    simulator.sample(asked(SEMINAR, FRAMES["answer"]), Sampling())
    assert simulator.sample([shown], Sampling()) == first


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_another_process_writes_the_same_bytes(seed: str) -> None:
    """Nothing depends on the order in which a set is walked."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_simulators as t; print(t._digest())"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    assert done.stdout.strip() == _digest()


def test_all_it_writes_of_the_sample_is_supported() -> None:
    claims = [c for shown, written in everything(SEMINAR) for c in claims_of(shown, written)]
    assert len(claims) > 20
    faults = [(c.text, c.support) for c in claims if c.support is None or c.support.verdict != "supported"]
    assert not faults
    assert all(c.cites for c in claims)


@settings(max_examples=60)
@given(talks(most=25))
def test_of_any_talk_it_cites_only_lines_shown_and_writes_only_what_they_say(talk: Transcript) -> None:
    for shown, written in everything(talk):
        for claim in claims_of(shown, written):
            assert claim.support is not None
            assert claim.cites, (shown.frame, claim)
            assert claim.support.verdict == "supported", (shown.frame, claim)


def test_captions_whose_sentences_end_within_lines_are_cited_sentence_by_sentence() -> None:
    """Captions are cut by length: hardly a line ends where a sentence does."""
    talk = transcript(
        [
            "Ada: training pushes the model towards the true",
            "Ada: conditional probabilities. Every deviation raises the",
            "Ada: expected loss of the model on that corpus. And so the",
            "Ada: bound is empty wherever the prefix is rare. A model can",
            "Ada: be badly wrong on rare prefixes and pay almost",
            "Ada: nothing for it. We call that the problem of the",
            "Ada: long tail of the corpus",
        ]
    )
    claims = [c for shown, written in everything(talk) for c in claims_of(shown, written)]
    assert claims
    assert all(c.cites for c in claims)


def test_the_example_of_a_frame_is_never_quoted() -> None:
    """Every frame works an earlier session out, numbered from 9001; it is scenery."""
    for shown, written in everything(SEMINAR):
        assert not re.search(r"\b90\d\d\b", written.text)
        assert "Pinsker" not in written.text
        assert re.search(r"\[90\d\d\b", shown.scene)


def test_only_a_part_of_the_lines_may_be_shown() -> None:
    part = SEMINAR.segments[14:27]
    shown = prompts(FRAMES["key-points"], part)
    for one, (written,) in zip(shown, Extract().sample(shown, Sampling()), strict=True):
        cited = {i for c in claims_of(one, written) for i in c.cites}
        assert cited <= set(range(14, 27))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_of_nothing_it_says_none(frame: Frame) -> None:
    for completions in Extract().sample(asked(transcript([]), frame), frame.sampling):
        assert {c.text.strip(" -\n") for c in completions} == {"none"}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_it_ends_by_itself_and_gives_no_probabilities(frame: Frame) -> None:
    for completions in Extract().sample(asked(SEMINAR, frame), frame.sampling):
        assert {(c.finish, c.token_logprobs) for c in completions} == {("end", None)}


# ── Voices ───────────────────────────────────────────────────────────────────────────────────


def test_every_curated_voice_of_the_notes_is_known() -> None:
    voices = {v.name for f in FRAMES.values() if f.yields == "bullets" for v in f.voices}
    assert voices <= set(VOICES)


def test_voices_look_for_different_things() -> None:
    heard: dict[str, set[str]] = {}
    texts: dict[str, set[str]] = {}
    for shown, written in everything(SEMINAR):
        if shown.yields == "bullets":
            claims = read_bullets(shown, written)
            heard.setdefault(shown.voice, set()).update(c.kind for c in claims)
            texts.setdefault(shown.voice, set()).update(c.text for c in claims)
    for voice, kinds in heard.items():
        assert kinds, voice
        assert kinds <= LOOKS_FOR[voice], voice
    assert len({frozenset(t) for t in texts.values()}) >= 5


@pytest.mark.parametrize(
    ("cue", "kind"),
    [("- Decision:", "decision"), ("- Conjecture:", "conjecture"), ("- Point:", "point"), ("- Lemma:", "point")],
)
def test_a_voice_nobody_knows_looks_for_what_its_cue_names(cue: str, kind: str) -> None:
    shown = prompt([(s.speaker, s.text) for s in SEMINAR.segments], cue=cue, voice="stranger")
    ((written,),) = Extract().sample([shown], Sampling())
    assert {c.kind for c in read_bullets(shown, written)} == {kind}


def test_a_question_comes_with_its_answer() -> None:
    (shown,) = prompts(FRAMES["key-points"], SEMINAR.segments, voices=["newcomer"])
    ((written,),) = Extract().sample([shown], FRAMES["key-points"].sampling)
    answered = {c.text: [r.text for r in c.replies] for c in read_bullets(shown, written)}
    assert answered["I have a question: does a fine-tuned model still count as a simulator?"] == [
        "In general it does not."
    ]
    assert [] in answered.values(), "the open problem has no answer"


def test_a_question_asked_decides_what_is_quoted() -> None:
    def lines(about: str) -> set[int]:
        (shown,) = asked(SEMINAR, FRAMES["answer"], about)
        ((written,),) = Extract().sample([shown], Sampling(max_tokens=60))
        return {i for c in read_sentences(shown, written) for i in c.cites}

    assert lines("What does temperature do?") & {24, 25, 26}
    assert lines("Who collects pairs of texts?") & {41, 43}
    assert not lines("What does temperature do?") & {41, 43}


# ── Bounds ───────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40)
@given(st.integers(min_value=1, max_value=600), st.sampled_from([SEMINAR]) | talks(most=25))
def test_max_tokens_is_kept(max_tokens: int, talk: Transcript) -> None:
    """Counted in words of what was said: names, labels and citations, and answers to questions, come on top."""
    room = max_tokens / TOKENS_PER_WORD
    for name in ("key-points", "decisions", "overview", "answer"):
        made = asked(talk, FRAMES[name])
        for shown, (written,) in zip(made, Extract().sample(made, Sampling(max_tokens=max_tokens)), strict=True):
            claims = read_bullets(shown, written) if shown.yields == "bullets" else read_sentences(shown, written)
            assert sum(len(c.text.split()) for c in claims) <= room


def test_more_room_gives_more_and_never_all() -> None:
    (shown, *_) = asked(SEMINAR, FRAMES["key-points"])

    def words(max_tokens: int) -> int:
        ((written,),) = Extract().sample([shown], Sampling(max_tokens=max_tokens))
        return len(written.text.split())

    assert words(1) == 1
    assert words(40) < words(100) <= words(100_000)
    assert words(100_000) < 0.4 * sum(len(s.text.split()) for s in SEMINAR.segments)


# ── Grammars ─────────────────────────────────────────────────────────────────────────────────


def test_bullets_go_on_where_the_cue_stops() -> None:
    for shown, written in everything(SEMINAR):
        if shown.yields == "bullets" and written.text.strip() != "none":
            bullets = (shown.cue.rsplit("\n", 1)[-1] + written.text).strip().split("\n")
            assert all(
                re.match(r"(  )?- \w+: .*\[[\d, -]+\]$", line) for line in bullets if line != shown.cue.split("\n")[-1]
            )
            read = read_bullets(shown, written)
            said = [line for line in bullets if not re.fullmatch(r"- \w+:", line)]
            assert len(said) == sum(1 + len(c.replies) for c in read)


def test_titles_are_short_and_none_is_offered_twice() -> None:
    (shown,) = asked(SEMINAR, FRAMES["title"])[:1]
    (offered,) = Extract().sample([shown], Sampling(samples=4))
    titles = [c.text.strip() for c in offered]
    assert len(set(titles)) == 4
    assert all(t[0].isupper() and len(t.split()) <= 8 and "\n" not in t for t in titles)


def test_titles_that_cannot_be_made_are_none() -> None:
    (shown,) = prompts(FRAMES["title"], transcript(["Ada: Entropy."]).segments)[:1]
    (offered,) = Extract().sample([shown], Sampling(samples=3))
    assert [c.text.strip() for c in offered] == ["Entropy", "none", "none"]


def test_an_outline_has_the_headings_it_was_shown() -> None:
    minutes = "### Log-loss\n- smallest at the truth [8]\n- nats [11]\n\n### Tandem\n- fewer mistakes [33]"
    (shown,) = prompts(FRAMES["outline"], SEMINAR.segments, claims=minutes)
    ((written,),) = Extract().sample([shown], FRAMES["outline"].sampling)
    assert read_outline(shown.cue, written.text, last=46) == [("Log-loss", ((8, 12),)), ("Tandem", ((33, 34),))]


def test_an_outline_cites_only_lines_shown() -> None:
    """Minutes may cite more than the record beside them holds."""
    (shown,) = prompts(
        FRAMES["outline"], SEMINAR.segments[:10], claims="### One\n- a [8]\n- b [33]\n\n### Two\n- c [40]"
    )
    ((written,),) = Extract().sample([shown], FRAMES["outline"].sampling)
    assert read_outline(shown.cue, written.text, last=46) == [("One", ((8, 9),))]


def test_a_proposition_is_read_back_with_every_step_said() -> None:
    shown = asked(SEMINAR, FRAMES["proposition"])[0]
    (offered,) = Extract().sample([shown], FRAMES["proposition"].sampling)
    found = [p for p in (read_proposition(shown, c) for c in offered) if p]
    assert len(found) == 2
    assert "I conjecture that two simulacra" in " ".join(p.statement.text for p in found)
    for proposition in found:
        assert len(proposition.steps) >= 2
        assert {step.tag for step in proposition.steps} == {"said"}


# ── Recognisers' text ────────────────────────────────────────────────────────────────────────


def _bare(segment: Segment) -> Segment:
    return segment.model_copy(
        update={"text": re.sub(r"[^\w\s'.-]|\.(?!\d)", "", segment.text).lower(), "speaker": None}
    )


def test_lower_case_text_without_punctuation_works() -> None:
    talk = SEMINAR.model_copy(update={"segments": tuple(map(_bare, SEMINAR.segments))})
    assert not re.search(r"[A-Z?!,]", " ".join(s.text for s in talk.segments))
    claims = [c for shown, written in everything(talk) for c in claims_of(shown, written)]
    assert {"point", "definition", "conjecture", "decision", "action"} <= {c.kind for c in claims}
    assert all(c.support and c.support.verdict == "supported" for c in claims)
