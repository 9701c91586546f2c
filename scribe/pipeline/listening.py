"""A recording is heard: decoded, searched for speech, transcribed, its speakers told apart, its jargon put right.

In: a recording and what a person chose. Out: `Loaded`, its transcript not saved yet. The recogniser is loaded once for
any number of recordings, and only when one is there to be heard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scribe import __version__, audio, glossary, shelf, speakers, speech, transcripts
from scribe.glossary import Glossary
from scribe.pipeline.loading import Described, digest_of, from_root, labelled_before, refuse_namesake, saved
from scribe.pipeline.outcome import Loaded
from scribe.records import Recipe, Record, ScribeError, Segment, Span, Transcript, Turn
from scribe.speech import Hearing, Recogniser, Setup, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OnStep = Callable[[str, float, float | None], None]
"""Called with what is being done, how much is done, and of how much if that is known: seconds of sound, or bytes."""

WORSE = 0.5
"""A transcript with less than this part of the words of the one that is there does not take its place."""

MIXED, EACH = "mixed", "each"

_SHOWN = 20
"""Terms of the glossary that a remark names."""


class Listening(Record):
    """How recordings are heard."""

    setup: Setup = Setup()
    language: str | None = None
    translate: bool = False
    glossary: Glossary = Glossary()
    speakers: int | Literal["auto", "none"] = "auto"
    """How many people speak; `auto` finds out, or takes the turns of a transcript beside the recording."""
    tracks: str = MIXED
    """`mixed`; `each`, where every track is one speaker's; or a folder of recordings, one for each speaker."""
    longest_s: float | None = None
    """Longest window of speech decoded at once; by default what the recogniser takes."""
    force: bool = False
    """Let a transcript be replaced by one that is much shorter."""

    def told_of(self, *, speakers: int | Literal["auto", "none"] | None, names: Sequence[str]) -> Listening:
        """The same for one recording of which it is known how many speak, and who; raises ScribeError for odd names."""
        terms = (*self.glossary.terms, *(glossary.tidied(n) for n in names if n not in self.glossary.terms))
        told = self.glossary.model_copy(update={"terms": terms})
        return self.model_copy(update={"glossary": told, "speakers": speakers or self.speakers})


