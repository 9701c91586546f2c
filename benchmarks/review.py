"""What a listener's time finds: whether `scribe review` sends the ear to lines that matter.

    python benchmarks/review.py --json

In: recogniser output of real meetings, the lines that people linked to their own summaries, and the notes that
`extract` makes of them. Out: a table, and with `--json` one object of figures as the last line. The meetings give no
probabilities of words, so every line is taken as equally doubtful; what is measured is what rests on each line.

- `auroc`: the chance that a line linked to a summary is put before one that is not.
- `found_in_tenth`: of the seconds of linked lines, the share heard by who listens to a tenth of the meeting in this
  order.

Each is the mean over meetings, for three orders: by `priority` (as `scribe review` has it), by `time`, by `length`.
"""

from __future__ import annotations

import json
import statistics

import corpora
import numpy as np

from scribe import chunks, frames, notes, simulators
from scribe.measures.calibration import auroc
from scribe.records import Notes, Transcript
from scribe.review.doubting import DoubtedLine, placed_claims
from scribe.review.finding import LEAD_S
from scribe.review.resting import Rests, seconds_of

LISTENED = 0.1
EQUALLY = DoubtedLine(chance=0.5, reasons=(), is_exact=False)


def main() -> None:
    """Measure and print."""
    parser = corpora.parser(__doc__)
    parser.add_argument("--limit", type=int, help="only the first meetings, for a quick look")
    options = parser.parse_args()
    heard = [m for m in corpora.load_linked(options.data) if m.heard is not None and m.heard_summary][: options.limit]
    if not heard:
        print(f"benchmarks/review.py: no meetings with recogniser output at {options.data}; nothing measured")
        return
    found: dict[str, list[float]] = {}
    for meeting in heard:
        assert meeting.heard is not None
        linked = {line for sentence in meeting.heard_summary for line in sentence.cites}
        for order, worth in worths(meeting.heard).items():
            for figure, value in figures(meeting.heard, linked, worth).items():
                found.setdefault(f"{order}_{figure}", []).append(value)
    means = {name: round(statistics.mean(values), 4) for name, values in found.items()}
    print("\n".join(f"{name:24} {value:8.3f}" for name, value in means.items()))
    if options.json:
        print(json.dumps({"meetings": len(heard), **means}))


def worths(transcript: Transcript) -> dict[str, np.ndarray]:
    """What each order sorts lines by, the greatest first."""
    rests = Rests(placed_claims(made_of(transcript), transcript))
    seconds = np.array([seconds_of(line) for line in transcript.segments])
    cost = np.array([rests.cost(line, EQUALLY) for line in transcript.segments])
    return {"priority": cost / (seconds + LEAD_S), "time": -np.arange(len(seconds)), "length": seconds}


def made_of(transcript: Transcript) -> Notes:
    """The notes of `extract`."""
    simulator = simulators.open_simulator("extract")
    known = frames.load_all(frames.folders(None, None))
    tokens = notes.budget(simulator, known, None, title=transcript.id)
    cut = chunks.split(transcript, simulator.count, budget_tokens=tokens)
    return notes.summarise(transcript, cut, simulator, known)


def figures(transcript: Transcript, linked: set[int], worth: np.ndarray) -> dict[str, float]:
    """How well one order finds the linked lines."""
    is_linked = np.array([line.index in linked for line in transcript.segments])
    seconds = np.array([seconds_of(line) for line in transcript.segments])
    order = np.argsort(-worth, kind="stable")
    within = np.cumsum(seconds[order]) <= LISTENED * seconds.sum()
    heard = order[within]
    return {
        "auroc": auroc(worth, is_linked, np.ones(len(worth))),
        "found_in_tenth": float(seconds[heard][is_linked[heard]].sum() / seconds[is_linked].sum()),
    }


if __name__ == "__main__":
    main()
