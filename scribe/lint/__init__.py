"""A linter for propositions: what a reader would stumble over, found before the post is published.

In: the Markdown of a post, as a person may have edited it, and the transcript's lines. Out: findings. Code alone
decides; a finding says where to look and proves nothing, and a proposition without findings may still be false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from scribe.lint.conditions import mismatched_conditioning, null_conditions
from scribe.lint.findings import Context, Finding, LinesOf, Outer
from scribe.lint.reading import Item, Stated, StatedStep, post_definitions, read
from scribe.lint.sketches import (
    empty_sketches,
    missing_counterexamples,
    missing_statements,
    unreached_conclusions,
    unsupported_steps,
    untagged_steps,
    waved_proofs,
)
from scribe.lint.status import is_reviewed_status
from scribe.lint.symbols import unbound_variables, undefined_symbols

__all__ = ["RULES", "Finding", "Item", "LinesOf", "Stated", "StatedStep", "is_reviewed", "lint", "read"]

_RULES: tuple[tuple[str, Callable[[Context], Iterator[Finding]], str], ...] = (
    ("no-statement", missing_statements, "The form of a proposition is there and states nothing."),
    ("unbound-variable", unbound_variables, "The statement uses a variable that nothing binds."),
    ("undefined-symbol", undefined_symbols, "A symbol or a relation sign is used and never given a meaning."),
    (
        "mismatched-conditioning",
        mismatched_conditioning,
        "The two sides of a relation condition the same event on different things.",
    ),
    ("conditioning-on-null", null_conditions, "A probability is conditioned on what may have probability zero."),
    (
        "left-to-reader",
        waved_proofs,
        "“Left to the reader”, “clearly” or the like stands where a reason should.",
    ),
    ("empty-sketch", empty_sketches, "There is no sketch, or it holds no step."),
    ("untagged-step", untagged_steps, "A step does not say whether it was said, implied or added."),
    ("unsupported-said", unsupported_steps, "A step tagged said cites no line, or lines that do not bear it out."),
    ("unreached-conclusion", unreached_conclusions, "The last step has nothing of what the statement concludes."),
    ("missing-counterexample", missing_counterexamples, "Nobody wrote down an attempt to break the statement."),
)

RULES: Mapping[str, str] = MappingProxyType({name: sentence for name, _, sentence in _RULES})
"""What each rule finds, in the order in which they run."""


def lint(text: str, lines_of: LinesOf | None = None) -> list[Finding]:
    r"""Findings on all propositions of a post, by line.

    `lines_of` gives the transcript's segments for a footnote's label, such as "7-8", and none for a label that it does
    not know. Without it, what a step cites is not compared with what was said. It raises for no text.

    >>> post = "### Proposition 1\n\n**Statement.** $x > 0$.\n\n**Sketch.**\n\n1. *(added)* Since $x \\ne 0$, so.\n"
    >>> [(finding.rule, finding.line) for finding in lint(post)]
    [('missing-counterexample', 1), ('unbound-variable', 3)]
    """
    outer = Outer().with_definitions(post_definitions(text))
    findings: list[Finding] = []
    for stated in read(text):
        context = Context(stated, outer, lines_of)
        for _, rule, _ in _RULES:
            findings.extend(rule(context))
        outer = outer.with_definitions(stated.definitions)
    return sorted(findings, key=lambda finding: finding.line)


def is_reviewed(stated: Stated) -> bool:
    """Whether a person answers for a proposition: its status names one, or begins with something else than "sketch"."""
    return is_reviewed_status(stated.status)
