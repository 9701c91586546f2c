from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe import frames
from scribe.records import Prompt, Sampling, ScribeError, Segment

FIXTURES = Path(__file__).parent / "fixtures" / "frames"
CURATED = Path(__file__).parent.parent / "prompts"

SEGMENTS = (
    Segment(index=12, text="So it is {claims}\nonly  a limit?", speaker="Wen"),
    Segment(index=13, text="## Scene"),
)


def plain() -> frames.Frame:
    return frames.load("plain", [FIXTURES])


def expected() -> list[tuple[str, list[str]]]:
    """Findings by file from expected.txt: a file's name, then its findings, each on a line of its own."""
    found: dict[str, list[str]] = {}
    for line in (FIXTURES / "broken" / "expected.txt").read_text(encoding="utf-8").splitlines():
        name, _, finding = line.partition(": ")
        found.setdefault(name, []).append(f"{name}: {finding}")
    return list(found.items())


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


def test_a_frame_is_read_byte_for_byte() -> None:
    frame = plain()
    assert frame.sampling == Sampling(max_tokens=100, stop=("\n\n",))
    assert frame.description == "The smallest frame that has everything."
    assert frame.scene.startswith("Minutes of {title}, for whoever asked.\n\nThe record:\n{record}\n\n```\n## Not")
    assert frame.scene.endswith("before:\n{claims}")
    assert frame.voices == (
        frames.Voice(name="first", cue="### Points\n\n- Point:"),
        frames.Voice(name="second", cue="- Objection:"),
    )


@pytest.mark.parametrize(("name", "findings"), expected())
def test_each_broken_frame_is_told_what_is_wrong(
    name: str, findings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES / "broken")
    assert frames.check(Path(name)) == findings


def test_every_broken_frame_has_its_findings() -> None:
    assert sorted(name for name, _ in expected()) == sorted(path.name for path in (FIXTURES / "broken").glob("*.md"))


def test_what_is_wrong_is_raised_in_one_line() -> None:
    text = (FIXTURES / "plain.md").read_text(encoding="utf-8").replace("max_tokens", "max_token")
    with pytest.raises(ScribeError) as caught:
        frames.parse(text, where="prompts/plain.md")
    assert str(caught.value) == (
        "prompts/plain.md: unknown key 'max_token' in sampling; known: max_tokens, temperature, top_p, samples, stop"
    )


def test_a_file_that_is_not_utf_8_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"---\nname: caf\xe9\n---\n")
    assert frames.check(tmp_path / "latin.md") == [f"{tmp_path / 'latin.md'}: expected UTF-8, found byte 13 to be none"]
    assert "cannot be read" in frames.check(tmp_path / "absent.md")[0]


def test_a_frame_is_the_same_on_every_system(tmp_path: Path) -> None:
    text = (FIXTURES / "plain.md").read_text(encoding="utf-8")
    (tmp_path / "plain.md").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert frames.load("plain", [tmp_path]) == plain()


# ── Finding ──────────────────────────────────────────────────────────────────────────────────


def test_the_nearest_folder_wins(tmp_path: Path) -> None:
    flag, prompts = tmp_path / "flag", tmp_path / "work" / "prompts"
    prompts.mkdir(parents=True)
    flag.mkdir()
    text = (CURATED / "title.md").read_text(encoding="utf-8")
    (prompts / "title.md").write_text(text.replace("A title", "In the workspace, a title"), encoding="utf-8")
    shutil.copy(FIXTURES / "plain.md", prompts)
    (flag / "title.md").write_text(text.replace("A title", "By the flag, a title"), encoding="utf-8")
    (flag / "README.md").write_text("This is no frame.\n", encoding="utf-8")

    both = frames.folders(flag, tmp_path / "work")
    assert both == [flag, prompts, CURATED]
    assert frames.load("title", both).description.startswith("By the flag")
    assert frames.load("title", both[1:]).description.startswith("In the workspace")
    assert list(frames.load_all(both)) == sorted([*frames.load_all([CURATED]), "plain"])


def test_a_workspace_need_not_have_frames_but_a_flag_must(tmp_path: Path) -> None:
    assert frames.folders(None, tmp_path) == [CURATED]
    with pytest.raises(ScribeError, match="no such folder of frames"):
        frames.folders(tmp_path / "absent", None)


@pytest.mark.parametrize("name", ["plian", "../frames/plain", "README", ""])
def test_an_unknown_frame_names_the_known_ones(name: str) -> None:
    with pytest.raises(ScribeError) as caught:
        frames.load(name, [FIXTURES])
    assert str(caught.value) == f"unknown frame {name!r}; known: plain"


# ── The curated frames ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", sorted(CURATED.glob("*.md")), ids=lambda path: path.stem)
def test_curated_frames_are_well_formed(path: Path) -> None:
    assert frames.check(path) == []


def test_curated_frames_hold_what_the_stages_read() -> None:
    found = frames.load_all([CURATED])
    assert {name: (frame.stage, frame.yields) for name, frame in found.items()} == {
        "answer": ("notes", "paragraph"),
        "counterexample": ("proposition", "bullets"),
        "decisions": ("notes", "bullets"),
        "key-points": ("notes", "bullets"),
        "outline": ("outline", "outline"),
        "overview": ("overview", "paragraph"),
        "proposition": ("proposition", "proposition"),
        "questions": ("notes", "bullets"),
        "section": ("section", "paragraph"),
        "title": ("title", "title"),
    }
    assert {voice.name: voice.cue.split("\n")[-1] for voice in found["key-points"].voices} == {
        "minute-taker": "- Point:",
        "sceptic": "- Objection:",
        "formaliser": "- Definition:",
        "newcomer": "- Question:",
    }
    assert found["questions"].voices[0].cue.endswith("\n- Question:")
    assert found["decisions"].voices[0].cue.endswith("\n- Decision:")
    assert found["proposition"].voices[0].cue.endswith("Statement:")
    assert found["title"].sampling.samples == 4


