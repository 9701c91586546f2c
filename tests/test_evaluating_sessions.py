"""Sessions are read from anything that strangers may put into a folder, or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES
from hypothesis import given
from hypothesis import strategies as st

from scribe.evaluating.folders import collect, transcript_path
from scribe.evaluating.importing import cleaned, read
from scribe.evaluating.sessions import Session
from scribe.records import ScribeError, Transcript

FOLDER = FIXTURES / "evaluating"
DATA = Path(__file__).parent.parent.parent / "shared" / "data"

LINES = [{"speaker": "Ada", "text": "It is so."}, {"text": " "}, {"text": "Is it?", "start": 4, "end": 3.9}]


def documented(**changes: Any) -> dict[str, Any]:
    tree = {"transcript": {"segments": LINES}, "references": [{"summary": "It is so.", "cites": [0, 1, 2]}]}
    return {**tree, **changes}


def whole(tree: object) -> Session:
    session = read(tree, "talk")
    assert session is not None
    return session


def test_the_documented_form() -> None:
    session = whole(
        documented(
            id="monday",
            references=[
                {"summary": "One. Two.", "kind": "general"},
                {"question": "So?", "summary": ["It is.", {"text": "Is it?", "cites": [2]}], "cites": [0, 1]},
            ],
        )
    )
    assert isinstance(session.transcript, Transcript)
    assert session.name == session.transcript.id == "monday"
    assert [segment.text for segment in session.transcript.segments] == ["It is so.", "Is it?"]
    assert session.transcript.segments[1].end == 4, "recognisers round ends below starts"
    first, second = session.references
    assert [sentence.text for sentence in first.sentences] == ["One.", "Two."]
    assert (first.question, first.kind, first.linked) == (None, "general", ())
    assert second.question == "So?"
    assert second.sentences[1].cites == (1,), "lines without a word are none, and the others are counted anew"
    assert second.linked == (0, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"references": []}, "references: list should have at least 1 item"),
        ({"references": [{"summry": "So."}]}, "references[0].summary: expected it, found no such key; write it"),
        ({"references": [{"summary": "So.", "cite": 3}]}, "references[0].cite: unknown key; known there: summary, "),
        ({"reference": 1}, "reference: unknown key; known there: references, id, transcript"),
        ({"references": [{"summary": "  "}]}, "references[0]: expected a summary, found no text; write one"),
        (
            {"references": [{"summary": "So.", "cites": ["3"]}]},
            "references[0].cites[0]: expected a valid integer, found '3'",
        ),
        ({"references": [{"summary": "So.", "cites": [-3]}]}, "references[0].cites[0]: expected greater than or equal"),
        ({"references": [{"summary": "So.", "cites": [3]}]}, "references[0]: expected lines from 0 to 2, found 3; "),
        ({"references": [{"summary": 3}]}, "references[0].summary: expected a valid list, found 3"),
        ({"references": [{"summary": [{"text": 3}]}]}, "references[0].summary[0].text: expected a valid string"),
        ({"references": [{"summary": "So.", "kind": "\x1b[2J"}]}, r"kind: expected a name of letters, digits, spaces"),
        ({"transcript": None}, "transcript: expected a valid"),
        ({"transcript": {"segments": [{"text": "So.", "start": "x"}]}}, "transcript.segments[0].start: expected a"),
        ({"transcript": {"segments": [{"text": " "}] * 3}}, "expected a transcript in which something is said"),
        ({"id": "../x"}, "id: expected a name of letters, digits, spaces and - . _, found '../x'"),
        ({"id": 3}, "id: expected a valid string, found 3"),
    ],
)
def test_a_mistake_names_its_field(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ScribeError) as caught:
        read(documented(**changes), "talk")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=5)
    | st.just("0"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "transcript references segments summary question cites kind id text speaker start end content query "
                "answer meeting_transcripts general_query_list specific_query_list relevant_text_span".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def nearly(form: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a known form in which anything stands in the place of some value."""
    line = st.fixed_dictionaries(
        {"text": st.just("So.") | JUNK}, optional={"start": JUNK, "end": JUNK, "speaker": JUNK}
    )
    cited = st.fixed_dictionaries({"text": st.just("So.") | JUNK, "cites": JUNK})
    return {
        "documented": st.fixed_dictionaries(
            {
                "transcript": st.fixed_dictionaries({"segments": st.lists(line, max_size=3)}) | JUNK,
                "references": st.lists(
                    st.fixed_dictionaries({"summary": st.lists(cited, max_size=2) | JUNK}, optional={"kind": JUNK}),
                    max_size=2,
                ),
            },
            optional={"id": JUNK},
        ),
        "qmsum": st.fixed_dictionaries(
            {
                "meeting_transcripts": st.lists(st.fixed_dictionaries({"speaker": JUNK, "content": st.just("So.")}))
                | JUNK,
                "specific_query_list": st.lists(
                    st.fixed_dictionaries({"query": st.just("Why?"), "answer": JUNK, "relevant_text_span": JUNK})
                ),
            }
        ),
        "linked": st.fixed_dictionaries(
            {"segments": st.lists(line), "summary": st.dictionaries(st.text(max_size=3), st.lists(cited) | JUNK)}
        ),
    }[form]


