"""Word files, built here in the shapes that Teams writes."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from scribe import transcripts
from scribe.records import ScribeError


def word_file(paragraphs: list[str]) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)  # a newline becomes a line break, as in Teams' files
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def rows(data: bytes) -> list[tuple[float | None, float | None, str | None, str]]:
    transcript = transcripts.parse(data, name="meeting.docx").transcript
    return [(s.start, s.end, s.speaker, s.text) for s in transcript.segments]


NEWER = [
    "Web Governance-20260615_133555-Meeting Transcript",
    "15 June 2026, 03:35am",
    "27m 42s",
    "Nick Miller started transcription",
    "\nDavid Mulholland   0:03\nthat from the planning discussion.",
    "\nRey Takeshima   0:03\nStructural.\nBut.",
    "\nNick Miller   1:00:19\nYeah.",
    "Nick Miller stopped transcription",
]


def test_newer_teams_file() -> None:
    reading = transcripts.parse(word_file(NEWER), name="meeting.docx")
    assert reading.format == "teams-docx"
    assert {d.what: d.count for d in reading.dropped} == {"header lines": 3, "notices": 2}
    assert rows(word_file(NEWER)) == [
        (3.0, 3619.0, "David Mulholland", "that from the planning discussion."),
        (3.0, 3619.0, "Rey Takeshima", "Structural. But."),
        (3619.0, 3620.0, "Nick Miller", "Yeah."),
    ]


def test_older_teams_file_counts_milliseconds_unpadded() -> None:
    data = word_file(["0:0:0.0 --> 0:0:1.510\nSome Body\nOK. Yeah.", "0:0:6.90 --> 0:0:6.500\nJames Bond\nUmm."])
    assert transcripts.parse(data, name="meeting.docx").format == "teams-docx"
    assert rows(data) == [(0.0, 1.51, "Some Body", "OK. Yeah."), (6.09, 6.5, "James Bond", "Umm.")]


def test_google_meet_saved_as_word() -> None:
    data = word_file(["Call - Transcript", "00:00:00", "Ada: Hi.", "Bob: Ho.", "Transcription ended after 00:00:10"])
    assert transcripts.parse(data, name="meeting.docx").format == "google-meet"
    assert rows(data) == [(0.0, 5.0, "Ada", "Hi."), (5.0, 10.0, "Bob", "Ho.")]


def test_plain_word_file() -> None:
    data = word_file(["Ada: Hello.", "Bob: Hello.", "Ada: Goodbye."])
    assert transcripts.parse(data, name="meeting.docx").format == "docx"
    assert [row[2] for row in rows(data)] == ["Ada", "Bob", "Ada"]


def zipped(name: str, body: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return held.getvalue()


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(ScribeError, match=r"unpacks to \d+ bytes .* save it as plain text"):
        transcripts.parse(zipped("word/document.xml", bytes(80_000_000)), name="bomb.docx")


def test_entities_in_its_xml_are_not_expanded() -> None:
    body = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    )
    with pytest.raises(ScribeError, match="found none in this docx file"):
        transcripts.parse(zipped("word/document.xml", body), name="laughs.docx")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped("a.txt", b"hello"), "a zip archive that is no Word document"),
        (zipped("word/document.xml", b"<not xml"), "found a damaged one"),
        (zipped("word/document.xml", b""), "found a damaged one"),
        (word_file(NEWER)[:2000], "found a damaged one"),
    ],
)
def test_other_archives_and_damaged_files(data: bytes, message: str) -> None:
    with pytest.raises(ScribeError, match=message):
        transcripts.parse(data, name="meeting.docx")
