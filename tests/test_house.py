"""Who may import whom, and what no module may hold.

Every file of the package is parsed, not run. An import counts wherever it stands: at the top, inside a function, or
under `if TYPE_CHECKING`, because each ties one room to another for whoever changes it.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "scribe"

EVERYTHING = frozenset({"*"})
BOTTOM = frozenset({"records", "language", "tidy"})

ROOMS: dict[str, frozenset[str]] = {
    "records": frozenset(),
    "language": frozenset(),
    "tidy": frozenset({"language"}),
    "markdown": frozenset({"records"}),
    "audio": frozenset({"records"}),
    "transcripts": frozenset({"records"}),
    "shelf": frozenset({"records", "transcripts"}),
    "frames": frozenset({"markdown", "records"}),
    "linear": frozenset(),
    "utterances": BOTTOM,
    "rewriting": BOTTOM | {"utterances"},
    "evidence": BOTTOM | {"linear", "utterances"},
    "structure": BOTTOM | {"evidence", "linear", "utterances"},
    "claims": frozenset({"evidence", "language", "records"}),
    "footnotes": frozenset({"evidence", "language", "markdown", "records"}),
    "hub": frozenset({"records"}),
    "simulators": BOTTOM | {"evidence", "frames", "hub", "linear", "rewriting", "structure", "utterances"},
    "rollouts": frozenset({"records", "simulators"}),
    "asking": frozenset({"claims", "frames", "records", "simulators"}),
    "speech": frozenset({"hub", "records", "language"}),
    "speakers": frozenset({"records", "language"}),
    "glossary": frozenset({"records", "language"}),
    "chunks": frozenset({"records", "language", "linear"}),
    "notes": BOTTOM - {"tidy"}
    | {"asking", "claims", "evidence", "footnotes", "frames", "markdown", "simulators", "structure"},
    "review": BOTTOM | {"claims", "evidence", "footnotes", "markdown"},
    "evaluating": BOTTOM | {"claims", "evidence", "measures", "plots"},
    "lint": frozenset({"records", "language", "evidence"}),
    "export": frozenset({"markdown", "records"}),
    "draft": BOTTOM - {"tidy"} | {"asking", "claims", "evidence", "footnotes", "frames", "markdown", "simulators"},
    "plots": frozenset({"records"}),
    "search": frozenset({"records"}),
    "measures": BOTTOM | {"evidence", "claims", "frames", "plots", "simulators"},
    "embeddings": frozenset({"evidence", "hub", "measures", "records", "simulators"}),
    "revise": frozenset({"records", "markdown"}),
    "sequence": frozenset({"footnotes", "language", "markdown", "records"}),
    "pipeline": EVERYTHING,
    "batch": frozenset(
        {"records", "language", "transcripts", "simulators", "frames", "rollouts", "markdown", "pipeline", "shelf"}
    ),
    "langchain": EVERYTHING,
    "studio": EVERYTHING,
    "cli": EVERYTHING,
    "scribe": frozenset({"notes", "pipeline", "shelf", "simulators"}),
    "__main__": frozenset({"cli"}),
}
"""What each room may import of scribe besides itself and the version. `scribe` is the package's own `__init__`."""

FORBIDDEN: dict[str, frozenset[str]] = {
    "pipeline": frozenset({"cli", "studio", "__main__"}),
    "langchain": frozenset({"cli", "studio", "__main__"}),
    "studio": frozenset({"cli", "__main__"}),
    "cli": frozenset({"__main__"}),
}
"""What the rooms that may import everything may not."""

STAGES = frozenset({"audio", "speech", "speakers", "chunks", "notes", "draft", "revise"})

HEAVY = frozenset(
    "torch transformers whisper faster_whisper ctranslate2 av ray starlette docx openai onnxruntime "
    "scipy pyannote langchain langchain_core langchain_community markdown_it mdit_py_plugins snowballstemmer "
    "huggingface_hub rapidfuzz jellyfish symspellpy tokenizers torchao psutil rouge_score nltk "
    "sentence_transformers pypandoc typst fsspec uvicorn jinja2 latex2mathml".split()
)
"""Imported inside the functions that need them, or by a type checker."""

ASKED_FOR: dict[str, frozenset[str]] = {"langchain": frozenset({"langchain_core"})}
"""Rooms that nothing but their user imports, and whose classes are subclasses of that library's."""

