"""What was put stays, whatever happens after."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scribe.records import ScribeError
from scribe.shelf import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "speech" / "talk.jsonl"


def test_what_was_put_is_there_for_the_next_process(path: Path) -> None:
    journal = Journal(path)
    journal.put("a", "what was\nheard «ü»")
    journal.put("b", "")
    code = "import sys; from pathlib import Path; from scribe.shelf import Journal; j = Journal(Path(sys.argv[1]))\n"
    code += "sys.stdout.buffer.write(repr((j.get('a'), j.get('b'), j.get('c'), len(j))).encode())"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True)
    assert done.stdout.decode() == repr(("what was\nheard «ü»", "", None, 2))


def test_an_empty_journal_makes_no_file(path: Path) -> None:
    assert Journal(path).get("a") is None
    assert not path.exists()


def test_the_last_value_counts(path: Path) -> None:
    journal = Journal(path)
    journal.put("a", "1")
    journal.put("a", "2")
    assert journal.get("a") == Journal(path).get("a") == "2"


@pytest.mark.parametrize("cut", range(1, 13))
def test_a_line_cut_off_anywhere_costs_only_itself(path: Path, cut: int) -> None:
    Journal(path).put("a", "1")
    whole = path.read_bytes()
    Journal(path).put("b", "2")
    path.write_bytes(path.read_bytes()[: len(whole) + cut - 1])
    torn = Journal(path)
    assert torn.get("a") == "1"
    torn.put("c", "3")
    again = Journal(path)
    assert (again.get("a"), again.get("c")) == ("1", "3")


def test_lines_of_another_kind_are_passed_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"a": 1}\n["a"]\n["a", 1]\n\xff\xfe\n["b", "2"]\n')
    assert (Journal(path).get("a"), Journal(path).get("b")) == (None, "2")


def test_two_processes_may_append(path: Path) -> None:
    one, other = Journal(path), Journal(path)
    for number in range(20):
        (one if number % 2 else other).put(str(number), "x" * 5000)
    assert len(Journal(path)) == 20


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path)
    journal.put("a", "1")
    real = os.fsync

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ScribeError, match=r"cannot write .*talk\.jsonl: No space left on device; free some space"):
        journal.put("b", "2")
    monkeypatch.setattr(os, "fsync", real)
    assert journal.get("b") is None
    journal.put("c", "3")
    again = Journal(path)
    assert (again.get("a"), again.get("c")) == ("1", "3")
