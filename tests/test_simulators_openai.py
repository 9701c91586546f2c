"""Servers of OpenAI's interface: one that misbehaves in every known way, on loopback, and what is made of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import curated, prompt, sample
from hypothesis import example, given
from hypothesis import strategies as st
from micro_model import save_micro
from openai_server import Asked, Reply, Server, event, in_turn, part, refuses, words, writes
from tiny_llama import Small

from scribe import frames
from scribe.frames import CHAT_WRAPPER, as_chat
from scribe.records import Prompt, Sampling, ScribeError
from scribe.simulators import CannotScore, Metered, Piece, Simulator, Streaming, open_simulator, parse_spec
from scribe.simulators.answers import settled
from scribe.simulators.counting import estimated_tokens
from scribe.simulators.hf.tokens import Tokens
from scribe.simulators.openai_api import CONTEXT, OpenAI
from scribe.simulators.openai_api.fanning import pumped
from scribe.simulators.openai_api.refusals import Patience

SAID = " Ada: the loss is small [1]"
KEY = "sk-Secret0123456789"

IMPATIENT = Patience(timeout_s=5.0, wait_s=0.001)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks with the key, or the server, of whoever runs it."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def opened(server: Server, options: str = "", *, patience: Patience = IMPATIENT) -> OpenAI:
    return OpenAI.open(parse_spec(f"openai:tiny@{server.url}{options and '?' + options}"), patience=patience)


def says(asked: Asked) -> Reply:
    return writes(asked, SAID)


def drawn(simulator: OpenAI, *prompts: Prompt, **sampling: Any) -> list[list[str]]:
    found = simulator.sample(prompts or (prompt(),), Sampling(**sampling))
    return [[completion.text for completion in completions] for completions in found]


def complaint(simulator: OpenAI, *prompts: Prompt, **sampling: Any) -> str:
    """The line of an error, without the simulator's name before it."""
    with pytest.raises(ScribeError) as raised:
        drawn(simulator, *prompts, **sampling)
    line = str(raised.value)
    assert "\\n" not in line
    assert line.startswith(f"{simulator.name}: ")
    return line.removeprefix(f"{simulator.name}: ")


# ── Specs ────────────────────────────────────────────────────────────────────────────────────


def test_opening_a_spec_asks_nothing() -> None:
    with Server(says) as server:
        simulator = open_simulator(f"openai:tiny@{server.url}?as=base")
        assert isinstance(simulator, Streaming)
        assert isinstance(simulator, Metered)
        assert simulator.name == f"openai:tiny@{server.url}?as=base"
        assert simulator.recipe == f"openai/1 tiny at {server.url} as=base"
        assert (server.asked, server.listings) == ([], 0)
        assert isinstance(simulator, Simulator)  # Python 3.11 reads every attribute for this, `context` among them


@pytest.mark.parametrize(
    ("target", "model", "url"),
    [
        ("llama@http://localhost:8000/v1", "llama", "http://localhost:8000/v1"),
        ("meta/llama:8b@http://h/v1", "meta/llama:8b", "http://h/v1"),
        ("@cf/llama@main@https://h/v1", "@cf/llama@main", "https://h/v1"),
        ("/models/tiny@http://[::1]:80/v1", "/models/tiny", "http://[::1]:80/v1"),
        ("gpt-x", "gpt-x", "https://api.openai.com/v1"),
        ("a@b:c", "a@b:c", "https://api.openai.com/v1"),
    ],
)
def test_a_model_stands_before_the_last_address(target: str, model: str, url: str) -> None:
    assert OpenAI.open(parse_spec(f"openai:{target}")).recipe == f"openai/1 {model} at {url} as=chat prefill=auto"


def test_the_environment_may_name_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(says) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        simulator = open_simulator("openai:tiny")
        assert server.url in simulator.recipe
        assert simulator.sample([prompt()], Sampling())[0][0].text == SAID


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ("m@http://h?as=turn", "unknown as 'turn'; known: base, chat"),
        ("m@http://h?prefill=maybe", "unknown prefill 'maybe'; known: yes, no, auto"),
        ("m@http://h?context=many", "expected a whole number above 0 for 'context', found 'many'"),
        ("m@http://h?concurrency=0", "expected a whole number above 0 for 'concurrency', found '0'"),
        ("m@http://h?prices=cheap", "expected two prices such as 'prices=0.5/1.5'"),
        ("m@http://h:no/v1", "expected an address such as http://host:8000/v1, found http://h:no/v1"),
        ("m@http://", "expected an address"),
        (f"m@http://h?key={KEY}", "expected the NAME of an environment variable for 'key'"),
    ],
)
def test_what_no_spec_may_say(spec: str, line: str) -> None:
    with pytest.raises(ScribeError, match=re.escape(line)) as raised:
        open_simulator(f"openai:{spec}")
    assert KEY not in str(raised.value)


# ── Forms ────────────────────────────────────────────────────────────────────────────────────


