"""Another voice writes a part of a post: watched, stopped at will, and nothing that was paid for is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import Scripted, completion, curated, sample, scribe
from openai_server import Asked, Reply, Server, part
from tiny_llama import Small

from scribe import draft
from scribe.chunks import split as cut
from scribe.draft import Wishes
from scribe.notes import summarise
from scribe.pipeline import Pipeline
from scribe.pipeline.blockwise import with_lock
from scribe.pipeline.branching import Branched, branch, voices_of
from scribe.pipeline.drafting import write_post
from scribe.pipeline.handwriting import Pen, save
from scribe.pipeline.proposing import known_proposals
from scribe.pipeline.refining import Desk
from scribe.pipeline.revising import read_state
from scribe.pipeline.standing import bits, ground_of, read_choices, read_draft
from scribe.records import Completion, Prompt, Sampling, ScribeError, Section
from scribe.revise import split
from scribe.rollouts import Recorded, Rollouts
from scribe.shelf import Workspace
from scribe.simulators import Piece, Simulator, open_simulator
from scribe.simulators.extract import Extract

FRAMES = curated()
SEMINAR = sample().model_copy(update={"source": "talk.vtt"})
NOTES = summarise(SEMINAR, cut(SEMINAR, Extract().count, budget_tokens=8000), Extract(), FRAMES)
NAME = SEMINAR.id


def writes(shown: Prompt, k: int) -> str:
    """Two sentences in each voice, of the first line and of the second; one proposition; one attack."""
    if shown.frame == "section":
        first, second, title = shown.sources[0].index, shown.sources[1].index, shown.cue.split("\n")[0].split()[-1]
        return f" The {shown.voice} of way {k} begins with {title}. [{first}] Then {title} ends for {k}. [{second}]"
    if shown.frame == "proposition" and shown.sources[0].index == 0:
        return (
            f" the {shown.voice} says that the bound becomes empty [20]\n"
            "Sketch:\n- (said) so as $p$ goes to zero the bound becomes empty [20]"
        )
    return " a model that is right there [22]" if shown.frame == "counterexample" else " none"


class Writing(Scripted):
    """One that streams, a word at a time, all samples beside each other; the seed counts as samples drawn before."""

    def __init__(self, write: Callable[[Prompt, int], str | Completion] = writes, *, fails_after: int = -1) -> None:
        super().__init__(write)
        self.fails_after = fails_after
        self.given = 0
        self.is_closed = False

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
        self.asked.extend(prompts)
        try:
            for place, prompt in enumerate(prompts):
                whole = [self._complete(prompt, sampling.seed + k) for k in range(sampling.samples)]
                words = [re.findall(r" ?[^ ]+", text.text) or [""] for text in whole]
                for n in range(max(map(len, words))):
                    for k, own in enumerate(words):
                        if n < len(own):
                            if self.given == self.fails_after:
                                raise ScribeError("writing: the server is down")
                            self.given += 1
                            yield Piece(place, k, own[n], whole[k] if n == len(own) - 1 else None)
        finally:
            self.is_closed = True


def drafted(folder: Path, simulator: Simulator | None = None, **wishes: object) -> tuple[Workspace, Recorded]:
    """The sample's post in a workspace with its notes, and the simulator that wrote it, recorded."""
    workspace = Workspace(folder)
    workspace.save_transcript(SEMINAR)
    workspace.save_record(workspace.notes_json_path(NAME), NOTES)
    recorded = Recorded(simulator or Writing(), Rollouts(workspace.rollouts_path))
    ground = ground_of(workspace, NAME, [SEMINAR])
    write_post(workspace, ground, NOTES, recorded, FRAMES, wishes=Wishes.model_validate({"samples": 1, **wishes}))
    return workspace, recorded


def block_under(workspace: Workspace, heading: str, after: int = 1) -> str:
    """The id of the n-th block from a heading on."""
    blocks = split(workspace.post_path(NAME).read_text(encoding="utf-8")).blocks
    at = next(n for n, block in enumerate(blocks) if block.content.startswith(heading))
    found = blocks[at + after].id
    assert found is not None
    return found


