"""Embeddings join in where they are measured to help."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, scribe, segments

from scribe.embeddings import WEIGHTS, Embedded, Encoder, Linked, measure_gain, open_encoder
from scribe.evidence import relevance
from scribe.pipeline import Outcome, Pipeline
from scribe.pipeline.embedding import Embeddings, Measured, joining, name_of
from scribe.pipeline.evaluating import Evaluating
from scribe.records import ScribeError, Segment
from scribe.shelf import Workspace
from scribe.simulators import open_simulator

HEARD = {
    "automobile": "car",
    "feline": "cat",
    "physician": "doctor",
    "ocean": "sea",
    "infant": "baby",
    "forest": "woods",
}


class Synonyms:
    """An encoder that knows six pairs of words, and nothing else."""

    lies = False
    """Whether it takes lines for the opposite of what they are."""

    def __init__(self) -> None:
        self.read = 0
        """Lines that it has read."""

    def encode_query(self, inputs: list[str], /) -> np.ndarray:
        return self._rows(inputs)

    def encode_document(self, inputs: list[str], /) -> np.ndarray:
        self.read += len(inputs)
        return -self._rows(inputs) if self.lies else self._rows(inputs)

    def _rows(self, inputs: Sequence[str]) -> np.ndarray:
        rows = np.full((len(inputs), 6), 0.01)
        for row, text in zip(rows, inputs, strict=True):
            for place, pair in enumerate(HEARD.items()):
                row[place] += sum(word.strip(".?,").lower() in pair for word in text.split())
        return rows


class Liar(Synonyms):
    lies = True


def lines_of(words: Sequence[str] = tuple(HEARD.values())) -> tuple[Segment, ...]:
    return segments(
        [*(f"A: we talked of the {w} again" for w in words), *(f"B: nothing of number {n}" for n in range(40))]
    )


LINES = lines_of()
CLAIMS = [
    Linked(f"s{place % 2}", f"The {word} was mentioned.", LINES, frozenset({place}), asks=False)
    for place, word in enumerate(HEARD)
]
QUESTIONS = [one._replace(text=f"What of the {word}?", asks=True) for one, word in zip(CLAIMS, HEARD, strict=True)]


# ── Scores ───────────────────────────────────────────────────────────────────────────────────


def test_a_synonym_is_found() -> None:
    lines = Embedded(Synonyms(), LINES)
    found = lines.similarities("The feline was mentioned.")
    assert int(np.argmax(found)) == 1
    assert found.mean() == pytest.approx(0.0, abs=1e-9)
    assert int(np.argmax(lines.relevance("What of the feline?", 0.5))) == 1


def test_words_still_count_and_what_is_far_and_unlike_is_no_line() -> None:
    encoder = Synonyms()
    question = "What of the number 17?"
    found = Embedded(encoder, LINES).relevance(question, 0.5)
    assert int(np.argmax(found)) == int(np.argmax(relevance(question, LINES)))
    far = segments(["A: the budget was cut", *(f"B: {'well ' * 30}" for _ in range(40)), "A: the car is blue"])
    shown = np.flatnonzero(Embedded(encoder, far).relevance("What of the budget and the automobile?", 0.5))
    assert 0 in shown
    assert 41 in shown, "far from every word, but alike"
    assert 30 not in shown
    assert not relevance("What of the budget and the automobile?", far)[41]


def test_scores_are_chances_one_a_line() -> None:
    for encoder in (Synonyms(), Liar()):
        found = Embedded(encoder, LINES).relevance("What of the sea?", 1.0)
        assert found.shape == (len(LINES),)
        assert ((found >= 0) & (found <= 1)).all()
    assert not Embedded(Synonyms(), LINES).relevance("Summarize the whole meeting.", 1.0).any()
    assert Embedded(Synonyms(), ()).similarities("The feline.").shape == (0,)


# ── What they are worth ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("linked", "measure"), [(CLAIMS, "recall@10"), (QUESTIONS, "marked words")])
def test_what_helps_may_join_and_what_does_not_may_not(linked: list[Linked], measure: str) -> None:
    later = tuple(Segment(index=i, text=s.text) for i, s in enumerate(reversed(LINES)))
    late = [one._replace(segments=later, marked=frozenset(len(LINES) - 1 - i for i in one.marked)) for one in linked]
    encoder = Synonyms()
    gain = measure_gain(encoder, late)
    assert gain.measure == measure
    assert (gain.without, gain.joined) == (0.0, 1.0)
    assert gain.helps
    assert (gain.texts, gain.sessions, gain.drawn) == (6, 2, "questions" if linked is QUESTIONS else "claims")
    assert encoder.read == len(LINES), "the lines of a record are read once"
    assert measure_gain(Synonyms(), late) == gain
    lying = measure_gain(Liar(), linked)
    assert not lying.helps
    assert lying.difference.value <= 0


def test_the_interval_draws_sessions_where_there_are_four() -> None:
    """Texts of one session share its record: 40 of one that gains and 3 others that do not say less than 43 texts."""
    some = [CLAIMS[0]._replace(session=f"s{max(0, place - 39)}") for place in range(43)]
    gain = measure_gain(Synonyms(), some)
    assert (gain.drawn, gain.difference.values) == ("sessions", 4)
    assert measure_gain(Synonyms(), some[:42]).difference.values == 42


def test_the_weight_is_judged_by_texts_that_it_was_not_chosen_by() -> None:
    """Only one text needs a large weight, and it has no say in the weight that it is judged by."""
    crowd = [f"A: the budget, the budget, said number {n}" for n in range(12)]
    lines = segments([*crowd, *(f"B: {'well ' * 3}{n}" for n in range(12)), "A: the car is blue"])
    needy = Linked("needy", "The budget for an automobile was cut.", lines, frozenset({24}), asks=False)
    alone = measure_gain(Synonyms(), [needy] * 5)
    assert (alone.without, alone.joined) == (0.0, 1.0)
    assert alone.weight > WEIGHTS[0]
    easy = [Linked("easy", f"It was number {n}.", LINES, frozenset({6 + n}), asks=False) for n in range(20, 25)]
    gain = measure_gain(Synonyms(), [*easy, needy])
    assert gain.weight == alone.weight
    assert gain.joined == gain.without == 5 / 6


def test_too_few_tell_nothing() -> None:
    unlinked = [one._replace(marked=frozenset()) for one in CLAIMS]
    with pytest.raises(ScribeError, match="2 claims with linked lines; at least 5"):
        measure_gain(Synonyms(), [*CLAIMS[:2], *unlinked])
    general = [one._replace(text="Summarize the meeting.") for one in QUESTIONS]
    with pytest.raises(ScribeError, match="at least 5"):
        measure_gain(Synonyms(), [*QUESTIONS[:4], *general])


# ── In a workspace ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Four sessions, each with six questions whose lines are the last ones, and hold none of their words."""
    (tmp_path / "scribe.toml").write_text('embeddings = "some/model"\n')
    (tmp_path / "meetings").mkdir()
    for name in "abcd":
        lines = [{"text": s.text} for s in reversed(LINES)]
        references = [
            {"question": f"What of the {word}?", "summary": [{"text": f"The {word} was named.", "cites": [45 - place]}]}
            for place, word in enumerate(HEARD)
        ]
        tree = {"id": name, "transcript": {"segments": lines}, "references": references}
        (tmp_path / "meetings" / f"{name}.json").write_text(json.dumps(tree))
    far = ["Ada: The budget was cut.", *(f"Wen: {'Well, ' * 30}yes." for _ in range(40)), "Ada: The car is blue."]
    (tmp_path / "talk.txt").write_text("\n".join(far))
    return Workspace(tmp_path)


