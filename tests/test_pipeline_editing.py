"""What a person tells of a transcript is shown everywhere, marks what rests on it, and leaves what was heard."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, transcript

from scribe.batch.nouns import Item
from scribe.batch.setup import Setup
from scribe.batch.standing import Looker, parts_of
from scribe.glossary import Correction
from scribe.pipeline import Pipeline, correct, load, merge_speakers, name_speakers
from scribe.pipeline.editing import correct_line, name_in_layer, stale_blocks
from scribe.pipeline.loading import digest_of, labelled_before, saved
from scribe.pipeline.refining import Desk
from scribe.pipeline.revising import read_state
from scribe.records import ScribeError
from scribe.revise import split
from scribe.shelf import Store, Workspace

SAMPLE = "simulators-1"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The sample, with notes and a post of it."""
    (tmp_path / "transcripts").mkdir()
    for name in ("simulators-1.vtt", "simulators-1.m4a"):
        shutil.copy(ROOT / "transcripts" / name, tmp_path / "transcripts" / name)
    found = Workspace(tmp_path)
    with Pipeline(found) as pipeline:
        pipeline.run(str(tmp_path / "transcripts" / "simulators-1.vtt"))
    return found


def shown(workspace: Workspace, line: int) -> str:
    segment = workspace.load_transcript(SAMPLE).segments[line]
    return f"{segment.speaker}: {segment.text}"


def citing(workspace: Workspace, name: str, line: int) -> set[str | None]:
    """The blocks of a page that cite a line, by its footnotes of that line alone."""
    text = (workspace.draft_folder(SAMPLE) / name).read_text(encoding="utf-8")
    return {b.id for b in split(text).blocks if b.label is None and f"[^{line}]" in b.content}


# ── Lines ────────────────────────────────────────────────────────────────────────────────────


def test_a_line_is_put_right_and_what_cites_it_is_stale_until_the_raw_text_is_back(workspace: Workspace) -> None:
    path = workspace.transcript_path(SAMPLE)
    raw = path.read_bytes()
    edited = correct_line(workspace, SAMPLE, 9, "  Therefore training\n pushes the model about. ")
    assert edited.transcript.segments[9].text == shown(workspace, 9)[5:] == "Therefore training pushes the model about."
    assert path.read_bytes() == raw
    listed = {block.id for block in Desk(workspace, SAMPLE).blocks() if block.is_stale}
    assert listed == citing(workspace, "post.md", 9) != set()
    assert set(stale_blocks(workspace, workspace.post_path(SAMPLE))) == listed
    assert set(stale_blocks(workspace, workspace.notes_path(SAMPLE))) == citing(workspace, "notes.md", 9) != set()
    correct_line(workspace, SAMPLE, 9, workspace.load_raw(SAMPLE).segments[9].text + " ")
    assert not workspace.corrections_path(SAMPLE).exists()
    assert stale_blocks(workspace, workspace.post_path(SAMPLE)) == ()


def test_one_line_has_one_correction_and_what_fits_no_more_is_kept(workspace: Workspace) -> None:
    correct_line(workspace, SAMPLE, 4, "One.")
    correct_line(workspace, SAMPLE, 3, "Two.")
    correct_line(workspace, SAMPLE, 4, "Three.")
    assert [(e.line, e.after) for e in workspace.corrections(SAMPLE).lines] == [(3, "Two."), (4, "Three.")]
    raw = workspace.load_raw(SAMPLE)
    heard = raw.segments[4].model_copy(update={"text": "Heard anew."})
    anew = raw.model_copy(update={"segments": (*raw.segments[:4], heard, *raw.segments[5:])})
    workspace.save_transcript(anew)
    loaded = load(SAMPLE, workspace)
    assert [s.text for s in loaded.transcript.segments[3:5]] == ["Two.", "Heard anew."]
    assert [remark for remark in loaded.remarks if "1 correction left out" in remark and "line 4" in remark]
    correct_line(workspace, SAMPLE, 4, "Four.")
    assert [e.after for e in workspace.corrections(SAMPLE).lines] == ["Two.", "Three.", "Four."]
    assert shown(workspace, 4).endswith(": Four.")