def test_a_base_model_is_given_the_bytes() -> None:
    asked = frames.prompts(curated()["key-points"], sample().segments[:4])
    with Server(says) as server:
        drawn(opened(server, "as=base"), *asked, max_tokens=7, top_p=0.9, stop=("\n\n",), seed=3)
        assert {a.body["prompt"] for a in server.asked} == {p.text for p in asked}
        assert server.asked[0].path == "/v1/completions"
        assert server.asked[0].body == {
            "model": "tiny",
            "prompt": asked[0].text,
            "max_tokens": 7,
            "temperature": 0.7,
            "top_p": 0.9,
            "stop": ["\n\n"],
            "seed": 3,
            "logprobs": 1,
            "stream": True,
            "stream_options": {"include_usage": True},
        }


@pytest.mark.parametrize("prefill", ["yes", "no", "auto"])
def test_a_chat_model_is_given_the_same_bytes(prefill: str) -> None:
    asked = frames.prompts(curated()["key-points"], sample().segments[:4])
    with Server(says) as server:
        drawn(opened(server, f"prefill={prefill}"), *asked, stop=("\n\n", "END"))
        assert {a.document.removeprefix(CHAT_WRAPPER) for a in server.asked} == {p.text for p in asked}
        first = server.asked[0].body
        assert first["messages"] == as_chat(asked[0]) or prefill == "no"
        assert ("continue_final_message" in first) == (prefill != "no")
        assert first["stop"] == ["END"], "the cue holds a blank line, and an answer may say the cue again"


def test_a_cue_that_ends_its_line_begins_no_answer() -> None:
    with Server(lambda asked: writes(asked, "Ada: so")) as server:
        assert drawn(opened(server), prompt(cue="Minutes:\n")) == [["Ada: so"]]
        assert [turn["role"] for turn in server.asked[0].body["messages"]] == ["user"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Ada: so [1]", " Ada: so [1]"),
        (" Ada: so [1]", " Ada: so [1]"),
        ("\n\nAda: so [1]", " Ada: so [1]"),
        ("- Point: Ada: so [1]", " Ada: so [1]"),
        ("### Said\n\n- Point: Ada: so [1]", " Ada: so [1]"),
        ("- Decision: Ada: so [1]", "\n- Decision: Ada: so [1]"),
        ("<think>Hm.\n\nPoints?</think>\n\n- Point: Ada: so [1]", " Ada: so [1]"),
        ("Ada: so [1]\n- Point: Wen: no [9999]", " Ada: so [1]\n- Point: Wen: no [9999]"),
    ],
)
def test_a_turn_becomes_what_follows_the_cue(answer: str, text: str) -> None:
    with Server(lambda asked: writes(asked, answer)) as server:
        assert drawn(opened(server), prompt(cue="### Said\n\n- Point:"), stop=("\n\n",)) == [[text]]


def test_a_server_that_says_the_cue_again_is_not_given_it_as_an_answer_begun() -> None:
    with Server(lambda asked: writes(asked, f"- Point:{SAID}")) as server:
        simulator = opened(server)
        assert drawn(simulator) == drawn(simulator) == [[SAID]]
        assert [len(asked.body["messages"]) for asked in server.asked] == [2, 1]
        assert simulator.usage.retries == 0


@pytest.mark.parametrize(
    "refusal",
    [
        refuses(400, "The last message must be the user's"),
        Reply(422, b"{\"detail\": \"Unexpected fields in the request: {'continue_final_message', 'seed'}\"}"),
    ],
)
def test_a_server_that_refuses_an_answer_begun_is_asked_without(refusal: Reply) -> None:
    def script(asked: Asked) -> Reply:
        return refusal if len(asked.body["messages"]) == 2 else says(asked)

    with Server(script) as server:
        assert drawn(opened(server), prompt(), prompt(cue="- Objection:")) == [[SAID], [SAID]]
        assert [len(asked.body["messages"]) for asked in server.asked] == [2, 1, 1]
    with Server(script) as server:
        assert complaint(opened(server, "prefill=yes")).startswith("the server refused the request")


@pytest.mark.parametrize(
    ("message", "more"),
    [
        ("Unknown parameter: 'logprobs'", {}),
        ("You may not", {"param": "logprobs"}),
        ("logprobs, seed and stream_options are not supported", {}),
    ],
)
def test_what_a_server_refuses_is_left_out_from_then_on(message: str, more: dict[str, str]) -> None:
    def script(asked: Asked) -> Reply:
        return refuses(400, message, **more) if "logprobs" in asked.body else says(asked)

    with Server(script) as server:
        simulator = opened(server, "as=base")
        assert drawn(simulator) == drawn(simulator) == [[SAID]]
        assert ["logprobs" in asked.body for asked in server.asked] == [True, False, False]
        assert ("seed" in server.asked[-1].body) == ("seed" not in message)


def test_a_server_may_call_the_limit_by_its_newer_name() -> None:
    def script(asked: Asked) -> Reply:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return refuses(400, message, param="max_tokens") if "max_tokens" in asked.body else says(asked)

    with Server(script) as server:
        assert drawn(opened(server), max_tokens=9) == [[SAID]]
        assert server.asked[-1].body["max_completion_tokens"] == 9


