"""Text becomes the tokens that a model was trained on, and what it writes becomes text again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, prompt
from hypothesis import assume, given
from hypothesis import strategies as st
from micro_model import save_micro
from tiny_llama import TEMPLATE
from transformers import LlamaConfig, PreTrainedTokenizerFast

from scribe import frames
from scribe.records import Prompt, ScribeError
from scribe.simulators.hf.tokens import Tokens, Writer

SCENE = "# Minutes\n\n[1] Ada: So it is a limit?\n[2] Wen: It is.\n\n"
CUE = "### Minute-taker: what was said\n\n- Point:"
VOICES = [prompt(scene=SCENE, cue=cue) for cue in (CUE, "Overview:", "### Asked\n\n- Question: Ada:", "")]

SPECIAL = ["<s>", "</s>", "<|user|>", "<|assistant|>", "<|end|>"]
KINDS = ("bytes", "metaspace", "prefix")
"""Byte-level BPE as GPT-2 and Llama 3 have it, and SentencePiece's BPE as Gemma (or newer Llama 2) and Llama 2 do."""


def trained(kind: str) -> Any:
    """A tokenizer of one kind, trained on the curated frames, that puts <s> before a text."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    texts = [path.read_text("utf-8") for path in sorted((ROOT / "prompts").glob("*.md"))]
    made = Tokenizer(models.BPE())
    if kind == "bytes":
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(
            vocab_size=500, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
        )
        made.train_from_iterator(texts, trainer)
    else:
        if kind == "metaspace":
            made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
        else:
            made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        lines = [line for text in texts for line in text.splitlines()]
        made.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=500, show_progress=False))
        made = _with_bytes(made)
        made.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
    first = made.token_to_id("<s>")
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", first)])
    return made


def _with_bytes(made: Any) -> Any:
    """The same tokenizer, with a token for every byte that no token is for."""
    from tokenizers import Tokenizer, models

    found = json.loads(made.to_str())["model"]
    vocabulary = {token: place for place, token in enumerate([*SPECIAL, *(f"<0x{b:02X}>" for b in range(256))])}
    vocabulary |= {token: len(vocabulary) + place for token, place in found["vocab"].items()}
    merges = [tuple(pair) for pair in found["merges"]]
    again = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True, fuse_unk=True, unk_token="<s>"))
    if made.normalizer:
        again.normalizer = made.normalizer
    if made.pre_tokenizer:
        again.pre_tokenizer = made.pre_tokenizer
    again.add_special_tokens(SPECIAL)
    return again


def save(folder: Path, made: Any, *, config: Any = None, template: str | None = None, **settings: Any) -> Path:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", **settings)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    (config or LlamaConfig(max_position_embeddings=4096, eos_token_id=1)).save_pretrained(folder)
    return folder


@cache
def shared(kind: str) -> Any:
    return trained(kind)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tokens]:
    return {kind: Tokens.open(save(tmp_path_factory.mktemp(kind), shared(kind))) for kind in KINDS}


@pytest.fixture
def chat(tmp_path: Path) -> Tokens:
    return Tokens.open(save(tmp_path, shared("bytes"), template=TEMPLATE))


# ── There and back ───────────────────────────────────────────────────────────────────────────

ANYTHING = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\N{REPLACEMENT CHARACTER}"),
        st.sampled_from(list(" \n\t-:[]019aeé👩🔬漢字\N{ZERO WIDTH JOINER}\N{COMBINING ACUTE ACCENT}")),
    )
)


def write(tokens: Tokens, before: Sequence[int], ids: Sequence[int]) -> list[str]:
    writer = Writer(tokens, before)
    return [*(writer.add(token) for token in ids), writer.flush()]


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANYTHING)
def test_what_is_written_token_by_token_is_the_text(kind: str, text: str, opened: dict[str, Tokens]) -> None:
    assume("▁" not in text)  # is a space to SentencePiece
    tokens = opened[kind]
    pieces = write(tokens, tokens.document(SCENE), tokens.after_newline(text))
    assert "".join(pieces) == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_character_is_held_back_until_it_is_whole(kind: str, opened: dict[str, Tokens]) -> None:
    tokens = opened[kind]
    ids = tokens.after_newline("a👩b")
    assert len(ids) == 6
    assert write(tokens, tokens.document(SCENE), ids) == ["a", "", "", "", "👩", "b", ""]
    assert write(tokens, tokens.document(SCENE), ids[:4]) == ["a", "", "", "", ""]


def test_a_prompt_that_ends_inside_a_character_changes_nothing(opened: dict[str, Tokens]) -> None:
    tokens = opened["metaspace"]
    before = tokens.document("漢字漢字漢字")
    written = write(tokens, before, tokens.after_newline("字 a"))
    assert written[:3] == ["", "", "字"]
    assert "".join(written) == "字 a"


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_are_not_written(kind: str, opened: dict[str, Tokens]) -> None:
    tokens = opened[kind]
    (end,) = tokens.ends
    ids = [*tokens.after_newline("- Point:"), end]
    assert "".join(write(tokens, tokens.document(SCENE), ids)) == "- Point:"


# ── Documents ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.cue[-12:])
def test_a_base_model_reads_the_document_as_if_in_one_piece(
    kind: str, voice: Prompt, opened: dict[str, Tokens]
) -> None:
    tokens = opened[kind]
    scene, rest = tokens.prompt(voice)
    assert tokens.form == "base"
    assert scene == tokens.document(SCENE)
    assert [*scene, *rest] == tokens.document(voice.text)
    assert tokens.text([*scene, *rest]) == voice.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_begins_as_the_tokenizer_has_it_begin(kind: str, opened: dict[str, Tokens], tmp_path: Path) -> None:
    assert opened[kind].document("So")[0] == SPECIAL.index("<s>")
    assert opened[kind].document("") == [SPECIAL.index("<s>")]
    without = save_micro(tmp_path)  # its tokenizer adds nothing
    assert Tokens.open(without).document("") == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_a_special_token_is_only_text(kind: str, opened: dict[str, Tokens]) -> None:
    tokens = opened[kind]
    said = "[1] Ada: it ends in </s> here, not in <|end|>.\n\n"
    ids = tokens.document(said)
    assert not set(ids[1:]) & {SPECIAL.index(token) for token in SPECIAL}
    assert tokens.text(ids) == said


def test_tokens_are_counted_without_what_a_text_begins_with(opened: dict[str, Tokens]) -> None:
    tokens = opened["bytes"]
    assert tokens.count("") == 0
    assert tokens.count(SCENE) == len(tokens.document(SCENE)) - 1
    begun = time.perf_counter()
    for _ in range(2000):
        tokens.count("[9001] Ilse: So the claim is only that log-loss is smallest at the true one.")
    assert time.perf_counter() - begun < 1  # a transcript of six hours has some 5000 lines


def test_a_tokenizer_that_cuts_and_fills_does_so_no_longer(tmp_path: Path) -> None:
    made = trained("bytes")
    made.enable_truncation(5)
    made.enable_padding(length=5)
    tokens = Tokens.open(save(tmp_path, made))
    assert tokens.count("a") == 1
    assert tokens.text(tokens.document(SCENE)) == SCENE


# ── Chat ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.cue[-12:])
def test_a_chat_model_reads_the_same_document_in_turns(voice: Prompt, chat: Tokens) -> None:
    assert chat.form == "chat"
    scene, rest = chat.prompt(voice)
    assert scene.count(SPECIAL.index("<s>")) == 1
    assert scene[:2] == [SPECIAL.index("<s>"), SPECIAL.index("<|user|>")]
    assert chat.text(scene) == "\n" + frames.CHAT_WRAPPER + SCENE
    first, newline, last = voice.cue.rpartition("\n")
    assert chat.text(rest) == f"{first}{newline}\n\n{last}"
    assert [token for token in rest if token < len(SPECIAL)] == [
        SPECIAL.index("<|end|>"),
        SPECIAL.index("<|assistant|>"),
    ]


def test_voices_of_one_scene_share_its_tokens(chat: Tokens) -> None:
    assert len({tuple(chat.prompt(voice)[0]) for voice in VOICES}) == 1


def test_a_special_token_in_the_record_does_not_end_a_turn(chat: Tokens) -> None:
    said = "[1] Ada: it ends in <|end|>\n<|assistant|>\nyes.\n\n"
    scene, rest = chat.prompt(prompt(scene=said, cue=CUE))
    assert chat.text(scene).endswith(said)
    assert [token for token in scene if token < len(SPECIAL)] == [0, SPECIAL.index("<|user|>")]
    assert [token for token in rest if token < len(SPECIAL)] == [
        SPECIAL.index("<|end|>"),
        SPECIAL.index("<|assistant|>"),
    ]


def test_the_form_can_be_chosen(tmp_path: Path) -> None:
    folder = save(tmp_path, shared("bytes"), template=TEMPLATE)
    assert Tokens.open(folder, "base").prompt(VOICES[0])[0] == Tokens.open(folder, "base").document(SCENE)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ScribeError, match="as=chat needs a chat template, found none in its tokenizer; use as=base"):
        Tokens.open(folder, "chat")


TRIMMED = TEMPLATE.replace("message.content", "message.content | trim")
REFUSING = TEMPLATE.replace("message.role == 'assistant'", "message.role == 'user'")


def test_a_template_may_take_off_blanks_at_the_end_of_a_turn(tmp_path: Path) -> None:
    """Llama 3's does."""
    tokens = Tokens.open(save(tmp_path, shared("bytes"), template=TRIMMED))
    scene, rest = tokens.prompt(VOICES[0])
    assert tokens.text(scene).endswith(SCENE)
    assert tokens.text(rest) == "### Minute-taker: what was said\n\n- Point:"
    scene, rest = tokens.prompt(VOICES[1])
    assert tokens.text(scene).endswith(SCENE.rstrip())
    assert tokens.text(rest) == "\n\nOverview:"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (REFUSING, "its chat template fails (roles must alternate)"),
        (TEMPLATE.replace("message.content", "message.content | upper"), "its chat template"),
        (TEMPLATE.replace("message.content", "message.content[:20]"), "its chat template"),
        (TEMPLATE.replace("'|>\n'", "1 / 0"), "its chat template fails (division by zero)"),
        ("{% for message in messages %}", "its chat template fails (Unexpected end of template"),
        ("{{ messages[0].content }}", "its chat template fails"),
    ],
)
def test_a_template_that_cannot_be_used_is_one_line(template: str, told: str, tmp_path: Path) -> None:
    tokens = Tokens.open(save(tmp_path, shared("bytes"), template=template))
    with pytest.raises(ScribeError) as error:
        tokens.prompt(VOICES[0])
    assert told in str(error.value)
    assert str(error.value).endswith("; use as=base")
    assert "\n" not in str(error.value)


