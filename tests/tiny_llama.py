"""A small Llama that continues Scribe's frames, made here in less than two minutes.

    python tests/tiny_llama.py [FOLDER]

In: the curated frames, and a seminar that this file makes up. Out: two folders as transformers saves models, `base` and
`chat`, with the same weights; the second has a chat template. It has learned what a document of these frames looks
like: bullets of the right kind, a name, words of the record, a citation in range. What it writes need not be true, so
it is a simulator whose claims want checking.
"""

from __future__ import annotations

import math
import os
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kept import ROOT, kept

from scribe import frames
from scribe.frames import Frame
from scribe.records import Prompt, Segment

# Models this small gain nothing from a second thread, and lose everything where another program wants the core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

STATE, HEADS, KEY_HEADS, LAYERS, FEED_FORWARD = 128, 4, 2, 3, 448
VOCABULARY = 640
CONTEXT, ROPE = 8192, 500_000.0
"""Six times the longest curated scene (`key-points`, 1290 tokens with seven lines); RoPE makes it cost nothing."""

STEPS, RATE, TOKENS = 380, 2e-3, 1500
"""`TOKENS` are in a batch. At twice the rate the induction head is lost, and with it half of the citations."""
GOOD_LOSS = 0.8
"""Nats a token of what is to be written, over the last fifty steps, above which it has not learned; it reaches .5."""
WHOLE_EVERY = 10
"""One batch in so many shows whole scenes; the others begin at the record, which is a fifth as long."""
NUMBER_WEIGHT = 6.0
"""What a number counts: all are citations, and the hardest to learn, for they are copied from the record."""
CHAT_EVERY = 6
"""One document in so many is shown as chat models are shown it."""
SCENE_WEIGHT = 0.1
"""What a token of the scene counts in the loss, against one of the text that is to be written."""

