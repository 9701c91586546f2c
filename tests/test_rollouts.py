"""What was asked once is not asked again, whatever happens to the store."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.records import Completion, Prompt, Sampling, ScribeError, Segment, Word
from scribe.rollouts import Recorded, Rollouts, digest
from scribe.rollouts.database import VERSION
from scribe.simulators import CannotScore, Metered, Piece, Score, Simulator, Streaming, Usage, collected


class Counting:
    """A simulator whose every completion is another one, so that a repeated one came from the store."""

    name = "counting"
    context = 1000

    def __init__(self, recipe: str = "counting 1", *, run: str = "") -> None:
        self.recipe = recipe
        self.run = run
        self.calls: list[list[Prompt]] = []
        self.made = 0

    def count(self, text: str) -> int:
        return len(text.split())

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        self.calls.append(list(prompts))
        return [[self._next(p) for _ in range(sampling.samples)] for p in prompts]

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        raise CannotScore("counting: has no log-probabilities")

    def _next(self, prompt: Prompt) -> Completion:
        self.made += 1
        return Completion(text=f"{prompt.cue}{self.run}{self.made}", finish="end", token_logprobs=(-0.1, -1 / 3))


class Scoring(Counting):
    """One that scores, too; every score is another one."""

    def __init__(self, recipe: str = "counting 1") -> None:
        super().__init__(recipe)
        self.scored: list[tuple[str, list[str]]] = []
        self.scores = itertools.count(1)

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        self.scored.append((prefix, list(continuations)))
        return [Score(token_logprobs=(-float(next(self.scores)), -1 / 3), noise=1e-5) for _ in continuations]


class Writing(Counting):
    """One that streams: each completion comes in two pieces, the samples of a prompt beside each other.

    `breaks` is raised when so many prompts are finished and the next is half written.
    """

    usage = Usage(requests=7)

    def __init__(self, breaks: BaseException | None = None, *, after: int = 0) -> None:
        super().__init__()
        self.breaks = breaks
        self.after = after

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        raise AssertionError("it can be watched")

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
        self.calls.append(list(prompts))
        for place, asked in enumerate(prompts):
            written = [self._next(asked) for _ in range(sampling.samples)]
            for sample, completion in enumerate(written):
                yield Piece(place, sample, completion.text[:1])
            if self.breaks is not None and place == self.after:
                yield Piece(place, 0, written[0].text[1:], written[0])
                raise self.breaks
            for sample, completion in reversed(list(enumerate(written))):
                yield Piece(place, sample, completion.text[1:], completion)


class Unopened:
    """A simulator that may be named, but not asked."""

    name = "counting"
    recipe = "counting 1"

    def __getattr__(self, what: str) -> Any:
        raise AssertionError(f"{what} was touched")


def prompt(cue: str, **others: Any) -> Prompt:
    return Prompt(**{"scene": "Minutes.\n", "cue": cue, "voice": "minute-taker", "yields": "bullets", **others})


def quietly(path: Path | None) -> Rollouts:
    """A store that must not have to warn of anything."""

    def complain(message: str) -> None:
        raise AssertionError(message)

    return Rollouts(path, warn=complain)


def is_sound(path: Path) -> bool:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# ── Asking once ──────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=5), st.integers(1, 3))
def test_each_prompt_is_drawn_once_and_always_answered_alike(calls: list[list[str]], samples: int) -> None:
    simulator = Counting()
    seen: dict[str, list[Completion]] = {}
    with quietly(None) as store:
        recorded: Simulator = Recorded(simulator, store)
        for cues in calls:
            answers = recorded.sample([prompt(cue) for cue in cues], Sampling(samples=samples))
            assert len(answers) == len(cues)
            for cue, answer in zip(cues, answers, strict=True):
                assert len(answer) == samples
                assert answer == seen.setdefault(cue, answer)
        assert len(store) == simulator.made == samples * len(seen)


def test_only_the_rest_is_asked_for_in_one_call_and_order_is_kept() -> None:
    simulator = Counting()
    with quietly(None) as store:
        recorded = Recorded(simulator, store)
        recorded.sample([prompt("b"), prompt("d")], Sampling())
        answers = recorded.sample([prompt(cue) for cue in "abcda"], Sampling())
        assert [[p.cue for p in call] for call in simulator.calls] == [["b", "d"], ["a", "c"]]
        assert [a.text[0] for (a,) in answers] == list("abcda")
        assert answers[0] == answers[4]
        assert (recorded.hits, recorded.misses) == (3, 4)
        assert recorded.sample([], Sampling()) == []


def test_a_warm_store_touches_nothing_but_name_and_recipe(tmp_path: Path) -> None:
    prompts = [prompt("a"), prompt("b")]
    with quietly(tmp_path / "deep" / "er" / "rollouts.db") as store:
        before = Recorded(Counting(), store).sample(prompts, Sampling(samples=2))
    with quietly(tmp_path / "deep" / "er" / "rollouts.db") as store:
        unopened: Any = Unopened()
        assert Recorded(unopened, store).sample(prompts, Sampling(samples=2)) == before
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["rollouts.db"]


SAID = Segment(index=3, text="Yes.", start=1.0, end=2.0, speaker="Ann")


@pytest.mark.parametrize(
    "other",
    [
        prompt("ab"),
        prompt("a", scene="Minutes.\na"),
        prompt("a", voice="sceptic"),
        prompt("a", yields="title"),
        prompt("a", about="why?"),
        prompt("a", sources=(SAID,)),
        prompt("a", sources=(SAID.model_copy(update={"text": "No."}),)),
        prompt("a", sources=(SAID.model_copy(update={"index": 4}),)),
        prompt("a", sources=(SAID.model_copy(update={"speaker": "Bo"}),)),
        prompt("a", sources=(SAID.model_copy(update={"end": 3.0}),)),
    ],
)
def test_what_a_simulator_may_go_by_is_in_the_digest(other: Prompt) -> None:
    assert digest(other) != digest(prompt("a"))
    assert digest(other) == digest(Prompt.model_validate_json(other.model_dump_json()))


def test_scene_and_cue_are_told_apart_in_the_digest() -> None:
    assert digest(prompt("bc", scene="a")) != digest(prompt("c", scene="ab"))


def test_a_renamed_frame_and_words_aligned_anew_cost_nothing() -> None:
    aligned = SAID.model_copy(update={"words": (Word(text="Yes."),), "doubt": "overlap"})
    assert digest(prompt("a", sources=(SAID,))) == digest(prompt("a", sources=(aligned,), frame="points"))


@pytest.mark.parametrize(
    "other",
    [
        Sampling(samples=2),
        Sampling(seed=1),
        Sampling(seed=2**80),
        Sampling(temperature=0.1),
        Sampling(top_p=0.9),
        Sampling(max_tokens=5),
        Sampling(stop=("\n",)),
    ],
)
def test_another_sampling_is_another_draw(other: Sampling) -> None:
    simulator = Counting()
    with quietly(None) as store:
        recorded = Recorded(simulator, store)
        first = recorded.sample([prompt("a")], Sampling())
        assert recorded.sample([prompt("a")], other) != first
        assert recorded.sample([prompt("a")], Sampling()) == first
        assert [r.sampling for r in store.rollouts()] == [Sampling(), *[other] * other.samples]


def test_another_recipe_is_another_draw() -> None:
    with quietly(None) as store:
        first = Recorded(Counting("model 1", run="x"), store).sample([prompt("a")], Sampling())
        assert Recorded(Counting("model 2", run="y"), store).sample([prompt("a")], Sampling()) != first


def test_a_simulator_that_gives_fewer_samples_is_not_asked_for_them_again() -> None:
    with quietly(None) as store:
        store.put("s", "r", Sampling(samples=4), [prompt("a")], [[Completion(text="only", finish="end")]])
        assert store.get("r", Sampling(samples=4), [prompt("a")]) == [[Completion(text="only", finish="end")]]


def test_a_simulator_that_loses_a_prompt_is_an_error() -> None:
    class Losing(Counting):
        def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
            return super().sample(prompts[1:], sampling)

    with quietly(None) as store, pytest.raises(ScribeError, match="expected completions of 2 prompts, got 1"):
        Recorded(Losing(), store).sample([prompt("a"), prompt("b")], Sampling())


@given(
    st.text(),
    st.sampled_from(["stop", "length", "end"]),
    st.none() | st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple),
)
def test_a_completion_comes_back_as_it_went_in(text: str, finish: Any, logprobs: Any) -> None:
    completion = Completion(text=text + "\ud83d", finish=finish, token_logprobs=logprobs)
    with quietly(None) as store:
        assert store.put("s", "r", Sampling(), [prompt("a")], [[completion]]) == 1
        assert store.get("r", Sampling(), [prompt("a"), prompt("b")]) == [[completion], None]


def test_thousands_of_prompts_in_one_call(tmp_path: Path) -> None:
    prompts = [prompt(f"{n}:") for n in range(2500)]
    with quietly(tmp_path / "rollouts.db") as store:
        recorded = Recorded(Counting(), store)
        answers = recorded.sample(prompts, Sampling())
        assert recorded.sample(prompts[::-1], Sampling()) == answers[::-1]
        assert recorded.hits == len(store) == 2500


# ── Scores ───────────────────────────────────────────────────────────────────────────────────

scorings = st.lists(st.tuples(st.sampled_from("xy"), st.lists(st.sampled_from("abcd"), max_size=5)), max_size=5)


@given(scorings)
def test_each_continuation_is_scored_once_and_always_alike(calls: list[tuple[str, list[str]]]) -> None:
    simulator = Scoring()
    seen: dict[tuple[str, str], Score] = {}
    with quietly(None) as store:
        recorded = Recorded(simulator, store)
        for prefix, texts in calls:
            scores = recorded.score(prefix, texts)
            assert len(scores) == len(texts)
            for text, score in zip(texts, scores, strict=True):
                assert score == seen.setdefault((prefix, text), score)
    asked = [(prefix, text) for prefix, texts in simulator.scored for text in texts]
    assert sorted(asked) == sorted(seen)
    assert all(texts for _, texts in simulator.scored)
    assert len({score.logprob for score in seen.values()}) == len(seen)


def test_only_the_rest_is_scored_in_one_call_and_order_is_kept() -> None:
    simulator = Scoring()
    with quietly(None) as store:
        recorded = Recorded(simulator, store)
        recorded.score("so", ["b", "d"])
        scores = recorded.score("so", list("abcda"))
    assert simulator.scored == [("so", ["b", "d"]), ("so", ["a", "c"])]
    assert [-score.token_logprobs[0] for score in scores] == [3, 1, 4, 2, 3]


def test_warm_scores_touch_nothing_but_the_recipe(tmp_path: Path) -> None:
    with quietly(tmp_path / "rollouts.db") as store:
        before = Recorded(Scoring(), store).score("so", ["a", "b \ud83d"])
    with quietly(tmp_path / "rollouts.db") as store:
        unopened: Any = Unopened()
        assert Recorded(unopened, store).score("so", ["b \ud83d", "a"]) == before[::-1]
        assert Recorded(unopened, store).score("so", []) == []


@pytest.mark.parametrize(("recipe", "prefix"), [("counting 2", "so"), ("counting 1", "so "), ("counting 1", "soa")])
def test_another_recipe_or_prefix_is_another_score(recipe: str, prefix: str) -> None:
    with quietly(None) as store:
        first = Recorded(Scoring(), store).score("so", ["a", "aa"])
        simulator = Scoring(recipe)
        next(simulator.scores)
        assert Recorded(simulator, store).score(prefix, ["a"]) != first[:1]
        assert simulator.scored == [(prefix, ["a"])]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple), st.floats(0, 1))
def test_a_score_comes_back_as_it_went_in(logprobs: Any, noise: float) -> None:
    score = Score(token_logprobs=logprobs, noise=noise)
    with quietly(None) as store:
        assert store.put_scores("r", "p", ["a", "b"], [score, score]) == 2
        assert store.put_scores("r", "p", ["a", "c"], [Score(token_logprobs=()), score]) == 1
        assert store.get_scores("r", "p", ["a", "x", "b"]) == [score, None, score]


def test_the_first_score_wins() -> None:
    class Late(Scoring):
        def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
            store.put_scores(self.recipe, prefix, ["b"], [theirs])
            return super().score(prefix, continuations)

    theirs = Score(token_logprobs=(-9.0,))
    with quietly(None) as store:
        recorded = Recorded(Late(), store)
        scores = recorded.score("so", ["a", "b"])
        assert scores[1] == theirs
        assert scores == recorded.score("so", ["a", "b"])


def test_what_cannot_be_scored_says_so_each_time() -> None:
    with quietly(None) as store:
        for _ in range(2):
            with pytest.raises(CannotScore):
                Recorded(Counting(), store).score("a", ["b"])


def test_a_simulator_that_loses_a_score_is_an_error() -> None:
    class Losing(Scoring):
        def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
            return super().score(prefix, continuations[1:])

    with quietly(None) as store, pytest.raises(ScribeError, match="expected scores of 2 continuations, got 1"):
        Recorded(Losing(), store).score("so", ["a", "b"])


def test_thousands_of_scores_in_one_call(tmp_path: Path) -> None:
    texts = [str(n) for n in range(2500)]
    with quietly(tmp_path / "rollouts.db") as store:
        simulator = Scoring()
        scores = Recorded(simulator, store).score("so", texts)
        assert Recorded(simulator, store).score("so", texts[::-1]) == scores[::-1]
        assert len(simulator.scored) == 1


def test_one_unreadable_score_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    with quietly(path) as store:
        before = Recorded(Scoring(), store).score("so", ["a", "b", "c"])
    foreign(path, "UPDATE score SET score = '{\"token_logprobs\": [' WHERE rowid = 2")
    told: list[str] = []
    with Rollouts(path, warn=told.append) as store:
        simulator = Scoring()
        scores = Recorded(simulator, store).score("so", ["a", "b", "c"])
        assert simulator.scored == [("so", ["b"])]
        assert scores[::2] == before[::2]
        assert Recorded(simulator, store).score("so", ["b"]) == [scores[1]]
    assert len(told) == 1


# ── Watching ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "breaks", [ScribeError("the server is down"), KeyboardInterrupt()], ids=lambda error: type(error).__name__
)
@pytest.mark.parametrize("watched", [False, True])
def test_what_was_finished_before_a_break_is_not_asked_again(
    tmp_path: Path, breaks: BaseException, watched: bool
) -> None:
    """The third prompt has one of its two completions when it breaks: it is asked anew, the first two are not."""
    prompts = [prompt(cue) for cue in "abcd"]
    sampling = Sampling(samples=2)
    with quietly(tmp_path / "rollouts.db") as store:
        recorded = Recorded(Writing(breaks, after=2), store)
        with pytest.raises(type(breaks)):
            _ = list(recorded.stream(prompts, sampling)) if watched else recorded.sample(prompts, sampling)
    with quietly(tmp_path / "rollouts.db") as store:
        simulator = Writing()
        answers = Recorded(simulator, store).sample(prompts, sampling)
        assert [[p.cue for p in call] for call in simulator.calls] == [["c", "d"]]
        assert [[c.text for c in answer] for answer in answers] == [
            ["a1", "a2"],
            ["b3", "b4"],
            ["c1", "c2"],
            ["d3", "d4"],
        ]


HALFWAY = """
import os
import signal
from test_rollouts import *

