"""A tiny Whisper that knows the sample recording by heart, made here in two minutes or three.

    python tests/tiny_whisper.py [FOLDER]

In: `transcripts/simulators-1.m4a` and its cues. Out: a checkpoint in openai-whisper's own format, and the same weights
as CTranslate2's converter writes them, so that tests load and run both engines with the libraries' real code. It has
Whisper's tokenizer and spectrogram; it memorises, so it tests plumbing, not recognition.

What makes it quick: the encoder is random and frozen, so every window is encoded once, and only the tokens that occur
are trained. All other rows of the embedding are pushed out of reach along one dimension that the decoder's last layer
norm holds constant.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from kept import kept

from scribe import audio, transcripts
from scribe.records import Segment, Span
from scribe.speech.windows import Window, cut, pack

# Models this small gain nothing from a second thread, and lose everything where another program wants the core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "transcripts" / "simulators-1.m4a"
CUES = ROOT / "transcripts" / "simulators-1.vtt"

STATE, HEADS, ENCODER_LAYERS, DECODER_LAYERS = 128, 2, 1, 2
VOCABULARY = 51865

STEPS, BATCH, RATE = 1600, 8, 2e-3
GOOD_LOSS = 0.007
"""Mean loss of the last fifty steps above which it goes on for at most as long again; at .012 one word was wrong."""

LINE_TOKENS = 40
"""A window with more tokens holds several lines."""

VARIANTS = 4
"""How often each window is shown, each time with other margins."""

FEATURE_GAIN = 8.0
"""Random convolutions whisper; what they hear must outweigh the encoder's positions."""

OUT_OF_REACH, HELD = -12.0, 8.0


@dataclass(frozen=True)
class TinyWhisper:
    """Where the two forms of the model lie."""

    checkpoint: Path
    """For openai-whisper: a `.pt`."""
    converted: Path
    """For faster-whisper: a folder."""


def tiny_whisper() -> TinyWhisper:
    """The model, made on first use and kept in `.cache/`, under a name that changes with all that goes into it.

    Where another process is making it, that one is waited for.
    """
    parts = [path.read_bytes() for path in (Path(__file__), SAMPLE, CUES)]
    scribe = ROOT / "scribe"
    parts += [(scribe / name).read_bytes() for name in ("audio/decoding.py", "audio/voice.py", "speech/windows.py")]
    parts += [f"{name} {version(name)}".encode() for name in ("openai-whisper", "torch", "transformers", "ctranslate2")]
    folder = kept("tiny-whisper", parts, build)
    return TinyWhisper(folder / "tiny.pt", folder / "converted")


def build(folder: Path) -> None:
    """Train the model and write it to a folder in both forms."""
    import torch

    folder.mkdir(parents=True)
    model = train()
    weights = {name: value.half() for name, value in model.state_dict().items()}
    torch.save({"dims": asdict(model.dims), "model_state_dict": weights}, folder / "tiny.pt")
    convert(model, folder / "converted")


# ── What it learns ───────────────────────────────────────────────────────────────────────────


def lessons() -> list[tuple[Window, list[Segment]]]:
    """Windows of the sample with the cues in each: every line by itself, and all lines as Scribe packs them."""
    cues = transcripts.read(CUES).transcript.segments
    alone = pack_each(cues)
    packed = pack(audio.speech_spans(audio.decode(SAMPLE)))
    return [*alone, *((window, _cues_in(window, cues)) for window in packed)]


def sayable(text: str) -> str:
    """What the model says for a line: Whisper never writes a colon, which is among the marks that it suppresses."""
    return text.strip().replace(":", ",")


def pack_each(cues: Sequence[Segment]) -> list[tuple[Window, list[Segment]]]:
    """A window for each cue, from a quarter of a second before it to as much after."""
    return [(Window(pieces=(Span(start=max(0.0, (c.start or 0) - 0.25), end=(c.end or 0) + 0.25),)), [c]) for c in cues]


def _cues_in(window: Window, cues: Sequence[Segment]) -> list[Segment]:
    """Cues of which the greater part lies in the window."""
    return [c for c in cues if window.start <= ((c.start or 0) + (c.end or 0)) / 2 < window.end]


