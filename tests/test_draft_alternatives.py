"""Every text that was written is kept, a person's choice holds, and propositions are stated and attacked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import Scripted, completion, curated, sample

from scribe import draft
from scribe.chunks import split
from scribe.draft import Wishes
from scribe.notes import summarise
from scribe.records import Alternative, Completion, Draft, Prompt, Sampling, ScribeError
from scribe.rollouts import Recorded, Rollouts
from scribe.simulators.extract import Extract

FRAMES = curated()
SEMINAR = sample()
NOTES = summarise(SEMINAR, split(SEMINAR, Extract().count, budget_tokens=8000), Extract(), FRAMES)


def write_ways(shown: Prompt, k: int) -> Completion:
    """A section in other words for each voice and sample; one proposition, stated in two ways; one attack."""
    if shown.frame == "section":
        n = shown.sources[k].index
        return Completion(
            text=f" {shown.voice} of way {k} says of line {n} that log-loss is proper. [{n}]",
            finish="end",
            token_logprobs=(-1.0, -2.0),
        )
    if shown.frame == "proposition" and shown.sources[0].index == 0:
        return completion(
            f" way {k}: for every model $q$ the bound becomes empty [20]\nDefinitions:\n- $q$: a model [3]\n"
            "Sketch:\n- (said) so as $p$ goes to zero the bound becomes empty [20]"
        )
    if shown.frame == "counterexample":
        return completion(" a model that is right there [22]")
    return completion(" none")


def written(**wishes: object) -> tuple[Draft, Scripted]:
    simulator = Scripted(write_ways)
    return draft.write(SEMINAR, NOTES, simulator, FRAMES, Wishes.model_validate(wishes)), simulator


def test_every_voice_and_sample_is_an_alternative() -> None:
    post, simulator = written(voices=("sceptic", "formaliser"), samples=3)
    for section in post.sections:
        assert [(a.voice, a.sample) for a in section.alternatives] == [
            (voice, k) for voice in ("sceptic", "formaliser") for k in range(3)
        ]
        assert {a.log_loss for a in section.alternatives} == {1.5}
        assert section.paragraphs[0] == section.alternatives[0].claims
    assert {p.voice for p in simulator.asked if p.frame == "section"} == {"sceptic", "formaliser"}


def test_a_frame_without_the_voices_asked_for_keeps_its_own() -> None:
    _, simulator = written(voices=("writer",), samples=1)
    assert {p.voice for p in simulator.asked if p.frame == "section"} == {"writer"}
    assert {p.voice for p in simulator.asked if p.frame == "proposition"} == {"formaliser"}


def test_an_unknown_voice_is_told() -> None:
    with pytest.raises(ScribeError, match=r"has the voice 'poet'; known: writer, sceptic, formaliser"):
        written(voices=("poet",))


def test_a_choice_holds_and_older_alternatives_stay() -> None:
    first, _ = written(voices=("sceptic", "formaliser"), samples=2)
    wanted = first.sections[0].alternatives[3]
    again, _ = written(chosen={wanted.key}, before=(*first.sections, *first.propositions))
    section = again.sections[0]
    assert section.paragraphs == (wanted.claims,)
    assert section.alternatives[section.chosen].key == wanted.key
    assert {a.key for a in first.sections[0].alternatives} <= {a.key for a in section.alternatives}
    assert again.sections[1].chosen == 0


def test_a_proposition_stated_in_two_ways_is_one() -> None:
    post, _ = written(samples=2)
    (proposition,) = post.propositions
    assert [way.statement.text[:5] for way in proposition.alternatives] == ["way 0", "way 1"]
    assert [c.text for c in proposition.definitions] == ["$q$: a model"]
    assert [c.cites for c in proposition.counterexamples] == [(22,)]
    wanted = proposition.alternatives[1].key
    again, _ = written(samples=2, chosen={wanted})
    assert again.propositions[0].statement.text.startswith("way 1")
    assert again.propositions[0].chosen == 1


def test_a_section_is_shown_the_outline_what_was_written_and_what_is_locked() -> None:
    post, simulator = written(samples=1, written=("A block that a person locked.",))
    scenes = [p.scene for p in simulator.asked if p.frame == "section"]
    assert len(scenes) == len(post.sections) > 1
    for place, scene in enumerate(scenes):
        assert all(f"- {section.heading}" in scene for section in post.sections)
        assert "A block that a person locked." in scene
        for before in post.sections[:place]:
            assert f"## {before.heading}\n\n{before.paragraphs[0][0].text}" in scene


def test_a_section_does_not_say_again_what_one_before_it_said() -> None:
    same = Scripted(lambda p, k: " Log-loss is a proper rule. [7]" if p.frame == "section" else " none")
    post = draft.write(SEMINAR, NOTES, same, FRAMES)
    told = [c.text for s in post.sections for p in s.paragraphs for c in p]
    assert told.count("Log-loss is a proper rule.") == 1


def test_what_an_outline_leaves_out_is_nowhere_in_the_post() -> None:
    plan = draft.read_outline_page("## Only this\n- [31-41]\n", 46)
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES, Wishes(plan=tuple(plan)))
    assert [s.heading for s in post.sections] == ["Only this"]
    said = [c for s in post.sections for p in s.paragraphs for c in p]
    said += [c for p in post.propositions for c in (p.statement, *(s.claim for s in p.steps))]
    said += [*post.summary, *post.definitions, *post.open_questions]
    assert post.summary
    assert all(31 <= c.cites[0] <= 41 for c in said)


def test_each_text_names_the_draw_it_was_read_from() -> None:
    with Rollouts(None) as store:
        recorded = Recorded(Scripted(write_ways), store)
        wishes = Wishes(voices=("sceptic", "formaliser"), samples=2)
        post = draft.write(SEMINAR, NOTES, recorded, FRAMES, wishes)
        kept = {rollout.id: rollout for rollout in store.rollouts()}
        ways = [way for section in post.sections for way in section.alternatives]
        ways += [way for proposition in post.propositions for way in proposition.alternatives]
        assert len(ways) == 10
        for way in ways:
            rollout = kept[store.find(way.draw, way.sample) or 0]
            assert (rollout.voice, rollout.sample) == (way.voice, way.sample)
            words = way.claims[0].text if isinstance(way, Alternative) else way.statement.text
            assert words in rollout.completion.text
    plain = draft.write(SEMINAR, NOTES, Scripted(write_ways), FRAMES, wishes)
    assert {way.draw for section in plain.sections for way in section.alternatives} == {""}


def test_a_text_of_the_second_asking_names_that_draw() -> None:
    """What keeps to no form is asked once more with another seed; the text is of that draw, and so is what follows."""

    class Late(Scripted):
        def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
            drawn = super().sample(prompts, sampling)
            return drawn if sampling.seed else [[completion("")] * sampling.samples for _ in drawn]

    with Rollouts(None) as store:
        post = draft.write(SEMINAR, NOTES, Recorded(Late(write_ways), store), FRAMES, Wishes(samples=2))
        kept = {rollout.id: rollout for rollout in store.rollouts()}
        first, second = (kept[store.find(s.alternatives[0].draw, 0) or 0] for s in post.sections[:2])
        assert first.sampling.seed == second.sampling.seed == 2
        assert second.parent == first.id


def test_a_draft_of_an_older_scribe_can_be_read() -> None:
    post, _ = written(samples=2)
    older = post.model_dump_json().replace(',"draw":""', "").replace('"draw":"",', "")
    assert '"draw"' not in older
    assert Draft.model_validate_json(older) == post


def test_sections_branch_from_the_text_before_them_in_the_tree() -> None:
    with Rollouts(None) as store:
        recorded = Recorded(Scripted(write_ways), store)
        draft.write(SEMINAR, NOTES, recorded, FRAMES, Wishes(voices=("sceptic", "formaliser"), samples=2))
        sections = [rollout for rollout in store.rollouts() if rollout.frame == "section"]
        first = [rollout for rollout in sections if rollout.parent is None]
        assert [(r.voice, r.sample) for r in first] == [(v, k) for v in ("sceptic", "formaliser") for k in range(2)]
        second = store.children(first[0].id)
        assert [(r.voice, r.sample) for r in second] == [(r.voice, r.sample) for r in first]
        assert store.lineage(second[0].id) == [first[0], second[0]]
        assert recorded.misses > 0