# ── What the configuration says ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "settings", "limit", "expected"),
    [
        ("llama", {"max_position_embeddings": 4096}, None, 4096),
        ("llama", {"max_position_embeddings": 4096}, 1024, 1024),
        ("llama", {"max_position_embeddings": 4096}, 10**30, 4096),
        ("gpt2", {"n_positions": 1024}, None, 1024),
        ("mpt", {"max_seq_len": 3000}, None, 3000),
        ("mamba", {}, None, 2048),
        ("gemma3", {"text_config": {"max_position_embeddings": 5000}}, None, 5000),
        (
            "llama",
            {
                "max_position_embeddings": 32768,
                "rope_parameters": {
                    "rope_type": "yarn",
                    "rope_theta": 10000.0,
                    "factor": 4.0,
                    "original_max_position_embeddings": 8192,
                },
            },
            None,
            32768,
        ),
    ],
)
def test_the_context_is_what_a_model_was_made_for(
    kind: str, settings: dict[str, Any], limit: int | None, expected: int, tmp_path: Path
) -> None:
    from transformers import AutoConfig

    given = {} if limit is None else {"model_max_length": limit}
    folder = save(tmp_path, shared("bytes"), config=AutoConfig.for_model(kind, **settings), **given)
    assert Tokens.open(folder).context == expected


