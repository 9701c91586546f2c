"""faster-whisper as a recogniser: its model, features, tokenizer and word alignment over CTranslate2, in batches.

In: windows. Out: what was heard. faster-whisper's own batched pipeline checks nothing that it decodes; here every
guard of `decoding` is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.speech import decoding
from scribe.speech.decoding import Decoded, Guards, TokenLine, aligned_line, library_errors, likeliest
from scribe.speech.heard import Heard, Line, Samples, Task

if TYPE_CHECKING:
    import ctranslate2
    from numpy.typing import NDArray

_APART_S = 1000
"""Windows of a batch are aligned as if so far apart, for faster-whisper's heuristics look back to the window before."""

FRAMES_PER_SECOND = 100
"""Of the spectrogram."""

_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""Punctuation that belongs to the word after it, and before it: faster-whisper's defaults."""


class FasterWhisper:
    """A `faster_whisper.WhisperModel`, loaded; a `Recogniser`."""

    name = "faster-whisper"
    longest_s = decoding.LONGEST_S
    prompt_tokens = decoding.PROMPT_TOKENS

    def __init__(
        self, model: Any, *, model_name: str, digest: str, batch: int = 8, guards: Guards | None = None
    ) -> None:
        from importlib.metadata import version

        import ctranslate2

        # CTranslate2 reads it once in each thread, at the first draw: what is drawn for a window depends on what was
        # drawn before, and only a run from the start comes out the same.
        ctranslate2.set_random_seed(0)
        self._model = model
        self._model_name = model_name
        self.guards = guards or Guards()
        self.batch = batch
        self.recipe = (
            f"faster-whisper {version('faster-whisper')}, ctranslate2 {version('ctranslate2')}, {digest}, "
            f"{model.model.compute_type}, guards {self.guards.digest}"
        )
        self._decoder = _Decoder(model)

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self._decoder.tokenizer.encode(f" {text.strip()}"))

    def detect(self, windows: Sequence[Samples]) -> tuple[str, float]:
        """The likeliest language over all windows, and its mean probability."""
        if not self._model.model.is_multilingual:
            return "en", 1.0
        with library_errors():
            found = self._model.model.detect_language(self._decoder.encode(windows))
        return likeliest([{token[2:-2]: probability for token, probability in row} for row in found])

    def hear(self, windows: Sequence[Samples], task: Task) -> list[Heard]:
        """Transcribe windows together; see `decoding.hear`. `MemoryError` when they are too many."""
        decoding.check_language(
            task,
            multilingual=self._model.model.is_multilingual,
            known=self._model.supported_languages,
            model=self._model_name,
        )
        with library_errors():
            return decoding.hear(self._decoder.of(task), windows, task, self.guards)


