"""A claim's own lines make it likelier than other lines of the session do."""

from __future__ import annotations

import pytest
from conftest import segments, transcript
from scoring import Cache

from scribe.measures.grounding import NO_LIKELIER, grounded, grounding, other_stretches
from scribe.records import Claim, Coverage, Notes, Recipe, Support, Topic

LINES = [
    "Ada: Log-loss is a proper scoring rule.",
    "Wen: A model minimises it in expectation.",
    "Ada: Rare prefixes stay wrong for long.",
    "Jan: The whale dives below the ice.",
    "Wen: Its breath lasts for an hour.",
    "Jan: Bread rises when the yeast ferments.",
    "Ada: Warm dough takes about two hours.",
    "Wen: Chess engines search a large tree.",
    "Jan: Pruning cuts what cannot matter.",
]
TALK = transcript(LINES)


def claim(text: str, *cites: int, **more: object) -> Claim:
    support = Support(verdict="supported", score=1.0)
    return Claim.model_validate({"kind": "point", "text": text, "cites": cites, "support": support, **more})


def notes(*claims: Claim) -> Notes:
    return Notes(
        transcript_id="talk",
        title="Talk",
        overview=claims[:1],
        topics=(Topic(title="All", first=0, last=9, claims=claims[1:]),),
        coverage=Coverage(passages=()),
        recipe=Recipe(scribe="0", engine="test"),
    )


def test_own_lines_gain_and_other_lines_lose_by_as_much() -> None:
    text = "The whale dives below the ice"
    own, other = TALK.segments[3:4], TALK.segments[5:6]
    gain = grounding(text, own, [other], Cache())
    loss = grounding(text, other, [own], Cache())
    assert gain is not None
    assert loss is not None
    assert gain.gain == pytest.approx(-loss.gain)
    assert gain.gain > 5
    assert gain.tokens == 6
    assert gain.per_token == pytest.approx(gain.gain / 6)
    assert (gain.beaten, gain.others, loss.beaten) == (1, 1, 0)
    assert gain.is_grounded
    assert not loss.is_grounded


def test_a_claim_that_denies_its_lines_gains_too() -> None:
    """So a verdict is not taken from the gain."""
    found = grounding("The whale never dives below the ice", TALK.segments[3:4], [TALK.segments[5:6]], Cache())
    assert found is not None
    assert found.is_grounded


def test_a_gain_within_the_rounding_error_is_none() -> None:
    found = grounding("The whale dives", TALK.segments[3:4], [TALK.segments[5:6]], Cache(noise=50.0))
    assert found is not None
    assert found.noise == 100.0
    assert not found.is_grounded
    assert found.beaten == 0


def test_there_is_nothing_to_weigh_without_lines_on_both_sides() -> None:
    assert grounding("It is so", [], [TALK.segments[:1]], Cache()) is None
    assert grounding("It is so", TALK.segments[:1], [], Cache()) is None
    assert grounding(" ", TALK.segments[:1], [TALK.segments[1:2]], Cache()) is None


def test_other_stretches_are_elsewhere_apart_as_long_and_always_the_same() -> None:
    found = other_stretches("The whale dives", (3, 4), TALK)
    assert found == other_stretches("The whale dives", (3, 4), TALK)
    indices = [segment.index for stretch in found for segment in stretch]
    assert not {3, 4} & set(indices)
    assert len(indices) == len(set(indices))
    wanted = sum(len(TALK.segments[i].text) for i in (3, 4))
    assert found
    assert all(sum(len(s.text) for s in stretch) >= wanted for stretch in found)
    different = {str(other_stretches(f"claim {k}", (3, 4), TALK)) for k in range(8)}
    assert len(different) > 1
    assert other_stretches("All of it", range(9), TALK) == []


def test_a_doubtful_line_is_no_evidence_of_anything() -> None:
    hidden = tuple(s.model_copy(update={"doubt": "no speech"}) if s.index != 3 else s for s in segments(LINES))
    assert other_stretches("The whale dives", (3,), TALK.model_copy(update={"segments": hidden})) == []


def test_notes_are_weighed_replies_too_and_keep_their_verdicts() -> None:
    reply = claim("Its breath lasts for an hour", 4)
    made = notes(
        claim("Log-loss is a proper scoring rule", 0),
        claim("The whale dives below the ice", 3, replies=(reply,)),
        claim("Octopuses dream vividly", 5),
        claim("It rests on nothing"),
    )
    told: list[tuple[int, int]] = []
    found = grounded(made, TALK, Cache(), on_progress=lambda done, total: told.append((done, total)))
    (first,), (second, third, fourth) = found.overview, found.topics[0].claims
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for weighed in (first, second, second.replies[0]):
        assert weighed.support is not None
        assert weighed.support.grounding is not None
        assert weighed.support.grounding > 0.5
        assert weighed.support.reasons == ()
    assert third.support is not None
    assert third.support.grounding == pytest.approx(0, abs=0.05)
    assert third.support.verdict == "supported"
    assert fourth == made.topics[0].claims[2], "it cites nothing, so there is nothing to weigh"
    again = grounded(found, TALK, Cache())
    assert again == found


def test_a_claim_that_its_lines_do_nothing_for_says_so_once() -> None:
    made = notes(claim("The whale dives below the ice", 0))
    found = grounded(grounded(made, TALK, Cache(noise=1e3)), TALK, Cache(noise=1e3))
    support = found.overview[0].support
    assert support is not None
    assert support.reasons == (NO_LIKELIER,)
