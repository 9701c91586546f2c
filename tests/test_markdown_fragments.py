"""Blocks as the studio shows them: citations lead somewhere, formulas are set, and nothing acts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.markdown import Leads, fragments
from scribe.markdown.mathml import mathml

LEADS = Leads(
    mark=lambda label: ({"class": "cite", "href": f"#line-{label}"}, label) if label.isdecimal() else None,
    link=lambda target: {"class": "link", "title": target},
    image=lambda source: f"/files/{source}" if "/" not in source else None,
)

TAGS = frozenset(
    "p h1 h2 h3 h4 h5 h6 a em strong code pre ul ol li blockquote table thead tbody tr th td img br hr sup".split()
)
MATHS = frozenset(
    "math mrow mi mn mo msup msub msubsup mfrac msqrt mroot mtext mspace mtable mtr mtd mover munder".split()
)
ATTRIBUTES = frozenset("class href title src alt start xmlns display".split())


def one(text: str) -> str:
    return fragments([text], LEADS)[0]


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


def test_a_citation_leads_to_its_lines_also_without_its_definition() -> None:
    assert one("So it is.[^12]") == '<p>So it is.<a class="cite" href="#line-12">12</a></p>'


def test_a_mark_that_leads_nowhere_shows_its_label() -> None:
    assert one("So.[^<mine>]") == "<p>So.<sup>[&lt;mine&gt;]</sup></p>"


def test_code_holds_no_citation() -> None:
    assert one("`a[^12]`") == "<p><code>a[^12]</code></p>"


def test_a_definition_shows_as_label_and_text() -> None:
    assert one("[^12]: **Ada**: “yes”") == "<p>[12] <strong>Ada</strong>: “yes”</p>"


def test_an_image_is_loaded_from_the_folder_alone() -> None:
    assert one("![voices](voices.svg)") == '<p><img src="/files/voices.svg" alt="voices"></p>'
    for elsewhere in ("https://evil.example/x.png", "//evil.example/x.png", "../secret.png"):
        assert "<img" not in one(f"![x]({elsewhere})")


def test_a_table_has_no_style_of_its_own() -> None:
    made = one("|a|b|\n|:-|-:|\n|1|2|\n")
    assert "style" not in made
    assert '<td class="to-right">2</td>' in made


def test_formulas_are_set() -> None:
    assert "<mfrac>" in one("So $\\frac{1}{2}$.")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in one("$$\nx^2\n$$")


def test_a_formula_that_cannot_be_read_shows_its_tex() -> None:
    assert one("So $\\left( <b>$.") == '<p>So <code class="tex">$\\left( &lt;b&gt;$</code>.</p>'


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{a}{x}",
        r"\unicode{x}",
        r"\text{<script>}",
    ],
)
def test_a_formula_brings_no_link_no_style_and_no_script(tex: str) -> None:
    found = Tags(mathml(tex, "inline") or "")
    assert found.seen <= MATHS
    assert {name for name, _ in found.attributes} <= {"xmlns", "display", "stretchy", "fence", "mathvariant"}


def test_a_formula_that_is_too_long_is_none_and_one_that_is_deep_is_no_trouble() -> None:
    assert mathml("x" * 3_000, "inline") is None
    assert (mathml("{" * 900 + "x" + "}" * 900, "inline") or "").count("<mrow>") > 800


_TOUCHY = """
    <script>alert(1)</script> <img/src=x/onerror=alert(1)> [x](javascript:alert(1)) ![x](data:text/html,x) $x<y$
    [^12] [^<b>] <a/href="x"onclick="y"> ` ** - > [a]:javascript:x [a] &lt; &#60;script&#62; $$ \\ " '
    <!--scribe:keep-->
"""
PIECES = st.sampled_from([*_TOUCHY.split(), "\n", "\n\n", " "])


@given(st.lists(PIECES | st.text(max_size=6), max_size=12).map("".join))
def test_no_text_becomes_a_tag_or_an_attribute_that_acts(text: str) -> None:
    found = Tags(one(text))
    assert found.seen <= TAGS | MATHS
    assert {name for name, _ in found.attributes} <= ATTRIBUTES | {
        "stretchy",
        "fence",
        "separator",
        "form",
        "mathvariant",
    }
    assert not [
        value
        for name, value in found.attributes
        if name in ("href", "src") and re.match(r"(?i)\s*(javascript|data):", value)
    ]
