"""`scribe voices`, from a source in a workspace to a table, a record and a figure."""

from __future__ import annotations

import json
import math
import os
import shutil
import string
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from conftest import Scripted, scribe
from scoring import Dice

from scribe.measures.reports import SiblingsReport, VoicesReport
from scribe.pipeline.measuring import CLAIMS, Measuring
from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.shelf import Workspace
from scribe.simulators import Score

SAMPLE = Path(__file__).parent.parent / "transcripts" / "simulators-1.vtt"

DUET = """---
name: duet
stage: notes
yields: bullets
cites: true
sampling: {max_tokens: 24, temperature: 0.7, samples: 1}
---
Two who listen.

## Scene
Minutes of a seminar.

{record}

## Voice: optimist
### Optimist: what holds

- Point:

## Voice: doubter
### Doubter: what does not

- Objection:
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "seminar"
    (folder / "prompts").mkdir(parents=True)
    (folder / "prompts" / "duet.md").write_text(DUET)
    shutil.copy(SAMPLE, folder / "talk.vtt")
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("SCRIBE_"):
            monkeypatch.delenv(name)
    return folder


class Duet(Dice):
    """Dice for texts; notes that say the first words of a line; yes to all but what the doubter is asked."""

    def __init__(self, name: str = "duet", *, optimist: float = 0.9, seed: int = 0) -> None:
        tossed = {"holds": optimist, "fails": 1 - optimist}
        super().__init__({"- Point:": tossed, "- Objection:": {"holds": 0.2, "fails": 0.8}}, name=name, seed=seed)

    def sample(self, prompts: list[Prompt], sampling: Sampling) -> list[list[Completion]]:  # type: ignore[override]
        if all(not prompt.sources for prompt in prompts):
            return super().sample(prompts, sampling)
        return [[self._noted(prompt)] for prompt in prompts]

    def _noted(self, prompt: Prompt) -> Completion:
        lines = prompt.sources[:3] if prompt.voice == "optimist" else prompt.sources[1:4]
        told = [" ".join(line.text.split()[:12]) + f" [{line.index}]" for line in lines]
        return Completion(text=" " + "\n- Point: ".join(told), finish="end")

    def score(self, prefix: str, continuations: list[str]) -> list[Score]:  # type: ignore[override]
        self.scored += 1
        if prefix.endswith(("- Point:", "- Objection:")):
            return super().score(prefix, continuations)
        if "yes or no:" in prefix:
            sure = -1.0 if "### Doubter" in prefix else 2.0
            lean = (
                0.0
                if any(f"that {free}?" in prefix for free in ("N/A", "something or other", "this and that"))
                else sure
            )
            return [Score(token_logprobs=(-1.0 if answer == "Yes" else -1.0 - lean,)) for answer in continuations]
        seen = set(prefix.lower().split())
        return [
            Score(token_logprobs=tuple(-2.0 if word in seen else -6.0 for word in text.lower().split()))
            for text in continuations
        ]


def measured(workspace: Path, simulator: Duet) -> VoicesReport:
    with Measuring(Workspace(workspace), opened=[simulator], frame="duet", samples=6, tokens=5, stretches=4) as open_:
        report = open_.measure("talk.vtt").report
    assert isinstance(report, VoicesReport)
    return report


def test_a_session_is_measured_and_kept(workspace: Path) -> None:
    simulator = Duet()
    report = measured(workspace, simulator)
    assert report.information.voices == ("optimist", "doubter")
    assert 0 < report.information.estimate.value < math.log(2)
    assert len(report.read.stretches) == 4 == len(report.information.by_scene)
    assert len(report.by_length) == 6
    assert report.read.stretches[0][0] == 0
    assert report.read.stretches[-1][1] == 46, "the first stretch and the last are among them"
    assert [grown.voice for grown in report.growth] == ["optimist", "doubter"]
    assert report.overlap.gains["optimist"].value > 0
    assert [pair.voices for pair in report.overlap.shared] == [("optimist", "doubter")]
    claims = report.stances.by_voice["optimist"]
    assert 4 <= len(claims) <= CLAIMS
    assert all(s.log_odds == pytest.approx(2.0) for s in claims)
    assert all(s.log_odds == pytest.approx(-1.0) for s in report.stances.by_voice["doubter"])
    assert report.recipe.engine == "duet"
    assert set(report.recipe.frames) == {"duet"}
    kept = json.loads((workspace / "drafts/talk/voices.json").read_text())
    assert VoicesReport.model_validate(kept) == report
    figure = fromstring((workspace / "drafts/talk/voices.svg").read_text())
    said = [element.text for element in figure.iter("{http://www.w3.org/2000/svg}text")]
    for panel in ("Perspective information", "Along one text of each voice", "Stance on each claim"):
        assert panel in said


def test_measuring_again_changes_no_file_and_draws_nothing(workspace: Path) -> None:
    first = measured(workspace, Duet())
    before = {path: path.read_bytes() for path in (workspace / "drafts").rglob("*") if path.is_file()}
    again = Duet(seed=99)
    assert measured(workspace, again) == first
    assert again.sampled == []
    assert before == {path: path.read_bytes() for path in (workspace / "drafts").rglob("*") if path.is_file()}


def test_a_simulator_is_compared_with_its_sibling(workspace: Path) -> None:
    pair = [Duet("base", optimist=0.5), Duet("tuned", optimist=0.99)]
    with Measuring(Workspace(workspace), opened=pair, frame="duet", samples=12, tokens=6, stretches=2) as open_:
        done = open_.measure("talk.vtt")
    report = done.report
    assert isinstance(report, SiblingsReport)
    assert report.simulators == ("base", "tuned")
    optimist, doubter = report.voices
    assert not optimist.divergence.estimate.is_below_noise
    assert doubter.divergence.estimate.is_below_noise
    base, tuned = (rates.entropy_per_token.value for rates in optimist.rates)
    assert base == pytest.approx(math.log(2))
    assert tuned < 0.3
    assert report.agreement.shares[0].value == 1.0, "both note the same"
    assert [file.path.name for file in done.files] == ["siblings.json", "siblings.svg"]
    assert fromstring((workspace / "drafts/talk/siblings.svg").read_text()) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "expected a simulator that gives log-probabilities, such as hf:REPO-or-FOLDER, found extract\n"),
        (["--voices", "optimist"], "frame 'duet': expected 2 voices at least, found 1 (optimist); known: optimist, "),
        (["--voices", "poet"], "unknown voice 'poet'; known: "),
        (["--frame", "overview"], "--frame: expected a frame that a stretch is read under, found 'overview'; known: "),
        (["--simulators", "extract"], "--simulators: expected two, such as hf:BASE,hf:TUNED, found 'extract'\n"),
        (["--simulators", "extract,extract"], "expected a simulator that gives log-probabilities"),
        (["--simulators", "extract,poet:x"], "--simulators: expected two, such as hf:BASE,hf:TUNED"),
    ],
)
def test_a_mistake_is_one_line(workspace: Path, arguments: list[str], said: str) -> None:
    frame = [] if "--frame" in arguments else ["--frame", "duet"]
    code, out, told = scribe("voices", "talk.vtt", *frame, *arguments)
    assert (code, out) == (2, "")
    assert told.startswith(f"scribe: {said}")
    assert told.count("\n") == 1
    assert not (workspace / "drafts").exists()


def test_a_simulator_that_cannot_score_is_refused_with_its_reason(workspace: Path) -> None:
    with pytest.raises(ScribeError, match=r"found scripted \(scripted: has no log-probabilities\)"):
        Measuring(Workspace(workspace), opened=[Scripted(lambda prompt, k: "none")], frame="duet")


@pytest.fixture(scope="session")
def random_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of random weights that reads letter by letter: it believes nothing, and reads back what it writes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("llama")
    letters = "\u010a\u0120" + string.printable[:94]  # the byte-level names of a line's end and a space come first
    vocabulary = {token: i for i, token in enumerate(["<s>", "</s>", *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    set_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16_384,
        bos_token_id=0,
        eos_token_id=1,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_the_command_prints_what_it_found(workspace: Path, random_llama: Path) -> None:
    shown = ["voices", "talk.vtt", "--frame", "duet", "--samples", "2", "--tokens", "6", "--chunks", "2"]
    model = f"hf:{random_llama}?device=cpu"
    code, out, told = scribe(*shown, "--simulator", model)
    assert code == 0, told
    assert out.startswith("talk.vtt: frame duet, 2 of ")
    assert "perspective information: " in out
    assert " nats of at most 0.69" in out
    assert "  optimist " in out
    assert told.count("wrote drafts/talk/voices.") == 2
    code, out, told = scribe(*shown, "--simulator", model, "--json")
    assert code == 0
    (line,) = out.splitlines()
    found = json.loads(line)
    assert found["information"]["ceiling"] == pytest.approx(math.log(2))
    assert {Path(file["path"]).name for file in found["files"]} == {"voices.json", "voices.svg"}
    shown[shown.index("--samples") + 1] = "4"
    code, out, told = scribe(*shown, "--simulators", f"{model},{model}")
    assert code == 0
    assert out.count("below the noise floor") == 2, "a simulator beside itself, in both voices"
    assert "claims of A: " in out