@pytest.mark.parametrize(
    ("line", "text", "told"),
    [
        (-1, "x", "from 0 to"),
        (46, "x", "from 0 to 45, found 46"),
        (3, " \n ", "found none"),
        (3, "x" * 12_001, "12001"),
    ],
)
def test_what_is_no_correction_is_refused(workspace: Workspace, line: int, text: str, told: str) -> None:
    with pytest.raises(ScribeError, match=re.escape(told)):
        correct_line(workspace, SAMPLE, line, text)
    assert not workspace.corrections_path(SAMPLE).exists()


def test_every_way_to_read_the_session_shows_what_was_put_right(workspace: Workspace) -> None:
    folder = workspace.root / "transcripts"
    correct_line(workspace, SAMPLE, 9, "It is so.")
    name_in_layer(workspace, SAMPLE, {"Ada": "Ada Lovelace"})
    raw = workspace.transcript_path(SAMPLE).read_bytes()
    for source in (
        SAMPLE,
        str(folder / f"{SAMPLE}.json"),
        str(folder / f"{SAMPLE}.vtt"),
        str(folder / f"{SAMPLE}.m4a"),
    ):
        line = load(source, workspace).transcript.segments[9]
        assert (line.speaker, line.text) == ("Ada Lovelace", "It is so."), source
    assert load(SAMPLE, workspace).is_kept
    with Pipeline(workspace) as pipeline:
        made = pipeline.run(str(folder / f"{SAMPLE}.vtt"))
    assert made.transcript.segments[9].text == "It is so."
    assert workspace.transcript_path(SAMPLE).read_bytes() == raw


def test_a_recording_heard_before_is_shown_as_put_right(workspace: Workspace) -> None:
    place = workspace.root / "transcripts" / f"{SAMPLE}.m4a"
    (workspace.root / "transcripts" / f"{SAMPLE}.vtt").unlink()
    old = workspace.load_raw(SAMPLE)
    recipe = old.recipe.model_copy(update={"source_digest": digest_of(place)})
    workspace.save_transcript(old.model_copy(update={"source": f"transcripts/{place.name}", "recipe": recipe}))
    correct_line(workspace, SAMPLE, 9, "It is so.")
    assert load(str(place), workspace).transcript.segments[9].text == "It is so."


def test_a_source_that_changed_keeps_the_corrections_of_the_lines_that_did_not(workspace: Workspace) -> None:
    correct_line(workspace, SAMPLE, 9, "It is so.")
    correct_line(workspace, SAMPLE, 1, "It was so.")
    source = workspace.root / "transcripts" / f"{SAMPLE}.vtt"
    source.write_text(source.read_text(encoding="utf-8").replace("Today's question", "The question"), encoding="utf-8")
    loaded = load(str(source), workspace)
    assert loaded.transcript.segments[9].text == "It is so."
    assert loaded.transcript.segments[1].text.startswith("The question")
    assert "1 correction left out" in loaded.remarks[-1]
    workspace.save_transcript(loaded.transcript)
    assert workspace.load_raw(SAMPLE).segments[9].text.startswith("Therefore training")


def test_corrections_that_cannot_be_read_stop_every_way_to_read(workspace: Workspace) -> None:
    folder = workspace.root / "transcripts"
    workspace.corrections_path(SAMPLE).write_text("{")
    for source in (
        SAMPLE,
        str(folder / f"{SAMPLE}.json"),
        str(folder / f"{SAMPLE}.vtt"),
        str(folder / f"{SAMPLE}.m4a"),
    ):
        with pytest.raises(ScribeError, match=r"corrections\.json: expected corrections"):
            load(source, workspace)


