"""Findings on propositions: each rule on cases that a person can read, and what holds for any text at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.lint import RULES, LinesOf, is_reviewed, lint, read
from scribe.lint.mathematics import Formula
from scribe.lint.passages import Passage
from scribe.records import Segment

FIXTURES = Path(__file__).parent / "fixtures" / "lint"
DRAFT = Path(__file__).parent.parent / "drafts" / "simulators-1" / "post.md"
FRAME = Path(__file__).parent.parent / "prompts" / "proposition.md"


class Case(NamedTuple):
    """A small post of a fixture, and the rules that are to fire on it."""

    title: str
    post: str
    rules: frozenset[str]

    def found(self) -> frozenset[str]:
        return frozenset(finding.rule for finding in lint(self.post, lines_of(self.post)))


def cases(name: str) -> Iterator[Case]:
    """Cases of a fixture: "## fails: …", "## passes: …", or "## finds: rule, rule (…)"."""
    text = (FIXTURES / f"{name}.md").read_text(encoding="utf-8")
    for piece in re.split(r"^## (?=fails: |passes: |finds: )", text, flags=re.M)[1:]:
        title, _, post = piece.partition("\n")
        kind, _, rest = title.partition(": ")
        rules = {"fails": [name], "passes": []}.get(kind)
        listed = rest.partition(" (")[0].split(", ") if rules is None else rules
        yield Case(f"{name}, {title}", post, frozenset(listed) - {"nothing"})


def lines_of(post: str) -> LinesOf | None:
    """The transcript that a case brings along as its footnotes; None for a case without one."""
    notes = re.findall(r"^\[\^(\d+)\]: (.*)$", post, re.M)
    lines = {number: Segment(index=int(number), text=text) for number, text in notes}
    return (lambda label: [lines[n] for n in re.findall(r"\d+", label) if n in lines]) if lines else None


SINGLE = [case for rule in RULES for case in cases(rule)]
MIXED = list(cases("mixed"))
HELD_OUT = list(cases("held-out"))


# ── Each rule ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", [*SINGLE, *MIXED], ids=lambda case: case.title)
def test_what_the_fixtures_say(case: Case) -> None:
    assert case.found() == case.rules


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_cases_that_pass_and_cases_that_fail(rule: str) -> None:
    assert {bool(case.rules) for case in cases(rule)} == {True, False}


def test_what_the_rules_do_on_what_they_were_not_made_for() -> None:
    """Figures, not wishes: a change that lowers them is a step back, one that raises them changes them here."""
    right = sum(len(case.found() & case.rules) for case in HELD_OUT)
    false = sum(len(case.found() - case.rules) for case in HELD_OUT)
    missed = sum(len(case.rules - case.found()) for case in HELD_OUT)
    assert (right, false, missed) == (14, 2, 2)


def test_the_faults_of_the_seminars_own_post_are_found() -> None:
    post = (FIXTURES / "post.md").read_text(encoding="utf-8")
    found = Counter((finding.where.partition(",")[0], finding.rule) for finding in lint(post))
    assert {rule for name, rule in found if name == "Proposition 1"} == {
        "unbound-variable",
        "undefined-symbol",
        "mismatched-conditioning",
        "left-to-reader",
        "missing-counterexample",
    }
    assert {rule for name, rule in found if name == "Proposition 2"} == {
        "mismatched-conditioning",
        "conditioning-on-null",
        "empty-sketch",
        "missing-counterexample",
    }


# ── Sound texts stay quiet ───────────────────────────────────────────────────────────────────


def test_the_sample_draft_lacks_nothing_but_lines_where_there_are_none() -> None:
    found = lint(DRAFT.read_text(encoding="utf-8"), lambda label: [])
    assert {f.rule for f in found} == {"unsupported-said"}
    assert lint(DRAFT.read_text(encoding="utf-8")) == []


def test_the_frames_own_example_is_sound() -> None:
    """Its mathematics is plain Unicode; its marks are the frame's, which a post shows as footnotes."""
    example = FRAME.read_text(encoding="utf-8").partition("### From this session")[0]
    start = min(at for at in (example.find("\nDefinitions:"), example.find("\nStatement:")) if at >= 0)
    marked = re.sub(r"\[(\d[\d, -]*)\]", lambda m: f"[^{m[1].replace(', ', '_')}]", example[start:])
    post = f"### Proposition 1\n\n{marked}\nCounterexample: none found for two tokens.\n"
    (proposition,) = read(post)
    assert len(proposition.steps) >= 4
    assert not lint(post)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────

