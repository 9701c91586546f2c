from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe import markdown
from scribe.records import ScribeError

FIXTURES = Path(__file__).parent / "fixtures" / "markdown"

active = st.text(alphabet="\\`*_[]<>&#!-+=.:;)(|~^$%\"'{}1ax \t\n\r", max_size=40)
foreign = st.one_of(st.text(max_size=40), active).map(lambda text: text.replace("\0", ""))


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def shown(fragment: str) -> str:
    """What a reader sees of a fragment of one paragraph, cell or item, which must hold no other tag."""
    inner = re.sub(r"</?(?:p|ul|li|table|thead|tbody|tr|t[hd])>", "", fragment)
    assert "<" not in inner
    return one_line(html.unescape(inner))


def one_line(text: str) -> str:
    return " ".join(text.split())


# ── Front matter ─────────────────────────────────────────────────────────────────────────────


@given(st.text())
def test_front_matter_leaves_the_rest_byte_for_byte(rest: str) -> None:
    assert markdown.front_matter("---\na: 1\n---\n" + rest, where="x.md") == ({"a": 1}, rest)


@given(st.text().filter(lambda text: not text.startswith("---")))
def test_text_without_front_matter_is_all_rest(text: str) -> None:
    assert markdown.front_matter(text, where="x.md") == ({}, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\n---\nrest", ({}, "rest")),
        ("---\n# a comment\n---", ({}, "")),
        ("---\r\na: b\r\n---\r\nrest\r\n", ({"a": "b"}, "rest\r\n")),
        ("--- a dash, said someone\n", ({}, "--- a dash, said someone\n")),
        (" ---\na: 1\n---\n", ({}, " ---\na: 1\n---\n")),
    ],
)
def test_front_matter_by_example(text: str, expected: tuple[dict[str, object], str]) -> None:
    assert markdown.front_matter(text, where="x.md") == expected


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("a: [1", "x.md: line 3: front matter is not YAML: "),
        ("- a\n- b", "x.md: front matter: expected 'key: value' lines, found a list"),
        ("1: a", "x.md: front matter: expected keys that are text, found 1"),
        ("a: 1\na: 2", "x.md: front matter: key 'a' is given twice"),
        ("a: {b: 1, b: 2}", "x.md: front matter: key 'b' is given twice"),
        ("a: &x [1]\nb: [*x, *x]", "x.md: front matter: YAML anchors and aliases are not allowed"),
        ("a: " + "[" * 17 + "]" * 17, "x.md: front matter: YAML nested more than 16 deep"),
        ("a: " + "x" * 70_000, "x.md: front matter: 70004 characters of YAML; at most 65536 are read"),
        ("a: 2024-13-45", "x.md: front matter: month must be in 1..12"),
        ("a: !!python/name:os.system", "x.md: line 2: front matter is not YAML: could not determine"),
        ("a: \x07", "x.md: front matter: unacceptable character"),
    ],
)
def test_bad_front_matter_is_one_line_that_names_the_file(yaml: str, message: str) -> None:
    with pytest.raises(ScribeError) as caught:
        markdown.front_matter(f"---\n{yaml}\n---\n", where="x.md")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_front_matter_that_is_not_closed(eol: str) -> None:
    with pytest.raises(ScribeError, match=r"^x\.md: front matter opens with '---' on line 1 but no line"):
        markdown.front_matter("---" + eol + f"a: 1{eol}" * 500, where="x.md")


# ── Sections ─────────────────────────────────────────────────────────────────────────────────


def test_only_headings_of_the_document_itself_divide_it() -> None:
    before, sections = markdown.parts(fixture("sections.md"), 2)
    assert before == "---\nname: sections\n---\nBefore.\n\n"
    assert [(part.heading, part.line) for part in sections] == [("One", 6), ("Two", 17), ("Two\nlines", 18)]
    assert sections[0].body.startswith("\n```\n## in a fence\n")
    assert sections[0].body.endswith("### Deeper\n")
    assert [part.body for part in sections[1:]] == ["", "Last.\n"]