class Killed(Writing):
    def stream(self, prompts, sampling):
        for piece in super().stream(prompts, sampling):
            if piece.prompt == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield piece

Recorded(Killed(), Rollouts(Path(sys.argv[1]))).sample([prompt(cue) for cue in "abcd"], Sampling(samples=2))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_run_killed_within_a_call_has_kept_what_was_finished(tmp_path: Path) -> None:
    start(HALFWAY, tmp_path / "rollouts.db").communicate()
    with quietly(tmp_path / "rollouts.db") as store:
        simulator = Writing()
        Recorded(simulator, store).sample([prompt(cue) for cue in "abcd"], Sampling(samples=2))
        assert [[p.cue for p in call] for call in simulator.calls] == [["c", "d"]]


@given(
    st.lists(st.sampled_from("abcd"), max_size=6),
    st.lists(st.sampled_from("abcd"), max_size=6),
    st.integers(1, 3),
    st.booleans(),
)
def test_watching_gives_what_sampling_gives(before: list[str], cues: list[str], samples: int, streams: bool) -> None:
    simulator = Writing() if streams else Counting()
    prompts, sampling = [prompt(cue) for cue in cues], Sampling(samples=samples)
    with quietly(None) as store:
        recorded = Recorded(simulator, store)
        recorded.sample([prompt(cue) for cue in before], sampling)
        pieces = list(recorded.stream(prompts, sampling))
        answers = recorded.sample(prompts, sampling)
        assert sum(map(len, simulator.calls)) == len({*before, *cues}) == recorded.misses
    assert collected(iter(pieces), len(prompts), samples) == answers
    for place, answer in enumerate(answers):
        for sample, whole in enumerate(answer):
            own = [piece for piece in pieces if (piece.prompt, piece.sample) == (place, sample)]
            assert "".join(piece.text for piece in own) == whole.text
            assert [piece.completion for piece in own] == [*[None] * (len(own) - 1), whole]
            assert len(own) == (2 if streams and cues[place] not in before else 1)
    kept = [piece.prompt for piece in pieces if cues[piece.prompt] in before]
    assert [piece.prompt for piece in pieces][: len(kept)] == kept


