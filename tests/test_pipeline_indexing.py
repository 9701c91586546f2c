"""The page of all sessions lies on the shelf, and is a person's like every page there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import ROOT, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.markdown import parts, to_html
from scribe.pipeline import Pipeline
from scribe.pipeline.indexing import Card, read_card, write_index
from scribe.pipeline.proposing import open_proposals
from scribe.records import ScribeError
from scribe.revise import split, without_marks
from scribe.sequence import CardLine, CardTopic
from scribe.sequence.page import anchor
from scribe.shelf import Workspace

SHARED = {f"simulacrum{chr(97 + n)}": 3 for n in range(20)}


def session(name: str, **fields: object) -> Card:
    topics = (
        CardTopic(title=f"Laws of {name}", first=0, last=9, words=SHARED),
        CardTopic(title=f"Agents of {name}", first=9, last=20),
    )
    told = {"title": f"On {name}", "topics": topics, "has_notes": True, "has_post": True, **fields}
    return Card.model_validate({"id": name, **told})


def written(workspace: Workspace, *cards: Card) -> str:
    """Write the page, and read what lies there."""
    write_index(workspace, cards)
    return workspace.index_path.read_text(encoding="utf-8")


def edit(workspace: Workspace, old: str, new: str) -> None:
    text = workspace.index_path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    workspace.index_path.write_text(text.replace(old, new), encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """What stands under each session's heading, by its id; nothing generated stands twice."""
    found = {}
    for part in parts(text, 2)[1]:
        if place := re.search(r"\]\(([^)]*)/post\.md\)", part.heading):
            assert unquote(place[1]) not in found
            found[unquote(place[1])] = part.body
    return found


# ── Cards are read ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which two sessions were run; the second has an odd name."""
    folder = tmp_path_factory.mktemp("w")
    sample = (ROOT / "transcripts" / "simulators-1.vtt").read_bytes()
    for name in ("simulators-1", "Week 2 (of 3), Ada & Jan"):
        (folder / f"{name}.vtt").write_bytes(sample)
        with Pipeline(Workspace(folder)) as pipeline:
            pipeline.run(str(folder / f"{name}.vtt"))
    return Workspace(folder)


def test_every_link_of_the_page_leads_somewhere(made: Workspace) -> None:
    cards = [read_card(made, name) for name in ("simulators-1", "Week 2 (of 3), Ada & Jan")]
    text = written(made, *cards)
    assert "## What comes back" in text
    links = [link for link in re.findall(r'href="([^"]*)"', to_html(text)) if "#" in link or link.endswith(".md")]
    assert len(links) > 20
    for link in links:
        place, _, name = link.partition("#")
        page = made.index_path.parent / unquote(place)
        assert page.is_file(), link
        headings = [p.heading for level in (2, 3) for p in parts(page.read_text(encoding="utf-8"), level)[1]]
        assert not name or name in {anchor(heading) for heading in headings}, link
    told = {link.partition("#")[2] for link in links if "post.md" in link}
    assert told >= {"open-questions", "propositions", "proposition-1"}


def test_a_card_tells_what_was_made(made: Workspace) -> None:
    card = read_card(made, "simulators-1")
    assert (card.has_notes, card.has_post) == (True, True)
    assert card.speakers[:2] == ("Mira", "Ada")
    assert len(card.topics) > 1
    assert all(topic.words for topic in card.topics)
    assert card.questions
    assert card.propositions


