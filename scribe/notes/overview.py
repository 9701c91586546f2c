"""The whole session in a paragraph, written from the first claims of every topic.

In: topics with their claims. Out: claims. Where one prompt does not hold all of them, groups of topics are merged in
one of the two ways that Chang et al. 2024 (BooookScore) compare: *hierarchical* writes a paragraph of each group and
then one of the paragraphs, as Wu et al. 2021 summarised books; *incremental* writes the paragraph anew with each group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from scribe.asking import MOST_SHOWN_TOKENS, ask, fits
from scribe.claims import lines_of, minutes_by_topic
from scribe.evidence import attributed
from scribe.frames import Frame, prompts
from scribe.notes.recipe import frame_named, tokens_for
from scribe.records import Claim, Prompt, Sampling, ScribeError, Topic, Transcript
from scribe.simulators import Simulator

Merge = Literal["hierarchical", "incremental"]
"""How the topics of a session that is too long for one prompt become one paragraph."""

OVERVIEW_SHARE = 0.35
"""Part of a bound on the words that the overview may take."""

_DEPTH = 6
"""Claims of each topic that the overview is made of: the most telling ones come first."""


class Part(NamedTuple):
    """A title, and the claims that stand under it."""

    title: str
    claims: list[Claim]


def overview_of(
    transcript: Transcript,
    topics: Sequence[Topic],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None,
    merge: Merge = "hierarchical",
) -> list[Claim]:
    """The whole session in a paragraph; where the simulator fails, the first claim of every topic stands for it."""
    frame = frame_named(frames, "overview")
    sampling = frame.sampling
    if words is not None:
        sampling = sampling.model_copy(update={"max_tokens": tokens_for(max(12, int(words * OVERVIEW_SHARE)))})
    telling = [(topic.title, [c for c in topic.claims if c.cites and c.kind != "action"]) for topic in topics]
    told = [Part(title, claims[:_DEPTH]) for title, claims in telling if claims]
    writer = _Writer(transcript, simulator, frame, sampling)
    try:
        return writer.hierarchical(told) if merge == "hierarchical" else writer.incremental(told)
    except ScribeError:
        return [part.claims[0] for part in told]


class _Writer:
    """Writes paragraphs of one session under the frame of the overview."""

    def __init__(self, transcript: Transcript, simulator: Simulator, frame: Frame, sampling: Sampling) -> None:
        self._transcript = transcript
        self._simulator = simulator
        self._frame = frame
        self._sampling = sampling

    def hierarchical(self, told: Sequence[Part]) -> list[Claim]:
        """A paragraph of each group, then one of those paragraphs, until one is left."""
        parts = list(told)
        while parts:
            groups = self._grouped(parts)
            if not groups:
                break
            written = self._written([self._prompt(group) for group in groups])
            made = [
                Part(
                    f"{group[0].title} to {group[-1].title}" if len(group) > 1 else group[0].title,
                    said or _firsts(group),
                )
                for group, said in zip(groups, written, strict=True)
            ]
            if len(made) == 1:
                return _firsts(groups[0]) if written[0] is None else written[0]
            parts = made if len(made) < len(parts) else _shorter(made)
        return []

    def incremental(self, told: Sequence[Part]) -> list[Claim]:
        """One paragraph, written anew with each group that fits beside it."""
        written: list[Claim] = []
        parts = list(told)
        while parts:
            taken = self._fitting(parts, written)
            if taken:
                (said,) = self._written([self._prompt(taken, written)])
                is_short = said is not None and len(taken) == len(told)
                written = said or written or ([] if is_short else _firsts(taken))
            parts = parts[max(1, len(taken)) :]
        return written

    def _grouped(self, parts: Sequence[Part]) -> list[list[Part]]:
        """Neighbouring parts together, as many as one prompt holds; a part that none holds is left out."""
        groups: list[list[Part]] = []
        left = list(parts)
        while left:
            taken = self._fitting(left)
            if taken:
                groups.append(taken)
            left = left[max(1, len(taken)) :]
        return groups

    def _fitting(self, parts: Sequence[Part], written: Sequence[Claim] = ()) -> list[Part]:
        """The first parts that fit one prompt; of a part too long for one, its first claims."""
        low, high = 0, 1
        while high <= len(parts) and self._holds(parts[:high], written):
            low, high = high, 2 * high
        high = min(high, len(parts) + 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._holds(parts[:middle], written) else (low, middle)
        if low:
            return list(parts[:low])
        title, claims = parts[0]
        while len(claims) > 1:
            claims = claims[: len(claims) // 2]
            if self._holds([Part(title, claims)], written):
                return [Part(title, claims)]
        return []

    def _holds(self, parts: Sequence[Part], written: Sequence[Claim]) -> bool:
        """Whether one prompt holds the parts, what is written, and the lines that both cite."""
        minutes = self._simulator.count(minutes_by_topic(parts))
        if minutes > MOST_SHOWN_TOKENS:
            return False
        prompt = self._prompt(parts, written)
        shown = self._simulator.count(" ".join(segment.text for segment in prompt.sources))
        return minutes + shown <= MOST_SHOWN_TOKENS and fits(self._simulator, [prompt], self._sampling)

    def _prompt(self, parts: Sequence[Part], written: Sequence[Claim] = ()) -> Prompt:
        told = [claim for part in parts for claim in part.claims]
        return prompts(
            self._frame,
            lines_of([*written, *told], self._transcript),
            title=self._transcript.id,
            claims=minutes_by_topic(parts),
            written=" ".join(attributed(c.speaker, c.text, c.cites) for c in written),
        )[0]

    def _written(self, made: Sequence[Prompt]) -> list[list[Claim] | None]:
        """A paragraph for each prompt, None where none could be read; raises ScribeError where one cannot be had."""
        written: list[list[Claim] | None] = []
        for answer in ask([[prompt] for prompt in made], self._simulator, self._sampling):
            if isinstance(answer, ScribeError):
                raise answer
            written.append(None if answer[0].fault else answer[0].claims)
        return written


def _firsts(parts: Sequence[Part]) -> list[Claim]:
    """What stands for a paragraph that the simulator did not write: the first claim of every part."""
    return [part.claims[0] for part in parts]


def _shorter(parts: Sequence[Part]) -> list[Part]:
    """Parts of which no two fit together: half of the claims of each, and where each has one, every other part."""
    if all(len(part.claims) == 1 for part in parts):
        return list(parts[::2])
    return [Part(part.title, part.claims[: (len(part.claims) + 1) // 2]) for part in parts]
