"""Notes that answer one question, from the lines most relevant to it.

In: a transcript and a question. Out: `Notes` whose overview is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from scribe.asking import MOST_SHOWN_TOKENS, ask, fits, room_tokens
from scribe.claims import lines_of
from scribe.evidence import is_discussed, names_topic, relevance
from scribe.frames import Frame, prompts, render_record
from scribe.notes.budget import check_lines
from scribe.notes.length import within_words
from scribe.notes.recipe import frame_named, recipe_of, title_of, tokens_for
from scribe.records import Claim, Coverage, Notes, Passage, Prompt, Sampling, ScribeError, Segment, Transcript
from scribe.simulators import Simulator

ANSWER_WORDS = 120
"""Length of an answer where no bound is given."""

OVERVIEW_WORDS = 160
"""The same where the question names no topic; nine in ten summaries that people wrote for QMSum are shorter."""

SOURCE_WORDS_FOR_ANSWER = 3_000
"""Most words of lines shown to answer one question: about twenty minutes of talk."""

Find = Callable[[str, Sequence[Segment]], np.ndarray]
"""A question and lines -> a score for each line, 0 for one that is not to be shown."""

_REASONS = {
    "summarised": None,
    "skipped": "not among the lines most relevant to the question",
    "hidden": "doubtful",
}


def answer(
    transcript: Transcript,
    question: str,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None = None,
    find: Find = relevance,
) -> Notes:
    """Notes that answer one question from the lines most relevant to it, as `find` says, at most `words` long.

    A question that names no topic ("Summarise the meeting") is answered from the whole record: where the context does
    not hold it, stretch by stretch, and then once more from the lines that those answers cite. Raises ScribeError
    where the simulator fails and, before anything is asked, for a line that its context does not hold.
    """
    frame = frame_named(frames, "answer")
    most_words = words or (ANSWER_WORDS if names_topic(question) else OVERVIEW_WORDS)
    sampling = frame.sampling.model_copy(update={"max_tokens": tokens_for(most_words)})
    asking = _Asking(transcript, question, simulator, frame, sampling)
    sources = lines_for(transcript, question, simulator, asking.room, find)
    claims = asking.claims(sources)
    if words is not None:
        claims, _ = within_words(claims, [], words)
    return Notes(
        transcript_id=transcript.id,
        title=title_of(transcript),
        about=question,
        overview=tuple(claims),
        coverage=Coverage(passages=_ledger_of(transcript, {s.index for s in sources}, asking.unread)),
        recipe=recipe_of(transcript, simulator, {"answer": frame}, words=words, about=question),
    )


class _Asking:
    """One question put to one session."""

    def __init__(
        self, transcript: Transcript, question: str, simulator: Simulator, frame: Frame, sampling: Sampling
    ) -> None:
        self._transcript = transcript
        self._question = question
        self._simulator = simulator
        self._frame = frame
        self._sampling = sampling
        self.room = room_tokens(simulator, self._prompts(()), sampling)
        """Tokens of lines that one prompt holds."""
        self.unread: dict[int, str] = {}
        """Lines of stretches of which no answer could be read, and why."""

    def claims(self, sources: Sequence[Segment]) -> list[Claim]:
        """The answer from these lines, by way of answers from their stretches where one prompt does not hold them."""
        told: list[Claim] = []
        while sources:
            made = self._prompts(sources)
            if fits(self._simulator, made, self._sampling):
                return self._answers([made], told)
            told = self._answers([self._prompts(stretch) for stretch in self._stretches(sources)], told)
            cited = lines_of(told, self._transcript)
            sources = cited if len(cited) < len(sources) else cited[: len(cited) // 2]
        return told

    def _stretches(self, sources: Sequence[Segment]) -> list[list[Segment]]:
        """Neighbouring lines together, as many as one prompt shows."""
        most = min(self.room, MOST_SHOWN_TOKENS)
        stretches: list[list[Segment]] = []
        left = 0
        for line in sources:
            check_lines([line], self.room, self._simulator)
            cost = self._simulator.count(f"{render_record([line])}\n")
            if cost > left:
                stretches.append([])
                left = most
            stretches[-1].append(line)
            left -= cost
        return stretches

    def _prompts(self, sources: Sequence[Segment]) -> list[Prompt]:
        return prompts(self._frame, sources, title=self._transcript.id, about=self._question)

    def _answers(self, groups: Sequence[Sequence[Prompt]], told: list[Claim]) -> list[Claim]:
        """What all groups of prompts answer; where none can be read, what was `told` before, else a ScribeError."""
        found: list[Claim] = []
        faults: list[str] = []
        for group, answer in zip(groups, ask(groups, self._simulator, self._sampling), strict=True):
            if isinstance(answer, ScribeError):
                raise answer
            found += [claim for reading in answer for claim in reading.claims]
            if all(reading.fault for reading in answer):
                faults.append(answer[0].fault or "")
                if not told:
                    self.unread |= {line.index: faults[-1] for line in group[0].sources}
        if len(faults) < len(groups):
            return found
        if not told:
            raise ScribeError(f"{self._simulator.name}: {faults[0]}; use another simulator, or ask in other words")
        return told


def lines_for(
    transcript: Transcript, question: str, simulator: Simulator, room: int, find: Find = relevance
) -> list[Segment]:
    """The lines to answer a question from, in order: the most relevant, as many as `room` tokens hold.

    None where the record, as far as its words tell, does not speak of what is asked.
    """
    segments = [segment for segment in transcript.segments if segment.doubt is None]
    if not names_topic(question):
        return segments
    if not is_discussed(question, segments):
        return []
    scores = find(question, segments)
    chosen: list[int] = []
    used = tokens = 0
    for i in sorted((i for i in range(len(segments)) if scores[i] > 0), key=lambda i: (-scores[i], i)):
        used += len(segments[i].text.split())
        tokens += simulator.count(f"{render_record([segments[i]])}\n")
        if (used > SOURCE_WORDS_FOR_ANSWER or tokens > room) and chosen:
            break
        chosen.append(i)
    return [segments[i] for i in sorted(chosen)]


def _ledger_of(transcript: Transcript, shown: set[int], unread: Mapping[int, str]) -> tuple[Passage, ...]:
    """Stretches shown, stretches of which no answer could be read, and stretches skipped, in order."""
    passages: list[Passage] = []
    for segment in transcript.segments:
        outcome: Literal["summarised", "failed", "skipped", "hidden"]
        outcome = "summarised" if segment.index in shown else "skipped"
        if segment.doubt is not None:
            outcome = "hidden"
        elif segment.index in unread:
            outcome = "failed"
        reason = unread[segment.index] if outcome == "failed" else _REASONS[outcome]
        if passages and (passages[-1].outcome, passages[-1].reason) == (outcome, reason):
            passages[-1] = passages[-1].model_copy(update={"last": segment.index + 1})
        else:
            passages.append(Passage(first=segment.index, last=segment.index + 1, outcome=outcome, reason=reason))
    return tuple(passages)
