"""Groups are speakers where they lie apart and hold their turns, and not where only one of these is so."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scribe.speakers.clustering import clustered, in_groups
from scribe.speakers.separability import SEPARABLE, Evidence, evidence
from scribe.speakers.windows import Windows

Groups = NDArray[np.int64]


def windows(groups: Groups, apart: float, *, seed: int = 0, pitch_apart: float = 0.0) -> Windows:
    """A window of 1.5 s for each entry, in a cloud of its group's; clouds are so many deviations apart."""
    noise = np.random.default_rng(seed).standard_normal((len(groups), 20))
    centres = np.eye(20)[: groups.max() + 1] * apart / np.sqrt(2)
    starts = np.arange(len(groups)) * 150
    return Windows(starts=starts, ends=starts + 150, points=noise + centres[groups], pitch=5 + groups * pitch_apart)


def turns(*lengths: int, speakers: int = 2) -> Groups:
    """Speakers in turn, each for so many windows."""
    return np.concatenate([np.full(length, i % speakers) for i, length in enumerate(lengths)])


def shuffled(groups: Groups) -> Groups:
    return np.random.default_rng(1).permutation(groups)


def judged(groups: Groups, apart: float, **more: float) -> Evidence:
    return evidence(windows(groups, apart, **more), groups == 0, groups == 1)  # type: ignore[arg-type]


TALK = turns(5, 3, 8, 2, 6, 4, 9, 3, 7, 5, 4, 6)


@pytest.mark.parametrize(
    ("groups", "apart", "is_two"),
    [
        pytest.param(TALK, 6.0, True, id="apart, in turns"),
        pytest.param(shuffled(TALK), 6.0, False, id="apart, but mixed: kinds of sounds"),
        pytest.param(TALK, 1.0, False, id="in turns, but one cloud"),
        pytest.param(turns(40, 40), 8.0, False, id="one change only: the room"),
        pytest.param(turns(60, 2, 40), 8.0, False, id="too little of one"),
    ],
)
def test_what_is_two_speakers(groups: Groups, apart: float, is_two: bool) -> None:
    assert judged(groups, apart).reaches(SEPARABLE) == is_two


def test_one_change_is_enough_where_the_pitch_changes_too() -> None:
    assert judged(turns(40, 40), 8.0, pitch_apart=0.3).reaches(SEPARABLE)


def test_persistence_is_one_for_turns_and_none_by_chance() -> None:
    # 2 changes in 59 pairs; by chance half of the pairs would agree: (57/59 - 1/2) / (1/2).
    assert judged(turns(20, 30, 10), 5.0).persistence == pytest.approx((57 / 59 - 0.5) / 0.5)
    assert abs(judged(shuffled(turns(500, 500)), 5.0).persistence) < 0.1


def test_distance_is_in_standard_deviations() -> None:
    many = turns(*[20] * 100)
    assert judged(many, 5.0).distance == pytest.approx(5.0, rel=0.15)


def test_a_cut_through_one_cloud_is_no_distance() -> None:
    """Groups made by the very points must not seem apart because of that, however few the points."""
    cloud = windows(np.zeros(24, dtype=np.int64), 0)
    groups, _ = in_groups(cloud, 2)
    assert not evidence(cloud, groups == 0, groups == 1).reaches(SEPARABLE)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("count", [8, 40, 300])
def test_one_cloud_is_one_speaker(seed: int, count: int) -> None:
    groups, separable = clustered(windows(np.zeros(count, dtype=np.int64), 0, seed=seed))
    assert not separable
    assert not groups.any()


@pytest.mark.parametrize("speakers", [2, 3, 6])
def test_clouds_in_turns_are_speakers(speakers: int) -> None:
    order = np.random.default_rng(5).integers(2, 9, 20 * speakers)
    known = turns(*order, speakers=speakers)
    for groups, separable in (clustered(windows(known, 7.0)), in_groups(windows(known, 7.0), speakers)):
        assert separable
        assert len(set(groups.tolist())) == speakers
        assert sum(max((groups[known == k] == g).sum() for g in range(speakers)) for k in range(speakers)) > 0.99 * len(
            known
        )


def test_a_long_recording_is_clustered_by_a_part_of_it() -> None:
    known = turns(*np.random.default_rng(6).integers(2, 30, 400), speakers=4)
    assert len(known) > 3000
    groups, separable = clustered(windows(known, 7.0))
    assert separable
    agree = np.array([[(groups[known == k] == g).mean() for g in range(4)] for k in range(4)])
    assert (agree.max(axis=1) > 0.99).all()


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("speakers", [2, 4])
def test_few_windows_are_no_speakers(count: int, speakers: int) -> None:
    few = windows(np.zeros(max(1, count), dtype=np.int64), 0)
    few = Windows(few.starts[:count], few.ends[:count], few.points[:count], few.pitch[:count])
    assert clustered(few)[1] is False
    groups, separable = in_groups(few, speakers)
    assert len(groups) == count
    assert not separable
