"""Doubtful lines: shown to no voice, cited by nothing, accounted for."""

from dataclasses import dataclass, field

import pytest
from conftest import transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe import chunks, notes, simulators
from scribe.footnotes import Links
from scribe.frames import Frame, folders, load_all
from scribe.notes.page import all_claims, page
from scribe.records import Completion, Coverage, Notes, Passage, Prompt, Sampling, Transcript

LINES = [
    "Ada: Log-loss is a proper scoring rule.",
    "Jan: Why does it not reward hedging?",
    "Thank you for watching.",
    "Ada: The expected loss is smallest at the truth.",
    "Subtitles by the simulacra.",
    "Subtitles by the simulacra.",
    "Jan: I object that rare prefixes count for little.",
]


@dataclass
class Watched:
    """`extract`, with a note of every line that it was shown."""

    shown: set[int] = field(default_factory=set)
    text: str = ""

    def __post_init__(self) -> None:
        self._simulator = simulators.open_simulator("extract")
        self.name, self.recipe, self.context = "watched", "watched", self._simulator.context
        self.count, self.score = self._simulator.count, self._simulator.score

    def sample(self, prompts: list[Prompt], sampling: Sampling) -> list[list[Completion]]:
        for prompt in prompts:
            self.shown |= {s.index for s in prompt.sources}
            self.text += prompt.text
        return self._simulator.sample(prompts, sampling)


@pytest.fixture(scope="module")
def curated() -> dict[str, Frame]:
    return load_all(folders(None, None))


def doubted(which: set[int]) -> Transcript:
    made = transcript(LINES, seconds=5)
    segments = tuple(
        s.model_copy(update={"doubt": "a known phantom" if s.index in which else None}) for s in made.segments
    )
    return made.model_copy(update={"segments": segments})


def summary(talk: Transcript, simulator: Watched, curated: dict[str, Frame]) -> Notes:
    return notes.summarise(talk, chunks.split(talk, simulator.count, budget_tokens=4000), simulator, curated)


def test_no_voice_is_shown_a_doubtful_line(curated: dict[str, Frame]) -> None:
    simulator = Watched()
    made = summary(doubted({2, 4, 5}), simulator, curated)
    assert simulator.shown == {0, 1, 3, 6}
    assert "watching" not in simulator.text
    assert not {2, 4, 5} & {i for claim in all_claims(made) for i in claim.cites}


def test_hidden_lines_are_in_the_ledger_and_on_the_page(curated: dict[str, Frame]) -> None:
    talk = doubted({2, 4, 5})
    made = summary(talk, Watched(), curated)
    assert [(p.first, p.last, p.outcome) for p in made.coverage.passages] == [
        (0, 2, "summarised"),
        (2, 3, "hidden"),
        (3, 4, "summarised"),
        (4, 6, "hidden"),
        (6, 7, "summarised"),
    ]
    assert (made.coverage.fraction, made.coverage.hidden) == (1.0, 3)
    text = page(made, talk, Links(recording=None, transcript="talk.json"))
    assert "4 of 7 lines were read" in text
    assert "- Left out as doubtful: lines 4–5 (0:20–0:30): a known phantom" in text


def test_a_question_is_not_answered_from_doubtful_lines(curated: dict[str, Frame]) -> None:
    simulator = Watched()
    made = notes.answer(doubted({0}), "What is a proper scoring rule?", simulator, curated)
    assert 0 not in simulator.shown
    assert made.coverage.passages[0].outcome == "hidden"


@given(st.sets(st.integers(0, len(LINES) - 1)))
def test_whatever_is_doubted_every_line_is_accounted_for(curated: dict[str, Frame], which: set[int]) -> None:
    made = summary(doubted(which), Watched(), curated)
    places = [i for p in made.coverage.passages for i in range(p.first, p.last)]
    assert places == list(range(len(LINES)))
    assert made.coverage.hidden == len(which)
    assert made.coverage.fraction == 1.0


def test_a_failed_stretch_still_counts_beside_hidden_lines() -> None:
    ledger = Coverage(
        passages=(
            Passage(first=0, last=6, outcome="summarised"),
            Passage(first=6, last=8, outcome="hidden", reason="x"),
            Passage(first=8, last=10, outcome="failed", reason="x"),
        )
    )
    assert ledger.fraction == 0.75
