"""Actions and decisions found in meetings, against those that people listed.

    python benchmarks/structure.py --json

In: a folder of meetings (the README beside this file says which). Out: a table, and with `--json` one object of named
figures as the last line. People listed AMI's decisions and actions and ICSI's decisions, each with its lines; a
sentence found is right where it stands within a line of these, or has half of an item's content words. What people
listed but nobody said in so many words counts as missed. What is measured is what the rules of `scribe.structure`
find in a whole meeting, before any simulator chooses among it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import corpora
from corpora import LinkedMeeting, LinkedSentence

from scribe.language import content_words
from scribe.records import ClaimKind
from scribe.structure import sentences_of, strength
from scribe.utterances import Utterance

LISTED: dict[str, ClaimKind] = {"actions": "action", "decisions": "decision"}
"""Sections of the human summaries, and the kind of claim that answers to each."""

PLAIN = 0.7
"""Strength from which notes may offer a sentence as of a kind."""

NEAR_LINES = 1
SHARED = 0.5

Figures = dict[str, float]


def found_in(meeting: LinkedMeeting, kind: ClaimKind) -> list[Utterance]:
    """What plainly is of a kind in a meeting."""
    return [u for u in sentences_of(meeting.transcript) if strength(kind, u) >= PLAIN]


def is_listed(u: Utterance, item: LinkedSentence) -> bool:
    """Whether a sentence says what somebody listed: from the same lines, or in the same words."""
    is_near = any(abs(line - cited) <= NEAR_LINES for line in u.cites for cited in item.cites)
    words = set(content_words(item.text))
    return is_near or len(words & set(u.stems)) >= SHARED * len(words) > 0


def measure(meetings: Sequence[LinkedMeeting], section: str) -> Figures:
    """Precision and recall over all meetings in which people listed something of this section."""
    right = offered = met = listed = 0
    for meeting in meetings:
        items = [one for one in meeting.summary if one.section == section]
        if not items:
            continue
        found = found_in(meeting, LISTED[section])
        hits = [[is_listed(u, item) for item in items] for u in found]
        right += sum(map(any, hits))
        offered += len(found)
        met += sum(any(row[place] for row in hits) for place in range(len(items)))
        listed += len(items)
    return {
        f"{section}_precision": round(right / offered, 3) if offered else 0.0,
        f"{section}_recall": round(met / listed, 3) if listed else 0.0,
        f"{section}_found": offered,
        f"{section}_listed": listed,
    }


def main() -> None:
    given = corpora.parser(__doc__).parse_args()
    figures: Figures = {}
    for corpus in corpora.TIMED:
        if meetings := corpora.load_linked(given.data, [corpus]):
            for section in LISTED:
                if any(one.section == section for meeting in meetings for one in meeting.summary):
                    figures |= {f"{corpus}_{name}": value for name, value in measure(meetings, section).items()}
    if not figures:
        print(f"no meetings in {given.data}; nothing was measured")
    for name, value in figures.items():
        print(f"{name:28} {value:g}")
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
