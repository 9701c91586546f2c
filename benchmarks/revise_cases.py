"""Random cases for the merge, and the laws it must keep; the tests and `revise.py` share them.

A case is a text as generated, what a person made of it, and what is generated next. The generator knows what the person
did, so that the laws are checked against that and not against what the merge believes.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from scribe.revise import labelled, labels, merge, split
from scribe.revise.matching import FEW, likeness
from scribe.revise.merging import TWIN
from scribe.revise.words import combine

WORDS = (
    "simulator simulacrum model token prefix loss entropy divergence corpus mixture sample voice frame record scene "
    "character author dialogue chess game bound gap excess rate context horizon policy reward prior posterior evidence "
    "claim lemma conjecture objection remark question answer step sketch proof symbol measure event limit average "
    "tail branch rollout score rule honest forecast calibration seminar session line note draft post section topic"
).split()
FOREIGN = (
    "<div>\nraw *html* {0}\n</div>",
    "- one {0}\n  - two\n    - three {0}\n- four",
    "| {0} | b |\n|---|---|\n| 1 | 2 |",
    "```python\n## {0} no heading\n```",
    "\ttabbed {0} code",
    "> quoted {0}\n> more",
    "<!-- a remark {0} -->",
    "$$\n{0} = x^2\n$$",
    "1. {0}\n2. then\n\n   more of two",
    "[{0}]: https://example.org",
    "***",
)


class Case(NamedTuple):
    """Three texts, and what the person did to get from the first to the second."""

    base: str
    theirs: str
    new: str
    deleted: tuple[str, ...]
    """Contents of the generated blocks that the person took out."""
    edits: tuple[str, ...]


def case(seed: int) -> Case:
    """The case of a seed."""
    dice = random.Random(seed)
    base = labelled(_page(dice))
    theirs, deleted, edits = _edited(base, dice)
    return Case(base, theirs, labelled(_regenerated(base, dice), base), deleted, edits)


def broken_laws(case: Case) -> Iterator[str]:
    """The laws that the merge of a case breaks, as lines a person can follow."""
    base, theirs, new, deleted, _ = case
    if merge(base, base, new).text != new:
        yield "merge(B, B, N) is not N"
    if merge(base, theirs, base).text != theirs:
        yield "merge(B, H, B) is not H"
    if merge(base, theirs, theirs).text != theirs:
        yield "merge(B, H, H) is not H"
    for follows in (False, True):
        merged = merge(base, theirs, new, follow_new_order=follows)
        if _plain(theirs) == base:
            continue
        if merge(new, merged.text, new).text != merged.text:
            yield "merging again with the new base changes something"
        again = merge(base, merged.text, new, follow_new_order=follows).text
        if again != merged.text and not (_is_ambiguous(theirs) or _is_ambiguous(merged.text)):
            yield f"merging again with the old base changes something ({follows=})"
        yield from _lost(case, merged.text)
        yield from _back(case, deleted, merged.text)
        yield from _unresolved(case, merged.text)
        if not follows:
            yield from _disordered(theirs, merged.text)
        if re.search(r"^(<<<<<<<|=======|>>>>>>>)", merged.text, re.M):
            yield "a conflict marker"


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").removeprefix("\ufeff")


def _contents(text: str) -> Counter[str]:
    return Counter(block.content for block in split(_plain(text)).blocks)


def _is_ambiguous(text: str) -> bool:
    """Whether blocks share an id, or say the same without one: then two may change places unseen."""
    seen: dict[str, list[str | None]] = {}
    for block in split(_plain(text)).blocks:
        seen.setdefault(block.content, []).append(block.id or block.label)
    named = [name for ids in seen.values() for name in ids if name is not None]
    return len(set(named)) < len(named) or any(len(ids) > 1 and None in ids for ids in seen.values())


def _lost(case: Case, merged: str) -> Iterator[str]:
    """Blocks that the person wrote or changed, and that are not there."""
    old, there = _contents(case.base), _contents(merged)
    for content, count in (_contents(case.theirs) - old).items():
        if there[content] >= count or content in _plain(merged):
            continue
        fits = (combine(b, content, n) for b in old for n in _contents(case.new) if b != n and b != content)
        if not any(found in there for found in fits if found):
            yield f"lost: {content!r}"
    # Byte for byte, not only up to line ends.
    for block in split(case.theirs.removeprefix("\ufeff")).blocks:
        if _plain(block.content) not in old and _plain(block.content) in there and block.content not in merged:
            yield f"bytes changed: {block.content!r}"


def _back(case: Case, deleted: tuple[str, ...], merged: str) -> Iterator[str]:
    """Blocks that the person deleted, or their twins, and that are there again."""
    mine = split(_plain(case.theirs)).blocks
    mine_contents = {block.content for block in mine}
    gone = [b for b in split(case.base).blocks if b.content in deleted and b.content not in mine_contents]
    alive = [b for b in split(case.base).blocks if b.content not in deleted]
    for block in split(_plain(merged)).blocks:
        if block.content in mine_contents or block.label is not None or len(block.content.split()) < 5:
            continue
        for old in gone:
            is_other = any(likeness(block, other) >= TWIN for other in (*alive, *mine))
            if old.label is None and likeness(block, old) >= TWIN and not is_other:
                yield f"came back: {old.content!r} as {block.content!r}"


def _unresolved(case: Case, merged: str) -> Iterator[str]:
    """Footnotes of the new text's words that lead nowhere."""
    page = split(_plain(merged)).blocks
    defined = {block.label for block in page}
    in_theirs = set(labels(_plain(case.theirs)))
    known = {block.label for block in (*split(case.base).blocks, *split(case.new).blocks)}
    for block in page:
        for label in labels(block.content):
            if label in known and label not in defined and label not in in_theirs:
                yield f"footnote {label} leads nowhere"


