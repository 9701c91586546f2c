"""The benchmark of `scribe same` on meetings made here."""

from __future__ import annotations

import doctest
import importlib
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from micro_model import save_micro

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MEASURES = ("likelihood_gain", "cosine", "bm25")


def meeting(number: int, split: str) -> dict[str, object]:
    """Three topics of 30 turns, each with words of its own among the small change of talk; Ada and Bo speak."""
    rng = random.Random(f"{number} {split}")
    turns = []
    for topic in range(3):
        own = [f"w{number}x{topic}x{n}" for n in range(40)]
        for turn in range(30):
            said = [
                rng.choice(own if rng.random() < 0.3 else ["so", "the", "we", "and", "is", "Ada"]) for _ in range(20)
            ]
            turns.append({"speaker": f"Hon. {('Ada', 'Bo')[turn % 2]} (Minister of Talk)", "content": " ".join(said)})
    titles = [f"title{number}x{topic}" for topic in range(3)]
    spans = [[[str(30 * topic), str(30 * topic + 29)]] for topic in range(3)]
    topics = [{"topic": t, "relevant_text_span": span} for t, span in zip(titles, spans, strict=True)]
    return {"meeting_transcripts": turns, "topic_list": topics}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six meetings to train on and four to judge."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "qmsum").mkdir()
    for split, many in (("train", 11), ("val", 4)):
        rows = [json.dumps(meeting(number, split)) for number in range(many)]
        (folder / "qmsum" / f"Academic.{split}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return folder


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module(name)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCHMARKS / "same_problem.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=170)


def test_an_absent_folder_is_one_line_and_no_failure(tmp_path: Path) -> None:
    done = run("--json", "--data", tmp_path / "nowhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert str(tmp_path / "nowhere") in done.stdout


def test_every_figure_is_there_and_in_range(data: Path, tmp_path: Path) -> None:
    spec = f"hf:{save_micro(tmp_path / 'micro', max_position_embeddings=1024)}?device=cpu"
    done = run("--json", "--data", data, "--simulator", spec, "--words", "60")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["meetings"] == 4
    assert figures["pairs"] == 3 * 3 * 4
    for name in ("simulator_gain", *MEASURES):
        for kind in ("", "_same_meeting", "_other_meetings"):
            for figure, most in ((f"auroc_{name}{kind}", 1), (f"logloss_{name}{kind}", 5)):
                assert 0 <= figures[f"{figure}_low"] <= figures[f"{figure}_high"] <= most, figure
                assert 0 <= figures[figure] <= most, figure
        together = [figures[f"auroc_{name}_{kind}"] for kind in ("same_meeting", "other_meetings")]
        assert figures[f"auroc_{name}"] == pytest.approx(sum(together) / 2, abs=1e-3)
    for name in MEASURES:
        assert figures[f"auroc_{name}"] > 0.95, "topics here have words of their own"
        assert figures[f"auroc_{name}_200_words"] > 0.95
        assert figures[f"calibration_{name}_slope"] > 0
        assert figures[f"logloss_{name}"] < 0.5
    assert f"auroc_{MEASURES[0]}_800_words" not in figures, "no topic here is that long"


def test_parts_that_are_left_out_leave_no_figures(data: Path) -> None:
    done = run("--json", "--data", data, "--skip", "measures,calibration")
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures
    assert all(key.endswith("_words") for key in figures)
    assert "unknown part 'lenghts'" in run("--skip", "lenghts").stderr


def test_too_few_topics_are_a_line_and_no_figures(data: Path) -> None:
    done = run("--json", "--data", data, "--limit", "2", "--skip", "lengths,calibration")
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1]) == {}
    assert "too few topics of 200 words" in done.stderr


def test_pairs_are_balanced_and_nothing_but_the_words_gives_them_away(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = module("same_problem_pairs", monkeypatch)
    made = pairs.make_pairs(pairs.load_topics(data, "train"), 100)
    assert Counter(pair.kind for pair in made) == dict.fromkeys(pairs.KINDS, 33)
    for pair in made:
        assert len(pair.first.split()) == len(pair.second.split()) == 100
        assert not {"Ada", "Bo", "Hon"} & {*pair.first.split(), *pair.second.split()}
        assert (pair.meeting == pair.other_meeting) == (pair.kind != "other_meetings")
        topics = [
            {word.rpartition("x")[0] for word in text.split() if "x" in word} for text in (pair.first, pair.second)
        ]
        assert [len(topic) for topic in topics] == [1, 1]
        assert (topics[0] == topics[1]) == (pair.kind == "same")
    for kind in pairs.KINDS:
        for texts in zip(*[(pair.first, pair.second) for pair in made if pair.kind == kind], strict=True):
            assert len(set(texts)) == 33, "each passage stands once in each place"


def test_names_stay_where_they_are_asked_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = module("same_problem_pairs", monkeypatch)
    bare, named = (pairs.load_topics(data, "val", keep_names=keep)[0] for keep in (False, True))
    assert "Ada" in named.words
    assert list(bare.words) == [word for word in named.words if word != "Ada"]


def test_topics_of_two_meetings_with_like_titles_are_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = module("same_problem_pairs", monkeypatch)
    topics = [
        pairs.Topic(f"Product-{n}", title, ("word",) * 20, frozenset({n}))
        for n, title in enumerate(["Prototype presentation", "Presenting the prototype", "Budget"])
    ]
    assert pairs._of_another_meeting(topics[0], topics[2])
    assert not pairs._of_another_meeting(topics[0], topics[1])
    assert pairs.make_pairs([], 10) == pairs.make_pairs(topics, 10) == []


def test_the_small_model_is_trained_saved_and_opened(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second of training makes a folder that scores, and better than chance: it has learnt which tokens there are."""
    from scribe.measures.likelihood import document
    from scribe.simulators import open_simulator

    model, pairs = (module(name, monkeypatch) for name in ("same_problem_model", "same_problem_pairs"))
    texts = [" ".join(topic.words) for topic in pairs.load_topics(data, "train")]
    model.train(texts, 0.05, tmp_path / "model")
    simulator = open_simulator(f"hf:{tmp_path / 'model'}?device=cpu")
    assert simulator.context == model.SHAPE["max_position_embeddings"]
    (score,) = simulator.score(document(texts[0][:300]), [texts[0][300:600]])
    assert -score.logprob / score.tokens < 8.0, "ln 4096 = 8.3 is what it knew before"


def test_documents_hold_two_passages_of_one_topic_that_do_not_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    from tokenizers import ByteLevelBPETokenizer

    model = module("same_problem_model", monkeypatch)
    texts = [" ".join(f"{letter}{n}" for n in range(2000)) for letter in "ab"]
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, vocab_size=3000, special_tokens=[model.END], show_progress=False)
    drawn = model.documents(bpe, texts)
    for _ in range(20):
        ids = next(drawn)
        words = [word for word in bpe.decode(ids).split() if word[0] in "ab" and word[1:].isdigit()]
        assert len({word[0] for word in words}) == 1
        assert len(words) == len(set(words)), "a word that comes twice would be in both passages"
    with pytest.raises(ValueError, match="no topic has 512 tokens"):
        next(model.documents(bpe, ["too short"]))


def test_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctest.testmod(module("same_problem_pairs", monkeypatch)).attempted > 0
    assert doctest.testmod(module("same_problem_pairs", monkeypatch)).failed == 0
