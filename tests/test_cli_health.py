"""The doctor says which simulators can be used here, and how to get the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from micro_model import save_micro

from scribe.cli.health import Finding, findings
from scribe.shelf import Workspace

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def found(folder: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings(Workspace(folder))}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, with nothing in it."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def keep(cache: Path, name: str) -> Path:
    """Lay a model into the cache as the hub's library does, links apart."""
    repository = cache / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    return save_micro(repository / "snapshots" / COMMIT)


def test_the_doctor_lists_models_that_are_here_whole(cache: Path, tmp_path: Path) -> None:
    for name in ("someone/micro", "someone/broken", "someone/encoder"):
        keep(cache, name)
    (cache / "models--someone--broken" / "snapshots" / COMMIT / "model.safetensors").unlink()
    config = cache / "models--someone--encoder" / "snapshots" / COMMIT / "config.json"
    config.write_text(config.read_text().replace("LlamaForCausalLM", "BertForMaskedLM"))
    finding = found(tmp_path)["simulator hf"]
    assert finding.state == "ok"
    assert finding.detail.endswith(f"; someone/micro in {cache}")
    shutil.rmtree(cache / "models--someone--micro")
    finding = found(tmp_path)["simulator hf"]
    assert finding.state == "absent"
    assert f"no model in {cache} yet: hf:OWNER/MODEL fetches one" in finding.detail


def test_the_doctor_survives_a_cache_that_is_no_cache(cache: Path, tmp_path: Path) -> None:
    assert found(tmp_path)["simulator hf"].state == "absent"
    cache.write_text("a file")
    assert found(tmp_path)["simulator hf"].state == "absent"


def test_the_doctor_never_shows_a_key(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert found(tmp_path)["simulator openai"].state == "absent"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    told = found(tmp_path)
    assert told["simulator openai"].state == "ok"
    assert not [finding for finding in told.values() if "secret" in finding.detail]


def test_the_doctor_knows_what_weights_can_be_quantised_to(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("torchao")
    assert found(tmp_path)["quantise"].detail.startswith("int8")
