"""openai-whisper as a recogniser: its model, mel spectrogram, decoder and word alignment, given batches.

In: windows. Out: what was heard. The decoder of openai-whisper takes a batch of windows though its `transcribe` never
gives it more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scribe.speech import decoding
from scribe.speech.decoding import Decoded, Guards, TokenLine, aligned_line, library_errors, likeliest
from scribe.speech.heard import Heard, Line, Samples, Task

if TYPE_CHECKING:
    import torch


class TorchWhisper:
    """A Whisper model of openai-whisper, loaded; a `Recogniser`."""

    name = "whisper"
    longest_s = decoding.LONGEST_S
    prompt_tokens = decoding.PROMPT_TOKENS

    def __init__(
        self, model: Any, *, model_name: str, digest: str, batch: int = 8, guards: Guards | None = None
    ) -> None:
        from importlib.metadata import version

        self._model = model
        self._model_name = model_name
        self.guards = guards or Guards()
        self.batch = batch
        self._half = str(model.device) != "cpu"
        precision = "float16" if self._half else "float32"
        self.recipe = f"openai-whisper {version('openai-whisper')}, {digest}, {precision}, guards {self.guards.digest}"
        self._decoder = _Decoder(model, half=self._half)

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self._decoder.tokenizer.encode(f" {text.strip()}"))

    def detect(self, windows: Sequence[Samples]) -> tuple[str, float]:
        """The likeliest language over all windows, and its mean probability."""
        from whisper.decoding import detect_language

        if not self._model.is_multilingual:
            return "en", 1.0
        with library_errors():
            _, found = detect_language(self._model, self._decoder.encode(windows), self._decoder.tokenizer)
        return likeliest(found)

    def hear(self, windows: Sequence[Samples], task: Task) -> list[Heard]:
        """Transcribe windows together; see `decoding.hear`. `MemoryError` when they are too many."""
        from whisper.tokenizer import LANGUAGES

        decoding.check_language(
            task, multilingual=self._model.is_multilingual, known=tuple(LANGUAGES), model=self._model_name
        )
        with library_errors():
            return decoding.hear(self._decoder.of(task), windows, task, self.guards)


class _Decoder:
    """`decoding.Decoder` over a model of openai-whisper; `Encoded` is a tensor `[batch, 1500, state]`."""

    def __init__(self, model: Any, *, half: bool, language: str = "en", translate: bool = False) -> None:
        from whisper.tokenizer import get_tokenizer

        self._model, self._half = model, half
        self.tokenizer = get_tokenizer(
            model.is_multilingual,
            num_languages=model.num_languages,
            language=language,
            task="translate" if translate else "transcribe",
        )
        self.timestamp_begin = self.tokenizer.timestamp_begin

    def of(self, task: Task) -> _Decoder:
        return _Decoder(self._model, half=self._half, language=task.language or "en", translate=task.translate)

    def encode(self, windows: Sequence[Samples]) -> torch.Tensor:
        import torch
        from whisper.audio import HOP_LENGTH, N_FFT, N_FRAMES, log_mel_spectrogram, pad_or_trim

        mels = []
        for window in windows:
            # As `transcribe` has it: the sound ends in silence, its spectrogram in zeros.
            mel = log_mel_spectrogram(window, self._model.dims.n_mels, padding=N_FFT)
            mels.append(pad_or_trim(mel[:, : len(window) // HOP_LENGTH], N_FRAMES))
        batch = torch.stack(mels).to(self._model.device)
        with torch.inference_mode():
            if batch.device.type == "cpu":  # which encodes windows one by one no slower, in less memory
                return torch.cat([self._model.encoder(mel[None]) for mel in batch])
            encoded: torch.Tensor = self._model.encoder(batch.half() if self._half else batch)
        return encoded

    def alone(self, encoded: torch.Tensor, row: int) -> torch.Tensor:
        return encoded[row : row + 1]

    def decode(
        self, encoded: torch.Tensor, task: Task, guards: Guards, *, temperature: float, seed: int
    ) -> list[Decoded]:
        import torch
        from whisper.decoding import DecodingOptions, DecodingTask

        greedy = temperature == 0
        options = DecodingOptions(
            task="translate" if task.translate else "transcribe",
            language=task.language or "en",
            temperature=temperature,
            beam_size=guards.beam_size if greedy and guards.beam_size > 1 else None,
            best_of=None if greedy else guards.best_of,
            prompt=task.prompt or None,
            sample_len=guards.most_tokens,
            fp16=self._half,
        )
        devices = [encoded.device] if encoded.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices), torch.inference_mode():
            torch.manual_seed(seed)
            results = DecodingTask(self._model, options).run(encoded)
        return [
            Decoded(tuple(r.tokens), r.text, float(r.avg_logprob), float(r.no_speech_prob), temperature)
            for r in results
        ]

    def text(self, tokens: Sequence[int]) -> str:
        decoded: str = self.tokenizer.decode(list(tokens))
        return decoded

    def align(
        self, encoded: torch.Tensor, lines: Sequence[Sequence[TokenLine]], seconds: Sequence[float]
    ) -> list[list[Line]]:
        from whisper.audio import FRAMES_PER_SECOND
        from whisper.timing import add_word_timestamps

        found = []
        for row, (own, length) in enumerate(zip(lines, seconds, strict=True)):
            segments: list[dict[str, Any]] = [
                {"seek": 0, "start": t.start, "end": t.end, "tokens": list(t.tokens)} for t in own
            ]
            add_word_timestamps(
                segments=segments,
                model=_Listened(self._model, encoded[row : row + 1]),
                tokenizer=self.tokenizer,
                mel=encoded[row],
                num_frames=int(length * FRAMES_PER_SECOND),
                last_speech_timestamp=0.0,
            )
            found.append([aligned_line(self.text(s["tokens"]), s, length) for s in segments])
        return found


class _Listened:
    """A model that has encoded its window already: `whisper.timing` would encode it once more."""

    def __init__(self, model: Any, encoded: torch.Tensor) -> None:
        self._model, self._encoded = model, encoded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, _mel: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self._model.decoder(tokens, self._encoded)
        return logits
