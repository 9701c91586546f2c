"""The command line as a person and as a program use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import scribe
from typer.main import get_command

from scribe.cli import app

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "transcripts" / "simulators-1.vtt"
RECORDING = ROOT / "transcripts" / "simulators-1.m4a"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace that is the current folder, with the sample's transcript and recording in it."""
    folder = tmp_path / "seminar"
    (folder / "transcripts").mkdir(parents=True)
    for file in (SAMPLE, RECORDING):
        shutil.copy(file, folder / "transcripts" / file.name)
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("SCRIBE_"):
            monkeypatch.delenv(name)
    return folder


def test_run_makes_transcript_notes_and_post(workspace: Path) -> None:
    code, _, told = scribe("run", "transcripts/simulators-1.m4a")
    assert code == 0
    assert "using the transcript beside it, simulators-1.vtt" in told
    assert "coverage 100 %" in told
    for name in ("transcripts/simulators-1.json", "drafts/simulators-1/notes.md", "drafts/simulators-1/post.md"):
        assert (workspace / name).is_file()
    notes = (workspace / "drafts/simulators-1/notes.md").read_text()
    assert "../../transcripts/simulators-1.m4a#t=12)" in notes


def test_an_id_in_the_workspace_is_a_source(workspace: Path) -> None:
    assert scribe("notes", "transcripts/simulators-1.vtt")[0] == 0
    assert scribe("draft", "simulators-1")[0] == 0
    assert (workspace / "drafts/simulators-1/post.md").is_file()


def test_running_again_changes_nothing(workspace: Path) -> None:
    scribe("run", "transcripts/simulators-1.vtt")
    before = {p: p.read_bytes() for p in workspace.glob("[td]*/**/*") if p.is_file()}
    code, _, told = scribe("run", "transcripts/simulators-1.vtt")
    assert code == 0
    assert told.count("unchanged:") == 2
    assert before == {p: p.read_bytes() for p in workspace.glob("[td]*/**/*") if p.is_file()}


def test_an_answer_is_printed_with_its_lines_and_kept_within_the_words(workspace: Path) -> None:
    question = "What did Jan object to about rare prefixes?"
    code, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--about", question, "--words", "40", "--json")
    assert code == 0
    (line,) = out.splitlines()
    answer = json.loads(line)
    assert answer["about"] == question
    assert answer["sentences"]
    assert all(sentence["cites"] and sentence["verdict"] == "supported" for sentence in answer["sentences"])
    assert sum(len(sentence["text"].split()) for sentence in answer["sentences"]) <= answer["words"] <= 40
    assert "prefix" in " ".join(sentence["text"] for sentence in answer["sentences"])
    code, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--about", question, "--words", "40")
    assert code == 0
    assert out.splitlines()[0].endswith("]")


def test_a_question_that_the_record_does_not_speak_of(workspace: Path) -> None:
    code, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--about", "What did they say about penguins?")
    assert code == 0
    assert out == "No line of the record speaks of this.\n"
    (page,) = (workspace / "drafts/simulators-1").glob("notes-*.md")
    assert "No line of the record speaks of this." in page.read_text()


@pytest.mark.parametrize("words", ["1", "20", "80", "300"])
def test_words_bound_the_notes(workspace: Path, words: str) -> None:
    _, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--words", words, "--json")
    said = json.loads(out)
    assert sum(len(s["text"].split()) for s in said["sentences"]) <= said["words"] <= int(words)


def test_voices_choose_what_is_looked_for(workspace: Path) -> None:
    _, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--voices", "formaliser", "--json")
    kinds = {s["kind"] for s in json.loads(out)["sentences"] if s["topic"]}
    assert kinds == {"definition", "conjecture"}
    code, _, told = scribe("notes", "transcripts/simulators-1.vtt", "--voices", "poet")
    assert code == 2
    assert "unknown voice 'poet'; known: formaliser, listener, minute-taker, newcomer, sceptic, secretary" in told


