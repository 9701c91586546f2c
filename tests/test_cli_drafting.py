"""A post as a person lives with it: drafted, edited, drafted again, chosen from, checked, taken back, handed on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, alone_in, scribe

from scribe.revise import split
from scribe.shelf import Workspace

SAMPLE = ROOT / "transcripts" / "simulators-1.vtt"
SOURCE = "transcripts/simulators-1.vtt"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that is the current folder, with the sample in it and its post drafted."""
    alone_in(tmp_path, monkeypatch)
    (tmp_path / "transcripts").mkdir()
    for suffix in (".vtt", ".m4a"):
        shutil.copy(SAMPLE.with_suffix(suffix), tmp_path / "transcripts")
    assert scribe("draft", SOURCE)[0] == 0
    return tmp_path


def post(workspace: Path, name: str = "simulators-1") -> Path:
    return workspace / "drafts" / name / "post.md"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def block_of(path: Path, words: str) -> str:
    """The id of the block that holds some words."""
    found = next(block.id for block in split(path.read_text()).blocks if words in block.content)
    assert found is not None
    return found


# ── Edits ────────────────────────────────────────────────────────────────────────────────────


def test_an_edited_post_takes_up_what_is_new_and_keeps_what_is_a_persons(workspace: Path) -> None:
    edit(post(workspace), "## Simulacra", "## Simulacra side by side\n\nMy own question comes first.")
    edit(workspace / SOURCE, "chess game", "game of go")
    code, _, told = scribe("draft", SOURCE)
    assert code == 0
    assert "merged with what you wrote: drafts/simulators-1/post.md" in told
    text = post(workspace).read_text()
    assert "## Simulacra side by side\n\nMy own question comes first." in text
    assert "a dialogue or a game of go.[^4]" in text
    assert "chess" not in text
    assert re.search(r"Epistemic status: a draft, 9\d % generated .*, [1-9] % written by a person; 2 of 2", text)


def test_what_does_not_fit_lies_beside_and_the_run_says_how_many(workspace: Path) -> None:
    edit(post(workspace), "such as an author, a dialogue or a chess game.[^4]", "for instance a game of chess.[^4]")
    edit(workspace / SOURCE, "a dialogue or a chess game", "a dialogue, or a game of go or chess")
    code, _, told = scribe("draft", SOURCE)
    assert code == 0
    assert "1 change did not fit what you wrote: drafts/simulators-1/proposals.md" in told
    assert "for instance a game of chess" in post(workspace).read_text()
    proposals = (workspace / "drafts/simulators-1/proposals.md").read_text()
    assert "### Under “Definitions”, block `" in proposals
    assert "> **Definition 2.** **Ada:** A simulacrum" in proposals
    assert "go or chess.[^4]" in proposals
    assert re.search(r"^\[\^4\]: \*\*Ada\*\*", proposals, re.M)
    code, _, told = scribe("draft", SOURCE)
    assert "unchanged: drafts/simulators-1/post.md" in told
    assert (workspace / "drafts/simulators-1/proposals.md").read_text() == proposals


def test_a_proposal_that_was_deleted_does_not_come_back(workspace: Path) -> None:
    edit(post(workspace), "such as an author, a dialogue or a chess game.[^4]", "for instance a game of chess.[^4]")
    edit(workspace / SOURCE, "a dialogue or a chess game", "a dialogue, or a game of go or chess")
    scribe("draft", SOURCE)
    beside = workspace / "drafts/simulators-1/proposals.md"
    beside.write_text(beside.read_text().split("## post.md")[0])
    edit(workspace / SOURCE, "Mm-hmm.", "Hmm.")
    scribe("draft", SOURCE)
    assert "go or chess" not in beside.read_text()