def edited(workspace: Workspace, old: str, new: str) -> None:
    path = workspace.post_path(NAME)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def stops_after(pieces: int) -> Callable[[], bool]:
    """Answers yes from the n-th piece on; it is asked once before there is one."""
    asked = iter(range(pieces))
    return lambda: next(asked, None) is None


def without_status(text: str) -> str:
    return re.sub(r"\*Epistemic status.*", "", text)


SECTIONS = [s.heading for s in draft.write(SEMINAR, NOTES, Writing(), FRAMES, Wishes(samples=1)).sections]
LAST = f"## {SECTIONS[-1]}"


# ── Another voice ────────────────────────────────────────────────────────────────────────────


def test_which_voices_can_write_a_block(tmp_path: Path) -> None:
    workspace, _ = drafted(tmp_path)
    desk = Desk(workspace, NAME)
    assert voices_of(desk, block_under(workspace, LAST), FRAMES) == ("writer", "sceptic", "formaliser")
    assert voices_of(desk, block_under(workspace, "### Proposition"), FRAMES) == ("formaliser", "sceptic")
    assert voices_of(desk, block_under(workspace, "## TL;DR"), FRAMES) == ()


def test_a_voice_is_watched_and_its_text_is_an_alternative_that_nobody_put_in(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    page = workspace.post_path(NAME).read_bytes()
    block = block_under(workspace, LAST)
    heard: list[tuple[int, str]] = []
    found = branch(
        Desk(workspace, NAME), block, "sceptic", recorded, FRAMES, on_piece=lambda k, text: heard.append((k, text))
    )
    assert workspace.post_path(NAME).read_bytes() == page
    (way,) = found.added
    assert (way.number, way.voice, found.is_stopped, found.remark) == (2, "sceptic", False, None)
    assert way.text.startswith("The sceptic of way 0 begins with Simulacra.[^")
    assert len(heard) > 5
    kept = next(r for r in recorded.store.rollouts() if r.id == way.rollout)
    assert "".join(text for _, text in heard) == kept.completion.text
    assert [w.is_chosen for w in Desk(workspace, NAME).slot(block).ways] == [True, False]


@pytest.mark.parametrize("has_outline", [False, True])
def test_it_is_written_from_what_a_draft_is_written_from(tmp_path: Path, has_outline: bool) -> None:
    """The prompt is the very one that the draft asked: asked again with the same seed it is answered by the store."""
    workspace, recorded = drafted(tmp_path)
    if has_outline:
        ground = ground_of(workspace, NAME, [SEMINAR])
        write_post(workspace, ground, NOTES, recorded, FRAMES, wishes=Wishes(samples=1), only_outline=True)
        edited_outline = workspace.outline_path(NAME)
        text = edited_outline.read_text(encoding="utf-8")
        edited_outline.write_text(text.replace(f"## {SECTIONS[0]}", "## As I call it"), encoding="utf-8")
        write_post(workspace, ground, NOTES, recorded, FRAMES, wishes=Wishes(samples=1))
    misses = recorded.misses
    desk = Desk(workspace, NAME)
    for part_, voice in [
        *((s, "writer") for s in desk.post.sections),
        *((p, "formaliser") for p in desk.post.propositions),
    ]:
        block = next(b.id for b in desk.blocks() if b.id and desk.part(b.id) == part_)
        found = branch(Desk(workspace, NAME), block, voice, recorded, FRAMES, fresh=False)
        assert found == Branched(remark=f"{voice} wrote the same again")
    assert recorded.misses == misses
    assert read_draft(workspace, NAME) == desk.post


def test_a_post_of_another_simulator_keeps_its_outline(tmp_path: Path) -> None:
    workspace, _ = drafted(tmp_path, Extract())
    other = Writing()
    recorded = Recorded(other, Rollouts(workspace.rollouts_path))
    desk = Desk(workspace, NAME)
    for section in desk.post.sections:
        block = next(b.id for b in desk.blocks() if b.id and desk.part(b.id) == section)
        (way,) = branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES).added
        assert set(way.lines) <= set(range(section.first, len(SEMINAR.segments)))
    assert [shown.frame for shown in other.asked] == ["section"] * len(desk.post.sections)
    for shown in other.asked:
        assert all(f"- {section.heading}" in shown.scene for section in desk.post.sections)
    assert desk.post.sections[0].paragraphs[0][0].text in other.asked[1].scene


