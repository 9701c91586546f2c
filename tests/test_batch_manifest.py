"""Rows come out as they were written, and a bad one is refused alone."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scribe.batch.manifest import COLUMNS, Row, read
from scribe.records import TRANSCRIPT_ID, ScribeError


def table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def objects(*values: Any) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def outcome(data: bytes, name: str) -> tuple[tuple[Row, ...], list[str]]:
    """Rows, and each line that a person is told."""
    try:
        found = read(data, name=name)
    except ScribeError as error:
        return (), [str(error)]
    return found.rows, [f"{one.shown}: {one.reason}" for one in found.refused]


# ── Any manifest, any bytes ──────────────────────────────────────────────────────────────────

_WORD = st.text(st.characters(categories=["L", "Nd", "P", "Zs"]), min_size=1, max_size=12).map(str.strip)
_LINE = _WORD.map(lambda text: " ".join(text.split()))
_NAMES = st.lists(st.sampled_from(["Ada", "Tomás Ó Sé", "Wen", "Speaker 1"]), min_size=1, unique=True).map(tuple)
_IDS = st.from_regex(TRANSCRIPT_ID, fullmatch=True).filter(lambda text: text == text.strip())


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Rows as a manifest may hold them; each has its line from where it stands below a header."""
    made = []
    for line in range(2, 2 + draw(st.integers(1, 5))):
        names = draw(st.just(()) | _NAMES)
        speakers = len(names) or draw(st.none() | st.integers(1, 99) | st.sampled_from(["auto", "none"]))
        date = draw(st.none() | st.dates().map(str) | st.datetimes().map(lambda d: d.isoformat(timespec="minutes")))
        source, title = draw(_WORD.filter(bool)), draw(_LINE) or None
        made.append(Row(line, source, draw(st.none() | _IDS), title, date, speakers, names))
    ids = [row.id for row in made if row.id]
    return [row if ids.count(row.id) < 2 else row._replace(id=None) for row in made]


def written(row: Row) -> dict[str, str]:
    speakers = "; ".join(row.names) if row.names else str(row.speakers or "")
    values = {"source": row.source, "id": row.id, "title": row.title, "speakers": speakers, "date": row.date}
    return {key: value or "" for key, value in values.items()}


@given(
    rows=rows(),
    delimiter=st.sampled_from(",;\t"),
    columns=st.permutations(COLUMNS),
    bom=st.booleans(),
    ends=st.sampled_from(["\r\n", "\n"]),
)
def test_a_table_reads_back(rows: list[Row], delimiter: str, columns: list[str], bom: bool, ends: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_MINIMAL)
    writer.writerow({key: f" {key.title()} " for key in columns})
    writer.writerows(map(written, rows))
    found = read(text.getvalue().encode("utf-8-sig" if bom else "utf-8"), name="talks.csv")
    assert found == (tuple(rows), (), ())


@given(rows=rows(), as_text=st.booleans())
def test_objects_read_back(rows: list[Row], as_text: bool) -> None:
    lines = []
    for row in rows:
        said: dict[str, Any] = {key: value for key, value in written(row).items() if value or as_text}
        if not as_text and row.speakers is not None:
            said["speakers"] = list(row.names) or row.speakers
        lines.append(json.dumps({key.upper(): value for key, value in said.items()}, ensure_ascii=as_text))
    found = read(("\n" + "\r\n".join(lines) + "\n\n").encode(), name="talks.jsonl")
    assert found == (tuple(rows), (), ())


@given(
    start=st.sampled_from(
        [b"", b"source\n", b"source,id\na.vtt,", b'source;date\n"', b'{"source": "a"}\n', b"\xef\xbb\xbf"]
    ),
    data=st.binary() | st.text().map(str.encode) | st.text('",;\n\t\r{}[]:a1\0').map(str.encode),
    name=st.sampled_from(["talks.csv", "talks.JSONL"]),
)
@example(start=b"source\n", data=b'"' + b"a" * 200_000, name="talks.csv")
@example(start=b"", data=b"[" * 100_000, name="talks.jsonl")
@example(start=b'{"source": ', data=b"1" * 5000 + b"}", name="talks.jsonl")
@example(start=b'{"source": "a", "id": "\\ud800", "title": ', data=b"[" * 900 + b"]" * 900 + b"}", name="talks.jsonl")
def test_any_bytes_give_rows_or_one_line_each(start: bytes, data: bytes, name: str) -> None:
    rows, told = outcome(start + data, name)
    assert rows or told
    assert not [line for line in told if "\n" in line or not line.startswith(f"{name}:")]
    for row in rows:
        assert "".join([row.source, row.title or "", *row.names]).encode(), "it can be written"
        assert row.id is None or TRANSCRIPT_ID.fullmatch(row.id)


