"""A model is found, fetched and loaded, or one line says what is wrong with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from micro_model import save_micro
from test_speech_weights import Hub, Server, closed_port, one_line, serving

from scribe.records import ScribeError
from scribe.simulators.hf import places
from scribe.simulators.hf.loading import Setup, choose, load_model
from scribe.simulators.specs import parse_spec

CPU = Setup(device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_micro(tmp_path_factory.mktemp("micro") / "model")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


# ── Where it lies ────────────────────────────────────────────────────────────────────────────


def find(target: str) -> Path:
    return places.find(parse_spec(f"hf:{target}"))


def test_a_folder_is_taken_as_it_stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert find(str(folder)) == folder
    assert find("~/model") == folder


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("{}", "a folder without config.json"),
        ("{}/model/config.json", "expected the folder of a model, found a file"),
        ("{}/model?revision=main", "a folder has no revisions"),
        ("{}/nowhere", "expected a folder, or a repository of the model hub"),
        ("./nowhere", "expected a folder, or a repository of the model hub"),
        ("a/b/c", "expected a folder, or a repository of the model hub"),
        ("no spaces/please", "expected a folder, or a repository of the model hub"),
    ],
)
def test_what_names_no_model_is_one_line(target: str, told: str, folder: Path) -> None:
    with pytest.raises(ScribeError) as error:
        find(target.format(folder.parent))
    assert told in one_line(error)


class Counting(Hub):
    """A hub that remembers all that it is asked."""

    def answer(self, *, body: bool) -> None:
        self.server.asked.append(self.path)
        super().answer(body=body)


@pytest.fixture
def hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A hub whose one repository, someone/micro, is what lies in `right` and `given`."""
    for name in ("right", "given"):
        shutil.copytree(folder, tmp_path / name)
        (tmp_path / name / "README.md").write_text("For people.")
        (tmp_path / name / "consolidated.safetensors").write_bytes(b"the same weights again")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(type("Hub", (Counting,), {"folder": tmp_path / "given"})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def test_a_repository_is_fetched_once(hub: Server) -> None:
    told: list[tuple[str, int, int | None]] = []
    found = places.find(parse_spec("hf:someone/micro"), on_progress=lambda *given: told.append(given))
    assert sorted(file.name for file in found.iterdir()) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    size = sum(file.stat().st_size for file in found.iterdir())
    assert told[-1] == ("someone/micro", size, size)
    asked = len(hub.asked)
    assert find("someone/micro") == found
    assert hub.asked[asked:] == []
    assert load_model(found, CPU).device.type == "cpu"


def test_pickled_weights_are_fetched_where_there_are_no_others(hub: Server, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    for name in ("right", "given"):
        weights = load_file(tmp_path / name / "model.safetensors")
        (tmp_path / name / "model.safetensors").unlink()
        torch.save(weights, tmp_path / name / "pytorch_model.bin")
    found = find("someone/micro")
    assert places.weights(found) == [found / "pytorch_model.bin"]
    assert load_model(found, CPU).device.type == "cpu"


def test_a_repository_that_broke_off_is_gone_on_with(hub: Server) -> None:
    found = find("someone/micro")
    (found / "model.safetensors").unlink()
    assert find("someone/micro") == found
    assert places.is_whole(found)


def test_a_repository_without_a_model_is_one_line(hub: Server, tmp_path: Path) -> None:
    for name in ("right", "given"):
        (tmp_path / name / "model.safetensors").unlink()
    with pytest.raises(ScribeError) as error:
        find("someone/micro")
    assert "expected a model of transformers (model.safetensors), found none" in one_line(error)


def test_where_the_hub_is_out_of_reach_the_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ScribeError) as error:
        find("someone/micro")
    assert re.fullmatch(
        r"weights of 'someone/micro' are not here and cannot be fetched from 127\.0\.0\.1:\d+ \(.*refused\); "
        r"fetch http://127\.0\.0\.1:\d+/someone/micro elsewhere and name its folder: hf:/path/to/folder",
        one_line(error),
    )


# ── What tells it from others ────────────────────────────────────────────────────────────────


def add(path: Path, more: bytes) -> None:
    path.write_bytes(path.read_bytes() + more)


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "model.safetensors",
    ],
)
def test_a_fingerprint_changes_with_each_file(name: str, folder: Path) -> None:
    before = places.fingerprint(folder)
    assert re.fullmatch("[0-9a-f]{16}", before)
    assert places.fingerprint(folder) == before
    (folder / name).touch()
    add(folder / name, b" ")
    assert places.fingerprint(folder) != before


