"""Rows of text, written token by token in tandem.

In: rows that stand after their scenes, and a model on a stage. Out: pieces of their text as they come. A row that is
finished leaves the batch; when memory runs out, rows keep what they have written and go on in smaller batches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from scribe.records import Completion, Sampling, ScribeError
from scribe.simulators import Piece
from scribe.simulators.hf import citing, sampling
from scribe.simulators.hf.memory import is_out_of_memory
from scribe.simulators.hf.stages import Stage
from scribe.simulators.hf.tokens import Writer

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Row:
    """One completion under way."""

    prompt: int
    sample: int
    scene: tuple[int, ...]
    suffix: tuple[int, ...]
    """Ids between the scene and what is written."""
    limit: int
    """Tokens that may be written."""
    stops: tuple[str, ...]
    numbers: np.random.Generator
    writer: Writer
    cites: citing.Row | None
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    text: str = ""
    given: int = 0
    """How much of `text` has been handed on; the end of it may yet turn out to begin a stop string."""
    finish: Literal["stop", "length", "end"] | None = None

    def take(self, token: int, logprob: float, ends: Collection[int]) -> None:
        """Go on by a token."""
        if token in ends:
            self._write(self.writer.flush())
            self.finish = self.finish or "end"
            return
        if self.cites is not None:
            self.cites.accept(token)
        self.tokens.append(token)
        self.logprobs.append(logprob)
        self._write(self.writer.add(token))
        if self.finish is None and len(self.tokens) >= self.limit:
            self._write(self.writer.flush())
            self.finish = self.finish or "length"

    def piece(self) -> Piece | None:
        """What has not been handed on yet and cannot change any more."""
        held = max((len(stop) - 1 for stop in self.stops), default=0) if self.finish is None else 0
        end = max(self.given, len(self.text) - held)
        new, self.given = self.text[self.given : end], end
        if self.finish is None:
            return Piece(self.prompt, self.sample, new) if new else None
        whole = Completion(text=self.text, finish=self.finish, token_logprobs=tuple(self.logprobs))
        return Piece(self.prompt, self.sample, new, whole)

    def _write(self, piece: str) -> None:
        """Add to the text, and cut it before the first stop string."""
        if not piece:
            return
        overlap = max((len(stop) - 1 for stop in self.stops), default=0)
        looked = max(0, len(self.text) - overlap)
        self.text += piece
        found = [place for stop in self.stops if (place := self.text.find(stop, looked)) >= 0]
        if found:
            self.text = self.text[: min(found)]
            self.finish = "stop"


def write(
    rows: Sequence[Row],
    stage: Callable[[Sequence[Row]], Stage],
    how: Sampling,
    ends: Collection[int],
    *,
    release: Callable[[], None],
) -> Iterator[Piece]:
    """Write all rows to their end, as many at a time as memory holds; `stage` sets up the model for some of them.

    Out of memory halves the batch and goes on from what is written. Raises ScribeError where not even one row fits.
    """
    left, most = list(rows), len(rows)
    while left:
        batch = left[:most]
        try:
            yield from _write_together(batch, stage(batch), how, ends)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if most == 1:
                raise ScribeError(
                    f"out of memory with one completion of {len(batch[0].scene) + len(batch[0].suffix)} tokens under "
                    "way; use a smaller model, ?dtype=bfloat16, --quantise int8, or a smaller ?context"
                ) from error
            most = max(1, len(batch) // 2)
        release()
        left = [row for row in left if row.finish is None]


def _write_together(rows: list[Row], stage: Stage, how: Sampling, ends: Collection[int]) -> Iterator[Piece]:
    import torch

    room = max(row.limit - len(row.tokens) for row in rows)
    logits = stage.begin([[*row.suffix, *row.tokens] for row in rows], room=room)
    while True:
        tokens = _next(logits, rows, how, ends)
        yield from filter(None, [row.piece() for row in rows])
        kept = [place for place, row in enumerate(rows) if row.finish is None]
        if not kept:
            return
        if len(kept) < len(rows):
            stage.keep(kept)
            rows = [rows[place] for place in kept]
            tokens = tokens[torch.tensor(kept, device=tokens.device)]
        logits = stage.step(tokens)


def _next(logits: Tensor, rows: Sequence[Row], how: Sampling, ends: Collection[int]) -> Tensor:
    """Draw every row's next token and take it."""
    found = sampling.logprobs(logits)
    allowed = found
    if any(row.cites is not None for row in rows):
        allowed = found.clone()
        citing.apply(allowed, [row.cites for row in rows])
    tokens = sampling.draw(allowed, how, [row.numbers for row in rows])
    drawn = found.gather(-1, tokens[:, None]).squeeze(-1)
    for row, token, logprob in zip(rows, tokens.tolist(), drawn.tolist(), strict=True):
        row.take(token, logprob, ends)
    return tokens
