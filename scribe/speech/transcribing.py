"""A recording's speech, window by window: what is done is kept, what memory cannot hold is halved.

In: samples, spans of speech, a recogniser. Out: segments. It knows nothing of files; what keeps the windows is handed
in.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from pydantic import ValidationError

from scribe.records import Record, ScribeError, Segment, Span
from scribe.speech.heard import Heard, Recogniser, Task
from scribe.speech.lines import compose
from scribe.speech.windows import Window, cut, pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.int16]
    """Mono sound at 16 kHz, shape [n]."""

OnProgress = Callable[[float, float], None]
"""Called with the seconds of speech done, and of speech in all."""

OnLines = Callable[[Sequence[Segment]], None]
"""Called with the lines of one window after the other, in order, their indices counted within the window."""

DETECTED_ON = 3
"""Windows that the language is told by."""

SURE = 0.5
"""A language below this probability is a guess."""


class Kept(Protocol):
    """Where finished windows are kept, each under a key that stands for its sound and for all that was asked."""

    def get(self, key: str) -> str | None:
        """What was kept under a key."""
        ...

    def put(self, key: str, value: str) -> None:
        """Keep it; on return it outlives the process."""
        ...


class Hearing(Record):
    """What was heard in a recording."""

    segments: tuple[Segment, ...]
    language: str | None
    remarks: tuple[str, ...] = ()
    windows: int = 0
    """How many windows were heard, those of what others left over among them."""
    resumed: int = 0
    """How many of them had been kept from an earlier run."""


class _Listener:
    """One recording being heard."""

    def __init__(self, samples: Sound, recogniser: Recogniser, kept: Kept | None) -> None:
        self._samples, self._recogniser, self._kept = samples, recogniser, kept
        self._batch = max(1, recogniser.batch)
        self.resumed = 0

    def detect(self, windows: Sequence[Window]) -> tuple[str, float]:
        """The language, by the first windows."""
        return self._recogniser.detect([cut(self._samples, w) for w in windows[:DETECTED_ON]])

    def hear(self, windows: Sequence[Window], task: Task) -> Iterator[tuple[Window, Heard]]:
        """Every window with what was heard in it, in order; what a window left over follows it."""
        waiting = deque(windows)
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self._batch, len(waiting)))]
            for window, heard in zip(batch, self._hear_batch(batch, task), strict=True):
                yield window, heard
                yield from self._rest(window, heard, task)

    def _rest(self, window: Window, heard: Heard, task: Task) -> Iterator[tuple[Window, Heard]]:
        """What the decoder left of a window, heard by itself; each rest is shorter than the one before."""
        while (rest := window.rest(heard.end)) is not None:
            if rest.length_s >= window.length_s:
                return
            window = rest
            (heard,) = self._hear_batch([rest], task)
            yield rest, heard

    def _hear_batch(self, windows: Sequence[Window], task: Task) -> list[Heard]:
        sounds = [cut(self._samples, w) for w in windows]
        keys = [self._key(sound, task) for sound in sounds]
        found: list[Heard | None] = [self._recall(key) for key in keys]
        missing = [i for i, heard in enumerate(found) if heard is None]
        self.resumed += len(found) - len(missing)
        while missing:
            now, missing = missing[: self._batch], missing[self._batch :]
            try:
                made = self._recogniser.hear([sounds[i] for i in now], task)
            except MemoryError as error:
                if len(now) == 1:
                    raise ScribeError(
                        f"not enough memory to hear {windows[now[0]].length_s:.0f} s with {self._recogniser.recipe}; "
                        "close other programs, or use a smaller --model"
                    ) from error
                self._batch = len(now) // 2
                missing = now + missing
                continue
            for i, heard in zip(now, made, strict=True):
                found[i] = heard
                if self._kept is not None:
                    self._kept.put(keys[i], heard.model_dump_json(exclude_defaults=True))
        return [heard for heard in found if heard is not None]

    def _key(self, sound: NDArray[np.float32], task: Task) -> str:
        digest = hashlib.sha256(sound.tobytes())
        digest.update(f"\n{self._recogniser.recipe}\n{task.model_dump_json()}".encode())
        return digest.hexdigest()

    def _recall(self, key: str) -> Heard | None:
        text = self._kept.get(key) if self._kept is not None else None
        if text is None:
            return None
        try:
            return Heard.model_validate_json(text)
        except ValidationError:  # written by another version, or damaged: heard anew
            return None


def transcribe(
    samples: Sound,
    spans: Sequence[Span],
    recogniser: Recogniser,
    task: Task,
    *,
    longest_s: float | None = None,
    kept: Kept | None = None,
    on_progress: OnProgress | None = None,
    on_lines: OnLines | None = None,
) -> Hearing:
    """Hear every span of speech; raises ScribeError where the recogniser cannot.

    `samples` are mono at 16 kHz. Windows hold at most `longest_s` seconds, by default what the recogniser takes.
    """
    windows = pack(spans, longest_s=min(longest_s or recogniser.longest_s, recogniser.longest_s))
    if not windows:
        return Hearing(segments=(), language=task.language)
    listener = _Listener(samples, recogniser, kept)
    remarks = []
    if task.language is None:
        code, probability = listener.detect(windows)
        task = task.model_copy(update={"language": code})
        if probability < SURE:
            remarks.append(f"the language is taken for {code} ({probability:.0%} sure); --language says it for certain")
    total = sum(window.length_s for window in windows)
    whole = {id(window) for window in windows}
    done = 0.0
    parts: list[tuple[Window, Heard]] = []
    for window, heard in listener.hear(windows, task):
        parts.append((window, heard))
        done += window.length_s if id(window) in whole else 0.0
        if on_lines:
            on_lines(compose([(window, heard)], prompt=task.prompt))
        if on_progress:
            on_progress(done, total)
    return Hearing(
        segments=compose(parts, prompt=task.prompt),
        language=task.language,
        remarks=tuple(remarks),
        windows=len(parts),
        resumed=listener.resumed,
    )
