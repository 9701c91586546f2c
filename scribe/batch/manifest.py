"""A list of sources in a file -> rows: a table from a spreadsheet, or an object a line.

In: bytes and a name. Out: `Manifest`; what is wrong with one row is that row's alone. Whether there are such files is
for `finding` to know: nothing is opened here.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from scribe.batch.nouns import Refused
from scribe.language import counted, listed
from scribe.records import TRANSCRIPT_ID, ScribeError

SUFFIXES = (".csv", ".jsonl")
COLUMNS = ("source", "id", "title", "speakers", "date")
_DELIMITERS = (",", ";", "\t")
_EXPECTED = "expected a manifest with a column `source`, and where wanted `id`, `title`, `speakers` and `date`"

Speakers = int | Literal["auto", "none"] | None


class Row(NamedTuple):
    """What a manifest says of one source, which is named as it is there."""

    line: int
    """The first that it stands on, counted from 1."""
    source: str
    id: str | None = None
    title: str | None = None
    date: str | None = None
    """`2025-11-03`, or `2025-11-03T14:00`."""
    speakers: Speakers = None
    names: tuple[str, ...] = ()


class Manifest(NamedTuple):
    """Rows in the order of the file, those that cannot be taken apart."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    remarks: tuple[str, ...]


class _Line(NamedTuple):
    """A row as written, by the folded names of columns; or what is wrong with all of it."""

    number: int
    values: Mapping[str, Any]
    trouble: str | None = None


