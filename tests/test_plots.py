"""Plots are well-formed, say in text what they show, and are the same bytes for the same numbers."""

from __future__ import annotations

import re
from typing import Literal
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe import plots
from scribe.plots import Bar, Dot, Row, Span

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> Element:
    return fromstring(text)


def texts(svg: Element) -> list[str]:
    return ["".join(t for t in [element.text, *(c.tail for c in element)] if t) for element in svg.iter(f"{SVG}text")]


def everything(label: str = "sceptic") -> str:
    return plots.figure(
        f"Voices of {label}",
        f"What {label} says.",
        [
            plots.bars("Bars", "A note.", [Bar(label, 0.4, 0.2, 0.6), Bar("two", -0.1)], unit="nats", ceiling=1.386),
            plots.lines("Lines", "", {label: [0.5, 0.6, 0.9], "flat": [0.5, 0.5]}, along="tokens", unit="p", level=0.5),
            plots.heat("Heat", "", [label, "b"], [label, "y"], [[1.0, -2.0], [None, 0.0]]),
        ],
    )


def test_a_figure_is_well_formed_named_and_described() -> None:
    svg = drawn(everything())
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "title desc"
    assert [svg.find(f"{SVG}{name}").text for name in ("title", "desc")] == ["Voices of sceptic", "What sceptic says."]  # type: ignore[union-attr]
    said = texts(svg)
    for value in ("0.40", "−0.10", "at most 1.39", "1.00", "−2.00", "tokens", "sceptic", "Bars", "A note."):
        assert value in said
    assert not [e for e in svg.iter() if e.tag in (f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject")]


def test_it_is_readable_in_the_dark_and_without_colours() -> None:
    text = everything()
    assert "prefers-color-scheme: dark" in text
    assert "currentColor" in text
    dashes = re.findall(r'<path class="line c\d stroke" stroke-dasharray="([^"]+)" d="M[^"]+L', text)
    assert len(set(dashes)) == 2


def test_the_same_numbers_make_the_same_bytes() -> None:
    assert everything() == everything()
    assert everything() != everything("formaliser")


@given(st.text(max_size=80))
def test_any_label_is_text_and_nothing_else(label: str) -> None:
    svg = drawn(everything(label))
    assert not list(svg.iter(f"{SVG}script"))
    assert len(list(svg.iter())) - len(list(svg.iter(f"{SVG}title"))) == len(
        [e for e in drawn(everything()).iter() if e.tag != f"{SVG}title"]
    )


def test_marks_are_escaped() -> None:
    text = everything('<script>alert("1")</script>&\x00')
    assert "<script" not in text
    assert 'Voices of <script>alert("1")</script>&' in [e.text for e in drawn(text).iter(f"{SVG}title")]


def test_a_long_label_is_cut_and_told_whole() -> None:
    label = "what a very careful sceptic noted as unproved or unclear in this stretch"
    svg = drawn(plots.figure("F", "D", [plots.bars("B", "", [Bar(label, 1.0)], unit="nats")]))
    (cut,) = [t for t in texts(svg) if t.startswith("what a very")]
    assert cut.endswith("…")
    assert len(cut) < len(label)
    assert label in [e.text for e in svg.iter(f"{SVG}title")]


NUMBERS = st.floats(-1e3, 1e3)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=6), st.none() | st.floats(0.1, 10))
def test_bars_and_their_errors_stay_on_the_page(values: list[tuple[float, ...]], ceiling: float | None) -> None:
    bars = [Bar("v", b, a, c) for a, b, c in map(sorted, values)]
    svg = drawn(plots.figure("F", "D", [plots.bars("B", "", bars, unit="nats", ceiling=ceiling)]))
    for rect in svg.iter(f"{SVG}rect"):
        x, width = float(rect.get("x", 0)), float(rect.get("width", 0))
        assert x >= 0
        assert x + width <= plots.WIDTH
    for path in svg.iter(f"{SVG}path"):
        for command, number in re.findall(r"([MH])(-?[\d.]+)", path.get("d", "")):
            assert command
            assert 0 <= float(number) <= plots.WIDTH


@given(st.lists(st.lists(NUMBERS, max_size=30), max_size=7))
def test_lines_stay_on_the_page(series: list[list[float]]) -> None:
    panel = plots.lines("L", "", {f"v{i}": s for i, s in enumerate(series)}, along="tokens", unit="nats")
    svg = drawn(plots.figure("F", "D", [panel]))
    for path in svg.iter(f"{SVG}path"):
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d", "")):
            assert 0 <= float(x) <= plots.WIDTH
            assert 0 <= float(y) <= panel.height


@pytest.mark.parametrize("values", [[], [[]]])
def test_an_empty_table_is_drawn(values: list[list[float]]) -> None:
    assert drawn(plots.figure("F", "D", [plots.heat("H", "", ["r"] * len(values), [], values)])) is not None


STRIP = st.tuples(NUMBERS, NUMBERS, NUMBERS, st.lists(NUMBERS, max_size=6))