@pytest.mark.parametrize("path", sorted(CURATED.glob("*.md")), ids=lambda path: path.stem)
def test_a_curated_scene_keeps_its_own_grammar(path: Path) -> None:
    """Every stop string ends the worked example, and a line of it cites only lines numbered from 9001."""
    frame = frames.load(path.stem, [CURATED])
    for number in re.findall(r"\[(\d+)", frame.scene):
        assert int(number) > 9000
    for stop in frame.sampling.stop:
        assert stop in frame.scene


# ── Prompts ──────────────────────────────────────────────────────────────────────────────────


def test_a_prompt_by_example() -> None:
    first, second = frames.prompts(plain(), SEGMENTS, title="{outline}")
    assert first.scene == (
        "Minutes of {outline}, for whoever asked.\n\n"
        "The record:\n[12] Wen: So it is {claims} only a limit?\n[13] ## Scene\n\n"
        "```\n## Not a heading\n```\n\n"
    )
    assert first.cue == "### Points\n\n- Point:"
    assert first.text.endswith("- Point:")
    assert (second.voice, second.cue, second.frame, second.yields) == (
        "second",
        "- Objection:",
        "plain",
        "bullets",
    )
    assert second.scene.encode() == first.scene.encode()
    assert second.sources == SEGMENTS


def test_voices_are_chosen_by_name() -> None:
    frame = frames.load("key-points", [CURATED])
    chosen = frames.prompts(frame, SEGMENTS, voices=["newcomer", "sceptic", "newcomer"])
    assert [prompt.voice for prompt in chosen] == ["newcomer", "sceptic"]
    with pytest.raises(ScribeError) as caught:
        frames.prompts(frame, SEGMENTS, voices=["skeptic"])
    assert str(caught.value) == (
        "frame 'key-points': unknown voice 'skeptic'; known: minute-taker, sceptic, formaliser, newcomer"
    )


def test_a_question_is_shown_and_must_be_asked() -> None:
    frame = frames.load("answer", [CURATED])
    (prompt,) = frames.prompts(frame, SEGMENTS, about="Is {record} a limit?")
    assert prompt.text.endswith("[13] ## Scene\n\nQuestion: Is {record} a limit?\n\nAnswer:")
    assert prompt.about == "Is {record} a limit?"
    with pytest.raises(ScribeError, match="answers a question and none was asked"):
        frames.prompts(frame, SEGMENTS)


segments = st.lists(st.builds(Segment, index=st.integers(0, 9999), text=st.text(), speaker=st.none() | st.text()))
curated = st.sampled_from(sorted(path.stem for path in CURATED.glob("*.md")))
texts = st.text() | st.sampled_from(["{record}", "## Scene\n\n", "a\n\nb", "\\1", "{", "x \n"])


@given(curated, segments, texts, texts, texts, texts, texts)
def test_prompts_hold_together(
    name: str, shown: list[Segment], title: str, about: str, claims: str, outline: str, written: str
) -> None:
    found = frames.prompts(
        frames.load(name, [CURATED]),
        shown,
        title=title,
        about=about or "?",
        claims=claims,
        outline=outline,
        written=written,
    )
    assert len({prompt.scene for prompt in found}) == 1
    for prompt in found:
        assert prompt.scene.endswith("\n\n")
        assert not prompt.scene.endswith("\n\n\n")
        assert prompt.text == prompt.text.rstrip()


@given(segments)
def test_a_record_has_one_line_for_each_segment(shown: list[Segment]) -> None:
    record = frames.render_record(shown)
    lines = record.splitlines()
    assert len(lines) == len(shown)
    for line, segment in zip(lines, shown, strict=True):
        number, *words = line.split()
        assert number == f"[{segment.index}]"
        speaker = f"{segment.speaker}: " if segment.speaker else ""
        assert words == (speaker + segment.text).split()


@given(scene=st.text(), cue=st.text() | st.sampled_from(["- Point:", "### Points\n\n- Point:", "a\r\nb\u2028c"]))
def test_base_and_chat_see_the_same_bytes(scene: str, cue: str) -> None:
    prompt = Prompt(scene=scene, cue=cue, voice="v", yields="bullets")
    user, assistant = frames.as_chat(prompt)
    assert (user["role"], assistant["role"]) == ("user", "assistant")
    assert user["content"].startswith(frames.CHAT_WRAPPER)
    document = user["content"].removeprefix(frames.CHAT_WRAPPER) + assistant["content"]
    assert document.encode() == prompt.text.encode()
    assert "\n" not in assistant["content"]


def test_every_curated_prompt_is_the_same_in_a_chat() -> None:
    for frame in frames.load_all([CURATED]).values():
        for prompt in frames.prompts(frame, SEGMENTS, about="Why?", title="A title"):
            user, assistant = frames.as_chat(prompt)
            assert user["content"] + assistant["content"] == frames.CHAT_WRAPPER + prompt.text
            assert prompt.cue.endswith(assistant["content"])
            assert assistant["content"]
