"""What is to be checked is listed once, a mark holds as long as the words do, and a name in a status is read."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, sample
from hypothesis import given
from hypothesis import strategies as st

from scribe import lint
from scribe.lint.status import reviewer_of
from scribe.pipeline import Pipeline
from scribe.pipeline.checking import name_of, read_marks
from scribe.pipeline.editing import correct_line, name_in_layer
from scribe.pipeline.proposing import known_proposals
from scribe.pipeline.queueing import Item, mark, queue, refresh_status, sign
from scribe.pipeline.refining import Desk
from scribe.pipeline.revising import read_state
from scribe.pipeline.signing import signed, with_signature
from scribe.records import Notes, ScribeError, Support, Transcript
from scribe.revise import merge, split
from scribe.shelf import Workspace

SAMPLE = "simulators-1"
STATUS = "kgnkef"
"""The block of the second proposition's status in the sample."""


def doubtful(*lines: int) -> Transcript:
    """The sample, in which the recogniser doubts some lines."""
    found = sample()
    said = [s.model_copy(update={"doubt": "it repeats"}) if s.index in lines else s for s in found.segments]
    return found.model_copy(update={"segments": tuple(said)})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The sample with two doubtful passages, a claim of the notes that nothing bears out, and an untagged step."""
    found = Workspace(tmp_path)
    found.save_transcript(doubtful(12, 40, 41))
    with Pipeline(found) as pipeline:
        pipeline.run(SAMPLE)
    path = found.notes_json_path(SAMPLE)
    notes = Notes.model_validate_json(path.read_bytes())
    topic = notes.topics[0]
    wrong = Support(verdict="unsupported", score=0.1, reasons=("another number",))
    claims = (topic.claims[0].model_copy(update={"support": wrong}), *topic.claims[1:])
    topics = (topic.model_copy(update={"claims": claims}), *notes.topics[1:])
    found.save_record(path, notes.model_copy(update={"topics": topics}))
    retype(found, "2. *(said)*", "2.")
    return found


def post_of(workspace: Workspace) -> str:
    return workspace.post_path(SAMPLE).read_bytes().decode()


def retype(workspace: Workspace, old: str, new: str) -> None:
    """A person edits the post."""
    assert old in post_of(workspace)
    workspace.post_path(SAMPLE).write_bytes(post_of(workspace).replace(old, new).encode())


def keys(items: tuple[Item, ...]) -> set[str]:
    return {item.key for item in items}


def statuses(workspace: Workspace) -> list[str]:
    return [stated.status for stated in lint.read(post_of(workspace))]


# ── The queue ────────────────────────────────────────────────────────────────────────────────


def test_doubts_come_first_then_claims_then_findings(workspace: Workspace) -> None:
    found = queue(workspace, SAMPLE)
    assert [item.kind for item in found.items] == ["doubt", "doubt", "claim", "lint", "lint"]
    assert (found.reviewed, found.total, found.remarks) == (0, 5, ())
    doubts = [item for item in found.items if item.kind == "doubt"]
    assert [item.cost for item in doubts] == sorted((item.cost for item in doubts), reverse=True)
    one = next(item for item in doubts if item.first == 40)
    assert (one.last, one.lines, one.title) == (42, (40, 41), "3:19–3:30 Ada, Jan")
    assert one.text == " ".join(s.text for s in sample().segments[40:42])
    claim = found.items[2]
    assert (claim.page, claim.why) == ("notes", "another number")
    assert claim.text in {b.id: b.content for b in split(notes_of(workspace)).blocks}[claim.block]
    step = found.items[-1]
    assert (step.kind, step.page, step.lines) == ("lint", "post", (35,))
    assert "step 2" in step.title
    assert step.text.startswith("2. **Ada:** They are independent")
    assert (
        step.text in {b.id: re.sub(r"\[\^\d+\]", "", b.content) for b in split(post_of(workspace)).blocks}[step.block]
    )


def notes_of(workspace: Workspace) -> str:
    return workspace.notes_path(SAMPLE).read_text(encoding="utf-8")


def test_a_mark_holds_until_its_words_change(workspace: Workspace) -> None:
    before = queue(workspace, SAMPLE)
    doubt, other = before.items[0], before.items[1]
    mark(workspace, SAMPLE, doubt.key, by="Ada")
    after = mark(workspace, SAMPLE, before.items[2].key, by="Ada")
    assert (after.reviewed, after.total) == (2, before.total)
    retype(workspace, "## TL;DR", "## In short")
    correct_line(workspace, SAMPLE, other.lines[0], "Yes, so it is.")
    name_in_layer(workspace, SAMPLE, {"Tomás": "Tom"})
    now = queue(workspace, SAMPLE)
    assert keys(now.items) == keys(before.items) - {other.key}
    assert {item.key for item in now.items if item.is_reviewed} == {doubt.key, before.items[2].key}
    assert now.items[0].by == "Ada"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", now.items[0].at or "")
    correct_line(workspace, SAMPLE, doubt.lines[0], "But that saving is large.")
    assert queue(workspace, SAMPLE).reviewed == 1
    assert len(read_marks(workspace, SAMPLE).marks) == 2


def test_a_claim_that_a_person_rewrote_is_out_of_the_queue(workspace: Workspace) -> None:
    claim = next(item for item in queue(workspace, SAMPLE).items if item.kind == "claim")
    path = workspace.notes_path(SAMPLE)
    path.write_text(notes_of(workspace).replace(claim.text, "They agreed on a name."), encoding="utf-8")
    assert claim.key not in keys(queue(workspace, SAMPLE).items)
    path.unlink()
    found = next(item for item in queue(workspace, SAMPLE).items if item.kind == "claim")
    assert (found.key, found.page, found.block) == (claim.key, None, None)


def test_several_people_mark_and_a_mark_is_taken_back(workspace: Workspace) -> None:
    key = queue(workspace, SAMPLE).items[0].key
    for by in ("Ada", "Jan", "Ada"):
        found = mark(workspace, SAMPLE, key, by=by)
    assert (found.items[0].by, found.reviewed) == ("Jan and Ada", 1)
    assert found == queue(workspace, SAMPLE)
    assert mark(workspace, SAMPLE, key, by="Mira", is_reviewed=False).reviewed == 0
    assert read_marks(workspace, SAMPLE).marks == ()
    with pytest.raises(ScribeError, match="no more in the review queue"):
        mark(workspace, SAMPLE, "other", by="Ada")


@pytest.mark.parametrize(
    "name", ["", " ", "nobody", "*Ada*", "Ada\nBen", "[Ada](x)", "A" * 81, "<b>", "Ada|Ben", "12", "`Ada`", "a\x00b"]
)
def test_what_is_no_name_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(ScribeError, match="expected your name"):
        mark(workspace, SAMPLE, "x", by=name)
    with pytest.raises(ScribeError, match="expected your name"):
        sign(workspace, SAMPLE, STATUS, by=name)


@pytest.mark.parametrize("broken", ["", "{", '{"marks": [{"key": "a", "by": "", "at": ""}]}', '{"marks": 3}'])
def test_broken_marks_are_told_and_stay(workspace: Workspace, broken: str) -> None:
    path = workspace.draft_folder(SAMPLE) / "review.json"
    path.write_text(broken)
    for use in (
        lambda: queue(workspace, SAMPLE),
        lambda: mark(workspace, SAMPLE, "x", by="Ada"),
        lambda: refresh_status(workspace, SAMPLE),
    ):
        with pytest.raises(ScribeError, match=r"review\.json: expected marks as scribe writes them"):
            use()
    assert path.read_text() == broken


def test_marks_are_readable_and_survive_a_clone(workspace: Workspace) -> None:
    key = queue(workspace, SAMPLE).items[0].key
    mark(workspace, SAMPLE, key, by="Ada")
    (one,) = json.loads((workspace.draft_folder(SAMPLE) / "review.json").read_text())["marks"]
    assert (one["key"], one["by"], set(one)) == (key, "Ada", {"key", "by", "at"})
    shutil.rmtree(workspace.root / ".scribe")
    assert queue(workspace, SAMPLE).reviewed == 1


def test_without_notes_or_post_there_are_the_doubts_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.save_transcript(doubtful(12))
    found = queue(workspace, SAMPLE)
    assert [(item.kind, item.first) for item in found.items] == [("doubt", 12)]
    assert "there are no notes of it yet" in found.remarks[0]
    with pytest.raises(ScribeError, match="no transcript 'other'"):
        queue(workspace, "other")


def test_a_sequence_has_the_doubts_of_each_session_and_its_own_claims(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for name, lines in (("monday", (12,)), ("tuesday", (40, 41))):
        workspace.save_transcript(doubtful(*lines).model_copy(update={"id": name, "source": f"{name}.vtt"}))
    with Pipeline(workspace) as pipeline:
        pipeline.run("monday", stages=("notes",))
        pipeline.draft(["monday", "tuesday"], name="week")
    path = workspace.post_path("week")
    path.write_text(path.read_text(encoding="utf-8").replace("2. *(said)*", "2."), encoding="utf-8")
    found = queue(workspace, "week")
    assert sorted((i.lines, i.title) for i in found.items if i.kind == "doubt") == [
        ((12,), "monday, 1:04–1:05 Tomás"), ((86, 87), "tuesday, 3:19–3:30 Ada, Jan"),
    ]  # fmt: skip
    second = {i.lines for i in found.items if i.kind == "lint" and "step 2" in i.title}
    assert {(8,), (46 + 8,)} <= second
    assert mark(workspace, "week", found.items[0].key, by="Ada").reviewed == 1
    refresh_status(workspace, "week")
    assert f"; 1 of {found.total} places in the review queue checked, by Ada." in _status(
        path.read_text(encoding="utf-8")
    )


# ── Signing ──────────────────────────────────────────────────────────────────────────────────


def _status(text: str) -> str:
    return next(b.content for b in split(text).blocks if "Epistemic status" in b.content)


def test_a_name_goes_under_the_proposition_of_a_block(workspace: Workspace) -> None:
    base, state = workspace.base_path(workspace.post_path(SAMPLE)), workspace.state_path(workspace.post_path(SAMPLE))
    generated = base.read_bytes(), state.read_bytes()
    revised = sign(workspace, SAMPLE, "ud3jje", by=" Ada  Lovelace")
    assert statuses(workspace) == ["sketch; reviewed by nobody yet.", "sketch; reviewed by Ada Lovelace."]
    assert revised.text == post_of(workspace)
    assert [row for row in revised.diff.splitlines()[2:] if row.startswith(("+*", "-*"))] == [
        "-**Status.** sketch; reviewed by nobody yet.", "+**Status.** sketch; reviewed by Ada Lovelace.",
    ]  # fmt: skip
    assert sign(workspace, SAMPLE, STATUS, by="Ada Lovelace").written.outcome == "unchanged"
    sign(workspace, SAMPLE, STATUS, by="Jan")
    assert [one.reviewer for one in lint.read(post_of(workspace))] == [None, "Ada Lovelace and Jan"]
    assert (base.read_bytes(), state.read_bytes()) == generated
    listed = {block.id: block.typed for block in Desk(workspace, SAMPLE).blocks()}
    assert listed[STATUS] > 0
    with Pipeline(workspace) as pipeline:
        pipeline.run(SAMPLE)
    assert statuses(workspace)[1] == "sketch; reviewed by Ada Lovelace and Jan."
    assert known_proposals(workspace, workspace.post_path(SAMPLE)).proposals == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_proposition_without_a_status_gets_one(workspace: Workspace, newline: str) -> None:
    retype(workspace, f"<!-- scribe: {STATUS} -->\n**Status.** sketch; reviewed by nobody yet.\n\n", "")
    workspace.post_path(SAMPLE).write_bytes(post_of(workspace).replace("\n", newline).encode())
    before = split(post_of(workspace)).blocks
    sign(workspace, SAMPLE, "ud3jje", by="Ada")
    assert [one.reviewer for one in lint.read(post_of(workspace))] == [None, "Ada"]
    after = split(post_of(workspace)).blocks
    (new,) = [block for block in after if block.content == "**Status.** sketch; reviewed by Ada."]
    assert [b.content for b in after if b is not new] == [b.content for b in before]
    assert after[after.index(new) + 1].content == "## Open questions"
    assert post_of(workspace).count("\n") == post_of(workspace).count(newline)


def test_a_block_of_no_proposition_cannot_be_signed(workspace: Workspace) -> None:
    for block, told in (("mc77z8", "belongs to no proposition"), ("other", "is no block of the post")):
        with pytest.raises(ScribeError, match=told):
            sign(workspace, SAMPLE, block, by="Ada")
    workspace.post_path(SAMPLE).unlink()
    with pytest.raises(ScribeError, match="expected a post, found none"):
        sign(workspace, SAMPLE, STATUS, by="Ada")


FORM = "### Proposition 1\n\n<!-- scribe: k7f2q1 -->\n**Statement.** So.\n\n{}\n\n## Next\n\n**Status.** mine\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("**Status.** sketch", "**Status.** sketch; reviewed by Ada."),
        ("**Status.**\nsketch, not yet\nreviewed by anyone.", "**Status.**\nsketch; reviewed by Ada."),
        ("**Status.**\n\n- sketch", "**Status.**\n\n- sketch; reviewed by Ada."),
        (
            "#### Status\n\n<!-- scribe: abcdef -->\nopen",
            "#### Status\n\n<!-- scribe: abcdef -->\nopen; reviewed by Ada.",
        ),
        ("#### Status", "#### Status\n\nsketch; reviewed by Ada."),
        ("**Status.**", "**Status.** sketch; reviewed by Ada."),
        ("Status: proved\n**Gaps.** None.", "Status: proved; reviewed by Ada.\n**Gaps.** None."),
        ("**Status.** wrong\nin step 2.\n\nMore.", "**Status.** wrong in step 2; reviewed by Ada.\n\nMore."),
        ("More.", "More.\n\n**Status.** sketch; reviewed by Ada."),
    ],
)
def test_a_status_is_found_as_a_person_left_it(before: str, after: str) -> None:
    page = with_signature(FORM.format(before), "k7f2q1", "Ada")
    assert page == FORM.format(after)
    assert with_signature(page, "k7f2q1", "Ada") == page
    assert with_signature(f"\ufeff{FORM.format(before)}", "k7f2q1", "Ada") == f"\ufeff{page}"
    assert with_signature(FORM.format(before).replace("\n", "\r\n"), "k7f2q1", "Ada") == page.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("status", "after"),
    [
        ("proved, Ada L., 3 May", "proved, Ada L., 3 May; reviewed by Jan."),
        ("reviewed by Ada, 3 May", "reviewed by Ada and Jan, 3 May"),
        ("reviewed by Ada on 3 May.", "reviewed by Ada and Jan on 3 May."),
        ("Reviewed by Dr. Hall.", "Reviewed by Dr. Hall and Jan."),
        ("reviewed by Ada. See step 2.", "reviewed by Ada and Jan. See step 2."),
        ("reviewed by Ada, Mira and Wen.", "reviewed by Ada, Mira and Wen and Jan."),
        ("reviewed by —", "reviewed by Jan."),
        ("", "reviewed by Jan."),
        ("sketch; nobody has read it; wrong in step 2", "sketch; wrong in step 2; reviewed by Jan."),
        ("sketch, unreviewed.", "sketch; reviewed by Jan."),
        ("reviewed by Jan Kulveit.", "reviewed by Jan Kulveit and Jan."),
        ("reviewed by Mira, Jan and Wen", "reviewed by Mira, Jan and Wen"),
    ],
)
def test_what_a_status_says_besides_stays(status: str, after: str) -> None:
    assert signed(status, "Jan") == after
    assert signed(after, "Jan") == after


NAMES = ("Ada", "Jan Kulveit", "Ada L.", "Dr. Hall", "Ó Súilleabháin", "李", "A" * 80, "Mira and Wen")
CLAUSES = (
    "sketch",
    "reviewed by nobody yet",
    "wrong in step 2",
    "not checked",
    "proved on 3 May",
    "seen by Wen",
    "1 gap",
)


@given(
    st.lists(st.tuples(st.sampled_from(CLAUSES), st.sampled_from(["; ", ", ", ". ", "; "])), max_size=4),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
)
def test_whatever_it_says_every_name_is_in_it_once_and_it_is_reviewed(
    pieces: list[tuple[str, str]], names: list[str]
) -> None:
    status = "".join(clause + end for clause, end in pieces)
    for name in names:
        status = signed(status, name_of(name))
        assert reviewer_of(status) is not None
        assert signed(status, name) == status
    assert all(name in status for name in names)


# ── The status of the post ───────────────────────────────────────────────────────────────────


def test_progress_is_told_where_somebody_checked_something(workspace: Workspace) -> None:
    path = workspace.post_path(SAMPLE)
    refresh_status(workspace, SAMPLE)
    assert "review queue" not in post_of(workspace)
    items = queue(workspace, SAMPLE).items
    before = split(post_of(workspace)).blocks
    state = workspace.state_path(path).read_bytes()
    mark(workspace, SAMPLE, items[0].key, by="Ada")
    mark(workspace, SAMPLE, items[1].key, by="Jan")
    sign(workspace, SAMPLE, STATUS, by="Ada")
    revised = refresh_status(workspace, SAMPLE)
    assert revised is not None
    assert revised.written.outcome == "merged"
    told = _status(post_of(workspace))
    assert (
        f"1 of 2 propositions unreviewed; 2 of {len(items)} places in the review queue checked, by Ada and Jan. What"
        in told
    )
    after = split(post_of(workspace)).blocks
    assert [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a.content != b.content] == [
        n for n, b in enumerate(after) if "Epistemic" in b.content or b.id == STATUS
    ]
    assert told in workspace.base_path(path).read_text(encoding="utf-8")
    assert workspace.state_path(path).read_bytes() == state
    assert known_proposals(workspace, path).proposals == ()
    times = path.stat().st_mtime_ns
    again = refresh_status(workspace, SAMPLE)
    assert again is not None
    assert (again.written.outcome, path.stat().st_mtime_ns) == ("unchanged", times)


def test_drafting_again_tells_the_same_progress(workspace: Workspace) -> None:
    mark(workspace, SAMPLE, queue(workspace, SAMPLE).items[0].key, by="Ada")
    refresh_status(workspace, SAMPLE)
    told = _status(post_of(workspace))
    assert "places in the review queue checked, by Ada." in told
    with Pipeline(workspace) as pipeline:
        pipeline.run(SAMPLE)
    now = queue(workspace, SAMPLE)  # the notes were made anew, so the claim that nothing bore out is gone
    assert f"; {now.reviewed} of {now.total} places in the review queue checked, by Ada." in _status(post_of(workspace))
    assert now.reviewed == 1
    again = refresh_status(workspace, SAMPLE)
    assert again is not None
    assert again.written.outcome == "unchanged"
    assert known_proposals(workspace, workspace.post_path(SAMPLE)).proposals == ()


def test_a_clone_tells_its_progress_and_invents_no_base(workspace: Workspace) -> None:
    """What is remembered is not in a clone, and a status that says other numbers than the draft is nobody's edit."""
    shutil.rmtree(workspace.root / ".scribe")
    path = workspace.post_path(SAMPLE)
    mark(workspace, SAMPLE, queue(workspace, SAMPLE).items[0].key, by="Ada")
    sign(workspace, SAMPLE, STATUS, by="Ada")
    revised = refresh_status(workspace, SAMPLE)
    assert revised is not None
    assert "review queue checked, by Ada" in _status(post_of(workspace))
    assert not workspace.base_path(path).exists()
    assert read_state(workspace, path).lines == ()
    mark(workspace, SAMPLE, queue(workspace, SAMPLE).items[1].key, by="Jan")
    with Pipeline(workspace) as pipeline:
        pipeline.run(SAMPLE)
    assert "review queue checked, by Ada and Jan" in _status(post_of(workspace))
    assert statuses(workspace)[1] == "sketch; reviewed by Ada."
    assert known_proposals(workspace, path).proposals == ()