POST = """\
# A post

<!-- scribe: aaaaaa -->
### Proposition 2

<!-- scribe: bbbbbb -->
**Definitions.**

- **Adaeze:** $p(\\cdot \\mid c)$ is the truth after a context $c$.[^6]

**Statement.** **Ilse:** For every $q$
and every $c$, all is well.[^7-8]

**Assumptions.**

- nothing[^6]

**Sketch.**

1. *(said)* first
   goes on here[^7]
   - and deeper

<!-- scribe: cccccc -->
2. *(implied)* second[^6_8]

**Gaps.**

- much[^5]

**Counterexample.**

- *sceptic:* Suppose not.[^14]

**Status.** sketch; reviewed by nobody yet.

**Lint.** Step 2: expected more.

- **Statement.** is not read here

## Open questions

- What now?
"""


def test_a_proposition_is_read_part_by_part() -> None:
    (stated,) = read(POST)
    assert (stated.name, stated.line, stated.status) == ("Proposition 2", 4, "sketch; reviewed by nobody yet.")
    assert stated.definitions[0].speaker == "Adaeze"
    assert stated.statement is not None
    assert stated.statement.text == "For every $q$ and every $c$, all is well."
    assert (stated.statement.labels, stated.statement.line) == (("7-8",), 11)
    assert [(s.tag, s.text, s.labels, s.line) for s in stated.steps] == [
        ("said", "first goes on here and deeper", ("7",), 20),
        ("implied", "second", ("6_8",), 25),
    ]
    assert [item.text for item in stated.assumptions + stated.gaps + stated.counterexample] == [
        "nothing",
        "much",
        "Suppose not.",
    ]


def test_parts_may_come_in_any_order_and_setting() -> None:
    post = "#### Conjecture A\n\nStatus: open\n\n***Statement:*** All is well.\n\n__Proof__: (said) So it is.[^1]\n"
    (stated,) = read(post)
    assert (stated.name, stated.status, stated.steps[0].tag) == ("Conjecture A", "open", "said")
    assert stated.statement is not None
    assert stated.statement.text == "All is well."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeff",
        "## Propositions\n\nText.",
        "### Proposition 1",
        "```\n### Proposition 1\n\n**Statement.** x\n```",
        "$$",
    ],
)
def test_what_is_no_proposition_is_none(text: str) -> None:
    assert read(text) == []


def test_a_proposition_ends_at_the_next_heading_and_not_at_a_footnote() -> None:
    (stated,) = read(
        "### Proposition 1\n\n**Statement.** One.\n\n#### Sketch\n\n1. Two.\n\n[^1]: **Status.** no\n\n## Gaps\n"
    )
    assert (len(stated.steps), stated.status, stated.gaps) == (1, "", ())


@pytest.mark.parametrize(
    ("status", "reviewed", "by"),
    [
        ("sketch; reviewed by nobody yet.", False, None),
        ("sketch; nobody has checked it.", False, None),
        ("reviewed by no one yet", False, None),
        ("reviewed by —", False, None),
        ("Reviewed by", False, None),
        ("", False, None),
        ("Reviewed by Ada Lovelace", True, "Ada Lovelace"),
        ("sketch; reviewed by Ada L. on 3 May", True, "Ada L."),
        ("proved, Ada L., 3 May", True, "Ada L."),
        ("**refuted**", True, None),
        ("checked by: mira", True, "mira"),
    ],
)
def test_who_answers_for_a_proposition(status: str, reviewed: bool, by: str | None) -> None:
    (stated,) = read(f"### Proposition 1\n\n**Statement.** Yes.\n\n**Status.** {status}\n")
    assert (is_reviewed(stated), stated.reviewer) == (reviewed, by)


# ── Mathematics ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("formula", "used"),
    [
        (r"\sum_{i=1}^n x_i", "n x"),
        (r"\mathbb{E}_{x \sim p}[\log q(x)]", "p q"),
        (r"\lim_{n \to \infty} a_n", "a"),
        (r"\int f(x) \, dx", "f"),
        (r"\{x \in S : x > 0\}", "S"),
        (r"\forall x \in X \; \exists y", "X"),
        (r"x \mapsto x^2", ""),
        (r"D_{\mathrm{KL}}(p \,\|\, q) = O(n)", "n p q"),
        (r"\mathrm{TV}(p, q') + e^{\pi}", "p q'"),
        (r"\Pr[A \mid \text{the prompt}]", "A"),
        (r"\hat{p}(x) \ne p(x)", "p p̂ x"),
        ("Σ_{i<j} xᵢ", "i j x Σ"),
        ("∑_{i<j} xᵢ", "x"),
    ],
)
def test_which_symbols_a_formula_uses(formula: str, used: str) -> None:
    assert sorted({use.name for use in Formula(formula).uses()}) == sorted(used.split())