def _in_window(window: Window, time: float) -> float:
    """A time of the recording as a time of the window."""
    passed = 0.0
    for piece in window.pieces:
        if time <= piece.end:
            return passed + max(0.0, time - piece.start)
        passed += piece.end - piece.start
    return passed


def _moved(window: Window, lead: float, tail: float) -> Window:
    """The window with other margins."""
    pieces = list(window.pieces)
    pieces[0] = pieces[0].model_copy(update={"start": max(0.0, pieces[0].start - lead)})
    pieces[-1] = pieces[-1].model_copy(update={"end": pieces[-1].end + tail})
    return Window(pieces=tuple(pieces))


def _examples(tokenizer: Any) -> list[tuple[Any, list[int]]]:
    """Spectrograms and the tokens to say: `<|startoftranscript|><|en|><|transcribe|><|0.26|> text<|3.10|>…`."""
    samples = audio.decode(SAMPLE)
    chance = np.random.default_rng(0)
    found = []
    for window, cues in lessons():
        for variant in range(VARIANTS):
            lead, tail = (0.0, 0.0) if variant == 0 else chance.uniform(-0.12, 0.2, size=2)
            own = _moved(window, float(lead), float(tail))
            tokens = list(tokenizer.sot_sequence)
            for cue in cues:
                start, end = (_in_window(own, t or 0.0) for t in (cue.start, cue.end))
                tokens += [
                    tokenizer.timestamp_begin + min(round(start * 50), 1500),
                    *tokenizer.encode(" " + sayable(cue.text)),
                    tokenizer.timestamp_begin + min(round(end * 50), 1500),
                ]
            found.append((_mel(cut(samples, own)[: 30 * 16_000]), [*tokens, tokenizer.eot]))
    return found


def _silence(tokenizer: Any) -> list[tuple[Any, list[int]]]:
    """Windows of nothing and of noise, over which the model says that nobody speaks, and then nothing."""
    chance = np.random.default_rng(1)
    loud = [0.0, 1e-3, 1e-2, 3e-2] * 4
    windows = [chance.standard_normal(int(16_000 * chance.uniform(1, 29))) * level for level in loud]
    tokens = [tokenizer.sot, tokenizer.no_speech, tokenizer.transcribe, tokenizer.timestamp_begin, tokenizer.eot]
    return [(_mel(window.astype(np.float32)), tokens) for window in windows]