def test_in_the_tree_it_branches_from_the_text_before_it(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path, voices=("writer", "sceptic"))
    first, last = block_under(workspace, f"## {SECTIONS[0]}", 2), block_under(workspace, LAST)
    Desk(workspace, NAME).pick(first, 2)
    (way,) = branch(Desk(workspace, NAME), last, "formaliser", recorded, FRAMES).added
    before = Desk(workspace, NAME).slot(first, recorded.store).ways[1]
    assert before.is_chosen
    assert before.children == 1
    assert [r.id for r in recorded.store.lineage(way.rollout or 0)] == [before.rollout, way.rollout]


def test_asking_again_gives_something_new_and_nothing_twice(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    block = block_under(workspace, LAST)
    for _ in range(2):
        branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES, samples=2)
    ways = Desk(workspace, NAME).slot(block).ways
    assert [way.text.partition(" begins")[0] for way in ways[1:]] == [f"The sceptic of way {k}" for k in range(4)]
    same = Recorded(Writing(lambda p, k: writes(p, 0)), recorded.store)
    for _ in range(2):
        assert branch(Desk(workspace, NAME), block, "sceptic", same, FRAMES).remark == "sceptic wrote the same again"
    assert Desk(workspace, NAME).slot(block).ways == ways


def test_a_section_as_it_was_noted_keeps_its_text_as_the_first_way(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path, Writing(lambda p, k: "" if p.frame == "section" else writes(p, k)))
    block = block_under(workspace, LAST)
    (only,) = (Desk(workspace, NAME).ways(block) or pytest.fail("it has a text")).ways
    assert (only.voice, only.is_chosen) == ("notes", True)
    with pytest.raises(ScribeError, match="has no alternatives"):
        Desk(workspace, NAME).slot(block)
    branch(Desk(workspace, NAME), block, "writer", Recorded(Writing(), recorded.store), FRAMES)
    ways = Desk(workspace, NAME).slot(block).ways
    assert [(way.voice, way.is_chosen) for way in ways] == [("notes", True), ("writer", False)]
    assert ways[0] == only
    Desk(workspace, NAME).pick(block, 2)
    Desk(workspace, NAME).pick(block, 1)
    assert only.text.partition("\n\n")[0] in workspace.post_path(NAME).read_text(encoding="utf-8")


def test_a_proposition_is_stated_anew_with_the_counterexamples_it_had(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    block = block_under(workspace, "### Proposition")
    (way,) = branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES).added
    assert way.text.startswith("the sceptic says that")
    page, picked = Desk(workspace, NAME).pick(block, 2)
    assert picked.is_chosen
    assert "**Statement.** the sceptic says that" in page.text
    assert "a model that is right there" in page.text
    (proposition,) = read_draft(workspace, NAME).propositions
    assert [len(way.counterexamples) for way in (proposition, *proposition.alternatives)] == [1, 0, 0]


def test_a_choice_made_while_it_writes_is_not_lost(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path, voices=("writer", "sceptic"))
    block = block_under(workspace, LAST)

    def pick(k: int, text: str) -> None:
        if "begins" in text:
            Desk(workspace, NAME).pick(block, 2)

    (way,) = branch(Desk(workspace, NAME), block, "formaliser", recorded, FRAMES, on_piece=pick).added
    assert way.number == 3
    assert [w.is_chosen for w in Desk(workspace, NAME).slot(block).ways] == [False, True, False]


