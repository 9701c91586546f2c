"""Side by side: true claims and lies about the same lines, as the judge tells them apart.

    python benchmarks/evidence_judging.py [--json] [--data DIR]

In: meetings of ICSI and AMI with sentences of human summaries and the lines that people linked to each. Out: for every
kind of lie the area under the ROC curve (true sentences against lies, by score) and the share caught by the verdict;
the share of true sentences that the verdict takes for lies; how well scores are calibrated. Lies are made by rule
(`evidence_edits.py`). Nothing was learned from the meetings measured, where DIR is the project's own: its 28 held out.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import evidence_edits as edits
import numpy as np
from corpora import DEFAULT_DATA, LinkedMeeting, load_linked, parser, timed_files

from scribe.evidence import SUPPORTED, WEAK, judge
from scribe.evidence.judging import LIES
from scribe.measures import calibration
from scribe.records import Segment
from scribe.rewriting import reported
from scribe.utterances import utterances

HELD_OUT = frozenset(
    "Bed002 Bed010 Bed015 Bmr012 Bmr026 Bro005 Bro011 Bro022 ES2006a ES2006b ES2006c ES2006d ES2009a ES2009b ES2009c "
    "ES2009d IS1006a IS1006b IS1006c IS1006d TS3009a TS3009b TS3009c TS3009d TS3010a TS3010b TS3010c TS3010d".split()
)
"""Meetings of the project's own data that nothing is learned from: those that are also in QMSum's val."""

ROLES = {"PM": "Project Manager", "ME": "Marketing", "ID": "Industrial Designer", "UI": "User Interface"}
"""What QMSum calls AMI's speakers, by the role that AMI's files give."""

KINDS = ("foreign", "number", "name", "role", "denied", "undenied", "speaker", "named")

_QUOTES = 12
"""Sentences of each meeting that are quoted and reported."""


class Case(NamedTuple):
    """A claim about lines of a meeting."""

    kind: str
    """What was done to it: one of `KINDS`, or "true", "quote", "report"; of the last three, the first is a person's."""
    source: str
    """What it was made of: "true", "quote" or "report"."""
    text: str
    cites: tuple[int, ...]
    speaker: str | None
    plain: tuple[str, str | None]
    """The text and speaker of the same claim as it was before."""


class Session(NamedTuple):
    """What was said at a meeting, and claims about it."""

    id: str
    shown: Mapping[int, Segment]
    cases: tuple[Case, ...]


def sessions(data: Path, *, held_out: bool, labelled: bool = False) -> Iterator[Session]:
    """The meetings of `data` with all their claims; `labelled` calls AMI's speakers by their roles."""
    meetings = load_linked(data)
    if data.resolve() == DEFAULT_DATA.resolve():
        meetings = [meeting for meeting in meetings if (meeting.transcript.id in HELD_OUT) == held_out]
    roles = roles_of(data) if labelled else {}
    names = edits.names_of([one.text for meeting in meetings for one in meeting.summary])
    for place, meeting in enumerate(meetings):
        called = roles.get(meeting.transcript.id, {})
        if labelled and not called:
            continue
        shown = {
            s.index: s.model_copy(update={"speaker": called.get(s.speaker or "", s.speaker)})
            for s in meeting.transcript.segments
        }
        cases = [*_told(meetings, place, names, shown), *_quoted(meeting, shown, names)]
        yield Session(meeting.transcript.id, shown, tuple(cases))


def roles_of(data: Path) -> dict[str, dict[str, str]]:
    """What AMI's speakers are to be called, by meeting and letter; none where two would be called the same."""
    found = {}
    for path in timed_files(data, ("ami",)):
        said = json.loads(path.read_text(encoding="utf-8"))
        called = {s["speaker"]: ROLES.get(s.get("role", ""), "") for s in said["segments"]}
        if all(called.values()) and len(set(called.values())) == len(called):
            found[said.get("id", path.stem)] = called
    return found


