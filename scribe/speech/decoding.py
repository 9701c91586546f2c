"""Whisper's guards, kept in batches: what both engines share.

In: encoded windows and a decoder. Out: one decoding for each window. All windows are decoded together, greedily; each
that fails a check is decoded again alone, at rising temperature, and only it. The checks and their thresholds are
those of openai-whisper's `transcribe`. This module knows neither torch nor CTranslate2.
"""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from pydantic import Field

from scribe.records import Record, ScribeError, Word
from scribe.speech.heard import SAMPLE_RATE, Heard, Line, Samples, Task

TOKENS_PER_SECOND = 50
"""Timestamp tokens count in steps of 20 ms."""

LONGEST_S = 30.0
"""Whisper's encoder takes half a minute."""

MOST_TOKENS = 224
"""What the decoder writes at most: half its context; the other half is for the prompt."""

LEFT_OVER_S = 3.0
"""A decoder that ended by itself so shortly before the window's end heard all of it, and times are somewhat early."""

PROMPT_TOKENS = MOST_TOKENS - 1
"""One place of the prompt's half is taken by the token that opens it."""


class Guards(Record):
    """How decodings are drawn and checked. The defaults are openai-whisper's."""

    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    beam_size: int = Field(default=1, ge=1)
    """Beams of the first, greedy decoding."""
    best_of: int = Field(default=5, ge=1)
    """Samples drawn at temperatures above 0, of which the likeliest is kept."""
    compression_ratio: float = 2.4
    """A text that compresses better than this repeats itself."""
    logprob: float = -1.0
    """A mean log-probability below this, in nats, is a guess."""
    no_speech: float = 0.6
    """A guess over a window with a no-speech probability above this is no speech, and not worth another try."""
    most_tokens: int = Field(default=MOST_TOKENS, ge=1, le=MOST_TOKENS)

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that stand for these choices."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Decoded:
    """What a decoder wrote for one window, timestamps included."""

    tokens: tuple[int, ...]
    text: str
    avg_logprob: float
    no_speech_prob: float
    temperature: float

    @property
    def compression_ratio(self) -> float:
        """Bytes of the text by its bytes after zlib.

        >>> Decoded((), "simulacra " * 20, 0.0, 0.0, 0.0).compression_ratio > 8
        True
        """
        data = self.text.encode()
        return len(data) / len(zlib.compress(data))


class Decoder(Protocol):
    """One library's Whisper. `Encoded` is whatever its encoder returns for a batch."""

    timestamp_begin: int
    """The token `<|0.00|>`; tokens from it on are times."""

    def encode(self, windows: Sequence[Samples]) -> Any:
        """Encode windows of up to half a minute together."""
        ...

    def alone(self, encoded: Any, row: int) -> Any:
        """One window of an encoded batch, as a batch of one."""
        ...

    def decode(self, encoded: Any, task: Task, guards: Guards, *, temperature: float, seed: int) -> list[Decoded]:
        """Decode every window of a batch; above temperature 0, the likeliest of `guards.best_of` samples.

        What is drawn depends on `seed` alone, if the library can do that.
        """
        ...

    def text(self, tokens: Sequence[int]) -> str:
        """The text of some tokens, times left out."""
        ...

    def align(self, encoded: Any, lines: Sequence[Sequence[TokenLine]], seconds: Sequence[float]) -> list[list[Line]]:
        """The lines of every window with the times and probabilities of their words."""
        ...


@dataclass(frozen=True)
class TokenLine:
    """A line as tokens; `start` and `end` in seconds from the window's start."""

    tokens: tuple[int, ...]
    start: float
    end: float


def hear(decoder: Decoder, windows: Sequence[Samples], task: Task, guards: Guards) -> list[Heard]:
    """Transcribe windows together, with every guard on."""
    if not windows:
        return []
    encoded = decoder.encode(windows)
    kept = decode(decoder, encoded, windows, task, guards)
    seconds = [len(window) / SAMPLE_RATE for window in windows]
    cut = [token_lines(d.tokens, decoder.timestamp_begin, s, guards) for d, s in zip(kept, seconds, strict=True)]
    if task.word_times:
        lines = _aligned(decoder, encoded, [found for found, _ in cut], seconds)
    else:
        lines = [[Line(text=decoder.text(t.tokens), start=t.start, end=t.end) for t in found] for found, _ in cut]
    return [
        Heard(
            lines=tuple(line for line in own if line.text.strip()),
            end=end,
            language=task.language,
            avg_logprob=d.avg_logprob,
            compression_ratio=d.compression_ratio,
            no_speech_prob=d.no_speech_prob,
            temperature=d.temperature,
            failed=tuple(failures(d, guards)),
        )
        for own, (_, end), d in zip(lines, cut, kept, strict=True)
    ]


def decode(decoder: Decoder, encoded: Any, windows: Sequence[Samples], task: Task, guards: Guards) -> list[Decoded]:
    """The decoding that is kept for each window of an encoded batch."""
    first = decoder.decode(encoded, task, guards, temperature=guards.temperatures[0], seed=0)
    return [
        again(decoder, decoder.alone(encoded, row), decoded, task, guards, seed=_seed(windows[row]))
        if needs_another(decoded, guards)
        else decoded
        for row, decoded in enumerate(first)
    ]


def again(decoder: Decoder, encoded: Any, first: Decoded, task: Task, guards: Guards, *, seed: int) -> Decoded:
    """Decode one window at rising temperature until a decoding passes.

    Where none does, the likeliest of those that do not repeat themselves is kept, else the likeliest of all.
    """
    tried = [first]
    for step, temperature in enumerate(guards.temperatures[1:], start=1):
        (decoded,) = decoder.decode(encoded, task, guards, temperature=temperature, seed=seed + step)
        tried.append(decoded)
        if not needs_another(decoded, guards):
            return decoded
    plain = [d for d in tried if d.compression_ratio <= guards.compression_ratio]
    return max(plain or tried, key=lambda d: d.avg_logprob)


