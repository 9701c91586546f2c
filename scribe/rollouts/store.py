"""What is kept of a completion or a score, and under which key.

What is kept and found again is a *draw*: all completions that one prompt got in one call. Its key is the
prompt, the simulator's recipe and the whole sampling, `samples` and seed among it, since a simulator draws
its samples together: two of four are not what it would have written if asked for two. A draw is kept whole
or not at all, and the first one kept under a key stays. The key of a *score* is the recipe, the prefix and the one
continuation, since each is scored by itself.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Self, TypeVar

from pydantic import Field

from scribe.records import Completion, Prompt, Record, Sampling
from scribe.rollouts.database import COLUMNS, Database
from scribe.simulators import Score

_LOG = logging.getLogger(__name__)

_AT_ONCE = 500
"""Keys per SELECT; SQLite before 3.32 takes 999 parameters."""

_UNREADABLE = "a kept completion or score cannot be read; it will be made again when asked for"

_COMPLETIONS = "SELECT draw, completion FROM rollout WHERE draw IN ({}) ORDER BY draw, sample"
_SCORES = "SELECT key, score FROM score WHERE key IN ({})"

_T = TypeVar("_T")
_Row = tuple[object, ...]


class Rollout(Record):
    """One completion and all that led to it."""

    id: int
    sample: int
    """Its place among the completions of its draw."""
    prompt: str
    """`digest` of the prompt."""
    frame: str
    voice: str
    simulator: str
    recipe: str
    sampling: Sampling
    parent: int | None
    """The rollout that this one branched from."""
    created: str
    """UTC, ISO 8601."""
    completion: Completion


class Choice(Record):
    """That a person put one text in among several."""

    id: int
    draw: str
    """The draw it was read from; empty where that is not known."""
    sample: int
    among: int = Field(ge=1)
    created: str
    """UTC, ISO 8601."""
    rollout: int | None
    """The completion that it was read from, where that is kept."""

    @property
    def bits(self) -> float:
        """What the choice told, were all of them as likely."""
        return math.log2(self.among)


class Rollouts:
    """The store. One per process; threads may share it.

    It never stands in the way of the work. A damaged store, or a file that is none, is moved aside as
    `<name>.corrupt-<n>` and a fresh one begun; where nothing can be opened or written (disk full, no
    permission) completions are kept for this run only, or not at all. `warn` is told of each, once.
    """

    def __init__(self, path: Path | None, *, warn: Callable[[str], None] = _LOG.warning) -> None:
        """Open the store at `path`, making it if need be; None keeps it in memory.

        Raises ScribeError when a newer scribe made it.
        """
        self._database = Database(path, warn)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; closing twice is fine."""
        self._database.close()

    # ── Asking and keeping ───────────────────────────────────────────────────────────────────

    def get(self, recipe: str, sampling: Sampling, prompts: Sequence[Prompt]) -> list[list[Completion] | None]:
        """What each prompt got before, or None: one answer per prompt, same order."""
        draws = [draw_of(recipe, sampling, prompt) for prompt in prompts]
        kept = self._kept(_COMPLETIONS, draws, _completion, "DELETE FROM rollout WHERE draw = ?")
        return [list(kept[draw]) if draw in kept else None for draw in draws]

    def put(
        self,
        simulator: str,
        recipe: str,
        sampling: Sampling,
        prompts: Sequence[Prompt],
        completions: Sequence[Sequence[Completion]],
        *,
        parent: int | None = None,
    ) -> int:
        """Keep the completions of each prompt, in one transaction, and return how many prompts' were new.

        What is already kept under a key stays. `parent` is the id of the rollout these branched from.
        """
        created = _now()
        rows: dict[str, list[tuple[object, ...]]] = {}
        for prompt, drawn in zip(prompts, completions, strict=True):
            seen = digest(prompt)
            draw = draw_of(recipe, sampling, prompt)
            told = (draw, seen, prompt.frame, prompt.voice, simulator, recipe, sampling.model_dump_json())
            rows[draw] = [
                (*told, parent, created, place, json.dumps(completion.model_dump()))
                for place, completion in enumerate(drawn)
            ]
        return self._database.write(lambda db: _insert(db, rows))

    def get_scores(self, recipe: str, prefix: str, continuations: Sequence[str]) -> list[Score | None]:
        """What each continuation scored before, or None: same order."""
        keys = [_key(recipe, prefix, continuation) for continuation in continuations]
        kept = self._kept(_SCORES, keys, _score, "DELETE FROM score WHERE key = ?")
        return [kept[key][0] if key in kept else None for key in keys]

    def put_scores(self, recipe: str, prefix: str, continuations: Sequence[str], scores: Sequence[Score]) -> int:
        """Keep the score of each continuation, in one transaction, and return how many were new."""
        rows = [
            (_key(recipe, prefix, continuation), json.dumps(score.model_dump()))
            for continuation, score in zip(continuations, scores, strict=True)
        ]
        sql = "INSERT INTO score (key, score) VALUES (?, ?) ON CONFLICT DO NOTHING"
        return self._database.write(lambda db: db.executemany(sql, rows).rowcount)

    # ── The tree ─────────────────────────────────────────────────────────────────────────────

    def __len__(self) -> int:
        """How many completions are kept."""
        rows = self._database.read(lambda db: db.execute("SELECT count(*) FROM rollout").fetchall())
        return int(rows[0][0]) if rows else 0

    def rollouts(self, prompt: Prompt | None = None) -> list[Rollout]:
        """Everything kept, or all that `prompt` ever got, in the order it was kept."""
        if prompt is None:
            return self._rollouts("ORDER BY id")
        return self._rollouts("WHERE prompt = ? ORDER BY id", digest(prompt))

    def find(self, draw: str, sample: int) -> int | None:
        """The id of one completion of a draw; None where it is not kept."""
        sql = "SELECT id FROM rollout WHERE draw = ? AND sample = ?"
        rows = self._database.read(lambda db: db.execute(sql, (draw, sample)).fetchall())
        return int(rows[0][0]) if rows else None

    def children(self, rollout_id: int) -> list[Rollout]:
        """What branched from a rollout, in the order it was kept."""
        return self._rollouts("WHERE parent = ? ORDER BY id", rollout_id)

    def lineage(self, rollout_id: int) -> list[Rollout]:
        """A rollout and all it descends from, the oldest first; empty for an unknown id."""
        ancestors = """WHERE id IN (
            WITH RECURSIVE line (id) AS (
                SELECT ? UNION SELECT parent FROM rollout JOIN line USING (id) WHERE parent IS NOT NULL
            ) SELECT id FROM line) ORDER BY id"""
        return self._rollouts(ancestors, rollout_id)

    # ── What people chose ────────────────────────────────────────────────────────────────────

    def choose(self, draw: str, sample: int, among: int) -> None:
        """Enter that a person chose a completion among so many texts."""
        sql = "INSERT INTO choice (draw, sample, among, created) VALUES (?, ?, ?, ?)"
        self._database.write(lambda db: db.execute(sql, (draw, sample, among, _now())).rowcount)

    def choices(self) -> list[Choice]:
        """Every choice, in the order in which they were made."""
        sql = """SELECT choice.id, draw, sample, among, choice.created, rollout.id
            FROM choice LEFT JOIN rollout USING (draw, sample) ORDER BY choice.id"""
        rows = self._database.read(lambda db: db.execute(sql).fetchall())
        return self._readable(rows, lambda row: Choice.model_validate(dict(zip(Choice.model_fields, row, strict=True))))

    def _rollouts(self, clause: str, *values: object) -> list[Rollout]:
        sql = f"SELECT {', '.join(COLUMNS)} FROM rollout {clause}"  # noqa: S608 (clauses are written above)
        return self._readable(self._database.read(lambda db: db.execute(sql, values).fetchall()), _rollout)

    def _readable(self, rows: list[_Row], read: Callable[[_Row], _T]) -> list[_T]:
        """What can be read of rows; a person is told once where one cannot."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except ValueError:
                self._database.warn(_UNREADABLE)
        return found

    def _kept(self, select: str, keys: list[str], read: Callable[[str], _T], delete: str) -> dict[str, list[_T]]:
        """What is kept under each key, in order; what cannot be read is forgotten, and all else under its key."""
        kept: dict[str, list[_T]] = {}
        damaged: set[str] = set()
        for key, text in self._database.read(lambda db: _select(db, select, list(dict.fromkeys(keys)))):
            try:
                kept.setdefault(key, []).append(read(text))
            except ValueError:
                damaged.add(key)
        if damaged:
            self._database.warn(_UNREADABLE)
            self._database.write(lambda db: db.executemany(delete, [(key,) for key in sorted(damaged)]).rowcount)
        return {key: found for key, found in kept.items() if key not in damaged}


def _select(db: Connection, select: str, keys: list[str]) -> list[tuple[str, str]]:
    """Keys and what is kept under them; `select` has a place for the keys."""
    rows: list[tuple[str, str]] = []
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        rows += db.execute(select.format(",".join("?" * len(some))), some).fetchall()
    return rows


def _insert(db: Connection, rows: dict[str, list[tuple[object, ...]]]) -> int:
    """Add the draws that are not kept yet, inside a transaction; return how many."""
    kept = {draw for draw, _ in _select(db, _COMPLETIONS, list(rows))}
    new = [draw for draw in rows if draw not in kept and rows[draw]]
    db.executemany(
        "INSERT INTO rollout (draw, prompt, frame, voice, simulator, recipe, sampling, parent, created,"
        " sample, completion) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row for draw in new for row in rows[draw]],
    )
    return len(new)


def digest(prompt: Prompt) -> str:
    """SHA-256 over all of a prompt that a simulator may go by.

    That is all but the frame's name, and the segments' words and doubts, which change when a recording is
    aligned anew and are not shown in the scene.
    """
    shown = [[s.index, s.speaker, s.start, s.end, s.text] for s in prompt.sources]
    seen = [prompt.scene, prompt.cue, prompt.voice, prompt.yields, prompt.about, shown]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def draw_of(recipe: str, sampling: Sampling, prompt: Prompt) -> str:
    """The key of a draw."""
    return _key(digest(prompt), recipe, sampling.model_dump_json())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _key(*told: str) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _completion(text: str) -> Completion:
    return Completion.model_validate(_json(text))


def _score(text: str) -> Score:
    return Score.model_validate(_json(text))


def _json(text: str) -> object:
    if not text.isascii():
        raise ValueError("all that is kept is ASCII")
    return json.loads(text)


def _rollout(row: tuple[object, ...]) -> Rollout:
    values = dict(zip(COLUMNS, row, strict=True))
    sampling = Sampling.model_validate_json(str(values.pop("sampling")))
    completion = _completion(str(values.pop("completion")))
    return Rollout.model_validate({**values, "sampling": sampling, "completion": completion})