def read(data: bytes, *, name: str) -> Manifest:
    r"""Read a manifest, JSONL where `name` ends so, else CSV with commas, semicolons or tabs.

    Raises ScribeError, which begins with `name`, for what is no manifest: not UTF-8, without `source`, without a row.

    >>> read(b"Source;Speakers\na.vtt;Ada, Jan", name="talks.csv").rows
    (Row(line=2, source='a.vtt', id=None, title=None, date=None, speakers=2, names=('Ada', 'Jan')),)
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScribeError(
            f"{name}: expected a manifest in UTF-8, found other bytes in line {line}; "
            "save it as UTF-8, which spreadsheets call `CSV UTF-8`"
        ) from error
    keys, lines = _read_json(text) if name.lower().endswith(".jsonl") else _read_csv(text, name)
    if "source" not in keys:
        found = _columns(keys) if keys else "none" if lines else "an empty file"
        raise ScribeError(f"{name}: {_EXPECTED}; found {found}")
    if not lines:
        raise ScribeError(f"{name}: {_EXPECTED}; found no row below these names; write one for each source")
    unknown = [key for key in keys if key not in COLUMNS]
    remarks = (f"{name}: {_columns(unknown)} passed over; known are {listed(COLUMNS)}",) if unknown else ()
    return Manifest(*_checked(lines, name), remarks)


def _checked(lines: Sequence[_Line], name: str) -> tuple[tuple[Row, ...], tuple[Refused, ...]]:
    rows: list[Row] = []
    refused: list[Refused] = []
    ids: dict[str, int] = {}
    for line in lines:
        try:
            row = _row(line)
            if row.id is not None and ids.setdefault(row.id, row.line) != row.line:
                raise ScribeError(f"the id {row.id!r} is in lines {ids[row.id]} and {row.line}; give each its own")
            rows.append(row)
        except ScribeError as error:
            refused.append(Refused(shown=f"{name}:{line.number}", reason=str(error)))
    return tuple(rows), tuple(refused)


# ── Lines ────────────────────────────────────────────────────────────────────────────────────


def _read_csv(text: str, name: str) -> tuple[list[str], list[_Line]]:
    """The folded names of columns, and the rows below them."""
    records = _records(text)
    number, header, trouble = next(records, (1, [], ""))
    if trouble:
        raise ScribeError(f"{name}:{number}: expected the names of columns, found {trouble}")
    keys = [_fold(field) for field in header]
    twice = next((key for key in COLUMNS if keys.count(key) > 1), None)
    if twice:
        raise ScribeError(f"{name}:{number}: the column `{twice}` is there twice; leave one of the two out")
    lines = []
    for number, fields, trouble in records:
        if len(fields) > len(keys):
            trouble = f"found {counted(len(fields), 'field')} for {counted(len(keys), 'column')}; put a field in quotes"
        lines.append(_Line(number, dict(zip(keys, fields, strict=False)), trouble or None))
    return [key for key in keys if key], lines


def _records(text: str) -> Iterator[tuple[int, list[str], str]]:
    """Each record that holds anything: the line it begins on, its fields, and what is wrong with it.

    Spreadsheets leave records of nothing but commas; those are passed over, as are empty fields at the end of others.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            fields = [field.strip() for field in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield number, [], f"a record that is no CSV: {error}; see to its quotes"
            continue
        while fields and not fields[-1]:
            fields.pop()
        if fields:
            yield number, fields, ""


def _delimiter(text: str) -> str:
    """What stands between the names of columns: that which makes `source` one, and most of them."""
    first = next((line for line in re.split(r"[\r\n]", text) if line.strip(" \t,;")), "")

    def worth(delimiter: str) -> tuple[bool, int]:
        names = [_fold(name.strip().strip('"')) for name in first.split(delimiter)]
        return "source" in names, len(names)

    return max(_DELIMITERS, key=worth)


def _read_json(text: str) -> tuple[list[str], list[_Line]]:
    """The folded keys of all objects, and those."""
    lines = [_json_line(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    return list(dict.fromkeys(key for line in lines for key in line.values)), lines


def _json_line(number: int, written: str) -> _Line:
    try:
        tree = json.loads(written)
    except (ValueError, RecursionError) as error:
        return _Line(number, {}, f"expected a JSON object, found no JSON: {getattr(error, 'msg', error)}")
    if not isinstance(tree, dict):
        return _Line(number, {}, f"expected a JSON object, found {_short(written.strip())}")
    values = {_fold(key): value for key, value in tree.items()}
    return _Line(number, values, "one key is there twice; leave one out" if len(values) < len(tree) else None)


def _fold(name: str) -> str:
    return name.strip().casefold()


def _columns(names: Sequence[str]) -> str:
    return f"the {'column' if len(names) == 1 else 'columns'} {_short(listed(names), 200)}"


# ── Values ───────────────────────────────────────────────────────────────────────────────────


def _row(line: _Line) -> Row:
    """Raises ScribeError for the first thing that is wrong with it."""
    if line.trouble:
        raise ScribeError(line.trouble)
    values = {key: _text(line.values.get(key), key) for key in COLUMNS if key != "speakers"}
    if not values["source"]:
        raise ScribeError("expected a file, a folder or a glob under `source`, found nothing")
    speakers, names = _speakers(line.values.get("speakers"))
    said = _id(values["id"]), values["title"] or None, _date(values["date"])
    return Row(line.number, values["source"], *said, speakers, names)


def _text(value: object, key: str) -> str:
    """A value as one line; raises ScribeError for what is none, or cannot be written."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ScribeError(f"expected text under `{key}`, found {type(value).__name__}")
    text = " ".join(str(value).split()) if key == "title" else str(value).strip()
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise ScribeError(f"`{key}` holds a character that cannot be written, in {_short(text)}; take it out")
    return text


def _id(text: str) -> str | None:
    if not text or TRANSCRIPT_ID.fullmatch(text):
        return text or None
    wrong = "".join(dict.fromkeys(re.findall(r"[^\w .,()+&'-]", text)))
    found = f"{wrong!r} in it" if wrong else f"{text[0]!r} at its start" if len(text) <= 200 else f"{len(text)} of them"
    raise ScribeError(
        f"the id {_short(text)} cannot name a file: expected 200 letters, digits, spaces and .,()+&'-_ at most, "
        f"with a letter or digit first; found {found}"
    )


def _date(text: str) -> str | None:
    if not text:
        return None
    for kind in (date, datetime):
        with contextlib.suppress(ValueError):
            found = kind.fromisoformat(text)
            return found.isoformat(timespec="minutes") if isinstance(found, datetime) else found.isoformat()
    raise ScribeError(f"expected a date such as 2025-11-03 or 2025-11-03T14:00, found {_short(text)}")


def _speakers(value: object) -> tuple[Speakers, tuple[str, ...]]:
    """How many people speak, and who, where names are given."""
    text = "" if isinstance(value, list) else _text(value, "speakers")
    if text.casefold() in ("auto", "none"):
        return ("auto" if text.casefold() == "auto" else "none"), ()
    if re.fullmatch(r"0*[1-9][0-9]{0,3}", text):
        return int(text), ()
    parts = text.split(";" if ";" in text else ",") if text else []
    parts = [_text(one, "speakers") for one in value] if isinstance(value, list) else parts
    names = tuple(" ".join(part.split()) for part in parts if part.strip())
    are_names = len(set(names)) == len(names) and all(re.search(r"[^\W\d_]", name) for name in names)
    if not are_names or (parts and not names):
        raise ScribeError(
            "expected under `speakers` a number above 0, auto, none, or different names with ; between them; "
            f"found {_short('; '.join(names) or text)}"
        )
    return (len(names) or None), names


def _short(text: str, most: int = 60) -> str:
    """Text that was found, on one line that can be read."""
    shown = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)
    return shown if len(shown) <= most else f"{shown[:most]}…"