@pytest.mark.parametrize(("generation", "expected"), [(None, {1}), (1, {1}), ([1, 4], {1, 4}), ([3], {1, 3})])
def test_all_tokens_that_end_a_text_are_known(generation: object, expected: set[int], tmp_path: Path) -> None:
    folder = save(tmp_path, shared("bytes"))
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": generation}))
    assert Tokens.open(folder).ends == expected


def test_what_closes_a_turn_ends_a_chat_model_s_text(tmp_path: Path) -> None:
    folder = save(tmp_path, shared("bytes"), template=TEMPLATE)
    assert Tokens.open(folder).ends == {SPECIAL.index("</s>"), SPECIAL.index("<|end|>")}
    assert Tokens.open(folder, "base").ends == {SPECIAL.index("</s>")}


# ── What is no tokenizer ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("tokenizer.json", None, "expected a tokenizer (tokenizer.json), found none"),
        ("tokenizer.json", "{", "expected a tokenizer that transformers can read, found another or a damaged one"),
        ("tokenizer.json", "[]", "expected a tokenizer that transformers can read, found another or a damaged one"),
        ("generation_config.json", "[", "generation_config.json: expected a JSON object"),
        ("generation_config.json", "[]", "generation_config.json: expected a JSON object"),
        ("config.json", "{}", "config.json: expected a model that transformers"),
    ],
)
def test_what_is_no_tokenizer_is_one_line(name: str, content: str | None, told: str, tmp_path: Path) -> None:
    folder = save(tmp_path, shared("bytes"))
    (folder / name).unlink(missing_ok=True)
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ScribeError) as error:
        Tokens.open(folder)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_of_weights_alone_is_one_line(tmp_path: Path) -> None:
    folder = save_micro(tmp_path / "model")
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(ScribeError, match="copy it from the model that this one was made from"):
        Tokens.open(folder)
    shutil.rmtree(folder)
