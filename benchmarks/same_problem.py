"""Same problem? How well measures tell passages of one topic from passages of two.

    python benchmarks/same_problem.py --json

In: a folder with QMSum's meetings (the README beside this file says which). Out: a table, and with `--json` one object
of named figures as the last line: for each measure the area under the ROC curve and the log-loss of its calibrated
probabilities on the validation split, with intervals over meetings. Three parts: *measures* (all of them, on passages
of one length), *lengths* (what needs no weights, on passages of 50 to 800 words, under the calibration that scribe
ships) and *calibration* (which prints that calibration, fitted to the training split).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import corpora
import numpy as np
import same_problem_model
from same_problem_pairs import KINDS, Pair, Topic, load_topics, make_pairs

from scribe.measures.bootstrap import Estimate, statistic_of
from scribe.measures.calibration import auroc, fit, log_loss
from scribe.measures.likelihood import FOREIGN, Pairing, likelihood_gains
from scribe.measures.sameness import CALIBRATIONS, Comparison, LexicalMeasure
from scribe.pipeline.sameness import usual
from scribe.simulators import open_simulator

PARTS = ("measures", "lengths", "calibration")
LEXICAL: dict[LexicalMeasure, str] = {"cache": "likelihood_gain", "cosine": "cosine", "bm25": "bm25"}
"""Measures that need no weights, and what their figures are called."""
LENGTHS = (50, 100, 200, 400, 800)
HELD_OUT = 5
"""Every fifth meeting of the training split trains no weights: calibrations are fitted on those."""
Figures = dict[str, float]


class Judged(NamedTuple):
    """Pairs with the values that measures gave them."""

    pairs: Sequence[Pair]
    words: int
    values: dict[str, np.ndarray]

    @property
    def same(self) -> np.ndarray:
        """1 where both passages are of one topic, else 0."""
        return np.array([pair.kind == "same" for pair in self.pairs], dtype=int)

    def weights(self, *kinds: str) -> np.ndarray:
        """Of each pair, so that pairs of one topic weigh as much as all others of these kinds; 0 for other kinds."""
        kept = [0.0 if pair.kind not in kinds else 1 / len(kinds) for pair in self.pairs]
        return np.where(self.same == 1, 1.0, kept)

    def lengths(self) -> np.ndarray:
        """Words of each pair's passages."""
        return np.full(len(self.pairs), self.words)


def judge(topics: Sequence[Topic], words: int, measure: Callable[[Sequence[Pair]], np.ndarray] | None) -> Judged:
    """Every measure on every pair of one length; `measure` is the gain under a simulator, where there is one."""
    pairs = make_pairs(topics, words)
    texts = [text for pair in pairs for text in (pair.first, pair.second)]
    background = [" ".join(t.words[at : at + words]) for t in topics for at in range(0, len(t.words), words)]
    values = {}
    for name, label in LEXICAL.items():
        comparison = Comparison(name, texts, background, usual)
        values[label] = np.array([comparison.value(2 * i, 2 * i + 1) for i in range(len(pairs))])
    if measure is not None:
        values["simulator_gain"] = measure(pairs)
    return Judged(pairs, words, values)


def simulated(spec: str, topics: Sequence[Topic], words: int) -> Callable[[Sequence[Pair]], np.ndarray]:
    """The likelihood gain under a simulator, against foreign passages that are drawn from `topics`."""
    simulator = open_simulator(spec)
    order = np.random.default_rng(same_problem_model.SEED).permutation(len(topics))
    drawn = [topics[place] for place in order if len(topics[place].words) >= words][: 4 * FOREIGN]

    def gains(pairs: Sequence[Pair]) -> np.ndarray:
        pairings = []
        for pair in pairs:
            own = (pair.meeting, pair.other_meeting)
            foreign = [" ".join(t.words[:words]) for t in drawn if t.meeting not in own][:FOREIGN]
            pairings.append(Pairing(pair.first, pair.second, foreign))
        return np.array([gain.value for gain in likelihood_gains(simulator, pairings)])

    return gains


def measure_all(train: Sequence[Topic], judged_on: Sequence[Topic], words: int, spec: str | None) -> Figures:
    """Calibrate every measure on held-out meetings of the training split and judge it on the validation split."""
    held_out = [topic for topic in train if is_held_out(topic)]
    fitted = judge(held_out, words, simulated(spec, held_out, words) if spec else None)
    judged = judge(judged_on, words, simulated(spec, judged_on, words) if spec else None)
    if not (fitted.pairs and judged.pairs):
        say(f"too few topics of {words} words with others to lay them beside; the part measures is left out")
        return {}
    figures: Figures = {"pairs": len(judged.pairs), "meetings": len({pair.meeting for pair in judged.pairs})}
    everything = fitted.weights(*KINDS[1:])
    for name, values in judged.values.items():
        calibration = fit(fitted.values[name], fitted.lengths(), fitted.same, everything)
        say(f"{name}: {calibration}")
        logits = calibration.logit(values, judged.lengths())
        for suffix, kinds in (("", KINDS[1:]), ("_same_meeting", KINDS[1:2]), ("_other_meetings", KINDS[2:])):
            weights = judged.weights(*kinds)
            for figure, statistic, of in (("auroc", auroc, values), ("logloss", log_loss, logits)):
                found = over_meetings(judged, lambda w, s=statistic, x=of: s(x, judged.same, w), weights)
                figures |= spread(f"{figure}_{name}{suffix}", found)
    for name in judged.values:
        if name != "cosine":
            mine, cosine = judged.values[name], judged.values["cosine"]
            better = over_meetings(
                judged,
                lambda w, x=mine, y=cosine: auroc(x, judged.same, w) - auroc(y, judged.same, w),
                judged.weights(*KINDS[1:]),
            )
            figures |= spread(f"auroc_{name}_less_cosine", better)
    return figures