def _disordered(theirs: str, merged: str) -> Iterator[str]:
    """Blocks of the person that stand in another order."""
    mine = [b.content for b in split(_plain(theirs)).blocks if b.label is None and len(b.content.split()) >= FEW]
    once = {content for content, count in Counter(mine).items() if count == 1}
    order = [b.content for b in split(_plain(merged)).blocks if b.content in once]
    if Counter(order).most_common(1)[:1] and Counter(order).most_common(1)[0][1] > 1:
        return
    if order != [content for content in mine if content in set(order)]:
        yield "the person's order was changed"


# ── Making texts ─────────────────────────────────────────────────────────────────────────────


def _sentence(dice: random.Random) -> str:
    words = [dice.choice(WORDS) for _ in range(dice.randint(4, 14))]
    label = dice.choice([*map(str, range(12)), "3-5", "2_7"])
    return f"{' '.join(words).capitalize()}.[^{label}]"


def _paragraph(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.15:
        return f"## {' '.join(dice.sample(WORDS, dice.randint(1, 3))).capitalize()}"
    if kind < 0.25:
        return dice.choice(["**Sketch.**", "**Gaps.**", "**Assumptions.**"])
    if kind < 0.45:
        return "\n".join(f"- {_sentence(dice)}" for _ in range(dice.randint(1, 4)))
    return " ".join(_sentence(dice) for _ in range(dice.randint(1, 3)))


def _with_notes(blocks: list[str], dice: random.Random, notes: dict[str, str]) -> str:
    """A page of the blocks, and the footnotes that they refer to."""
    for label in dict.fromkeys(label for block in blocks for label in labels(block)):
        notes.setdefault(label, f"[^{label}]: **Ada**, line {label}: “{' '.join(dice.choices(WORDS, k=6))}”")
    named = dict.fromkeys(label for block in blocks for label in labels(block))
    return "\n\n".join([*blocks, "\n".join(notes[label] for label in named)]).strip() + "\n"


def _page(dice: random.Random) -> str:
    return _with_notes(["# A post", *(_paragraph(dice) for _ in range(dice.randint(0, 9)))], dice, {})


def reworded(text: str, dice: random.Random) -> str:
    """A text in slightly other words; its footnotes stay."""
    words = text.split(" ")
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(words))
        if dice.random() < 0.5:
            words.insert(place, dice.choice(WORDS))
        elif len(words) > 2 and "[^" not in words[place] and words[place].isalpha():
            words[place] = dice.choice(WORDS)
    return " ".join(words)