def test_a_watcher_who_leaves_loses_nothing_that_was_finished() -> None:
    with quietly(None) as store:
        pieces = Recorded(Writing(), store).stream([prompt("a"), prompt("b")], Sampling())
        assert [next(pieces).prompt for _ in range(3)] == [0, 0, 1]
        pieces.close()
        assert [rollout.completion.text for rollout in store.rollouts()] == ["a1"]


def test_a_watcher_who_leaves_ends_the_work() -> None:
    """Whoever wrote is told at once, not when the garbage is collected."""

    class Held(Writing):
        def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
            self.running = super().stream(prompts, sampling)
            return self.running

    class Listed(Writing):
        def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
            return iter(list(super().stream(prompts, sampling)))

    for simulator in (held := Held(), Listed()):
        with quietly(None) as store:
            pieces = Recorded(simulator, store).stream([prompt("a"), prompt("b")], Sampling())
            next(pieces)
            pieces.close()
    assert next(held.running, None) is None


def test_the_first_draw_wins_where_a_simulator_streams() -> None:
    class Late(Writing):
        def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
            store.put(self.name, self.recipe, sampling, [prompt("b")], [[theirs]])
            yield from super().stream(prompts, sampling)

    theirs = Completion(text="theirs", finish="end")
    with quietly(None) as store:
        recorded = Recorded(Late(), store)
        answers = recorded.sample([prompt("a"), prompt("b")], Sampling())
        assert [answer[0].text for answer in answers] == ["a1", "theirs"]
        assert answers == recorded.sample([prompt("a"), prompt("b")], Sampling())