def test_a_batch_makes_notes_and_posts_anew_for_a_correction(workspace: Workspace) -> None:
    item = Item(id=SAMPLE, source="x.vtt", shown="x.vtt")
    setup = Setup(workspace=str(workspace.root), simulator="extract", recipe="extract/3", frames={})

    def parts() -> list[dict[str, str]]:
        look = Looker(Store(str(workspace.root)), {})
        return [parts_of("notes", item, setup, look), parts_of("draft", item, setup, look)]

    before = parts()
    correct_line(workspace, SAMPLE, 9, "It is so.")
    for old, new in zip(before, parts(), strict=True):
        assert {name for name in new if old[name] != new[name]} == {"the corrections"}
        assert old["the corrections"] == ""


def test_jargon_put_right_in_a_corrected_line_goes_on_with_the_correction(workspace: Workspace) -> None:
    correct_line(workspace, SAMPLE, 9, "Training pushes the modell.")
    loaded = load(SAMPLE, workspace).transcript
    accepted = [Correction(heard="modell", meant="model"), Correction(heard="remote", meant="distant")]
    edited, places = correct(workspace, loaded, accepted)
    assert places == 1
    assert edited.transcript.segments[9].text == "Training pushes the model."
    assert shown(workspace, 9) == "Ada: Training pushes the model."
    assert workspace.load_raw(SAMPLE).segments[9].text.startswith("Therefore training")
    assert not [r for r in load(SAMPLE, workspace).remarks if "left out" in r]


# ── Names ────────────────────────────────────────────────────────────────────────────────────


def test_a_name_stands_on_every_page_and_nothing_is_stale_for_it(workspace: Workspace) -> None:
    raw = workspace.transcript_path(SAMPLE).read_bytes()
    correct_line(workspace, SAMPLE, 9, "It is so.")
    stale = stale_blocks(workspace, workspace.post_path(SAMPLE))
    edited = name_in_layer(workspace, SAMPLE, {"Ada": " Ada  Lovelace "})
    assert "Ada Lovelace" in edited.transcript.speakers
    post = workspace.post_path(SAMPLE).read_text(encoding="utf-8")
    assert "Ada Lovelace" in post
    assert not re.search(r"Ada(?! Lovelace)", post)
    assert stale_blocks(workspace, workspace.post_path(SAMPLE)) == stale != ()
    assert "Ada Lovelace" in workspace.notes_json_path(SAMPLE).read_text(encoding="utf-8")
    assert workspace.transcript_path(SAMPLE).read_bytes() == raw
    assert [e.after for e in workspace.corrections(SAMPLE).lines] == ["It is so."]


def test_names_compose_and_may_be_swapped(workspace: Workspace) -> None:
    name_in_layer(workspace, SAMPLE, {"Ada": "Eve"})
    name_in_layer(workspace, SAMPLE, {"Eve": "Jan", "Jan": "Eve"})
    assert workspace.corrections(SAMPLE).speakers == {"Ada": "Jan", "Jan": "Eve"}
    assert (shown(workspace, 3)[:4], shown(workspace, 14)[:4]) == ("Jan:", "Eve:")
    name_in_layer(workspace, SAMPLE, {"Jan": "Ada", "Eve": "Jan"})
    assert not workspace.corrections_path(SAMPLE).exists()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"Bob": "Eve"}, "expected one of its speakers, found 'Bob'"),
        ({"Ada": "\n"}, "expected a name for Ada, found none"),
        ({"Ada": "Jan"}, "expected a name that nobody else has"),
        ({"Ada": "x" * 81}, "up to 80 characters, found 81"),
    ],
)
def test_what_is_no_name_is_refused(workspace: Workspace, names: dict[str, str], told: str) -> None:
    with pytest.raises(ScribeError, match=re.escape(told)):
        name_in_layer(workspace, SAMPLE, names)
    assert not workspace.corrections_path(SAMPLE).exists()


def test_a_name_with_marks_is_text_on_the_page(workspace: Workspace) -> None:
    name_in_layer(workspace, SAMPLE, {"Ada": "A*d*a <b>"})
    name_in_layer(workspace, SAMPLE, {"A*d*a <b>": "Eve"})
    post = workspace.post_path(SAMPLE).read_text(encoding="utf-8")
    assert "**Eve:**" in post
    assert "d*a" not in post