@given(JUNK | nearly("documented") | nearly("qmsum") | nearly("linked"))
def test_whatever_a_file_holds_is_a_session_or_one_line(tree: object) -> None:
    try:
        session = read(tree, "talk")
    except ScribeError as error:
        session = None
        told = str(error)
    else:
        told = ""
    assert "\n" not in told
    if session is not None and isinstance(session.transcript, Transcript):
        lines = len(session.transcript.segments)
        assert all(0 <= line < lines for one in session.references for line in one.linked)
        assert all(set(s.cites) <= set(one.linked) for one in session.references for s in one.sentences)


def test_a_meeting_of_qmsum() -> None:
    (placed,) = collect([FOLDER / "calibration.jsonl"]).sessions
    session = placed.session
    assert session.name == "calibration-0"
    assert isinstance(session.transcript, Transcript)
    texts = [segment.text for segment in session.transcript.segments]
    assert texts[0] == "Okay the reading group starts with the chapter on calibration."
    assert len(texts) == 9, "a turn that is a sound alone is no line"
    assert cleaned("So log - loss {gap} it 's fine .") == "So log-loss it's fine."
    general, specific = session.references
    assert (general.kind, general.question, general.linked) == ("general", "Summarize the whole meeting.", ())
    assert specific.linked == (6, 7, 8), "turns 7 to 9, both in"


def test_a_meeting_with_a_linked_summary() -> None:
    (placed,) = collect([FOLDER / "corpus.json"]).sessions
    (reference,) = placed.session.references
    assert placed.session.name == "corpus"
    assert len(reference.sentences) == 4
    assert reference.linked == (0, 1, 2, 4, 5, 6, 7, 8)
    assert reference.question is None


def test_a_folder_that_mixes_forms(tmp_path: Path) -> None:
    found = collect([FOLDER])
    assert [placed.session.name for placed in found.sessions] == ["calibration-0", "corpus", "loss", "probes"]
    assert (found.faults, found.strangers) == ((), ()), "a session's transcript is no stranger"
    assert transcript_path(found.sessions[-1]) == FOLDER / "probes.vtt"


def test_a_few_are_taken_by_turns_from_each_file(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text("\n\n".join([json.dumps(documented())] * 3))
    names = [placed.session.name for placed in collect([tmp_path], limit=4).sessions]
    assert names == ["a-0", "b-0", "a-1", "b-1"]
    assert len(collect([tmp_path]).sessions) == 6


def test_what_is_wrong_and_what_is_strange_is_named(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "good.json").write_text(json.dumps(documented()))
    (tmp_path / "lines.jsonl").write_text(json.dumps(documented()) + "\n{\n" + json.dumps(documented(id=3)))
    (tmp_path / "latin.json").write_bytes('{"references": "Tomás"}'.encode("latin-1"))
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "huge.json").write_text("1" * 5_000)
    (tmp_path / "none.json").write_text('{"meeting_transcripts": [{"content": "So."}], "general_query_list": []}')
    (tmp_path / "notes.md").write_text("Mine.")
    (tmp_path / "other.json").write_text("[1]")
    (tmp_path / ".hidden.json").write_text("{")
    found = collect([tmp_path])
    assert [placed.session.name for placed in found.sessions] == ["below/good", "lines-0"]
    assert [path.name for path in found.strangers] == ["notes.md", "other.json"]
    faults = {fault.where.rsplit("/", 1)[-1]: fault.error for fault in found.faults}
    assert list(faults) == [
        "deep.json",
        "huge.json",
        "latin.json",
        "lines.jsonl: line 2",
        "lines.jsonl: line 3",
        "none.json",
    ]
    assert "nested too deep" in faults["deep.json"]
    assert "expected UTF-8" in faults["latin.json"]
    assert faults["lines.jsonl: line 3"].startswith("id: ")
    assert "expected a reference summary" in faults["none.json"]


def test_two_sessions_of_one_name_are_not_taken_for_one(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(json.dumps(documented(id="same")))
    found = collect([tmp_path])
    assert len(found.sessions) == 1
    assert "b.json" in found.faults[0].where
    assert "another 'same'" in found.faults[0].error


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/hostname", "link.txt", "a\0b"])
def test_a_transcript_outside_the_folder_is_not_read(tmp_path: Path, path: str) -> None:
    """A folder of somebody else's may name any file of this machine."""
    (tmp_path / "secret.txt").write_text("Ada: My password.")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "talk.json").write_text(json.dumps(documented(transcript=path)))
    (placed,) = collect([folder]).sessions
    with pytest.raises(ScribeError, match="transcript: expected a file in"):
        transcript_path(placed)


def test_an_empty_folder_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(ScribeError, match="expected sessions with reference summaries, found none"):
        collect([tmp_path])
    (tmp_path / "chats.json").write_text('{"dialogue": [], "id": 3}')
    with pytest.raises(ScribeError, match=r"found .*chats\.json with the keys 'dialogue', 'id'; give"):
        collect([tmp_path])
    with pytest.raises(ScribeError, match="expected a folder of sessions, found nothing there"):
        collect([tmp_path / "nosuch"])


@pytest.mark.skipif(not (DATA / "qmsum").is_dir(), reason="the meetings are not here")
def test_real_meetings_are_read() -> None:
    found = collect([DATA], limit=12)
    assert len(found.sessions) == 12
    assert found.faults == ()
    assert any(one.linked for placed in found.sessions for one in placed.session.references)