def over_meetings(judged: Judged, statistic: Callable[[np.ndarray], float], weights: np.ndarray) -> Estimate:
    """A statistic of weighted pairs, with an interval from resampling the meetings."""
    meetings = np.unique([pair.meeting for pair in judged.pairs], return_inverse=True)[1]

    def of_drawn(drawn: np.ndarray) -> float:
        return statistic(weights * np.bincount(drawn, minlength=meetings.max() + 1)[meetings])

    found = statistic_of(of_drawn, int(meetings.max()) + 1)
    assert found is not None
    return found


def spread(name: str, found: Estimate) -> Figures:
    """An estimate as figures: the value, and the ends of its interval."""
    ends = {f"{name}_low": found.low, f"{name}_high": found.high}
    return {name: round(found.value, 4)} | {end: round(value, 4) for end, value in ends.items() if value is not None}


def measure_lengths(judged_on: Sequence[Topic]) -> Figures:
    """Measures without weights on passages of several lengths, under the calibration that scribe ships."""
    figures: Figures = {}
    for words in LENGTHS:
        judged = judge(judged_on, words, None)
        if not judged.pairs:
            continue
        weights = judged.weights(*KINDS[1:])
        for name, label in LEXICAL.items():
            values = judged.values[label]
            logits = CALIBRATIONS[name].logit(values, judged.lengths())
            figures[f"auroc_{label}_{words}_words"] = round(auroc(values, judged.same, weights), 4)
            figures[f"shipped_logloss_{label}_{words}_words"] = round(log_loss(logits, judged.same, weights), 4)
    return figures


def calibrate(train: Sequence[Topic]) -> Figures:
    """The calibration to ship: of each measure over all lengths alike, fitted to the training split."""
    judged = [one for words in LENGTHS if (one := judge(train, words, None)).pairs]
    figures: Figures = {}
    lengths, same = (np.concatenate([part(one) for one in judged]) for part in (Judged.lengths, lambda one: one.same))
    weights = np.concatenate([one.weights(*KINDS[1:]) / len(one.pairs) for one in judged])
    weights *= len(weights) / weights.sum()
    for label in LEXICAL.values():
        found = fit(np.concatenate([one.values[label] for one in judged]), lengths, same, weights)
        figures |= {f"calibration_{label}_{part}": round(value, 3) for part, value in found._asdict().items()}
    return figures


def is_held_out(topic: Topic) -> bool:
    """Whether a meeting of the training split trains no weights."""
    return int(topic.meeting.rpartition("-")[2]) % HELD_OUT == 0


def main() -> None:
    """Measure the parts asked for and print them."""
    options = parse_arguments()
    train, judged_on = (
        load_topics(options.data, split, limit=options.limit, keep_names=options.keep_names)
        for split in ("train", "val")
    )
    if not (train and judged_on):
        print(f"benchmarks/same_problem.py: no qmsum/*.train.jsonl and *.val.jsonl in {options.data}; nothing measured")
        return
    figures: Figures = {}
    if "measures" not in options.skip:
        spec = options.simulator
        if spec is None and options.train_minutes > 0:
            texts = [" ".join(topic.words) for topic in train if not is_held_out(topic)]
            spec = f"hf:{same_problem_model.trained(texts, options.train_minutes)}"
        figures |= measure_all(train, judged_on, options.words, spec)
    if "lengths" not in options.skip:
        figures |= measure_lengths(judged_on)
    if "calibration" not in options.skip:
        figures |= calibrate(train)
    print("\n".join(table(figures)))
    if options.json:
        print(json.dumps(figures))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--data", type=Path, default=corpora.DEFAULT_DATA, help="folder of meetings")
    parser.add_argument("--words", type=int, default=200, help="length of the passages of the part measures")
    parser.add_argument("--simulator", help="a language model that scores, too, such as hf:FOLDER")
    parser.add_argument(
        "--train-minutes", type=float, default=0.0, help="of CPU, to train a small language model that scores, too"
    )
    parser.add_argument("--keep-names", action="store_true", help="leave speakers' names in the passages")
    parser.add_argument("--limit", type=int, help="only the first meetings of each corpus, for a quick look")
    parser.add_argument("--skip", default="", help=f"parts to leave out: {','.join(PARTS)}")
    options = parser.parse_args()
    options.skip = options.skip.split(",")
    if strangers := set(options.skip) - {*PARTS, ""}:
        parser.error(f"--skip: unknown part {min(strangers)!r}; known: {', '.join(PARTS)}")
    if options.words < 1:
        parser.error(f"--words: expected a number above 0, found {options.words}")
    return options


def table(figures: Figures) -> list[str]:
    """The figures for a reader: one a line, an interval beside its value."""
    ends = ("_low", "_high")
    lines = []
    for name, value in figures.items():
        if not name.endswith(ends):
            interval = [figures[name + end] for end in ends if name + end in figures]
            lines.append(f"{name:44} {value:9.3f}" + "".join(f" {end:9.3f}" for end in interval))
    return lines


def say(line: str) -> None:
    """Tell a person who waits; the figures go to standard output."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
