"""Titles of topics: of those that a simulator offers, the first that tells a topic from the others.

In: the lines and claims of topics. Out: one line of text for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scribe.asking import fits, sample_groups
from scribe.claims import minutes
from scribe.evidence import without_citations
from scribe.frames import Frame, prompts, render_record
from scribe.language import content_words
from scribe.notes.recipe import frame_named
from scribe.records import Claim, Prompt, ScribeError, Segment
from scribe.simulators import Simulator

UNTITLED = "Untitled stretch"

_DEPTH = 12
"""Claims, or lines where nothing was claimed, that a title is made from; of the claims the most telling come first."""


class Titles:
    """Gives titles in the order of the topics, and knows which it gave before."""

    def __init__(self, simulator: Simulator, frames: Mapping[str, Frame]) -> None:
        self._simulator = simulator
        self._frames = frames
        self._given: dict[str, frozenset[str]] = {}

    def of(self, topics: Sequence[tuple[Sequence[Segment], Sequence[Claim]]]) -> list[str]:
        """A title for each topic; a plain one where the simulator fails or offers none."""
        if not topics:
            return []
        frame = frame_named(self._frames, "title")
        made = [self._prompt(frame, lines, claims) for lines, claims in topics]
        drawn = sample_groups([[prompt] for prompt in made], self._simulator, frame.sampling)
        return [
            UNTITLED if isinstance(answer, ScribeError) else self.chosen([c.text for c in answer[0]])
            for answer in drawn
        ]

    def _prompt(self, frame: Frame, lines: Sequence[Segment], claims: Sequence[Claim]) -> Prompt:
        """The title's frame with as many minutes as fit."""
        depth = _DEPTH
        while True:
            shown = minutes(claims[:depth]) or render_record([line for line in lines if line.doubt is None][:depth])
            prompt = prompts(frame, lines, claims=shown)[0]
            if depth == 0 or fits(self._simulator, [prompt], frame.sampling):
                return prompt
            depth //= 2

    def chosen(self, offered: Sequence[str]) -> str:
        """Of the titles offered, best first, the first that has a word which no one title given before has too."""
        lines = [without_citations(text.strip().split("\n")[0]) for text in offered]
        titles = [line.strip(' #*"“”.')[:120] for line in lines]
        titles = [t for t in titles if t and t.lower() != "none" and t not in self._given]
        title = next((t for t in titles if self._is_new(t)), titles[0] if titles else UNTITLED)
        self._given.setdefault(title, frozenset(content_words(title)))
        return title

    def _is_new(self, title: str) -> bool:
        stems = set(content_words(title))
        return bool(stems) and not any(stems <= given for given in self._given.values())
