"""A .docx -> the lines in it.

In: bytes of a Word file. Out: its text, a line for each paragraph or line break, which the readers of
text take from there. The only place in this room that opens Word files.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from scribe.records import ScribeError

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes the text of a Word file may unpack to; a hundred hours of speech are some 60 MB of its XML."""

_BODY = re.compile(r"word/document\d*\.xml")
"""Word on the web writes `document2.xml`."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_lines(data: bytes) -> str:
    """Text of a Word file; `ScribeError` if it is another kind of archive, damaged, or unpacks too large."""
    return "\n".join(_paragraphs(_unpack(data)))


def _unpack(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            bodies = [info for info in archive.infolist() if _BODY.fullmatch(info.filename)]
            if not bodies:
                raise ScribeError(
                    "expected a transcript, found a zip archive that is no Word document; "
                    "unpack it and name the files in it"
                )
            if bodies[0].file_size > LARGEST_BODY:
                raise ScribeError(
                    f"expected a Word transcript, found one that unpacks to {bodies[0].file_size} bytes "
                    f"(the limit is {LARGEST_BODY}); save it as plain text"
                )
            return archive.read(bodies[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise ScribeError(_damaged(error)) from error
    except (NotImplementedError, RuntimeError) as error:  # another compression; a password
        raise ScribeError(_damaged(error)) from error


def _paragraphs(body: bytes) -> list[str]:
    from docx.oxml import parse_xml

    try:
        root = parse_xml(body)
    except (SyntaxError, ValueError) as error:
        raise ScribeError(_damaged(error)) from error
    lines: list[str] = []
    for paragraph in root.iter(f"{_W}p"):
        parts: list[str] = []
        for node in paragraph.iter(f"{_W}t", f"{_W}br", f"{_W}cr", f"{_W}tab"):
            if node.tag == f"{_W}t":
                parts.append(node.text or "")
            else:
                parts.append("\t" if node.tag == f"{_W}tab" else "\n")
        lines.append("".join(parts))
    return lines


def _damaged(error: Exception) -> str:
    reason = str(error).split("\n")[0][:120] or type(error).__name__
    return f"expected a Word transcript, found a damaged one ({reason}); export or download it again"