def test_a_status_that_a_person_wrote_in_or_locked_stays(workspace: Workspace) -> None:
    mark(workspace, SAMPLE, queue(workspace, SAMPLE).items[0].key, by="Ada")
    for old, new in (("*Epistemic status: a draft", "*Epistemic status: my draft"), ("kca5kt -->", "kca5kt keep -->")):
        text = post_of(workspace)
        retype(workspace, old, new)
        edited = post_of(workspace)
        revised = refresh_status(workspace, SAMPLE)
        assert revised is not None
        assert (revised.written.outcome, post_of(workspace)) == ("unchanged", edited)
        workspace.post_path(SAMPLE).write_bytes(text.encode())


def test_after_a_correction_only_the_status_is_brought_up_to_date(workspace: Workspace) -> None:
    """The footnotes quote what was said when the page was generated, until it is drafted again."""
    correct_line(workspace, SAMPLE, 9, "It is so.")
    mark(workspace, SAMPLE, queue(workspace, SAMPLE).items[0].key, by="Ada")
    refresh_status(workspace, SAMPLE)
    assert "It is so." not in post_of(workspace)
    assert [block for block in Desk(workspace, SAMPLE).blocks() if block.is_stale]


def test_without_a_post_or_its_draft_there_is_no_status(workspace: Workspace) -> None:
    workspace.draft_json_path(SAMPLE).write_text("{}")
    assert refresh_status(workspace, SAMPLE) is None
    assert [item.kind for item in queue(workspace, SAMPLE).items].count("lint") == 2
    workspace.post_path(SAMPLE).unlink()
    assert refresh_status(workspace, SAMPLE) is None