def test_several_sessions_are_written_from_all_their_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workspace = Workspace(tmp_path)
    for name in ("monday", "tuesday"):
        (tmp_path / f"{name}.vtt").write_bytes(Path(sample_path()).read_bytes())
    with Pipeline(workspace) as pipeline:
        for name in ("monday", "tuesday"):
            pipeline.run(str(tmp_path / f"{name}.vtt"), stages=("notes",))
        pipeline.draft(["monday", "tuesday"], name="both")
    desk = Desk(workspace, "both")
    block = next(b.id for b in desk.blocks() if b.id and desk.part(b.id) == desk.post.sections[-1])
    simulator = Writing()
    with Rollouts(workspace.rollouts_path) as store:
        (way,) = branch(desk, block, "sceptic", Recorded(simulator, store), FRAMES).added
    shown = {segment.index for segment in simulator.asked[0].sources}
    assert min(shown) < desk.ground.sessions[1].first < max(shown)
    assert "[^s1-31]" in way.text


def sample_path() -> Path:
    return Path(__file__).parent.parent / "transcripts" / "simulators-1.vtt"


# ── Stopping ─────────────────────────────────────────────────────────────────────────────────


def test_what_was_written_before_a_stop_is_kept_as_what_it_is(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    simulator = Writing()
    recorded = Recorded(simulator, recorded.store)
    block = block_under(workspace, LAST)
    stopped = branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES, is_stopped=stops_after(12))
    assert (stopped.is_stopped, stopped.remark, simulator.is_closed, simulator.given) == (True, None, True, 12)
    kept = recorded.store.rollouts()[-1]
    words = writes(simulator.asked[-1], 0).split()[:12]
    assert kept.completion == Completion(text=" " + " ".join(words), finish="length")
    assert (kept.sampling.max_tokens, kept.sampling.samples) == (12, 1)
    (way,) = stopped.added
    assert (way.rollout, way.text.partition("[^")[0]) == (kept.id, "The sceptic of way 0 begins with Simulacra.")
    whole = branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES, fresh=False)
    assert [len(w.lines) for w in whole.added] == [2]
    assert recorded.store.rollouts()[-1].completion.finish == "end"


@pytest.mark.parametrize("pieces", [0, 1, 4])
def test_a_stop_before_a_sentence_adds_nothing(tmp_path: Path, pieces: int) -> None:
    workspace, recorded = drafted(tmp_path)
    block = block_under(workspace, "### Proposition" if pieces == 4 else LAST)
    before = read_draft(workspace, NAME), len(recorded.store)
    stopped = branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES, is_stopped=stops_after(pieces))
    assert stopped == Branched(is_stopped=True, remark="stopped before there was a sentence to read")
    assert (read_draft(workspace, NAME), len(recorded.store) - bool(pieces)) == before


def test_what_was_finished_before_a_stop_is_kept_whole(tmp_path: Path) -> None:
    def short_and_long(shown: Prompt, k: int) -> str:
        return writes(shown, k) if k % 2 else f" The short one. [{shown.sources[0].index}]"

    workspace, recorded = drafted(tmp_path)
    recorded = Recorded(Writing(short_and_long), recorded.store)
    block = block_under(workspace, LAST)
    stopped = branch(Desk(workspace, NAME), block, "sceptic", recorded, FRAMES, samples=2, is_stopped=stops_after(12))
    assert [way.text.partition("[^")[0] for way in stopped.added] == ["The short one."]
    assert [r.completion.finish for r in recorded.store.rollouts()[-2:]] == ["end", "length"]


