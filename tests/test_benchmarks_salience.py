"""The figures for what is chosen: systems, controls, citations."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import transcript

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

TALK = [
    "I claim that the log-loss of a simulator is smallest at the true distribution .",
    "{vocalsound} Mm-hmm .",
    "What does the bound look like when the simulator is trained for a finite time ?",
    "The bound grows with the square root of the excess loss , because of Pinsker's inequality .",
    "We decided to write the bound out before the next meeting .",
    "The experiment should tell whether calibration survives sampling at a low temperature .",
]


@pytest.fixture(scope="module")
def salience() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module("salience")
    finally:
        sys.path.remove(str(BENCHMARKS))


def queried(salience: ModuleType, *queries: tuple[str, str, tuple[tuple[int, int], ...]]) -> object:
    lines = [(f"PhD {'AB'[i % 2]}", text) for i, text in enumerate(TALK)]
    made = tuple(salience.Query("specific", question, answer, spans) for question, answer, spans in queries)
    return salience.QueriedMeeting(transcript(lines), made)


def test_an_absent_folder_is_one_line_and_no_failure(tmp_path: Path) -> None:
    command = [sys.executable, BENCHMARKS / "salience.py", "--json", "--data", tmp_path / "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_every_figure_is_there(tmp_path: Path) -> None:
    pytest.importorskip("sumy")
    pytest.importorskip("rouge_score")
    row = {
        "meeting_transcripts": [{"speaker": f"PhD {'AB'[i % 2]}", "content": TALK[i % 6]} for i in range(12)],
        "general_query_list": [{"query": "Summarize the whole meeting.", "answer": "The group discussed the bound."}],
        "specific_query_list": [
            {
                "query": "What was said about the bound?",
                "answer": "The bound grows with the root of the excess loss.",
                "relevant_text_span": [["2", "4"]],
            }
        ],
    }
    (tmp_path / "qmsum").mkdir()
    for split in ("test", "train"):
        (tmp_path / "qmsum" / f"Academic.{split}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    command = [sys.executable, BENCHMARKS / "salience.py", "--json", "--data", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    for system in ("", "plain_", "control_random_", "control_nearest_", "control_rewriting_", "textrank_", "lexrank_"):
        for kind in ("all", "general", "specific"):
            for metric in ("rouge1", "rouge2", "rougeLsum", "content1"):
                assert 0 <= figures[f"{system}{kind}_{metric}"] <= 100
    assert figures["chunk_rouge2"] > figures["control_rewriting_specific_rouge2"]
    assert figures["control_nearest_all_citation_precision"] == 0.0


def test_lines_that_people_marked_are_right(salience: ModuleType) -> None:
    pytest.importorskip("rouge_score")
    meeting = queried(salience, ("What of the bound?", "The bound grows.", ((2, 4),)))
    figures = salience.measure(lambda *_: salience.Answer(["The bound grows."], (3, 5)), [meeting])
    assert figures["specific_rouge1"] == figures["all_rouge1"] == 100.0
    assert (figures["all_citation_precision"], figures["all_citation_recall"]) == (0.5, 0.5)


def test_the_nearest_answer_is_another_meetings(salience: ModuleType) -> None:
    asked = queried(salience, ("What was said about the bound?", "Nobody knows.", ()))
    known = queried(
        salience, ("What was said about lunch?", "It was late.", ()), ("What about the bound?", "It holds.", ())
    )
    system = salience.nearest([known])
    assert system(asked, asked.queries[0]).sentences == ["It holds."]  # type: ignore[attr-defined]


def test_a_control_draws_the_same_again(salience: ModuleType) -> None:
    meeting = queried(salience, ("What was said about the bound?", "It holds.", ()))
    query = meeting.queries[0]  # type: ignore[attr-defined]
    plain, echoing = salience.drawn(echoes=False)(meeting, query), salience.drawn(echoes=True)(meeting, query)
    assert plain == salience.drawn(echoes=False)(meeting, query)
    assert echoing.sentences == [query.question, *plain.sentences]


def test_an_ablation_leaves_the_models_as_they_were(salience: ModuleType) -> None:
    models = {"sentence": salience.Linear(0.0, {"place": (0.0, 1.0, 1.0), "asks": (0.0, 1.0, 1.0)})}
    with salience.without(("place",), models):
        assert set(models["sentence"].terms) == {"asks"}
    assert set(models["sentence"].terms) == {"place", "asks"}
