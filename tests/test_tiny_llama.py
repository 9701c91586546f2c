"""The small Llama that other tests use has learned what a curated frame's completion looks like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from tiny_llama import Small, held_out, is_in_form

from scribe.frames import Frame
from scribe.records import Prompt
from scribe.simulators.hf.loading import choose, load_model
from scribe.simulators.hf.tokens import Tokens

ENOUGH = {"base": 10, "chat": 6}
"""Of 20 texts; it wrote 15 and 11 in form when it was made, and training differs a little from machine to machine."""


def texts(folder: Path, prompts: Sequence[Prompt]) -> list[str]:
    """What the model writes after each, up to a blank line."""
    from transformers import set_seed

    set_seed(0)
    model, tokens = load_model(folder, choose(device="cpu")), Tokens.open(folder)
    found = []
    for prompt in prompts:
        scene, rest = tokens.prompt(prompt)
        ids = torch.tensor([scene + rest])
        with torch.inference_mode():
            written = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=120,
                do_sample=True,
                temperature=0.7,
                pad_token_id=1,
            )
        found.append(tokens.text(written[0, ids.shape[1] :].tolist()).partition("\n\n")[0])
    return found


@pytest.mark.parametrize("form", ["base", "chat"])
def test_it_writes_bullets_that_cite_lines_shown(form: str, small: Small, frame_set: dict[str, Frame]) -> None:
    prompts = held_out(frame_set)
    written = texts(getattr(small, form), prompts)
    good = sum(map(is_in_form, prompts, written))
    assert good >= ENOUGH[form], written
    assert len(set(written)) > len(written) / 2  # and not the same after every prompt


def test_both_forms_have_one_set_of_weights(small: Small) -> None:
    assert (small.base / "model.safetensors").read_bytes() == (small.chat / "model.safetensors").read_bytes()
    assert Tokens.open(small.base).form == "base"
    assert Tokens.open(small.chat).form == "chat"
    assert Tokens.open(small.base).context == Tokens.open(small.chat).context == 8192


def test_the_measure_can_fail(frame_set: dict[str, Frame]) -> None:
    prompt = held_out(frame_set, 1)[0]
    index = prompt.sources[0].index
    assert is_in_form(prompt, f" Ada: the model shapes the text [{index}]\n- Decision: Wen: none of it holds [{index}]")
    assert not is_in_form(prompt, f" Ada: the model shapes the text [{index + 100}]")
    assert not is_in_form(prompt, f" Ada: the model shapes the text [{index}]\n- Decision")
    assert not is_in_form(prompt, f" the model [{index}]")
    assert not is_in_form(prompt, "")