def test_the_sample_tells_nothing_of_a_queue_that_nobody_looked_at(tmp_path: Path) -> None:
    for folder in ("transcripts", "drafts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    workspace = Workspace(tmp_path)
    before = post_of(workspace)
    revised = refresh_status(workspace, SAMPLE)
    assert revised is not None
    assert (revised.written.outcome, post_of(workspace)) == ("unchanged", before)
    assert not (tmp_path / ".scribe").exists()


def test_what_was_signed_stays_as_it_was_signed(workspace: Workspace) -> None:
    """A name answers for words: what is generated later does not come under it."""
    sign(workspace, SAMPLE, STATUS, by="Ada Byron")
    text = post_of(workspace)
    signed_for = text[text.index("### Proposition 2") : text.index("## Open questions")]
    rows = signed_for.splitlines()[:-1]
    marks = [row for row in rows if row.startswith("<!-- scribe:")]
    assert all("keep" in mark for mark in marks)
    before = text[: text.index("### Proposition 2")].rpartition("<!--")[0]
    assert "keep" not in before
    new = re.sub(r"^(> |- |\d\. |\*\*)", r"\1Something else entirely: ", text.replace(" keep -->", " -->"), flags=re.M)
    merged = merge(text.replace(" keep -->", " -->"), text, new).text
    assert "Something else entirely" in merged
    assert [b for b in split(merged).blocks if b.is_locked] == [b for b in split(text).blocks if b.is_locked]