def test_fewer_samples_are_kept_and_none_is_an_error() -> None:
    class Sparing(Writing):
        def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
            for piece in super().stream(prompts, sampling):
                if piece.prompt == 0 or (piece.prompt == 1 and piece.sample == 1):
                    yield piece

    with quietly(None) as store:
        recorded = Recorded(Sparing(), store)
        answers = recorded.sample([prompt("a"), prompt("b")], Sampling(samples=2))
        assert [[c.text for c in answer] for answer in answers] == [["a1", "a2"], ["b4"]]
        assert recorded.sample([prompt("a"), prompt("b")], Sampling(samples=2)) == answers
        with pytest.raises(ScribeError, match="expected completions of 3 prompts, got 2"):
            recorded.sample([prompt("c"), prompt("d"), prompt("e")], Sampling(samples=2))


def test_more_samples_than_were_asked_for_are_let_go() -> None:
    class Lavish(Counting):
        def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
            return super().sample(prompts, sampling.model_copy(update={"samples": 3}))

    with quietly(None) as store:
        recorded = Recorded(Lavish(), store)
        assert [[c.text for c in drawn] for drawn in recorded.sample([prompt("a")], Sampling())] == [["a1"]]
        assert len(store) == 1


def test_usage_is_the_simulators() -> None:
    with quietly(None) as store:
        assert isinstance(Recorded(Counting(), store), Streaming)
        assert isinstance(Writing(), Metered)
        assert Recorded(Writing(), store).usage == Usage(requests=7)
        assert Recorded(Counting(), store).usage is None


