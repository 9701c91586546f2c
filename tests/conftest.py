"""What several tests build: transcripts, prompts, simulators that follow a script, and strategies for talk."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tiny_llama import Small, tiny_llama
from tiny_whisper import TinyWhisper, tiny_whisper
from typer.testing import CliRunner

from scribe import frames, transcripts
from scribe.cli import app
from scribe.frames import Frame
from scribe.records import Completion, Prompt, Recipe, Sampling, ScribeError, Segment, Transcript, Yields
from scribe.simulators import CannotScore, Score

settings.register_profile(
    "scribe", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("scribe")

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures"


# ── Builders ─────────────────────────────────────────────────────────────────────────────────


def segments(lines: Iterable[str | tuple[str | None, str]], *, seconds: float | None = None) -> tuple[Segment, ...]:
    """Lines as segments: `("Ada", "Yes.")`, `"Ada: Yes."`, or `"Yes."` for a line that nobody is named for."""
    made = []
    for index, line in enumerate(lines):
        if isinstance(line, str):
            name, colon, rest = line.partition(": ")
            speaker, text = (name, rest) if colon else (None, line)
        else:
            speaker, text = line
        times = {} if seconds is None else {"start": index * seconds, "end": (index + 1) * seconds}
        made.append(Segment(index=index, text=text, speaker=speaker, **times))
    return tuple(made)


def transcript(
    lines: Iterable[str | tuple[str | None, str]], *, seconds: float | None = None, name: str = "talk"
) -> Transcript:
    """A transcript of these lines; each lasts `seconds`, or it is untimed."""
    made = segments(lines, seconds=seconds)
    return Transcript(
        id=name,
        source=f"{name}.vtt",
        duration=len(made) * seconds if seconds else None,
        segments=made,
        recipe=Recipe(scribe="0", engine="test"),
    )


def prompt(
    lines: Iterable[str | tuple[str | None, str]] = (),
    *,
    cue: str = "- Point:",
    voice: str = "minute-taker",
    yields: Yields = "bullets",
    about: str | None = None,
    scene: str = "Minutes.\n\n",
) -> Prompt:
    """A prompt that shows these lines."""
    return Prompt(scene=scene, cue=cue, voice=voice, sources=segments(lines), yields=yields, about=about)


def completion(text: str, finish: str = "end") -> Completion:
    return Completion.model_validate({"text": text, "finish": finish})


def sample() -> Transcript:
    """The seminar that comes with the repository."""
    return transcripts.read(ROOT / "transcripts" / "simulators-1.vtt").transcript


def curated() -> dict[str, Frame]:
    """The frames that come with scribe."""
    return frames.load_all(frames.folders(None, None))


def scribe(*arguments: str) -> tuple[int, str, str]:
    """Run the command line in this process: exit code, standard output, standard error."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def alone_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder the current one, and let no setting of whoever runs the tests in."""
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("SCRIBE_"):
            monkeypatch.delenv(name)


def table(path: str) -> Iterator[list[str]]:
    """Rows of the Markdown tables in a fixture, backquotes off; `·` stands for a cell with nothing in it."""
    for line in (FIXTURES / path).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and line.count("`") >= 2:
            yield [cell.strip("`").removeprefix("·") for cell in cells]


class Scripted:
    """A simulator that writes what it is told to: `write(prompt, k)` is its k-th completion, or a ScribeError."""

    name = "scripted"
    recipe = "scripted/1"

    def __init__(self, write: Callable[[Prompt, int], str | Completion], *, context: int = 16_384) -> None:
        self._write = write
        self.context = context
        self.asked: list[Prompt] = []

    def count(self, text: str) -> int:
        return len(text.split())

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        self.asked.extend(prompts)
        return [[self._complete(prompt, k) for k in range(sampling.samples)] for prompt in prompts]

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        raise CannotScore("scripted: has no log-probabilities")

    def _complete(self, prompt: Prompt, k: int) -> Completion:
        written = self._write(prompt, k)
        return written if isinstance(written, Completion) else completion(written)


def refuse(prompt: Prompt, k: int) -> str:
    """A script in which nothing is ever answered."""
    raise ScribeError("scripted: the server is down")


