"""A model of a real shape with random weights, and texts for it: scenes, cues and continuations of a given length.

In: the name of a shape. Out: a folder as transformers saves one. Random weights cost what trained ones do; a byte-level
tokenizer trained on the curated frames makes the tokens, fewer of them than the model has places for.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scribe.records import Prompt
from scribe.simulators.hf import HF

FRAMES = Path(__file__).resolve().parent.parent / "prompts"

SHAPES: dict[str, dict[str, int]] = {
    "micro": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4},
    "120m": {"hidden_size": 768, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 12},
    "1b": {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
    },
}
"""Llama's: one that makes tests quick, one of 134 M parameters, and Llama 3.2's of a milliard."""

VOCABULARY = 32_000

CUES = (
    "### Minutes\n\n- Point:",
    "### Sceptic: what was left unproved\n\n- Objection:",
    "- Question:",
    "### In short\n\n",
)


def save_model(folder: Path, shape: str, *, context: int) -> Path:
    """Make a model and its tokenizer, and save both; seeded, so the same every time."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer) if shape == "micro" else VOCABULARY,
        max_position_embeddings=context,
        bos_token_id=0,
        eos_token_id=1,
        **SHAPES[shape],
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        # Nobody ends before the others, and nobody writes what the tokenizer has no token for.
        model.lm_head.weight[:2] = 0
        model.lm_head.weight[len(tokenizer) :] = 0
    model.save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator([path.read_text("utf-8") for path in sorted(FRAMES.glob("*.md"))], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>")


def words(seed: int) -> list[str]:
    """The frames' words in another order for every seed, so that no two texts begin alike."""
    found = [word for path in sorted(FRAMES.glob("*.md")) for word in path.read_text("utf-8").split()]
    random.Random(seed).shuffle(found)
    return found


def scene(simulator: HF, tokens: int, *, seed: int) -> str:
    """A scene of that many tokens, or a word fewer; it ends in a blank line."""
    return _of_length(simulator, words(seed), tokens - 2) + "\n\n"


def prompts(shown: str, voices: int) -> list[Prompt]:
    """Prompts of different voices that share a scene; their cues differ."""
    return [
        Prompt(scene=shown, cue=f"Voice {n}\n\n{CUES[n % len(CUES)]}", voice=f"voice {n}", yields="bullets")
        for n in range(voices)
    ]


def continuations(simulator: HF, how_many: int, tokens: int) -> list[str]:
    """Texts of about that many tokens each, all different."""
    return [_of_length(simulator, words(1000 + n), tokens) for n in range(how_many)]


def _of_length(simulator: HF, given: Sequence[str], tokens: int) -> str:
    """The first words that have no more than so many tokens; they come again where they do not do."""
    taken: list[str] = []
    used = 0
    while True:
        for word in given:
            used += simulator.count(" " + word)
            if used > tokens:
                return " ".join(taken)
            taken.append(word)
