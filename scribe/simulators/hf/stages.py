"""A model with a scene before it and rows of text under way: the two ways to hold them.

In: token ids. Out: logits. `Shared` keeps a scene's keys and values once for all that read it, and takes several scenes
at a time; `Repeated` gives every row a copy, one scene at a time, and works for any model with a cache. What is sampled
or scored from the logits is for `decoding` and `scoring`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import signature
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Protocol

from scribe.simulators.hf import attention

if TYPE_CHECKING:
    from torch import Tensor

_GROWTH = 64
"""Tokens by which the room for suffixes grows, where it was not known beforehand."""


@dataclass(frozen=True)
class Scene:
    """A scene that the model has read."""

    ids: tuple[int, ...]
    logits: Tensor
    """Of the token after it: `[vocabulary]`."""
    cache: Any
    """The model's own cache, of one row."""
    read: int
    """Tokens that had to be read for it."""

    @property
    def size(self) -> int:
        """Bytes of its keys and values."""
        return sum(t.numel() * t.element_size() for layer in self.cache.layers for t in _held(layer))

    def reading(self, first: int, last: int) -> attention.Reading:
        """The scene for rows `[first, last)`."""
        layers = self.cache.layers
        return attention.Reading(first, last, [one.keys[0] for one in layers], [one.values[0] for one in layers])


def _held(layer: Any) -> list[Tensor]:
    import torch

    return [value for value in vars(layer).values() if isinstance(value, torch.Tensor)]


def read_scene(model: Any, ids: Sequence[int], before: Scene | None = None) -> Scene:
    """Read a scene once; where it begins as the scene `before` does, only what differs is read."""
    import copy

    import torch
    from transformers import DynamicCache

    shared = _shared(ids, before)
    if before is None or not shared:
        cache: Any = DynamicCache(config=model.config)
    elif shared == len(before.ids) == len(ids):
        return before
    else:
        cache = copy.deepcopy(before.cache)
        if shared < len(before.ids):
            cache.crop(shared - len(before.ids))
    with torch.inference_mode():
        given = torch.tensor([list(ids[shared:])], device=model.device)
        out = model(given, **{_cache_name(model): cache}, use_cache=True, logits_to_keep=1)
    return Scene(ids=tuple(ids), logits=out.logits[0, -1], cache=cache, read=len(ids) - shared)


def _cache_name(model: Any) -> str:
    """What a model calls its cache: state-space models have a name of their own for it."""
    return "past_key_values" if "past_key_values" in signature(model.forward).parameters else "cache_params"


_WORTH_KEEPING = 0.5
"""A scene is gone on from where it shares at least this part of its tokens with the one before."""


def _shared(ids: Sequence[int], before: Scene | None) -> int:
    """How many tokens of a scene need not be read anew: all, or all but one at most, whose logits are needed."""
    if before is None:
        return 0
    same = next(
        (n for n, (a, b) in enumerate(zip(ids, before.ids, strict=False)) if a != b), min(len(ids), len(before.ids))
    )
    if same == len(ids) == len(before.ids):
        return same
    same = min(same, len(ids) - 1)
    if same < len(before.ids) and not all(getattr(layer, "is_croppable", False) for layer in before.cache.layers):
        return 0
    return same if same >= _WORTH_KEEPING * len(ids) else 0


