"""Whether a file is a recording, told by its first bytes.

In: a path, or many in a store. Out: yes or no. Suffixes lie (`.mp4` with nothing in it, a transcript saved as
`.m4a`), so they are not looked at; whether it can be played is for `audio` to say.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from scribe.shelf.store import Store

_HEAD_BYTES = 16_384
"""Enough for six MPEG frames and for the DocType of any WebM."""

_MAGIC = re.compile(
    rb"""
      RI(?:FF|FX)....(?:WAVE|AVI\x20)       # wav, avi
    | (?:RF64|BW64)....WAVE                 # wav past 4 GiB
    | FORM....AIF[FC]
    | OggS\x00                              # ogg, opus: version 0
    | fLaC[\x00\x80]\x00\x00\x22            # flac: STREAMINFO comes first, 34 bytes
    | ID3[\x02-\x04][^\xff]                 # a tag before mp3, aac or flac: its version
    | \.snd\x00
    | caff\x00\x01
    | FLV\x01
    | \#!AMR(?:-WB)?(?:_MC1\.0)?\n
    | \x00\x00\x01\xba                      # mpeg program stream
    | \x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c    # asf: wma, wmv
    | \x1a\x45\xdf\xa3.*?(?:matroska|webm)
    | \x00...(?:moov|mdat|wide)             # QuickTime before ftyp
    | \x00...ftyp(?!hei|hev|mif1|msf1|avi[fs]|crx)    # mp4, m4a, mov, 3gp; not HEIF, AVIF and CR3 pictures
    """,
    re.DOTALL | re.VERBOSE,
)

_TS_PACKETS = (0, 188), (4, 192)
"""Where the first sync byte lies and how far apart they are: MPEG-TS, and that of cameras and discs."""

# ISO 11172-3 and 13818-3: kilobits per second by bitrate index, and samples per second of MPEG-1.
_KBPS_1_2 = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_KBPS_1_3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = (44_100, 48_000, 32_000)


_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\v\f\r\x1b"})

Kind = Literal["recording", "text", "other"]


class Looked(NamedTuple):
    """What a file begins like, or why that cannot be told."""

    kind: Kind
    trouble: str | None = None


def is_recording(path: Path) -> bool:
    """Whether the file at `path` begins like audio or video; False for a folder or what cannot be read."""
    return _look(str(path)).kind == "recording"


def look_at(paths: Iterable[str], store: Store) -> dict[str, Looked]:
    """What each of these files begins like; pipes and devices are not opened.

    Elsewhere than on this machine all are asked for at once.
    """
    wanted = list(paths)
    if store.is_local:
        return {path: _look(path) for path in wanted}
    if not wanted:
        return {}
    heads = store.filesystem.cat_ranges(wanted, 0, _HEAD_BYTES, on_error="return")
    return dict(zip(wanted, map(_told, heads), strict=True))


def _look(path: str) -> Looked:
    try:
        if not os.path.isfile(path):
            return Looked("other")
        with open(path, "rb", buffering=0) as file:
            return Looked(_kind(file.read(_HEAD_BYTES)))
    except OSError as error:
        return _unread(error.strerror or str(error))


def _told(head: object) -> Looked:
    return Looked(_kind(head)) if isinstance(head, bytes) else _unread(" ".join(str(head).split()))


def _unread(why: str) -> Looked:
    return Looked("other", f"cannot be read: {why}; make it readable")


def _kind(head: bytes) -> Kind:
    if _is_text(head):
        return "text"
    if _MAGIC.match(head) or _has_ts_packets(head) or _has_mpeg_frames(head):
        return "recording"
    return "text" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "other"


def _is_text(head: bytes) -> bool:
    """Whether `head` has no control characters, like text in UTF-8 and all older encodings.

    "ID3 tags, explained" is no recording; and no recording goes without them for long.
    """
    return len(head.translate(None, _CONTROLS)) == len(head)


def _has_ts_packets(head: bytes) -> bool:
    """Whether four packets follow each other: a sync byte, and one or two bits that say what comes next.

    The sync byte alone is the letter G, which may stand anywhere in UTF-16 text.
    """
    return any(
        head[first::apart][:4] == b"GGGG" and all(byte & 0x30 for byte in head[first + 3 :: apart][:4])
        for first, apart in _TS_PACKETS
    )


def _has_mpeg_frames(head: bytes) -> bool:
    """Whether two MPEG audio frames follow each other: mp2, mp3 or ADTS AAC without a tag.

    One sync word is not enough: `ff fe` begins UTF-16 text, and `ff fb` is "ÿû" in Latin-1.
    """
    length = _frame_bytes(head)
    return length is not None and _frame_bytes(head[length:]) is not None


def _frame_bytes(head: bytes) -> int | None:
    """Length of the MPEG audio frame that `head` begins with, or None."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS writes its length out, ISO 13818-7
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return length if length > 7 else None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3  # 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5; 2: II, 1: III
    bitrate, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer not in (1, 2) or bitrate in (0, 15) or rate == 3:
        return None
    kbps = (_KBPS_2 if version != 3 else _KBPS_1_3 if layer == 1 else _KBPS_1_2)[bitrate - 1]
    hertz = _HERTZ[rate] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 576 if layer == 1 and version != 3 else 1152
    return samples * kbps * 1000 // (8 * hertz) + padding