DOORS = {
    "markdown_it": {"markdown"},
    "mdit_py_plugins": {"markdown"},
    "av": {"audio"},
    "docx": {"transcripts", "shelf"},
    "pypandoc": {"export"},
    "typst": {"export"},
    "whisper": {"speech"},
    "faster_whisper": {"audio", "speech"},
    "ctranslate2": {"speech", "cli"},
    "onnxruntime": {"audio", "speakers"},
    "pyannote": {"speakers"},
    "scipy": {"audio", "speakers"},
    "torch": {"speech", "speakers", "simulators", "cli"},
    "transformers": {"speech", "simulators"},
    "openai": {"simulators"},
    "torchao": {"simulators"},
    "psutil": {"simulators"},
    "langchain_core": {"simulators", "langchain"},
    "rapidfuzz": {"glossary"},
    "jellyfish": {"glossary"},
    "symspellpy": {"glossary"},
    "rouge_score": {"evaluating"},
    "sentence_transformers": {"embeddings"},
    "sqlite3": {"rollouts", "search"},
    "starlette": {"studio"},
    "uvicorn": {"studio"},
    "jinja2": {"studio", "simulators"},
    "markupsafe": {"studio"},
    "latex2mathml": {"markdown"},
    "fsspec": {"shelf"},
    "ray": {"batch"},
    "typer": {"cli"},
    "rich": {"cli"},
}
"""Libraries that only these rooms may know; `scribe doctor`, in `cli`, asks torch which devices there are."""

BROAD_EXCEPTS: frozenset[str] = frozenset(
    {
        "scribe.speech.weights.opening_ctranslate2:_read_tokenizer",
        "scribe.simulators.hf.tokens:_read_tokenizer",
        "scribe.simulators.integrations:_attempt",
        "scribe.batch.working:_run",
        "scribe.shelf.store:_one_line",
        "scribe.markdown.mathml:_converted",
    }
)
"""Functions, as `module:function`, that may catch Exception: the tokenizers library raises no narrower one, and the
integrations of LangChain each raise their provider's, as do the filesystems of fsspec; and in a batch one source's
failure, whatever it is, is its own. What latex2mathml raises for a formula that it cannot read has no common root."""

LONG_FUNCTIONS: frozenset[str] = frozenset()
"""Functions above 60 lines, each with its reason in the commit that let it in."""


class Module:
    """A parsed file of the package."""

    def __init__(self, path: Path, package: Path = PACKAGE) -> None:
        parts = path.relative_to(package.parent).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.room = parts[1] if len(parts) > 2 or not self.is_package else "scribe"
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    def imported(self) -> Iterator[str]:
        """Dotted names of all that is imported anywhere in the file, relative ones made absolute."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{self._origin(node)}.{alias.name}" for alias in node.names)

    def imported_at_once(self) -> set[str]:
        """Top names imported when the module is: not inside a function, not under `if TYPE_CHECKING`."""
        return {name.partition(".")[0] for node in _run_at_once(self.tree) for name in self._names(node)}

    def rooms(self) -> set[str]:
        """Rooms of scribe that the file imports from, its own left out."""
        found = set()
        for name in self.imported():
            parts = name.split(".")
            if parts[0] == "scribe":
                found.add(parts[1] if len(parts) > 1 and _is_room(parts[1]) else "scribe")
        return found - {self.room}

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))

    def calls(self) -> Iterator[ast.Call]:
        return (n for n in ast.walk(self.tree) if isinstance(n, ast.Call))

    def called(self) -> set[str]:
        """What is called by name, dotted as written."""
        return {ast.unparse(call.func) for call in self.calls() if isinstance(call.func, ast.Name | ast.Attribute)}

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])

    def _names(self, node: ast.stmt) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield self._origin(node)


def _run_at_once(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.stmt):
            yield node
        yield from _run_at_once(node)


@cache
def _is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def _may_import(room: str, other: str) -> bool:
    if other == "scribe":
        return True
    allowed = ROOMS[room]
    return other not in FORBIDDEN.get(room, frozenset()) if allowed == EVERYTHING else other in allowed


# ── Who may import whom ──────────────────────────────────────────────────────────────────────


def test_every_room_is_in_the_table() -> None:
    assert {m.room for m in MODULES} <= set(ROOMS), "a new room; enter it in the table and on the design page"


@pytest.mark.parametrize("room", sorted({m.room for m in MODULES} & set(ROOMS)))
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    pairs = {(m.name, other) for m in MODULES if m.room == room for other in m.rooms()}
    assert not {(name, other) for name, other in pairs if not _may_import(room, other)}, f"allowed: {ROOMS[room]}"


def test_the_table_keeps_the_design() -> None:
    """The table itself is held to the sentences of the design page."""
    for stage in STAGES:
        assert not ROOMS[stage] & (STAGES | {"shelf", "rollouts", "studio", "cli", "pipeline", "batch"}), stage
    assert [room for room in ROOMS if _may_import(room, "cli")] == ["cli", "__main__"]
    assert [room for room in ROOMS if _may_import(room, "studio") and room != "studio"] == ["cli"]
    assert not ROOMS["records"]


def test_rooms_can_be_read_in_an_order() -> None:
    """Each room knows only those read before it: no two import each other, not even through others."""
    needs = {room: {o for m in MODULES if m.room == room for o in m.rooms()} - {"scribe"} for room in ROOMS}
    read: set[str] = set()
    while left := set(needs) - read:
        ready = {room for room in left if needs[room] <= read}
        assert ready, f"these rooms import each other in a circle: {sorted(left)}"
        read |= ready


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    waiting = {room: HEAVY - ASKED_FOR.get(room, frozenset()) for room in ROOMS}
    assert not [(m.name, found) for m in MODULES if (found := m.imported_at_once() & waiting[m.room])]
    assert not [(m.name, room) for m in MODULES for room in m.rooms() & set(ASKED_FOR)]


def test_each_library_has_its_door() -> None:
    tops = {(m.name, m.room, name.partition(".")[0]) for m in MODULES for name in m.imported()}
    assert not {(module, top) for module, room, top in tops if room not in DOORS.get(top, {room})}


@pytest.mark.parametrize("command", ["import scribe", "runpy.run_module('scribe', run_name='__main__')"])
def test_starting_loads_no_heavy_library(command: str) -> None:
    """`import scribe` and `python -m scribe --help`, each in a fresh interpreter."""
    code = f"""