def needs_another(decoded: Decoded, guards: Guards) -> bool:
    """Whether a decoding fails a check that another temperature might pass; silence is not worth another try."""
    return bool(failures(decoded, guards)) and not is_silence(decoded, guards)


def is_silence(decoded: Decoded, guards: Guards) -> bool:
    """Whether it is a guess over what the model itself takes for silence."""
    return decoded.no_speech_prob > guards.no_speech and decoded.avg_logprob < guards.logprob


def failures(decoded: Decoded, guards: Guards) -> list[str]:
    """The checks that a decoding does not pass, as phrases for a person."""
    found = []
    if decoded.compression_ratio > guards.compression_ratio:
        found.append(f"repeats itself (compression ratio {decoded.compression_ratio:.1f})")
    if decoded.avg_logprob < guards.logprob:
        found.append(f"the recogniser was guessing (mean log-probability {decoded.avg_logprob:.1f})")
    return found


def token_lines(
    tokens: Sequence[int], timestamp_begin: int, seconds: float, guards: Guards
) -> tuple[list[TokenLine], float]:
    """Lines between timestamps, and up to where the decoder listened.

    Lines end where two timestamps meet, as `transcribe` has it; where they meet at the very end, the decoder began a
    line that it did not see the end of. A last line without its closing timestamp is kept, unless the decoder ran out
    of tokens in it: then it listened up to where that line began.
    """
    times = [i for i, token in enumerate(tokens) if token >= timestamp_begin]
    cuts = [0, *(second for first, second in pairwise(times) if second == first + 1), len(tokens)]
    lines = []
    for first, last in pairwise(cuts):
        own = tokens[first:last]
        stamps = [(t - timestamp_begin) / TOKENS_PER_SECOND for t in own if t >= timestamp_begin]
        text = tuple(t for t in own if t < timestamp_begin)
        start = min(stamps[0] if stamps and own[0] >= timestamp_begin else 0.0, seconds)
        closed = len(own) > 1 and own[-1] >= timestamp_begin
        end = max(start, min(stamps[-1], seconds)) if closed else seconds
        if text:
            lines.append((TokenLine(text, start, end), closed))
    if len(tokens) >= guards.most_tokens and len(lines) > 1 and not lines[-1][1]:
        unfinished, _ = lines.pop()
        return [line for line, _ in lines], unfinished.start
    end = lines[-1][0].end if lines else seconds
    has_begun_another = len(times) >= 2 and times[-2:] == [len(tokens) - 2, len(tokens) - 1]
    if not has_begun_another and seconds - end <= LEFT_OVER_S:
        end = seconds
    return [line for line, _ in lines], end


def _aligned(
    decoder: Decoder, encoded: Any, lines: Sequence[Sequence[TokenLine]], seconds: Sequence[float]
) -> list[list[Line]]:
    """Align the windows that hold text; the others have no lines."""
    rows = [row for row, own in enumerate(lines) if own]
    if len(rows) == len(lines):
        return decoder.align(encoded, lines, seconds)
    found: list[list[Line]] = [[] for _ in lines]
    for row in rows:
        (found[row],) = decoder.align(decoder.alone(encoded, row), [lines[row]], [seconds[row]])
    return found


def _seed(window: Samples) -> int:
    """A seed of the window's own, so that what is drawn does not depend on its neighbours in the batch."""
    return int.from_bytes(hashlib.sha256(window.tobytes()).digest()[:4], "big") >> 1


def likeliest(windows: Sequence[Mapping[str, float]]) -> tuple[str, float]:
    """The language likeliest over all windows, and its mean probability; every window has one for each language."""
    means = {code: sum(window[code] for window in windows) / len(windows) for code in windows[0]}
    best = max(means, key=lambda code: means[code])
    return best, means[best]


def check_language(task: Task, *, multilingual: bool, known: Sequence[str], model: str) -> None:
    """Raise ScribeError for a task that the model cannot do."""
    if not multilingual and (task.translate or task.language not in (None, "en")):
        raise ScribeError(f"model {model!r} knows English only; name one without '.en' to hear another language")
    if task.language is not None and task.language not in known:
        raise ScribeError(
            f"unknown language {task.language!r}; expected a code such as en or de; known: {', '.join(sorted(known))}"
        )


def aligned_line(text: str, segment: dict[str, Any], seconds: float) -> Line:
    """A line from what either library's `add_word_timestamps` left in a segment, clipped to its window."""

    def clip(time: float) -> float:
        return min(max(0.0, float(time)), seconds)

    words = [
        Word(
            text=w["word"],
            start=clip(w["start"]),
            end=max(clip(w["start"]), clip(w["end"])),
            probability=min(1.0, max(0.0, float(w["probability"]))),
        )
        for w in segment["words"]
    ]
    start = clip(segment["start"])
    return Line(text=text, start=start, end=max(start, clip(segment["end"])), words=tuple(words))


@contextlib.contextmanager
def library_errors() -> Iterator[None]:
    """Raise MemoryError where torch or CTranslate2 says in its own way that memory is short.

    Weights that yield no numbers are a ScribeError.
    """
    try:
        yield
    except RuntimeError as error:
        if any(sign in str(error).lower() for sign in ("out of memory", "can't allocate memory", "bad_alloc")):
            raise MemoryError(str(error)) from error
        raise
    except ValueError as error:  # how torch's sampling puts it that the logits are not numbers
        if "found invalid values" not in str(error):
            raise
        raise ScribeError(
            "the weights give values that are not numbers; expected a working model: fetch it again, "
            "or use another --model or --device"
        ) from error
