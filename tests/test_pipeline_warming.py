"""What a model takes to load is not what its text took."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import FIXTURES, Scripted, refuse
from tiny_llama import Small

from scribe.pipeline.evaluating import Evaluating
from scribe.pipeline.warming import Warmed
from scribe.records import Prompt, Sampling, ScribeError
from scribe.shelf import Workspace
from scribe.simulators import Usage, open_simulator

PROMPT = Prompt(scene="", cue="-", voice="v", yields="bullets")


class Slow(Scripted):
    """A model that takes its tokens and its time when it is first asked."""

    def __init__(self, name: str) -> None:
        super().__init__(lambda prompt, k: f" {prompt.cue}")
        self.name = name

    @property
    def usage(self) -> Usage:
        return Usage(requests=len(self.asked), prompt_tokens=10 * len(self.asked), completion_tokens=len(self.asked))


def test_a_model_is_loaded_once_and_only_when_it_is_asked() -> None:
    slow = Slow("hf:slow")
    warmed = Warmed(slow)
    assert warmed.count("a b") == 2
    assert (slow.asked, warmed.loading_s) == ([], 0)
    for _ in range(2):
        ((found,),) = warmed.sample([PROMPT], Sampling())
        assert found.text == " -"
    assert len(slow.asked) == 3
    assert warmed.loading_s > 0
    assert warmed.usage == Usage(requests=2, prompt_tokens=20, completion_tokens=2)


@pytest.mark.parametrize("name", ["extract", "openai:m@http://localhost:1/v1"])
def test_what_is_not_loaded_is_asked_for_nothing(name: str) -> None:
    slow = Slow(name)
    Warmed(slow).sample([PROMPT], Sampling())
    assert slow.asked == [PROMPT]


def test_what_it_raises_is_raised() -> None:
    with pytest.raises(ScribeError, match="the server is down"):
        Warmed(Scripted(refuse)).sample([PROMPT], Sampling())
    assert Warmed(Scripted(refuse)).usage is None


def test_a_models_text_is_timed_without_its_loading(small: Small, tmp_path: Path) -> None:
    (tmp_path / "scribe.toml").write_text("")
    simulator = open_simulator(f"hf:{small.base}")
    with Evaluating(Workspace(tmp_path), opened=[simulator], voices=["minute-taker"]) as evaluating:
        found = evaluating.evaluate([FIXTURES / "evaluating" / "loss.json"])
    warmed = evaluating._warmed[simulator.name]
    assert warmed.loading_s > 0
    assert all((one.figures[simulator.name]["seconds"] or 0) > 0 for one in found.evaluation.scored)
    assert all((one.figures[simulator.name]["tokens_written"] or 0) > 0 for one in found.evaluation.scored)
