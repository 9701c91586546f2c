"""A small language model of meetings, for want of one that can be fetched: text -> a folder that `hf:FOLDER` opens.

In: topics, each as its text, and minutes of CPU time. Out: a folder of transformers with a Llama of 4.3 million
parameters and its byte-level BPE of 4,096 tokens. It is trained on documents of two passages of one topic, in the very
form in which `scribe.measures.likelihood` lays passages side by side, so that what it learns is to read the one
for the other. Weights are kept in `.cache/` under a digest of all that goes into them; scores never are.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import corpora

from scribe.measures.likelihood import document

CACHE = corpora.ROOT / ".cache" / "same_problem"
SHAPE = {
    "vocab_size": 4096,
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": True,
}
PASSAGE_TOKENS = 256
"""Of each of a document's two passages."""
BATCH = 3
"""Documents a step: a small batch makes more steps of the minutes there are."""
LEARNING_RATE = 3e-3
SEED = 20261126
END = "<|end|>"


def trained(texts: Sequence[str], minutes: float) -> Path:
    """The folder of a model trained on these texts for so long, made now unless it has been made before."""
    recipe = (inspect.getsource(sys.modules[__name__]), document("{}"), repr(minutes), *texts)
    folder = CACHE / hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:16]
    if not (folder / "config.json").is_file():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        train(texts, minutes, making)
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    return folder


def train(texts: Sequence[str], minutes: float, folder: Path) -> None:
    """Train a tokenizer and a model, and write both; on one thread, so that minutes mean the same beside neighbours."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(SEED)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        [*texts, document("")], vocab_size=SHAPE["vocab_size"], special_tokens=[END], show_progress=False
    )
    end = bpe.token_to_id(END)
    model = LlamaForCausalLM(LlamaConfig(**SHAPE, bos_token_id=end, eos_token_id=end))
    _fit(model, documents(bpe, texts), minutes * 60)
    torch.set_num_threads(threads)
    bpe._tokenizer.post_processor = TemplateProcessing(single=f"{END} $A", special_tokens=[(END, end)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe._tokenizer, bos_token=END, eos_token=END)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def documents(bpe, texts: Sequence[str]) -> Iterator[list[int]]:  # type: ignore[no-untyped-def]  # heavy to import
    """Documents without end, all of one length: two passages of a topic that do not overlap, in either order.

    A topic is drawn by the root of its length, so that a long one is not most of what is read. Raises ValueError where
    no topic is long enough.
    """
    opening, between = (bpe.encode(part).ids for part in document("\0").split("\0"))
    topics = [ids for text in texts if len(ids := bpe.encode(text).ids) >= 2 * PASSAGE_TOKENS]
    if not topics:
        raise ValueError(f"no topic has {2 * PASSAGE_TOKENS} tokens to train on")
    rng = random.Random(SEED)
    weights = [len(ids) ** 0.5 for ids in topics]
    while True:
        (ids,) = rng.choices(topics, weights)
        middle = rng.randint(PASSAGE_TOKENS, len(ids) - PASSAGE_TOKENS)
        starts = [rng.randint(0, middle - PASSAGE_TOKENS), rng.randint(middle, len(ids) - PASSAGE_TOKENS)]
        one, other = (ids[at : at + PASSAGE_TOKENS] for at in rng.sample(starts, 2))
        yield [bpe.token_to_id(END), *opening, *one, *between, *other]


def _fit(model, drawn: Iterator[list[int]], seconds: float) -> None:  # type: ignore[no-untyped-def]
    """AdamW for so many seconds of CPU; the rate rises over 40 steps, stays, and falls to nothing from a third on."""
    import torch

    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.05)
    model.train()
    began = told = time.process_time()
    step = 0
    while (share := (time.process_time() - began) / seconds) < 1:
        rate = LEARNING_RATE * min(1.0, (step + 1) / 40) * min(1.0, 1.5 * (1 - share))
        for group in optimiser.param_groups:
            group["lr"] = rate
        batch = torch.tensor([next(drawn) for _ in range(BATCH)])
        loss = model(batch, labels=batch).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        if time.process_time() - told > 60:
            told = time.process_time()
            print(f"training: {share:.0%}, {step} steps, loss {loss.item():.3f}", file=sys.stderr, flush=True)
    model.eval()