def test_a_stop_after_the_last_piece_is_none(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    heard: list[str] = []
    found = branch(
        Desk(workspace, NAME),
        block_under(workspace, LAST),
        "sceptic",
        recorded,
        FRAMES,
        on_piece=lambda k, text: heard.append(text),
        is_stopped=lambda: "".join(heard).endswith("]") and "ends for" in "".join(heard),
    )
    assert (found.is_stopped, len(found.added)) == (False, 1)


def test_a_failure_midway_is_told_and_what_came_before_is_kept(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    broken = branch(
        Desk(workspace, NAME),
        block_under(workspace, LAST),
        "sceptic",
        Recorded(Writing(fails_after=12), recorded.store),
        FRAMES,
    )
    assert (broken.is_stopped, broken.remark) == (False, "writing: the server is down")
    assert [way.text.partition("[^")[0] for way in broken.added] == ["The sceptic of way 0 begins with Simulacra."]
    with pytest.raises(ScribeError, match="the server is down"):
        branch(
            Desk(workspace, NAME),
            block_under(workspace, LAST),
            "sceptic",
            Recorded(Writing(fails_after=0), recorded.store),
            FRAMES,
        )


def test_whoever_watches_may_fail_and_nothing_is_lost(tmp_path: Path) -> None:
    def leave(k: int, text: str) -> None:
        if "[31]" in text:
            raise KeyboardInterrupt

    workspace, recorded = drafted(tmp_path)
    simulator = Writing()
    with suppress(KeyboardInterrupt):
        branch(
            Desk(workspace, NAME),
            block_under(workspace, LAST),
            "sceptic",
            Recorded(simulator, recorded.store),
            FRAMES,
            on_piece=leave,
        )
    assert simulator.is_closed
    assert recorded.store.rollouts()[-1].completion.text.endswith("begins with Simulacra. [31]")


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (" ...", "sceptic wrote nothing in the frame's form"),
        ("", "sceptic wrote nothing"),
        (" none", "sceptic found nothing to write"),
    ],
)
def test_what_cannot_be_read_adds_nothing_and_is_not_asked_again(tmp_path: Path, text: str, remark: str) -> None:
    workspace, recorded = drafted(tmp_path)
    simulator = Writing(lambda p, k: text)
    block = block_under(workspace, LAST)
    found = branch(Desk(workspace, NAME), block, "sceptic", Recorded(simulator, recorded.store), FRAMES)
    assert found == Branched(remark=remark)
    assert len(simulator.asked) == 1


def test_what_cannot_be_branched_is_one_line(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path)
    desk, block = Desk(workspace, NAME), block_under(workspace, LAST)
    with pytest.raises(ScribeError, match="part of neither a section nor a proposition"):
        branch(desk, block_under(workspace, "## TL;DR"), "writer", recorded, FRAMES)
    with pytest.raises(ScribeError, match=r"'poet' is no voice that can write .* known: writer, sceptic, formaliser"):
        branch(desk, block, "poet", recorded, FRAMES)
    notes = workspace.notes_json_path(NAME)
    other = NOTES.recipe.model_copy(update={"source_digest": "f" * 64})
    workspace.save_record(notes, NOTES.model_copy(update={"recipe": other}))
    with pytest.raises(ScribeError, match="its notes are of another transcript; make them again with: scribe notes"):
        branch(desk, block, "writer", recorded, FRAMES)
    notes.unlink()
    with pytest.raises(ScribeError, match="expected notes to write from, found none; make them with: scribe notes"):
        branch(desk, block, "writer", recorded, FRAMES)


# ── Real simulators ──────────────────────────────────────────────────────────────────────────


def test_a_request_ends_when_it_is_stopped(tmp_path: Path) -> None:
    """The server writes for ever; it sees that nobody reads any more."""

    def endless(asked: Asked) -> Reply:
        def lines() -> Iterator[str]:
            yield part(asked, " It begins here. [41]")
            while not server.stopping.wait(0.01):
                yield part(asked, " and so on")

        return Reply(lines=lines())

    workspace, recorded = drafted(tmp_path, Extract())
    with Server(endless) as server:
        simulator = open_simulator(f"openai:tiny@{server.url}?as=base&context=16384")
        found = branch(
            Desk(workspace, NAME),
            block_under(workspace, LAST),
            "sceptic",
            Recorded(simulator, recorded.store),
            FRAMES,
            is_stopped=stops_after(5),
        )
        assert server.wait_for(lambda: server.log[-1][0] == "ended")
        assert [event for event, _ in server.log] == ["asked", "begun", "ended"]
        assert not server.stopping.is_set()
    assert found.is_stopped
    assert recorded.store.rollouts()[-1].completion.text.endswith(" and so on")
    assert recorded.store.rollouts()[-1].completion.finish == "length"


