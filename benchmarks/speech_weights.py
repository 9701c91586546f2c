"""Weights of Whisper's shapes that write what they are told to, on every engine.

In: a shape and a number of tokens. Out: a checkpoint of openai-whisper and the same weights as CTranslate2 has them,
with what they will write. They hear nothing: they are for measuring time and memory.

All layers are random and as large as in the real model, so every step costs what it costs there. What is not random is
the decoder's embedding of positions: at each place it is a large multiple of the embedding of the token that shall
stand there next. The last layer compares what comes out with all embeddings, so that token is written with a
probability close to 1, whatever the layers between add: Whisper's guards are computed and never fire.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "transcripts" / "simulators-1.script.txt"

VOCABULARY = 51_865
"""Of 99 languages. large-v3 has one more token, which changes no figure here."""

CLOSES_S = 29
"""The timestamp that ends what is written: so near to a window's end that nothing is left over."""

MOST_TOKENS = 220
"""Whisper's decoder writes 224 at most."""

_CONTRAST = 24.0
"""Logit of the token to be written, about; all others together come to 11 or 12 at the widths of real models."""

_LOUDNESS = 20.0
"""Standard deviation of the positions; what a random layer adds has one of about 0.3."""


class Shape(NamedTuple):
    """What makes one Whisper larger than another."""

    state: int
    heads: int
    layers: int
    """Of the encoder, and as many of the decoder."""
    mels: int = 80


SHAPES = {
    "micro": Shape(128, 2, 1),
    "tiny": Shape(384, 6, 4),
    "base": Shape(512, 8, 6),
    "large-v3": Shape(1280, 20, 32, 128),
}
"""As openai-whisper has them; micro is for tests."""


@dataclass(frozen=True)
class Weights:
    """Where the two forms of a model lie, and what it writes for every window."""

    checkpoint: Path
    converted: Path
    tokens: tuple[int, ...]
    text: str


def write(shape: Shape, count: int, folder: Path) -> Weights:
    """Make a model that writes `count` tokens for each window, and write it to an empty folder in both forms."""
    import torch
    from transformers.utils import logging

    sys.path.append(str(ROOT / "tests"))
    from tiny_whisper import convert

    logging.disable_progress_bar()
    tokens = script(count)
    # What both forms hold is the same to the last bit.
    model = scripted(shape, tokens).half().float()
    state = {name: value.half() for name, value in model.state_dict().items()}
    torch.save({"dims": asdict(model.dims), "model_state_dict": state}, folder / "model.pt")
    convert(model, folder / "converted")
    tokenizer = whisper_tokenizer()
    text = tokenizer.decode([token for token in tokens if token < tokenizer.eot]).strip()
    return Weights(folder / "model.pt", folder / "converted", tokens, text)


def script(count: int) -> tuple[int, ...]:
    """`count` tokens as Whisper writes a window: `<|0.00|>`, a text that no guard objects to, `<|29.00|>`."""
    if not 3 <= count <= MOST_TOKENS:
        raise ValueError(f"expected 3 to {MOST_TOKENS} tokens for a window, found {count}")
    tokenizer = whisper_tokenizer()
    rows = TEXT.read_text(encoding="utf-8").splitlines()
    said = " " + " ".join(row.split(": ", maxsplit=1)[1] for row in rows if row)
    text = [token for token in tokenizer.encode(said) if token not in tokenizer.non_speech_tokens]
    begins = tokenizer.timestamp_begin
    return (begins, *text[: count - 2], begins + 50 * CLOSES_S)


def whisper_tokenizer() -> Any:
    """openai-whisper's own, for English; it leaves a file to be closed by whoever collects the garbage."""
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        return get_tokenizer(True, num_languages=99, language="en", task="transcribe")


def scripted(shape: Shape, tokens: tuple[int, ...]) -> Any:
    """A model of openai-whisper with random layers that writes these tokens after a prompt of three."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(0)
    state, heads, layers, mels = shape
    model = Whisper(ModelDimensions(mels, 1500, state, heads, layers, VOCABULARY, 448, state, heads, layers))
    tokenizer = whisper_tokenizer()
    _, *prompt = tokenizer.sot_sequence
    follows = [*prompt, *tokens]
    follows += [tokenizer.eot] * (model.dims.n_text_ctx - len(follows))
    spread = _CONTRAST / state
    with torch.no_grad():
        embedding = torch.nn.init.normal_(model.decoder.token_embedding.weight, std=spread)
        model.decoder.positional_embedding.copy_(embedding[follows] * (_LOUDNESS / spread))
    return model.eval()