def _told(
    meetings: Sequence[LinkedMeeting], place: int, names: Sequence[str], shown: Mapping[int, Segment]
) -> Iterator[Case]:
    """Sentences of the summary, the same with one thing changed, and one of another meeting for each."""
    for one in meetings[place].summary:
        if not one.cites:
            continue
        yield from _variants("true", one.text, one.cites, names, shown)
        if len(meetings) > 1:
            n = edits.seed(one.text)
            other = meetings[(place + 1 + n % (len(meetings) - 1)) % len(meetings)].summary
            text = other[n // 5 % len(other)].text
            yield Case("foreign", "true", text, one.cites, None, (one.text, None))


def _quoted(meeting: LinkedMeeting, shown: Mapping[int, Segment], names: Sequence[str]) -> Iterator[Case]:
    """Sentences as they were said, made readable, and the same reported, with one thing changed or none."""
    cited = {i for one in meeting.summary for i in one.cites}
    said = [u for u in utterances(list(shown.values())) if len(u.stems) > 3 and set(u.cites) & cited]
    said.sort(key=lambda u: zlib.crc32(u.text.encode()))
    for u in said[:_QUOTES]:
        yield from _variants("quote", u.text, u.cites, names, shown)
        told = reported([u])[0]
        if told.is_rewritten:
            yield from _variants("report", told.text, u.cites, names, shown)


def _variants(
    source: str, text: str, cites: tuple[int, ...], names: Sequence[str], shown: Mapping[int, Segment]
) -> Iterator[Case]:
    yield Case(source, source, text, cites, None, (text, None))
    changed = {
        "number": edits.other_number(text),
        "role" if edits.names_role(text) else "name": edits.other_name(text, names),
        "denied": edits.denied(text),
        "undenied": edits.undenied(text),
    }
    for kind, lie in changed.items():
        if lie is not None:
            yield Case(kind, source, lie, cites, None, (text, None))
    spoke = Counter[str]()
    for line in (shown[i] for i in cites):
        spoke[line.speaker or ""] += 1 + len(line.text)
    speaker = spoke.most_common(1)[0][0]
    others = sorted({s.speaker for s in shown.values() if s.speaker and s.speaker != speaker})
    if not others or not speaker:
        return
    other = others[edits.seed(text) % len(others)]
    yield Case("speaker", source, text, cites, other, (text, speaker))
    if source == "report" and speaker in text and other not in text:
        yield Case("named", source, text.replace(speaker, other), cites, None, (text, None))


# ── Figures ──────────────────────────────────────────────────────────────────────────────────


def auroc(true: Sequence[float] | np.ndarray, lies: Sequence[float] | np.ndarray) -> float:
    """Chance that a true claim scores above a lie; ties count half.

    >>> auroc([0.9, 0.5], [0.1, 0.5])
    0.875
    """
    values = np.concatenate([np.asarray(true, dtype=float), np.asarray(lies, dtype=float)])
    return calibration.auroc(values, np.arange(len(values)) < len(true), np.ones(len(values)))


def calibration_error(scores: np.ndarray, is_true: np.ndarray, weights: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of score and share of true claims, over `bins` of equal width."""
    at = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [abs(float(np.sum(((scores - is_true) * weights)[at == b]))) for b in range(bins)]
    return sum(gaps) / float(weights.sum())


class Judged(NamedTuple):
    """A case, the judge's score and verdict, and the score of the same claim before it was changed."""

    case: Case
    score: float
    verdict: str
    plain: float


def judged(session: Session) -> Iterator[Judged]:
    """Every claim about a session judged."""
    for case in session.cases:
        support = judge(case.text, case.cites, session.shown, speaker=case.speaker)
        text, speaker = case.plain
        plain = judge(text, case.cites, session.shown, speaker=speaker).score
        yield Judged(case, support.score, support.verdict, plain)


def figures(data: Path | None = None) -> dict[str, float]:
    """Figures by name; none where the data are absent."""
    data = data or DEFAULT_DATA
    rows = [row for session in sessions(data, held_out=True) for row in judged(session)]
    if not rows:
        return {}
    told = [row for row in rows if row.case.source == "true"]
    true = [row for row in told if row.case.kind == "true"]
    found: dict[str, float] = {"judged_true": len(true)}
    for name, kinds in {
        "foreign": {"foreign"},
        "number": {"number"},
        "name": {"name", "role"},
        "name_role": {"role"},
        "name_other": {"name"},
        "negation": {"denied", "undenied"},
        "negation_put_in": {"denied"},
        "negation_taken_out": {"undenied"},
        "speaker": {"speaker"},
    }.items():
        found |= _of_kind(name, [row for row in told if row.case.kind in kinds])
    found["false_alarm"] = share(row.verdict == "unsupported" for row in true)
    found["true_weak"] = share(row.verdict == "weak" for row in true)
    found["true_supported"] = share(row.verdict == "supported" for row in true)
    for source in ("quote", "report"):
        own = [row for row in rows if row.case.kind == source]
        found[f"{source}s_supported"] = share(row.verdict == "supported" for row in own)
        found[f"{source}s"] = len(own)
        lies = [row for row in rows if row.case.source == source and row.case.kind not in (source, "named")]
        found |= _of_kind(f"{source}_lie", lies)
    scores, is_true, weights = _mixed([row for row in told if row.case.kind != "speaker"])
    found["calibration_error"] = calibration_error(scores, is_true, weights)
    by_role = [row for session in sessions(data, held_out=True, labelled=True) for row in judged(session)]
    by_role = [row for row in by_role if row.case.source == "true" or row.case.kind == "named"]
    found |= _of_kind("role_labelled", [row for row in by_role if row.case.kind == "role"])
    found |= _of_kind("reported_speaker", [row for row in by_role if row.case.kind == "named"])
    return found


def _of_kind(name: str, lies: Sequence[Judged]) -> dict[str, float]:
    if not lies:
        return {}
    return {
        f"auroc_{name}": auroc([row.plain for row in lies], [row.score for row in lies]),
        f"caught_{name}": share(row.verdict == "unsupported" for row in lies),
        f"noticed_{name}": share(row.verdict != "supported" for row in lies),
        f"judged_{name}": len(lies),
    }


def share(held: Iterable[bool]) -> float:
    """Share of what holds; 0 of nothing."""
    every = list(held)
    return sum(every) / len(every) if every else 0.0


def _mixed(rows: Sequence[Judged]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, truth and weights of the mixture that the judge assumes: true claims, and for each a lie made of it."""
    possible: dict[tuple[str, tuple[int, ...]], dict[str, float]] = {}
    for row in rows:
        if row.case.kind in _LIE_OF:
            lie = _LIE_OF[row.case.kind]
            possible.setdefault((row.case.plain[0], row.case.cites), {})[lie] = LIES[lie]
    weights = []
    for row in rows:
        chances = possible.get((row.case.plain[0], row.case.cites), {})
        lie = _LIE_OF.get(row.case.kind)
        weights.append(1.0 if lie is None else LIES[lie] / sum(chances.values()))
    return (
        np.array([row.score for row in rows]),
        np.array([float(row.case.kind == "true") for row in rows]),
        np.array(weights),
    )


_LIE_OF = {
    "foreign": "foreign",
    "number": "number",
    "name": "name",
    "role": "people",
    "denied": "denial",
    "undenied": "denial",
}
"""Which of the judge's lies a kind is; another speaker is left out, as no speaker is given with the true claims."""


def reliability(rows: Sequence[Judged]) -> list[tuple[float, float, float]]:
    """Mean score, share of true claims and share of all, for each tenth of the scale, in the mixture of `_mixed`."""
    scores, is_true, weights = _mixed([row for row in rows if row.case.source == "true" and row.case.kind != "speaker"])
    at = np.minimum((scores * 10).astype(int), 9)
    table = []
    for b in range(10):
        w = weights * (at == b)
        if w.sum():
            table.append((float(scores @ w / w.sum()), float(is_true @ w / w.sum()), float(w.sum() / weights.sum())))
    return table


def main() -> None:
    args = parser(__doc__).parse_args()
    found = figures(args.data)
    if args.json:
        print(json.dumps({key: round(value, 4) for key, value in found.items()}))
        return
    if not found:
        print(f"no linked meetings in {args.data}")
        return
    print(f"unsupported below {WEAK}, supported from {SUPPORTED}")
    for key, value in found.items():
        print(f"{key:32} {value:.3f}" if not float(value).is_integer() or value in (0, 1) else f"{key:32} {value:.0f}")
    rows = [row for session in sessions(args.data, held_out=True) for row in judged(session)]
    print("score    true     of all")
    for score, true, part in reliability(rows):
        print(f"{score:.3f}    {true:.3f}    {part:.3f}")


if __name__ == "__main__":
    main()
