import doctest
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

TALK = [
    "I claim that the log-loss of a simulator is smallest at the true distribution.",
    "Mm-hmm.",
    "What does the bound look like when the simulator is trained for a finite time?",
    "The bound grows with the square root of the excess loss, because of Pinsker's inequality.",
    "We decided to write the bound out before the next meeting.",
    "I don't think the bound holds for models that were fine-tuned.",
    "Let's define the excess loss as the loss less the entropy of the text.",
    "Yeah.",
    "So Tomas will run the experiment with seven simulators on Friday.",
    "The experiment should tell whether calibration survives sampling at a low temperature.",
]
SYSTEMS = ("scribe", "textrank", "lexrank")
METRICS = ("rouge1", "rouge2", "rougeL", "rougeLsum")


def make_timed(name: str, turns: int) -> dict[str, object]:
    """A meeting of `turns` lines, ten seconds each."""
    segments = [
        {"start": 10.0 * i, "end": 10.0 * i + 9, "speaker": "AB"[i % 2], "text": f"{TALK[i % 10]} It is point {i}."}
        for i in range(turns)
    ]
    return {"id": name, "segments": segments}


def make_queried(turns: int) -> dict[str, object]:
    marked = [f"{{vocalsound}} {text.replace('.', ' .').replace(',', ' ,')}" for text in TALK]
    return {
        "meeting_transcripts": [{"speaker": f"PhD {'AB'[i % 2]}", "content": marked[i % 10]} for i in range(turns)],
        "general_query_list": [
            {"query": "Summarize the whole meeting.", "answer": "The group discussed the bound. It ran an experiment."}
        ],
        "specific_query_list": [
            {"query": "What was said about the bound?", "answer": "The bound grows with the root of the excess loss."},
            {"query": "What will Tomas do?", "answer": "Tomas will run the experiment on Friday."},
        ],
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two meetings of each corpus."""
    folder = tmp_path_factory.mktemp("data")
    for corpus, names in (("icsi", ("Bxx001", "Bxx002")), ("ami", ("EX1a", "EX1b"))):
        (folder / corpus).mkdir()
        for turns, name in zip((40, 60), names, strict=True):
            (folder / corpus / f"{name}.json").write_text(json.dumps(make_timed(name, turns)), encoding="utf-8")
    (folder / "qmsum").mkdir()
    lines = "".join(json.dumps(make_queried(turns)) + "\n" for turns in (10, 20))
    (folder / "qmsum" / "Academic.val.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture
def corpora(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("corpora")


@pytest.fixture
def bench_notes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("notes")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCHMARKS / "notes.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_an_absent_folder_is_one_line_and_no_failure(tmp_path: Path) -> None:
    done = run("--json", "--data", tmp_path / "nowhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert str(tmp_path / "nowhere") in done.stdout


def test_every_figure_is_there_and_in_range(data: Path) -> None:
    pytest.importorskip("sumy")
    pytest.importorskip("rouge_score")
    done = run("--json", "--data", data, "--hours", "0.05,0.5")
    assert done.returncode == 0, done.stderr
    *table, last = done.stdout.splitlines()
    figures = json.loads(last)
    assert {k: figures[k] for k in ("meetings", "failures", "coverage_min", "citations_resolving")} == {
        "meetings": 4,
        "failures": 0,
        "coverage_min": 1.0,
        "citations_resolving": 1.0,
    }
    assert 0 < figures["hour_seconds"] < 600
    assert 20 < figures["peak_mib"] < 4_000
    assert -1 < figures["scaling_exponent"] < 3
    for system in SYSTEMS:
        assert figures[f"{system}_seconds"] >= 0
        assert 5 < figures[f"{system}_mean_words"] <= 110
        assert (figures[f"{system}_empty"], figures[f"{system}_too_long"]) == (0, 0)
        for kind in ("general", "specific"):
            assert all(0 <= figures[f"{system}_{kind}_{metric}"] <= 100 for metric in METRICS)
        assert figures[f"{system}_general_rouge1"] > 0
    assert [line.split()[0] for line in table[-3:]] == list(SYSTEMS)


def test_parts_and_corpora_left_out_leave_no_figures(data: Path, tmp_path: Path) -> None:
    (tmp_path / "ami").symlink_to(data / "ami")
    done = run("--json", "--data", tmp_path, "--skip", "scaling", "--limit", "1")
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) == {
        "hour_seconds",
        "hour_cpu_seconds",
        "meetings",
        "failures",
        "coverage_min",
        "citations_resolving",
    }
    assert figures["meetings"] == 1


def test_a_meeting_that_fails_is_counted_and_the_others_go_on(
    data: Path, corpora: ModuleType, bench_notes: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = corpora.load_meetings(data, limit=2)
    bad = bad.model_copy(update={"source": "no such folder/bad.json"})
    figures = bench_notes.measure_meetings([bad, good])
    assert (figures["meetings"], figures["failures"], figures["coverage_min"]) == (2, 1, 0.0)
    assert figures["citations_resolving"] == 1.0
    assert f"failed: {bad.id}: FileNotFoundError" in capsys.readouterr().err


def test_an_unknown_part_is_named(tmp_path: Path) -> None:
    done = run("--skip", "rogue", "--data", tmp_path)
    assert done.returncode == 2
    assert "unknown part 'rogue'; known: scaling, meetings, rouge" in done.stderr


def test_joining_keeps_the_order_the_length_and_the_speakers_apart(data: Path, corpora: ModuleType) -> None:
    meetings = corpora.load_meetings(data)
    assert [meeting.id for meeting in meetings] == ["Bxx001", "EX1a", "Bxx002", "EX1b"]
    whole = sum(corpora.hours_of(meeting) for meeting in meetings)
    joined = corpora.joined(meetings, 2 * whole)
    starts = [segment.start for segment in joined.segments]
    assert starts == sorted(starts)
    assert corpora.hours_of(joined) == pytest.approx(2 * whole, abs=10 / 3600)
    assert len(joined.speakers) == 2 * 4 * 2
    once = [segment.text for meeting in meetings for segment in meeting.segments]
    assert [segment.text for segment in joined.segments][: len(once)] == once


def test_a_split_that_is_absent_gives_way(data: Path, corpora: ModuleType, tmp_path: Path) -> None:
    assert corpora.split_there(data, "train") == "val"
    assert corpora.split_there(tmp_path) is None
    assert corpora.load_qmsum(data, "test") == []
    meeting, _ = corpora.load_qmsum(data, "val")
    assert meeting.transcript.segments[0].text == TALK[0]
    assert [query.kind for query in meeting.queries] == ["general", "specific", "specific"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("It is so.[^1-2_4]\n\n[^1-2_4]: “so”\n", [True]),
        ("It is so.[^1]\n", [False]),
        ("It is so.[^1]\n\n[^1]: “so”\n[^1]: “so”\n", [False]),
        ("It is so.[^10]\n\n[^10]: “so”\n", [False]),
        ("It is so.[^note]\n\n[^note]: “so”\n", [False]),
        ("One.[^1] Two.[^1] Three \\[^3].\n\n[^1]: “so [^9]”\n", [True, True]),
    ],
)
def test_marks_lead_to_one_footnote_and_to_lines_that_exist(
    page: str, expected: list[bool], data: Path, corpora: ModuleType, bench_notes: ModuleType
) -> None:
    ten_lines = corpora.joined(corpora.load_meetings(data), 100 / 3600)
    assert len(ten_lines.segments) == 10
    assert bench_notes.resolve(page, ten_lines) == expected


def test_examples(corpora: ModuleType) -> None:
    assert doctest.testmod(corpora).failed == 0