def test_the_way_to_merge_is_a_flag_a_variable_or_a_key(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def merged(*more: str) -> str:
        _, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--json", *more)
        return str(json.loads(out)["recipe"]["settings"]["merge"])

    assert merged() == "hierarchical"
    (workspace / "scribe.toml").write_text('merge = "incremental"\nquantise = "int8"\n')
    assert merged() == "incremental"
    monkeypatch.setenv("SCRIBE_MERGE", "hierarchical")
    assert merged() == "hierarchical"
    assert merged("--merge", "incremental") == "incremental"
    (workspace / "scribe.toml").write_text('merge = "sideways"\n')
    code, _, told = scribe("notes", "transcripts/simulators-1.vtt")
    assert code == 2
    assert "expected hierarchical or incremental for 'merge', found 'sideways'" in told


@pytest.mark.parametrize("command", ["run", "notes", "draft"])
def test_a_simulator_that_runs_here_has_its_flags(workspace: Path, command: str) -> None:
    flags = ("--merge", "incremental", "--device", "cpu", "--quantise", "int8")
    assert scribe(command, "transcripts/simulators-1.vtt", *flags)[0] == 0
    code, _, told = scribe(command, "transcripts/simulators-1.vtt", "--quantise", "int3")
    assert code == 2
    assert "int3" in told


def test_machines_are_told_voices_contradictions_and_usage(workspace: Path) -> None:
    _, out, _ = scribe("notes", "transcripts/simulators-1.vtt", "--json")
    told = json.loads(out)
    assert told["usage"] is None
    assert told["contradictions"] == 0
    assert all(sentence["against"] == [] for sentence in told["sentences"])
    assert any(len(sentence["voices"]) > 1 for sentence in told["sentences"])


def test_dry_run_reports_and_writes_nothing(workspace: Path) -> None:
    before = sorted(workspace.rglob("*"))
    code, out, _ = scribe("run", "transcripts/simulators-1.m4a", "--dry-run")
    assert code == 0
    assert "webvtt" in out
    assert "segments: 46" in out
    assert "speakers: Mira, Ada, Tomás, Jan" in out
    code, out, _ = scribe("run", "transcripts/simulators-1.m4a", "--dry-run", "--json")
    assert json.loads(out)["recording"] == "transcripts/simulators-1.m4a"
    assert sorted(workspace.rglob("*")) == before


@pytest.mark.parametrize("to", ["json", "vtt", "srt", "txt", "md"])
def test_export_can_be_read_again(workspace: Path, to: str) -> None:
    from scribe import transcripts

    target = workspace / f"out.{to}"
    assert scribe("export", "transcripts/simulators-1.vtt", "--to", to, "-o", str(target))[0] == 0
    there, here = transcripts.read(SAMPLE).transcript, transcripts.read(target).transcript
    assert [(s.speaker, s.text) for s in here.segments] == [(s.speaker, s.text) for s in there.segments]


def test_export_replaces_nothing_unasked(workspace: Path) -> None:
    target = workspace / "transcripts/simulators-1.vtt"
    target.write_bytes(target.read_bytes() + b"\n")
    mine = target.read_bytes()
    code, _, told = scribe("export", "transcripts/simulators-1.vtt", "--to", "vtt")
    assert code == 1
    assert "a different file is there already" in told
    assert target.read_bytes() == mine
    assert scribe("export", "transcripts/simulators-1.vtt", "--to", "srt", "-o", "-")[1].startswith("1\n")


BAD = {
    "empty.vtt": b"",
    "binary.vtt": bytes(range(256)) * 40,
    "cut.json": b'{"segments": [{"start": 0, "end": 1, "te',
    "latin.txt": "Ada: caf\xe9 at eight\n".encode("latin-1") * 3,
    "header.vtt": b"WEBVTT\n\n",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(workspace: Path, name: str) -> None:
    (workspace / name).write_bytes(BAD[name])
    code, out, told = scribe("run", name)
    assert code == 1
    assert out == ""
    (line,) = told.splitlines()
    assert line.startswith("scribe: ")
    assert name in line
    assert not (workspace / "drafts").exists()


def test_a_bad_source_fails_alone(workspace: Path) -> None:
    (workspace / "empty.vtt").write_bytes(b"")
    code, _, told = scribe("run", "empty.vtt", "missing.srt", "transcripts", "transcripts/simulators-1.vtt")
    assert code == 1
    assert "3 of 4 sources failed" in told
    assert "found a folder" in told
    assert (workspace / "drafts/simulators-1/notes.md").is_file()


def test_a_machine_is_told_of_every_source(workspace: Path) -> None:
    _, out, _ = scribe("run", "gone.vtt", "transcripts/simulators-1.vtt", "--json")
    gone, done = map(json.loads, out.splitlines())
    assert gone["source"] == "gone.vtt"
    assert "found no such file" in gone["error"]
    assert done["id"] == "simulators-1"
    code, out, _ = scribe("export", "transcripts/simulators-1.vtt", "--to", "srt", "--json")
    assert code == 0
    assert Path(json.loads(out)["path"]).is_file()


def test_a_transcript_replaced_by_force_is_kept(workspace: Path) -> None:
    scribe("notes", "transcripts/simulators-1.vtt")
    canonical = workspace / "transcripts/simulators-1.json"
    before = canonical.read_text()
    source = workspace / "transcripts/simulators-1.vtt"
    source.write_text(source.read_text().replace("chess", "go"))
    assert scribe("export", "transcripts/simulators-1.vtt", "--to", "json")[0] == 1
    assert scribe("export", "transcripts/simulators-1.vtt", "--to", "json", "--force")[0] == 0
    assert "go game" in canonical.read_text()
    assert before in [p.read_text() for p in (workspace / ".scribe/history").rglob("*") if p.is_file()]


def test_a_recording_alone_needs_a_recogniser(workspace: Path) -> None:
    (workspace / "transcripts/simulators-1.vtt").unlink()
    code, _, told = scribe("run", "transcripts/simulators-1.m4a", "--model", "nowhere.pt")
    assert code == 1
    (line,) = told.splitlines()
    assert line.startswith("scribe: --model nowhere.pt: expected a file or a folder, found none there")
    assert not (workspace / "drafts").exists()


def test_two_sources_of_one_name_are_not_mixed(workspace: Path) -> None:
    scribe("run", "transcripts/simulators-1.vtt")
    other = workspace / "simulators-1.txt"
    other.write_text("Ada: This is a different session about something else.\n")
    kept = (workspace / "transcripts/simulators-1.json").read_bytes()
    code, _, told = scribe("run", "simulators-1.txt")
    assert code == 1
    assert "already has a transcript 'simulators-1'" in told
    assert (workspace / "transcripts/simulators-1.json").read_bytes() == kept


def test_settings_come_from_flag_then_environment_then_file(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(*flags: str) -> int:
        return int(
            json.loads(scribe("notes", "transcripts/simulators-1.vtt", "--json", *flags)[1])["recipe"]["settings"][
                "words"
            ]
        )

    (workspace / "scribe.toml").write_text("words = 90\n")
    assert words() == 90
    monkeypatch.setenv("SCRIBE_WORDS", "70")
    assert words() == 70
    assert words("--words", "50") == 50


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run"], "Missing argument"),
        (["nope"], "No such command"),
        (["run", "a.vtt", "--simulator", "oracle"], "unknown simulator 'oracle'; known: extract"),
        (["run", "a.vtt", "--frames", "nowhere"], "nowhere: no such folder of frames"),
        (["run", "a.vtt", "--workspace", "nowhere"], "nowhere: expected a folder for the workspace"),
        (["export", "a.vtt", "--to", "doc"], "unknown format 'doc'; known: json, vtt, srt, txt, md"),
        (["notes", "a.vtt", "--words", "0"], "should be greater than or equal to 1"),
        (["notes", "a.vtt", "--about", " "], "expected a question"),
        (["frames", "show", "haiku"], "unknown frame 'haiku'"),
    ],
)
def test_wrong_usage_exits_2(workspace: Path, arguments: list[str], expected: str) -> None:
    code, _, told = scribe(*arguments)
    assert code == 2
    assert expected in " ".join(told.replace("│", " ").split())


def test_settings_that_nobody_knows_are_an_error(workspace: Path) -> None:
    (workspace / "scribe.toml").write_text("simulater = 'extract'\n")
    code, _, told = scribe("run", "transcripts/simulators-1.vtt")
    assert code == 2
    assert "unknown key 'simulater'" in told


def test_frames_list_show_and_check(workspace: Path) -> None:
    code, out, _ = scribe("frames", "list")
    assert code == 0
    assert "key-points" in out
    assert json.loads(scribe("frames", "list", "--json")[1].splitlines()[0])["name"] == "answer"
    assert "## " in scribe("frames", "show", "key-points")[1] or "Minutes" in scribe("frames", "show", "key-points")[1]
    shown = scribe("frames", "show", "key-points", "--on", "transcripts/simulators-1.vtt")[1]
    assert "[3] Ada: By a simulator I mean" in shown
    assert scribe("frames", "check", str(ROOT / "prompts/key-points.md"))[0] == 0
    bad = workspace / "bad.md"
    bad.write_text("---\nname: bad\n---\n")
    code, out, _ = scribe("frames", "check", str(bad))
    assert code == 1
    assert "missing key 'stage'" in out


def test_a_frame_of_the_workspace_comes_first(workspace: Path) -> None:
    (workspace / "prompts").mkdir()
    own = (ROOT / "prompts/decisions.md").read_text().replace("secretary", "clerk")
    (workspace / "prompts/decisions.md").write_text(own)
    assert "clerk" in scribe("frames", "list")[1]


def test_doctor_says_what_can_be_used(workspace: Path) -> None:
    code, out, _ = scribe("doctor")
    assert code == 0
    assert "simulator extract" in out
    assert {"what", "state", "detail"} == set(json.loads(scribe("doctor", "--json")[1])[0])


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"scribe {name}" in readme, name


def test_version_and_module(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-m", "scribe", "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0
    assert run.stdout.startswith("scribe 0.")


def test_plain_lines_in_a_pipe(workspace: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scribe", "run", "transcripts/simulators-1.vtt"], capture_output=True, text=True
    )
    assert run.returncode == 0
    assert "\x1b" not in run.stderr + run.stdout
    assert run.stdout == ""


def test_the_library_call_does_what_the_command_does(workspace: Path) -> None:
    import scribe

    outcome = scribe.run("transcripts/simulators-1.vtt", workspace=workspace)
    assert outcome.notes is not None
    assert outcome.notes.coverage.fraction == 1
    assert [f.outcome for f in outcome.files] == ["written", "written"]


def test_a_bar_on_a_terminal(workspace: Path) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "scribe", "run", "transcripts/simulators-1.vtt"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        while chunk := _read(leader):
            shown += chunk
    os.close(leader)
    assert process.returncode == 0
    assert b"reading" in shown
    assert b"coverage 100 %" in shown


def _read(descriptor: int) -> bytes:
    """What the terminal shows next; nothing at its end, which Linux reports as an error."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