def _regenerated(base: str, dice: random.Random) -> str:
    """What is generated next: mostly the same, some blocks reworded, new, gone or elsewhere."""
    page = split(base).blocks
    notes = {block.label: block.content for block in page if block.label is not None}
    keeps_ids = dice.random() < 0.5
    blocks: list[str] = []
    for block in (b for b in page if b.label is None):
        chance = dice.random()
        mark = block.mark if keeps_ids else ""
        if chance < 0.2:
            blocks.append(mark + reworded(block.content, dice))
        elif chance < 0.9:
            blocks.append(mark + block.content)
        if dice.random() < 0.15:
            blocks.append(_paragraph(dice))
    if len(blocks) > 2 and dice.random() < 0.2:
        blocks.insert(dice.randrange(len(blocks)), blocks.pop(dice.randrange(len(blocks))))
    for label in list(notes):
        if dice.random() < 0.1:
            notes[label] += f" {dice.choice(WORDS)}"
    return _with_notes(blocks, dice, notes)


# ── What people do ───────────────────────────────────────────────────────────────────────────


def _edited(base: str, dice: random.Random) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A person's text, the contents of what they took out of it, and what they did."""
    parts = [[block.mark, block.content, block.gap] for block in split(base).blocks]
    deleted: list[str] = []
    done = [_edit(parts, deleted, dice) for _ in range(dice.randint(0, 5))]
    text = "".join(part for block in parts for part in block)
    return _in_an_editor(text, dice, done), tuple(deleted), tuple(done)


def _edit(parts: list[list[str]], deleted: list[str], dice: random.Random) -> str:
    """One edit, in place; returns what was done."""
    what = dice.choice("reword reword delete insert insert foreign move lose copy forge keep unmark note".split())
    if not parts and what not in ("insert", "foreign", "note"):
        return "nothing"
    place = dice.randrange(len(parts)) if parts else 0
    if what == "reword":
        parts[place][1] = reworded(parts[place][1], dice)
    elif what == "delete":
        deleted.append(parts.pop(place)[1])
    elif what == "insert":
        parts.insert(place, ["", f"My own {_paragraph(dice)}".replace("\n", " "), "\n\n"])
    elif what == "foreign":
        parts.insert(place, ["", dice.choice(FOREIGN).format(dice.choice(WORDS)), "\n\n"])
    elif what == "move":
        parts.insert(dice.randrange(len(parts)), parts.pop(place))
    elif what == "lose":
        parts[place][0] = ""
    elif what == "copy":
        parts.insert(dice.randrange(len(parts)), list(parts[place]))
    elif what == "forge":
        parts[place][0] = dice.choice(parts)[0]
    elif what == "keep":
        parts[place][0] += "<!-- scribe: keep -->\n"
    elif what == "unmark":
        for part in parts:
            part[0] = ""
    else:
        parts.append(["", f"[^{dice.choice(['mine', '1', '2', '11'])}]: my footnote {dice.choice(WORDS)}", "\n"])
    return f"{what} {place}"


def _in_an_editor(text: str, dice: random.Random, done: list[str]) -> str:
    """What editors do to a whole file."""
    chance = dice.random()
    if chance < 0.05:
        done.append("windows")
        text = text.replace("\n", "\r\n")
    elif chance < 0.08:
        done.append("mixed")
        text = "".join(line + ("\r\n" if dice.random() < 0.5 else "\n") for line in text.split("\n"))
    elif chance < 0.11:
        done.append("mark of byte order")
        text = "\ufeff" + text
    elif chance < 0.13:
        done.append("emptied")
        text = dice.choice(["", "\n", " \n"])
    elif chance < 0.16:
        done.append("front matter")
        text = dice.choice(["---\ntags: [a]\n---\n", "---\ntags: [a\n", "---\n"]) + text
    elif chance < 0.2:
        done.append("blank lines")
        text = text.replace("\n\n", "\n\n\n") if dice.random() < 0.5 else text.rstrip("\n")
    return text
