"""Models of transformers: many voices after one scene write and score what each would by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import prompt
from hypothesis import given
from hypothesis import strategies as st
from micro_model import save_micro

from scribe.evidence import citations
from scribe.records import Prompt, Sampling, ScribeError
from scribe.simulators import Metered, Simulator, Streaming, open_simulator
from scribe.simulators.hf import HF, attention, decoding, sampling
from scribe.simulators.hf.packing import pack
from scribe.simulators.hf.scoring import NOISE
from scribe.simulators.hf.stages import read_scene

LINES = ["Ada: So it is a limit?", "Jan: I have an objection.", "Ada: Which one?", "Mira: Let us write it down."]
KINDS = {
    "llama": {},
    "gpt2": {},
    "qwen3": {},
    "gemma2": {"sliding_window": 4096},
    "a window": {"sliding_window": 16},
    "mamba": {},
}


def scene(number: int, lines: Sequence[str] = LINES) -> str:
    numbered = "\n".join(f"[{i}] {line}" for i, line in enumerate(lines))
    return f"# Minutes of the seminar, session {number}\n\n{numbered}\n\n"


def voices(number: int = 0) -> list[Prompt]:
    """Four voices of one scene whose cues differ in length."""
    cues = (
        "- Point:",
        "### Sceptic: what was left unproved\n\n- Objection:",
        "- Q",
        "### All that was said\n\n- Point:",
    )
    return [prompt(LINES, scene=scene(number), cue=cue, voice=f"voice {i}") for i, cue in enumerate(cues)]


def free(prompts: Sequence[Prompt]) -> list[Prompt]:
    """Prompts that show no lines, so that nothing stands in the way of what the model would write."""
    return [one.model_copy(update={"sources": ()}) for one in prompts]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], HF]:
    made: dict[str, HF] = {}

    def open_(kind: str) -> HF:
        if kind not in made:
            folder = tmp_path_factory.mktemp("models") / kind
            save_micro(folder, "mistral" if kind == "a window" else kind, **KINDS[kind])
            simulator = open_simulator(f"hf:{folder}", device="cpu")
            assert isinstance(simulator, HF)
            made[kind] = simulator
        return made[kind]

    return open_


@pytest.fixture
def llama(opened: Callable[[str], HF]) -> HF:
    return opened("llama")


def ids_of(simulator: HF, one: Prompt) -> list[int]:
    before, after = simulator.tokens.prompt(one)
    return [*before, *after]


def generated(simulator: HF, one: Prompt, tokens: int) -> list[int]:
    """What transformers writes by itself, greedily, until the text ends."""
    import torch

    ids = torch.tensor([ids_of(simulator, one)])
    out = simulator.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False, pad_token_id=1
    )
    written: list[int] = out[0, ids.shape[1] :].tolist()
    return written[: written.index(1)] if 1 in written else written


def plain_logprobs(simulator: HF, before: Sequence[int], after: Sequence[int]) -> list[float]:
    """Log-probabilities of `after` by one pass over everything, nothing cached."""
    import torch

    with torch.inference_mode():
        logits = simulator.model(torch.tensor([[*before, *after]]), use_cache=False).logits[0].float()
    found = torch.log_softmax(logits, -1)
    return [float(found[len(before) + place - 1, token]) for place, token in enumerate(after)]


# ── Tandem ───────────────────────────────────────────────────────────────────────────────────


def test_it_keeps_the_protocols(llama: HF) -> None:
    assert isinstance(llama, Simulator)
    assert isinstance(llama, Streaming)
    assert isinstance(llama, Metered)
    assert "\n" not in llama.recipe
    assert llama.recipe.startswith("hf/1 llama ")
    assert llama.context == 4096


@pytest.mark.parametrize("kind", KINDS)
def test_voices_in_tandem_write_what_each_would_alone(kind: str, opened: Callable[[str], HF]) -> None:
    """Greedy decoding, token for token, over two scenes at once; whether or not the scene could be shared."""
    simulator = opened(kind)
    asked = free([*voices(0), *voices(1)[:2]])
    drawn = simulator.sample(asked, Sampling(max_tokens=24, temperature=0))
    for one, (completion,) in zip(asked, drawn, strict=True):
        wanted = generated(simulator, one, 24)
        # A character whose bytes were cut off by the limit is not part of the text.
        assert completion.text == simulator.tokens.text(wanted).rstrip("\N{REPLACEMENT CHARACTER}"), kind
        assert len(completion.token_logprobs or ()) == len(wanted)
        assert completion.finish == ("length" if len(wanted) == 24 else "end")


def test_a_scene_is_shared_where_that_changes_nothing(opened: Callable[[str], HF]) -> None:
    """A window narrower than the context, soft caps and states that are no keys are given a scene each."""
    shares = {}
    for kind in KINDS:
        opened(kind).sample(free(voices()), Sampling(max_tokens=1))
        shares[kind] = opened(kind)._way.name
    assert shares == {
        "llama": "SHARED",
        "gpt2": "SHARED",
        "qwen3": "SHARED",
        "gemma2": "REPEATED",
        "a window": "REPEATED",
        "mamba": "STEPWISE",
    }


@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.integers(1, 30), st.integers(0, 6)
)
def test_shared_attention_is_plain_attention(
    key_heads: int, groups: int, rows: int, tokens: int, shown: int, before: int
) -> None:
    """Against torch's own, given each row its scene's keys before its own; the suffix is padded on the left."""
    import torch
    from torch.nn import functional

    torch.manual_seed(rows + 7 * tokens + 31 * shown)
    heads, width, length = key_heads * groups, 8, before + tokens
    query = torch.randn(rows, heads, tokens, width)
    key, value = torch.randn(2, rows, key_heads, length, width)
    scenes = [torch.randn(2, key_heads, shown + extra, width) for extra in (0, 3)]
    pads = torch.arange(rows) % (before + 1)
    columns = torch.arange(length)
    sees = (columns <= columns[before:, None]) & (columns >= pads[:, None, None])
    first = (rows + 1) // 2
    bounds = [(0, first, scenes[0]), (first, rows, scenes[1])]

    module = torch.nn.Module()
    module.layer_idx = 0
    readings = [attention.Reading(a, b, [s[0]], [s[1]]) for a, b, s in bounds if a < b]
    with attention.reading(readings):
        found, _ = attention.attend(module, query, key, value, sees[:, None], scaling=0.3)

    for a, b, (keys, values) in bounds:
        for row in range(a, b):
            all_keys = torch.cat([keys, key[row]], 1).repeat_interleave(groups, 0)
            all_values = torch.cat([values, value[row]], 1).repeat_interleave(groups, 0)
            mask = torch.cat([torch.ones(tokens, keys.shape[1], dtype=torch.bool), sees[row]], 1)
            expected = functional.scaled_dot_product_attention(query[row], all_keys, all_values, mask, scale=0.3)
            torch.testing.assert_close(found[row], expected.transpose(0, 1), atol=2e-6, rtol=1e-5)


def test_the_fused_kernel_is_given_rows_in_one_piece() -> None:
    """It took no notice of strides: a layer that gave its result transposed made attention read other numbers."""
    import torch

    torch.manual_seed(0)
    query, keys, values = (torch.randn(2, 8, n).transpose(1, 2) for n in (6, 40, 40))
    assert query.stride(-1) != 1
    for one, other in zip(
        attention._fused(query, keys, values, 0.3), attention._in_blocks(query, keys, values, 0.3), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_products_in_blocks_are_the_fused_kernel() -> None:
    """What runs where torch has no kernel for the log-sum-exp."""
    import torch

    torch.manual_seed(0)
    query, keys, values = torch.randn(2, 300, 8), torch.randn(2, 5000, 8), torch.randn(2, 5000, 8)
    assert query.numel() // 8 * 5000 > attention._BLOCK
    for one, other in zip(
        attention._fused(query, keys, values, 0.3), attention._in_blocks(query, keys, values, 0.3), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_a_row_draws_the_same_whatever_is_beside_it(llama: HF) -> None:
    how = Sampling(max_tokens=16, temperature=1.0, top_p=0.9, samples=2, seed=3)
    everything = llama.sample(voices(), how)
    alone = [llama.sample([one], how)[0] for one in voices()]
    assert [[c.text for c in drawn] for drawn in everything] == [[c.text for c in drawn] for drawn in alone]
    assert everything[0][0].text != everything[0][1].text
    other = llama.sample(voices(), how.model_copy(update={"seed": 4}))
    assert other[0][0].text != everything[0][0].text


@pytest.mark.parametrize(("before", "cue"), [("", "- Point: it"), ("Minutes.\n\n", ""), ("", "a"), ("", "")])
def test_a_prompt_may_lack_a_scene_or_a_cue(before: str, cue: str, llama: HF) -> None:
    """Those of a LangChain chain have what beginning they share, which may be none."""
    bare = prompt(scene=before, cue=cue)
    ((completion,),) = llama.sample([bare], Sampling(max_tokens=6, temperature=0))
    assert len(completion.token_logprobs or ()) == 6 or completion.finish == "end"
    if len(before + cue) > 1:
        assert completion.text == llama.tokens.text(generated(llama, bare, 6)).rstrip("\N{REPLACEMENT CHARACTER}")


def test_the_scene_is_read_once(opened: Callable[[str], HF], tmp_path: Path) -> None:
    simulator = HF.open(open_spec(opened("llama")), device="cpu")
    read: list[int] = []
    simulator.model.register_forward_pre_hook(lambda _, args, kwargs: read.append(args[0].numel()), with_kwargs=True)
    _ = simulator._can_share
    read.clear()
    asked = voices()
    simulator.sample(asked, Sampling(max_tokens=8, temperature=1.0, samples=3))
    shown = len(simulator.tokens.prompt(asked[0])[0])
    assert read[0] == shown
    assert sum(n >= shown for n in read[1:] if n != 12 * longest_cue(simulator, asked)) == 0
    used = simulator.usage
    assert used.requests == 12
    assert used.cached_tokens == 11 * shown


def open_spec(simulator: HF) -> Any:
    from scribe.simulators import parse_spec

    return parse_spec(simulator.name)


def longest_cue(simulator: HF, asked: Sequence[Prompt]) -> int:
    return max(len(simulator.tokens.prompt(one)[1]) for one in asked)


def test_rows_that_are_finished_leave(llama: HF) -> None:
    """Each row stops at a string of its own text; the batch shrinks and the others go on as if alone."""
    asked = free(voices())
    whole = llama.sample(asked, Sampling(max_tokens=24, temperature=0))
    stop = whole[1][0].text[5:8]
    cut = llama.sample(asked, Sampling(max_tokens=24, temperature=0, stop=(stop,)))
    for (before,), (after,) in zip(whole, cut, strict=True):
        if stop in before.text:
            assert (after.text, after.finish) == (before.text.partition(stop)[0], "stop")
        else:
            assert after.text == before.text
    assert cut[1][0].finish == "stop"


@pytest.mark.parametrize("stops", [(), ("e",), ("\n\n", "in", "the session")])
def test_pieces_joined_are_the_completion(stops: tuple[str, ...], llama: HF) -> None:
    """Nothing that a stop string takes back is ever handed on."""
    how = Sampling(max_tokens=40, temperature=1.0, samples=3, stop=stops, seed=1)
    pieces: dict[tuple[int, int], list[str]] = {}
    ended = set()
    for piece in llama.stream(voices(), how):
        assert (piece.prompt, piece.sample) not in ended
        pieces.setdefault((piece.prompt, piece.sample), []).append(piece.text)
        if piece.completion is not None:
            ended.add((piece.prompt, piece.sample))
            assert "".join(pieces[piece.prompt, piece.sample]) == piece.completion.text
            assert not any(stop in piece.completion.text for stop in stops)
    assert len(ended) == 12
    assert any(len(parts) > 3 for parts in pieces.values())


def test_logprobs_are_the_models_own_whatever_was_drawn_by(llama: HF) -> None:
    """At temperature 1 and before any token was forbidden."""
    one, how = voices()[0], Sampling(max_tokens=12, temperature=0.5, top_p=0.8, seed=2)
    (row,) = llama._rows([one], how)
    ((batch, scenes),) = llama._batches([row])
    llama._begin_citing(batch, [one])
    stage = llama._of_scenes(scenes, [1])
    *_, last = decoding.write(batch, lambda _: stage, how, llama.tokens.ends, release=lambda: None)
    assert last.completion is not None
    expected = plain_logprobs(llama, [*row.scene, *row.suffix], row.tokens)
    assert last.completion.token_logprobs == pytest.approx(expected, abs=NOISE["float32"])


# ── Sampling ─────────────────────────────────────────────────────────────────────────────────


def test_tokens_are_drawn_as_often_as_they_are_probable() -> None:
    """Within five standard deviations, after the temperature; what is forbidden never."""
    import torch

    probable = torch.tensor([0.5, 0.3, 0.15, 0.05, 0.0])
    draws = 20_000
    rows = [np.random.default_rng(n) for n in range(draws)]
    logits = probable.log().repeat(draws, 1)
    found = torch.bincount(sampling.draw(logits, Sampling(temperature=1.0), rows), minlength=5) / draws
    assert ((found - probable).abs() <= 5 * (probable * (1 - probable) / draws).sqrt() + 1e-9).all()
    sharper = torch.softmax(probable.log() / 0.5, -1)
    rows = [np.random.default_rng(n) for n in range(draws)]
    found = torch.bincount(sampling.draw(logits, Sampling(temperature=0.5), rows), minlength=5) / draws
    assert ((found - sharper).abs() <= 5 * (sharper * (1 - sharper) / draws).sqrt() + 1e-9).all()


@given(st.integers(2, 3000), st.floats(0.05, 0.99), st.integers(0, 50))
def test_a_nucleus_holds_the_fewest_likeliest_tokens(width: int, top_p: float, seed: int) -> None:
    import torch

    torch.manual_seed(seed)
    logits = torch.log_softmax(torch.randn(4, width) * 0.5, -1)
    drawn = sampling.draw(logits, Sampling(temperature=1.0, top_p=top_p), [np.random.default_rng(n) for n in range(4)])
    for row, token in zip(logits.exp(), drawn, strict=True):
        likelier = row[row > row[token]].sum()
        assert likelier < top_p + 1e-5


def test_no_numbers_are_one_line(tmp_path: Path) -> None:
    import torch

    simulator = open_simulator(f"hf:{save_micro(tmp_path / 'm')}", device="cpu")
    assert isinstance(simulator, HF)
    with torch.no_grad():
        simulator.model.model.norm.weight[3] = float("nan")
    with pytest.raises(ScribeError, match="expected logits from the model, found NaN"):
        simulator.sample(voices(), Sampling(max_tokens=4))
    with pytest.raises(ScribeError, match="expected logits from the model, found NaN"):
        simulator.score("One.\n", ["Two."])


# ── Citations by construction ────────────────────────────────────────────────────────────────


def test_only_lines_shown_are_ever_cited(llama: HF) -> None:
    """Random weights at a high temperature would hold anything in a bracket; the cue has opened one."""
    asked = [one.model_copy(update={"cue": "- Point: Ada: it is so ["}) for one in voices()]
    how = Sampling(max_tokens=120, temperature=2.5, samples=10)

    def brackets(prompts: Sequence[Prompt]) -> list[str]:
        return [found for drawn in llama.sample(prompts, how) for c in drawn for found in closed.findall("[" + c.text)]

    closed = re.compile(r"\[[^\]]*\]")
    assert all(citations(bracket) and set(citations(bracket)) <= {0, 1, 2, 3} for bracket in brackets(asked))
    assert len(brackets(asked)) >= 20
    assert not all(citations(bracket) for bracket in brackets(free(asked)))


# ── Memory ───────────────────────────────────────────────────────────────────────────────────


def test_out_of_memory_halves_the_batch_and_goes_on(opened: Callable[[str], HF]) -> None:
    """A hook plays a device that holds three rows; what the rows had written is not lost and not written twice."""
    import torch

    simulator = HF.open(open_spec(opened("llama")), device="cpu")
    how = Sampling(max_tokens=12, temperature=1.0, samples=3, seed=5)
    expected = [[c.text for c in drawn] for drawn in simulator.sample(voices(), how)]
    sizes = []

    def refuse_many(_: Any, args: tuple[Any, ...]) -> None:
        if args[0].shape[0] > 3:
            raise torch.OutOfMemoryError("out of memory")
        sizes.append(args[0].shape[0])

    hook = simulator.model.register_forward_pre_hook(refuse_many)
    pieces: dict[tuple[int, int], str] = {}
    for piece in simulator.stream(voices(), how):
        pieces[piece.prompt, piece.sample] = pieces.get((piece.prompt, piece.sample), "") + piece.text
    assert [[pieces[p, s] for s in range(3)] for p in range(4)] == expected
    assert max(sizes) == 3
    texts = [f"- Point {n}, at some length\n" for n in range(9)]
    halved = simulator.score("One.\n", texts)
    hook.remove()
    for one, other in zip(halved, simulator.score("One.\n", texts), strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=one.noise)

    hook = simulator.model.register_forward_pre_hook(
        lambda _, args: (_ for _ in ()).throw(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    )
    with pytest.raises(ScribeError, match="out of memory"):
        simulator.sample(voices(7), how)
    hook.remove()


def test_scenes_are_written_beside_each_other_as_far_as_memory_goes(opened: Callable[[str], HF]) -> None:
    """Three scenes make one batch; rows that would fill any memory are written one by one."""
    simulator = HF.open(open_spec(opened("llama")), device="cpu")
    rows = simulator._rows([one for number in (0, 1, 2) for one in voices(number)], Sampling(max_tokens=8, samples=2))
    ((batch, scenes),) = simulator._batches(rows)
    assert len(batch) == len(rows) == 24
    assert [scene.ids for scene in scenes] == list(dict.fromkeys(row.scene for row in batch))
    boundless = [replace(row, limit=10**12) for row in rows]
    batches = [(len(some), len(shown)) for some, shown in simulator._batches(boundless)]
    assert batches == [(1, 1)] * 24


def test_what_does_not_fit_is_said_before_anything_is_read(opened: Callable[[str], HF]) -> None:
    simulator = open_simulator(opened("llama").name + "?context=200", device="cpu")
    with pytest.raises(ScribeError, match=r"voice voice 0: a prompt of \d+ tokens and 150 to be written do not fit"):
        simulator.sample(voices(), Sampling(max_tokens=150))
    with pytest.raises(ScribeError, match="do not fit its context of 200"):
        simulator.score("word " * 300, ["a"])
    assert isinstance(simulator, HF)
    assert "model" not in vars(simulator)


# ── Scoring ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_one_pass_over_everything(kind: str, opened: Callable[[str], HF]) -> None:
    simulator = opened(kind)
    prefix = scene(0) + "### Minutes\n\n"
    texts = ["- Point: Ada: it is a limit [0]\n", "", "- Q", "\n\n- Objection: Jan: none was made [1, 3]\n", " and"]
    scores = simulator.score(prefix, texts)
    before = simulator.tokens.document(prefix)
    for text, score in zip(texts, scores, strict=True):
        expected = plain_logprobs(simulator, before, simulator.tokens.after_newline(text))
        assert score.tokens == len(expected)
        assert score.token_logprobs == pytest.approx(expected, abs=NOISE["float32"])
        assert score.noise == pytest.approx(NOISE["float32"] * score.tokens**0.5)


def test_going_on_from_what_was_read_changes_no_score(opened: Callable[[str], HF]) -> None:
    """A prefix that begins like the one before is not read anew."""
    simulator = HF.open(open_spec(opened("llama")), device="cpu")
    prefixes = [scene(0) + cue for cue in ("### One\n", "### One\n### Two\n", "### Three, which is longer\n", "")]
    went_on = [simulator.score(prefix, ["- Point: it is so\n"])[0] for prefix in prefixes]
    read = simulator.usage.prompt_tokens - simulator.usage.cached_tokens
    assert read < 2 * len(simulator.tokens.document(prefixes[0]))
    for prefix, score in zip(prefixes, went_on, strict=True):
        fresh = HF.open(open_spec(opened("llama")), device="cpu").score(prefix, ["- Point: it is so\n"])[0]
        assert score.logprob == pytest.approx(fresh.logprob, abs=score.noise)


def test_a_scene_gone_on_from_is_the_scene_read_whole(llama: HF) -> None:
    import torch

    _ = llama._can_share
    ids = llama.tokens.document(scene(0))
    kept = read_scene(llama.model, ids)
    for other in (ids, ids[:-5], [*ids, 7, 8, 9], [*ids[:-4], 9, 9]):
        went_on = read_scene(llama.model, other, kept)
        torch.testing.assert_close(went_on.logits, read_scene(llama.model, other).logits, atol=1e-4, rtol=1e-4)
        assert went_on.read < len(ids) / 2 or other == ids
    assert read_scene(llama.model, ids, kept) is kept
    assert read_scene(llama.model, [5, 6, 7, 8], kept).read == 4


# ── Packed weights ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rows", [(1,), (5,), (2, 3), (40,), (0, 4)])
@pytest.mark.parametrize("bias", [False, True])
def test_packed_layers_give_what_they_gave(rows: tuple[int, ...], bias: bool) -> None:
    import torch

    torch.manual_seed(0)
    layer, around = torch.nn.Linear(24, 40, bias=bias), Around()
    around.layer = layer
    given_ = torch.randn(*rows, 24)
    with torch.inference_mode():
        expected = layer(given_)
        if pack(around) == 0:
            pytest.skip("torch has no oneDNN here")
        torch.testing.assert_close(layer(given_), expected)
        # Inputs whose numbers do not lie in one piece.
        turned = torch.randn(24, 7).t()
        torch.testing.assert_close(layer(turned), layer(turned.contiguous()))
    assert layer.weight.shape == (40, 24)
    assert layer.weight.untyped_storage().nbytes() == 4, "the numbers are not kept twice"


def test_layers_that_are_tied_or_not_plain_stay_as_they_are() -> None:
    import torch

    around = Around()
    around.tied = torch.nn.Linear(4, 6, bias=False)
    around.tied.weight = around.embedding.weight
    around.half = torch.nn.Linear(4, 4).to(torch.bfloat16)
    before = around.tied.weight.clone()
    assert pack(around) == 0
    assert torch.equal(around.tied.weight, before)


def Around() -> Any:  # noqa: N802 (a class that cannot be made before torch is there)
    """A model of nothing but its embedding."""
    import torch

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(6, 4)

        def get_input_embeddings(self) -> torch.nn.Embedding:
            return self.embedding

    return Model()


def test_a_quantised_model_writes_and_scores(opened: Callable[[str], HF]) -> None:
    """Its layers are another kind, and stay so; what it says differs a little, and is marked as less exact."""
    pytest.importorskip("torchao")
    plain = opened("llama")
    simulator = HF.open(open_spec(plain), device="cpu", quantise="int8")
    assert simulator.recipe != plain.recipe
    drawn = simulator.sample(voices(), Sampling(max_tokens=8))
    assert all(completion.text for completions in drawn for completion in completions)
    (score,), (exact,) = (one.score(scene(0), ["- Point: it is so\n"]) for one in (simulator, plain))
    assert score.noise > 100 * exact.noise
    assert 0 < abs(score.logprob - exact.logprob) < 0.2 * abs(exact.logprob)