@pytest.fixture(scope="session")
def bench() -> Callable[[str], ModuleType]:
    """Loads a benchmark by its name."""

    def load(name: str) -> ModuleType:
        sys.path.insert(0, str(ROOT / "benchmarks"))
        try:
            return importlib.import_module(name)
        finally:
            sys.path.remove(str(ROOT / "benchmarks"))

    return load


# ── Strategies ───────────────────────────────────────────────────────────────────────────────

VOCABULARY = (
    "simulator simulacrum log-loss entropy gradient tokens prefix temperature bound lemma reward sampler corpus "
    "Mira Ada GPT HMM Tomás Wen it that we they the a an is are was not isn't never no can cannot must may 3 40 0.5 "
    "1,024 two seven because so and but or um uh you know I mean like well right okay what why does problem agree "
    "define conjecture suppose therefore write"
).split()
MARKS = (" ", " ", " ", " ", ", ", ". ", "? ", "! ", "… ", " - ", " -- ", '" ', "; ")
SPEAKERS = (None, "Ada", "Tomás", "Wen", "Speaker 1")


def phrases(most: int = 20) -> st.SearchStrategy[str]:
    """Talk without sense, with the marks that talk is written down with."""
    pair = st.tuples(st.sampled_from(VOCABULARY), st.sampled_from(MARKS))
    return st.lists(pair, min_size=1, max_size=most).map(lambda pairs: "".join(w + m for w, m in pairs).strip())


def bare_phrases(most: int = 20) -> st.SearchStrategy[str]:
    """Lower-case words without a mark, as many recognisers write."""
    return st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=most).map(lambda ws: " ".join(ws).lower())


@st.composite
def talks(draw: st.DrawFn, most: int = 40) -> Transcript:
    """Any transcript: with or without names, times and punctuation; of short turns or of one endless line."""
    kind = draw(st.sampled_from(["written", "bare", "one-word", "endless", "anything"]))
    texts = {
        "written": phrases(),
        "bare": bare_phrases(),
        "one-word": st.sampled_from(VOCABULARY),
        "endless": bare_phrases(300),
        "anything": st.text(max_size=60),
    }[kind]
    speakers = draw(st.sampled_from([(None,), ("Ada",), SPEAKERS]))
    lines = st.lists(st.tuples(st.sampled_from(speakers), texts), max_size=2 if kind == "endless" else most)
    return transcript(draw(lines), seconds=draw(st.sampled_from([None, 0.0, 4.0])))


@pytest.fixture(scope="session")
def seminar() -> Transcript:
    return sample()


@pytest.fixture(scope="session")
def frame_set() -> dict[str, Frame]:
    return curated()


# ── Models made here ─────────────────────────────────────────────────────────────────────────

MADE = {"small": "tiny_llama", "tiny": "tiny_whisper"}
"""Fixtures that are models which tests make, and the modules that make them, the quicker first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need a model come last, in the order in which models are made: they are made while the others run."""
    items.sort(key=_needs)


def pytest_collection_finish(session: pytest.Session) -> None:
    needed = {_needs(item) for item in session.items}
    modules = [module for place, module in enumerate(MADE.values(), 1) if place in needed]
    is_first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    if modules and is_first and not session.config.option.collectonly:
        session.config.stash[_MAKING] = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("kept.py")), *modules],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    if making := config.stash.get(_MAKING, None):
        making.kill()
        making.wait()


_MAKING = pytest.StashKey["subprocess.Popen[bytes]"]()


def _needs(item: pytest.Item) -> int:
    """Which model a test needs, counted from 1 in the order of MADE, the last where it needs several; 0 for none."""
    names = getattr(item, "fixturenames", ())
    return max((place for place, fixture in enumerate(MADE, 1) if fixture in names), default=0)


@pytest.fixture(scope="session")
def small() -> Small:
    """A small Llama that continues the curated frames; training it takes two minutes, once for each machine."""
    return tiny_llama()


@pytest.fixture(scope="session")
def tiny() -> TinyWhisper:
    """A tiny Whisper that knows the sample recording by heart; training it takes minutes, once for each machine."""
    return tiny_whisper()