def test_prices_are_no_mathematics() -> None:
    assert not Passage("It costs $5 and then $6.").formulas
    assert [formula.source for formula in Passage(r"\$5, $x$ and \(y\)").formulas] == ["x", "y"]


# ── Any text at all ──────────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    [
        *"$ \n\r|{}[]()_^~`*#-\\.:,;<>&'\u3000\ufeff⟦⟧",
        *(
            "\r\n",
            "\n\n",
            "$$",
            "<!--",
            "-->",
            "```",
            "```math\n",
            "### Proposition 1\n",
            "## Definitions\n",
            "[^1]",
            "[^",
        ),
        *(
            "**Statement.** ",
            "**Sketch.**\n",
            "1. *(said)* ",
            "- ",
            "**Status.** by ",
            "**Lint.** ",
            "**Ada:** ",
            "TODO",
        ),
        *(
            r"\frac",
            r"\hat{",
            r"\text{",
            r"\sum_{i",
            r"\mid",
            r"\{",
            r"\left(",
            r"\propto",
            "P(A|",
            "E[",
            "∑_",
            "√(",
            "ε",
        ),
        *("every ", "let ", "given ", "clearly ", "then ", "x", "q(x|c)", "= ", "0", "d", "…", "up to a "),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join)
POSTS = st.sampled_from([case.post for case in (*SINGLE, *MIXED, *HELD_OUT)])


@given(TEXTS, TEXTS)
def test_no_text_makes_it_raise(text: str, other: str) -> None:
    for post in (text, f"### Proposition 1\n\n**Statement.** {text}\n\n**Sketch.**\n\n1. *(said)* {other}"):
        lines = len(re.split(r"\r\n|\r|\n", post))
        for finding in lint(post, lambda label: [Segment(index=1, text=label)]):
            assert 1 <= finding.line <= lines
            assert finding.rule in RULES
            assert "\n" not in finding.message
        assert all(isinstance(is_reviewed(stated), bool) for stated in read(post))


@given(POSTS)
def test_a_finding_points_at_its_part(post: str) -> None:
    rows = post.split("\n")
    for finding in lint(post, lines_of(post)):
        row = rows[finding.line - 1]
        if "step" in finding.where:
            assert re.match(r"\s*(?:\d\.|[-*]) |\*\*Proof", row)
        elif finding.rule in ("unbound-variable", "mismatched-conditioning"):
            assert "Statement" in row
        else:
            assert row.strip()


@given(POSTS, st.integers(0, 200), st.booleans())
def test_comments_line_ends_and_a_byte_order_mark_change_no_finding(post: str, at: int, has_mark: bool) -> None:
    rows = post.split("\n")
    at = min(at, len(rows))
    edited = "\r\n".join([*rows[:at], "<!-- scribe: k7f2q1 -->", *rows[at:]])
    expected = [
        finding.model_copy(update={"line": finding.line + (finding.line > at)})
        for finding in lint(post, lines_of(post))
    ]
    assert lint("\ufeff" * has_mark + edited, lines_of(post)) == expected


@pytest.mark.parametrize(
    "piece", ["$", "$a$ ", r"\(", "<!--", "[^", "* ", "p(x|", "∫", r"\hat{", "given ", "**Sketch.** a\n"]
)
def test_long_texts_are_read_in_reasonable_time(piece: str) -> None:
    """Two hundred kilobytes of what a pattern might go back over; a square of that would never end."""
    assert lint("### Proposition 1\n\n**Statement.** " + piece * (200_000 // len(piece)))


def test_many_propositions_lean_on_one_another_in_reasonable_time() -> None:
    one = "### Proposition 1\n\n**Definitions.**\n\n- $L$: a loss\n\n**Statement.** $L > 0$.\n\n"
    assert len(lint(one * 2_000)) == 2 * 2_000


def test_every_message_can_be_shown_in_markdown() -> None:
    for case in (*SINGLE, *MIXED, *HELD_OUT):
        for finding in lint(case.post, lines_of(case.post)):
            assert not re.search(r"[*_`\[\]<>|\\]", re.sub(r"\$[^$]+\$", "", finding.message)), finding.message
