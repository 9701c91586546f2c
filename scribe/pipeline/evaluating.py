"""Sessions with reference summaries are noted by simulators, and their notes are measured beside the references.

In: folders of sessions, a workspace's frames and rollouts, simulators. Out: an `Evaluation`, the texts that it is of,
and a report, written where nobody's own file lies. Nothing else is written but completions: neither transcripts nor
notes of these sessions enter the workspace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from scribe import __version__, chunks, frames, notes, shelf, transcripts
from scribe.embeddings import Linked
from scribe.evaluating import comparing, folders, page
from scribe.evaluating.comparing import Evaluation, Failed, Making, Scored
from scribe.evaluating.figures import Candidate, figures
from scribe.evaluating.rouge import signature
from scribe.evaluating.sessions import Reference, check_lines, fit_id
from scribe.evaluating.texts import Shown
from scribe.measures.bootstrap import LEVEL, RESAMPLES
from scribe.pipeline.embedding import Embeddings, Measured, linked_in, measure
from scribe.pipeline.warming import Warmed
from scribe.records import Chunk, Recipe, ScribeError, Segment, Transcript
from scribe.rollouts import Recorded, Rollouts
from scribe.simulators import Simulator, open_simulator

OnStep = Callable[[str, float, float], None]
"""Called with what is being done, how much of it is done, and of how much."""


class Evaluated(NamedTuple):
    """What was found, the texts that it was found of, and what embeddings are worth, where that was asked."""

    evaluation: Evaluation
    shown: tuple[Shown, ...]
    embeddings: Measured | None = None


class _Session(NamedTuple):
    """A session that is ready to be noted."""

    name: str
    transcript: Transcript
    references: tuple[Reference, ...]


class Evaluating:
    """A workspace with its frames and rollouts and some simulators open; use it as a context manager.

    Each reference with a question is measured beside the answer that `scribe notes --about` gives, each without beside
    the overview of the notes; with a bound of `words` beside all that the notes hold within it. `embeddings` are
    measured on the lines that people linked, and what comes of it is kept in the workspace. Raises ScribeError for
    simulators of one name.
    """

    def __init__(
        self,
        workspace: shelf.Workspace,
        *,
        opened: Sequence[Simulator],
        frames_folder: Path | None = None,
        voices: Sequence[str] | None = None,
        words: int | None = None,
        merge: notes.Merge = "hierarchical",
        embeddings: Embeddings | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        names = [simulator.name for simulator in opened]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ScribeError(f"expected different simulators, found {twice[0]} twice; name it once")
        self._frames = frames.load_all(frames.folders(frames_folder, workspace.root))
        notes.readers_of(self._frames, voices)
        self._voices, self._words, self._merge = voices, words, merge
        self._workspace, self._embeddings = workspace, embeddings
        self._store = Rollouts(workspace.rollouts_path, warn=warn)
        self._warmed = {simulator.name: Warmed(simulator) for simulator in opened}
        self.simulators = [Recorded(simulator, self._store) for simulator in self._warmed.values()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store of rollouts."""
        self._store.close()

    def evaluate(
        self,
        sources: Sequence[Path],
        *,
        limit: int | None = None,
        kinds: Sequence[str] | None = None,
        on_step: OnStep = lambda *_: None,
    ) -> Evaluated:
        """Measure at most `limit` sessions of folders and files, in their references of some kinds or of all.

        A session that cannot be read or noted is left out for every simulator, and named. Raises ScribeError where
        nothing is found that should be a session, and for a kind that no reference is of.
        """
        collected = folders.collect(sources, limit=limit)
        failed = [Failed(session=fault.where, error=fault.error) for fault in collected.faults]
        wanted = [placed for placed in collected.sessions if _of_kinds(placed.session.references, kinds)]
        known = {one.kind for placed in collected.sessions for one in placed.session.references} - {None}
        if kinds and (strange := [kind for kind in kinds if kind not in known]):
            raise ScribeError(
                f"--kinds: no reference is of kind {strange[0]!r}; known: {', '.join(map(str, sorted(known, key=str)))}"
            )
        recipe = self._recipe()  # reads what simulators read of their files, before time is taken
        self._rehearse()
        scored: list[Scored] = []
        shown: list[Shown] = []
        linked: list[Linked] = []
        for done, placed in enumerate(wanted):
            on_step(f"noting {placed.session.name}", done, len(wanted))
            try:
                session = _ready(placed)
                found, told = self._measure(session, kinds)
            except ScribeError as error:
                failed.append(Failed(session=placed.session.name, error=str(error)))
                continue
            scored += found
            shown += told
            linked += linked_in(session.name, session.transcript, session.references, kinds)
        names = tuple(simulator.name for simulator in self.simulators)
        evaluation = Evaluation(
            simulators=names,
            groups=comparing.groups_of(scored, names) if scored else (),
            scored=tuple(scored),
            kept=sum(figures["seconds"] is None for one in scored for figures in one.figures.values()),
            failed=tuple(failed),
            strangers=tuple(str(path) for path in collected.strangers),
            recipe=recipe,
        )
        measured = None
        if self._embeddings is not None:
            measured = measure(self._embeddings, linked, self._workspace, on_step=on_step)
        return Evaluated(evaluation, tuple(shown), measured)

    def _rehearse(self) -> None:
        """Note one line, so that what is imported and read from files on first use is not taken for work."""
        line = Segment(index=0, text="The loss is a bound.", speaker="Ada")
        made = Recipe(scribe=__version__, engine="rehearsal")
        transcript = Transcript(id="rehearsal", source="rehearsal", segments=(line,), recipe=made)
        simulator = open_simulator("extract")
        whole = Chunk(transcript_id=transcript.id, index=0, first=0, last=1)
        notes.summarise(transcript, [whole], simulator, self._frames, voices=self._voices)
        notes.answer(transcript, "What is the loss?", simulator, self._frames)

    def _measure(self, session: _Session, kinds: Sequence[str] | None) -> tuple[list[Scored], list[Shown]]:
        """Note one session by every simulator, and measure each of its references."""
        made: dict[tuple[str, str | None], Candidate] = {}
        scored, shown = [], []
        for place, reference in enumerate(session.references):
            if kinds and reference.kind not in kinds:
                continue
            candidates = {}
            for simulator in self.simulators:
                key = (simulator.name, reference.question)
                if key not in made:
                    made[key] = self._candidate(session.transcript, reference.question, simulator)
                candidates[simulator.name] = made[key]
            found = {name: figures(one, reference, session.transcript) for name, one in candidates.items()}
            scored.append(
                Scored(
                    session=session.name,
                    reference=place,
                    kind=reference.kind,
                    question=reference.question,
                    figures=found,
                )
            )
            shown.append(Shown(scored[-1], reference, candidates, session.transcript))
        return scored, shown

    def _candidate(self, transcript: Transcript, question: str | None, simulator: Recorded) -> Candidate:
        """The text that a simulator's notes are measured by, with what it took unless some of it was kept.

        Loading a model is not part of that, nor is measuring.
        """
        kept, used = simulator.hits, simulator.usage
        warmed = self._warmed[simulator.name]
        began = time.perf_counter() - warmed.loading_s
        if question is not None:
            made = notes.answer(transcript, question, simulator, self._frames, words=self._words)
        else:
            made = notes.summarise(
                transcript,
                self._cut(transcript, simulator),
                simulator,
                self._frames,
                words=self._words,
                voices=self._voices,
                merge=self._merge,
            )
        seconds = time.perf_counter() - began - warmed.loading_s
        failed = [passage for passage in made.coverage.passages if passage.outcome == "failed"]
        if failed and made.coverage.summarised == 0:
            raise ScribeError(f"{simulator.name}: not a line could be read; {failed[0].reason}")
        is_all = self._words is not None
        claims = (*made.overview, *(c for topic in made.topics if is_all for c in topic.claims))
        is_fresh = simulator.hits == kept
        tokens = None
        if is_fresh and used is not None and (after := simulator.usage) is not None:
            tokens = (after.prompt_tokens - used.prompt_tokens, after.completion_tokens - used.completion_tokens)
        return Candidate(claims, made.coverage.fraction, seconds if is_fresh else None, tokens)

    def _cut(self, transcript: Transcript, simulator: Recorded) -> list[Chunk]:
        tokens = notes.budget(simulator, self._frames, self._voices, title=transcript.id)
        return chunks.split(transcript, simulator.count, budget_tokens=tokens)

    def _recipe(self) -> Making:
        rest = "the overview" if self._words is None else "all notes"
        return Making(
            scribe=__version__,
            rouge=signature(),
            simulators={simulator.name: simulator.recipe for simulator in self.simulators},
            frames={name: frame.digest for name, frame in self._frames.items()},
            words=self._words,
            merge=self._merge,
            intervals=f"{LEVEL:.0%} bootstrap of sessions, {RESAMPLES} resamples, seed 0",
            text=f"answers to questions; where there is none, {rest}",
        )