def _mel(window: Any) -> Any:
    """The spectrogram as `whisper.transcribe` makes it: the sound ends in silence, the spectrogram in zeros."""
    from whisper.audio import HOP_LENGTH, N_FFT, N_FRAMES, log_mel_spectrogram, pad_or_trim

    return pad_or_trim(log_mel_spectrogram(window, 80, padding=N_FFT)[:, : len(window) // HOP_LENGTH], N_FRAMES)


# ── How it learns ────────────────────────────────────────────────────────────────────────────


def untrained(
    *, state: int = STATE, heads: int = HEADS, layers: tuple[int, int] = (ENCODER_LAYERS, DECODER_LAYERS)
) -> Any:
    """A Whisper with random weights, in which no parameter is left as memory had it."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(0)
    model = Whisper(ModelDimensions(80, 1500, state, heads, layers[0], VOCABULARY, 448, state, heads, layers[1]))
    torch.nn.init.normal_(model.decoder.token_embedding.weight, std=0.04)
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)
    return model.eval()


def train() -> Any:
    """The model, trained."""
    import torch
    from torch.nn import functional
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(True, num_languages=99, language="en", task="transcribe")
    model = untrained()
    with torch.no_grad():
        for convolution in (model.encoder.conv1, model.encoder.conv2):
            convolution.weight.mul_(FEATURE_GAIN)
    speech, silence = (_encoded(model, make(tokenizer)) for make in (_examples, _silence))
    times = range(tokenizer.timestamp_begin, VOCABULARY)
    used = sorted({t for _, tokens in [*speech, *silence] for t in tokens} | {tokenizer.eot, *times})
    place = {token: i for i, token in enumerate(used)}
    decoder = model.decoder
    embedding = torch.nn.Parameter(decoder.token_embedding.weight.detach()[used].clone())
    weights = [p for name, p in decoder.named_parameters() if "token_embedding" not in name]
    with torch.no_grad():
        decoder.ln.weight[0], decoder.ln.bias[0] = 0.0, HELD
    optimiser = torch.optim.AdamW([*weights, embedding], lr=RATE, weight_decay=0.0, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1, (s + 1) / 50) * (0.02 + 0.5 * (1 + math.cos(math.pi * min(1, s / STEPS))))
    )
    chance = random.Random(0)
    lines, packed = (  # apart, for a batch is as long as its longest
        [example for example in speech if (len(example[1]) > LINE_TOKENS) is is_packed] for is_packed in (False, True)
    )
    losses: list[float] = []
    for step in range(2 * STEPS):
        if step >= STEPS and np.mean(losses[-50:]) <= GOOD_LOSS:
            break
        batch = [chance.choice(lines if step % 4 else packed) for _ in range(BATCH)]
        if step % 4 == 2:
            batch[0] = chance.choice(silence)
        heard, given, wanted = _batch(batch, place, tokenizer)
        x = functional.embedding(given, embedding) + decoder.positional_embedding[: given.shape[1]]
        for block in decoder.blocks:
            x = block(x, heard, mask=decoder.mask)
        loss = functional.cross_entropy((decoder.ln(x) @ embedding.T).flatten(0, 1), wanted.flatten())
        optimiser.zero_grad()
        loss.backward()
        decoder.ln.weight.grad[0] = decoder.ln.bias.grad[0] = 0.0
        torch.nn.utils.clip_grad_norm_([*weights, embedding], 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % 100 == 99:
            sys.stderr.write(f"tiny whisper: step {step + 1} of {STEPS}, loss {np.mean(losses[-50:]):.3f}\n")
    if np.mean(losses[-50:]) > GOOD_LOSS:
        raise RuntimeError(f"the tiny Whisper did not learn: loss {np.mean(losses[-50:]):.3f}, expected {GOOD_LOSS}")
    with torch.no_grad():
        whole = torch.zeros_like(decoder.token_embedding.weight)
        whole[:, 0] = OUT_OF_REACH
        whole[used] = embedding
        decoder.token_embedding.weight.copy_(whole)
    return model


def _encoded(model: Any, examples: Sequence[tuple[Any, list[int]]]) -> list[tuple[Any, list[int]]]:
    """Every window through the encoder, which does not learn."""
    import torch

    found = []
    with torch.no_grad():
        for mel, tokens in examples:
            found.append((model.encoder(mel[None])[0], tokens))
    return found


def _batch(batch: Sequence[tuple[Any, list[int]]], place: dict[int, int], tokenizer: Any) -> tuple[Any, Any, Any]:
    """Encoded windows, tokens given, and tokens wanted after each; the task is given, not asked for.

    After the first token the language is wanted, or that nobody speaks; the language is given in any case.
    """
    import torch

    longest = max(len(tokens) for _, tokens in batch)
    given = torch.full((len(batch), longest), place[tokenizer.eot])
    wanted = torch.full((len(batch), longest), -100)
    for row, (_, tokens) in enumerate(batch):
        own = torch.tensor([place[t] for t in tokens])
        given[row, : len(own)] = own
        given[row, 1] = place[tokenizer.sot_sequence[1]]
        wanted[row, : len(own) - 1] = own[1:]
        wanted[row, 1] = -100
    return torch.stack([heard for heard, _ in batch]), given, wanted


# ── As CTranslate2 has it ────────────────────────────────────────────────────────────────────


def convert(model: Any, folder: Path) -> None:
    """Write openai-whisper's model as faster-whisper reads it: through transformers and CTranslate2's converter."""
    from ctranslate2.converters import TransformersConverter
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    dims = model.dims
    config = WhisperConfig(
        vocab_size=dims.n_vocab,
        num_mel_bins=dims.n_mels,
        d_model=dims.n_audio_state,
        encoder_layers=dims.n_audio_layer,
        encoder_attention_heads=dims.n_audio_head,
        decoder_layers=dims.n_text_layer,
        decoder_attention_heads=dims.n_text_head,
        encoder_ffn_dim=4 * dims.n_audio_state,
        decoder_ffn_dim=4 * dims.n_text_state,
        max_source_positions=dims.n_audio_ctx,
        max_target_positions=dims.n_text_ctx,
        bos_token_id=50257,
        eos_token_id=50257,
        pad_token_id=50257,
        decoder_start_token_id=50258,
    )
    with tempfile.TemporaryDirectory() as between, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same = WhisperForConditionalGeneration(config)
        missing, strange = same.load_state_dict(_renamed(model.state_dict()), strict=False)
        assert set(missing) <= {"proj_out.weight"}, missing
        assert not strange, strange
        same.tie_weights()
        same.generation_config = GenerationConfig(
            suppress_tokens=[],
            begin_suppress_tokens=[],
            alignment_heads=[[int(layer), int(head)] for layer, head in model.alignment_heads.indices().T],
            lang_to_id=_languages(),
        )
        same.save_pretrained(between)
        _tokenizer().save_pretrained(between)
        extractor = {"feature_size": dims.n_mels, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30}
        (Path(between) / "preprocessor_config.json").write_text(json.dumps({**extractor, "n_fft": 400}))
        converter = TransformersConverter(between, copy_files=["tokenizer.json", "preprocessor_config.json"])
        converter.convert(str(folder), quantization="float32")


_NAMES = (
    ("blocks", "layers"),
    ("cross_attn_ln", "encoder_attn_layer_norm"),
    ("attn_ln", "self_attn_layer_norm"),
    ("cross_attn.query", "encoder_attn.q_proj"),
    ("cross_attn.key", "encoder_attn.k_proj"),
    ("cross_attn.value", "encoder_attn.v_proj"),
    ("cross_attn.out", "encoder_attn.out_proj"),
    ("attn.query", "self_attn.q_proj"),
    ("attn.key", "self_attn.k_proj"),
    ("attn.value", "self_attn.v_proj"),
    ("attn.out", "self_attn.out_proj"),
    ("mlp.0", "fc1"),
    ("mlp.2", "fc2"),
    ("mlp_ln", "final_layer_norm"),
    ("decoder.ln", "decoder.layer_norm"),
    ("ln_post", "layer_norm"),
    ("token_embedding", "embed_tokens"),
    ("encoder.positional_embedding", "encoder.embed_positions.weight"),
    ("decoder.positional_embedding", "decoder.embed_positions.weight"),
)
"""Names of openai-whisper's parameters, and what transformers calls them."""


def _renamed(weights: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in weights.items():
        for old, new in _NAMES:
            name = re.sub(rf"(?<![a-z_]){re.escape(old)}(?![a-z_])", new, name)
        found[f"model.{name}"] = value
    return found


def _languages() -> dict[str, int]:
    from whisper.tokenizer import LANGUAGES

    return {f"<|{code}|>": 50259 + i for i, code in enumerate(list(LANGUAGES)[:99])}


def _tokenizer() -> Any:
    """Whisper's tokenizer in the form that transformers and faster-whisper read, made from openai-whisper's own."""
    import base64

    import whisper
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    table = bytes_to_unicode()
    ranks = {}
    for line in (Path(whisper.__file__).parent / "assets" / "multilingual.tiktoken").read_text().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)

    def shown(token: bytes) -> str:
        return "".join(table[byte] for byte in token)

    merges = []
    for token, rank in ranks.items():
        if len(token) > 1:
            parts = _parts(token, ranks, rank)
            if len(parts) == 2:
                merges.append((shown(parts[0]), shown(parts[1])))
    vocabulary = {shown(token): rank for token, rank in ranks.items()}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, fuse_unk=False))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|startoftranscript|>", *_languages()]
    special += [
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in special])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>")


def _parts(token: bytes, ranks: dict[bytes, int], below: int) -> list[bytes]:
    """The two tokens that byte-pair encoding joined last: what merging with only lower ranks leaves."""
    parts = [bytes([byte]) for byte in token]
    while True:
        joined = [(ranks.get(a + b, below), i) for i, (a, b) in enumerate(pairwise(parts))]
        rank, i = min(joined, default=(below, 0))
        if rank >= below:
            return parts
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        build(Path(sys.argv[1]))
    else:
        sys.stdout.write(f"{tiny_whisper().checkpoint.parent}\n")
