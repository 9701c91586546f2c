"""The stages together: sources in, files out, nothing done twice, nothing of anybody's lost."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Scripted, refuse

import scribe
from scribe import transcripts
from scribe.evidence.spoken import spoken
from scribe.pipeline import Described, Loaded, Pipeline, forget, load
from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.shelf import Workspace
from scribe.simulators import Usage
from scribe.simulators.extract import Extract

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "transcripts" / "simulators-1.vtt"
RECORDING = ROOT / "transcripts" / "simulators-1.m4a"

UNTIMED = """\
Ada: By an oracle I mean a program that answers questions and does nothing else.
Ben: What keeps the oracle from choosing answers that make its later answers easier?
Ada: Nothing in the training objective keeps it from choosing such answers, because the objective counts every answer.
Ben: Then we should train the oracle on questions whose answers nobody ever reads.
Ada: Let's agree that the next session is about counterfactual oracles.
"""


def run(source: Path, workspace: Path) -> tuple[Pipeline, str, str]:
    """Run one source; the pipeline, the notes and the post."""
    with Pipeline(Workspace(workspace)) as pipeline:
        outcome = pipeline.run(str(source))
    folder = workspace / "drafts" / outcome.transcript.id
    return pipeline, (folder / "notes.md").read_text(), (folder / "post.md").read_text()


def test_an_untimed_transcript_is_cited_by_line(tmp_path: Path) -> None:
    source = tmp_path / "oracles.txt"
    source.write_text(UNTIMED)
    _, notes, post = run(source, tmp_path)
    assert "[line 0](../../oracles.txt)" in notes
    assert "#t=" not in notes + post
    assert "*lines 0–4 · discussion · Ada, Ben*" in notes
    assert "By an oracle I mean a program" in post


def test_a_source_outside_the_workspace_is_linked_from_it(tmp_path: Path) -> None:
    source = tmp_path / "elsewhere" / "oracles.txt"
    source.parent.mkdir()
    source.write_text(UNTIMED)
    (tmp_path / "seminar").mkdir()
    _, notes, _ = run(source, tmp_path / "seminar")
    assert "(../../../elsewhere/oracles.txt)" in notes
    stored = Workspace(tmp_path / "seminar").load_transcript("oracles")
    assert stored.source == "../elsewhere/oracles.txt"


def test_a_second_run_asks_the_simulator_nothing(tmp_path: Path) -> None:
    first, *pages = run(SAMPLE, tmp_path)
    again, *same = run(SAMPLE, tmp_path)
    assert first.simulator.misses > 0
    assert again.simulator.misses == 0
    assert again.simulator.hits > 0
    assert pages == same


def test_a_damaged_store_of_rollouts_costs_nothing_else(tmp_path: Path) -> None:
    _, *pages = run(SAMPLE, tmp_path)
    store = Workspace(tmp_path).rollouts_path
    store.write_bytes(b"no database at all, " * 500)
    told: list[str] = []
    with Pipeline(Workspace(tmp_path), warn=told.append) as pipeline:
        pipeline.run(str(SAMPLE))
    assert any("corrupt" in line for line in told)
    assert [(tmp_path / "drafts/simulators-1" / name).read_text() for name in ("notes.md", "post.md")] == pages


def test_a_sidecar_that_covers_little_of_the_recording_is_remarked_on(tmp_path: Path) -> None:
    shutil.copy(RECORDING, tmp_path / "talk.m4a")
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:20.000\n<v Ada>The model predicts the next token.\n")
    loaded = load(str(tmp_path / "talk.m4a"), Workspace(tmp_path))
    assert any("covers only the first 9% of talk.m4a" in remark for remark in loaded.remarks)
    assert loaded.transcript.duration == pytest.approx(222.7, abs=1)


def test_a_transcript_longer_than_its_recording_is_remarked_on(tmp_path: Path) -> None:
    shutil.copy(RECORDING, tmp_path / "talk.m4a")
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n10:00.000 --> 10:20.000\n<v Ada>The model predicts the next token.\n")
    loaded = load(str(tmp_path / "talk.m4a"), Workspace(tmp_path))
    assert any("do they belong together?" in remark for remark in loaded.remarks)


def test_a_broken_recording_does_not_stop_its_transcript(tmp_path: Path) -> None:
    (tmp_path / "talk.m4a").write_bytes(RECORDING.read_bytes()[:5000])
    shutil.copy(SAMPLE, tmp_path / "talk.vtt")
    loaded = load(str(tmp_path / "talk.m4a"), Workspace(tmp_path))
    assert any("going on with the transcript alone" in remark for remark in loaded.remarks)
    assert len(loaded.transcript.segments) == 46


def test_every_format_that_can_be_written_is_a_source(tmp_path: Path) -> None:
    there = transcripts.read(SAMPLE).transcript
    for kind in transcripts.WRITABLE:
        source = tmp_path / kind / f"talk-{kind}.{kind}"
        source.parent.mkdir()
        source.write_text(transcripts.compose(there, kind))
        _, notes, _ = run(source, tmp_path)
        assert "By a simulator I mean" in notes, kind


def test_one_endless_line_is_cut_and_said_so(tmp_path: Path) -> None:
    source = tmp_path / "endless.txt"
    source.write_text("The simulator continues the document with one more word, and then it goes on. " * 3000)
    loaded = load(str(source), Workspace(tmp_path))
    assert max(len(s.text) for s in loaded.transcript.segments) <= 12_000
    assert loaded.remarks
    with Pipeline(Workspace(tmp_path)) as pipeline:
        assert pipeline.run(str(source)).is_complete


@pytest.mark.parametrize("name", ["..", "../escape", "no such id", "", "a\nb"])
def test_a_source_that_is_not_there_is_one_line(tmp_path: Path, name: str) -> None:
    with Pipeline(Workspace(tmp_path)) as pipeline, pytest.raises(ScribeError) as error:
        pipeline.run(name)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "drafts").exists()


# ── Simulators and settings ──────────────────────────────────────────────────────────────────


class Counting(Extract):
    """`extract`, with a meter."""

    def __init__(self) -> None:
        super().__init__()
        self.usage = Usage()

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        self.usage = self.usage.model_copy(update={"requests": self.usage.requests + len(prompts)})
        return super().sample(prompts, sampling)


def test_a_simulator_that_fails_throughout_leaves_the_notes_as_they_were(tmp_path: Path) -> None:
    """A server that is down made a page that said nothing, in the place of one that said much."""
    _, notes, post = run(SAMPLE, tmp_path)
    failing = Pipeline(Workspace(tmp_path), simulator=Scripted(refuse))
    with failing, pytest.raises(ScribeError, match=r"not a line could be read, so nothing was written; .*is down"):
        failing.run(str(SAMPLE))
    folder = tmp_path / "drafts" / "simulators-1"
    assert [(folder / name).read_text() for name in ("notes.md", "post.md")] == [notes, post]
    assert sorted(path.name for path in folder.iterdir()) == ["draft.json", "notes.json", "notes.md", "post.md"]


def test_an_open_simulator_is_taken_as_it_is(tmp_path: Path) -> None:
    with Pipeline(Workspace(tmp_path), simulator=Counting()) as pipeline:
        outcome = pipeline.run(str(SAMPLE))
    assert outcome.notes is not None
    assert outcome.notes.recipe.engine == "extract/3"
    assert outcome.notes.recipe.settings["merge"] == "hierarchical"


def test_scribe_run_takes_a_simulator_and_a_way_to_merge(tmp_path: Path) -> None:
    outcome = scribe.run(SAMPLE, workspace=tmp_path, simulator=Extract(), merge="incremental")
    assert outcome.notes is not None
    assert outcome.notes.recipe.settings["merge"] == "incremental"


def test_an_unknown_way_to_merge_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScribeError, match="unknown way to merge 'sideways'; known: hierarchical, incremental"):
        Pipeline(Workspace(tmp_path), merge="sideways")  # type: ignore[arg-type]


def test_a_context_too_small_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    class Small(Counting):
        context = 1_000

    with (
        Pipeline(Workspace(tmp_path), simulator=Small()) as pipeline,
        pytest.raises(ScribeError, match="a context of 1000"),
    ):
        pipeline.run(str(SAMPLE))
    assert pipeline.simulator.misses == 0


def test_what_was_heard_in_another_recording_of_that_name_is_no_transcript_of_this_one(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "transcripts").mkdir()
    place = tmp_path / "transcripts" / "talk.m4a"
    shutil.copy(SAMPLE.with_suffix(".m4a"), place)
    older = transcripts.read(SAMPLE).transcript.model_copy(
        update={"id": "talk", "source": "transcripts/talk.m4a", "recording": "transcripts/talk.m4a"}
    )
    workspace.save_transcript(older)
    heard: list[Path] = []

    def hear(path: Path, described: Described) -> Loaded:
        heard.append(path)
        return Loaded(transcript=older, format="recording")

    load(str(place), workspace, hear=hear)
    assert heard == [place]


def test_a_source_can_be_given_a_title_a_date_and_another_id(tmp_path: Path) -> None:
    described = Described(id="week-1", title="On prefixes", date="2026-11-03")
    with Pipeline(Workspace(tmp_path)) as pipeline:
        outcome = pipeline.run(str(SAMPLE), stages=("notes",), described=described)
        assert (outcome.transcript.id, outcome.transcript.date) == ("week-1", "2026-11-03")
        assert outcome.notes is not None
        assert outcome.notes.title == "On prefixes"
        drafted = pipeline.run("week-1", stages=("draft",), keeps_notes=True)
        assert drafted.notes == outcome.notes
        assert [file.path.name for file in drafted.files] == ["post.md"]
    assert Workspace(tmp_path).load_transcript("week-1").title == "On prefixes"


def test_what_was_remembered_of_a_session_is_let_go(tmp_path: Path) -> None:
    run(SAMPLE, tmp_path)
    assert spoken.cache_info().currsize > 50
    forget()
    assert spoken.cache_info().currsize == 0
    pages = run(SAMPLE, tmp_path)[1:]
    forget()
    assert run(SAMPLE, tmp_path)[1:] == pages
