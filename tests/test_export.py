from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from scribe import export
from scribe.export import cleaning, forum, maths, pandoc, reading
from scribe.export.tree import elements
from scribe.markdown import escape
from scribe.records import ScribeError

ROOT = Path(__file__).parent.parent
SAMPLE = (ROOT / "drafts" / "simulators-1" / "post.md").read_text(encoding="utf-8")
PAGE = (Path(__file__).parent / "fixtures" / "export" / "page.md").read_text(encoding="utf-8")
RECORDING = "../../transcripts/simulators-1.m4a"
LOSS = r"\mathbb{E}_{x \sim p}[-\log q(x)]"
DIVERGENCE = r"D(p \,\|\, q) = \sum_x p(x) \log \frac{p(x)}{q(x)} \ge 0"

active = st.text(alphabet="\\`*_[]<>&#!-+=.:;)(|~^$%\"'{}@/1ax \t\n\r", max_size=40)
foreign = st.one_of(st.text(max_size=40), active).filter(lambda text: reading.bare(text) == text.replace("\r", "\n"))


def exported(text: str, to: str, *, recordings: tuple[str, ...] = ()) -> bytes:
    return export.convert(text, to, title="A title", recordings=recordings)


def one_line(text: str) -> str:
    return " ".join(text.split())