@given(
    st.lists(st.sampled_from(["## a", "# b", "text", "", "```", "> ## c", "---", "- x", "##", "x\x0by\u2028"])),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_parts_lose_nothing(written: list[str], eol: str) -> None:
    text = eol.join(written)
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    before, sections = markdown.parts(text, 2)
    starts = [part.line - 1 for part in sections] + [len(lines)]
    assert before == "".join(lines[: starts[0]])
    for part, start, end in zip(sections, starts, starts[1:], strict=False):
        stretch = "".join(lines[start:end])
        assert stretch.endswith(part.body)
        heading = stretch.removesuffix(part.body).split()
        assert heading[:1] == ["##"] or heading[-1:] == ["---"]
        assert part.heading.split() == [word for word in heading if word not in ("##", "---")]


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────


def test_html_is_safe() -> None:
    assert markdown.to_html(fixture("unsafe.md")) == fixture("unsafe.html")


@given(st.lists(st.sampled_from(["---", "- ---", "a: 1", "", "...", "- b", "> ---", "\t", "[^1]: ---"])))
def test_html_never_fails_and_drops_only_front_matter(lines: list[str]) -> None:
    rendered = markdown.to_html("\n".join([*lines, "", "", "# the end"]))
    assert ("the end" in rendered) or lines[:1] == ["---"]


def test_a_list_of_rules_is_not_front_matter() -> None:
    """The rule of mdit-py-plugins 0.7 drops the middle line."""
    assert "kept" in markdown.to_html("- ---\n- kept\n- ---\n")


def test_a_page_loads_nothing() -> None:
    whole = markdown.page("# Hello\n", title="A & <b>")
    assert "<title>A &amp; &lt;b&gt;</title>" in whole
    assert "<h1>Hello</h1>" in whole
    assert "default-src 'none'" in whole
    assert not re.search(r"(?:src|href)=|url\(|@import|<script", whole)


# ── Foreign text ─────────────────────────────────────────────────────────────────────────────


def escapes() -> list[tuple[str, str]]:
    rows = [line for line in fixture("escapes.md").splitlines() if line.startswith("| `")]
    cells = [re.findall(r"`([^`]*)`", row) for row in rows]
    return [(foreign, written) for foreign, written in cells]


@pytest.mark.parametrize(("text", "written"), escapes())
def test_escapes_stay_readable(text: str, written: str) -> None:
    assert markdown.escape(text) == written


@given(foreign)
def test_escaped_text_renders_as_itself(text: str) -> None:
    assert shown(markdown.to_html(markdown.escape(text))) == one_line(text)


@given(foreign, foreign)
def test_escaped_lines_do_not_act_on_each_other(one: str, two: str) -> None:
    both = f"a {markdown.escape(one)}\n{markdown.escape(two)}"
    assert shown(markdown.to_html(both)) == one_line(f"a {one}\n{two}")


@given(foreign)
def test_escaped_text_in_a_list_a_table_and_a_footnote(text: str) -> None:
    written = markdown.escape(text)
    assert shown(markdown.to_html(f"- {written}")) == one_line(text)
    assert shown(markdown.to_html(f"| a |\n|---|\n| {written} |")) == one_line(f"a {text}")
    note = markdown.to_html(f"x[^1]\n\n[^1]: y {written}")
    body = re.search(r"<p>(y .*?)<a href", note, re.DOTALL)
    assert body is not None
    assert shown(body[1]) == one_line(f"y {text}")


@given(foreign)
def test_escaped_text_in_a_link(text: str) -> None:
    rendered = markdown.to_html(f"[x {markdown.escape(text)}](#s12)").strip()
    assert rendered.startswith('<p><a href="#s12">x')
    assert rendered.endswith("</a></p>")
    assert shown(rendered[len('<p><a href="#s12">') : -len("</a></p>")]) == one_line(f"x {text}")