def test_only_blocks_that_cite_corrected_lines_are_drafted_anew(workspace: Path) -> None:
    before = {b.id: b.content for b in split(post(workspace).read_text()).blocks if b.id}
    edit(post(workspace), "1. *(said)* **Tomás:** My set-up is", "1. *(said)* **Tomás:** My plain set-up is")
    edit(workspace / SOURCE, "a minute-taker and a sceptic", "a minute-taker, a newcomer and a sceptic")
    _, _, told = scribe("draft", SOURCE)
    assert "generated anew where corrected lines are cited, 2 blocks; of these you had edited, so read them: " in told
    after = {b.id: b.content for b in split(post(workspace).read_text()).blocks if b.id}
    changed = {found for found in before if before[found] != after.get(found)}
    status = block_of(post(workspace), "Epistemic status")
    assert all("[^32]" in after[found] or found == status for found in changed)
    assert any("a newcomer" in after[found] for found in changed)
    assert "My plain set-up is one shared record and a cue for each simulacrum, a minute-taker, a newcomer" in (
        post(workspace).read_text()
    )


def test_stale_blocks_are_marked_until_the_post_is_drafted_again(workspace: Path) -> None:
    assert "(stale)" not in scribe("alternatives", "simulators-1")[1]
    transcript = Workspace(workspace).load_transcript("simulators-1")
    lines = [s.model_copy(update={"text": s.text.replace("sceptic", "skeptic")}) for s in transcript.segments]
    Workspace(workspace).save_transcript(transcript.model_copy(update={"segments": tuple(lines)}))
    stale = [row for row in scribe("alternatives", "simulators-1")[1].splitlines() if row.endswith("(stale)")]
    assert len(stale) == 2


def test_a_kept_block_stays_and_is_shown_to_the_simulator(workspace: Path) -> None:
    edit(post(workspace), "**Definition 2.**", "<!-- scribe: keep -->\n**Definition 2.**")
    edit(workspace / SOURCE, "chess game", "game of go")
    _, _, told = scribe("draft", SOURCE)
    assert "did not fit" not in told
    assert (
        "**Definition 2.** **Ada:** A simulacrum is a process that the model plays when it continues a text, such as"
        in (post(workspace).read_text())
    )
    assert "chess game" in post(workspace).read_text()
    assert "(kept)" in scribe("alternatives", "simulators-1")[1]


def test_notes_are_merged_too_also_in_a_clone(workspace: Path) -> None:
    scribe("notes", SOURCE)
    notes = workspace / "drafts/simulators-1/notes.md"
    edit(notes, "## Overview", "## In short\n\nMine alone.")
    shutil.rmtree(workspace / ".scribe")
    edit(workspace / SOURCE, "chess game", "game of go")
    _, _, told = scribe("notes", SOURCE)
    assert "merged with what you wrote: drafts/simulators-1/notes.md" in told
    assert "did not fit" not in told
    text = notes.read_text().split("\n[^")[0]
    assert "## In short\n\nMine alone." in text
    assert "game of go" in text
    assert "chess" not in text


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "expected UTF-8, found another byte at 0"),
        (lambda path: path.chmod(0o444), "it is read-only and stays as it is"),
    ],
)
def test_a_post_that_cannot_be_merged_is_one_line(workspace: Path, spoil: object, message: str) -> None:
    spoil(post(workspace))  # type: ignore[operator]
    before = post(workspace).read_bytes()
    edit(workspace / SOURCE, "chess game", "game of go")
    code, _, told = scribe("draft", SOURCE)
    assert code == 1
    (line,) = [line for line in told.splitlines() if line.startswith("scribe: ")]
    assert message in line
    assert post(workspace).read_bytes() == before


def test_diff_shows_and_writes_nothing(workspace: Path) -> None:
    edit(post(workspace), "## Simulacra", "## Simulacra side by side")
    edit(workspace / SOURCE, "chess game", "game of go")
    before = {p: p.read_bytes() for p in workspace.rglob("*") if p.is_file() and "rollouts" not in p.name}
    code, out, _ = scribe("draft", SOURCE, "--diff")
    assert code == 0
    assert "+**Definition 2.** **Ada:** A simulacrum is a process" in out
    assert "game of go" in out
    assert before == {p: p.read_bytes() for p in workspace.rglob("*") if p.is_file() and "rollouts" not in p.name}
    scribe("draft", SOURCE)
    assert scribe("draft", SOURCE, "--diff")[1] == "post.md: nothing would change\n"
    assert json.loads(scribe("draft", SOURCE, "--diff", "--json")[1])["diffs"] == [""]