class _Decoder:
    """`decoding.Decoder` over faster-whisper; `Encoded` is a `StorageView` `[batch, 1500, state]`."""

    def __init__(self, model: Any, *, language: str = "en", translate: bool = False) -> None:
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        self._model = model
        self.tokenizer = Tokenizer(
            model.hf_tokenizer,
            model.model.is_multilingual,
            task="translate" if translate else "transcribe",
            language=language,
        )
        self.timestamp_begin: int = self.tokenizer.timestamp_begin
        self._suppressed = list(get_suppressed_tokens(self.tokenizer, [-1]) or ())

    def of(self, task: Task) -> _Decoder:
        return _Decoder(self._model, language=task.language or "en", translate=task.translate)

    def encode(self, windows: Sequence[Samples]) -> ctranslate2.StorageView:
        features = self._features(windows)
        if self._model.model.device != "cpu" or len(windows) == 1:
            return self._model.encode(features)
        # A CPU encodes windows one by one in three quarters of the time that it takes for all together.
        return _joined([np.asarray(self._model.encode(row[None])) for row in features])

    def _features(self, windows: Sequence[Samples]) -> NDArray[np.float32]:
        """Spectrograms, shape [windows, mels, 3000]."""
        extract = self._model.feature_extractor
        features = np.zeros((len(windows), extract.mel_filters.shape[0], extract.nb_max_frames), dtype=np.float32)
        for row, window in enumerate(windows):
            # As openai-whisper has it: the sound ends in silence, its spectrogram in zeros.
            mel = extract(window, padding=extract.n_fft)[:, : len(window) // extract.hop_length]
            features[row, :, : mel.shape[1]] = mel
        return features

    def alone(self, encoded: ctranslate2.StorageView, row: int) -> ctranslate2.StorageView:
        import ctranslate2

        on_cpu = encoded.to_device(ctranslate2.Device.cpu) if encoded.device != "cpu" else encoded
        return _joined([np.asarray(on_cpu)[row : row + 1]])

    def decode(
        self,
        encoded: ctranslate2.StorageView,
        task: Task,
        guards: Guards,
        *,
        temperature: float,
        seed: int,  # noqa: ARG002  (see FasterWhisper)
    ) -> list[Decoded]:
        before = self.tokenizer.encode(f" {task.prompt.strip()}") if task.prompt.strip() else []
        prompt = self._model.get_prompt(self.tokenizer, before, without_timestamps=False)
        greedy = temperature == 0
        results = self._model.model.generate(
            encoded,
            [prompt] * encoded.shape[0],
            beam_size=guards.beam_size if greedy else 1,
            num_hypotheses=1 if greedy else guards.best_of,
            sampling_topk=1 if greedy else 0,
            sampling_temperature=1.0 if greedy else temperature,
            max_length=2 * guards.most_tokens,  # CTranslate2 halves it
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            max_initial_timestamp_index=decoding.TOKENS_PER_SECOND,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._decoded(result, temperature) for result in results]

    def _decoded(self, result: Any, temperature: float) -> Decoded:
        tokens = tuple(result.sequences_ids[0])
        total = result.scores[0] * len(tokens)  # the score is a mean over the tokens, that of the end not counted
        text = self.text(tokens).strip()
        return Decoded(tokens, text, total / (len(tokens) + 1), result.no_speech_prob, temperature)

    def text(self, tokens: Sequence[int]) -> str:
        decoded: str = self.tokenizer.decode([t for t in tokens if t < self.tokenizer.eot])
        return decoded

    def align(
        self, encoded: ctranslate2.StorageView, lines: Sequence[Sequence[TokenLine]], seconds: Sequence[float]
    ) -> list[list[Line]]:
        batch: list[list[dict[str, Any]]] = [
            [
                {
                    "seek": offset * FRAMES_PER_SECOND,
                    "start": offset + t.start,
                    "end": offset + t.end,
                    "tokens": list(t.tokens),
                }
                for t in own
            ]
            for own, offset in zip(lines, range(_APART_S, _APART_S * (len(lines) + 1), _APART_S), strict=True)
        ]
        sizes = [int(length * FRAMES_PER_SECOND) for length in seconds]
        self._model.add_word_timestamps(batch, self.tokenizer, encoded, sizes, _PREPENDED, _APPENDED, 0.0)
        return [
            [aligned_line(self.text(s["tokens"]), _from_window(s), length) for s in own]
            for own, length in zip(batch, seconds, strict=True)
        ]


def _joined(parts: Sequence[NDArray[np.float32]]) -> ctranslate2.StorageView:
    """Encoded windows as one batch."""
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.concatenate(parts))


def _from_window(segment: dict[str, Any]) -> dict[str, Any]:
    """A segment with its times counted from its window's start again."""
    offset = segment["seek"] / FRAMES_PER_SECOND
    words = [{**w, "start": w["start"] - offset, "end": w["end"] - offset} for w in segment["words"]]
    return {**segment, "start": segment["start"] - offset, "end": segment["end"] - offset, "words": words}