def test_a_small_model_is_watched_and_stopped(tmp_path: Path, small: Small) -> None:
    workspace, recorded = drafted(tmp_path, Extract())
    model = Recorded(open_simulator(f"hf:{small.base}", device="cpu"), recorded.store)
    block = block_under(workspace, LAST)
    heard: list[tuple[int, str]] = []
    stopped = branch(
        Desk(workspace, NAME),
        block,
        "sceptic",
        model,
        FRAMES,
        samples=2,
        on_piece=lambda k, text: heard.append((k, text)),
        is_stopped=lambda: len(heard) >= 60,
    )
    assert stopped.is_stopped
    assert len(heard) == 60
    kept = recorded.store.rollouts()[-2:]
    assert [r.completion.text for r in kept] == ["".join(t for k, t in heard if k == n) for n in range(2)]
    assert all(r.sampling.max_tokens < FRAMES["section"].sampling.max_tokens for r in kept)
    assert len(Desk(workspace, NAME).ways(block).ways) == 1 + len(stopped.added)  # type: ignore[union-attr]


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────


def test_each_choice_is_in_the_tree_and_in_the_ledger(tmp_path: Path) -> None:
    workspace, recorded = drafted(tmp_path, voices=("writer", "sceptic"))
    block, store = block_under(workspace, LAST), recorded.store
    Desk(workspace, NAME).pick(block, 2, rollouts=store)
    Desk(workspace, NAME).pick(block, 2, rollouts=store)
    branch(Desk(workspace, NAME), block, "formaliser", recorded, FRAMES, samples=2)
    ways = Desk(workspace, NAME).slot(block, store).ways
    Desk(workspace, NAME).pick(block, 4, rollouts=store)
    chosen = store.choices()
    assert [(one.among, one.bits, one.rollout) for one in chosen] == [
        (2, 1.0, ways[1].rollout),
        (4, 2.0, ways[3].rollout),
    ]
    (one,) = read_choices(workspace, NAME)
    assert (one.draw, one.sample, bits([one])) == (ways[3].draw, 1, 2.0)


def test_a_draft_of_an_older_scribe_can_be_chosen_from(tmp_path: Path) -> None:
    """Its alternatives do not say where they were drawn: their choices count, and lead nowhere."""
    workspace, recorded = drafted(tmp_path, voices=("writer", "sceptic"))
    path = workspace.draft_json_path(NAME)
    path.write_text(
        "\n".join(row for row in path.read_text().splitlines() if '"draw"' not in row).replace(
            ",\n        }", "\n        }"
        )
    )
    block = block_under(workspace, LAST)
    with suppress(ScribeError):
        assert read_draft(workspace, NAME).sections[0].alternatives[0].draw == ""
    _, way = Desk(workspace, NAME).pick(block, 2, rollouts=recorded.store)
    assert (way.rollout, way.draw, way.is_chosen) == (None, "", True)
    assert [(c.draw, c.rollout, c.bits) for c in recorded.store.choices()] == [("", None, 1.0)]


def test_ones_own_text_stands_and_the_pick_is_proposed(tmp_path: Path) -> None:
    workspace, _ = drafted(tmp_path, voices=("writer", "sceptic"))
    block = block_under(workspace, LAST)
    own = "Quite another sentence, which is mine."
    text = next(b.content for b in split(workspace.post_path(NAME).read_text()).blocks if b.id == block)
    edited(workspace, text, own)
    slot = Desk(workspace, NAME).slot(block)
    assert slot.is_own
    assert [way.is_chosen for way in slot.ways] == [False, False]
    page, way = Desk(workspace, NAME).pick(block, 2)
    assert (own in page.text, page.written.proposals, way.is_chosen) == (True, 1, False)
    page, way = Desk(workspace, NAME).pick(block, 2, over_own=True)
    assert (own in page.text, page.written.proposals, way.is_chosen) == (False, 0, True)
    assert way.text.partition("[^")[0] in page.text
    assert any(own in version.path.read_text() for version in workspace.versions(workspace.post_path(NAME)))
    assert not Desk(workspace, NAME).slot(block).is_own
    assert known_proposals(workspace, workspace.post_path(NAME)).proposals == ()


