"""Embeddings: a model of sentence-transformers that may join in finding lines, where it is measured to help.

In: the name or folder of a model, the lines of a record, and lines that people linked to questions or claims. Out: an
`Encoder`, scores of lines in which words and vectors count, and a `Gain` that says whether these scores are better
than those of words alone. It knows nothing of any particular model, nor of where a gain is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np

from scribe import hub
from scribe.evidence import names_topic, relevance, support_scores
from scribe.measures.bootstrap import Estimate, statistic_of
from scribe.records import Record, ScribeError, Segment

WEIGHTS = (0.125, 0.25, 0.5, 1.0)
"""Log-odds that a line may gain for each standard deviation of similarity; which, is chosen for each model."""

ALIKE = 2.0
"""Standard deviations of similarity above which a line counts though no word of the text is near it: one line in 44,
were they normally distributed. It starts from the chance of the least of those that are near."""

MOST = 10
"""Lines among which those linked to a claim are looked for."""

LEAST = 5
"""Claims or questions below which no interval says anything."""

SESSIONS = 4
"""Sessions from which on they are what is drawn; the fewest of which `bootstrap` makes an interval."""


class Encoder(Protocol):
    """What turns texts into vectors, for some models questions otherwise than lines; `SentenceTransformer` is one."""

    def encode_query(self, inputs: list[str], /) -> np.ndarray:
        """Array of `len(inputs)` rows."""

    def encode_document(self, inputs: list[str], /) -> np.ndarray:
        """The same for lines; rows are as long as those of `encode_query`."""


class Linked(NamedTuple):
    """A question or a claim, the lines of its record, and the places among them that a person linked to it."""

    session: str
    text: str
    segments: Sequence[Segment]
    marked: frozenset[int]
    asks: bool
    """Whether it is a question."""


class Gain(Record):
    """How well lines are found by words alone and with embeddings joined, on the same texts; shares of 1."""

    measure: Literal["marked words", "recall@10"]
    without: float
    joined: float
    difference: Estimate
    """`joined` less `without`, with its paired interval."""
    weight: float
    """Of `WEIGHTS`, that which is best for all texts. For `joined` it is chosen without those of the same draw."""
    drawn: Literal["sessions", "questions", "claims"]
    """What the interval resamples."""
    texts: int
    sessions: int

    @property
    def helps(self) -> bool:
        """Whether the embeddings may join: the whole interval is above 0."""
        return self.difference.low is not None and self.difference.low > 0


def open_encoder(model: str) -> Encoder:
    """The model of this name or in this folder, on the CPU; a ScribeError where it or the package is missing."""
    if not Path(model).is_dir() and not hub.is_name(model):
        raise ScribeError(f"embeddings: expected a folder or the name of a model, found neither at {model!r}")
    from scribe.simulators.hf.quiet import quiet

    with quiet():
        try:
            from safetensors import SafetensorError
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ScribeError(
                f"embeddings need sentence-transformers ({_reason(error)}); pip install 'scribe[embeddings]'"
            ) from error
        try:
            encoder: Encoder = SentenceTransformer(model, device="cpu")
        except (SafetensorError, OSError, ValueError, LookupError, ImportError, RuntimeError, TypeError) as error:
            raise ScribeError(
                f"embeddings: {model} cannot be opened as a model of sentence-transformers: {_reason(error)}"
            ) from error
    return encoder


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


class Embedded:
    """The lines of one record as vectors, which are made once however many texts are asked about."""

    def __init__(self, encoder: Encoder, segments: Sequence[Segment]) -> None:
        self._encoder = encoder
        self._segments = segments
        self._rows = _unit(encoder.encode_document([segment.text for segment in segments])) if segments else None

    def similarities(self, text: str) -> np.ndarray:
        """Cosine of each line with a text, in standard deviations from the mean of all lines."""
        if self._rows is None:
            return np.zeros(0)
        cosines = self._rows @ _unit(self._encoder.encode_query([text]))[0]
        scores: np.ndarray = (cosines - cosines.mean()) / max(float(cosines.std()), 1e-9)
        return scores

    def relevance(self, question: str, weight: float) -> np.ndarray:
        """`evidence.relevance` with the similarities joined; as there, 0 for all where no topic is named."""
        scores = relevance(question, self._segments)
        return _joined(scores, self.similarities(question), weight) if names_topic(question) else scores


def relevance_by(encoder: Encoder, weight: float) -> Callable[[str, Sequence[Segment]], np.ndarray]:
    """What takes the place of `evidence.relevance` where the embeddings join."""
    return lambda question, segments: Embedded(encoder, segments).relevance(question, weight)


def measure_gain(
    encoder: Encoder, linked: Sequence[Linked], *, on_step: Callable[[int, int], None] = lambda *_: None
) -> Gain:
    """How much better lines are found with embeddings than without, for questions only or for claims only.

    Of a claim, recall at ten: its linked lines among the best ten, as a share of them all. Of a question, which has
    stretches of lines, the marked words among the best lines that hold as many words as were marked, as a share.
    How much similarity weighs is chosen for the model, and judged on texts that it was not chosen by: those of a
    session left out, or one text left out where sessions are few. `on_step` is called with the texts done, and of how
    many. Raises ScribeError for fewer than five texts with lines.
    """
    linked = [one for one in linked if one.marked and (not one.asks or names_topic(one.text))]
    asks = bool(linked) and linked[0].asks
    kind: Literal["questions", "claims"] = "questions" if asks else "claims"
    if len(linked) < LEAST:
        raise ScribeError(f"{len(linked)} {kind} with linked lines; at least {LEAST} tell whether they help")
    found = _found(encoder, linked, on_step)
    sessions = list(dict.fromkeys(one.session for one in linked))
    by_session = len(sessions) >= SESSIONS
    places = np.array([sessions.index(one.session) for one in linked]) if by_session else np.arange(len(linked))
    sums = np.zeros((places.max() + 1, len(WEIGHTS)))
    np.add.at(sums, places, found[:, 1:] - found[:, :1])
    chosen = np.argmax(sums.sum(axis=0) - sums, axis=1)
    joined = found[np.arange(len(linked)), 1 + chosen[places]]
    return Gain(
        measure="marked words" if asks else "recall@10",
        without=float(found[:, 0].mean()),
        joined=float(joined.mean()),
        difference=_mean(joined - found[:, 0], places),
        weight=WEIGHTS[int(np.argmax(sums.sum(axis=0)))],
        drawn="sessions" if by_session else kind,
        texts=len(linked),
        sessions=len(sessions),
    )


def _found(encoder: Encoder, linked: Sequence[Linked], on_step: Callable[[int, int], None]) -> np.ndarray:
    """What is found of each text, a row: by words alone, then with embeddings joined by each of `WEIGHTS`."""
    found = np.zeros((len(linked), 1 + len(WEIGHTS)))
    lines: tuple[Sequence[Segment], Embedded] | None = None
    for place, one in enumerate(linked):
        on_step(place, len(linked))
        if lines is None or lines[0] is not one.segments:
            lines = one.segments, Embedded(encoder, one.segments)
        scores = (relevance if one.asks else support_scores)(one.text, one.segments)
        similar = lines[1].similarities(one.text)
        judge = _marked_words if one.asks else _recall
        found[place] = [judge(scores, one), *(judge(_joined(scores, similar, weight), one) for weight in WEIGHTS)]
    return found


def _mean(values: np.ndarray, places: np.ndarray) -> Estimate:
    """The mean of the values; its interval resamples those of one place together."""
    sums = np.bincount(places, weights=values)
    counts = np.bincount(places)
    found = statistic_of(lambda drawn: float(sums[drawn].sum() / counts[drawn].sum()), len(sums))
    assert found is not None, "a mean of something is a number"
    return found


def _joined(scores: np.ndarray, similar: np.ndarray, weight: float) -> np.ndarray:
    least = float(scores[scores > 0].min(initial=0.5))
    chances = np.clip(scores, max(least, 1e-6), 1 - 1e-6)
    odds = np.log(chances / (1 - chances)) + weight * similar
    found: np.ndarray = np.where((scores > 0) | (similar > ALIKE), 0.5 * (1 + np.tanh(odds / 2)), 0.0)
    return found


def _unit(rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, dtype=float)
    found: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found


def _ranked(scores: np.ndarray) -> np.ndarray:
    """Places of the lines above 0, best first."""
    order = np.argsort(-scores, kind="stable")
    found: np.ndarray = order[scores[order] > 0]
    return found


def _recall(scores: np.ndarray, one: Linked) -> float:
    return sum(int(place) in one.marked for place in _ranked(scores)[:MOST]) / len(one.marked)


def _marked_words(scores: np.ndarray, one: Linked) -> float:
    """Of as many words as were marked, taken from the best lines, those that were marked; the last line in part."""
    lengths = np.array([len(segment.text.split()) for segment in one.segments])
    order = _ranked(scores)
    room = max(1, int(lengths[list(one.marked)].sum()))
    before = np.cumsum(lengths[order]) - lengths[order]
    taken = np.clip(room - before, 0, lengths[order])
    return float(taken[[int(place) in one.marked for place in order]].sum()) / room
