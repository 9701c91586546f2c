"""A recording is heard: whose track it is, whose turn, and what of an earlier hearing stays."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, sample
from test_audio_decoding import tone, write
from tiny_whisper import TinyWhisper, sayable

from scribe import audio
from scribe.glossary import Correction, Glossary
from scribe.pipeline import Listener, Listening, transcribe
from scribe.pipeline.loading import EDITS
from scribe.records import ScribeError, Segment, Transcript
from scribe.shelf import Workspace
from scribe.speech import Setup

SAMPLE = ROOT / "transcripts" / "simulators-1.m4a"
CUES = sample().segments
SPEAKERS = ("Mira", "Ada", "Tomás", "Jan")


@pytest.fixture(scope="module")
def setup(tiny: TinyWhisper) -> Setup:
    return Setup(model=str(tiny.converted))


def hear(source: Path, setup: Setup, **chosen: object) -> tuple[Transcript, tuple[str, ...]]:
    """The transcript of one recording in the workspace around it, and the remarks."""
    listening = Listening.model_validate({"setup": setup, "speakers": "none", **chosen})
    outcome = transcribe(str(source), Listener(Workspace(source.parent), listening))
    return outcome.transcript, outcome.remarks


def words(segments: Sequence[Segment]) -> list[str]:
    return " ".join(segment.text for segment in segments).split()


def of_each_speaker() -> list[np.ndarray]:
    """The sample as one track for each speaker, silent while others talk."""
    sound = audio.decode(SAMPLE)
    tracks = []
    for speaker in SPEAKERS:
        own = np.zeros_like(sound)
        for cue in CUES:
            if cue.speaker == speaker:
                begins, ends = (round((t or 0) * audio.SAMPLE_RATE) for t in (cue.start, cue.end))
                own[begins:ends] = sound[begins:ends]
        tracks.append(own)
    return tracks


# ── One track for each speaker ───────────────────────────────────────────────────────────────


def test_tracks_of_speakers_are_told_apart_exactly(tmp_path: Path, setup: Setup) -> None:
    recording = write(tmp_path / "talk.mka", of_each_speaker(), titles=list(SPEAKERS))
    transcript, _ = hear(recording, setup, tracks="each", language="en")
    assert set(transcript.speakers) == set(SPEAKERS)
    for segment in transcript.segments:  # their text is not what is said: the model learnt whole windows by heart
        own = [c for c in CUES if c.speaker == segment.speaker]
        for time in (segment.start or 0, segment.end or 0):
            assert any((c.start or 0) - 0.7 <= time <= (c.end or 0) + 0.7 for c in own)
    assert transcript.recipe.settings["speakers told by"] == "tracks"
    mixed, remarks = hear(recording, setup, language="en")
    assert mixed.speakers == ()
    assert "its 4 audio tracks are heard as one; with a speaker on each: --tracks each" in remarks


def test_a_folder_of_tracks_as_zoom_writes_them(tmp_path: Path, setup: Setup) -> None:
    folder = tmp_path / "Audio Record"
    folder.mkdir()
    for n, (name, track) in enumerate(zip(("MiraHolm", "Ada", "Tomás", "Jan"), of_each_speaker(), strict=True), 1):
        write(folder / f"audio{name}{n}1234567.wav", [track])
    shutil.copy(SAMPLE, tmp_path / "talk.m4a")
    transcript, _ = hear(tmp_path / "talk.m4a", setup, tracks=str(folder), language="en")
    assert set(transcript.speakers) == {"Mira Holm", "Ada", "Tomás", "Jan"}
    assert [s.index for s in transcript.segments] == list(range(len(transcript.segments)))
    assert [s.start for s in transcript.segments] == sorted(s.start or 0 for s in transcript.segments)


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ("each", r"--tracks each expects several audio tracks, found one; leave it out"),
        ("nowhere", r"--tracks: expected mixed, each, or a folder of recordings, found 'nowhere'"),
    ],
)
def test_tracks_that_are_not_there_are_one_line(tmp_path: Path, setup: Setup, tracks: str, expected: str) -> None:
    recording = write(tmp_path / "talk.wav", [tone(300, 1)])
    with pytest.raises(ScribeError, match=expected):
        hear(recording, setup, tracks=tracks)
    assert not (tmp_path / "transcripts").exists()


# ── Turns of what lies beside it ─────────────────────────────────────────────────────────────


def test_the_turns_of_a_sidecar_are_taken(tmp_path: Path, setup: Setup) -> None:
    for suffix in (".m4a", ".vtt"):
        shutil.copy(SAMPLE.with_suffix(suffix), tmp_path / f"talk{suffix}")
    transcript, remarks = hear(tmp_path / "talk.m4a", setup, speakers="auto")
    assert "speakers taken from talk.vtt" in remarks
    assert transcript.recipe.settings["speakers told by"] == "sidecar"
    assert set(transcript.speakers) == set(SPEAKERS)
    assert words(transcript.segments) == [w for cue in CUES for w in sayable(cue.text).split()]
    spoken = [(w.start or 0, w.end or 0, s.speaker) for s in transcript.segments for w in s.words]
    right = [
        any((c.start or 0) <= (a + b) / 2 <= (c.end or 0) and c.speaker == who for c in CUES) for a, b, who in spoken
    ]
    assert np.mean(right) > 0.6, "of four speakers, though the tiny model only guesses where a word stands"


def test_a_sidecar_that_names_nobody_is_not_asked(tmp_path: Path, setup: Setup) -> None:
    shutil.copy(SAMPLE, tmp_path / "talk.m4a")
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    transcript, remarks = hear(tmp_path / "talk.m4a", setup, speakers="auto")
    assert transcript.recipe.settings["speakers told by"] != "sidecar"
    assert not any("talk.vtt" in remark for remark in remarks)


def test_where_speakers_cannot_be_told_the_lines_stay(tmp_path: Path, setup: Setup, tiny: TinyWhisper) -> None:
    """A hundred speakers are more than four minutes have."""
    shutil.copy(SAMPLE, tmp_path / "talk.m4a")
    transcript, _ = hear(tmp_path / "talk.m4a", setup, speakers=100)
    assert words(transcript.segments) == [w for cue in CUES for w in sayable(cue.text).split()]


# ── What a person said of it before ──────────────────────────────────────────────────────────


def test_accepted_corrections_are_applied_to_what_is_heard(tmp_path: Path, setup: Setup) -> None:
    shutil.copy(SAMPLE, tmp_path / "talk.m4a")
    corrections = (Correction(heard="simulator", meant="Simulator"),)
    transcript, remarks = hear(tmp_path / "talk.m4a", setup, glossary=Glossary(corrections=corrections))
    assert "simulator" not in words(transcript.segments)
    assert "Simulator" in words(transcript.segments)
    assert any(remark.endswith("corrections of the glossary applied") for remark in remarks)
    assert not set(EDITS) & set(transcript.recipe.settings)


def test_a_namesake_is_refused_before_it_is_heard(tmp_path: Path, setup: Setup) -> None:
    hear(write(tmp_path / "talk.wav", [tone(300, 1)]), setup)
    (tmp_path / "other").mkdir()
    namesake = write(tmp_path / "other" / "talk.wav", [tone(400, 1)])
    steps: list[str] = []
    listener = Listener(Workspace(tmp_path), Listening(setup=setup), on_step=lambda what, *_: steps.append(what))
    with pytest.raises(ScribeError, match=r"the workspace already has a transcript 'talk', made from talk\.wav"):
        transcribe(str(namesake), listener)
    assert not steps


def test_a_folder_with_one_track_is_one_speakers(tmp_path: Path, setup: Setup) -> None:
    (tmp_path / "tracks").mkdir()
    shutil.copy(SAMPLE, tmp_path / "tracks" / "Ada.m4a")
    shutil.copy(SAMPLE, tmp_path / "talk.m4a")
    transcript, _ = hear(tmp_path / "talk.m4a", setup, tracks=str(tmp_path / "tracks"), speakers="auto")
    assert transcript.speakers == ("Ada",)
    assert {segment.speaker for segment in transcript.segments} == {"Ada"}


def test_the_recogniser_is_loaded_once_for_many(tmp_path: Path, setup: Setup) -> None:
    loads: list[str] = []
    listener = Listener(
        Workspace(tmp_path), Listening(setup=setup, speakers="none"), on_step=lambda what, *_: loads.append(what)
    )
    for name in ("one", "two"):
        transcribe(str(write(tmp_path / f"{name}.wav", [tone(300, 1)])), listener)
        first = listener.recogniser
    assert listener.recogniser is first
    assert list(dict.fromkeys(loads)) == ["decoding", "finding speech"]
