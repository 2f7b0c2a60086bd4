"""The simulator keeps its timetable, its faults and its record straight."""

import json
import socket
import subprocess
import sys

import httpx
import pytest

from benchmarks.simulator.behaviour import Behaviour, changed
from benchmarks.simulator.faults import FAULTS
from benchmarks.simulator.plan import planned
from benchmarks.simulator.prefix_cache import PrefixCache
from benchmarks.simulator.remote import started
from tests.benchmarks.harness.asking import HASTY, ask_all


def post(url, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(url, content=content, timeout=10)


def question(model="model", prompt="Hi there", **fields):
    messages = [{"role": "user", "content": prompt}]
    return {"model": model, "messages": messages, "max_tokens": 5, **fields}


def chat(endpoint, **fields):
    return post(f"{endpoint.base_url}/chat/completions", question(**fields)).text


def plan(asked=10, **behaviour):
    return planned(
        Behaviour(**behaviour), model="m", prompt_tokens=2_000, cached=500, asked=asked
    )


def test_tokens_have_absolute_moments():
    # 100 ms, and 20 ms for each of the four tokens of a chunk.
    chunks = list(plan(ttft_ms=100, itl_ms=20, tokens_per_chunk=4).chunks())

    assert [round(at_s * 1e3) for at_s, *_ in chunks] == [100, 180, 260]
    assert [tokens for _, tokens, _, _ in chunks] == [4, 4, 2]
    assert [so_far for _, _, so_far, _ in chunks] == [4, 8, 10]


def test_reasoning_comes_first_and_takes_its_time_also_unseen():
    shown = list(plan(asked=4, ttft_ms=10, itl_ms=5, reasoning_tokens=2).chunks())
    hidden = list(
        plan(
            asked=4, ttft_ms=10, itl_ms=5, reasoning_tokens=2, reasoning_shown=False
        ).chunks()
    )

    assert [reasoning for *_, reasoning in shown] == [True, True, False, False]
    # The third token's moment: 10 + 2 x 5 ms.
    assert hidden[0][0] == pytest.approx(0.020)
    assert [so_far for _, _, so_far, _ in hidden] == [3, 4]


def test_slowness_and_prefill_stretch_the_timetable():
    found = plan(ttft_ms=100, itl_ms=20, prefill_ms_per_ktok=40, slowness=2.0)

    # (100 + 40 x (2,000 - 500) / 1,000) x 2
    assert found.ttft_s == pytest.approx(0.32)
    assert found.itl_s == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({}, 20),
        ({"fault_share": 0.3}, 6),
        ({"fault_first": 3}, 3),
        ({"fault_first": 0}, 0),
    ],
)
def test_faults_befall_an_exact_share(fields, faulty):
    behaviour = Behaviour(fault="server_error", **fields)

    assert sum(behaviour.has_fault(number) for number in range(20)) == faulty


def test_the_cache_knows_leading_blocks_only():
    cache = PrefixCache()
    words = [f"w{number}" for number in range(100)]

    # Blocks of 32 words.
    assert cache.cached(words) == 0
    assert cache.cached(words) == 96
    assert cache.cached(words[:70]) == 64
    assert cache.cached(["other", *words[1:]]) == 0


def test_the_record_says_what_was_sent_and_when(endpoint):
    endpoint.behave(ttft_ms=40, itl_ms=10)

    chat(endpoint, prompt="one two three")

    (record,) = endpoint.records()
    first, *_, last = record["token_times"]
    # No moment is early, but for the millisecond to which timers are kept.
    assert first - record["received"] > 0.039
    assert last - record["received"] > 0.079  # 40 + 4 x 10 ms
    assert record["token_counts"] == [1] * 5
    assert (record["prompt_tokens"], record["output_tokens"]) == (3, 5)
    assert record["complete"]


def test_behaviour_changes_while_it_runs_and_for_one_provider_only(endpoint, simulator):
    endpoint.behave(served_model="first")
    before = chat(endpoint)
    endpoint.behave(served_model="second")

    assert '"model":"first"' in before
    assert '"model":"second"' in chat(endpoint)
    other = f"{simulator.base_url(endpoint.provider + '-other')}/chat/completions"
    assert '"model":"model"' in post(other, question()).text


def test_a_forgotten_provider_is_as_new(endpoint, simulator):
    endpoint.behave(served_model="first")
    chat(endpoint)

    simulator.forget(endpoint.provider)

    assert endpoint.records() == []
    assert '"model":"model"' in chat(endpoint)


@pytest.mark.parametrize("fields", [{"ttft": 5}, {"ttft_ms": "x"}, {"fault": "none"}])
def test_a_behaviour_that_does_not_exist_is_refused(endpoint, fields):
    with pytest.raises(ValueError, match=r"ttft|faults"):
        endpoint.behave(**fields)


def test_changed_fields_leave_the_others_alone():
    found = changed(Behaviour(ttft_ms=5, itl_ms=6), {"itl_ms": 7})

    assert (found.ttft_ms, found.itl_ms) == (5, 7)


def test_more_than_the_allowed_rate_is_refused(endpoint):
    endpoint.behave(requests_per_s=2, retry_after="1", ttft_ms=0, itl_ms=0)

    url = f"{endpoint.base_url}/chat/completions"
    replies = [post(url, question()) for _ in range(5)]

    # Two a second; five at once are over.
    assert [reply.status_code for reply in replies[:2]] == [200, 200]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("v1/nothing", question(), 404),
        ("elsewhere", question(), 404),
        ("v1/chat/completions", b"{", 400),
        ("v1/chat/completions", {"model": "m"}, 400),
        ("control/x/y", question(), 404),
    ],
)
def test_what_it_does_not_know_it_says(simulator, path, body, status):
    assert post(f"{simulator.url}/{path}", body).status_code == status


def test_a_request_that_is_not_http_is_hung_up_on(simulator):
    port = int(simulator.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(b"EHLO example.com\r\n\r\n")

        assert raw.recv(100) == b""


def test_it_ends_with_the_program_that_started_it():
    command = [sys.executable, "-m", "benchmarks.simulator", "--until-stdin-closes"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline().startswith(b"http://127.0.0.1:")

    process.stdin.close()

    assert process.wait(timeout=10) == 0
    process.stdout.close()


def test_one_that_cannot_start_says_so():
    with pytest.raises(RuntimeError, match="did not start"), started(["--port", "x"]):
        pass


@pytest.mark.parametrize("protocol", ["openai_chat", "anthropic_messages"])
def test_every_fault_can_be_asked_for_by_the_models_name(endpoint, protocol):
    samples = ask_all(
        [endpoint.target(fault, protocol=protocol, patience=HASTY) for fault in FAULTS]
    )

    assert {record["fault"] for record in endpoint.records()} == set(FAULTS)
    assert [sample.error for sample in samples if sample.error] != []
    assert '"model":"model"' in chat(endpoint)  # it has survived them all