class Listener:
    """Hears recordings for one workspace."""

    def __init__(
        self,
        workspace: shelf.Workspace,
        listening: Listening,
        *,
        on_step: OnStep | None = None,
        on_lines: Callable[[Sequence[Segment]], None] | None = None,
    ) -> None:
        self.workspace, self.listening = workspace, listening
        self.on_step, self.on_lines = on_step, on_lines

    @cached_property
    def recogniser(self) -> Recogniser:
        """The recogniser, loaded on first use."""
        return speech.open_recogniser(
            self.listening.setup, on_fetch=lambda done, total: self._step("fetching weights", done, total)
        )

    def hear(self, path: Path, described: Described | None = None) -> Loaded:
        """Hear one recording; raises ScribeError, and then what was heard so far is kept for the next try."""
        described = described or Described()
        recording = audio.probe_sound(path)
        place = from_root(path, self.workspace.root)
        blank = Transcript(
            id=described.id or transcripts.make_id(path.name),
            title=described.title,
            date=described.date,
            source=place,
            recording=place,
            duration=recording.duration,
            segments=(),
            recipe=Recipe(scribe=__version__, engine=self.listening.setup.engine, source_digest=digest_of(path)),
        )
        refuse_namesake(blank, self.workspace)  # before the hours that hearing may take
        tracks = self._tracks(path, recording)
        primed = glossary.prime(self.listening.glossary, self.recogniser.count, self.recogniser.prompt_tokens)
        task = Task(language=self.listening.language, translate=self.listening.translate, prompt=primed.prompt)
        journal = self.workspace.journal(blank.id)
        heard = [self._hear_track(file, track, who, task, journal) for who, file, track in tracks]
        hearing, remarks = _together([one for one, _ in heard])
        segments, told = hearing.segments, "tracks"
        if self.listening.tracks == MIXED:
            segments, told, remark = self._speakers(path, *heard[0])
            remarks += [remark] if remark else []
        if primed.left_out:
            remarks.append(_left_out(primed.left_out, self.recogniser.prompt_tokens))
        if not segments:
            remarks.append("no speech was found in it, so its transcript is empty")
        if self.listening.tracks == MIXED and recording.tracks > 1:
            remarks.append(
                f"its {recording.tracks} audio tracks are heard as one; with a speaker on each: --tracks each"
            )
        recipe = self._recipe(blank.recipe.source_digest, task, told)
        made = {"language": hearing.language, "segments": segments, "recipe": recipe}
        return self._finished(blank.model_copy(update=made), hearing, remarks)

    def _finished(self, transcript: Transcript, hearing: Hearing, remarks: list[str]) -> Loaded:
        """Put right what a person put right before, and refuse to replace what is better."""
        transcript, replaced = glossary.apply(transcript, self.listening.glossary.corrections)
        if replaced:
            remarks.append(f"{replaced} corrections of the glossary applied")
        there = saved(transcript.id, self.workspace)
        if there is not None:
            transcript = labelled_before(transcript, self.workspace)
            if not self.listening.force:
                _refuse_worse(there, transcript)
        if hearing.resumed:
            remarks.append(f"{hearing.resumed} of {hearing.windows} windows had been heard before and were kept")
        return Loaded(transcript=transcript, format="recording", remarks=tuple(remarks))

    def _tracks(self, path: Path, recording: audio.Recording) -> list[tuple[str | None, Path, int | None]]:
        """Who speaks on it, the file, and the number of the track in it; None is all of them, mixed."""
        wanted = self.listening.tracks
        if wanted == MIXED:
            return [(None, path, None)]
        if wanted == EACH:
            if recording.tracks < 2:
                raise ScribeError(f"{path}: --tracks each expects several audio tracks, found one; leave it out")
            return [(title or f"S{i + 1}", path, i) for i, title in enumerate(_distinct(recording.titles))]
        folder = Path(wanted)
        if not folder.is_dir():
            raise ScribeError(f"--tracks: expected mixed, each, or a folder of recordings, found {wanted!r}")
        files = sorted(file for file in folder.iterdir() if shelf.is_recording(file))
        if not files:
            raise ScribeError(f"--tracks: expected a recording for each speaker in {folder}, found none")
        names = _distinct([speaker_of(file.stem) for file in files])
        return [(who or f"S{i + 1}", file, None) for i, (who, file) in enumerate(zip(names, files, strict=True))]

    def _hear_track(
        self, file: Path, track: int | None, who: str | None, task: Task, journal: shelf.Journal
    ) -> tuple[Hearing, tuple[NDArray[np.int16], list[Span]]]:
        shown = f" {who}" if who else ""
        samples = audio.decode(file, track=track, on_progress=lambda d, t: self._step(f"decoding{shown}", d, t))
        spans = audio.speech_spans(samples, on_progress=lambda d, t: self._step(f"finding speech{shown}", d, t))
        hearing = speech.transcribe(
            samples,
            spans,
            self.recogniser,
            task,
            longest_s=self.listening.longest_s,
            kept=journal,
            on_progress=lambda d, t: self._step(f"transcribing{shown}", d, t),
            on_lines=lambda lines: self._lines(_spoken_by(who, lines)),
        )
        if who is None:
            return hearing, (samples, spans)
        return hearing.model_copy(update={"segments": _spoken_by(who, hearing.segments)}), (samples[:0], spans)

    def _speakers(
        self, path: Path, hearing: Hearing, sound: tuple[NDArray[np.int16], list[Span]]
    ) -> tuple[tuple[Segment, ...], str, str | None]:
        """Lines with their speakers, how these were told, and a remark. Whatever fails, the lines stay."""
        wanted = self.listening.speakers
        if wanted == "none" or not hearing.segments:
            return hearing.segments, "none", None
        try:
            sidecar = shelf.find_sidecar(path) if wanted == "auto" else None
            turns = _turns_beside(sidecar) if sidecar else ()
            if sidecar and turns:
                return speakers.assign(hearing.segments, turns), "sidecar", f"speakers taken from {sidecar.name}"
            told = speakers.diarise(
                *sound,
                speakers=wanted if isinstance(wanted, int) else None,
                on_progress=lambda d, t: self._step("telling speakers apart", d, t),
            )
        except ScribeError as error:
            return hearing.segments, "none", f"the lines carry no speaker: {error}"
        if not told.separable and wanted == "auto":
            return hearing.segments, told.method, told.remark
        return speakers.assign(hearing.segments, told.turns), told.method, told.remark

    def _recipe(self, digest: str | None, task: Task, told: str) -> Recipe:
        chosen = self.listening
        settings: Mapping[str, str | int | float | bool | None] = {
            "language": chosen.language,
            "translate": chosen.translate or None,
            "prompt": task.prompt or None,
            "glossary": chosen.glossary.digest if chosen.glossary.terms or chosen.glossary.corrections else None,
            "speakers": str(chosen.speakers),
            "speakers told by": told,
            "tracks": None if chosen.tracks == MIXED else Path(chosen.tracks).name,
            "longest window": chosen.longest_s,
        }
        return Recipe(
            scribe=__version__,
            engine=self.recogniser.recipe,
            model=Path(chosen.setup.model).name,
            source_digest=digest,
            settings={key: value for key, value in settings.items() if value is not None},
        )

    def _lines(self, lines: Sequence[Segment]) -> None:
        if self.on_lines:
            self.on_lines(lines)

    def _step(self, what: str, done: float, total: float | None) -> None:
        if self.on_step:
            self.on_step(what, done, total)