import contextlib, io, runpy, sys
sys.argv = ["scribe", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:
    {command}
print(len(out.getvalue()), *sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    written, *loaded = done.stdout.split()
    assert (int(written) > 200) == ("runpy" in command)
    assert "scribe" in loaded
    heavy = {"torch", "transformers", "numpy", "pydantic", "yaml", "whisper", "faster_whisper", "av", "langchain_core"}
    assert not heavy & set(loaded)


# ── What no module may hold ──────────────────────────────────────────────────────────────────


def test_no_module_is_above_400_lines() -> None:
    assert not {m.name: m.text.count("\n") for m in MODULES if m.text.count("\n") > 400}


def test_no_function_is_above_60_lines() -> None:
    lengths = {f"{m.name}:{f.name}": (f.end_lineno or 0) - f.lineno + 1 for m in MODULES for f in m.functions()}
    assert not {name: length for name, length in lengths.items() if length > 60 and name not in LONG_FUNCTIONS}


def test_everything_public_says_what_it_is_for() -> None:
    public = [
        (m.name, n.name, n)
        for m in MODULES
        for n in m.tree.body
        if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")
    ]
    assert not [m.name for m in MODULES if not ast.get_docstring(m.tree)]
    assert not [(module, name) for module, name, node in public if not ast.get_docstring(node)]


@pytest.mark.parametrize("name", [m.name for m in MODULES if ">>>" in m.text])
def test_the_examples_in_docstrings_work(name: str) -> None:
    tried = doctest.testmod(importlib.import_module(name))
    assert tried.failed == 0
    assert tried.attempted > 0 or name == "scribe"


def test_only_the_command_line_prints() -> None:
    assert not [m.name for m in MODULES if m.room != "cli" and "print" in m.called()]


def test_nothing_catches_everything() -> None:
    """`except Exception` is for the functions listed; `except BaseException` raises again at once."""
    for where, handler in ((f"{m.name}:{f.name}", n) for m in MODULES for f in m.functions() for n in ast.walk(f)):
        if not isinstance(handler, ast.ExceptHandler):
            continue
        caught = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type else {"nothing"}
        assert "nothing" not in caught, f"{where}: a bare except"
        assert "Exception" not in caught or where in BROAD_EXCEPTS, f"{where} catches every exception"
        if "BaseException" in caught:
            assert ast.unparse(handler.body[-1]) == "raise", f"{where} must raise again what it caught"


def test_no_code_comes_in_as_data() -> None:
    """No pickles, no eval, no remote code of a model, no shell, no YAML that makes objects."""
    pickles = {"pickle", "dill", "cloudpickle", "shelve", "marshal"}
    dangerous = {"eval", "exec", "compile", "os.system", "yaml.load", "yaml.unsafe_load"}
    for m in MODULES:
        assert not {n.partition(".")[0] for n in m.imported()} & pickles, m.name
        assert not m.called() & dangerous, m.name
        for call in m.calls():
            given = {k.arg: ast.unparse(k.value) for k in call.keywords}
            for keyword in ("trust_remote_code", "shell", "allow_pickle"):
                assert given.get(keyword, "False") == "False", f"{m.name}: {ast.unparse(call)}"
            if ast.unparse(call.func) == "torch.load":
                assert given.get("weights_only") == "True", f"{m.name}: torch.load reads pickles"


def test_no_module_keeps_changing_state() -> None:
    assert not [m.name for m in MODULES if any(isinstance(n, ast.Global) for n in ast.walk(m.tree))]


def test_the_checks_see_what_they_look_for(tmp_path: Path) -> None:
    """A check that cannot fail is none: every way to import is seen, and heavy ones only where they run at once."""
    path = tmp_path / "scribe" / "notes" / "page.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import torch\n    from scribe.draft import write\n"
        "try:\n    import av.codec\nexcept ImportError:\n    print('no av')\n"
        "class A:\n    import docx\n"
        "def f():\n    import whisper\n    from .. import shelf\n    from . import length\n"
    )
    seen = Module(path, tmp_path / "scribe")
    assert (seen.name, seen.room) == ("scribe.notes.page", "notes")
    assert seen.rooms() == {"draft", "shelf"}
    assert seen.imported_at_once() & HEAVY == {"av", "docx"}
    assert seen.called() == {"print"}
