"""A source is measured: how its frame's voices differ, or how two simulators differ in each voice.

In: sources, a workspace, a frame, one or two simulators that can score. Out: `drafts/<id>/voices.json` and
`voices.svg`, or `siblings.json` and `siblings.svg`, and the report that they hold. Every completion and score is asked
for through the workspace's rollouts, so that what was measured once is not paid for again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from scribe import __version__, chunks, frames, notes, shelf
from scribe.asking import claims_of
from scribe.claims import join_alike
from scribe.frames import Frame
from scribe.measures import information, overlap, siblings, stance
from scribe.measures.documents import lines_told, notes_told
from scribe.measures.reports import Read, SiblingsReport, VoicesReport, siblings_figure, voices_figure
from scribe.pipeline.loading import load
from scribe.records import Chunk, Claim, Prompt, Recipe, Record, Sampling, ScribeError, Segment, Transcript
from scribe.rollouts import Recorded, Rollouts
from scribe.simulators import SPECS, CannotScore, Simulator

OnStep = Callable[[str, float, float], None]
"""Called with what is being done, how much of it is done, and of how much."""

CLAIMS = 12
"""Claims whose stances are asked, at most: each is one question to every voice, over the whole scene."""

_LEAST_STRETCH_TOKENS = 200
"""A session of few chunks is cut no finer than this."""


class Measured(NamedTuple):
    """What became of one source."""

    report: VoicesReport | SiblingsReport
    files: tuple[shelf.Written, ...]
    remarks: tuple[str, ...]


class _Scene(NamedTuple):
    """One stretch, with a prompt of each voice over it."""

    chunk: Chunk
    segments: tuple[Segment, ...]
    prompts: list[Prompt]


class Measuring:
    """A workspace with a frame, its voices and one or two scoring simulators open; use it as a context manager.

    With one simulator its voices are compared, with two the simulators, in each voice. `opened` are recorded here.
    Raises ScribeError for an unknown frame or voice, for fewer than two voices where one simulator's are compared, and
    for a simulator that gives no log-probabilities.
    """

    def __init__(
        self,
        workspace: shelf.Workspace,
        *,
        opened: Sequence[Simulator],
        frame: str,
        frames_folder: Path | None = None,
        voices: Sequence[str] | None = None,
        samples: int = 8,
        tokens: int = 48,
        stretches: int = 4,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.workspace = workspace
        self._frames = frames.load_all(frames.folders(frames_folder, workspace.root))
        self._wanted = voices
        self.frame = _reader(self._frames, frame, voices)
        self.voices = [v.name for v in self.frame.voices if voices is None or v.name in voices]
        least = 2 if len(opened) == 1 else 1
        if len(self.voices) < least:
            raise ScribeError(
                f"frame {frame!r}: expected {least} voices at least, found {len(self.voices)} "
                f"({', '.join(self.voices) or 'none of those named'}); "
                f"known: {', '.join(v.name for v in self.frame.voices)}; choose another --frame or more --voices"
            )
        self.samples, self.tokens, self.stretches = samples, tokens, stretches
        self._store = Rollouts(workspace.rollouts_path, warn=warn)
        self.simulators: list[Simulator] = [Recorded(simulator, self._store) for simulator in opened]
        try:
            for simulator in self.simulators:
                _check_scores(simulator)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store of rollouts."""
        self._store.close()

    def measure(self, source: str, *, on_step: OnStep = lambda *_: None) -> Measured:
        """Measure one source and keep what was found; raises ScribeError for what a person can mend."""
        loaded = load(source, self.workspace)
        transcript = loaded.transcript
        self.workspace.save_transcript(transcript)
        scenes, of = self._scenes(source, transcript)
        read = Read(
            transcript_id=transcript.id,
            frame=self.frame.name,
            stretches=tuple((scene.chunk.first, scene.chunk.last) for scene in scenes),
            of=of,
            samples=self.samples,
            tokens=self.tokens,
        )
        recipes = [self._recipe(transcript, simulator) for simulator in self.simulators]
        if len(self.simulators) == 1:
            voices_report = self._voices(read, scenes, recipes[0], on_step)
            files = self._keep(transcript.id, "voices", voices_report, voices_figure(voices_report))
            return Measured(voices_report, files, loaded.remarks)
        report = self._siblings(read, scenes, (recipes[0], recipes[1]), on_step)
        files = self._keep(transcript.id, "siblings", report, siblings_figure(report))
        return Measured(report, files, loaded.remarks)

    # ── What is measured ─────────────────────────────────────────────────────────────────────

    def _scenes(self, source: str, transcript: Transcript) -> tuple[list[_Scene], int]:
        """The stretches to measure, spread evenly over the session, and how many there are in all.

        They are the chunks that notes are made from; a session of fewer chunks than wanted is cut finer.
        """
        first = self.simulators[0]
        room = min(self._room(simulator, transcript.id) for simulator in self.simulators)
        cut = chunks.split(transcript, first.count, budget_tokens=room)
        if len(cut) < self.stretches:
            all_of_it = first.count(lines_told(transcript.segments))
            finer = max(all_of_it // self.stretches, _LEAST_STRETCH_TOKENS)
            cut = chunks.split(transcript, first.count, budget_tokens=min(room, finer))
        split = [chunk for chunk in cut if any(s.doubt is None for s in transcript.segments[chunk.first : chunk.last])]
        if not split:
            raise ScribeError(f"{source}: expected lines that can be shown to voices, found none without a doubt")
        scenes = []
        for place in spread(len(split), self.stretches):
            segments = transcript.segments[split[place].first : split[place].last]
            made = frames.prompts(self.frame, segments, title=transcript.id, voices=self.voices)
            scenes.append(_Scene(split[place], segments, made))
        return scenes, len(split)

    def _room(self, simulator: Simulator, title: str) -> int:
        """Tokens that a stretch may have: as many as for notes, and no more than two voices' notes leave beside it."""
        beside = simulator.context - 2 * self.frame.sampling.max_tokens - overlap.AROUND_TOKENS
        return max(1, min(notes.budget(simulator, self._frames, self._wanted, title=title), beside))

    def _voices(self, read: Read, scenes: Sequence[_Scene], recipe: Recipe, on_step: OnStep) -> VoicesReport:
        (simulator,) = self.simulators
        sampling = self._sampling()
        drawn = []
        for done, scene in enumerate(scenes):
            on_step("drawing texts of each voice", done, len(scenes))
            drawn.append(information.draw(scene.prompts, simulator, sampling))
        told = [self._claims(scene, simulator) for scene in scenes]
        stretches = [
            overlap.Stretch(
                text=lines_told(scene.segments),
                notes={voice: notes_told(claims) for voice, claims in by_voice.items()},
            )
            for scene, by_voice in zip(scenes, told, strict=True)
        ]
        asked = [(scene.prompts, claims) for scene, claims in zip(scenes, _claims_asked(told, CLAIMS), strict=True)]
        documents = overlap.documents(len(stretches), len(self.voices))
        every = [claim for _, claims in asked for claim in claims]
        flat = [sample for scene in drawn for sample in scene]
        firsts = [
            next((s for s in flat if s.voice == i and s.text and s.is_read_back), None) for i in range(len(self.voices))
        ]
        grown = [information.growth(sample, self.voices) for sample in firsts if sample is not None]
        return VoicesReport(
            read=read,
            information=information.information(self.voices, drawn),
            by_length=tuple(information.by_length(flat, self.voices)),
            growth=tuple(found for found in grown if found is not None),
            overlap=overlap.overlap(
                stretches,
                self.voices,
                simulator,
                on_scored=_counted("reading stretches after notes", documents, on_step),
            ),
            stances=stance.stances(
                asked,
                simulator,
                on_scored=_counted(
                    "asking for stances", stance.questions(every, len(asked), len(self.voices)), on_step
                ),
            ),
            recipe=recipe,
        )

    def _siblings(
        self, read: Read, scenes: Sequence[_Scene], recipes: tuple[Recipe, Recipe], on_step: OnStep
    ) -> SiblingsReport:
        first, second = self.simulators
        sampling = self._sampling()
        drawn = []
        claims: tuple[list[Claim], list[Claim]] = ([], [])
        for done, scene in enumerate(scenes):
            on_step("drawing texts of both simulators", done, len(scenes))
            drawn.append(siblings.draw_siblings(scene.prompts, self.simulators, sampling))
            for simulator, kept in zip(self.simulators, claims, strict=True):
                kept.extend(join_alike(chain.from_iterable(self._claims(scene, simulator).values())))
        names = (first.name, second.name)
        return SiblingsReport(
            read=read,
            simulators=names,
            voices=tuple(
                siblings.compare(voice, names, [scene[place] for scene in drawn])
                for place, voice in enumerate(self.voices)
            ),
            agreement=siblings.agreement(*claims),
            recipes=recipes,
        )

    def _claims(self, scene: _Scene, simulator: Simulator) -> dict[str, list[Claim]]:
        """The notes that each voice makes of a stretch, drawn as `scribe notes` draws them."""
        claims = claims_of(scene.prompts, simulator, self.frame.sampling)
        return {voice: [claim for claim in claims if voice in claim.voices] for voice in self.voices}

    def _sampling(self) -> Sampling:
        return information.unbent(self.frame.sampling, samples=self.samples, tokens=self.tokens)

    def _recipe(self, transcript: Transcript, simulator: Simulator) -> Recipe:
        settings: Mapping[str, str | int] = {
            "samples": self.samples,
            "tokens": self.tokens,
            "stretches": self.stretches,
            "voices": ",".join(self.voices),
            "seed": self.frame.sampling.seed,
        }
        return Recipe(
            scribe=__version__,
            engine=simulator.recipe,
            source_digest=transcript.recipe.source_digest,
            frames={self.frame.name: self.frame.digest},
            settings=settings,
        )

    def _keep(self, transcript_id: str, name: str, report: Record, figure: str) -> tuple[shelf.Written, ...]:
        """Write the report and its figure beside the notes; both belong to the machine."""
        folder = self.workspace.draft_folder(transcript_id)
        paths = [folder / f"{name}.json", folder / f"{name}.svg"]
        before = [path.read_bytes() if path.is_file() else None for path in paths]
        self.workspace.save_record(paths[0], report)
        if before[1] != figure.encode():
            shelf.write_atomic(paths[1], figure.encode())
        return tuple(
            shelf.Written(path=path, outcome="unchanged" if path.read_bytes() == old else "written")
            for path, old in zip(paths, before, strict=True)
        )


def spread(count: int, wanted: int) -> list[int]:
    """Places of at most `wanted` of `count` things, evenly spread, the first and the last among them.

    >>> spread(9, 4), spread(2, 4), spread(9, 1)
    ([0, 3, 5, 8], [0, 1], [4])
    """
    if wanted == 1:
        return [(count - 1) // 2]
    return sorted({round(float(place)) for place in np.linspace(0, count - 1, min(wanted, count))})


def _reader(known: Mapping[str, Frame], name: str, voices: Sequence[str] | None) -> Frame:
    """The frame of that name among those that chunks are read under."""
    readers = {frame.name: frame for frame in notes.readers_of(known, voices)}
    if name not in readers:
        raise ScribeError(
            f"--frame: expected a frame that a stretch is read under, found {name!r}; known: {', '.join(readers)}"
        )
    return readers[name]


def _check_scores(simulator: Simulator) -> None:
    """Ask for one score, before anything is sampled or paid for."""
    try:
        simulator.score("Minutes of a session:\n", ["It began."])
    except CannotScore as error:
        why = "" if simulator.name == SPECS["extract"] else f" ({error})"
        raise ScribeError(
            f"expected a simulator that gives log-probabilities, such as {SPECS['hf']}, found {simulator.name}{why}"
        ) from error


def _claims_asked(told: Sequence[Mapping[str, Sequence[Claim]]], most: int) -> list[list[str]]:
    """Claims to ask about, stretch by stretch: each voice's first, then each one's second; no questions."""
    each = max(1, most // len(told))
    asked = []
    for by_voice in told:
        rounds = chain.from_iterable(zip_longest(*by_voice.values()))
        stated = [claim for claim in rounds if claim is not None and claim.kind != "question"]
        asked.append([claim.text for claim in join_alike(stated)][:each])
    return asked


def _counted(what: str, total: int, on_step: OnStep) -> Callable[[], None]:
    """A callback that tells how many of `total` are done."""
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        on_step(what, done, total)

    return count