class Page(HTMLParser):
    """What a browser makes of a page: tags with their attributes, comments, and the text that shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.data: dict[str, str] = {}
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.data[self._open] = self.data.get(self._open, "") + data

    def values(self, attribute: str) -> list[str]:
        return [value for _, found in self.tags for name, value in found.items() if name == attribute and value]

    def all(self, tag: str, kind: str = "") -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag and kind in (found.get("class") or "")]


def text_of(page: str) -> str:
    """What a reader sees of an html page, formulas aside."""
    body = page[page.index("<main>") : page.index("</main>")]
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<math.*?</math>", "", body, flags=re.DOTALL)))


def parts_of(document: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}


def text_of_pdf(document: bytes) -> str:
    return one_line("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages))


# ── Every format ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("to", export.FORMATS)
def test_the_same_text_gives_the_same_bytes(to: str) -> None:
    assert exported(PAGE, to) == exported(PAGE, to)


@pytest.mark.parametrize("to", export.FORMATS)
def test_no_comment_of_scribe_s_and_no_front_matter_is_left(to: str) -> None:
    written = exported(PAGE, to)
    if to == "docx":
        written = "\n".join(parts_of(written).values()).encode()
    if to == "pdf":
        written = text_of_pdf(written).encode()
    for label in re.findall(r"scribe: (\w+)", PAGE):
        assert f"scribe: {label}" not in written.decode()
    for word in ("a remark to oneself", "header-includes", "not a setting"):
        assert word not in written.decode()
    assert "in code" in written.decode()


@pytest.mark.parametrize("to", ["html", "latex", "forum"])
def test_line_ends_and_marks_of_other_systems_change_nothing(to: str) -> None:
    assert exported("\ufeff" + PAGE.replace("\n", "\r\n"), to) == exported(PAGE, to)


def test_front_matter_that_is_none_stays_text() -> None:
    assert "a: [1" in text_of(exported("---\na: [1\n---\n\nHello\n", "html").decode())


def test_every_footnote_of_the_sample_is_there() -> None:
    labels = set(re.findall(r"^\[\^(\d+)\]:", SAMPLE, re.MULTILINE))
    shown = {to: exported(SAMPLE, to) for to in export.FORMATS}
    notes = parts_of(shown["docx"])["word/footnotes.xml"]
    texts = {
        "html": text_of(shown["html"].decode()),
        "docx": re.sub(r"<[^>]+>", "", notes),
        "pdf": text_of_pdf(shown["pdf"]),
        "latex": shown["latex"].decode(),
        "forum": shown["forum"].decode(),
    }
    assert len(labels) == 18
    for to, text in texts.items():
        assert {label for label in labels if re.search(rf"\bline {label}\b", text)} == labels, to


def test_an_unknown_format_is_one_line() -> None:
    with pytest.raises(ScribeError) as caught:
        exported("x", "odt")
    assert str(caught.value) == "export: unknown format 'odt'; known: html, docx, pdf, latex, forum"


@pytest.mark.parametrize(("module", "to"), [("pypandoc", "html"), ("pypandoc", "forum"), ("typst", "pdf")])
def test_a_missing_converter_is_one_line(module: str, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # which to Python says that there is none
    with pytest.raises(ScribeError) as caught:
        exported("x", to)
    assert re.fullmatch(
        r"export: expected (pandoc|typst), .* found none; install it: pip install .*", str(caught.value)
    )


def test_a_converter_that_fails_is_one_line() -> None:
    with pytest.raises(ScribeError) as caught:
        pandoc.run(b"x", "--to", "nonsense")
    assert str(caught.value) == "export: pandoc failed: Unknown output format nonsense"


def test_lists_hundreds_deep_are_one_line() -> None:
    with pytest.raises(ScribeError, match="a few levels deep"):
        exported("> " * 2000 + "x", "html")


def test_a_footnote_that_marks_itself_ends() -> None:
    """pandoc 3.9 fills its memory with it, and drops marks in other footnotes in silence."""
    page = "a[^1]\n\n[^1]: see [^1] and\n[^2]\n- b[^2]\n\n[^2]: two\n"
    assert "see (^1) and (^2)" in one_line(text_of(exported(page, "html").decode()))
    assert "see [^1] and\n[^2]" in exported(page, "forum").decode()


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [SAMPLE, PAGE])
def test_a_page_is_whole(text: str) -> None:
    page = Page(exported(text, "html", recordings=(RECORDING,)).decode())
    assert not page.comments
    names = page.values("id")
    assert len(names) == len(set(names))
    assert not [target for target in page.values("href") if target.startswith("#") and target[1:] not in names]
    loaded = [*page.values("src"), *page.values("srcset"), *page.values("data"), *page.values("poster")]
    assert set(loaded) <= {RECORDING, "plot.png"}
    assert not page.all("link")
    assert len(page.all("main")) == 1


def test_the_policy_of_a_page_knows_its_script_and_its_styles() -> None:
    page = Page(exported(PAGE, "html", recordings=(RECORDING,)).decode())
    [policy] = [found["content"] or "" for found in page.all("meta") if "http-equiv" in found]
    for text in (page.data["script"], page.data["style"], *page.values("style")):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_a_footnote_stands_once_and_leads_back_to_every_mark() -> None:
    page = Page(exported(PAGE, "html").decode())
    marks, back = page.all("a", "mark"), page.all("a", "back")
    assert [mark["href"] for mark in marks] == ["#fn:1", "#fn:1", "#fn:2", "#fn:3", "#fn:4"]
    assert sorted(f"#{mark['id']}" for mark in marks) == sorted(str(link["href"]) for link in back)


def test_citations_play_only_recordings_that_lie_beside() -> None:
    page = Page(exported(PAGE, "html", recordings=(RECORDING, "https://example.org/a.m4a")).decode())
    assert [link["href"] for link in page.all("a", "plays")] == [f"{RECORDING}#t=4", f"{RECORDING}#t=62"]
    assert [found["src"] for found in page.all("audio")] == [RECORDING]
    assert "other.m4a#t=12" in page.values("href")
    silent = exported(PAGE, "html").decode()
    assert "<script" not in silent
    assert "media-src" not in silent


def test_names_of_recordings_are_read_as_links_are() -> None:
    page = Page(
        exported("[1](<my talk.mp4#t=1>) [2](my%20talk.mp4#t=2)", "html", recordings=("my%20talk.mp4",)).decode()
    )
    assert [found["src"] for found in page.all("video")] == ["my%20talk.mp4"]
    assert len(page.all("a", "plays")) == 2


def test_maths_is_mathml_in_html() -> None:
    page = exported(PAGE, "html").decode()
    assert len(re.findall('<math display="inline"', page)) == 6
    assert len(re.findall('<math display="block"', page)) == 1
    assert html.escape(LOSS) in page


def test_html_in_the_text_is_text() -> None:
    page = exported(PAGE, "html").decode()
    parsed = Page(page)
    assert not parsed.all("b")
    assert not parsed.all("script")
    assert '<b onclick="alert(1)">bold</b>' in text_of(page)
    assert not [target for target in parsed.values("href") if target.startswith(("javascript", "data"))]
    assert "<title>&lt;/title&gt;</title>" in export.convert("x", "html", title="</title>").decode()


HOSTILE = (
    "<script>", "</script>", "<!-- c -->", "<!--", "-->", "<b onclick=x>", "<div>", "\n\n", "\n", "> ", "- ", "\t",
    "1. ", "`", "```\n", "$x$", "$$", "[a](javascript:x)", "[b](../r.m4a#t=4)", "[c][r]", "\n[r]: data:x\n", "[^1]",
    "\n[^1]: note <i> [z](../t.vtt)\n", "| a | b |\n|--|--|\n", "*", "**", "\\", "<javascript:x>", "![i](http://r/x.png)",
    "&#60;script&#62;", "# T\n", "---\n", "\r\n", "\x01", "<?php ?>", "<![CDATA[x]]>", "<img src=x onerror=y>",
    "`<b>`{=html}", "[x](#t)", "<style>\n", "<svg onload=a>", "\ud800", "[t](//evil.com/x)", "[y](<java&#10;script:x>)",
)  # fmt: skip
tangled = st.lists(st.sampled_from(HOSTILE), max_size=25).map("".join)


@settings(deadline=None, max_examples=25)
@given(tangled)
def test_nothing_in_a_page_acts(text: str) -> None:
    page = Page(exported(text, "html", recordings=("../r.m4a",)).decode())
    assert not page.comments
    assert not {name for _, found in page.tags for name in found if name.startswith("on")}
    assert not {tag for tag, _ in page.tags} & {"iframe", "object", "embed", "base", "form", "svg", "b", "i", "div "}
    assert len(page.all("style")) == 1
    assert len(page.all("script")) == len(page.all("aside"))
    assert all(cleaning.leads(target, page.values("id")) for target in page.values("href"))
    assert all(source == "../r.m4a" for source in page.values("src"))


@settings(deadline=None, max_examples=15)
@given(st.lists(foreign, min_size=1, max_size=5))
def test_escaped_text_shows_as_itself(texts: list[str]) -> None:
    written = "\n\n".join(f"- x {escape(text)} y" for text in texts)
    assert one_line(text_of(exported(written, "html").decode())) == one_line(" ".join(f"x {text} y" for text in texts))


# ── Paper ────────────────────────────────────────────────────────────────────────────────────


def test_docx_has_footnotes_and_formulas_that_word_can_edit() -> None:
    written = exported(PAGE, "docx")
    parts = parts_of(written)
    for part in parts.values():
        ElementTree.fromstring(part)
    assert parts["word/document.xml"].count("<m:oMath>") == 6
    assert parts["word/footnotes.xml"].count("<m:oMath>") == 1
    assert parts["word/document.xml"].count("<m:oMathPara>") == 1
    assert parts["word/document.xml"].count("<w:footnoteReference ") == 5
    document = Document(io.BytesIO(written))
    assert [
        (p.style.name, p.text) for p in document.paragraphs if p.style and p.text.startswith(("Excess", "Lists"))
    ] == [
        ("Title", "Excess loss of "),
        ("Heading 1", "Lists"),
    ]
    assert [[cell.text.strip() for cell in row.cells][:1] for row in document.tables[0].rows] == [
        ["tokens"],
        ["10"],
        ["1000"],
    ]


def test_latex_holds_the_formulas_as_they_were_typed() -> None:
    written = exported(PAGE, "latex").decode()
    assert rf"\({LOSS}\)" in written
    assert f"\\[\n{DIVERGENCE}\n\\]" in written
    assert r"\title{Excess loss of \(p_\theta\)}" in written
    assert r"\section{Lists}" in written
    assert "## not a heading\necho $HOME" in written


def test_pdf_is_set_without_tex() -> None:
    written = exported(PAGE, "pdf")
    assert written.startswith(b"%PDF")
    text = text_of_pdf(written)
    for shown in ("Excess loss of", "It costs $5, not $6.", "## not a heading", '<b onclick="alert(1)">bold</b>'):
        assert shown in text
    assert PdfReader(io.BytesIO(written)).metadata.title.startswith("Excess loss")  # type: ignore[union-attr]


TRICKS = (
    '#read("/etc/passwd")', '#import "/etc/passwd"', '#image("/etc/passwd")', "// gone", "/* gone */", "= no heading",
    "@label", "<label>", "-1", "--", "a...b", "-?", "\\input{/etc/passwd}", "\\end{document}", "{{x}}", "#let x = 1",
    "'single' \"double\"", "~", "\\u{41}",
)  # fmt: skip


def test_text_is_never_a_command_of_typst_or_tex() -> None:
    written = "\n\n".join(escape(text) for text in TRICKS)
    text = text_of_pdf(exported(written, "pdf"))
    assert not [trick for trick in TRICKS if trick not in text]
    latex = exported(written, "latex").decode().partition(r"\begin{document}")[2]
    assert r"\input{" not in latex
    assert latex.count(r"\end{document}") == 1


@pytest.mark.parametrize("to", ["docx", "pdf", "latex"])
def test_a_page_without_a_heading_is_given_its_title(to: str) -> None:
    written = exported("## Only a section\n\ntext [x](#only-a-section)\n", to)
    if to == "docx":
        assert ">A title<" in parts_of(written)["word/document.xml"]
    else:
        assert "A title" in (text_of_pdf(written) if to == "pdf" else written.decode())


def test_two_marks_in_a_row_do_not_read_as_one_number() -> None:
    assert r"}\textsuperscript{,}\footnote{" in exported("a[^1][^2]\n\n[^1]: x\n[^2]: y\n", "latex").decode()


def test_links_to_a_heading_that_became_the_title_are_text() -> None:
    assert text_of_pdf(exported("# [Up](#up)\n\n[top](#up)\n", "pdf")).startswith("Up top")


# ── Formulas ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "formula",
    [
        r"\input{/etc/passwd}",
        r"\text{\input{/etc/passwd}}",
        r"\begin{input}{/etc/passwd}\end{input}",
        r"\csname input\endcsname{/etc/passwd}",
        r"\newcommand{\x}{\input{/etc/passwd}}",
        r"\DeclareMathOperator{\x}{\input{/etc/passwd}}",
        r"\write18{ls}",
        r"^^5cinput{/etc/passwd}",
        r"\begin{array}{@{\input{/etc/passwd}}c}a\end{array}",
        r"x\end{document}",
        r"\href{javascript:alert(1)}{x}",
        r"\unknown{x}",
    ],
)
def test_what_pandoc_does_not_understand_is_no_formula(formula: str) -> None:
    assert maths.understood([formula, "x"]) == {"x"}
    latex = exported(f"a ${formula}$ b", "latex").decode().partition(r"\begin{document}")[2]
    assert formula not in latex
    assert one_line(text_of(exported(f"a ${formula}$ b", "html").decode())) == f"a ${formula}$ b"


# ── Forum ────────────────────────────────────────────────────────────────────────────────────


def test_a_forum_is_given_the_person_s_own_text() -> None:
    written = exported(PAGE, "forum").decode()
    for kept in (
        f"${LOSS}$",
        f"$$\n{DIVERGENCE}\n$$",
        "p$.[^1]",
        "repeats it.[^1][^12-14]",
        "  - *because:* two[^s2-12]",
    ):
        assert kept in written
    assert "[^1]: **Mira**, 0:04, line 1: “Least at *p*.”\n" in written
    assert "[^3_12-14]: 0:12, lines 3, 12–14: “Ten.”\n" in written
    assert "[paper](https://example.org/paper?a=1&b=2)" in written
    assert r'\<b onclick="alert(1)">bold\</b> and a script, a picture' in written
    assert "[^unused]: nobody  marks \\<i>this\\</i>" in written
    assert "echo $HOME <!-- in code -->\n" in written


def test_a_forum_is_given_the_sample_unchanged_but_for_its_links_and_ids() -> None:
    bare = re.sub(r"<!-- scribe: \w+ -->\n", "", SAMPLE)
    assert exported(SAMPLE, "forum").decode() == re.sub(r"\[([^\]^]+)\]\(\.\./[^)]*\)", r"\1", bare)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<!-- scribe: a1 -->\n# A\n\nb\n<!-- c -->\nd\n", "# A\n\nb\n\nd\n"),
        ("> <!-- a -->\n> b <!-- c\n> d --> e\n", "> \n> b \n>  e\n"),
        ("-\ta\t[x](y) <b>\n", "-\ta\tx \\<b>\n"),
        ("<div>\n[x](javascript:y)\n</div>\n", "\\<div>\nx\n\\</div>\n"),
        ("<foo:bar> <http://x.y> [a *b*](c 'd')", "foo:bar <http://x.y> a *b*"),
        ("[x]\n\n[x]: ../y\n", "x\n\n[x]: ../y\n"),
        ("`<b> [x](y)`\n\n    <!-- code -->\n", "`<b> [x](y)`\n\n    <!-- code -->\n"),
    ],
)
def test_a_forum_s_edits_by_example(text: str, written: str) -> None:
    assert forum.to_forum(text) == written


@settings(deadline=None, max_examples=25)
@given(tangled)
def test_a_forum_is_given_no_html_and_no_link_that_leads_nowhere(text: str) -> None:
    written = exported(text, "forum").decode()
    for element in elements(reading.read(written)):
        assert element["t"] not in ("RawBlock", "RawInline")
        assert element["t"] != "Link" or re.match(r"#|https?:|mailto:", element["c"][2][0])


@settings(deadline=None, max_examples=15)
@given(foreign)
def test_a_forum_is_given_escaped_text_as_it_is(text: str) -> None:
    assert forum.to_forum(escape(text)) == escape(text)