def test_a_model_that_thinks_is_given_room_to() -> None:
    """Its limit counts its thoughts, and a stop string may stand in them."""

    def script(asked: Asked) -> Reply:
        if asked.body["max_tokens"] < 100:
            thought = event({"choices": [{"delta": {"reasoning_content": "Let me see"}}]})
            return Reply(lines=[thought, part(asked, finish_reason="length")])
        return writes(asked, f"<think>Let me see.\n\nSo.</think>{SAID}")

    with Server(script) as server:
        assert drawn(opened(server), max_tokens=20, stop=("\n\n",)) == [[SAID]]
        assert "stop" not in server.asked[-1].body


# ── Text ─────────────────────────────────────────────────────────────────────────────────────

SHOWN = prompt(cue="### Said\n\n- Point:", scene="Minutes.\n\n[1] Ada: so\n\n")
ANSWERS = st.lists(
    st.sampled_from(
        ["<think>", "</think>", SHOWN.text, SHOWN.cue, "- Point:", "- Poi", " Ada", "\n", "\n\n", "END", "E", " ", "é"]
    ),
    max_size=6,
).map("".join)


@given(ANSWERS | st.text(), st.booleans(), st.sampled_from([(), ("\n\n",), ("END", "\n\n", "")]), st.data())
@example("<think>a</think>- Point: b", True, ("\n\n",), None)
def test_what_has_settled_of_an_answer_stays(raw: str, is_turn: bool, stops: tuple[str, ...], data: Any) -> None:
    """However an answer is cut into parts, no part takes back what was handed on before."""

    def text(upto: int, *, is_ended: bool) -> str:
        found = settled(raw[:upto], SHOWN, stops, is_turn=is_turn, is_ended=is_ended)
        return found.lead + raw[found.begin : found.end]

    whole = text(len(raw), is_ended=True)
    steps = [text(upto, is_ended=False) for upto in range(len(raw) + 1)]
    assert all(later.startswith(earlier) for earlier, later in zip(steps, [*steps[1:], whole], strict=True))
    assert not any(stop and stop in whole for stop in stops)
    assert not whole.lstrip().startswith("<think>") or raw.count("<think>") > 1


@pytest.mark.parametrize("form", ["base", "chat"])
@pytest.mark.parametrize("echo", [SHOWN.text, SHOWN.cue, "- Point:", f"{CHAT_WRAPPER}{SHOWN.text}"])
def test_a_prompt_said_again_is_left_out(form: str, echo: str) -> None:
    with Server(lambda asked: writes(asked, echo + SAID)) as server:
        assert drawn(opened(server, f"as={form}"), SHOWN) == [[SAID]]


@pytest.mark.parametrize("stops", [("[1]",), ("a", "b", "c", "d", "[1]")])
def test_all_stop_strings_are_kept_to_and_four_are_sent(stops: tuple[str, ...]) -> None:
    with Server(lambda asked: writes(asked, " So it is [1] and more")) as server:
        ((found,),) = opened(server, "as=base").sample([prompt()], Sampling(stop=stops))
        assert (found.text, found.finish) == (" So it is ", "stop") or len(stops) > 1
        assert server.asked[0].body["stop"] == list(stops[:4])
    if len(stops) > 1:
        with Server(lambda asked: writes(asked, " So it is [1] on")) as server:
            ((found,),) = opened(server, "as=base").sample([prompt()], Sampling(stop=("x", "y", "z", "w", "[1]")))
            assert (found.text, found.finish) == (" So it is ", "stop")


@pytest.mark.parametrize(
    ("reason", "more", "finish"),
    [
        ("stop", {}, "end"),
        ("length", {}, "length"),
        ("stop", {"stop_reason": "\n\n"}, "stop"),
        ("tool_calls", {}, "end"),
    ],
)
def test_why_an_answer_ends(reason: str, more: dict[str, str], finish: str) -> None:
    def script(asked: Asked) -> Reply:
        return Reply(lines=[part(asked, SAID), part(asked, finish_reason=reason, **more)])

    with Server(script) as server:
        ((found,),) = opened(server).sample([prompt()], Sampling())
        assert (found.text, found.finish) == (SAID, finish)


def test_a_server_that_never_stops_is_left() -> None:
    def endless(asked: Asked) -> Iterator[str]:
        while True:
            yield part(asked, " more")

    with Server(lambda asked: Reply(lines=endless(asked))) as server:
        ((found,),) = opened(server).sample([prompt()], Sampling(max_tokens=10))
        assert found.finish == "length"
        assert len(found.text) == 16 * 10 + 64


def test_a_server_that_does_not_hang_up_is_left_when_the_answer_is_over() -> None:
    def lines(asked: Asked) -> Iterator[str]:
        yield part(asked, SAID)
        yield part(asked, finish_reason="stop")
        server.stopping.wait(10)

    with Server(lambda asked: Reply(lines=lines(asked))) as server:
        assert drawn(opened(server, patience=Patience(timeout_s=0.2))) == [[SAID]]


def test_a_huge_line_is_cut() -> None:
    with Server(lambda asked: Reply(lines=[part(asked, "x" * 3_000_000), part(asked, finish_reason="stop")])) as server:
        ((found,),) = opened(server, "as=base").sample([prompt()], Sampling(max_tokens=10))
        assert (len(found.text), found.finish) == (16 * 10 + 64, "length")


# ── Pieces ───────────────────────────────────────────────────────────────────────────────────


