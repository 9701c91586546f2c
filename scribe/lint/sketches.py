"""Rules on the form and on the argument: what is missing, what is waved at, what rests on nothing, where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scribe.evidence import judge
from scribe.language import content_words, words
from scribe.lint.findings import Context, Finding
from scribe.lint.passages import spoken
from scribe.lint.reading import Item, StatedStep

_WAVED = re.compile(
    r"""
      \b left\s (?: as\san\sexercise\s )? (?: to | for | with ) \s (?: the | our | an?\s\w+ ) \s readers? \b
    | \b as\san\sexercise \b | \b exercise\s (?: for | to ) \s the \b
    | \b (?: proofs? | details? | arguments? | calculations? | derivations? | verifications? | remainder | rest ) \s
        (?: of\s (?: this | it | the\s\w+ ) \s )? (?: (?: is | are ) \s )?
        (?: omitted | skipped | left\sout | suppressed | routine ) \b
    | \b (?: is | are ) \s omitted \b
    | \b (?: we | i ) \s (?: omit | skip | suppress ) \s (?: the\s )? (?: proof | details? | argument | calculation )
    | \b readers? \s (?: can | may | will | should ) \s (?: easily\s )? (?: check | verify | show | fill | supply ) \b
    | \b (?: it | this ) (?: \sis | 's ) \s (?: easy | simple | straightforward | trivial | not\s(?:hard|difficult)
        | immediate | routine ) \s to\s (?: see | show | check | verify | prove | derive ) \b
    | \b one\s (?: can\s )? easily\s (?: see | show | check | verif | prove ) \w*
    | \b similarly,?\s (?: one | we ) \s (?: can\s )? (?: show | prove | see ) s? \b
    | \b follows\strivially \b | \b trivially\s (?: true | follows | holds ) \b
    | \b by\s (?: a\s )? standard\sarguments? \b
    """,
    re.I | re.X,
)
_SHRUGGED = re.compile(
    r"\bobvious(?:ly)?\b|\btrivial(?:ly)?[.,;]|\b(?:is|are|seems?) (?:trivial|clear)\b|\bclearly\b|\bself-evident\b"
    r"|\bof course\b",
    re.I,
)
_DENIED = re.compile(r"(?:\bnot\b|n't|\bno\b|\bnever\b|\bnon-?|\bless\b)\W{0,2}(?:\w+\W{1,2}){0,1}$", re.I)
_REASON = re.compile(r"\b(?:because|since|by|from|as|for|using|due to|so that|follows?|whence)\b|[:=≤≥]", re.I)
_DONE = re.compile(
    r"\b(?:q\.?e\.?d|claim(?:ed)?|proposition|statement|conclusions?|result|required|desired|asserted|assertion|stated"
    r"|bound|theorem|contradiction)\b|[∎□■]|\\(?:qed|blacksquare|square|Box)",
    re.I,
)
"""Words by which a last step says that it arrived."""

_CONCLUDES = re.compile(
    r"\b(?:then|we have|it (?:holds|follows) that|there (?:is|are|exists?)|hence|therefore|so)\b[:,]?"
    r"|\bif and only if\b",
    re.I,
)
_NO_SKETCH = frozenset(
    {"none", "none yet", "no sketch", "no sketch yet", "no proof", "no proof yet", "not yet", "missing", "empty"}
)
_LEAST_SHARED = 0.1
"""Share of the last step's content words that its statement must hold. In the fixtures a step
that arrives shares a sixth or more, and a step about something else shares none."""

_LEAST_WORDS = 3
"""Content words from which a step can be told to be about something else."""


def missing_statements(context: Context) -> Iterator[Finding]:
    """The form without a statement."""
    if context.stated.statement is None:
        line = context.stated.lines.get("statement", context.stated.line)
        message = "expected a statement that somebody could prove or break; there is none: state it, or delete it"
        yield context.finding("no-statement", "statement", line, message)


def waved_proofs(context: Context) -> Iterator[Finding]:
    """Words that stand where a reason should: "left to the reader", "it is easy to see", "clearly" alone."""
    for where, item in context.argument():
        if where.startswith("definition"):
            continue
        text = context.passage(item).prose
        found = _WAVED.search(text)
        is_quoted = isinstance(item, StatedStep) and item.tag == "said"
        if found is None and isinstance(item, StatedStep) and not is_quoted:
            found = _shrug(text)
        if found is not None:
            message = f'expected a reason; found "{_cut(found[0])}" in its place: give it, or move the step to the gaps'
            yield context.finding("left-to-reader", where, item.line, message)


def _shrug(text: str) -> re.Match[str] | None:
    """An "obviously" for which no reason is given anywhere in the step."""
    found = _SHRUGGED.search(text)
    if found is None or _DENIED.search(text[max(0, found.start() - 30) : found.start()]):
        return None
    return None if _REASON.search(text) else found


def empty_sketches(context: Context) -> Iterator[Finding]:
    """No sketch, or one that holds no step."""
    if _has_no_sketch(context):
        line = context.stated.lines.get("sketch", context.stated.line)
        message = "expected a sketch of at least one step; there is none: sketch an argument, or say in the gaps why"
        yield context.finding("empty-sketch", "sketch", line, message)


def _has_no_sketch(context: Context) -> bool:
    said = (words(step.text) for step in context.stated.steps)
    return all(not one or " ".join(one) in _NO_SKETCH for one in said)


def untagged_steps(context: Context) -> Iterator[Finding]:
    """Steps that do not say whether they were said, implied or added."""
    steps = () if _has_no_sketch(context) else context.stated.steps
    untagged = [n for n, step in enumerate(steps, start=1) if step.tag is None]
    if len(untagged) == len(steps) > 1:
        message = (
            f"expected each step to begin with (said), (implied) or (added); none of the {len(steps)} does: tag them "
            "by where they come from"
        )
        yield context.finding("untagged-step", "sketch", steps[0].line, message)
        return
    for n in untagged:
        message = (
            "expected each step to begin with (said), (implied) or (added); this one has no tag: tag it by where it "
            "comes from"
        )
        yield context.finding("untagged-step", f"step {n}", steps[n - 1].line, message)


def unsupported_steps(context: Context) -> Iterator[Finding]:
    """Steps tagged *said* that cite nothing, or lines that do not say it."""
    for n, step in enumerate(context.stated.steps, start=1):
        reason = _why_unsupported(context, step) if step.tag == "said" else None
        if reason:
            message = (
                f"expected a step that its cited lines say; {reason}: cite the lines that say it, or tag it as added"
            )
            yield context.finding("unsupported-said", f"step {n}", step.line, message)


def _why_unsupported(context: Context, step: StatedStep) -> str | None:
    if not step.labels:
        return "it cites no line"
    if context.lines_of is None:
        return None
    shown = {segment.index: segment for label in step.labels for segment in context.lines_of(label)}
    if not shown:
        return "its footnote leads to no line of the transcript"
    support = judge(spoken(step.text), sorted(shown), shown)
    if support.verdict != "unsupported":
        return None
    return re.sub(r"[*_`\[\]<>$\\|]", "", "; ".join(support.reasons)) or "they are about something else"


def unreached_conclusions(context: Context) -> Iterator[Finding]:
    """A last step that has nothing of what the statement concludes.

    A sketch of nothing but what was said is evidence, not an argument: speech seldom ends on its conclusion's words.
    """
    statement, steps = context.stated.statement, context.stated.steps
    if statement is None or all(step.tag == "said" for step in steps):
        return
    last = steps[-1].text
    if not (_WAVED.search(last) or _DONE.search(last) or _touches(context, steps[-1], statement)):
        message = (
            "expected the last step to reach what the statement concludes; it shares neither a symbol nor a word of "
            "substance with it: add the steps that lead there, or state less"
        )
        yield context.finding("unreached-conclusion", f"step {len(steps)}", steps[-1].line, message)


def _touches(context: Context, step: StatedStep, statement: Item) -> bool:
    """Whether a step has a symbol of the conclusion or, where it has none, words of what is stated or defined."""
    concluded = _conclusion(context, statement)
    mine = _symbols(context, step, context.passage(step).prose)
    theirs = _symbols(context, statement, concluded)
    if mine and theirs:
        return bool(mine & theirs) or _share(_stems(step.text), _stems(concluded)) > 1 / 3
    defined = " ".join(item.text for item in context.stated.definitions)
    stems = _stems(step.text)
    return len(stems) < _LEAST_WORDS or _share(stems, _stems(f"{statement.text} {defined}")) >= _LEAST_SHARED


def _conclusion(context: Context, statement: Item) -> str:
    """The statement from its last "then" on, where mathematics still follows; else all of it."""
    prose = context.passage(statement).prose
    last = prose.rfind("⟦")
    return prose[max((match.start() for match in _CONCLUDES.finditer(prose) if match.end() <= last), default=0) :]


def _symbols(context: Context, item: Item, prose: str) -> frozenset[str]:
    passage = context.passage(item)
    formulas = (passage.formula(piece) for piece in re.findall(r"⟦\d+⟧", prose))
    return frozenset[str]().union(*(formula.symbols() for formula in formulas if formula is not None))


def _stems(text: str) -> frozenset[str]:
    """Content words, hyphened ones in pieces too: "log-loss" is a loss."""
    return frozenset(content_words(spoken(re.sub(r"⟦\d+⟧", "", text)).replace("-", " ")))


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return len(mine & theirs) / len(mine) if mine else 0.0


def missing_counterexamples(context: Context) -> Iterator[Finding]:
    """No attempt to break the statement."""
    stated = context.stated
    if stated.statement is not None and not stated.counterexample:
        line = stated.lines.get("counterexample", stated.line)
        message = (
            "expected an attempt to break the statement; there is none: try its simplest case and the extremes, and "
            "write down what came of it, even if nothing did"
        )
        yield context.finding("missing-counterexample", "counterexample", line, message)


def _cut(text: str) -> str:
    return re.sub(r"[*_`\[\]<>$\\|⟦⟧]", "", text)[:60]
