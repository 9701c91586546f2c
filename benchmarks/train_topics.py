"""Learn where topics begin and which phrase names them; writes `scribe/coefficients/topics.json`.

    python benchmarks/train_topics.py [--data DIR]

In: QMSum's training meetings, whose topics people marked and named. Out: the log-odds of a boundary as a linear model
over the features of `scribe.chunks.boundaries`, and the worth of a phrase as a title over those of
`scribe.simulators.phrases`. It reads the training split only.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import corpora
import fitting
import numpy as np
import topics
from corpora import MarkedTopic, QueriedMeeting

from scribe.chunks import boundaries, turns_of
from scribe.linear import Linear
from scribe.simulators.phrases import described

CUES = 120
"""Cues kept; 250 gave Pk .310 for .312 and boundary F1 .468 for .467."""

LEAST = 8
"""Boundaries that a cue stands at, at least; one that speaks against a boundary stands at 60 other places."""

STRENGTH = 300.0
"""Of the ridge, as every meeting weighs as much as 300 places."""

NEAR = 0.006
"""Share of a meeting's turns within which a place counts as a boundary in part: people mark a few turns off."""

SHARPNESS, TITLE_STRENGTH = 0.05, 30.0
"""A title twice as good is wanted so much the surer; of the ridge. Content-word F1 by cross-validation: 18.1, and 17.3
for a sharpness of .2; a strength of 3 gives 17.5, 100 18.1."""

_OF_ALL_WORDS = 0.3
"""What the likeness of all words counts against that of content words. None gives 18.1, too; half 17.3."""

Row = tuple[boundaries.Features, list[set[str]], np.ndarray]
TitleRow = tuple[dict[str, np.ndarray], np.ndarray]


def row(meeting: QueriedMeeting) -> Row:
    """Features and cues of a meeting's turns, and how near each is to a boundary: 1 at it, falling to 0."""
    speakers, texts = [s.speaker for s in meeting.transcript.segments], [s.text for s in meeting.transcript.segments]
    places = turns_of(speakers)
    at = np.array(places)
    target = np.zeros(len(at))
    for boundary in topics.boundaries_of(meeting):
        away = np.abs(at - boundary)
        target = np.maximum(target, np.clip(1 - away / max(1.5, NEAR * len(texts)), 0, 1))
        target[int(np.argmin(away))] = 1
    return boundaries.features(speakers, texts, places), boundaries.cues(speakers, texts, places), target


def lexicon(rows: Sequence[Row]) -> list[str]:
    """The cues that most surely part boundaries from other places: by log-ratio less its standard error."""
    at: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    sizes = [0, 0]
    for _, found, target in rows:
        others = np.flatnonzero(target == 0)
        for counts, places, n in (
            (at, np.flatnonzero(target == 1), 0),
            (elsewhere, others[:: len(others) // 150 + 1], 1),
        ):
            sizes[n] += len(places)
            for place in places:
                counts.update(found[place])
    worth = {}
    for cue in at.keys() | elsewhere.keys():
        if at[cue] >= LEAST or elsewhere[cue] >= 60:
            rates = (at[cue] + 0.5) / (sizes[0] + 1), (elsewhere[cue] + 0.5) / (sizes[1] + 1)
            error = math.sqrt(1 / (at[cue] + 0.5) + 1 / (elsewhere[cue] + 0.5))
            ratio = abs(math.log(rates[0] / rates[1]))
            if ratio > (2 if at[cue] >= LEAST else 3) * error:
                worth[cue] = ratio - error
    return sorted(worth, key=lambda cue: (-worth[cue], cue))[:CUES]


def learn(rows: Sequence[Row]) -> Linear:
    """Logistic regression; of the places far from any boundary one in four is read, and weighs four times as much."""
    wanted = lexicon(rows)
    parts: list[boundaries.Features] = []
    targets, weights = [], []
    for made, found, target in rows:
        kept = (target > 0) | (np.arange(len(target)) % 4 == 0)
        parts.append({name: values[kept] for name, values in (made | boundaries.marked(found, wanted)).items()})
        targets.append(target[kept])
        weights.append(np.where(target > 0, 1, 4)[kept] * 300 / len(target))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return fitting.logistic(joined, np.concatenate(targets), weights=np.concatenate(weights), alpha=STRENGTH)


def title_row(topic: MarkedTopic, meeting: QueriedMeeting) -> TitleRow | None:
    """Features of a topic's phrases, and how like the person's title each is: from 0 to 1."""
    said = topics.said_in(meeting, topic)
    phrases, features = described([u.text for u in said], [u.speaker for u in said])
    if not phrases:
        return None
    like = [topics.likeness(topic.title, phrase) for phrase in phrases]
    return features, np.array([_OF_ALL_WORDS * words + (1 - _OF_ALL_WORDS) * content for words, content in like])


def rank(rows: Sequence[TitleRow]) -> Linear:
    """ListNet (Cao et al. 2007): of one topic's phrases, those like its title have the highest chance of being first.

    Newton's method on the cross-entropy with a ridge, which is convex.
    """
    names = list(rows[0][0])
    values = np.concatenate([np.column_stack([features[name] for name in names]) for features, _ in rows])
    mean, scale = values.mean(0), np.maximum(values.std(0), 1e-9)
    values = np.clip((values - mean) / scale, -5, 5)
    sizes = [len(target) for _, target in rows]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(rows)), sizes)

    def chances(worth: np.ndarray) -> np.ndarray:
        risen = np.exp(worth - np.maximum.reduceat(worth, starts)[group])
        shares: np.ndarray = risen / np.add.reduceat(risen, starts)[group]
        return shares

    wanted = chances(np.concatenate([target for _, target in rows]) / SHARPNESS)
    weights = np.zeros(len(names))
    for _ in range(50):
        found = chances(values @ weights)
        expected = np.add.reduceat(values * found[:, None], starts)
        curvature = (values * found[:, None]).T @ values - expected.T @ expected + TITLE_STRENGTH * np.eye(len(names))
        step = np.linalg.solve(curvature, values.T @ (wanted - found) - TITLE_STRENGTH * weights)
        weights += step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return Linear(0.0, {name: (mean[i], scale[i], weights[i]) for i, name in enumerate(names)})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=corpora.DEFAULT_DATA, help="folder of meetings")
    meetings = [m for m in corpora.load_qmsum(parser.parse_args().data, "train") if topics.boundaries_of(m)]
    if not meetings:
        print("benchmarks/train_topics.py: no training meetings of QMSum there; nothing learned")
        return
    named = [title_row(topic, meeting) for meeting in meetings for topic in meeting.topics if topic.title.strip()]
    models = {
        "model": learn([row(meeting) for meeting in meetings]),
        "titles": rank([one for one in named if one is not None]),
    }
    about = (
        "model: the log-odds that a topic begins at a turn, from what is said and who speaks about it. "
        "titles: the worth of a phrase as the title of the stretch it is said in."
    )
    print(fitting.write("topics", models, about=about, made_by="benchmarks/train_topics.py"))


if __name__ == "__main__":
    main()