# ── The tree ─────────────────────────────────────────────────────────────────────────────────


def test_a_branch_knows_where_it_came_from(tmp_path: Path) -> None:
    with quietly(tmp_path / "rollouts.db") as store:

        def put(cue: str, *, parent: int | None = None) -> int:
            store.put("s", "r", Sampling(), [prompt(cue)], [[Completion(text=cue, finish="end")]], parent=parent)
            return store.rollouts()[-1].id

        root = put("root")
        branch, other = put("branch", parent=root), put("other", parent=root)
        leaf = put("leaf", parent=branch)
        assert [r.completion.text for r in store.lineage(leaf)] == ["root", "branch", "leaf"]
        assert [r.id for r in store.children(root)] == [branch, other]
        assert store.children(leaf) == store.lineage(999) == []
        assert [r.id for r in store.rollouts(prompt("leaf"))] == [leaf]
        (kept,) = store.lineage(root)
        assert (kept.prompt, kept.voice, kept.recipe) == (digest(prompt("root")), "minute-taker", "r")
        assert kept.created.endswith("+00:00")


# ── Many at once ─────────────────────────────────────────────────────────────────────────────

WRITER = """
import sys
from pathlib import Path
from test_rollouts import *

path, who = Path(sys.argv[1]), sys.argv[2]
with Rollouts(path, warn=print) as store:
    recorded = Recorded(Counting(run=f"{who}-"), store)
    for n in range(60):
        shared = recorded.sample([prompt(f"shared {n} "), prompt(f"{who} {n} ")], Sampling(samples=2))[0]
        print("shared", n, [completion.text for completion in shared])
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> list[str]:
    """What each printed."""
    results = [(process, *process.communicate()) for process in processes]
    for process, _, errors in results:
        assert (process.returncode, errors) == (0, "")
    return [output for _, output, _ in results]


@pytest.mark.parametrize("begin", ["nothing", "a store", "a damaged store"])
def test_processes_share_one_store_and_the_first_draw_wins(tmp_path: Path, begin: str) -> None:
    path = tmp_path / "rollouts.db"
    if begin == "a store":
        quietly(path).close()
    if begin == "a damaged store":
        path.write_bytes(b"not a database at all" * 500)
    outputs = finish(*(start(WRITER, path, who) for who in ("one", "two", "three")))
    shared = [[line for line in output.splitlines() if line.startswith("shared")] for output in outputs]
    assert len(shared[0]) == 60
    assert is_sound(path)
    if begin != "a damaged store":
        assert shared[0] == shared[1] == shared[2]
        with quietly(path) as store:
            assert len(store) == (60 + 3 * 60) * 2
    else:  # whoever came first may have been moved aside with it: that is said, and costs no more than that
        assert "is damaged" in "".join(outputs)


def test_threads_share_one_store(tmp_path: Path) -> None:
    with quietly(tmp_path / "rollouts.db") as store:

        def work(who: str) -> None:
            for n in range(50):
                Recorded(Counting(), store).sample([prompt(f"{who}{n}")], Sampling())

        threads = [threading.Thread(target=work, args=(who,)) for who in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store) == 150


KILLED = """
import os
import signal
from test_rollouts import *