def test_pieces_come_as_they_are_written() -> None:
    first_is_seen = threading.Event()

    def lines(asked: Asked) -> Iterator[str]:
        first, *rest = words(SAID)
        yield part(asked, first)
        assert first_is_seen.wait(5)
        yield from (part(asked, word) for word in rest)
        yield part(asked, finish_reason="stop")

    with Server(lambda asked: Reply(lines=lines(asked))) as server:
        pieces = opened(server, "as=base").stream([prompt()], Sampling())
        found = [next(pieces)]
        assert found == [Piece(0, 0, " Ada:")]
        first_is_seen.set()
        found += pieces
        assert "".join(piece.text for piece in found) == SAID
        assert [piece.completion.text for piece in found if piece.completion] == [SAID]
        assert found[-1].completion


def test_a_reader_that_leaves_takes_its_requests_along() -> None:
    def script(asked: Asked) -> Reply:
        def lines() -> Iterator[str]:
            yield part(asked, " Ada")
            while not server.stopping.wait(0.01):
                yield part(asked, " again")

        return Reply(lines=lines())

    with Server(script) as server:
        threads = threading.active_count()
        pieces = opened(server, "as=base").stream([prompt(), prompt(cue="- Objection:")], Sampling(max_tokens=10**6))
        assert next(pieces).text == " Ada"
        pieces.close()
        assert server.wait_for(lambda: {event for event, _ in server.log} >= {"ended"})
        assert server.wait_for(lambda: threading.active_count() <= threads)


def test_work_that_is_interrupted_lets_go() -> None:
    """As by Ctrl-C between two pieces."""
    let_go = []

    async def work(put: Any) -> None:
        try:
            put("a piece")
            await asyncio.sleep(60)
        finally:
            let_go.append(True)

    def read() -> None:
        for _ in pumped(work):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert let_go == [True]


def test_a_caller_may_have_a_loop_of_its_own() -> None:
    """As a notebook has."""

    async def call(simulator: OpenAI) -> list[list[str]]:
        return drawn(simulator)

    with Server(says) as server:
        assert asyncio.run(call(opened(server))) == [[SAID]]


def test_nothing_is_asked_of_nobody() -> None:
    with Server(says) as server:
        assert opened(server).sample([], Sampling()) == []
        assert not server.asked


# ── Order ────────────────────────────────────────────────────────────────────────────────────


def scene_of(asked: Asked) -> str:
    return asked.document[:1]


def test_each_scene_is_read_once_before_its_voices_fan_out() -> None:
    asked = [prompt(scene=f"{scene}\n", cue=f"- {voice}:") for voice in "xyz" for scene in "ABCDE"]
    with Server(says) as server:
        simulator = opened(server, "as=base&concurrency=3")
        assert drawn(simulator, *asked, samples=2) == [[SAID, SAID]] * 15
        log = [(event, scene_of(request)) for event, request in server.log]
        for scene in "ABCDE":
            requests = [place for place, said in enumerate(log) if said == ("asked", scene)]
            assert len(requests) == 6
            assert requests[0] < log.index(("begun", scene)) < requests[1]
        assert server.busiest <= 3
        seeds = {(a.document, a.body["seed"]) for a in server.asked}
        assert seeds == {(p.text, seed) for p in asked for seed in (0, 1)}


def test_scenes_are_read_side_by_side_once_the_server_is_known() -> None:
    """The very first request goes alone; of a server that has answered before, as many as allowed are asked at once."""
    gate = threading.Barrier(3, timeout=5)

    def script(asked: Asked) -> Reply:
        if asked.order:
            gate.wait()
        return says(asked)

    asked = [prompt(scene=f"{scene}\n") for scene in "ABCDEFG"]
    with Server(script) as server:
        drawn(opened(server, "as=base&concurrency=3"), *asked)
        assert [event for event, _ in server.log[:2]] == ["asked", "begun"]
        assert server.busiest == 3


# ── Troubles ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "trouble",
    [
        refuses(429, "slow down", headers={"Retry-After": "0"}),
        refuses(429, "slow down", headers={"retry-after-ms": "3"}),
        refuses(429, "slow down", headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        refuses(429, "slow down", headers={"Retry-After": "soon"}),
        refuses(500, "oh"),
        refuses(503, "loading"),
        Reply(502, b"<html>Bad gateway</html>"),
        refuses(408, "late"),
        Reply(lines=[]),
        Reply(lines=[": ping\n\n", "data: [DONE]\n\n"]),
        Reply(lines=["data: {not json\n\n"]),
        Reply(lines=['data: [1, "two"]\n\n']),
        Reply(lines=[event({"choices": "none"})]),
        Reply(lines=["\x00\xff\n\n"], is_cut=True),
        Reply(lines=[event({"error": "out of memory"})]),
        Reply(body=b'{"choices": []}'),
    ],
)
def test_what_may_pass_is_asked_again(trouble: Reply) -> None:
    with Server(in_turn(lambda _: trouble, lambda _: trouble, says)) as server:
        simulator = opened(server, "as=base")
        assert drawn(simulator) == [[SAID]]
        assert (simulator.usage.requests, simulator.usage.retries) == (3, 2)


