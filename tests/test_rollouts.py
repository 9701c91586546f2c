"""What was asked once is not asked again, whatever happens to the store."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.records import Completion, Prompt, Sampling, ScribeError, Segment, Word
from scribe.rollouts import Recorded, Rollouts, digest
from scribe.rollouts.database import VERSION
from scribe.simulators import CannotScore, Score, Simulator


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


def test_scoring_passes_through() -> None:
    with quietly(None) as store, pytest.raises(CannotScore):
        Recorded(Counting(), store).score("a", ["b"])


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
    with pytest.raises(ScribeError, match=r"rollouts\.db: a store of version 2, .* upgrade scribe"):
        quietly(path)
    assert [file.name for file in tmp_path.iterdir()] == ["rollouts.db"]


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