def measured(workspace: Workspace, encoder: Encoder, name: str = "some/model") -> Measured:
    found = Evaluating(workspace, opened=[open_simulator("extract")], embeddings=Embeddings(name, encoder))
    with found:
        told = found.evaluate([workspace.root / "meetings"]).embeddings
    assert told is not None
    return told


def answered(workspace: Workspace, embeddings: str | Embeddings | None) -> Outcome:
    with Pipeline(workspace, embeddings=embeddings) as pipeline:
        source = str(workspace.root / "talk.txt")
        return pipeline.run(source, about="What was said of the budget and the automobile?")


def is_shown(outcome: Outcome, line: int) -> bool:
    assert outcome.notes is not None
    (found,) = [p for p in outcome.notes.coverage.passages if p.first <= line < p.last]
    return found.outcome == "summarised"


def test_embeddings_that_help_join_in_answers_and_stand_in_the_recipe(workspace: Workspace) -> None:
    found = measured(workspace, Synonyms())
    assert found.helps
    assert found.questions is not None
    assert (found.questions.texts, found.questions.sessions, found.questions.drawn) == (24, 4, "sessions")
    assert found.claims is not None
    said = (
        "embeddings some/model: marked words .00 -> 1.00 (+1.00, +1.00 to +1.00; 24 questions of 4 sessions, drawn by"
    )
    assert found.said().startswith(said)
    assert found.said().endswith(": they help, and join in --about from now on")
    joined = answered(workspace, Embeddings("some/model", Synonyms()))
    assert joined.remarks == ()
    assert is_shown(joined, 41)
    assert joined.notes is not None
    assert joined.notes.recipe.settings["embeddings"] == "some/model"
    without = answered(workspace, None)
    assert not is_shown(without, 41)
    assert without.notes is not None
    assert "embeddings" not in without.notes.recipe.settings