BOS, EOS, USER, ASSISTANT, END = "<s>", "</s>", "<|user|>", "<|assistant|>", "<|end|>"
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if loop.index0 % 2 != (message.role == 'assistant') | int %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{{ '<|' + message.role + '|>\n' + message.content + '<|end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Small:
    """Where the two forms of the model lie."""

    base: Path
    chat: Path


# ── A seminar that never was ─────────────────────────────────────────────────────────────────

NAMES = "Ada Tomas Wen Ilse Adaeze Mira Noor Jonas".split()
THINGS = (
    "model reward prior loss prompt bound context token sampler gradient text reader entropy corpus simulator "
    "simulacrum policy score cue lemma"
).split()
QUALITIES = "small large proper sharp hidden finite shared noisy early local".split()
VERBS = "shapes hides bounds predicts needs changes follows measures carries explains".split()


class Seminar:
    """People who say one thing about another, each in one of six manners."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def lines(self) -> list[tuple[Segment, str, str]]:
        """A record, and of each line the kind of minute it gives and the minute."""
        first, count = self._chance.randrange(85), self._chance.randint(3, 9)
        names = self._chance.sample(NAMES, 4)
        found = []
        for index in range(first, first + count):
            kind, said, minute = self._say()
            name = self._chance.choice(names)
            cited = f"{name}: {minute} [{index}]"
            found.append((Segment(index=index, text=said, speaker=name), kind, cited))
        return found

    def _say(self) -> tuple[str, str, str]:
        pick = self._chance.choice
        one, other = self._chance.sample(THINGS, 2)
        one, other, verb = f"the {pick(QUALITIES)} {one}", f"the {other}", pick(VERBS)
        claim = f"{one} {verb} {other}"
        kind = pick(("Point", "Point", "Point", "Objection", "Definition", "Conjecture", "Question", "Action"))
        said = {
            "Point": f"So {claim}.",
            "Objection": f"But that is not what {claim} means.",
            "Definition": f"Let us say that {claim}.",
            "Conjecture": f"I would guess that {claim}.",
            "Question": f"Why is it that {claim}?",
            "Action": f"I will write out how {claim}.",
        }[kind]
        minute = {"Question": f"why is it that {claim}?", "Action": f"write out how {claim}"}.get(kind, claim)
        return kind, said, minute


def written(prompt: Prompt, lines: Sequence[tuple[Segment, str, str]]) -> str:
    """What stands after a prompt's cue: minutes of the kinds that its voice listens for, else of the first line."""
    if prompt.yields == "title":
        return " " + " ".join(lines[0][0].text.split()[-2:]).strip(".?").capitalize()
    if prompt.yields == "paragraph":
        told = _of(("Point", "Objection", "Conjecture"), lines)
        return "".join(" {} said that {}. [{}".format(*re.split(": | \\[", minute)) for _, minute in told)
    first = prompt.cue.rpartition("\n")[2].strip("-: ")
    own = [(first, minute) for _, minute in _of(LISTENS.get(first, (first,)), lines)]
    own += [(kind, minute) for kind, minute in _of(("Conjecture",), lines) if first == "Definition"]
    return "\n".join(f"- {kind}: {minute}" for kind, minute in own).removeprefix(f"- {first}:")


LISTENS = {"Point": ("Point", "Definition"), "Decision": ("Action", "Point")}
"""Kinds of lines that some kinds of minute are made from; the others are made from their own."""


def _of(kinds: Sequence[str], lines: Sequence[tuple[Segment, str, str]]) -> list[tuple[str, str]]:
    found = [(kind, minute) for _, kind, minute in lines if kind in kinds]
    return found[:3] or [(lines[0][1], lines[0][2])]


def prompts(frame_set: dict[str, Frame], seed: int) -> list[tuple[Prompt, str]]:
    """Prompts of a curated frame about one record, and what stands after each."""
    lines = Seminar(seed).lines()
    chance = random.Random(seed)
    name = chance.choices(["key-points", "questions", "decisions", "overview", "title"], [12, 2, 2, 1, 1])[0]
    claims = "\n".join(f"- {kind}: {minute}" for _, kind, minute in lines)
    made = frames.prompts(frame_set[name], [segment for segment, _, _ in lines], title="The small model", claims=claims)
    chance.shuffle(made)
    return [(prompt, written(prompt, lines)) for prompt in made]


def held_out(frame_set: dict[str, Frame], records: int = 5) -> list[Prompt]:
    """Prompts that it has not been trained on: four voices about each of so many records."""
    found = []
    for seed in range(500, 500 + records):
        found += frames.prompts(frame_set["key-points"], [segment for segment, _, _ in Seminar(seed).lines()])
    return found


def is_in_form(prompt: Prompt, text: str) -> bool:
    """Whether what was written after a cue is bullets, each with a kind, a name, and a citation of a line shown."""
    bullets = (prompt.cue.rpartition("\n")[2] + text).strip().split("\n")
    read = [re.fullmatch(r"- [A-Z][a-z]+: [A-Z][a-z]+: \S.* \[(\d+)\]", bullet) for bullet in bullets]
    shown = {segment.index for segment in prompt.sources}
    return all(match and int(match[1]) in shown for match in read)


# ── How it learns ────────────────────────────────────────────────────────────────────────────

Document = list[tuple[str, bool]]
"""Pieces of text, and whether each is one that is to be written."""


def document(frame_set: dict[str, Frame], seed: int, *, whole: bool) -> Document:
    """A scene with the texts of all its voices, one after another, or with one of them as a chat model is shown it.

    A scene that is not `whole` begins at the record.
    """
    found = prompts(frame_set, seed)
    scene = found[0][0].scene
    scene = scene if whole else scene[max(0, scene.rfind("### From the record")) :]
    if seed % CHAT_EVERY:
        pieces = [(scene, False)]
        for prompt, text in found:
            pieces += [(prompt.cue, False), (f"{text}\n\n", True)]
        return [*pieces, (EOS, True)]
    prompt, text = found[0]
    user, assistant = (turn["content"] for turn in frames.as_chat(prompt.model_copy(update={"scene": scene})))
    return [(f"{USER}\n{user}{END}\n{ASSISTANT}\n{assistant}", False), (f"{text}{END}", True)]


def tokenizer(texts: Sequence[str]) -> Any:
    """A byte-level BPE tokenizer that begins every text with BOS."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[BOS, EOS, USER, ASSISTANT, END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    made.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", special_tokens=[(BOS, made.token_to_id(BOS))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token=BOS, eos_token=EOS, model_max_length=CONTEXT, padding_side="left"
    )


def train(frame_set: dict[str, Frame]) -> tuple[Any, Any, float]:
    """The model, its tokenizer, and the mean loss in nats of what it had to write, over the last fifty steps."""
    import torch
    from torch.nn import functional
    from transformers import LlamaConfig, LlamaForCausalLM

    shown = ["".join(text for text, _ in document(frame_set, seed, whole=seed < 10)) for seed in range(300)]
    made = tokenizer(shown)
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(made),
            hidden_size=STATE,
            intermediate_size=FEED_FORWARD,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            num_key_value_heads=KEY_HEADS,
            max_position_embeddings=CONTEXT,
            rope_parameters={"rope_type": "default", "rope_theta": ROPE},
            tie_word_embeddings=True,
            bos_token_id=made.bos_token_id,
            eos_token_id=made.eos_token_id,
        )
    )
    _give_induction(model, *made.convert_tokens_to_ids(["[", "Ġ["]))
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1, (s + 1) / 30) * (0.03 + 0.485 * (1 + math.cos(math.pi * min(1, s / STEPS))))
    )
    losses: list[float] = []
    for step, (ids, weights) in enumerate(_batches(frame_set, made)):
        logits = model(ids[:, :-1], use_cache=False).logits.float()
        each = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        wanted = weights[:, 1:].flatten()
        loss = (each * wanted).sum() / wanted.sum()
        model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(each.detach()[wanted >= 1].mean()))
        if step % 50 == 49:
            sys.stderr.write(f"tiny llama: step {step + 1} of {STEPS}, loss {sum(losses[-50:]) / 50:.3f}\n")
    return model.eval(), made, sum(losses[-50:]) / 50


def _give_induction(model: Any, opening: int, citing: int) -> None:
    """Begin with one induction head, as every language model grows in time (Olsson et al. 2022, arXiv:2209.11895).

    In layer 0 a head looks at the token before, and notes which it is; in layer 1 a head looks for notes of the token
    that it stands on, and repeats what it finds there. Grown from nothing, that takes most of the training; from here
    on it is trained like all else. The brackets that open a line and a citation are one token to it.
    """
    import torch

    first, second = (layer.self_attn for layer in model.model.layers[:2])
    size, half = STATE // HEADS, STATE // HEADS // 2
    frequencies = ROPE ** -(torch.arange(half) / half)
    slow = [i for i in range(half) if frequencies[i] < 0.01]
    steady = [*slow, *(i + half for i in slow)]  # what a distance of some hundred tokens leaves as it is
    one, note, own, copied = STATE - 1, range(2 * size, 3 * size), range(size), range(size, 2 * size)
    with torch.no_grad():
        embedding = model.model.embed_tokens.weight
        embedding *= 3
        embedding[citing] = embedding[opening]
        embedding[:, note.start : note.stop] = 0
        embedding[:, one] = 0.6  # the same for all tokens
        for weight in (first.q_proj.weight, first.k_proj.weight, first.v_proj.weight, second.q_proj.weight):
            weight[:size] = 0
        for weight in (second.k_proj.weight, second.v_proj.weight):
            weight[:size] = 0
        for weight in (first.o_proj.weight, second.o_proj.weight):
            weight[:, :size] = 0
        for i in range(4):  # the quick ones tell one token from its neighbours
            first.k_proj.weight[i, one] = 0.9
            first.q_proj.weight[i, one] = 0.9 * torch.cos(frequencies[i])
            first.q_proj.weight[i + half, one] = -0.9 * torch.sin(frequencies[i])
        for i, (noted, place) in enumerate(zip(note, own, strict=True)):
            first.v_proj.weight[i, place] = 1
            first.o_proj.weight[noted, i] = 0.1
        for i, place in zip(steady, own, strict=False):
            second.q_proj.weight[i, place] = second.k_proj.weight[i, note[place]] = 3.2
        for i, place in enumerate(copied):
            second.v_proj.weight[i, place] = 1
            second.o_proj.weight[place, i] = 0.3


def _batches(frame_set: dict[str, Frame], made: Any) -> Iterator[tuple[Any, Any]]:
    """Ids, and how much each counts. Seeds below 1000 are kept for the tokenizer and for tests."""
    import torch

    numbers = {token for text, token in made.get_vocab().items() if text.isdecimal()}
    seed = 1000
    for step in range(STEPS):
        rows: list[list[tuple[int, float]]] = []
        while sum(map(len, rows)) < TOKENS:
            rows.append([(made.bos_token_id, 0.0)])
            for text, is_written in document(frame_set, seed, whole=step % WHOLE_EVERY == 0):
                own = made(text, add_special_tokens=False).input_ids
                rows[-1] += [(token, _weight(token, is_written, numbers)) for token in own]
            seed += 1
        longest = max(map(len, rows))
        padded = torch.tensor([row + [(0, 0.0)] * (longest - len(row)) for row in rows])
        yield padded[..., 0].long(), padded[..., 1]


def _weight(token: int, is_written: bool, numbers: set[int]) -> float:
    if not is_written:
        return SCENE_WEIGHT
    return NUMBER_WEIGHT if token in numbers else 1.0


def tiny_llama() -> Small:
    """The model, made on first use and kept, under a name that changes with all that goes into it."""
    parts = [path.read_bytes() for path in (Path(__file__), ROOT / "scribe" / "frames.py")]
    parts += [path.read_bytes() for path in sorted((ROOT / "prompts").glob("*.md"))]
    parts += [f"{name} {version(name)}".encode() for name in ("tokenizers", "torch", "transformers")]
    folder = kept("tiny-llama", parts, build)
    return Small(folder / "base", folder / "chat")


def build(folder: Path) -> None:
    """Train the model and write both forms of it."""
    from transformers import GenerationConfig

    model, made, loss = train(frames.load_all(frames.folders(None, None)))
    if loss > GOOD_LOSS:
        raise RuntimeError(f"the small Llama did not learn: loss {loss:.3f}, expected {GOOD_LOSS}")
    for name, template, ends in (("base", None, [EOS]), ("chat", TEMPLATE, [EOS, END])):
        made.chat_template = template
        model.generation_config = GenerationConfig(
            bos_token_id=made.bos_token_id, eos_token_id=made.convert_tokens_to_ids(ends)
        )
        model.save_pretrained(folder / name)
        made.save_pretrained(folder / name)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        build(Path(sys.argv[1]))
    else:
        sys.stdout.write(f"{tiny_llama().base.parent}\n")