store = Rollouts(Path(sys.argv[1]))
for n in range(40):
    Recorded(Counting(), store).sample([prompt(f"{n}")], Sampling())
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_run_has_kept_all_it_was_given(tmp_path: Path) -> None:
    start(KILLED, tmp_path / "rollouts.db").communicate()
    with quietly(tmp_path / "rollouts.db") as store:
        simulator = Counting()
        Recorded(simulator, store).sample([prompt(f"{n}") for n in range(41)], Sampling())
        assert [[p.cue for p in call] for call in simulator.calls] == [["40"]]


# ── Damage ───────────────────────────────────────────────────────────────────────────────────


def filled(path: Path, count: int = 200) -> None:
    with quietly(path) as store:
        Recorded(Counting(), store).sample([prompt(f"{n}:") for n in range(count)], Sampling())


def foreign(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_file_that_is_no_store_is_moved_aside_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    for number, damage in enumerate(
        [
            lambda: path.write_bytes(b"\x00garbage" * 1000),
            lambda: path.unlink() or foreign(path, "CREATE TABLE page (url)", "PRAGMA user_version = 77"),
            lambda: foreign(path, "ALTER TABLE rollout DROP COLUMN voice"),
            lambda: foreign(path, "PRAGMA user_version = 0"),
            lambda: foreign(path, "DROP TABLE score"),
        ],
        start=1,
    ):
        damage()
        before = path.read_bytes()
        told: list[str] = []
        with Rollouts(path, warn=told.append) as store:
            assert len(store) == 0
            assert Recorded(Counting(), store).sample([prompt("a")], Sampling())
        assert len(told) == 1
        assert f"moved to rollouts.db.corrupt-{number}" in told[0]
        assert (tmp_path / f"rollouts.db.corrupt-{number}").read_bytes() == before
        assert is_sound(path)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_damage_crashes_or_makes_up_an_answer(data: st.DataObject, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("store") / "rollouts.db"
    filled(path)
    stored = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        del stored[data.draw(st.integers(0, len(stored) - 1), label="cut at") :]
    else:
        first = data.draw(st.integers(0, len(stored) - 1), label="first")
        length = data.draw(st.sampled_from([1, 100, 5000]), label="length")
        stored[first : first + length] = b"\xff" * len(stored[first : first + length])
    path.write_bytes(stored)
    with Rollouts(path, warn=lambda message: None) as store:
        answers = Recorded(Counting(), store).sample([prompt(f"{n}:") for n in range(200)], Sampling())
        assert [answer.text.split(":")[0] for (answer,) in answers] == [f"{n}" for n in range(200)]
        store.rollouts()


def test_a_store_damaged_while_open_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    filled(path)
    told: list[str] = []
    with Rollouts(path, warn=told.append) as store:
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (path.stat().st_size - 4096))
        simulator = Counting()
        recorded = Recorded(simulator, store)
        first = recorded.sample([prompt(f"{n}:") for n in range(200)], Sampling())
        assert simulator.made == 200
        assert recorded.sample([prompt(f"{n}:") for n in range(200)], Sampling()) == first
        assert simulator.made == len(store) == 200
    assert len(told) == 1
    assert "is damaged" in told[0]
    assert is_sound(path)


def test_one_unreadable_completion_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    filled(path, 3)
    damaged = b'{"text": "\xff", "finish": "end"}'.hex()
    foreign(path, f"UPDATE rollout SET completion = CAST(x'{damaged}' AS TEXT) WHERE id = 2")
    told: list[str] = []
    with Rollouts(path, warn=told.append) as store:
        assert len(store.rollouts()) == 2
        simulator = Counting()
        Recorded(simulator, store).sample([prompt(f"{n}:") for n in range(3)], Sampling())
        assert [[p.cue for p in call] for call in simulator.calls] == [["1:"]]
        assert len(store.rollouts()) == 3
    assert len(told) == 1


def test_a_store_deleted_under_way_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / ".scribe" / "rollouts.db"
    with quietly(path) as store:
        recorded = Recorded(Counting(), store)
        recorded.sample([prompt("a")], Sampling())
        for file in path.parent.iterdir():
            file.unlink()
        path.parent.rmdir()
        recorded.sample([prompt("b")], Sampling())
    with quietly(path) as store:
        assert [r.completion.text[0] for r in store.rollouts()] == ["b"]


def test_a_newer_store_asks_for_an_upgrade_and_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    filled(path, 3)
    foreign(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(ScribeError, match=rf"rollouts\.db: a store of version {VERSION + 1}, .* upgrade scribe"):
        quietly(path)
    assert [file.name for file in tmp_path.iterdir()] == ["rollouts.db"]


# ── What people chose ────────────────────────────────────────────────────────────────────────


def test_choices_lead_to_what_was_chosen(tmp_path: Path) -> None:
    path, sampling = tmp_path / "rollouts.db", Sampling(samples=2)
    with quietly(path) as store:
        recorded = Recorded(Counting(), store)
        recorded.sample([prompt("a"), prompt("b")], sampling)
        draws = [recorded.draw_of(prompt(cue), sampling) for cue in "ab"]
        store.choose(draws[1], 1, 8)
        store.choose(draws[0], 0, 2)
        store.choose("", 0, 4)
        store.choose(draws[1], 2, 1)
    with quietly(path) as store:
        kept = store.rollouts()
        chosen = store.choices()
    assert [(c.id, c.draw, c.sample, c.among, c.bits) for c in chosen] == [
        (1, draws[1], 1, 8, 3.0),
        (2, draws[0], 0, 2, 1.0),
        (3, "", 0, 4, 2.0),
        (4, draws[1], 2, 1, 0.0),
    ]
    assert [c.rollout for c in chosen] == [kept[3].id, kept[0].id, None, None]


def test_one_unreadable_choice_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    with quietly(path) as store:
        for among in (2, 3, 4):
            store.choose("d", 0, among)
    foreign(path, "UPDATE choice SET among = 0 WHERE id = 2")
    told: list[str] = []
    with Rollouts(path, warn=told.append) as store:
        assert [c.among for c in store.choices()] == [2, 4]
    assert len(told) == 1


def test_a_draw_is_found_by_its_name_and_branched_from() -> None:
    with quietly(None) as store:
        recorded = Recorded(Counting(), store)
        recorded.sample([prompt("a")], Sampling(samples=2))
        draw = recorded.draw_of(prompt("a"), Sampling(samples=2))
        recorded.after(draw, 1).sample([prompt("b")], Sampling())
        recorded.after(draw, 7).sample([prompt("c")], Sampling())
        recorded.after(draw, 0).keep(prompt("d"), Sampling(), [Completion(text="half", finish="length")])
        assert [(r.completion.text, r.parent) for r in store.rollouts()[2:]] == [("b3", 2), ("c4", None), ("half", 1)]
        assert recorded.draw_of(prompt("a"), Sampling()) != draw != recorded.draw_of(prompt("b"), Sampling(samples=2))
        assert store.find(draw, 1) == 2
        assert store.find(draw, 2) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=5), st.integers(0, 9))