# ── What is no manifest ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "with a column `source`.*; found an empty file"),
        (b"\n , ,\n", "with a column `source`.*; found an empty file"),
        (b"speaker,start,text\nAda,0,Yes", "with a column `source`.*`date`; found the columns speaker, start and text"),
        (b"a.vtt\nb.vtt", "found the column a.vtt"),
        (b"source,id\n", "found no row below these names; write one for each source"),
        (b"source,Title,title\na,b,c", "1: the column `title` is there twice"),
        ("source\nRäume.vtt".encode("latin-1"), "in UTF-8, found other bytes in line 2; save it as UTF-8"),
        ("source\na.vtt".encode("utf-16"), "in UTF-8, found other bytes in line 1"),
        (b'"source\na.vtt', "1: expected the names of columns, found a record that is no CSV"),
    ],
)
def test_what_is_no_table_of_sources(data: bytes, message: str) -> None:
    with pytest.raises(ScribeError, match=rf"^lists/talks\.csv:.*{message}") as error:
        read(data, name="lists/talks.csv")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b" \n\n", "found an empty file"),
        (
            b'{"text": "Yes.", "start": 0}\n',
            "expected a manifest with a column `source`.*; found the columns text and start",
        ),
        (b"[1]\nno\n", "found none"),
    ],
)
def test_what_is_no_list_of_sources(data: bytes, message: str) -> None:
    with pytest.raises(ScribeError, match=rf"^talks\.jsonl: .*{message}"):
        read(data, name="talks.jsonl")


# ── Tables as spreadsheets write them ────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_stands_between_columns_is_told_by_the_header(delimiter: str) -> None:
    data = table(
        delimiter.join(["Date", "Source", "Title"]), delimiter.join(["2025-11-03", '"a;b,c.vtt"', '"One\ttwo"'])
    )
    assert read(data, name="talks.csv").rows == (Row(2, "a;b,c.vtt", title="One two", date="2025-11-03"),)


def test_lines_are_counted_through_quoted_line_ends() -> None:
    data = table("source,title", '"a.vtt","One', 'two"', "", "b.vtt,Two", ",,,", "c.vtt,,,", ",Three")
    found = read(data, name="talks.csv")
    assert found.rows == (Row(2, "a.vtt", title="One two"), Row(5, "b.vtt", title="Two"), Row(7, "c.vtt"))
    assert [one.shown for one in found.refused] == ["talks.csv:8"]


def test_other_columns_are_passed_over_in_one_remark() -> None:
    found = read(table("Room,source,,fee", "A1,a.vtt,,12", "A2,b.vtt,,"), name="talks.csv")
    assert [row.source for row in found.rows] == ["a.vtt", "b.vtt"]
    assert found.remarks == (
        "talks.csv: the columns room and fee passed over; known are source, id, title, speakers and date",
    )