def test_a_fingerprint_is_the_same_wherever_the_folder_lies(folder: Path, saved: Path) -> None:
    (folder / "README.md").write_text("For people.")
    assert places.fingerprint(folder) == places.fingerprint(saved)


@pytest.mark.parametrize("place", [0, 2**16, (2**33 - 2**16) * 32 // 63, 2**33 - 1])
def test_a_fingerprint_of_a_large_model_is_quick_and_sees_its_blocks(place: int, folder: Path) -> None:
    """8 GiB: the first block, what follows it (unseen), the 33rd of 64, and the last."""
    weights = folder / "model.safetensors"
    with open(weights, "r+b") as file:
        file.truncate(2**33)
    begun = time.perf_counter()
    before = places.fingerprint(folder)
    assert time.perf_counter() - begun < 1
    with open(weights, "r+b") as file:
        file.seek(place)
        file.write(b"\x01")
    assert (places.fingerprint(folder) == before) == (place == 2**16)


# ── How it runs ──────────────────────────────────────────────────────────────────────────────


def test_what_is_left_open_is_chosen() -> None:
    chosen = choose()
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert chosen.device == expected
    assert choose(device="cpu") == CPU
    assert choose(device="cpu", dtype="bfloat16") == Setup(device="cpu", dtype="bfloat16")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"device": "tpu"}, "device 'tpu': expected one of auto, cpu"),
        ({"device": "cuda:99"}, "device 'cuda:99': expected one of auto, cpu"),
        ({"dtype": "float8"}, "unknown dtype 'float8'; known: float32, float16, bfloat16"),
        ({"quantise": "int2"}, "unknown quantise 'int2'; known: int8, int4"),
        ({"device": "cpu", "quantise": "int4"}, "torchao computes with 4-bit weights on CUDA only; use quantise int8"),
    ],
)
def test_what_cannot_be_had_is_one_line(wanted: dict[str, str], told: str) -> None:
    with pytest.raises(ScribeError) as error:
        choose(**wanted)
    assert told in one_line(error)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_model_is_loaded_as_it_was_saved(dtype: str, saved: Path) -> None:
    from safetensors.torch import load_file

    model = load_model(saved, Setup(device="cpu", dtype=dtype))
    assert not model.training
    assert model.dtype == getattr(torch, dtype)
    found = model.state_dict()
    for name, weight in load_file(saved / "model.safetensors").items():
        assert torch.equal(found[name], weight.to(model.dtype)), name


def test_int8_takes_a_quarter_and_says_nearly_the_same(tmp_path: Path) -> None:
    pytest.importorskip("torchao")
    saved = save_micro(tmp_path, hidden_size=128, head_dim=32, intermediate_size=256)
    plain, quantised = load_model(saved, CPU), load_model(saved, choose(device="cpu", quantise="int8"))

    def bytes_of(model: Any) -> int:
        """Bytes of the layers' matrices; the embeddings stay as they are."""
        matrices = [module.weight for name, module in model.named_modules() if name.endswith("_proj")]
        parts = [[m.qdata, m.scale] if hasattr(m, "qdata") else [m] for m in matrices]
        return sum(part.numel() * part.element_size() for own in parts for part in own)

    assert bytes_of(quantised) < 0.27 * bytes_of(plain)
    ids = torch.arange(200, 260)[None]
    with torch.inference_mode():
        said, meant = quantised(ids).logits, plain(ids).logits
    assert (said - meant).abs().mean() < 0.05 * meant.std()