def write_report(path: Path, evaluated: Evaluated) -> None:
    """Write the report; raises ScribeError where `check_report` does, and where the system refuses."""
    check_report(path)
    shelf.write_atomic(path, page.page(evaluated.evaluation, evaluated.shown).encode("utf-8", "replace"))


def check_report(path: Path) -> None:
    """Raise ScribeError where a file lies that is no report of scribe's, or one that a person has changed."""
    if path.is_dir():
        raise ScribeError(f"{path}: expected a file for the report, found a folder; name a file in it")
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ScribeError(f"{path}: cannot read it: {error.strerror or error}; name another file") from error
    if not page.is_untouched(there):
        raise ScribeError(
            f"{path}: expected nothing there, or a report as scribe wrote it, found another file; name another"
        )


def _of_kinds(references: Sequence[Reference], kinds: Sequence[str] | None) -> bool:
    return not kinds or any(one.kind in kinds for one in references)


def _ready(placed: folders.Placed) -> _Session:
    """The session with its transcript; raises ScribeError, also for references to lines that it does not have."""
    found = placed.session
    if isinstance(found.transcript, Transcript):
        return _Session(found.name, found.transcript, found.references)
    read = transcripts.read(folders.transcript_path(placed)).transcript
    transcript, _ = transcripts.recut(read.model_copy(update={"id": fit_id(found.name)}))
    try:
        check_lines(found.references, len(transcript.segments))
    except ScribeError as error:
        raise ScribeError(f"{placed.path}: {error}") from error
    return _Session(found.name, transcript, found.references)
