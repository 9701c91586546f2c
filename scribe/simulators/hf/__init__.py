"""`hf`: any causal language model of transformers, run here.

In: prompts, or a prefix with continuations. Out: completions, or log-probabilities. Prompts that show one scene share
one reading of it: its keys and values are held once, and voices and samples are decoded beside each other in one batch.

In reading order: `places` (a spec becomes a folder), `loading` (a folder becomes a model), `tokens` (prompts become
ids), `attention`, `stages` and `probing` (many rows after one scene), `sampling`, `citing` (which tokens may be drawn),
`decoding` (rows until they end), `scoring`, `memory`; `packing` makes a few rows quick on a CPU; this file puts them
together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self, cast

from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.simulators import OnProgress, Piece, Score, Spec, Usage, collected
from scribe.simulators.hf import decoding, loading, memory, places, scoring
from scribe.simulators.hf.citing import Citing
from scribe.simulators.hf.decoding import Row
from scribe.simulators.hf.packing import pack
from scribe.simulators.hf.probing import Way, way_on
from scribe.simulators.hf.sampling import numbers
from scribe.simulators.hf.stages import Repeated, Scene, Shared, Stage, read_scene
from scribe.simulators.hf.tokens import Form, Tokens, Writer
from scribe.simulators.specs import FORMS

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = "hf/1"
"""Raised whenever the same weights would give other text than before."""

MOST_ROWS = {"cpu": 64}
"""Rows decoded beside each other; on a CPU more gain nothing, elsewhere 256."""


class HF:
    """The simulator of the spec `hf:REPO-or-FOLDER`. The model is loaded when it is first asked; one thread at a time.

    A chat model is given every prompt by its template, the cue's last line as an answer begun, also when it scores.
    """

    def __init__(self, spec: Spec, folder: Path, *, device: str, quantise: str | None) -> None:
        """A model's folder, and how to run it; see `open`."""
        self.name = spec.text
        self._spec = spec
        self._folder = folder
        self._form: Form | None = _form(spec)
        self._device = spec.options.get("device", device)
        self._quantise = spec.options.get("quantise", quantise)
        self._most = spec.number("context")
        self._scene: Scene | None = None
        self._tokens_read, self._tokens_reused, self._tokens_written, self._completions = 0, 0, 0, 0

    @classmethod
    def open(
        cls, spec: Spec, *, device: str = "auto", quantise: str | None = None, on_progress: OnProgress | None = None
    ) -> Self:
        """Find the model that a spec names, fetching it if need be; raises ScribeError where there is none."""
        # Read when torch is loaded: threads that spin while they wait lose a factor of ten beside one busy neighbour.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        folder = places.find(spec, on_progress=on_progress)
        opened = cls(spec, folder, device=device, quantise=quantise)
        _ = opened.setup  # a device or a number format that is not here is told at once
        return opened

    @cached_property
    def setup(self) -> loading.Setup:
        """Where and in which numbers it runs."""
        return loading.choose(device=self._device, dtype=self._spec.options.get("dtype"), quantise=self._quantise)

    @cached_property
    def tokens(self) -> Tokens:
        """Its tokenizer."""
        return Tokens.open(self._folder, self._form)

    @cached_property
    def recipe(self) -> str:
        """Weights by their fingerprint, the form, and the numbers; not the device, whose rounding may differ."""
        numbers = self.setup.quantise or self.setup.dtype
        target = self._spec.target.rstrip("/").rpartition("/")[2]
        is_bound = Citing.open(self.tokens.tokenizer, len(self.tokens.tokenizer)) is not None
        cites = "cites what it was shown" if is_bound else "cites freely"
        return f"{RECIPE} {target} {places.fingerprint(self._folder)} {self.tokens.form} {numbers}, {cites}"

    @property
    def context(self) -> int:
        """The model's, or what the spec allows of it."""
        return min(self.tokens.context, self._most or self.tokens.context)

    @property
    def usage(self) -> Usage:
        """Tokens given and written since it was opened; *cached* are those that another row or call had read."""
        return Usage(
            requests=self._completions,
            prompt_tokens=self._tokens_read + self._tokens_reused,
            cached_tokens=self._tokens_reused,
            completion_tokens=self._tokens_written,
        )

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return self.tokens.count(text)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt. Raises ScribeError for one that does not fit, before anything is read."""
        return collected(self.stream(prompts, sampling), len(prompts), sampling.samples)

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
        """Continue each prompt, piece by piece; see `Streaming`."""
        rows = self._rows(prompts, sampling)
        self._completions += len(rows)
        for batch, scenes in self._batches(rows):
            self._begin_citing(batch, prompts)
            self._tokens_read += sum(len(row.suffix) for row in batch)
            self._tokens_reused += sum(len(row.scene) for row in batch) - sum(len(scene.ids) for scene in scenes)
            stage = partial(self._stage, {scene.ids: scene for scene in scenes})
            for piece in decoding.write(batch, stage, sampling, self.tokens.ends, release=self._release):
                if piece.completion is not None:
                    self._tokens_written += len(piece.completion.token_logprobs or ())
                yield piece

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        """Score each continuation after `prefix`, which should end a line or a word; see `Simulator`."""
        before = self._prefix(prefix)
        after = [self.tokens.after_newline(text) for text in continuations]
        longest = max(map(len, after), default=0)
        if len(before) + longest > self.context:
            raise ScribeError(
                f"{self.name}: a prefix of {len(before)} tokens and {longest} after it do not fit its context of "
                f"{self.context}; score shorter texts"
            )
        scene = self._read_scene(tuple(before))
        width = scene.logits.shape[-1]
        room = memory.SHARE * memory.free_bytes(self.model.device)
        token_bytes = memory.row_bytes(1, token_bytes=scene.size / len(scene.ids), width=width)
        scored = scoring.score(
            scene,
            after,
            lambda rows: self._of_scenes([scene], [rows]),
            most=min(scoring.MOST_TOKENS, max(1, int(room / token_bytes))),
            together=self._can_share,
            release=self._release,
        )
        dtype = "bfloat16" if self.setup.quantise else self.setup.dtype
        return [Score(token_logprobs=tuple(found), noise=scoring.noise(dtype, len(found))) for found in scored]

    # ── The model ────────────────────────────────────────────────────────────────────────────

    @cached_property
    def model(self) -> Any:
        """The model, loaded on first use."""
        model = loading.load_model(self._folder, self.setup)
        pack(model)
        return model

    @cached_property
    def _way(self) -> Way:
        """How this model's rows go on from a scene; it is tried."""
        return way_on(self.model, self.setup.dtype, self.context)

    @property
    def _can_share(self) -> bool:
        return self._way is Way.SHARED

    @cached_property
    def _citing(self) -> Citing | None:
        assert self._scene is not None
        return Citing.open(self.tokens.tokenizer, self._scene.logits.shape[-1])

    def _release(self) -> None:
        memory.release(self.model.device)

    def _read_scene(self, ids: tuple[int, ...]) -> Scene:
        """Read a scene, or go on from the one that was read last."""
        # Asked first, for it chooses the attention that the scene is read with.
        before = None if self._way is Way.STEPWISE else self._scene
        try:
            scene = read_scene(self.model, ids, before)
        except (RuntimeError, MemoryError) as error:
            if not memory.is_out_of_memory(error):
                raise
            raise ScribeError(
                f"{self.name}: out of memory when reading {len(ids)} tokens; use a smaller ?context, a smaller model, "
                "?dtype=bfloat16 or --quantise int8"
            ) from error
        read = 0 if scene is self._scene else scene.read
        self._tokens_read += read
        self._tokens_reused += len(ids) - read
        self._scene = scene
        return scene

    # ── Rows and batches ─────────────────────────────────────────────────────────────────────

    def _prefix(self, text: str) -> list[int]:
        """Ids of a document so far, as prompts of this model have them."""
        if self.tokens.form == "base":
            return self.tokens.document(text) or self.tokens.document("\n")
        head, newline, last = text.rpartition("\n")
        asked = Prompt(scene=head + newline, cue=last, voice="", yields="paragraph")
        scene, rest = self.tokens.prompt(asked)
        return [*scene, *rest]

    def _rows(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Row]:
        """A row for each completion; raises ScribeError if one prompt does not fit."""
        rows = []
        for place, prompt in enumerate(prompts):
            scene, suffix = self._parts(prompt)
            needed = len(scene) + len(suffix) + sampling.max_tokens
            if needed > self.context:
                raise ScribeError(
                    f"{self.name}: frame {prompt.frame or '?'}, voice {prompt.voice}: a prompt of "
                    f"{len(scene) + len(suffix)} tokens and {sampling.max_tokens} to be written do not fit its context "
                    f"of {self.context}; use shorter chunks or a model with a larger context"
                )
            rows += [
                Row(
                    prompt=place,
                    sample=sample,
                    scene=tuple(scene),
                    suffix=tuple(suffix),
                    limit=sampling.max_tokens,
                    stops=sampling.stop,
                    numbers=numbers(prompt, sampling.seed, sample),
                    writer=Writer(self.tokens, suffix),
                    cites=None,
                )
                for sample in range(sampling.samples)
            ]
        return rows

    def _parts(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """Ids of a prompt's scene, and of what follows it: one token each at least, if need be a newline."""
        scene, suffix = self.tokens.prompt(prompt)
        if scene and suffix:
            return scene, suffix
        ids = [*scene, *suffix]
        if len(ids) < 2:
            ids = [*self.tokens.document("\n"), *ids]
        return (ids[:-1], ids[-1:]) if len(ids) > 1 else (ids, ids)

    def _begin_citing(self, rows: Sequence[Row], prompts: Sequence[Prompt]) -> None:
        """Bind rows to the lines that their prompts show; one that shows none is free."""
        for row in rows:
            prompt = prompts[row.prompt]
            if prompt.sources and self._citing is not None:
                rules = self._citing.rules([segment.index for segment in prompt.sources])
                row.cites = rules.begin(prompt.cue.rpartition("\n")[2])

    def _batches(self, rows: Sequence[Row]) -> Iterator[tuple[list[Row], list[Scene]]]:
        """Rows to be written beside each other, with their scenes, which have been read; the shortest scenes first.

        A batch takes further scenes while memory holds them, by the bytes that a token of the first was found to take.
        """
        waiting = [list(own) for _, own in groupby(sorted(rows, key=self._kin), key=lambda row: self._kin(row)[:3])]
        while waiting:
            own = waiting.pop(0)
            scene = self._read_scene(own[0].scene)
            room = memory.SHARE * memory.free_bytes(self.model.device)
            most = min(MOST_ROWS.get(self.model.device.type, 256), max(1, int(room / self._row_bytes(own[0], scene))))
            batch, left, scenes = own[:most], own[most:], [scene]
            while not left and waiting and self._can_share and len(batch) + len(waiting[0]) <= most:
                taken = sum(self._row_bytes(row, scene) for row in [*batch, *waiting[0]])
                lengths = sum(len(one.ids) for one in scenes[1:]) + len(waiting[0][0].scene)
                if taken + lengths * scene.size / len(scene.ids) > room:
                    break
                batch += waiting.pop(0)
                scenes.append(self._read_scene(batch[-1].scene))
            yield batch, scenes
            if left:
                waiting.insert(0, left)

    def _kin(self, row: Row) -> tuple[int, tuple[int, ...], int, int, int]:
        """Rows that agree in the first three may be written beside each other whatever the model."""
        return len(row.scene), row.scene, 0 if self._can_share else len(row.suffix), row.prompt, row.sample

    def _stage(self, scenes: Mapping[tuple[int, ...], Scene], rows: Sequence[Row]) -> Stage:
        """The model, set up for some rows of a batch."""
        counts = [(ids, len(list(own))) for ids, own in groupby(rows, key=lambda row: row.scene)]
        return self._of_scenes([scenes[ids] for ids, _ in counts], [count for _, count in counts])

    def _of_scenes(self, scenes: Sequence[Scene], rows: Sequence[int]) -> Stage:
        if self._can_share:
            return Shared(self.model, scenes, rows)
        return Repeated(self.model, scenes[0], steps=self._way is Way.STEPWISE)

    def _row_bytes(self, row: Row, scene: Scene) -> float:
        tokens = len(row.suffix) + row.limit + (0 if self._can_share else len(row.scene))
        return memory.row_bytes(tokens, token_bytes=scene.size / len(scene.ids), width=scene.logits.shape[-1])


def _form(spec: Spec) -> Form | None:
    """Base or chat, where the spec says so."""
    return cast("Form | None", spec.one_of("as", FORMS))