def test_a_page_that_a_person_wrote_in_keeps_the_name_and_is_stale(workspace: Workspace) -> None:
    path = workspace.post_path(SAMPLE)
    path.write_text(path.read_text(encoding="utf-8").replace("## TL;DR", "## In short"), encoding="utf-8")
    edited = name_in_layer(workspace, SAMPLE, {"Ada": "Eve"})
    assert {f.path.name: f.outcome for f in edited.files}["post.md"] == "kept"
    assert citing(workspace, "post.md", 9) <= set(stale_blocks(workspace, path))


def test_names_given_on_the_command_line_go_on_with_the_layer(workspace: Workspace) -> None:
    """Put into the transcript, "Ada" for Jan would be read as the label that the layer has another name for."""
    name_in_layer(workspace, SAMPLE, {"Ada": "Eve"})
    name_speakers(workspace, load(SAMPLE, workspace).transcript, {"Jan": "Ada"})
    assert (shown(workspace, 3)[:4], shown(workspace, 14)[:4]) == ("Eve:", "Ada:")
    merge_speakers(workspace, load(SAMPLE, workspace).transcript, {"Ada": "Eve"})
    assert (shown(workspace, 3)[:4], shown(workspace, 14)[:4]) == ("Eve:", "Eve:")
    assert workspace.load_raw(SAMPLE).speakers == ("Mira", "Ada", "Tomás", "Jan")


def test_names_leave_marks_and_corrections_of_people_alone(workspace: Workspace) -> None:
    for name in ("review.json", "corrections.json"):
        (workspace.draft_folder(SAMPLE) / name).write_text('{"Ada": 1}')
    workspace.corrections_path(SAMPLE).write_text('{"lines": [{"line": 9, "before": "Ada", "after": "Ada"}]}')
    name_speakers(workspace, workspace.load_transcript(SAMPLE), {"Ada": "Eve"})
    assert (workspace.draft_folder(SAMPLE) / "review.json").read_text() == '{"Ada": 1}'
    assert workspace.corrections(SAMPLE).lines[0].after == "Ada"
    assert "Eve" in workspace.post_path(SAMPLE).read_text(encoding="utf-8")


def test_a_recording_heard_anew_keeps_the_names_of_its_voices(tmp_path: Path) -> None:
    """Labels are given in the order in which voices are told apart, which is another each time."""
    workspace = Workspace(tmp_path)
    old = transcript(["S1: One.", "S2: Two.", "S1: Three.", "S2: Four."], seconds=5.0)
    workspace.save_transcript(old)
    name_in_layer(workspace, old.id, {"S1": "Ada"})
    new = transcript(["S2: One.", "S1: Two.", "S2: Three and.", "S1: Four."], seconds=5.0)
    workspace.save_transcript(labelled_before(new, workspace))
    assert [s.speaker for s in workspace.load_transcript(old.id).segments] == ["Ada", "S2", "Ada", "S2"]
    assert workspace.load_raw(old.id).recipe == new.recipe


# ── What is not known ────────────────────────────────────────────────────────────────────────


def test_nothing_is_stale_where_nothing_is_known(workspace: Workspace, tmp_path: Path) -> None:
    correct_line(workspace, SAMPLE, 9, "It is so.")
    post, notes = workspace.post_path(SAMPLE), workspace.notes_path(SAMPLE)
    assert stale_blocks(workspace, post)
    workspace.draft_json_path(SAMPLE).write_text("{}")
    workspace.notes_json_path(SAMPLE).write_text("{}")
    assert stale_blocks(workspace, post) == stale_blocks(workspace, notes) == ()
    assert stale_blocks(workspace, post.with_name("other.md")) == ()
    shutil.rmtree(tmp_path / ".scribe")
    assert read_state(workspace, post).lines == ()
    assert stale_blocks(workspace, post) == ()


def test_a_transcript_that_cannot_be_read_is_none(workspace: Workspace) -> None:
    workspace.transcript_path(SAMPLE).write_text("{")
    assert saved(SAMPLE, workspace) is None