def test_embeddings_that_do_not_help_stay_out(workspace: Workspace) -> None:
    found = measured(workspace, Liar())
    assert not found.helps
    assert found.said().endswith(": they do not help here, and stay out")
    out = answered(workspace, "some/model")
    assert not is_shown(out, 41)
    assert out.remarks[0].startswith("embeddings some/model stay out, for they do not help here: marked words ")


@pytest.mark.parametrize("kept", [None, "{", '{"models": 3}', '{"models": []}'])
def test_embeddings_that_nobody_measured_stay_out(workspace: Workspace, kept: str | None) -> None:
    if kept is not None:
        workspace.embeddings_path.parent.mkdir()
        workspace.embeddings_path.write_text(kept)
    out = answered(workspace, "some/model")
    assert out.remarks == (
        "embeddings some/model stay out, for nobody has measured whether they help here: "
        "scribe eval FOLDER --embeddings some/model",
    )
    assert out.is_complete


def test_what_was_measured_is_kept_by_model_and_the_same_each_time(workspace: Workspace) -> None:
    measured(workspace, Synonyms())
    first = workspace.embeddings_path.read_bytes()
    measured(workspace, Liar(), "other/model")
    assert joining(Embeddings("some/model", Synonyms()), workspace)[0] is not None
    assert joining(Embeddings("other/model", Liar()), workspace)[0] is None
    measured(workspace, Liar())
    assert joining(Embeddings("some/model", Synonyms()), workspace)[0] is None, "the last measurement counts"
    workspace.embeddings_path.unlink()
    measured(workspace, Synonyms())
    assert workspace.embeddings_path.read_bytes() == first


def test_a_model_that_was_measured_and_is_gone_is_a_remark(workspace: Workspace) -> None:
    measured(workspace, Synonyms(), "not a/name/of a model")
    (remark,) = answered(workspace, "not a/name/of a model").remarks
    assert remark.startswith("embeddings: expected a folder or the name of a model, found neither at 'not a/name/of")
    assert remark.endswith(", so they stay out")


def test_a_question_without_a_topic_needs_none(workspace: Workspace) -> None:
    with Pipeline(workspace, embeddings="some/model") as pipeline:
        assert pipeline.run(str(workspace.root / "talk.txt"), about="Summarize the meeting.").remarks == ()


def test_too_few_linked_lines_are_told_and_nothing_is_kept(workspace: Workspace) -> None:
    measured(workspace, Synonyms())
    before = workspace.embeddings_path.read_bytes()
    for name in "bcd":
        (workspace.root / "meetings" / f"{name}.json").unlink()
    path = workspace.root / "meetings" / "a.json"
    tree = json.loads(path.read_text())
    path.write_text(json.dumps({**tree, "references": tree["references"][:2]}))
    found = measured(workspace, Synonyms())
    assert not found.helps
    assert found.said() == (
        "embeddings some/model: not measured, so they stay out: 2 questions with linked lines; at least 5 tell whether "
        "they help; 2 claims with linked lines; at least 5 tell whether they help"
    )
    assert workspace.embeddings_path.read_bytes() == before


def test_a_folder_is_called_by_its_path_from_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "here" / "models" / "one").mkdir(parents=True)
    (tmp_path / "there").mkdir()
    assert name_of(str(tmp_path / "here" / "models" / "one"), tmp_path / "here") == "models/one"
    assert name_of(str(tmp_path / "there"), tmp_path / "here") == str(tmp_path.resolve() / "there")
    assert name_of("owner/model", tmp_path) == "owner/model"