@given(st.lists(STRIP, max_size=4))
def test_strips_and_their_dots_stay_on_the_page(values: list[tuple[float, float, float, list[float]]]) -> None:
    rows = [
        (Bar("extract", b, a, c), [(f"session {n}", dot) for n, dot in enumerate(dots)])
        for *ends, dots in values
        for a, b, c in [sorted(ends)]
    ]
    panel = plots.strips("S", "", rows, unit="F1")
    svg = drawn(plots.inline(panel, "D", "s-"))
    assert float(svg.get("width", 0)) == panel.width < 400, "a telephone shows it whole"
    for circle in svg.iter(f"{SVG}circle"):
        assert 0 < float(circle.get("cx", -1)) < panel.width
        assert 0 < float(circle.get("cy", -1)) < panel.height
    for rect in svg.iter(f"{SVG}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= panel.width
    assert [c.find(f"{SVG}title").text for c in svg.iter(f"{SVG}circle")] == [  # type: ignore[union-attr]
        f"{label}: {plots.number(dot)}" for _, dots in rows for label, dot in dots
    ]


def test_two_plots_of_one_page_have_ids_of_their_own() -> None:
    panel = plots.strips("S", "", [(Bar("a", 1.0), [])], unit="F1")
    one, other = (drawn(plots.inline(panel, "What it shows.", name)) for name in ("a-", "b-"))
    assert one.get("aria-labelledby") == "a-title a-desc"
    ids = [{e.get("id") for e in svg.iter() if e.get("id")} for svg in (one, other)]
    assert len(ids[0] | ids[1]) == 4


def test_a_plot_for_a_strict_page_has_no_style_of_its_own() -> None:
    panel = plots.bars("B", "", [Bar("a", 1.0)], unit="nats")
    bare, styled = (plots.inline(panel, "D", "b-", styled=is_styled) for is_styled in (False, True))
    assert "style" not in bare
    assert f"<style>{plots.STYLE}</style>\n" in styled
    assert styled.replace(f"<style>{plots.STYLE}</style>\n", "") == bare


SPAN = st.tuples(st.floats(0, 9e4), st.floats(0, 9e4)).map(sorted)


@given(
    st.lists(st.tuples(st.text(max_size=40), st.lists(SPAN, max_size=5), st.lists(NUMBERS, max_size=9)), max_size=5),
    st.sampled_from(["time", "line"]),
    st.floats(0, 1e5),
)
def test_stretches_and_dots_stay_on_the_page(
    values: list[tuple[str, list[list[float]], list[float]]], unit: Literal["time", "line"], length: float
) -> None:
    rows = [
        Row(label, [Span(a, b, 1, "said") for a, b in ends], [Dot(at, n, "noted") for n, at in enumerate(dots)])
        for label, ends, dots in values
    ]
    panel = plots.spans("S", "", rows, unit=unit, length=length, legend=[(0, "supported")])
    svg = drawn(plots.inline(panel, "D", "s-"))
    for rect in svg.iter(f"{SVG}rect"):
        assert 0 <= float(rect.get("x", 0)) <= plots.WIDTH
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= plots.WIDTH + 0.01
    for path in svg.iter(f"{SVG}path"):
        x, y = re.match(r"M(\S+) ([\d.]+)", path.get("d", "")).groups()  # type: ignore[union-attr]
        assert 0 <= float(x) <= plots.WIDTH - 8 or "axis" in path.get("class", "")
        assert 0 <= float(y) <= panel.height
    tips = [e.text for e in svg.iter(f"{SVG}title")]
    assert (tips.count("said"), tips.count("noted")) == (
        sum(len(row.spans) for row in rows),
        sum(len(row.dots) for row in rows),
    )


@pytest.mark.parametrize(
    ("unit", "length", "ticks"),
    [
        ("time", 222.0, ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00", "3:30"]),
        ("time", 7300.0, ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00"]),
        ("time", 0.0, ["0:00"]),
        ("line", 1361.0, ["0", "500", "1000"]),
        ("line", 2.0, ["0", "1", "2"]),
    ],
)
def test_ticks_are_round(unit: Literal["time", "line"], length: float, ticks: list[str]) -> None:
    svg = drawn(plots.inline(plots.spans("S", "", [Row("a", [])], unit=unit, length=length), "D", "s-"))
    assert [text for text in texts(svg) if re.fullmatch(r"[\d:]+", text)] == ticks


def test_names_of_columns_are_slanted_rather_than_cut() -> None:
    names = [f"newcomer {n}" for n in range(8)]
    few, many = (
        drawn(plots.inline(plots.heat("H", "", names[:n], names[:n], [[0.5] * n] * n), "D", "h-")) for n in (2, 8)
    )
    slanted = [e for e in many.iter(f"{SVG}text") if e.get("transform")]
    assert [e.text for e in slanted] == names
    assert not [e for e in few.iter(f"{SVG}text") if e.get("transform")]


def test_a_label_of_a_megabyte_is_cut_at_once() -> None:
    text = plots.figure("F", "D", [plots.bars("B", "", [Bar("w" * 1_000_000, 1.0)], unit="nats")])
    (cut,) = [t for t in texts(drawn(text)) if t.startswith("www")]
    assert len(cut) < 30