# ── Outlines and sequences ───────────────────────────────────────────────────────────────────


def test_an_edited_outline_is_followed(workspace: Path) -> None:
    code, _, told = scribe("draft", SOURCE, "--outline")
    assert code == 0
    assert "wrote drafts/simulators-1/outline.md" in told
    outline = workspace / "drafts/simulators-1/outline.md"
    text = outline.read_text()
    titles = re.findall(r"^## (.+)$", text, re.M)
    rows = re.findall(r"^- \[.*$", text, re.M)
    assert len(titles) == len(rows) == 2
    outline.write_text(f"# Outline\n\n## In tandem\n{rows[1]}\n\n## {titles[0]}\n{rows[0]}\n")
    edit(post(workspace), "## TL;DR", "## In short")
    assert scribe("draft", SOURCE)[0] == 0
    drafted = post(workspace).read_text()
    assert "## In short" in drafted
    assert drafted.index("## In tandem") < drafted.index(f"## {titles[0]}\n")
    outline.write_text(f"## In tandem\n{rows[1]}\n")
    scribe("draft", SOURCE)
    drafted = post(workspace).read_text()
    assert f"## {titles[0]}\n" not in drafted
    assert "## In tandem" in drafted


def test_who_reads_is_another_matter_than_who_writes(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBE_VOICES", "formaliser")
    _, out, _ = scribe("draft", SOURCE, "--voices", "sceptic", "--json")
    kinds = {sentence["kind"] for sentence in json.loads(out)["sentences"] if sentence["topic"]}
    assert kinds == {"definition", "conjecture"}


def test_an_outline_without_a_line_is_told(workspace: Path) -> None:
    scribe("draft", SOURCE, "--outline")
    (workspace / "drafts/simulators-1/outline.md").write_text("# Mine\n\nnothing yet\n")
    code, _, told = scribe("draft", SOURCE)
    assert code == 1
    assert "expected headings `## …` with lines such as `- [0-12]` under them, found none" in told


def test_several_sessions_make_one_post(workspace: Path) -> None:
    second = (workspace / SOURCE).read_text().replace("simulacrum", "character")
    (workspace / "transcripts/simulators-2.vtt").write_text(second)
    code, _, _ = scribe("draft", SOURCE, "transcripts/simulators-2.vtt", "--name", "both")
    assert code == 0
    text = post(workspace, "both").read_text()
    assert "from an extractive summary of simulators-1 and simulators-2" in text
    assert "[^s1-" in text
    assert "[^s2-" in text
    assert set(re.findall(r"^\[\^([^\]]+)\]:", text, re.M)) == set(re.findall(r"\[\^([^\]]+)\](?!:)", text))
    assert "simulators-2, line" in text
    _, out, _ = scribe("draft", SOURCE, "transcripts/simulators-2.vtt", "--name", "both", "--outline", "--json")
    assert [Path(f["path"]).name for f in json.loads(out)["files"]] == ["outline.md"]
    assert "- simulators-2 \\[" not in (workspace / "drafts/both/outline.md").read_text()
    assert "- simulators-2 [" in (workspace / "drafts/both/outline.md").read_text()
    edit(post(workspace, "both"), "## TL;DR", "## In short")
    code, _, told = scribe("draft", "both")
    assert code == 0
    assert "merged with what you wrote: drafts/both/post.md" in told
    assert "## In short" in post(workspace, "both").read_text()
    assert scribe("lint", "both")[0] == 0
    assert scribe("alternatives", "both")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SOURCE, SOURCE), "is there twice; name each session of a sequence once"),
        ((SOURCE, "missing.vtt"), "missing.vtt: expected a recording"),
        ((SOURCE, "two.vtt", "--name", "../up"), "'../up' cannot name a folder"),
        ((SOURCE, "two.vtt", "--name", "two"), "'two' is one of the sessions"),
        ((SOURCE, "--voices", "poet"), "no frame of a draft has the voice 'poet'"),
    ],
)
def test_a_draft_that_cannot_be_is_one_line(workspace: Path, arguments: tuple[str, ...], message: str) -> None:
    shutil.copy(workspace / SOURCE, workspace / "two.vtt")
    code, _, told = scribe("draft", *arguments)
    assert code == 1
    (line,) = [line for line in told.splitlines() if line.startswith("scribe: ")]
    assert message in line


