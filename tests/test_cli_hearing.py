"""Recordings on the command line: heard by real models, stopped, named, put right.

The tiny model knows the words but not where they stand, so that some of its lines are doubted for their speed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from conftest import ROOT, scribe
from test_audio_decoding import tone, write
from tiny_whisper import TinyWhisper, sayable

from scribe import audio, transcripts
from scribe.records import Transcript
from scribe.shelf import Workspace

SAMPLE = ROOT / "transcripts" / "simulators-1.m4a"
END_S = 73.1
"""Where the fourth window of the sample ends: up to there it is packed as in the whole, as the tiny model learnt it."""

CUES = [cue for cue in transcripts.read(SAMPLE.with_suffix(".vtt")).transcript.segments if (cue.end or 0) < END_S]
SAID = " ".join(sayable(cue.text) for cue in CUES).split()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: TinyWhisper) -> Path:
    """A workspace that is the current folder, with a recording and no transcript, and the model that knows it."""
    folder = tmp_path / "seminar"
    folder.mkdir()
    write(folder / "talk.m4a", [audio.decode(SAMPLE)[: round(END_S * audio.SAMPLE_RATE)]], codec="alac")
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("SCRIBE_") and name != "SCRIBE_TEST_CACHE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("SCRIBE_MODEL", str(tiny.converted))
    monkeypatch.setenv("SCRIBE_SPEAKERS", "none")
    return folder


def stored(workspace: Path, name: str = "talk") -> Transcript:
    return Workspace(workspace).load_transcript(name)


def words(transcript: Transcript) -> list[str]:
    return " ".join(segment.text for segment in transcript.segments).split()


# ── Heard ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("engine", ["whisper", "faster-whisper"])
def test_a_recording_becomes_a_transcript(workspace: Path, tiny: TinyWhisper, engine: str) -> None:
    model = tiny.checkpoint if engine == "whisper" else tiny.converted
    code, out, told = scribe("transcribe", "talk.m4a", "--engine", engine, "--model", str(model))
    assert (code, out) == (0, "")
    transcript = stored(workspace)
    assert words(transcript) == SAID
    first, *doubted, last = told.splitlines()
    assert first == f"talk.m4a: {len(transcript.segments)} lines, language en"
    assert last == "  wrote transcripts/talk.json"
    doubtful = sum(segment.doubt is not None for segment in transcript.segments)
    assert doubted[0].startswith(f"  doubtful and hidden from notes: {doubtful} line") if doubtful else not doubted
    assert transcript.recording == transcript.source == "talk.m4a"
    assert transcript.duration == pytest.approx(END_S, abs=0.1)
    assert engine in transcript.recipe.engine
    assert all(segment.words for segment in transcript.segments)


def test_run_hears_what_has_no_transcript_and_cites_the_recording(workspace: Path) -> None:
    code, _, told = scribe("run", "talk.m4a")
    assert code == 0
    assert "coverage 100 %" in told
    doubtful = sum(segment.doubt is not None for segment in stored(workspace).segments)
    assert f", {doubtful} hidden from the notes" in told or not doubtful
    assert "../../talk.m4a#t=" in (workspace / "drafts/talk/notes.md").read_text()
    before = (workspace / "transcripts/talk.json").read_bytes()
    assert scribe("run", "talk.m4a", "--model", "no-such-model")[0] == 0, "what was heard is not heard again"
    assert (workspace / "transcripts/talk.json").read_bytes() == before


def test_lines_are_printed_as_they_are_heard(workspace: Path) -> None:
    code, out, _ = scribe("transcribe", "talk.m4a", "--live")
    assert code == 0
    lines = [line.split("  (doubtful: ")[0].split("  ", 1) for line in out.splitlines()]
    assert " ".join(text for _, text in lines).split() == SAID
    assert [clock for clock, _ in lines] == sorted(clock for clock, _ in lines)


def test_a_machine_is_told_what_was_heard(workspace: Path) -> None:
    code, out, told = scribe("transcribe", "talk.m4a", "--json")
    found = json.loads(out)
    assert (code, told) == (0, "")
    assert found["id"] == "talk"
    assert found["language"] == "en"
    assert found["segments"] == len(stored(workspace).segments)
    assert [one["line"] for one in found["doubtful"]] == [s.index for s in stored(workspace).segments if s.doubt]
    assert found["recipe"]["engine"].startswith("faster-whisper ")


def test_a_dry_run_says_what_would_be_heard(workspace: Path) -> None:
    assert scribe("transcribe", "talk.m4a", "--dry-run") == scribe("run", "talk.m4a", "--dry-run")
    code, out, _ = scribe("run", "talk.m4a", "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "talk.m4a: a recording without a transcript, to be heard first",
        "  audio tracks: 1",
        "  length: 1:13",
    ]
    assert json.loads(scribe("run", "talk.m4a", "--dry-run", "--json")[1])["duration"] == pytest.approx(END_S, abs=0.1)
    assert sorted(path.name for path in workspace.iterdir()) == ["talk.m4a"]


def test_the_flags_reach_the_recogniser(workspace: Path) -> None:
    code, _, told = scribe("transcribe", "talk.m4a", "--language", "xx")
    assert code == 1
    assert told.startswith("scribe: unknown language 'xx'; expected a code such as en or de")
    flags = ["--language", "en", "--translate", "--threads", "1", "--batch", "2", "--beam", "2", "--device", "cpu"]
    assert scribe("transcribe", "talk.m4a", *flags)[0] == 0
    recipe = stored(workspace).recipe
    assert recipe.settings["translate"] is True
    assert recipe.settings["language"] == "en"


# ── Stopped, and never replaced by less ──────────────────────────────────────────────────────


def test_a_run_that_was_killed_goes_on_where_it_stopped(workspace: Path) -> None:
    command = [sys.executable, "-m", "scribe", "transcribe", "talk.m4a", "--batch", "1"]
    journal = workspace / ".scribe" / "speech" / "talk.jsonl"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        while not (journal.exists() and journal.read_bytes().count(b"\n") >= 1):
            assert running.poll() is None, "it was done before it could be killed"
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    kept = journal.read_bytes().count(b"\n")
    assert not (workspace / "transcripts").exists()
    _, _, told = scribe("transcribe", "talk.m4a", "--batch", "1")
    assert f"{kept} of " in told
    assert "windows had been heard before and were kept" in told
    resumed = (workspace / "transcripts" / "talk.json").read_bytes()
    shutil.rmtree(workspace / ".scribe")
    shutil.rmtree(workspace / "transcripts")
    scribe("transcribe", "talk.m4a", "--batch", "1")
    assert (workspace / "transcripts" / "talk.json").read_bytes() == resumed


def test_a_transcript_is_not_replaced_by_a_much_shorter_one(workspace: Path) -> None:
    scribe("transcribe", "talk.m4a")
    path = workspace / "transcripts" / "talk.json"
    whole = path.read_bytes()
    with av.open("talk.m4a", "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 80_000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    code, _, told = scribe("transcribe", "talk.m4a")
    assert code == 1
    assert f"heard 0 words where the transcript that is there has {len(SAID)}, which stays" in told
    assert path.read_bytes() == whole
    code, _, told = scribe("transcribe", "talk.m4a", "--force")
    assert code == 0
    assert "no speech was found in it" in told
    (old,) = (workspace / ".scribe" / "history" / "transcripts" / "talk").iterdir()
    assert old.read_bytes() == whole


def test_hearing_again_with_other_choices_keeps_the_version_before(workspace: Path) -> None:
    scribe("transcribe", "talk.m4a")
    first = (workspace / "transcripts" / "talk.json").read_bytes()
    assert scribe("transcribe", "talk.m4a", "--beam", "2")[0] == 0
    (old,) = (workspace / ".scribe" / "history" / "transcripts" / "talk").iterdir()
    assert old.read_bytes() == first


# ── Where there is nothing to hear ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(90 * 16_000, np.int16),
        (np.random.default_rng(0).standard_normal(30 * 16_000) * 3000).astype(np.int16),
        tone(220, 20) // 3 + tone(277, 20) // 3 + tone(330, 20) // 3,
        tone(300, 0.1),
    ],
    ids=["silence", "noise", "music", "a tenth of a second"],
)
def test_no_words_are_made_up(workspace: Path, samples: np.ndarray) -> None:
    write(workspace / "quiet.wav", [samples])
    code, _, told = scribe("transcribe", "quiet.wav")
    assert code == 0
    assert "no speech was found in it, so its transcript is empty" in told
    assert stored(workspace, "quiet").segments == ()
    code, _, told = scribe("run", "quiet.wav")
    assert code == 1
    assert told.startswith("scribe: quiet.wav: expected speech, found none")


def test_telephone_and_cinema_are_heard_like_the_rest(workspace: Path) -> None:
    """8 kHz, and 96 kHz in eight channels."""
    sound = audio.decode(workspace / "talk.m4a")[: 12 * 16_000]
    write(workspace / "telephone.wav", [sound[::2]], rate=8_000)
    write(workspace / "cinema.wav", [np.repeat(sound, 6)], rate=96_000, layout="7.1")
    for name in ("telephone", "cinema"):
        assert scribe("transcribe", f"{name}.wav")[0] == 0
        assert stored(workspace, name).duration == pytest.approx(12, abs=0.1)
        assert stored(workspace, name).segments


def test_what_is_no_recording_is_one_line(workspace: Path) -> None:
    (workspace / "talk.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    code, _, told = scribe("transcribe", "talk.vtt")
    assert (code, told) == (
        1,
        "scribe: talk.vtt: expected a recording, found another kind of file; scribe run reads transcripts\n",
    )


def test_weights_that_cannot_be_fetched_are_one_line_that_says_where_to_put_them(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CACHE_HOME", str(workspace / "cache"))
    code, _, told = scribe("transcribe", "talk.m4a", "--engine", "whisper", "--model", "tiny")
    assert code == 1
    assert len(told.splitlines()) == 1
    assert "whisper weights 'tiny' are not here and cannot be fetched" in told
    assert f"put it at {workspace / 'cache' / 'whisper' / 'tiny.pt'}, or give a path with --model" in told


def test_a_model_file_that_is_none_is_never_run(workspace: Path) -> None:
    import pickle

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, ("exploded",)

    (workspace / "evil.pt").write_bytes(pickle.dumps({"dims": Bomb(), "model_state_dict": {}}))
    code, _, told = scribe("transcribe", "talk.m4a", "--model", "evil.pt")
    assert code == 1
    assert "expected a checkpoint of openai-whisper (.pt), found" in told
    assert not (workspace / "exploded").exists()


def test_a_bad_recording_fails_alone(workspace: Path) -> None:
    (workspace / "bad.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + b"\0" * 64)
    code, _, told = scribe("transcribe", "bad.m4a", "talk.m4a")
    assert code == 1
    assert "scribe: bad.m4a: expected an audio or video file" in told
    assert "1 of 2 sources failed" in told
    assert words(stored(workspace)) == SAID


# ── Who speaks ───────────────────────────────────────────────────────────────────────────────


def test_speakers_are_told_apart_named_and_merged(workspace: Path) -> None:
    assert scribe("transcribe", "talk.m4a", "--speakers", "4")[0] == 0
    transcript = stored(workspace)
    assert len(transcript.speakers) == 4
    assert words(transcript) == SAID
    scribe("run", "talk")
    code, out, told = scribe("speakers", "talk", "--name", "S1=Mira", "--merge", "S4=S3")
    assert code == 0
    assert "wrote transcripts/talk.json" in told
    assert "wrote drafts/talk/notes.md" in told
    assert set(stored(workspace).speakers) == {"Mira", "S2", "S3"}
    assert sum(" lines  [" in line for line in out.splitlines()) == 3
    notes = (workspace / "drafts/talk/notes.md").read_text()
    assert "Mira" in notes
    assert "S1" not in notes
    shown = json.loads(scribe("speakers", "talk", "--json")[1])
    assert sum(one["share"] for one in shown["speakers"]) == pytest.approx(1)


def test_a_name_survives_hearing_the_recording_again(workspace: Path) -> None:
    scribe("transcribe", "talk.m4a", "--speakers", "4")
    scribe("speakers", "talk", "--name", "S2=Ada")
    scribe("transcribe", "talk.m4a", "--speakers", "4", "--beam", "2")
    assert "Ada" in stored(workspace).speakers
    assert "S2" not in stored(workspace).speakers


@pytest.mark.parametrize(
    ("flags", "expected", "code"),
    [
        (["--name", "S9=Jan"], "S9", 1),
        (["--name", "S1"], "--name: expected two names with = between them, such as S1=Jan, found 'S1'", 2),
        (["--merge", "=S1"], "--merge: expected two names with = between them", 2),
    ],
)
def test_a_speaker_that_is_not_there_is_one_line(workspace: Path, flags: list[str], expected: str, code: int) -> None:
    scribe("transcribe", "talk.m4a", "--speakers", "2")
    before = (workspace / "transcripts" / "talk.json").read_bytes()
    found, _, told = scribe("speakers", "talk", *flags)
    assert found == code
    assert expected in told
    assert len(told.splitlines()) == 1
    assert (workspace / "transcripts" / "talk.json").read_bytes() == before


# ── How jargon is spelt ──────────────────────────────────────────────────────────────────────


def test_corrections_are_offered_accepted_and_remembered(workspace: Path) -> None:
    scribe("transcribe", "talk.m4a")
    heard = stored(workspace)
    assert "simulacrum" in words(heard)
    garbled = [
        s.model_copy(update={"text": s.text.replace("simulacrum", "similacrum"), "words": ()}) for s in heard.segments
    ]
    Workspace(workspace).save_transcript(heard.model_copy(update={"segments": tuple(garbled)}))
    (workspace / "glossary.txt").write_text("simulacrum\n")
    code, out, _ = scribe("glossary", "talk")
    assert code == 0
    assert "1  similacrum -> simulacrum" in out
    assert "similacrum" in words(stored(workspace)), "nothing is applied unasked"
    code, _, told = scribe("glossary", "talk", "--accept", "1")
    assert code == 0
    assert "places corrected" in told
    assert words(stored(workspace)) == words(heard)
    assert "similacrum" in (workspace / "glossary.txt").read_text(), "it is remembered"
    assert "nothing looks like a term" in scribe("glossary", "talk")[1]


def test_what_is_refused_is_not_offered_again(workspace: Path) -> None:
    scribe("transcribe", "talk.m4a")
    (workspace / "names.txt").write_text("Adda\n")
    assert json.loads(scribe("glossary", "talk", "--glossary", "names.txt", "--json")[1])["candidates"] is not None
    scribe("glossary", "talk", "--glossary", "names.txt", "--refuse", "similacra=simulacra")
    assert "similacra" in (workspace / "glossary.txt").read_text()


def test_the_glossary_is_read_by_the_recogniser_and_by_the_recipe(workspace: Path) -> None:
    (workspace / "scribe.toml").write_text('glossary = ["simulacra", "more.txt"]\n')
    (workspace / "more.txt").write_text("\n".join(f"neologism{n}" for n in range(200)))
    write(workspace / "talk.wav", [audio.decode(SAMPLE)[: 10 * audio.SAMPLE_RATE]])
    code, _, told = scribe("transcribe", "talk.wav")
    assert code == 0
    assert "the recogniser reads 223 tokens of the glossary; left out: neologism" in told
    settings = stored(workspace).recipe.settings
    assert "simulacra" in str(settings["prompt"])
    assert settings["glossary"]
    (workspace / "more.txt").unlink()
    assert scribe("transcribe", "talk.wav")[0] == 2, "a glossary that is named must be there"


def test_a_glossary_of_nothing_says_where_to_write_one(workspace: Path) -> None:
    scribe("transcribe", "talk.m4a")
    code, _, told = scribe("glossary", "talk")
    assert code == 2
    assert told == (
        "scribe: expected names and jargon, found none; write them into "
        f"{workspace / 'glossary.txt'}, one a line, or name a file with --glossary\n"
    )


def test_the_commands_of_the_readme_work(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"### Recordings\n\n```sh\n(.*?)```", readme, re.S)
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert len(commands) > 5
    (workspace / "names.txt").write_text("mesa-optimiser\nsimilacrum\n")
    for program, *arguments in commands:
        assert program == "scribe"
        if "names.txt" in arguments and "transcribe" in arguments:  # the tiny model never learnt to read a prompt
            (workspace / "transcripts" / "talk.json").unlink()
        code, _, told = scribe(*arguments)
        assert code == 0, (arguments, told)