def test_a_server_is_waited_for_as_long_as_it_asks() -> None:
    with Server(in_turn(lambda _: refuses(429, "slow down", headers={"Retry-After": "0.3"}), says)) as server:
        start = time.monotonic()
        assert drawn(opened(server, "as=base")) == [[SAID]]
        assert 0.3 <= time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("trouble", "requests", "line"),
    [
        (refuses(500, "oh"), 5, "the server failed (500 5 times): oh; its own log may say why"),
        (
            refuses(429, "slow down"),
            5,
            "the server has had enough of us (429 5 times): slow down; lower ?concurrency=, or try again later",
        ),
        (
            refuses(429, "come tomorrow", headers={"Retry-After": "86400"}),
            1,
            "the server has had enough of us (429): come tomorrow; see the account's limits",
        ),
        (
            refuses(429, "pay", code="insufficient_quota"),
            1,
            "the server has had enough of us (429): pay; see the account's limits",
        ),
        (
            refuses(401, "bad key"),
            1,
            "the server refused us (401): bad key; set ?key= to the name of a variable with a key that may use this "
            "model",
        ),
        (
            refuses(403, "not yours"),
            1,
            "the server refused us (403): not yours; set ?key= to the name of a variable with a key that may use this "
            "model",
        ),
        (
            refuses(400, "This model's maximum context length is 4096 tokens", code="context_length_exceeded"),
            1,
            "the prompt does not fit the model (400): This model's maximum context length is 4096 tokens; say "
            "?context= with fewer tokens",
        ),
        (refuses(400, "line one\nline two"), 1, "the server refused the request (400): line one line two"),
        (Reply(400, b"{}"), 1, "the server refused the request (400)"),
        (
            Reply(lines=["data: {not json\n\n"]),
            5,
            "the answer broke off 5 times: what came is no completion: Expecting property name enclosed in double "
            "quotes: line 1 column 2 (char 1); is it a server of OpenAI's interface, and does its address end in /v1?",
        ),
        (
            Reply(lines=[]),
            5,
            "the answer broke off 5 times: the stream ended before the answer did; is it a server of OpenAI's "
            "interface, and does its address end in /v1?",
        ),
    ],
)
def test_what_does_not_pass_is_one_line(trouble: Reply, requests: int, line: str) -> None:
    with Server(lambda _: trouble) as server:
        simulator = opened(server, "as=base")
        assert complaint(simulator) == line
        assert simulator.usage.requests == len(server.asked) == requests


def test_a_model_that_is_not_there() -> None:
    absent = refuses(404, "no model tiny")
    with Server(lambda _: absent, models={"data": [{"id": "llama"}, {"id": "qwen"}]}) as server:
        assert complaint(opened(server)) == "not found (404): no model tiny; it has llama, qwen"
    with Server(lambda _: absent, models=Reply(404)) as server:
        assert complaint(opened(server)).endswith(
            "check the model's name, and that the address ends in /v1 where it should"
        )
    with Server(lambda _: absent) as server:
        assert complaint(opened(server, "as=base")).endswith("not this way to ask; say ?as=base or ?as=chat")


def test_a_server_that_hangs() -> None:
    def hang(asked: Asked) -> Reply:
        server.stopping.wait(10)
        return says(asked)

    def silent(asked: Asked) -> Iterator[str]:
        yield part(asked, " Ada")
        while not server.stopping.wait(0.02):
            yield ": still here\n\n"

    for script in (hang, lambda asked: Reply(lines=silent(asked))):
        with Server(script) as server:
            simulator = opened(server, "as=base", patience=Patience(timeout_s=0.3, wait_s=0.001))
            assert complaint(simulator) == "no answer for 0.3 s 2 times; is the server busy? see ?timeout="


def test_a_server_that_is_not_there() -> None:
    with Server(says) as server:
        simulator = opened(server)
    assert complaint(simulator).startswith(f"cannot reach {server.url} 5 times: ")
    with pytest.raises(ScribeError, match="cannot reach"):
        _ = simulator.context


@pytest.mark.parametrize("form", ["as=base", "as=chat", "prefill=no"])
def test_an_answer_that_breaks_off_is_gone_on_with(form: str) -> None:
    """What was handed on is in the document that is sent next, so that no word is written twice."""
    with Server(
        in_turn(
            lambda asked: writes(asked, " Ada: the loss", cut=True),
            lambda asked: writes(asked, " is", cut=True),
            lambda asked: writes(asked, " small [1]"),
        )
    ) as server:
        simulator = opened(server, form)
        pieces = list(simulator.stream([prompt()], Sampling(max_tokens=50)))
        assert "".join(piece.text for piece in pieces) == SAID
        assert pieces[-1].completion
        assert pieces[-1].completion.text == SAID
        assert [asked.document.removeprefix(CHAT_WRAPPER) for asked in server.asked] == [
            prompt().text,
            f"{prompt().text} Ada: the loss",
            f"{prompt().text} Ada: the loss is",
        ]
        assert server.asked[-1].body["max_tokens"] < 50
        assert simulator.usage.retries == 2