def test_a_fresh_seed_is_one_that_nothing_was_drawn_with(drawn: list[tuple[int, int]], seed: int) -> None:
    with quietly(None) as store:
        recorded = Recorded(Counting(), store)
        for first, samples in drawn:
            recorded.sample([prompt("a")], Sampling(seed=first, samples=samples))
        fresh = recorded.anew(prompt("a"), Sampling(seed=seed))
        assert fresh.seed >= seed
        assert all(fresh.seed not in range(first, first + samples) for first, samples in drawn)
        assert recorded.anew(prompt("b"), Sampling(seed=seed)).seed == seed
        assert Recorded(Counting("another"), store).anew(prompt("a"), Sampling(seed=seed)).seed == seed


VERSION_1 = """
CREATE TABLE rollout (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    draw TEXT NOT NULL,
    sample INTEGER NOT NULL,
    prompt TEXT NOT NULL,
    frame TEXT NOT NULL,
    voice TEXT NOT NULL,
    simulator TEXT NOT NULL,
    recipe TEXT NOT NULL,
    sampling TEXT NOT NULL,
    parent INTEGER,
    created TEXT NOT NULL,
    completion TEXT NOT NULL,
    UNIQUE (draw, sample)
)
"""


def version_1(path: Path) -> None:
    """A store as the first version of the schema made it, with what prompt "a" got."""
    sampling = Sampling().model_dump_json()
    draw = hashlib.sha256(json.dumps([digest(prompt("a")), "counting 1", sampling]).encode()).hexdigest()
    row = (draw, 0, digest(prompt("a")), "", "minute-taker", "counting", "counting 1", sampling, None, "2026-01-01")
    foreign(
        path,
        "PRAGMA journal_mode = WAL",
        VERSION_1,
        "CREATE INDEX rollout_prompt ON rollout (prompt)",
        "CREATE INDEX rollout_parent ON rollout (parent)",
        f"PRAGMA application_id = {0x53435242}",
        "PRAGMA user_version = 1",
    )
    with contextlib.closing(sqlite3.connect(path)) as db:
        names = "draw, sample, prompt, frame, voice, simulator, recipe, sampling, parent, created, completion"
        kept = json.dumps({"text": "kept", "finish": "end", "token_logprobs": None})
        db.execute(f"INSERT INTO rollout ({names}) VALUES ({', '.join('?' * 11)})", (*row, kept))
        db.commit()