class Stage(Protocol):
    """Rows of text under way after their scenes."""

    def begin(self, suffixes: Sequence[Sequence[int]], *, room: int = 0, every: bool = False) -> Tensor:
        """Read what each row has after its scene: the rows of the first scene, then of the second, and so on.

        Gives the logits after each row's last token, `[rows, vocabulary]`; with `every`, after each of its tokens,
        `[rows, longest, vocabulary]`, padded on the left. `room` is how many tokens are to follow.
        """

    def step(self, tokens: Tensor) -> Tensor:
        """Read one more token of each row `[rows]`; gives the logits after it, `[rows, vocabulary]`."""

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone, in this order, which is that of their scenes."""


# ── One copy of the scene ────────────────────────────────────────────────────────────────────


@dataclass
class _Layer:
    """Keys and values of the rows' suffixes in one layer: `[rows, key heads, room, width]`, `used` of it filled."""

    room: int
    used: int = 0
    keys: Tensor | None = None
    values: Tensor | None = None

    def update(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add the newest tokens, and give all there are."""
        end = self.used + keys.shape[2]
        if self.keys is None or self.values is None or end > self.keys.shape[2]:
            self.keys = self._grown(self.keys, keys, end)
            self.values = self._grown(self.values, values, end)
        self.keys[:, :, self.used : end] = keys
        self.values[:, :, self.used : end] = values
        self.used = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def _grown(self, old: Tensor | None, like: Tensor, end: int) -> Tensor:
        rows, heads, _, width = like.shape
        grown = like.new_empty(rows, heads, max(self.room, end + (_GROWTH if old is not None else 0)), width)
        if old is not None:
            grown[:, :, : self.used] = old[:, :, : self.used]
        return grown


@dataclass
class _Suffixes:
    """What a model takes for its cache while rows read a scene: their own keys and values."""

    layers: list[_Layer]
    is_compileable: bool = False

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        return self.layers[layer].update(keys, values)

    def get_seq_length(self, layer: int = 0) -> int:
        return self.layers[layer].used


@dataclass
class Shared:
    """Rows that read scenes which are held once; `rows` says how many read each."""

    model: Any
    scenes: Sequence[Scene]
    rows: Sequence[int]
    _cache: _Suffixes = field(init=False)
    _pads: Tensor = field(init=False)
    _starts: Tensor = field(init=False)
    _readings: list[attention.Reading] = field(init=False)

    def begin(self, suffixes: Sequence[Sequence[int]], *, room: int = 0, every: bool = False) -> Tensor:
        """See `Stage`; every row has a token at least."""
        import torch

        longest = max(map(len, suffixes))
        self._cache = _Suffixes([_Layer(room=longest + room) for _ in self.scenes[0].cache.layers])
        where = self.model.device
        padded = [[0] * (longest - len(ids)) + list(ids) for ids in suffixes]
        self._pads = torch.tensor([longest - len(ids) for ids in suffixes], device=where)
        lengths = [len(scene.ids) for scene, n in zip(self.scenes, self.rows, strict=True) for _ in range(n)]
        self._starts = torch.tensor(lengths, device=where)
        self._read_by(self.rows)
        return self._forward(torch.tensor(padded, device=where), every=every)

    def step(self, tokens: Tensor) -> Tensor:
        """See `Stage`."""
        return self._forward(tokens[:, None], every=False)

    def keep(self, rows: Sequence[int]) -> None:
        """See `Stage`."""
        import torch

        kept = torch.tensor(rows, device=self.model.device)
        self._pads, self._starts = self._pads[kept], self._starts[kept]
        for layer in self._cache.layers:
            if layer.keys is not None and layer.values is not None:
                layer.keys, layer.values = layer.keys[kept], layer.values[kept]
        self._read_by([sum(r.first <= row < r.last for row in rows) for r in self._readings])

    def _read_by(self, rows: Sequence[int]) -> None:
        """Say which rows of the batch read which scene; `rows` of each."""
        bounds = pairwise(accumulate(rows, initial=0))
        self._readings = [scene.reading(*bound) for scene, bound in zip(self.scenes, bounds, strict=True)]

    def _forward(self, ids: Tensor, *, every: bool) -> Tensor:
        import torch

        used, tokens = self._cache.get_seq_length(), ids.shape[1]
        columns = torch.arange(used + tokens, device=ids.device)
        places = columns[used:] - self._pads[:, None]
        sees = (columns <= columns[used:, None]) & (columns >= self._pads[:, None, None])
        with torch.inference_mode(), attention.reading([r for r in self._readings if r.first < r.last]):
            out = self.model(
                ids,
                attention_mask=sees[:, None],
                position_ids=self._starts[:, None] + places.clamp(min=0),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=0 if every else 1,
            )
        logits: Tensor = out.logits if every else out.logits[:, -1]
        return logits


# ── A copy for every row ─────────────────────────────────────────────────────────────────────


@dataclass
class Repeated:
    """Rows that each have a copy of one scene before them, and suffixes of one length: nothing is padded.

    State-space models go on from a scene by single tokens only: for them, suffixes are read in `steps`.
    """

    model: Any
    scene: Scene
    steps: bool = False
    _cache: Any = field(init=False)
    _cache_name: str = field(init=False)

    def begin(self, suffixes: Sequence[Sequence[int]], *, room: int = 0, every: bool = False) -> Tensor:  # noqa: ARG002
        """See `Stage`; all suffixes have one length, above 0."""
        import copy

        import torch

        where = self.model.device
        self._cache, self._cache_name = copy.deepcopy(self.scene.cache), _cache_name(self.model)
        self.keep([0] * len(suffixes))
        ids = torch.tensor([list(ids) for ids in suffixes], device=where)
        if not self.steps:
            return self._forward(ids, every=every)
        logits = [self._forward(column, every=True) for column in torch.split(ids, 1, dim=1)]
        return torch.cat(logits, 1) if every else logits[-1][:, -1]

    def step(self, tokens: Tensor) -> Tensor:
        """See `Stage`."""
        return self._forward(tokens[:, None], every=False)

    def keep(self, rows: Sequence[int]) -> None:
        """See `Stage`."""
        import torch

        # Of the ways to choose rows, the one made for beams is there for states as well as for keys.
        self._cache.reorder_cache(torch.tensor(rows, device=self.model.device))

    def _forward(self, ids: Tensor, *, every: bool) -> Tensor:
        import torch

        with torch.inference_mode():
            keep = 0 if every else 1
            out = self.model(ids, **{self._cache_name: self._cache}, use_cache=True, logits_to_keep=keep)
        logits: Tensor = out.logits if every else out.logits[:, -1]
        return logits