def test_over_ones_own_what_was_generated_comes_back_and_what_is_locked_stays(tmp_path: Path) -> None:
    """A section with one text: what a person deleted of it is there again; their other blocks are as they left them."""
    workspace, _ = drafted(tmp_path, Extract())
    path, block = workspace.post_path(NAME), block_under(workspace, LAST)
    page = path.read_text(encoding="utf-8")
    edited(workspace, LAST, f"{LAST}, as I call it\n\nOf my own.")
    delete(workspace, block)
    heading = block_under(workspace, LAST, 0)
    slot = Desk(workspace, NAME).ways(heading)
    assert slot is not None
    assert slot.is_own
    Desk(workspace, NAME).pick(heading, 1, over_own=True)
    text = next(b.content for b in split(page).blocks if b.id == block)
    wanted = page.replace(LAST, f"{LAST}, as I call it").replace(text, f"{text}\n\nOf my own.")
    assert without_status(path.read_text(encoding="utf-8")) == without_status(wanted)
    edited(workspace, f"<!-- scribe: {block} -->", f"<!-- scribe: {block} keep -->")
    text = path.read_text(encoding="utf-8").replace("Mira", "She")
    path.write_text(text, encoding="utf-8")
    Desk(workspace, NAME).pick(heading, 1, over_own=True)
    kept = next(b.content for b in split(path.read_text(encoding="utf-8")).blocks if b.id == block)
    assert kept == next(b.content for b in split(text).blocks if b.id == block)


def test_renaming_a_heading_or_signing_is_not_writing_ones_own(tmp_path: Path) -> None:
    workspace, _ = drafted(tmp_path)
    edited(workspace, LAST, f"{LAST}, as I call it")
    edited(workspace, "reviewed by nobody yet.", "reviewed by Ada.")
    for block in (block_under(workspace, LAST), block_under(workspace, "### Proposition")):
        slot = Desk(workspace, NAME).ways(block)
        assert slot is not None
        assert not slot.is_own
        assert slot.ways[0].is_chosen
    edited(workspace, "the bound becomes empty[", "the bound is empty[")
    slot = Desk(workspace, NAME).ways(block_under(workspace, "### Proposition"))
    assert slot is not None
    assert slot.is_own


def lock(workspace: Workspace, block: str | int, *, is_locked: bool) -> str:
    path = workspace.post_path(NAME)
    workspace.retype(path, lambda text: with_lock(text or "", block, is_locked=is_locked))
    return path.read_bytes().decode()


def delete(workspace: Workspace, block: str | int) -> str:
    path = workspace.post_path(NAME)
    text = path.read_bytes().decode()
    at = next(n for n, found in enumerate(split(text).blocks) if block in (n, found.id))
    return save(workspace, path, Pen.on(text, at), "", keeps=True).text