def test_an_empty_answer_is_drawn_again_once() -> None:
    with Server(in_turn(lambda asked: writes(asked, " \n"), says)) as server:
        simulator = opened(server, "as=base")
        pieces = list(simulator.stream([prompt()], Sampling(seed=5, samples=1)))
        assert "".join(piece.text for piece in pieces) == SAID
        assert [asked.body["seed"] for asked in server.asked] == [5, 6]
    with Server(lambda asked: writes(asked, "")) as server:
        simulator = opened(server, "as=base")
        assert drawn(simulator) == [[""]]
        assert (simulator.usage.requests, simulator.usage.retries) == (2, 1)


def test_one_prompts_error_does_not_stop_the_others() -> None:
    def script(asked: Asked) -> Reply:
        return refuses(400, "I will not") if "Objection" in asked.document else says(asked)

    asked = [prompt(cue="- Objection:"), prompt(), prompt(scene="Other.\n\n")]
    with Server(script) as server:
        simulator = opened(server, "as=base")
        found = []
        with pytest.raises(ScribeError, match=r"I will not \(2 completions failed\)$"):
            found.extend(simulator.stream(asked, Sampling(samples=2)))
        done = [(piece.prompt, piece.sample) for piece in found if piece.completion]
        assert sorted(done) == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_a_server_that_refuses_the_key_is_asked_once() -> None:
    with Server(lambda _: refuses(401, "who are you?")) as server:
        complaint(opened(server), *[prompt(scene=f"{scene}\n") for scene in "ABCDEF"], samples=3)
        assert len(server.asked) == 1


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────


def test_a_key_is_sent_and_said_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", f"{KEY}\n")

    def parrot(asked: Asked) -> Reply:
        return refuses(401, f"not {asked.headers['authorization']}")

    def chatters(asked: Asked) -> Reply:
        return Reply(lines=[f"data: {asked.headers['authorization']}\n\n"])

    for script in (parrot, chatters):
        with Server(script) as server:
            simulator = opened(server, "key=MY_KEY")
            with pytest.raises(ScribeError) as raised:
                drawn(simulator)
            assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
            error: BaseException | None = raised.value
            while error is not None:
                assert KEY not in f"{error!r}{error}"
                error = error.__cause__ or error.__context__
            assert "MY_KEY" in str(raised.value)
            assert (
                KEY
                not in f"{simulator!r}{simulator.name}{simulator.recipe}{vars(simulator)}{simulator._asking.address}"
            )
    assert caplog.records
    assert KEY not in caplog.text


def test_the_key_for_openai_is_sent_to_no_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scribe.toml that somebody gave away may name any server; the environment's own is another matter."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Server(lambda _: refuses(401, "who are you?")) as server:
        complaint(opened(server))
        assert server.asked[-1].headers["authorization"] == "Bearer none"
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        complaint(OpenAI.open(parse_spec("openai:tiny"), patience=IMPATIENT))
        assert server.asked[-1].headers["authorization"] == f"Bearer {KEY}"


def test_a_password_in_an_address_is_sent_and_said_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Server(lambda asked: refuses(401, f"not {asked.headers['authorization']}")) as server:
        url = server.url.replace("//", "//ada:pass%40word@")
        simulator = OpenAI.open(parse_spec(f"openai:tiny@{url}"), patience=IMPATIENT)
        line = complaint(simulator)
        assert server.asked[0].headers["authorization"] == "Basic YWRhOnBhc3NAd29yZA=="
        told = f"{line}{simulator.name}{simulator.recipe}{simulator._asking.address}{caplog.text}"
        assert simulator.name == f"openai:tiny@{server.url}"
        assert not re.search("pass.{1,3}word|YWRhOn", told)


def test_a_key_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaint(OpenAI.open(parse_spec("openai:gpt"))) == "no key; set the environment variable OPENAI_API_KEY"
    assert complaint(OpenAI.open(parse_spec("openai:m@http://h?key=K"))) == "no key; set the environment variable K"
    monkeypatch.setenv("K", "schlüssel")
    line = complaint(OpenAI.open(parse_spec("openai:m@http://h?key=K")))
    assert line == "the environment variable K holds what cannot be a key"


# ── Counts ───────────────────────────────────────────────────────────────────────────────────


def test_what_a_server_counts_is_added_up() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60}}
    with Server(lambda asked: writes(asked, SAID, usage=usage)) as server:
        simulator = opened(server, "prices=2/8.5")
        drawn(simulator, prompt(), prompt(cue="- Objection:"))
        found = simulator.usage
        assert (found.requests, found.prompt_tokens, found.cached_tokens, found.completion_tokens) == (2, 200, 120, 20)
        assert found.cost_usd == pytest.approx((200 * 2 + 20 * 8.5) / 1e6)


def test_what_a_server_does_not_count_is_estimated() -> None:
    with Server(says) as server:
        simulator = opened(server)
        drawn(simulator)
        found = simulator.usage
        assert (found.prompt_tokens, found.completion_tokens) == (simulator.count(prompt().text), simulator.count(SAID))
        assert found.cost_usd is None