def _left_out(terms: Sequence[str], budget_tokens: int) -> str:
    """A remark on the terms that the decoder is not told of."""
    shown = ", ".join(terms[:_SHOWN]) + (f" and {len(terms) - _SHOWN} more" if len(terms) > _SHOWN else "")
    return f"the recogniser reads {budget_tokens} tokens of the glossary; left out: {shown}"


def read_glossary(files: Sequence[Path], *, terms: Sequence[str] = (), own: Path | None = None) -> Glossary:
    """Terms, then the files', then those of `own`, which need not be there, as one; raises ScribeError."""
    found = glossary.parse("\n".join(terms), name="scribe.toml")
    for file in [*files, *([own] if own and own.exists() else [])]:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ScribeError(f"{file}: expected a glossary in UTF-8, a term a line; {error}") from error
        found = glossary.joined(found, glossary.parse(text, name=str(file)))
    return found


def speaker_of(stem: str) -> str | None:
    """The speaker that the name of one track's file gives, as Zoom writes it.

    >>> speaker_of("audioJanKulveit21234567890"), speaker_of("Ada"), speaker_of("track_2")
    ('Jan Kulveit', 'Ada', 'track')
    """
    bare = re.sub(r"^audio(?=[A-Z])|[\d_\s-]+$", "", stem)
    return re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", bare).replace("_", " ").strip() or None


def _distinct(names: Sequence[str | None]) -> list[str | None]:
    """Names of which no two are the same: later namesakes are numbered."""
    seen: dict[str, int] = {}
    found: list[str | None] = []
    for name in names:
        if name:
            seen[name] = seen.get(name, 0) + 1
            name = f"{name} {seen[name]}" if seen[name] > 1 else name
        found.append(name)
    return found


def _spoken_by(who: str | None, lines: Sequence[Segment]) -> tuple[Segment, ...]:
    return tuple(line.model_copy(update={"speaker": who}) for line in lines)


def _turns_beside(sidecar: Path) -> tuple[Turn, ...]:
    """Turns of the transcript beside a recording; none where it does not read, or names nobody."""
    try:
        return speakers.from_sidecar(transcripts.read(sidecar).transcript)
    except ScribeError:
        return ()


def _together(hearings: Sequence[Hearing]) -> tuple[Hearing, list[str]]:
    """All tracks as one hearing, in order of time."""
    segments = sorted((s for h in hearings for s in h.segments), key=lambda s: (s.start or 0.0, s.end or 0.0))
    languages = [h.language for h in hearings if h.segments] or [h.language for h in hearings]
    merged = Hearing(
        segments=tuple(s.model_copy(update={"index": i}) for i, s in enumerate(segments)),
        language=max(languages, key=languages.count),
        windows=sum(h.windows for h in hearings),
        resumed=sum(h.resumed for h in hearings),
    )
    return merged, [remark for h in hearings for remark in h.remarks]


def _refuse_worse(there: Transcript, new: Transcript) -> None:
    """Raise ScribeError if `new` says so much less than what is there that it must not replace it."""
    old_words, new_words = (sum(len(s.text.split()) for s in t.segments) for t in (there, new))
    if new_words < WORSE * old_words:
        raise ScribeError(
            f"{new.source}: heard {new_words} words where the transcript that is there has {old_words}, which stays; "
            "use a larger --model, or --force to replace it"
        )
