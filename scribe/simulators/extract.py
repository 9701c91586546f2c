"""`extract`: a simulator without weights. It continues a frame with its own sources' most telling sentences.

In: prompts. Out: completions in the grammar that the frame's cue began, every sentence cleaned and cited. The same
prompt gives the same bytes; nothing is sampled, nothing invented, nothing fetched. What a voice looks for is read
from its name and from the label its cue ends on.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence

from scribe.evidence import attributed, citations, cite
from scribe.language import TOKENS_PER_WORD
from scribe.records import ClaimKind, Completion, Prompt, Sampling, Segment
from scribe.simulators import CannotScore, Score
from scribe.simulators.reading import Argued, Reading, is_alike
from scribe.utterances import Utterance

RECIPE = "extract/3"
"""Raised whenever the same prompt would give other bytes than before."""

VOICES: dict[str, tuple[ClaimKind, ...]] = {
    "minute-taker": ("point",),
    "sceptic": ("objection",),
    "formaliser": ("definition", "conjecture"),
    "newcomer": ("question",),
    "listener": ("question",),
    "secretary": ("decision", "action"),
}
"""What each curated voice looks for. Another voice looks for what the label its cue ends on names, or for points."""

_LABELS: dict[str, ClaimKind] = {
    "point": "point",
    "objection": "objection",
    "definition": "definition",
    "conjecture": "conjecture",
    "question": "question",
    "decision": "decision",
    "action": "action",
}

_SOURCE_SHARE = 0.16
"""Notes hold at most this share of the words they were made from, however many tokens are allowed."""

_PROSE_SHARE = 0.15
"""The same for running text; where the lines were picked before, half of their words."""

_RECENT = 8
"""Readings kept: notes ask of eight chunks at a time what one frame looks for, and then what the next does."""


class Extract:
    """The simulator of the spec `extract`."""

    name = "extract"
    recipe = RECIPE
    context = 1_000_000
    """It reads any length, in time that grows with it; the number, about eighty hours of talk, is only a number."""

    def __init__(self, *, rewrites: bool = True) -> None:
        """Running text is reported speech; without `rewrites` it is made of quotes, for what that is worth to know."""
        self._rewrites = rewrites
        self._readings: deque[tuple[tuple[Segment, ...], str | None, Reading]] = deque(maxlen=_RECENT)

    def count(self, text: str) -> int:
        """Words and marks of `text`: a fair stand-in for tokens."""
        return len(re.findall(r"\w+|[^\w\s]", text))

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt. Samples are alike, but for titles and propositions: sample *k* is the *k*-th best."""
        return [self._continue(prompt, sampling) for prompt in prompts]

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:  # noqa: ARG002 (the protocol's names)
        """Raise CannotScore: extraction gives no probabilities."""
        raise CannotScore("extract gives no log-probabilities; expected a simulator that is a language model")

    def _continue(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        reading = self._reading(prompt)
        if prompt.yields == "title":
            texts = reading.titles(sampling.samples)
        elif prompt.yields == "proposition":
            texts = [_proposition(argued) for argued in reading.propositions()[: sampling.samples]]
        else:
            write = {"bullets": _bullets, "paragraph": _paragraph, "outline": _outline}[prompt.yields]
            texts = [write(prompt, reading, sampling.max_tokens / TOKENS_PER_WORD)] * sampling.samples
        texts += ["none"] * (sampling.samples - len(texts))
        return [Completion(text=_after_cue(prompt.cue, text or "none"), finish="end") for text in texts]

    def _reading(self, prompt: Prompt) -> Reading:
        """Voices and frames that show the same lines share one reading of them."""
        for sources, about, reading in self._readings:
            if (sources, about) == (prompt.sources, prompt.about):
                return reading
        reading = Reading(prompt.sources, prompt.about, rewrites=self._rewrites)
        self._readings.append((prompt.sources, prompt.about, reading))
        return self._readings[-1][2]


def _after_cue(cue: str, text: str) -> str:
    """What follows the cue: `text` less the opening that the cue has written already, or on its own line."""
    opening = cue.rsplit("\n", 1)[-1]
    if text.startswith(opening):
        return text.removeprefix(opening)
    if text.startswith(("- ", "## ")):
        return f"\n{text}"
    return f" {text}"


# ── Bullets ──────────────────────────────────────────────────────────────────────────────────


def _bullets(prompt: Prompt, reading: Reading, most_words: float) -> str:
    """Bullets of the kinds that the prompt's voice looks for, best first; a question with its answer under it."""
    budget = min(most_words, _SOURCE_SHARE * reading.words + 60)
    chosen: list[Utterance] = []
    lines: list[str] = []
    for kind in _kinds_wanted(prompt):
        left = 3 + round(reading.words / 400) if kind == "point" else max(2, round(reading.words / 450))
        for u in reading.ranked(kind):
            length = len(u.text.split())
            if left == 0 or length > budget:
                break
            if any(is_alike(u, other) for other in chosen):
                continue
            left -= 1
            budget -= length
            chosen.append(u)
            lines.append(f"- {kind.capitalize()}: {_said(u)}")
            reply = reading.answer_to(u) if kind == "question" else reading.reply_to(u) if kind == "objection" else None
            if reply and reply not in chosen and len(reply.text.split()) <= budget:
                chosen.append(reply)
                budget -= len(reply.text.split())
                lines.append(f"  - {'Answer' if kind == 'question' else 'Reply'}: {_said(reply)}")
    return "\n".join(lines)


def _kinds_wanted(prompt: Prompt) -> tuple[ClaimKind, ...]:
    label = re.search(r"(\w+):\s*$", prompt.cue)
    named = _LABELS.get(label.group(1).lower(), "point") if label else "point"
    return VOICES.get(prompt.voice, (named,))


# ── Running text ─────────────────────────────────────────────────────────────────────────────


def _paragraph(prompt: Prompt, reading: Reading, most_words: float) -> str:
    """The sentences that together say most of what a person would write, in the order in which they were said."""
    if prompt.about is None:
        share = 0.5 if _has_gaps(prompt.sources) else _PROSE_SHARE
        most_words = min(most_words, share * reading.words + 40)
    told = _in_its_way(prompt, reading, most_words) or reading.best(most_words)
    return " ".join(attributed(None if reading.rewrites else u.speaker, text, u.cites) for text, u in told)


_MANNERED = frozenset({"sceptic", "formaliser"})
"""Voices whose running text is made of what they look for, not of what tells most."""


def _in_its_way(prompt: Prompt, reading: Reading, most_words: float) -> list[tuple[str, Utterance]]:
    """What a voice of its own mind would write: the best of the kinds that it looks for, and what goes with them."""
    if prompt.voice not in _MANNERED or prompt.about is not None:
        return []
    found: list[Utterance] = []
    for u in (u for kind in VOICES[prompt.voice] for u in reading.ranked(kind)):
        reply = reading.reply_to(u) if prompt.voice == "sceptic" else None
        more = [one for one in (u, reply) if one is not None and one not in found]
        if any(is_alike(one, other) for one in more for other in found):
            continue
        if sum(len(one.text.split()) for one in (*found, *more)) > most_words:
            break
        found += more
    return reading.told(sorted(found, key=lambda u: u.place))


def _has_gaps(sources: Sequence[Segment]) -> bool:
    """Whether the lines shown were picked out of a longer stretch: then each was found telling before."""
    return bool(sources) and sources[-1].index - sources[0].index >= len(sources)


def _said(utterance: Utterance) -> str:
    """A sentence with its speaker before it and its lines after it."""
    return attributed(utterance.speaker, utterance.text, utterance.cites)


# ── Outlines and propositions ────────────────────────────────────────────────────────────────


def _outline(prompt: Prompt, reading: Reading, most_words: float) -> str:
    """The headings that stand in the scene, each with the lines shown under it."""
    shown = {s.index for s in prompt.sources}
    parts: list[str] = []
    for heading, body in _headed(prompt.scene):
        lines = [n for n in citations(body) if n in shown]
        said = [u for u in reading.said if set(u.cites) & set(lines)]
        most_words -= len(heading.split()) + 30
        if not lines or not said or most_words < 0:
            continue
        telling = max(said, key=lambda u: reading.salience[u.place])
        parts.append(f"## {heading}\n- {cite(range(lines[0], lines[-1] + 1))} {telling.text}")
    return "\n".join(parts)


def _headed(scene: str) -> Iterator[tuple[str, str]]:
    """Headings of the scene, each with the bullets that stand before the next one."""
    found = list(re.finditer(r"^#{2,4} +(.+?) *$", scene, re.M))
    for here, after in zip(found, [*found[1:], None], strict=True):
        body = scene[here.end() : after.start() if after else len(scene)]
        yield here.group(1), "\n".join(line for line in body.splitlines() if line.lstrip().startswith("- "))


def _proposition(argued: Argued) -> str:
    """A proposition in the frame's grammar; every step was *said*."""
    lines = [f"Statement: {_said(argued.statement)}"]
    for heading, items, tag in (
        ("Assumptions", argued.assumptions, ""),
        ("Sketch", argued.steps, "(said) "),
        ("Gaps", argued.gaps, ""),
    ):
        if items:
            lines += [f"{heading}:", *(f"- {tag}{_said(u)}" for u in items)]
    return "\n".join(lines)
