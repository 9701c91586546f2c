"""Branch from here: another voice writes one section or proposition of a post anew, watched, and stopped at will.

In: a desk, a block, a voice, and a simulator that records. Out: more alternatives in `draft.json`; the page stays as it
is until a person picks one. What was paid for is kept: whole where it was finished, as far as it came where not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from scribe import draft
from scribe.draft import Drawn
from scribe.evidence import CITATION
from scribe.frames import Frame
from scribe.pipeline.refining import Desk, Way
from scribe.pipeline.reviewing import read_notes
from scribe.pipeline.revising import locked_blocks
from scribe.records import Completion, Notes, Prompt, Proposition, Record, Sampling, ScribeError, Section
from scribe.rollouts import Recorded
from scribe.simulators import Simulator

OnPiece = Callable[[int, str], None]
"""Is handed which text goes on, counted from 0, and what was written of it since the last piece."""


class Branched(Record):
    """What became of a branch."""

    added: tuple[Way, ...] = ()
    """The new alternatives."""
    is_stopped: bool = False
    remark: str | None = None
    """Why nothing was added, or what broke it off."""


def voices_of(desk: Desk, block: str, frames: Mapping[str, Frame]) -> tuple[str, ...]:
    """Which voices can write what a block belongs to; none for a block of neither a section nor a proposition."""
    part = desk.part(block)
    return () if part is None else tuple(voice.name for voice in frames[_frame_of(part)].voices)


def _frame_of(part: Section | Proposition) -> str:
    return "section" if isinstance(part, Section) else "proposition"


def branch(
    desk: Desk,
    block: str,
    voice: str,
    simulator: Recorded,
    frames: Mapping[str, Frame],
    *,
    samples: int = 1,
    fresh: bool = True,
    on_piece: OnPiece | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
    alone: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Branched:
    """Have a voice write the part of the post that a block belongs to, and keep what it wrote as alternatives.

    With `fresh` it writes with a seed that it did not write this with before. `is_stopped` is asked before it begins
    and after each piece; within `alone` what was written is added to the draft, which nobody else may change then.
    Where the simulator fails midway, what came before is kept, and the failure is the remark. Raises ScribeError for a
    block or voice that cannot be, without notes, and where nothing at all was written.
    """
    part, known = desk.part(block), voices_of(desk, block, frames)
    if part is None:
        raise ScribeError(f"{desk.name}: {block!r} is part of neither a section nor a proposition; nobody can write it")
    if voice not in known:
        raise ScribeError(f"{desk.name}: {voice!r} is no voice that can write {block!r}; known: {', '.join(known)}")
    wishes = draft.Wishes(
        voices=(voice,),
        samples=samples,
        written=locked_blocks(desk.workspace, desk.path),
        plan=_plan_of(desk),
    )
    watch = _Watch(
        simulator,
        fresh=fresh,
        is_cited=frames[_frame_of(part)].cites,
        on_piece=on_piece or (lambda _, __: None),
        is_stopped=is_stopped,
    )
    made = draft.rewrite(
        desk.post, part, desk.ground.transcript, _notes_of(desk), simulator, frames, wishes, watch.draw
    )
    with alone():
        added = desk.add(part, made.ways, simulator.store)
    remark = watch.failure
    if remark is None and not added:
        remark = _why_nothing(voice, made, is_cut=watch.is_cut)
    return Branched(added=added, is_stopped=watch.is_cut and watch.failure is None, remark=remark)


def _why_nothing(voice: str, made: draft.Rewritten, *, is_cut: bool) -> str:
    if made.ways:
        return f"{voice} wrote the same again"
    if is_cut:
        return "stopped before there was a sentence to read"
    return made.fault or f"{voice} found nothing to write"


class _Watch:
    """One draw, handed on as it is written; `is_cut` says that it was stopped or failed, `failure` why it failed."""

    def __init__(
        self,
        simulator: Recorded,
        *,
        fresh: bool,
        is_cited: bool,
        on_piece: OnPiece,
        is_stopped: Callable[[], bool],
    ) -> None:
        self._asked, self._fresh, self._is_cited = simulator, fresh, is_cited
        self._on_piece, self._is_stopped = on_piece, is_stopped
        self.is_cut = False
        self.failure: str | None = None

    def draw(self, prompt: Prompt, simulator: Simulator, sampling: Sampling) -> Drawn:
        """Draw once; what was broken off is kept as a shorter draw."""
        recorded = simulator if isinstance(simulator, Recorded) else self._asked
        if self._fresh:
            sampling = recorded.anew(prompt, sampling)
        if self._is_stopped():
            self.is_cut = True
            return Drawn((), sampling)
        texts = [""] * sampling.samples
        whole: dict[int, Completion] = {}
        pieces = recorded.stream([prompt], sampling)
        is_over = False
        try:
            for piece in pieces:
                texts[piece.sample] += piece.text
                if piece.completion is not None:
                    whole[piece.sample] = piece.completion
                if piece.text:
                    self._on_piece(piece.sample, piece.text)
                if len(whole) < sampling.samples and self._is_stopped():
                    break
            else:
                is_over = True
        except ScribeError as error:
            if not any(texts):
                raise
            self.failure = str(error)
        finally:
            pieces.close()
            is_over = is_over or len(whole) == sampling.samples
            short = None if is_over else _cut_off(recorded, prompt, sampling, texts, whole)
        if short is None:
            kept = recorded.store.get(recorded.recipe, sampling, [prompt])[0]
            return Drawn(kept or [whole[k] for k in sorted(whole)], sampling)
        self.is_cut = True
        if not self._is_cited:
            return short
        return short._replace(completions=[_finished(completion) for completion in short.completions])


def _cut_off(
    recorded: Recorded, prompt: Prompt, sampling: Sampling, texts: list[str], whole: Mapping[int, Completion]
) -> Drawn:
    """Keep what was written so far as what it is: a draw of fewer tokens, and of no more texts than were begun."""
    begun = max((k + 1 for k, text in enumerate(texts) if text or k in whole), default=0)
    completions = [whole.get(k) or Completion(text=texts[k], finish="length") for k in range(begun)]
    written = max((recorded.count(completion.text) for completion in completions), default=1)
    most = max(1, min(written, sampling.max_tokens - 1))
    shorter = sampling.model_copy(update={"samples": max(1, begun), "max_tokens": most})
    if completions:
        recorded.keep(prompt, shorter, completions)
    return Drawn(completions, shorter)


def _finished(completion: Completion) -> Completion:
    """A text that was cut off, up to the last citation that it came to: what follows it cannot be told to be whole."""
    if completion.finish != "length":
        return completion
    text = completion.text
    end = max((match.end() for match in CITATION.finditer(text)), default=0)
    return completion.model_copy(update={"text": text[: end + text.startswith((".", "?", "!"), end)] if end else ""})


# ── What it is written from ──────────────────────────────────────────────────────────────────


def _plan_of(desk: Desk) -> tuple[draft.Planned, ...] | None:
    """The outline that lies beside the post, if one does."""
    path = desk.workspace.outline_path(desk.name)
    text = desk.workspace.look(path).text
    if text is None:
        return None
    plan = tuple(draft.read_outline_page(text, len(desk.ground.transcript.segments), desk.ground.sessions))
    return plan if any(planned.spans for planned in plan) else None


def _notes_of(desk: Desk) -> Notes:
    """The notes of the post's sessions; raises ScribeError where some are missing, or of another transcript."""
    found = []
    for session in desk.post.session_ids:
        transcript = desk.workspace.load_transcript(session)
        notes = read_notes(transcript, desk.workspace)
        if notes is None:
            raise ScribeError(
                f"{session}: expected notes to write from, found none; make them with: scribe notes '{session}'"
            )
        digests = {notes.recipe.source_digest, transcript.recipe.source_digest}
        if notes.transcript_id != session or len(digests - {None}) > 1:
            raise ScribeError(
                f"{session}: its notes are of another transcript; make them again with: scribe notes '{session}'"
            )
        found.append(notes)
    return found[0] if not desk.ground.sessions else draft.join_notes(desk.name, found, desk.ground.sessions)
