"""Damaged files: only `ScribeError` may come out, quickly, whatever is in them.

`python tests/test_transcripts_fuzz.py 60` goes on for 60 seconds with a new seed.
"""

from __future__ import annotations

import contextlib
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scribe import transcripts
from scribe.records import Recipe, ScribeError, Segment, Transcript, Word

FIXTURES = Path(__file__).parent / "fixtures" / "transcripts"
SEEDS = [p.read_bytes() for p in sorted(FIXTURES.iterdir()) if not p.name.endswith(".expected.txt")]
NATIVE = Transcript(
    id="a",
    source="a",
    segments=(Segment(index=0, text="yes", start=0, end=1, speaker="Ada", words=(Word(text="yes"),)),),
    recipe=Recipe(scribe="0.1.0", engine="test"),
)
SEEDS.append(transcripts.compose(NATIVE, "json").encode())
SNIPPETS = (
    *(b"-->", b"00:00:01.000 --> 00:00:02.000\n", b"\n\n", b"<v ", b"</v>", b"<", b"&#x", b"&#999999999;", b": "),
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"NaN", b"1e999", b"null", b"[[[", b'"', b"\\ud800", b"9" * 40),
    *(b"**", b"`", b"---\n", b"[00:", b"(99:99)", b"WEBVTT\n", b"\r", b"\t", b"-", b"0:0:0.0 --> 0:0:1.1\n"),
)


def mutations(chance: random.Random) -> Iterator[bytes]:
    """Fixtures cut short, with bits flipped, stretches doubled or taken out, snippets put in, two spliced."""
    while True:
        data = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(data))
            match chance.randrange(7):
                case 0:
                    del data[at:]
                case 1 if at < len(data):
                    data[at] ^= 1 << chance.randrange(8)
                case 2:
                    data[at:at] = data[at : at + chance.randint(1, 80)]
                case 3:
                    del data[at : at + chance.randint(1, 40)]
                case 4:
                    data[at:at] = chance.choice(SNIPPETS)
                case 5:
                    other = chance.choice(SEEDS)
                    data[at:] = other[chance.randint(0, len(other)) :]
                case _:
                    lines = data.split(b"\n")
                    chance.shuffle(lines)
                    data = bytearray(b"\n".join(lines))
        yield bytes(data)


def check(data: bytes) -> None:
    message, reading = "", None
    try:
        reading = transcripts.parse(data, name="damaged.vtt")
    except ScribeError as error:
        message = str(error)
    assert "\n" not in message
    if reading is None:
        return
    assert reading.format in transcripts.FORMATS
    if reading.format == "scribe-json":
        return
    assert reading.transcript.segments
    assert all(s.text == " ".join(s.text.split()) != "" for s in reading.transcript.segments)
    starts = [s.start for s in reading.transcript.segments if s.start is not None]
    assert starts == sorted(starts)
    assert transcripts.parse(transcripts.compose(reading.transcript, "json").encode(), name="a").transcript == (
        reading.transcript
    )


def test_only_scribe_errors_come_out_of_damaged_files() -> None:
    source = mutations(random.Random(20260503))
    for _ in range(4000):
        data = next(source)
        try:
            check(data)
        except Exception as error:
            error.add_note(repr(data))
            raise


def long_files(size: int) -> dict[str, bytes]:
    """Files of `size` segments or endless lines, as many formats as differ in how they are read."""
    clock = [f"{i // 1500:02d}:{i // 25 % 60:02d}:{i % 25 * 2:02d}" for i in range(size)]
    spoken = "so that is what we said and then we went on"
    return {
        "vtt": ("WEBVTT\n\n" + "".join(f"{t}.000 --> {t}.900\n<v Ada>{spoken}</v>\n\n" for t in clock)).encode(),
        "zoom-vtt": (
            "WEBVTT\n\n" + "".join(f"{t}.000 --> {t}.900\n{'AB'[i % 2]}: {spoken}\n\n" for i, t in enumerate(clock))
        ).encode(),
        "text": "".join(f"[{t}] Ada: {spoken}\n" for t in clock).encode(),
        "paragraph": b"Ada: hi\n" + b"and so we went on with it all day\n" * size,
        "one line": b"word " * (13 * size),
        "one word": b"a" * (66 * size),
        "one cue": b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"<c>&amp;<00:00:00.500> " * (2 * size),
        "open tags": b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"<v " * (7 * size),
        "colons": b"Ada:" * (7 * size),
        "stars": b"**" * (13 * size) + b"\n# x",
        "backslashes": b"# x\n**" + b"\\*" * (13 * size),
        "spaces": b"x" + b" " * (33 * size) + b"0:0x",
        "brackets": b"[" * (20 * size) + b" x",
        "blank lines": b"a: b" + b"\n" * (33 * size),
        "one cue of lines": b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"yes it is so\n" * size,
        "digits": b"1" * (33 * size) + b" --> 2",
        "quotes": b"> " * (13 * size) + b"\n# x",
        "json": b'{"segments": [' + b'{"start": 1, "end": 2, "text": "so we said"},' * size + b"{}]}",
    }


LONG = long_files(15_000)  # ten hours; a hundred take ten times as long


@pytest.mark.parametrize("case", LONG)
def test_long_files_take_seconds(case: str) -> None:
    began = time.process_time()
    with contextlib.suppress(ScribeError):
        transcripts.parse(LONG[case], name="long.txt")
    assert time.process_time() - began < 10  # at most 1 s on a busy core; a quadratic reader takes many minutes


if __name__ == "__main__":
    seed = time.time_ns()
    source, stop, count = mutations(random.Random(seed)), time.monotonic() + float(sys.argv[1]), 0
    while time.monotonic() < stop:
        damaged = next(source)
        try:
            check(damaged)
        except Exception:
            print(seed, damaged)  # noqa: T201
            raise
        count += 1
    print(f"{count} damaged files from seed {seed}")  # noqa: T201
