"""What fits is asked, what keeps to no form is asked once more, and what fails fails alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import Scripted, completion, prompt, refuse
from hypothesis import given
from hypothesis import strategies as st

from scribe.asking import SPARE_TOKENS, ask, claims_of, fits, needed_tokens, room_tokens, sample_groups
from scribe.frames import CHAT_WRAPPER
from scribe.records import Completion, Prompt, Sampling, ScribeError

LINES = ["Ada: So it is a limit.", "Wen: And why?"]
ONE = Sampling(max_tokens=100)


def asked(voice: str = "sceptic", *, yields: str = "bullets", cue: str = "- Point:") -> Prompt:
    made = prompt(LINES, cue=cue, voice=voice)
    return made.model_copy(update={"yields": yields})


class Seeded(Scripted):
    """Writes by the seed, and remembers which prompts were asked with which."""

    def __init__(self, *by_seed: str) -> None:
        super().__init__(lambda p, k: "")
        self.by_seed = by_seed
        self.seeds: list[tuple[int, list[str]]] = []

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        self.seeds.append((sampling.seed, [p.voice for p in prompts]))
        text = self.by_seed[min(sampling.seed // sampling.samples, len(self.by_seed) - 1)]
        return [[completion(text if p.voice == "sceptic" else " it is so [0]")] * sampling.samples for p in prompts]


# ── What fits ────────────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_what_fits_has_room(scene: int, cue: int, context: int) -> None:
    made = [prompt(scene="w " * n, cue="c " * cue) for n in (scene, scene // 2)]
    simulator = Scripted(refuse, context=SPARE_TOKENS + len(CHAT_WRAPPER.split()) + context)
    sampling = Sampling(max_tokens=5)
    assert needed_tokens(simulator, made) == len(CHAT_WRAPPER.split()) + scene + cue + SPARE_TOKENS
    assert fits(simulator, made, sampling) == (scene + cue + 5 <= context)
    assert room_tokens(simulator, made, sampling) == max(0, context - scene - cue - 5)


# ── Form ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "sceptic wrote nothing, twice"),
        ("\n \n", "sceptic wrote nothing, twice"),
        (" ...", "sceptic wrote nothing in the frame's form, twice"),
        ("Minutes.\n[0] Ada: So it is a limit.", "sceptic wrote nothing in the frame's form, twice"),
    ],
)
def test_what_cannot_be_read_is_asked_for_once_more_and_said(text: str, fault: str) -> None:
    simulator = Seeded(text)
    shown = asked().model_copy(update={"scene": "Minutes.\n\n[0] Ada: So it is a limit.\n\n"})
    ((reading, other),) = ask([[shown, asked("newcomer")]], simulator, ONE)
    assert simulator.seeds == [(0, ["sceptic", "newcomer"]), (1, ["sceptic"])]
    assert (reading.claims, reading.fault) == ([], fault)
    assert [c.text for c in other.claims] == ["it is so"]
    assert other.fault is None


def test_what_the_second_seed_gives_is_kept() -> None:
    ((reading,),) = ask([[asked()]], Seeded("", " it is so [0]"), ONE)
    assert [c.text for c in reading.claims] == ["it is so"]
    assert reading.fault is None


def test_another_seed_is_another_for_every_sample() -> None:
    simulator = Seeded("")
    ask([[asked()]], simulator, ONE.model_copy(update={"samples": 3}))
    assert [seed for seed, _ in simulator.seeds] == [0, 3]


def test_none_is_not_asked_for_again() -> None:
    simulator = Seeded(" none")
    ((reading,),) = ask([[asked()]], simulator, ONE)
    assert (reading.claims, reading.fault, len(simulator.seeds)) == ([], None, 1)


def test_one_sample_that_can_be_read_is_enough() -> None:
    simulator = Scripted(lambda p, k: " it is so [0]" if k == 1 else "")
    ((reading,),) = ask([[asked()]], simulator, ONE.model_copy(update={"samples": 2}))
    assert [len(claims) for claims in reading.drawn] == [0, 1]
    assert reading.fault is None


def test_a_second_asking_that_fails_keeps_the_rest() -> None:
    class Failing(Seeded):
        def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
            if sampling.seed:
                raise ScribeError("the server is down")
            return super().sample(prompts, sampling)

    ((reading, other),) = ask([[asked(), asked("newcomer")]], Failing(""), ONE)
    assert reading.fault == "sceptic wrote nothing, and asked again: the server is down"
    assert other.claims


def test_a_paragraph_is_read_as_sentences() -> None:
    claims = claims_of([asked(yields="paragraph", cue="Overview:")], Seeded(" It is. [0] It is not. [1]"), ONE)
    assert [c.cites for c in claims] == [(0,), (1,)]


# ── Failing alone ────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.lists(st.booleans(), max_size=3), max_size=5))
def test_each_group_fails_alone(groups: list[list[bool]]) -> None:
    def write(shown: Prompt, k: int) -> str:
        return shown.voice if shown.cue == "good" else refuse(shown, k)

    made = [
        [asked(f"{n}.{i}", cue="good" if good else "bad") for i, good in enumerate(group)]
        for n, group in enumerate(groups)
    ]
    drawn = sample_groups(made, Scripted(write), ONE)
    assert len(drawn) == len(groups)
    for n, (group, answer) in enumerate(zip(groups, drawn, strict=True)):
        if all(group):
            assert isinstance(answer, list)
            assert [[c.text for c in cs] for cs in answer] == [[f"{n}.{i}"] for i in range(len(group))]
        else:
            assert isinstance(answer, ScribeError)


def test_all_groups_are_asked_in_one_call() -> None:
    simulator = Seeded("")
    sample_groups([[asked("a"), asked("b")], [asked("c")]], simulator, ONE)
    assert simulator.seeds == [(0, ["a", "b", "c"])]
    assert sample_groups([[], []], simulator, ONE) == [[], []]
    assert len(simulator.seeds) == 1


def test_an_error_is_raised_where_claims_are_wanted() -> None:
    with pytest.raises(ScribeError, match="server is down"):
        claims_of([asked()], Scripted(refuse), ONE)