def test_what_is_missing_or_damaged_is_left_out(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(ScribeError, match="no transcript 'talk' at"):
        read_card(workspace, "talk")
    workspace.save_transcript(transcript(["Hello."]))
    assert not read_card(workspace, "talk").has_notes
    workspace.draft_folder("talk").mkdir(parents=True)
    workspace.notes_json_path("talk").write_text("{}")
    workspace.draft_json_path("talk").write_bytes(b"\xff")
    card = read_card(workspace, "talk")
    assert (card.has_notes, card.has_post) == (False, False)
    workspace.transcript_path("talk").write_bytes(b"")
    with pytest.raises(ScribeError, match=r"talk\.json"):
        read_card(workspace, "talk")


def test_times_lead_into_the_recording(tmp_path: Path) -> None:
    question = CardLine(text="Is it?", cites=(3,), start_s=75.2)
    text = written(Workspace(tmp_path), session("a", recording="talks/week 1.m4a", questions=(question,)))
    assert "- Is it? ([1:15](../talks/week%201.m4a#t=75))" in text


# ── The page is written ──────────────────────────────────────────────────────────────────────


def test_where_it_lies_and_what_is_kept_of_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert write_index(workspace, [session("a")]).outcome == "written"
    edit(workspace, "- **Topics:**", "- **Of this was spoken:**")
    assert write_index(workspace, [session("a"), session("b")]).outcome == "merged"
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    history = {name for name in files if name.startswith(".scribe/history/")}
    assert files - history == {
        "drafts/index.md",
        ".scribe/base/_/index.md",
        ".scribe/base/_/index.md.json",
        ".scribe/lock",
    }
    assert history
    assert all(name.startswith(".scribe/history/drafts/_/index/") for name in history)
    (version,) = workspace.versions(workspace.index_path)
    workspace.restore(workspace.index_path, version)
    assert "On b" not in workspace.index_path.read_text()


def test_only_the_pages_of_all_sessions_lie_beside_their_folders(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    proposals = workspace.index_path.with_name("proposals.md")
    assert workspace.base_path(proposals) == tmp_path / ".scribe" / "base" / "_" / "proposals.md"
    for name in ("notes.md", "_/index.md", "a/b/index.md"):
        with pytest.raises(ScribeError):
            workspace.base_path(workspace.index_path.parent / name)


def test_what_is_made_from_the_same_cards_is_not_made_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    cards = [session("a"), session("b")]
    text = written(workspace, *cards)
    edit(workspace, "- **Topics:** [Laws of a]", "Mine.\n\n- **Topics:** [Laws of a]")
    mine = workspace.index_path.read_text()
    for again in (cards, cards[::-1], [*cards, cards[0]]):
        assert write_index(workspace, again).outcome == "unchanged"
    assert workspace.index_path.read_text() == mine
    workspace.index_path.unlink()
    assert written(workspace, *cards) == text
    workspace.base_path(workspace.index_path).unlink()
    assert written(workspace, *cards) == text
    assert "On b" not in written(workspace, session("a"))


def test_of_two_cards_of_one_session_the_last_counts(tmp_path: Path) -> None:
    text = written(Workspace(tmp_path), session("a", title="Old"), session("a", title="New"))
    assert "[New](a/post.md)" in text
    assert "Old" not in text


def test_blocks_keep_their_ids_when_a_session_comes_between(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    before = split(written(workspace, session("a"), session("c"))).blocks
    after = split(written(workspace, *map(session, "abc"))).blocks
    for blocks in (before, after):
        assert len({block.id for block in blocks} - {None}) == len(blocks)
    ids = {block.content: block.id for block in after}
    for block in before:
        if "a/" in block.content and "c/" not in block.content:
            assert ids[block.content] == block.id
    (group,) = (block for block in before if "c/" in block.content and "a/" in block.content)
    assert any(block.id == group.id and "[On b]" in block.content for block in after)


# ── A person's edits ─────────────────────────────────────────────────────────────────────────


def test_a_note_under_the_last_session_stays_under_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    text = written(workspace, session("a"), session("b"))
    workspace.index_path.write_text(text.rstrip("\n") + "\n\nWe should return to this.\n\n### Mine\n\nAt length.\n")
    for names in ("abc", "abcde"):
        found = sections(written(workspace, *map(session, names)))
        assert list(found) == list(names)
        assert "We should return to this.\n\n### Mine\n\nAt length." in found["b"]


def test_what_both_changed_is_proposed_once_and_settled_by_deleting_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    asked = session("a", questions=(CardLine(text="Is the loss small?"),))
    written(workspace, asked)
    edit(workspace, "- Is the loss small?", "- Is the expected loss small?")
    changed = session("a", questions=(CardLine(text="Is the excess large?"),))
    outcome = write_index(workspace, [changed])
    assert (outcome.outcome, outcome.proposals) == ("unchanged", 1)
    proposals = workspace.index_path.with_name("proposals.md")
    assert "Is the excess large?" in proposals.read_text()
    assert "Is the expected loss small?" in workspace.index_path.read_text()
    assert write_index(workspace, [changed]).proposals == 0
    assert len(open_proposals(workspace, workspace.index_path)) == 1
    edit(workspace, "- Is the expected loss small?", "- Is the excess large?")
    write_index(workspace, [changed])
    assert open_proposals(workspace, workspace.index_path) == ()
    assert "Nothing is open." in proposals.read_text()


def test_a_title_that_a_person_gave_stays(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    written(workspace, session("a"))
    edit(workspace, "# The seminar, session by session", "# Simulators: the seminar")
    edit(workspace, "[On a](a/post.md)", "[The first evening](a/post.md)")
    text = written(workspace, session("a"), session("b"))
    assert "# Simulators: the seminar" in text
    assert "[The first evening](a/post.md)" in text
    assert "On a" not in text.partition("[The first evening]")[2]


def test_a_clone_without_its_base_keeps_what_a_person_wrote(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    written(workspace, session("a"), session("b"))
    edit(workspace, "[On a](a/post.md)", "[The first evening](a/post.md)\n\nMine.")
    workspace.base_path(workspace.index_path).unlink()
    found = sections(written(workspace, *map(session, "abc")))
    assert list(found) == ["a", "b", "c"]
    assert "Mine." in found["a"]
    assert "[The first evening](a/post.md)" in workspace.index_path.read_text()


def test_a_session_much_like_one_that_was_deleted_is_new_all_the_same(tmp_path: Path) -> None:
    """Their headings and facts are the same but for a letter."""
    workspace = Workspace(tmp_path)
    facts = {"title": "The seminar", "speakers": ("Ada", "Jan"), "duration_s": 3600.0}
    _, rest = pieces(text := written(workspace, session("a", **facts), session("b", **facts)))
    workspace.index_path.write_text(text.replace(rest[0], ""))
    assert list(sections(written(workspace, *(session(name, **facts) for name in "abc")))) == ["b", "c"]


OPERATIONS = st.one_of(
    st.tuples(st.just("batch"), st.integers(1, 8), st.integers(0, 3)),
    st.tuples(st.just("note"), st.integers(0, 7), st.booleans()),
    st.tuples(st.just("delete"), st.integers(0, 7), st.just(0)),
    st.tuples(st.just("move"), st.integers(0, 7), st.integers(0, 7)),
)
NAMES = ("b", "d", "f", "a", "c", "h", "e", "g")
"""In the order in which they come; on the page by the alphabet."""


def pieces(text: str) -> tuple[str, list[str]]:
    """What stands before the first session, and the sessions' sections, marks and all."""
    found = re.split(r"(?m)^(?=<!-- scribe: \w+ -->\n## \[)", text)
    return found[0], [piece.rstrip("\n") + "\n" for piece in found[1:]]


def id_of(piece: str) -> str:
    found = re.search(r"\]\((\w)/post\.md\)", piece)
    assert found
    return found[1]


@settings(max_examples=40)
@given(story=st.lists(OPERATIONS, max_size=14))
def test_no_story_of_batches_and_edits_loses_an_edit(
    story: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Notes stay under their sessions, deleted sessions stay away, and the person's order holds."""
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    known = 2
    written(workspace, *map(session, NAMES[:known]))
    notes: dict[str, list[str]] = {}
    deleted: set[str] = set()
    for number, (kind, one, other) in enumerate([*story, ("batch", 8, 1)]):
        text = workspace.index_path.read_text()
        if kind == "batch":
            known = max(known, one)
            cards = [session(name, title=f"On {name}{'!' * other}") for name in NAMES[:known]]
            before = list(sections(text))
            text = written(workspace, *cards)
            found = sections(text)
            assert set(found) == set(NAMES[:known]) - deleted
            assert [name for name in found if name in before] == before
            for name, mine in notes.items():
                assert all(note in found[name] for note in mine)
            assert written(workspace, *cards) == text
            continue
        head, rest = pieces(text)
        place = next((n for n, piece in enumerate(rest) if id_of(piece) == NAMES[one]), None)
        if place is None:
            continue
        if kind == "note":
            notes.setdefault(NAMES[one], []).append(f"Note {number} of mine.")
            heading, _, body = rest[place].partition("\n\n")
            added = [heading, notes[NAMES[one]][-1], body] if other else [heading, body, notes[NAMES[one]][-1] + "\n"]
            rest[place] = "\n\n".join(part.rstrip("\n") for part in added) + "\n"
        elif kind == "delete":
            deleted.add(NAMES[one])
            notes.pop(NAMES[one], None)
            del rest[place]
        else:
            rest.insert(other, rest.pop(place))
        workspace.index_path.write_text("\n".join([head, *rest]) if rest else head)
    assert without_marks(workspace.index_path.read_text()).count("Note ") == sum(map(len, notes.values()))
