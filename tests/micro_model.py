"""Models of a few thousand random weights, in the folders of transformers, made in well under a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conftest import ROOT


def save_micro(folder: Path, kind: str = "llama", *, template: str | None = None, **settings: Any) -> Path:
    """Save a model of one architecture with a byte-level tokenizer trained on the curated frames."""
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer = micro_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(_config(kind, len(tokenizer), settings))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(8)  # so that it prefers some tokens to others
    model.save_pretrained(folder)
    return folder


def micro_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator([path.read_text("utf-8") for path in sorted((ROOT / "prompts").glob("*.md"))], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>")


def _config(kind: str, vocabulary: int, settings: dict[str, Any]) -> Any:
    from transformers import AutoConfig

    names = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "head_dim": 8,
    }
    if kind == "gpt2":
        names = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 4096}
    if kind == "mamba":
        names = {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}
    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    return AutoConfig.for_model(kind, vocab_size=vocabulary, **{**names, **ends, **settings})