# ── Alternatives ─────────────────────────────────────────────────────────────────────────────


def test_alternatives_stand_side_by_side_and_one_is_put_in(workspace: Path) -> None:
    assert scribe("draft", SOURCE, "--samples", "3", "--voices", "writer,sceptic,formaliser")[0] == 0
    block = block_of(post(workspace), "## Simulator")
    code, out, _ = scribe("alternatives", "simulators-1", block)
    assert code == 0
    assert "1. writer (in the post)" in out
    assert "2. sceptic" in out
    ways = [json.loads(row) for row in scribe("alternatives", "simulators-1", block, "--json")[1].splitlines()]
    assert [way["voice"] for way in ways] == ["writer", "sceptic"]
    assert all(way["verdicts"]["supported"] == len(way["lines"]) for way in ways[1:])
    edit(post(workspace), "## Simulacra", "## Simulacra, as I call them")
    code, _, _ = scribe("alternatives", "simulators-1", block, "--pick", "2")
    assert code == 0
    text = post(workspace).read_text()
    assert ways[1]["text"] in text
    assert ways[0]["text"] not in text
    assert "## Simulacra, as I call them" in text
    assert "1 text chosen among 2; 2 of 2" in text
    scribe("draft", SOURCE)
    assert post(workspace).read_text() == text
    listed = [json.loads(row) for row in scribe("alternatives", "simulators-1", "--json")[1].splitlines()]
    (told_of,) = [row for row in listed if row["id"] == block]
    assert (told_of["choices"], told_of["alternatives"]) == (1, 2)
    assert "1 choice, 1.0 bits" in scribe("alternatives", "simulators-1")[2]


def test_a_choice_is_put_in_also_where_an_outline_is_followed_and_lines_were_corrected(workspace: Path) -> None:
    scribe("draft", SOURCE, "--outline")
    scribe("draft", SOURCE, "--voices", "writer,sceptic")
    transcript = Workspace(workspace).load_transcript("simulators-1")
    lines = [s.model_copy(update={"text": s.text.replace("a sceptic", "a skeptic")}) for s in transcript.segments]
    Workspace(workspace).save_transcript(transcript.model_copy(update={"segments": tuple(lines)}))
    block = block_of(post(workspace), "## Simulator")
    assert scribe("alternatives", "simulators-1", block, "--pick", "2")[0] == 0
    assert "Ada agreed, but there was a bound." in post(workspace).read_text()
    assert "(stale)" in scribe("alternatives", "simulators-1")[1]
    _, _, told = scribe("draft", "simulators-1", "--voices", "writer,sceptic")
    assert "generated anew where corrected lines are cited" in told
    assert "a skeptic" in post(workspace).read_text()
    assert "Ada agreed, but there was a bound." in post(workspace).read_text()


def test_the_ledger_tells_what_was_typed(workspace: Path) -> None:
    edit(post(workspace), "## Open questions", "Typed by hand.\n\n## Open questions")
    listed = [json.loads(row) for row in scribe("alternatives", "simulators-1", "--json")[1].splitlines()]
    assert [row["begins"] for row in listed if row["typed"]] == ["Typed by hand."]
    assert sum(row["typed"] for row in listed) == len("Typed by hand.")