def version_2(path: Path) -> None:
    """The same as the second version made it."""
    version_1(path)
    foreign(
        path,
        "CREATE TABLE score (key TEXT PRIMARY KEY, score TEXT NOT NULL)",
        "PRAGMA user_version = 2",
    )


@pytest.mark.parametrize("older", [version_1, version_2])
def test_an_older_store_keeps_what_it_has_and_takes_scores_and_choices(
    tmp_path: Path, older: Callable[[Path], None]
) -> None:
    path = tmp_path / "rollouts.db"
    older(path)
    for times in (1, 2):
        with quietly(path) as store:
            unopened: Any = Unopened()
            assert Recorded(unopened, store).sample([prompt("a")], Sampling())[0][0].text == "kept"
            assert Recorded(Scoring(), store).score("so", ["a"]) == [Score(token_logprobs=(-1.0, -1 / 3), noise=1e-5)]
            store.choose(Recorded(unopened, store).draw_of(prompt("a"), Sampling()), 0, 2)
            assert [(c.rollout, c.bits) for c in store.choices()] == [(1, 1.0)] * times
    assert is_sound(path)
    with contextlib.closing(sqlite3.connect(path)) as upgraded, quietly(tmp_path / "fresh.db"):
        sql = (
            "SELECT type, name, tbl_name, replace(replace(sql, ' ', ''), char(10), '') FROM sqlite_master ORDER BY name"
        )
        with contextlib.closing(sqlite3.connect(tmp_path / "fresh.db")) as fresh:
            assert upgraded.execute(sql).fetchall() == fresh.execute(sql).fetchall()
        assert upgraded.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_processes_bring_one_store_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    version_1(path)
    finish(*(start(WRITER, path, who) for who in ("one", "two", "three")))
    with quietly(path) as store:
        assert len(store) == 1 + (60 + 3 * 60) * 2


# ── Nowhere to write ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["a folder", "below a file"])
def test_where_no_store_can_be_the_run_goes_on(tmp_path: Path, where: str) -> None:
    path = tmp_path / "there"
    if where == "a folder":
        path.mkdir()
    else:
        path.write_text("mine")
        path /= "rollouts.db"
    told: list[str] = []
    with Rollouts(path, warn=told.append) as store:
        recorded = Recorded(Counting(), store)
        assert recorded.sample([prompt("a")], Sampling()) == recorded.sample([prompt("a")], Sampling())
    assert len(told) == 1
    assert "kept for this run only" in told[0]


FULL = """
import resource
from test_rollouts import *

told = []
with Rollouts(Path(sys.argv[1]), warn=told.append) as store:
    recorded = Recorded(Counting(), store)
    recorded.sample([prompt("kept")], Sampling())
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
    for n in range(3):
        answers = recorded.sample([prompt(f"{n} {m} " + 400 * "long ") for m in range(100)], Sampling())
        assert len(answers) == 100 and all(answers)
    assert recorded.sample([prompt("kept")], Sampling())[0][0].text == "kept1"
    assert recorded.misses == 301
assert len(told) == 1 and "cannot keep completions" in told[0], told
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_a_full_disk_costs_the_record_and_not_the_completions(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.db"
    finish(start(FULL, path))
    assert is_sound(path)
    with quietly(path) as store:
        assert [r.completion.text for r in store.rollouts()] == ["kept1"]


def test_a_closed_store_is_a_mistake(tmp_path: Path) -> None:
    store = quietly(tmp_path / "rollouts.db")
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        len(store)


def test_completions_are_kept_as_json_that_anyone_can_read(tmp_path: Path) -> None:
    filled(tmp_path / "rollouts.db", 1)
    with contextlib.closing(sqlite3.connect(tmp_path / "rollouts.db")) as db:
        ((sampling, completion),) = db.execute("SELECT sampling, completion FROM rollout")
    assert json.loads(completion)["text"] == "0:1"
    assert json.loads(sampling)["max_tokens"] == 400