def test_nothing_is_said_on_the_way_and_a_missing_library_is_one_line(saved: Path) -> None:
    """In a process of its own: libraries speak when they are imported, and one may be missing."""
    program = f"""
import sys
from pathlib import Path
from scribe.simulators.hf.loading import choose, load_model
from scribe.simulators.hf.tokens import Tokens
Tokens.open(Path({str(saved)!r}))
load_model(Path({str(saved)!r}), choose(device="cpu", quantise="int8"))
del sys.modules["torchao"]
sys.path = [place for place in sys.path if "site-packages" not in place]
sys.path_importer_cache.clear()
try:
    choose(device="cpu", quantise="int8")
except Exception as error:
    print(error)
"""
    pytest.importorskip("torchao")
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.stderr == ""
    assert done.stdout == "quantise int8 needs torchao, found it not installed; pip install 'scribe[quantise]'\n"


# ── What is no model ─────────────────────────────────────────────────────────────────────────


def configured(**settings: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))

    return change


def cut(size: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:size])

    return change


def without(tensor: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        del weights[tensor]
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    return change


def pickled(content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / "pytorch_model.bin").write_bytes(content)

    return change


def sharded(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def enormous(folder: Path) -> None:
    with open(folder / "model.safetensors", "r+b") as file:
        file.truncate(2**42)


def encoder(folder: Path) -> None:
    from transformers import BertConfig, BertForMaskedLM

    shutil.rmtree(folder)
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    BertForMaskedLM(BertConfig(vocab_size=9, **sizes)).save_pretrained(folder)


RUNS_CODE = b"cposix\nsystem\n(S'touch ran'\ntR."

DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "expected model.safetensors in it"),
    "a shard is missing": (sharded, "expected model-00002-of-00002.safetensors in it, found no such file"),
    "half a header": (cut(100), "found damaged ones or half of them"),
    "half the weights": (cut(40_000), "found damaged ones or half of them"),
    "an empty file": (cut(0), "found damaged ones or half of them"),
    "a pickle that runs code": (pickled(RUNS_CODE), "found damaged ones or half of them"),
    "a tensor is missing": (without("model.layers.1.mlp.up_proj.weight"), "found none for 1 of them, such as model."),
    "more layers than weights": (configured(num_hidden_layers=3), "found none for 9 of them"),
    "other shapes": (configured(intermediate_size=96), "found others for 6 of them, such as model.layers.0.mlp.down"),
    "no JSON": (lambda folder: (folder / "config.json").write_text("{"), "config.json: expected a model that"),
    "a list": (lambda folder: (folder / "config.json").write_text("[]"), "config.json: expected a model that"),
    "an unknown kind": (configured(model_type="dream"), "has model type `dream`"),
    "a setting of another type": (configured(num_hidden_layers="two"), "config.json: expected a model that"),
    "code of its own": (
        configured(model_type="dream", auto_map={"AutoConfig": "a.B", "AutoModelForCausalLM": "c.D"}),
        "found one that brings its own, which scribe does not run",
    ),
    "an encoder": (encoder, "expected a model that goes on with a text (a causal language model), found BertForMasked"),
    "a model of images": (configured(model_type="vit"), "(a causal language model), found vit"),
    "quantised by a missing library": (configured(quantization_config={"quant_method": "gptq", "bits": 4}), "optimum"),
    "more than memory": (enormous, "not enough memory on cpu for its weights in float32 (about 4399 GB)"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_no_model_is_one_line(
    damage: str, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    change, told = DAMAGES[damage]
    change(folder)
    capfd.readouterr()
    with pytest.raises(ScribeError) as error:
        load_model(folder, CPU)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500
    assert capfd.readouterr() == ("", "")
    assert not Path("ran").exists()
