"""Each sentence has its mark, each mark its footnote, and nothing that was said becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from conftest import transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.footnotes import Footnotes, Links, clock
from scribe.markdown import to_html
from scribe.records import Claim, Support, Transcript

BOTH = Links(recording="../talk.m4a", transcript="../transcripts/talk.vtt")
NEITHER = Links()

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/spy.png)",
    "[^1]: not a footnote",
    "[^1]",
    "<https://example.org>",
    "a | b | c",
    "**bold** _it_ `code` ``` ~~~",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "---",
    "&lt;b&gt; &amp;",
    "[[12]] [12]",
    "\\[x\\]",
    "* * *",
    "{.class} ${math}$",
    "line\n\n# another",
    "tab\there",
)


def claim(text: str, *cites: int, speaker: str | None = None, support: Support | None = None) -> Claim:
    return Claim(kind="point", text=text, cites=cites, speaker=speaker, support=support)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(markdown: str) -> _Page:
    page = _Page()
    page.feed(to_html(markdown))
    return page


def squeezed(text: str) -> str:
    return " ".join(text.split())


# ── Marks and footnotes ──────────────────────────────────────────────────────────────────────


@st.composite
def pages(draw: st.DrawFn) -> tuple[Transcript, list[Claim]]:
    characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    texts = st.text(characters, max_size=30) | st.sampled_from(HOSTILE)
    speakers = st.sampled_from([None, "Ada", *HOSTILE])
    lines = draw(st.lists(st.tuples(speakers, texts), min_size=1, max_size=12))
    talk = transcript(lines, seconds=draw(st.sampled_from([None, 61.0])))
    cites = st.sets(st.integers(0, len(lines) - 1), max_size=4).map(sorted)
    made = st.builds(lambda text, cited, who: claim(text, *cited, speaker=who), texts, cites, speakers)
    return talk, draw(st.lists(made, max_size=8))


@settings(max_examples=200)
@given(pages(), st.sampled_from([BOTH, NEITHER]))
def test_every_mark_has_one_footnote_and_every_footnote_a_mark(
    page: tuple[Transcript, list[Claim]], links: Links
) -> None:
    talk, claims = page
    footnotes = Footnotes(talk, links)
    marks = [footnotes.mark(c) for c in claims]
    assert [bool(mark) for mark in marks] == [bool(c.cites) for c in claims]
    defined = re.findall(r"^(\[\^[^\]]+\]): ", footnotes.text(), re.M)
    assert defined == list(dict.fromkeys(mark for mark in marks if mark))
    assert len(footnotes.text().splitlines()) == len(defined)


@given(pages(), st.sampled_from([BOTH, NEITHER]))
def test_nothing_that_was_said_becomes_markup(page: tuple[Transcript, list[Claim]], links: Links) -> None:
    talk, claims = page
    footnotes = Footnotes(talk, links)
    body = "\n\n".join(["# Notes", footnotes.paragraph(claims), *(f"- {footnotes.sentence(c)}" for c in claims)])
    html = shown(f"{body}\n\n{footnotes.text()}\n")
    assert html.tags <= set("h1 p ul li strong em a sup hr section ol span".split())
    assert all(
        re.fullmatch(r"#fn(ref)?[\w:-]*|\.\./talk\.m4a#t=\d+|\.\./transcripts/talk\.vtt", to) for to in html.links
    )
    for said in claims:
        assert squeezed(said.text) in squeezed(html.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_words_show_as_they_are(text: str) -> None:
    footnotes = Footnotes(transcript([(text, text)], seconds=5), BOTH)
    sentence = footnotes.sentence(claim(text, 0, speaker=text))
    html = shown(f"{sentence}\n\n{footnotes.text()}\n")
    assert squeezed(html.text).count(squeezed(text)) == 4
    assert not html.tags & {"script", "img", "h1", "blockquote", "table", "code", "pre"}


def test_marks_of_the_same_lines_share_a_footnote() -> None:
    footnotes = Footnotes(transcript(["Ada: One.", "Ada: Two.", "Ada: Three."]), NEITHER)
    marks = [footnotes.mark(claim(t, *c)) for t, c in (("a", (0,)), ("b", (0, 1)), ("c", (0,)), ("d", (0, 2)))]
    assert marks == ["[^0]", "[^0-1]", "[^0]", "[^0_2]"]
    assert footnotes.text().count("\n") == 2


# ── What a footnote says ─────────────────────────────────────────────────────────────────────


def test_a_footnote_leads_to_the_time_and_the_line() -> None:
    footnotes = Footnotes(transcript(["Ada: One."] * 20 + ["Ada: It is so."], seconds=200), BOTH)
    footnotes.mark(claim("It is so.", 20))
    assert footnotes.text() == (
        "[^20]: **Ada**, [1:06:40](../talk.m4a#t=4000), [line 20](../transcripts/talk.vtt): “It is so.”"
    )


def test_an_untimed_line_is_named_by_its_number() -> None:
    footnotes = Footnotes(transcript(["Ada: One.", "Wen: Two.", "Three."]), NEITHER)
    footnotes.mark(claim("x", 0, 1, 2))
    assert footnotes.text() == "[^0-2]: **Ada, Wen**, lines 0–2: “One. Two. Three.”"
    assert footnotes.time(0) == ""


def test_a_time_without_a_recording_is_plain() -> None:
    assert Footnotes(transcript(["Ada: One."], seconds=3), NEITHER).time(0) == "0:00"


def test_a_long_line_is_quoted_from_the_sentence_that_bears_the_claim_out() -> None:
    spoken = "We had lunch and talked of nothing. " * 8 + "The bound is vacuous at rare prefixes. " + "Then home. " * 20
    footnotes = Footnotes(transcript([("Ada", spoken)]), NEITHER)
    footnotes.mark(claim("At rare prefixes the bound is vacuous.", 0))
    quoted = footnotes.text().split("“")[1]
    assert quoted.startswith("… The bound is vacuous at rare prefixes.")
    assert quoted.endswith(" …”")
    assert len(quoted) < 160


def test_of_many_lines_the_best_are_quoted_first() -> None:
    lines = [
        "Ada: We had lunch and talked of nothing. " * 4,
        "Wen: Yes.",
        "Ada: The bound is vacuous at rare prefixes.",
    ]
    footnotes = Footnotes(transcript([*lines, "Wen: It is long. " * 12], seconds=10), NEITHER)
    support = Support(verdict="supported", score=0.9, best=(2, 1, 0, 3))
    footnotes.mark(claim("At rare prefixes the bound is vacuous.", 0, 1, 2, 3, support=support))
    assert footnotes.text() == (
        "[^0-3]: **Ada, Wen**, 0:20, lines 0–3: “The bound is vacuous at rare prefixes.” “Yes.”"
    )


@given(st.text(alphabet="ab .?!\u2028\n", max_size=400), st.text(max_size=20))
def test_a_quotation_is_the_lines_own_words(spoken: str, said: str) -> None:
    footnotes = Footnotes(transcript([(None, spoken)]), NEITHER)
    footnotes.mark(claim(said, 0))
    quoted = footnotes.text().partition("“")[2].removesuffix("”").removeprefix("… ").removesuffix(" …")
    assert quoted in squeezed(spoken)


# ── Sentences and paragraphs ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verdict", ["weak", "unsupported"])
def test_what_is_not_plainly_supported_is_marked(verdict: str) -> None:
    support = Support.model_validate(
        {"verdict": verdict, "score": 0.3, "reasons": ("the number 9 is not in the lines",)}
    )
    footnotes = Footnotes(transcript(["Ada: One."]), NEITHER)
    written = footnotes.sentence(claim("It is 9.", 0, support=support))
    assert written == f"It is 9.[^0] *({verdict}: the number 9 is not in the lines)*"
    assert "em" in shown(written).tags


def test_what_is_supported_is_not_marked() -> None:
    support = Support(verdict="supported", score=1.0)
    footnotes = Footnotes(transcript(["Ada: One."]), NEITHER)
    assert footnotes.sentence(claim("One.", 0, speaker="Ada", support=support)) == "**Ada:** One.[^0]"


def test_a_speaker_is_named_when_the_voice_changes() -> None:
    footnotes = Footnotes(transcript(["Ada: One.", "Ada: Two.", "Wen: Three.", "Four."]), NEITHER)
    said = [claim("One.", 0, speaker="Ada"), claim("Two.", 1, speaker="Ada"), claim("Three.", 2, speaker="Wen")]
    assert footnotes.paragraph(said) == "**Ada:** One.[^0] Two.[^1]\n\n**Wen:** Three.[^2]"
    assert footnotes.paragraph([]) == ""


def test_a_sentence_that_nobody_is_named_for_does_not_pass_for_the_last_speakers() -> None:
    footnotes = Footnotes(transcript(["Ada: One.", "Two."]), NEITHER)
    written = footnotes.paragraph([claim("One.", 0, speaker="Ada"), claim("Two.", 1)])
    assert written == "**Ada:** One.[^0]\n\nTwo.[^1]"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00"), (59.99, "0:59"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (36_061, "10:01:01")],
)
def test_times_as_people_write_them(seconds: float, written: str) -> None:
    assert clock(seconds) == written