def test_tokens_are_counted_by_the_tokenizer_that_is_named(tmp_path: Path) -> None:
    shown = frames.prompts(curated()["title"], sample().segments)[0].text
    assert OpenAI.open(parse_spec("openai:tiny")).count(shown) == estimated_tokens(shown)
    tokenizer = Tokens.open(save_micro(tmp_path / "micro"), "base")
    assert OpenAI.open(parse_spec(f"openai:tiny?tokenizer={tmp_path / 'micro'}")).count(shown) == tokenizer.count(shown)
    with pytest.raises(ScribeError, match="absent"):
        OpenAI.open(parse_spec(f"openai:tiny?tokenizer={tmp_path / 'absent'}")).count(shown)


@pytest.mark.parametrize(
    ("entry", "context"),
    [
        ({"id": "tiny", "max_model_len": 4096}, 4096),
        ({"id": "tiny", "meta": {"n_ctx_train": 32768, "n_ctx": 2048}}, 2048),
        ({"id": "tiny", "context_length": 131072}, 131072),
        ({"id": "tiny", "context_length": "long", "max_model_len": -1}, CONTEXT),
        ({"id": "/models/other.gguf", "meta": {"n_ctx_train": 512}}, 512),
        ({"id": "tiny"}, CONTEXT),
    ],
)
def test_a_context_is_what_the_server_says(entry: dict[str, Any], context: int) -> None:
    with Server(says, models={"data": [entry]}) as server:
        simulator = opened(server)
        assert (simulator.context, simulator.context) == (context, context)
        assert server.listings == 1
        assert opened(server, "context=77").context == 77
        assert server.listings == 1


def test_a_context_that_is_not_said() -> None:
    for models in (
        Reply(404),
        Reply(500),
        Reply(body=b"<html>"),
        [1],
        {"data": None},
        {"data": [{"id": "a"}, {"id": "b"}]},
    ):
        with Server(says, models=models) as server:
            assert opened(server).context == CONTEXT
    with Server(says, models=Reply(401)) as server, pytest.raises(ScribeError, match="the server refused us"):
        _ = opened(server).context


# ── Log-probabilities ────────────────────────────────────────────────────────────────────────


def with_logprobs(asked: Asked) -> Iterator[str]:
    for word in words(f"- Point:{SAID}\n\nMore"):
        said: dict[str, Any] = {"tokens": [word], "token_logprobs": [-float(len(word))]}
        if asked.is_chat:
            said = {"content": [{"token": word, "logprob": -float(len(word))}]}
        yield part(asked, word, logprobs=said)
    yield part(asked, finish_reason="stop")


@pytest.mark.parametrize("form", ["base", "chat"])
def test_log_probabilities_are_those_of_the_text_kept(form: str) -> None:
    """Not of the cue said again, nor of what follows a stop string."""
    with Server(lambda asked: Reply(lines=with_logprobs(asked))) as server:
        ((found,),) = opened(server, f"as={form}").sample([prompt()], Sampling(stop=("\n\n",)))
        assert found.text == SAID
        assert found.token_logprobs == tuple(-float(len(w)) for w in [*words(SAID)[:-1], " [1]\n\nMore"])


@pytest.mark.parametrize(
    "said",
    [None, {}, [1], {"tokens": ["x"], "token_logprobs": [None]}, {"content": [None]}, {"content": [{"token": 1}]}],
)
def test_log_probabilities_with_a_gap_are_none(said: Any) -> None:
    def script(asked: Asked) -> Reply:
        whole = part(asked, " Ada", logprobs={"tokens": [" Ada"], "token_logprobs": [-1.0]})
        return Reply(lines=[whole, part(asked, " so", logprobs=said), part(asked, finish_reason="stop")])

    with Server(script) as server:
        ((found,),) = opened(server, "as=base").sample([prompt()], Sampling())
        assert (found.text, found.token_logprobs) == (" Ada so", None)


def echoes(asked: Asked) -> Reply:
    """A server that repeats the prompt and says how probable its words were: minus their length, in nats."""
    tokens = [*words(asked.body["prompt"]), "!"]
    offsets = [sum(map(len, tokens[:place])) for place in range(len(tokens))]
    said = {
        "tokens": tokens,
        "token_logprobs": [None, *(-float(len(token)) for token in tokens[1:])],
        "text_offset": offsets,
    }
    choice = {"text": "".join(tokens), "logprobs": said}
    return Reply(body=event({"choices": [choice], "usage": {"prompt_tokens": 9}}).removeprefix("data: ").encode())


def test_continuations_are_scored() -> None:
    with Server(echoes) as server:
        simulator = opened(server, "as=base")
        found = simulator.score("The bound is", [" empty", "", " not empty"])
        assert [score.token_logprobs for score in found] == [(-6.0,), (), (-4.0, -6.0)]
        assert [(a.body["echo"], a.body["max_tokens"]) for a in server.asked] == [(True, 1)] * 2
        assert simulator.usage.prompt_tokens == 18


def test_a_token_across_the_boundary_is_counted() -> None:
    with Server(echoes) as server:
        (found,) = opened(server, "as=base").score("The bound is ", ["empty"])
        assert found.token_logprobs == (-6.0,)