def test_what_was_generated_before_is_not_typed_by_whoever_kept_it(workspace: Path) -> None:
    """A block that a person kept against a new text went on from an older one."""
    edit(post(workspace), "such as an author, a dialogue or a chess game.[^4]", "for instance playing cards.[^4]")
    for other in ("a dialogue, or a game of go or chess", "a sermon, a proof, or a dance"):
        text = (workspace / SOURCE).read_text()
        (workspace / SOURCE).write_text(re.sub(r"such as an author, .*", f"such as an author, {other}.", text))
        scribe("draft", SOURCE)
        listed = [json.loads(row) for row in scribe("alternatives", "simulators-1", "--json")[1].splitlines()]
        assert sum(row["typed"] for row in listed) == len("for instance playing cards.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("simulators-9",), "expected a post, found none"),
        (("simulators-1", "zzzzzz"), "'zzzzzz' is no block of the post; scribe draft --samples N makes some"),
        (("simulators-1", "--pick", "1"), "--pick: expected a block to put it in"),
        (("../x",), "../x: expected the name of a folder in drafts/"),
    ],
)
def test_alternatives_that_there_are_not(workspace: Path, arguments: tuple[str, ...], message: str) -> None:
    code, _, told = scribe("alternatives", *arguments)
    assert code in (1, 2)
    assert message in told
    assert len(told.splitlines()) == 1


def test_a_number_that_there_is_not(workspace: Path) -> None:
    scribe("draft", SOURCE, "--voices", "writer,sceptic")
    code, _, told = scribe("alternatives", "simulators-1", block_of(post(workspace), "## Simulator"), "--pick", "7")
    assert (code, told) == (1, "scribe: --pick 7: expected a number from 1 to 2, for so many there are\n")


# ── Lint ─────────────────────────────────────────────────────────────────────────────────────

FLAWED = """\
### Proposition 3

**Statement.** For every model $q$ the loss is at most $\\varepsilon$.[^7]

**Sketch.**

1. *(said)* bread needs nine ovens.[^7]
2. it is left to the reader.

**Status.** sketch; reviewed by nobody yet.

"""


def test_lint_names_the_rule_the_line_and_the_step(workspace: Path) -> None:
    assert scribe("lint", "simulators-1")[0] == 0
    edit(post(workspace), "### Proposition 1\n", f"{FLAWED}### Proposition 1\n")
    code, out, _ = scribe("lint", str(post(workspace)))
    assert code == 1
    for rule in ("unbound-variable", "unsupported-said", "left-to-reader", "untagged-step", "missing-counterexample"):
        assert f"({rule})" in out
    lines = post(workspace).read_text().splitlines()
    (row,) = [row for row in out.splitlines() if "unsupported-said" in row]
    assert "bread" in lines[int(row.split(":")[1]) - 1]
    found = [json.loads(row) for row in scribe("lint", "simulators-1", "--json")[1].splitlines()]
    assert {f["rule"] for f in found} >= {"unsupported-said"}


def test_what_lint_finds_stands_beside_the_proposition(workspace: Path) -> None:
    setup = "My set-up is one shared record and a cue for each simulacrum, a minute-taker and a sceptic"
    statement = f"1. *(said)* **Tomás:** {setup}"
    edit(post(workspace), statement, "1. *(said)* It is left to the reader to bake bread in nine ovens")
    _, _, told = scribe("draft", SOURCE)
    assert "Proposition 2, step 1 (left-to-reader)" in told
    text = post(workspace).read_text()
    assert "**Lint.**" in text
    assert text.index("### Proposition 2") < text.index("**Lint.**") < text.index("## Open questions")
    again = scribe("draft", SOURCE)[2]
    assert "unchanged" in again
    edit(post(workspace), "It is left to the reader to bake bread in nine ovens", statement[12:])
    scribe("draft", SOURCE)
    assert "**Lint.**" not in post(workspace).read_text()


def test_a_name_under_a_proposition_counts_as_a_review(workspace: Path) -> None:
    text = post(workspace).read_text()
    post(workspace).write_text(text.replace("sketch; reviewed by nobody yet.", "reviewed by Ada Byron.", 1))
    scribe("draft", SOURCE)
    assert "1 of 2 propositions unreviewed" in post(workspace).read_text()
    edit(post(workspace), "## Open questions", f"{FLAWED}## Open questions")
    scribe("draft", SOURCE)
    assert "2 of 3 propositions unreviewed" in post(workspace).read_text()


