"""Where a model lies on this machine, and what tells it from any other.

In: a spec. Out: the folder that transformers saved a model to, fetched from the model hub where it is not here yet, and
a digest of what is in it. No file is understood here; weights are not read through.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from scribe import hub
from scribe.records import ScribeError
from scribe.simulators.specs import OnProgress, Spec

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json", "spiece.model", "vocab.txt")
"""One of these is in every folder that holds a tokenizer."""

CAUSAL = ("ForCausalLM", "LMHeadModel")
"""How transformers ends the names of models that go on with a text, most of the time."""

_TEXTS = ("*.json", "*.jinja", "*.txt", "*.model")
"""Configuration, tokenizer and chat template: everything but weights and pages for people."""
_SAFE, _PICKLED = "*.safetensors", "*.bin"
_NOT_WANTED = ("*/*", "consolidated*", "training_args.bin", "optimizer*", "scheduler*")
"""Other libraries' copies of the weights, which lie in folders or under Mistral's name, and what training left."""

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_SINGLE = ("model.safetensors", "pytorch_model.bin")

BLOCKS, BLOCK_BYTES = 64, 1 << 16
"""How much of a model's weights its fingerprint is of: 4 MiB, which a disk gives in well under a second."""


def find(spec: Spec, *, on_progress: OnProgress | None = None) -> Path:
    """The folder of the model that a spec names: a folder as it stands, else a repository of the model hub.

    What the hub's cache has whole is not asked for again. Raises ScribeError for a folder without a model, for what
    is neither a folder nor a repository's name, and where the hub does not give it.
    """
    target = spec.target
    path = Path(os.path.expanduser(target))
    if path.exists():
        if "revision" in spec.options:
            raise ScribeError(f"{spec.text}: a folder has no revisions; leave revision out, or name a repository")
        return _checked(path)
    if not hub.is_name(target) or target.startswith((".", "/", "~")):
        raise ScribeError(
            f"{spec.text}: expected a folder, or a repository of the model hub such as owner/model; found neither"
        )
    revision = spec.options.get("revision")
    found = hub.snapshot(target, ["config.json"], revision=revision)
    if found is not None and is_whole(found):
        return found
    return _fetch(target, revision, on_progress)


def kept() -> list[str]:
    """Names of models that go on with a text and are whole in the hub's cache; the network is not asked."""
    return [name for name, folder in hub.kept().items() if is_whole(folder) and _is_causal(folder / "config.json")]


def _is_causal(config: Path) -> bool:
    try:
        return any(str(kind).endswith(CAUSAL) for kind in json.loads(config.read_bytes())["architectures"])
    except (OSError, ValueError, LookupError, TypeError):
        return False


def is_whole(folder: Path) -> bool:
    """Whether configuration, tokenizer and all weights are in a folder."""
    if not (folder / "config.json").is_file() or not any((folder / name).is_file() for name in TOKENIZERS):
        return False
    try:
        files = weights(folder)
    except ScribeError:
        return False
    return bool(files) and all(file.is_file() for file in files)


def weights(folder: Path) -> list[Path]:
    """Files with weights that transformers loads from a folder, in order of name; those of an index may be missing.

    Safetensors are preferred, and one file to several, as transformers does. Raises ScribeError for a damaged index.
    """
    for single, index in zip(_SINGLE, _INDEXES, strict=True):
        if (folder / single).is_file():
            return [folder / single]
        if (folder / index).is_file():
            return [folder / name for name in _shards(folder / index)]
    return []


def fingerprint(folder: Path) -> str:
    """Sixteen hexadecimal digits that change with what a model writes: configuration, tokenizer, template, weights.

    Texts are read whole. Of the weights names and sizes count, and 64 blocks of 64 KiB, spread evenly, the first and
    the last of each file among them (two from each where there are more than 32 files). Training moves every weight, so
    that is enough to tell two models apart; a hand that changes a few bytes between the blocks goes unseen.
    """
    digest = hashlib.sha256()
    texts = {file for pattern in _TEXTS for file in folder.glob(pattern)}
    for file in sorted(texts):
        digest.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    files = weights(folder)
    for file in files:
        size = file.stat().st_size
        digest.update(f"{file.name}\0{size}\0".encode())
        for block in _sample(file, size, max(2, BLOCKS // len(files))):
            digest.update(block)
    return digest.hexdigest()[:16]


def _checked(folder: Path) -> Path:
    if folder.is_file():
        raise ScribeError(
            f"{folder}: expected the folder of a model, found a file; name the folder that transformers saved it to, "
            "with config.json, *.safetensors and a tokenizer in it"
        )
    if not (folder / "config.json").is_file():
        raise ScribeError(
            f"{folder}: expected a model of transformers (config.json, *.safetensors, tokenizer.json), found a folder "
            "without config.json; name the folder that holds it"
        )
    return folder


def _fetch(repository: str, revision: str | None, on_progress: OnProgress | None) -> Path:
    """Fetch texts and safetensors; pickled weights only where there are no others."""

    def tell(done: int, total: int | None) -> None:
        if on_progress is not None:
            on_progress(repository, done, total)

    for patterns in ([*_TEXTS, _SAFE], [*_TEXTS, _PICKLED]):
        folder = hub.download(
            repository,
            patterns,
            what=f"weights of {repository!r}",
            otherwise="name its folder: hf:/path/to/folder",
            revision=revision,
            ignore=_NOT_WANTED,
            on_progress=tell,
        )
        if weights(folder):
            break
    else:
        raise ScribeError(
            f"{hub.page(repository)}: expected a model of transformers (model.safetensors), found none; name another "
            "repository"
        )
    return _checked(folder)


def _shards(index: Path) -> list[str]:
    try:
        return sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ScribeError(f"{index}: expected an index of weights, found something else; fetch it again") from error


def _sample(file: Path, size: int, blocks: int) -> Iterator[bytes]:
    """Blocks of a file, spread evenly; all of a small one."""
    last = max(0, size - BLOCK_BYTES)
    with open(file, "rb", buffering=0) as source:
        for place in sorted({last * k // (blocks - 1) for k in range(blocks)}):
            source.seek(place)
            yield source.read(BLOCK_BYTES)