# ── A model of sentence-transformers ─────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with random weights, whose vocabulary is letters."""
    from scribe.simulators.hf.quiet import quiet

    folder = tmp_path_factory.mktemp("encoder")
    with quiet():
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
        from transformers import BertConfig, BertModel, BertTokenizerFast

        letters = "abcdefghijklmnopqrstuvwxyz"
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(pieces),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=128,
        )
        BertModel(config).save_pretrained(folder / "bert")
        BertTokenizerFast(vocab={piece: place for place, piece in enumerate(pieces)}).save_pretrained(folder / "bert")
        parts = [Transformer(str(folder / "bert")), Pooling(32, pooling_mode="mean")]
        SentenceTransformer(modules=parts, device="cpu").save(str(folder / "model"))
    return folder / "model"


def test_a_model_opens_and_reads(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    encoder = open_encoder(str(model))
    found = Embedded(encoder, LINES).similarities("we talked of the cat again")
    assert found.shape == (len(LINES),)
    assert int(np.argmax(found)) == 1, "the same words have the same vector"
    assert np.array_equal(found, Embedded(open_encoder(str(model)), LINES).similarities("we talked of the cat again"))
    assert capfd.readouterr() == ("", ""), "the libraries keep to themselves"


def test_eval_measures_a_model_and_notes_heeds_it(model: Path, workspace: Workspace) -> None:
    root = str(workspace.root)
    meetings = f"{root}/meetings"
    code, out, told = scribe("eval", meetings, "--workspace", root, "--embeddings", str(model))
    assert (code, told) == (0, "")
    assert out.splitlines()[-1].startswith(f"embeddings {model}: marked words .00 -> ")
    _, out, _ = scribe("eval", meetings, "--workspace", root, "--embeddings", str(model), "--json")
    (line,) = out.splitlines()
    found: dict[str, Any] = json.loads(line)["embeddings"]
    assert (found["model"], found["questions"]["texts"]) == (str(model), 24)
    assert found["helps"] == (found["questions"]["difference"]["low"] > 0)
    (kept,) = json.loads(workspace.embeddings_path.read_text())["models"]
    assert kept == {key: value for key, value in found.items() if key != "helps"}
    (workspace.root / "scribe.toml").write_text(f"embeddings = {json.dumps(str(model))}\n")
    code, out, told = scribe(
        "notes", f"{root}/talk.txt", "--workspace", root, "--about", "What of the budget?", "--json"
    )
    assert code == 0
    said = json.loads(out)
    assert ("embeddings" in said["recipe"]["settings"]) == found["helps"]
    assert any("do not help here" in remark for remark in said["remarks"]) != found["helps"]


@pytest.mark.parametrize("broken", ["config.json", "modules.json", "model.safetensors", "everything"])
def test_a_broken_model_is_one_line(model: Path, tmp_path: Path, broken: str) -> None:
    for path in model.rglob("*"):
        if path.is_file() and broken != "everything":
            copy = tmp_path / path.relative_to(model)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(b"{" if copy.name == broken else path.read_bytes())
    with pytest.raises(ScribeError, match=r"cannot be opened as a model of sentence-transformers: .") as error:
        open_encoder(str(tmp_path))
    assert "\n" not in str(error.value)


def test_a_model_that_is_not_there_is_one_line(workspace: Workspace) -> None:
    root = str(workspace.root)
    code, out, told = scribe("eval", f"{root}/meetings", "--workspace", root, "--embeddings", "./no-such-folder")
    assert (code, out) == (2, "")
    assert told == (
        "scribe: embeddings: expected a folder or the name of a model, found neither at './no-such-folder'\n"
    )


def test_a_missing_package_is_one_line(tmp_path: Path) -> None:
    """In an interpreter that cannot import it."""
    code = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from scribe.embeddings import open_encoder\nfrom scribe.records import ScribeError\n"
        "try:\n    open_encoder(sys.argv[1])\nexcept ScribeError as error:\n    print(error)"
    )
    run = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.startswith("embeddings need sentence-transformers (")
    assert done.stdout.endswith("pip install 'scribe[embeddings]'\n")
    assert done.stdout.count("\n") == 1
