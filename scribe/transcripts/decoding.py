r"""Bytes -> text.

In: a file's bytes. Out: its text with `\n` line ends and no byte-order mark, and any repair made.
Refuses, in words a person can act on, what is no text at all. Knows nothing of transcript formats.
"""

from __future__ import annotations

import codecs

from scribe.records import ScribeError

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"ftyp", 4, "an MP4 recording"),
    (b"WAVE", 8, "a WAV recording"),
    (b"AVI ", 8, "an AVI recording"),
    (b"OggS", 0, "an Ogg recording"),
    (b"fLaC", 0, "a FLAC recording"),
    (b"ID3", 0, "an MP3 recording"),
    (b"\x1aE\xdf\xa3", 0, "a Matroska or WebM recording"),
    (b"%PDF", 0, "a PDF"),
    (b"\xd0\xcf\x11\xe0", 0, "an old Word document (.doc)"),
    (b"{\\rtf", 0, "a rich-text document (.rtf)"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"7z\xbc\xaf", 0, "a 7-Zip archive"),
    (b"\x89PNG", 0, "a picture"),
    (b"\xff\xd8\xff", 0, "a picture"),
    (b"SQLite format 3", 0, "a database"),
)

ZIP = b"PK\x03\x04"

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

HEAD_BYTES = 4096
"""How much of a file is enough to tell a recording from text."""


def refuse_binary(head: bytes) -> None:
    """Raise `ScribeError` if the first bytes are those of a recording, a picture or an archive."""
    looks = next((name for magic, at, name in _MAGIC if head[at : at + len(magic)] == magic), None)
    if looks is None and head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        looks = "an MP3 recording"
    if looks is None:
        return
    if looks.endswith("recording"):
        raise ScribeError(f"expected a transcript, found what looks like {looks}; make one with `scribe transcribe`")
    raise ScribeError(
        f"expected a transcript, found what looks like {looks}; save it as plain text, .vtt, .srt or .docx"
    )


def decode(data: bytes) -> tuple[str, list[str]]:
    """Text of these bytes, and repairs; `ScribeError` where they are empty, binary or in another encoding."""
    if not data.strip():
        found = "only whitespace" if data else "an empty file"
        raise ScribeError(f"expected a transcript, found {found}; check that the export or download finished")
    refuse_binary(data[:HEAD_BYTES])
    encoding = _encoding(data)
    repairs: list[str] = []
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end < len(data) or error.start < len(data) - 4 or error.start == 0:
            raise _wrong_encoding(data, error) from None
        text = data[: error.start].decode(encoding)
        repairs.append("the file ends in the middle of a character; that character was left out")
    if "\x00" in text:
        at = text.index("\x00")
        raise ScribeError(
            f"expected a transcript, found a binary file (a NUL at character {at}); "
            "check that this is the transcript and not a recording or a database"
        )
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), repairs


def _encoding(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    head = data[:HEAD_BYTES]
    if len(head) >= 4 and 0 in head:
        # Latin text in UTF-16 without a mark: every other byte is zero, as Windows' older exports have it.
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if odd > 0.3 * len(head[1::2]) and even == 0:
            return "utf-16-le"
        if even > 0.3 * len(head[0::2]) and odd == 0:
            return "utf-16-be"
    return "utf-8"


def _wrong_encoding(data: bytes, error: UnicodeDecodeError) -> ScribeError:
    if 0 in data[:HEAD_BYTES] and error.encoding == "utf-8":
        return ScribeError(
            "expected a transcript, found a binary file; "
            "check that this is the transcript and not a recording or a database"
        )
    line = data.count(b"\n", 0, error.start) + 1
    return ScribeError(
        f"expected {error.encoding.upper()} text, found byte 0x{data[error.start]:02x} "
        f"at offset {error.start} (line {line}); "
        "convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW`"
    )
