"""The README's commands are run, and print what it says they print; its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def sessions() -> list[tuple[str, str]]:
    """Every command of the `console` blocks with the output shown under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.strip("\n")))
    return found


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a person has after a clone, less the drafts."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("transcripts", "prompts"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "transcripts" / "simulators-1.json").unlink()
    return folder


@pytest.mark.parametrize(("command", "output"), sessions(), ids=[c for c, _ in sessions()])
def test_commands_print_what_the_readme_shows(clone: Path, command: str, output: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "scribe"
    run = subprocess.run(
        [sys.executable, "-m", "scribe", *arguments],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={"PATH": "", "PYTHONUTF8": "1", "HOME": str(clone)},
    )
    assert run.returncode == 0
    assert run.stdout.strip("\n") == output


def test_the_drafts_in_the_repository_are_what_the_demo_writes(tmp_path: Path) -> None:
    (tmp_path / "transcripts").mkdir()
    for name in ("simulators-1.m4a", "simulators-1.vtt"):
        shutil.copy(ROOT / "transcripts" / name, tmp_path / "transcripts" / name)
    command = [sys.executable, "-m", "scribe", "run", "transcripts/simulators-1.m4a"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    for name in (
        "transcripts/simulators-1.json",
        "drafts/simulators-1/notes.md",
        "drafts/simulators-1/notes.json",
        "drafts/simulators-1/post.md",
    ):
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), f"{name} is stale: run make demo"


def test_the_python_examples_run(clone: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.S)
    printed = []
    for example in examples:
        run = subprocess.run([sys.executable, "-c", example], cwd=clone, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        printed.append(run.stdout)
    first, in_a_chain = printed
    assert first.startswith("1.0 {'supported': ")
    assert in_a_chain.startswith("Simulators 1: ")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_make_targets_it_names_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|^ +)make (\w+)", README, re.M)) <= targets