# ── Locking and deleting ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_clone", [False, True])
def test_what_is_locked_or_deleted_stays_so(tmp_path: Path, is_clone: bool) -> None:
    workspace, recorded = drafted(tmp_path)
    path, kept, gone = workspace.post_path(NAME), block_under(workspace, LAST), block_under(workspace, "## TL;DR")
    state, page = read_state(workspace, path), path.read_text(encoding="utf-8")
    if is_clone:
        shutil.rmtree(tmp_path / ".scribe" / "base")
    locked = lock(workspace, kept, is_locked=True)
    assert locked == page.replace(f"<!-- scribe: {kept} -->", f"<!-- scribe: {kept} keep -->")
    without = delete(workspace, gone)
    assert gone not in without
    assert without.count("\n\n\n") == 0
    if is_clone:
        assert workspace.look(path).base is None
    else:
        assert read_state(workspace, path) == state
    ground = ground_of(workspace, NAME, [SEMINAR])
    write_post(workspace, ground, NOTES, recorded, FRAMES, wishes=Wishes(samples=1, voices=("sceptic",)))
    text = path.read_text(encoding="utf-8")
    block = next(b for b in split(text).blocks if b.id == kept)
    assert block.is_locked
    assert "The writer of way 0" in block.content
    assert gone not in text
    opened = lock(workspace, kept, is_locked=False)
    assert opened == text.replace(f"<!-- scribe: {kept} keep -->", f"<!-- scribe: {kept} -->")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_block_of_ones_own_is_named_by_its_place(tmp_path: Path, newline: str) -> None:
    workspace, _ = drafted(tmp_path)
    path = workspace.post_path(NAME)
    edited(workspace, LAST, f"Of my own.\n\n{LAST}")
    path.write_bytes(path.read_text(encoding="utf-8").replace("\n", newline).encode())
    text = path.read_bytes()
    at = next(n for n, b in enumerate(split(text.decode()).blocks) if b.content == "Of my own.")
    lock(workspace, at, is_locked=True)
    # The mark above it is the heading's no more, since the person put their block between the two.
    assert split(path.read_bytes().decode()).blocks[at].is_locked
    lock(workspace, at, is_locked=False)
    assert path.read_bytes() == text
    delete(workspace, at)
    assert [b.content for b in split(path.read_bytes().decode()).blocks] == [
        b.content for b in split(text.decode()).blocks if b.content != "Of my own."
    ]


def test_what_cannot_be_locked_or_deleted_is_one_line(tmp_path: Path) -> None:
    workspace, _ = drafted(tmp_path)
    text = workspace.post_path(NAME).read_bytes()
    with pytest.raises(ScribeError, match="'zzzzzz' is no block of the page"):
        lock(workspace, "zzzzzz", is_locked=True)
    last = len(split(text.decode()).blocks) - 1
    with pytest.raises(ScribeError, match="expected a block of the text to lock, found a footnote_reference"):
        lock(workspace, last, is_locked=True)
    assert workspace.post_path(NAME).read_bytes() == text


def test_the_sample_as_a_clone_has_it_can_be_chosen_from(tmp_path: Path) -> None:
    """Without `.scribe`, as after `git clone`: slots and what was generated are recalled from `draft.json`."""
    root = Path(__file__).parent.parent
    for name in ("drafts", "transcripts"):
        shutil.copytree(root / name, tmp_path / name)
    workspace = Workspace(tmp_path)
    page = workspace.post_path(NAME).read_bytes()
    desk = Desk(workspace, NAME)
    assert sum(block.typed for block in desk.blocks()) == 0
    block = block_under(workspace, "## Simulator", 2)
    with Rollouts(None) as store:
        recorded = Recorded(Extract(), store)
        assert branch(desk, block, "writer", recorded, FRAMES).remark == "writer wrote the same again"
        assert [way.voice for way in branch(desk, block, "sceptic", recorded, FRAMES).added] == ["sceptic"]
    assert workspace.post_path(NAME).read_bytes() == page
    assert isinstance(Desk(workspace, NAME).part(block), Section)
    written, way = Desk(workspace, NAME).pick(block, 2)
    assert (written.written.proposals, way.is_chosen) == (0, True)
    assert scribe("alternatives", NAME, block, "-w", str(tmp_path))[0] == 0


def test_completions_are_whole_texts() -> None:
    """The simulator of these tests keeps to the protocol: pieces joined are what is sampled."""
    shown = Prompt(
        scene="", cue="Heading: It", voice="writer", sources=SEMINAR.segments, yields="paragraph", frame="section"
    )
    pieces = list(Writing().stream([shown], Sampling(samples=2)))
    for k in range(2):
        own = [piece for piece in pieces if piece.sample == k]
        assert own[-1].completion == completion("".join(piece.text for piece in own))