@pytest.mark.parametrize(
    "script",
    [
        lambda asked: Reply(body=b'{"choices": [{"text": " more", "logprobs": null}]}'),
        lambda asked: Reply(body=b'{"choices": [{"text": "The bound is empty", "logprobs": null}]}'),
        lambda asked: Reply(body=b"[]"),
        lambda asked: refuses(400, "echo is not supported"),
    ],
)
def test_a_server_that_repeats_no_prompt_cannot_score(script: Any) -> None:
    with Server(script) as server, pytest.raises(CannotScore, match="does not give the log-probabilities"):
        opened(server, "as=base").score("The bound is", [" empty"])


def test_a_chat_server_cannot_score() -> None:
    with Server(says) as server:
        with pytest.raises(CannotScore, match="as=base"):
            opened(server).score("The bound is", [" empty"])
        assert not server.asked


# ── A real server ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Served:
    """A model that `transformers serve` runs, and the same model here."""

    folder: Path
    url: str
    tokenizer: Any
    model: Any

    def open(self, options: str) -> OpenAI:
        return OpenAI.open(parse_spec(f"openai:{self.folder}@{self.url}?{options}"), patience=Patience(timeout_s=60))

    def greedy(self, ids: Any, most: int) -> str:
        """What the model writes at temperature 0, by transformers itself; a letter that is not finished is left out."""
        written = self.model.generate(ids, max_new_tokens=most, do_sample=False, pad_token_id=1)
        return str(self.tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True)).rstrip("\ufffd")


@pytest.fixture(scope="module")
def served(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`transformers serve` on loopback, with the small chat model of the tests: one server for all tests below."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    home = tmp_path_factory.mktemp("served")
    folder = Path(shutil.copytree(small.chat, home / "small"))
    settings = folder / "generation_config.json"  # the server draws at random only where this says so
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "do_sample": True}))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--device", "cpu"]
    environment = {**os.environ, "HF_HOME": str(home / "hub"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (
        open(home / "log", "wb") as log,
        subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            _wait_until_it_answers(process, port, home / "log")
            model = AutoModelForCausalLM.from_pretrained(folder).eval()
            yield Served(folder, f"http://127.0.0.1:{port}/v1", AutoTokenizer.from_pretrained(folder), model)
        finally:
            process.terminate()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(900):
        assert process.poll() is None, log.read_text()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(log.read_text())


def shown_lines() -> list[Prompt]:
    return frames.prompts(curated()["key-points"], sample().segments[:6])


def test_a_served_base_model_reads_the_prompts_bytes(served: Served) -> None:
    simulator = served.open("as=base")
    prompts = shown_lines()
    found = simulator.sample(prompts, Sampling(max_tokens=12, temperature=0))
    ids = [served.tokenizer(shown.text, return_tensors="pt").input_ids for shown in prompts]
    assert [completions[0].text for completions in found] == [served.greedy(i, 12) for i in ids]
    assert {completions[0].finish for completions in found} <= {"length", "end"}
    usage = simulator.usage
    assert (usage.requests, usage.retries) == (len(prompts), 0)
    assert usage.prompt_tokens == sum(i.shape[1] for i in ids)
    assert 12 <= usage.completion_tokens <= 12 * len(prompts)


def test_a_served_chat_model_is_quoted_the_cue(served: Served) -> None:
    """It refuses the words for going on with an assistant's turn (422), and begins another one after it."""
    simulator = served.open("as=chat")
    shown = shown_lines()[0]
    ((found,),) = simulator.sample([shown], Sampling(max_tokens=12, temperature=0))
    turns = [{"role": "user", "content": CHAT_WRAPPER + shown.text}]
    ids = served.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt").input_ids
    whole = served.greedy(ids, 12).strip()
    assert found.text.strip() == whole.removeprefix(shown.cue.rpartition("\n")[2].strip()).strip()
    assert (simulator.usage.requests, simulator.usage.prompt_tokens) == (2, ids.shape[1])


def test_served_samples_follow_their_seeds(served: Served) -> None:
    """One request at a time: the server has one source of random numbers for all that it writes at once."""
    simulator = served.open("as=base&concurrency=1")
    sampling = Sampling(max_tokens=12, temperature=1.0, samples=3, seed=4)
    (first,), (again,) = (simulator.sample(shown_lines()[:1], sampling) for _ in range(2))
    assert first == again
    assert len({completion.text for completion in first}) == 3
    (later,) = simulator.sample(shown_lines()[:1], sampling.model_copy(update={"seed": 5, "samples": 2}))
    assert later == first[1:]


def test_a_served_answer_stops_where_it_is_told(served: Served) -> None:
    shown = shown_lines()[0]
    whole = served.greedy(served.tokenizer(shown.text, return_tensors="pt").input_ids, 12)
    stop = re.findall("[a-z]{2}", whole)[-1]
    ((found,),) = served.open("as=base").sample([shown], Sampling(max_tokens=12, temperature=0, stop=(stop,)))
    assert (found.text, found.finish) == (whole[: whole.index(stop)], "stop")


def test_what_the_server_does_not_say(served: Served) -> None:
    """It repeats no prompt, and fails (500) at its list of models where there is no cache to look through."""
    assert served.open("as=base").context == CONTEXT
    with pytest.raises(CannotScore):
        served.open("as=base").score("The bound is", [" empty"])
    other = OpenAI.open(parse_spec(f"openai:other@{served.url}"))
    assert complaint(other).startswith("the server refused the request (400): Server is pinned to")