# ── Rows that are refused ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",week1", "expected a file, a folder or a glob under `source`, found nothing"),
        ("a.vtt,week/1", "the id week/1 cannot name a file: .*; found '/' in it"),
        ("a.vtt,?a*", r"found '\?\*' in it"),
        ("a.vtt,-a", "found '-' at its start"),
        (f"a.vtt,{'a' * 201}", "found 201 of them"),
        ("a.vtt,,,0", "expected under `speakers` a number above 0, auto, none, or different names .*; found 0$"),
        ("a.vtt,,,-2", "found -2"),
        ("a.vtt,,,2.5", "found 2.5"),
        ("a.vtt,,,;", "found ;"),
        ("a.vtt,,,Ada;3", "found Ada; 3"),
        ("a.vtt,,,Ada; Ada", "found Ada; Ada"),
        ("a.vtt,,,,3 November 2025", "expected a date such as 2025-11-03 or 2025-11-03T14:00, found 3 November 2025"),
        ("a.vtt,,,,2025-02-30", "found 2025-02-30"),
        ("a.vtt,,,,,more", "found 6 fields for 5 columns; put a field in quotes"),
        ("a\0.vtt", "`source` holds a character that cannot be written"),
        ('"a"b.vtt', "a record that is no CSV"),
        ('"a.vtt', "a record that is no CSV: unexpected end of data; see to its quotes"),
        ('"' + "a" * 140_000 + '"', "field larger than field limit"),
    ],
)
def test_a_bad_row_is_refused_alone(row: str, reason: str) -> None:
    data = table("source,id,title,speakers,date", "first.vtt", row)
    rows, (told,) = outcome(data, "talks.csv")
    assert rows == (Row(2, "first.vtt"),)
    assert re.match(rf"talks\.csv:3: .*{reason}", told), told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "expected a JSON object, found 7"),
        ({"id": "a"}, "expected a file, a folder or a glob"),
        ({"source": ["a.vtt"]}, "expected text under `source`, found list"),
        ({"source": "a.vtt", "title": True}, "expected text under `title`, found bool"),
        ({"source": "a.vtt", "speakers": 2.0}, "expected text under `speakers`, found float"),
        ({"source": "a.vtt", "speakers": [["Ada"]]}, "expected text under `speakers`, found list"),
        ({"source": "a.vtt", "speakers": 0}, "found 0"),
        ({"source": "a.vtt", "Source": "b.vtt"}, "one key is there twice"),
        ({"source": "\ud800.vtt"}, "`source` holds a character that cannot be written"),
    ],
)
def test_a_bad_object_is_refused_alone(value: object, reason: str) -> None:
    found = read(objects({"source": "first.vtt"}, value, {"source": "last.vtt"}), name="talks.jsonl")
    assert [row.source for row in found.rows] == ["first.vtt", "last.vtt"]
    assert [one.shown for one in found.refused] == ["talks.jsonl:2"]
    assert reason in found.refused[0].reason


def test_a_line_that_is_no_json_is_refused_alone() -> None:
    found = read(b'{"source": "a.vtt"}\n{"source": \n{"source": "b.vtt"}', name="talks.jsonl")
    assert [row.line for row in found.rows] == [1, 3]
    assert "expected a JSON object, found no JSON: Expecting value" in found.refused[0].reason


def test_the_second_row_of_an_id_is_refused() -> None:
    data = table("source,id", "a.vtt,talk", "b.vtt,other", "c.vtt,talk", ",other", "d.vtt,talk")
    rows, told = outcome(data, "talks.csv")
    assert [row.source for row in rows] == ["a.vtt", "b.vtt"]
    assert told[0] == "talks.csv:4: the id 'talk' is in lines 2 and 4; give each its own"
    assert [line[:11] for line in told] == ["talks.csv:4", "talks.csv:5", "talks.csv:6"]


# ── What may be said of speakers and dates ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "speakers", "names"),
    [
        ("3", 3, ()),
        ("AUTO", "auto", ()),
        ("None", "none", ()),
        ("", None, ()),
        ("Ada", 1, ("Ada",)),
        ("Ada; Tomás  Ó Sé;", 2, ("Ada", "Tomás Ó Sé")),
        ("Ada, Wen", 2, ("Ada", "Wen")),
        ("Lovelace, Ada; Li, Wen", 2, ("Lovelace, Ada", "Li, Wen")),
        (4, 4, ()),
        (["Lovelace, Ada", "Wen"], 2, ("Lovelace, Ada", "Wen")),
        (["Lovelace, Ada"], 1, ("Lovelace, Ada",)),
        (["Auto"], 1, ("Auto",)),
        ([], None, ()),
        (None, None, ()),
    ],
)
def test_speakers_are_a_number_a_word_or_names(value: object, speakers: object, names: tuple[str, ...]) -> None:
    (row,) = read(objects({"source": "a.vtt", "speakers": value}), name="talks.jsonl").rows
    assert (row.speakers, row.names) == (speakers, names)
    if isinstance(value, str):
        (row,) = read(table("source\tspeakers", f"a.vtt\t{value}"), name="talks.csv").rows
        assert (row.speakers, row.names) == (speakers, names)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2025-11-03", "2025-11-03"),
        ("20251103", "2025-11-03"),
        (20251103, "2025-11-03"),
        ("2025-11-03T14:00", "2025-11-03T14:00"),
        ("2025-11-03 14:00:30", "2025-11-03T14:00"),
        ("2025-11-03T14:00+01:00", "2025-11-03T14:00+01:00"),
    ],
)
def test_dates_are_written_in_one_way(value: object, date: str) -> None:
    (row,) = read(objects({"source": "a.vtt", "date": value}), name="talks.jsonl").rows
    assert row.date == date