def test_rules_are_told() -> None:
    code, out, _ = scribe("lint", "--rules")
    assert code == 0
    assert len(out.splitlines()) == 11
    assert scribe("lint")[0] == 2


# ── Taking back ──────────────────────────────────────────────────────────────────────────────


def test_any_version_comes_back(workspace: Path) -> None:
    assert "no former versions" in scribe("restore", "simulators-1")[2]
    mine = post(workspace).read_text().replace("## TL;DR", "## In short")
    post(workspace).write_text(mine)
    edit(workspace / SOURCE, "chess game", "game of go")
    scribe("draft", SOURCE)
    merged = post(workspace).read_text()
    code, out, _ = scribe("restore", "simulators-1")
    assert code == 0
    assert len(out.splitlines()) == 1
    code, _, _ = scribe("restore", "simulators-1", "--to", "1")
    assert code == 0
    assert post(workspace).read_text() == mine
    assert len(scribe("restore", str(post(workspace)), "--json")[1].splitlines()) == 2
    scribe("draft", SOURCE)
    assert post(workspace).read_text() == merged
    assert "--to '9'" in scribe("restore", "simulators-1", "--to", "9")[2]


# ── Handing on ───────────────────────────────────────────────────────────────────────────────


def test_pages_are_exported_beside_themselves(workspace: Path) -> None:
    scribe("notes", SOURCE)
    code, _, _ = scribe("export", "simulators-1", "--to", "html")
    assert code == 0
    folder = workspace / "drafts/simulators-1"
    html = (folder / "post.html").read_text()
    assert "scribe: " not in html
    assert 'src="../../transcripts/simulators-1.m4a"' in html
    assert (folder / "notes.html").is_file()
    for to, name in (("docx", "post.docx"), ("latex", "post.tex"), ("forum", "post.forum.md"), ("pdf", "post.pdf")):
        assert scribe("export", "drafts/simulators-1/post.md", "--to", to)[0] == 0
        assert (folder / name).stat().st_size > 1000
    out = workspace / "mine.html"
    assert scribe("export", "simulators-1", "--to", "html", "-o", str(out))[0] == 0
    assert out.is_file()


def test_an_export_that_somebody_changed_is_not_written_over(workspace: Path) -> None:
    scribe("export", "simulators-1", "--to", "forum")
    edit(post(workspace), "## TL;DR", "## In short")
    assert scribe("export", "simulators-1", "--to", "forum")[0] == 0
    exported = workspace / "drafts/simulators-1/post.forum.md"
    assert "## In short" in exported.read_text()
    exported.write_text("mine")
    edit(post(workspace), "## In short", "## Short")
    code, _, told = scribe("export", "simulators-1", "--to", "forum")
    assert code == 1
    assert "a different file is there already" in told
    assert exported.read_text() == "mine"
    assert scribe("export", "simulators-1", "--to", "forum", "--force")[0] == 0


def test_a_missing_converter_is_a_line(workspace: Path) -> None:
    code = (
        "import sys; sys.modules['pypandoc'] = None; sys.argv = ['scribe', 'export', 'simulators-1', '--to', 'html']\n"
        "from scribe.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=workspace)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert ".[export]" in line
    assert not (workspace / "drafts/simulators-1/post.html").exists()


def test_two_drafts_at_once_lose_nothing(workspace: Path) -> None:
    edit(post(workspace), "## TL;DR", "## In short")
    edit(workspace / SOURCE, "chess game", "game of go")
    command = [sys.executable, "-m", "scribe", "draft", SOURCE]
    running = [subprocess.Popen(command, cwd=workspace, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    text = post(workspace).read_text()
    assert "## In short" in text
    assert "game of go.[^4]" in text
    assert text.count("## Simulacra\n") == 1
    assert not list(workspace.rglob("*.tmp"))
