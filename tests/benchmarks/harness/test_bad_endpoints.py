"""Every way in which endpoints err ends with the right word, in bounded time."""

import time
import tracemalloc
from dataclasses import replace

import pytest

from benchmarks.harness.samples import ErrorKind
from benchmarks.simulator.faults import FAULTS
from benchmarks.simulator.remote import closed_port
from tests.benchmarks.harness.asking import HASTY, ask, ask_often

PROTOCOLS = ["openai_chat", "anthropic_messages"]
FAILURES = {
    "about_seeds": ErrorKind.HTTP_4XX,
    "cut": ErrorKind.TRUNCATED,
    "compressed_bomb": ErrorKind.MALFORMED_STREAM,
    "content_filter": ErrorKind.REFUSED,
    "double_encoded": ErrorKind.MALFORMED_STREAM,
    "drip": ErrorKind.TIMEOUT,
    "empty": ErrorKind.LENGTH_MISMATCH,
    "endless_event": ErrorKind.MALFORMED_STREAM,
    "error_in_stream": ErrorKind.HTTP_5XX,
    "filtered_prompt": ErrorKind.REFUSED,
    "hang_before": ErrorKind.TIMEOUT,
    "hang_mid": ErrorKind.TIMEOUT,
    "html": ErrorKind.MALFORMED_STREAM,
    "malformed": ErrorKind.MALFORMED_STREAM,
    "not_found": ErrorKind.HTTP_4XX,
    "not_http": ErrorKind.MALFORMED_STREAM,
    "rate_limited": ErrorKind.RATE_LIMITED,
    "redirect": ErrorKind.BLOCKED,
    "refusal": ErrorKind.REFUSED,
    "renamed_limit": ErrorKind.HTTP_4XX,
    "reset_before": ErrorKind.CONNECT,
    "reset_mid": ErrorKind.TRUNCATED,
    "server_error": ErrorKind.HTTP_5XX,
    "truncated": ErrorKind.TRUNCATED,
    "unauthorized": ErrorKind.HTTP_4XX,
}
QUIRKS = [
    "compressed",
    "keep_alive_close",
    "no_usage",
    "running_usage",
    "unfinished",
    "unknown_seed",
    "usage_twice",
    "wrong_model",
]


def test_every_fault_of_the_simulator_is_tried_here():
    assert {*FAILURES, *QUIRKS} == set(FAULTS)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("fault", "kind"), FAILURES.items())
def test_a_failing_endpoint_gets_the_word_for_its_failure(
    endpoint, protocol, fault, kind
):
    target = endpoint.target(
        fault, protocol=protocol, patience=HASTY, max_event_bytes=200_000
    )
    begun = time.monotonic()

    sample = ask(target)

    assert (sample.error, sample.failed) == (kind, True)
    assert sample.error_detail
    # The longest patience is 1.5 s; the rest is for a busy machine.
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("quirk", QUIRKS)
def test_an_endpoint_with_a_quirk_still_answers(endpoint, protocol, quirk):
    sample = ask(endpoint.target(quirk, protocol=protocol))

    assert sample.error is None
    assert sample.ttft_ms > 0
    assert sample.request_ms >= sample.ttft_ms


def test_a_closed_port_is_a_failed_connection(endpoint):
    base_url = f"http://127.0.0.1:{closed_port()}/v1"

    sample = ask(replace(endpoint.target(), base_url=base_url))

    assert sample.error is ErrorKind.CONNECT
    assert sample.http_status == 0


def test_good_answers_beside_bad_ones_are_kept(endpoint):
    endpoint.behave(fault="server_error", fault_share=0.3)

    samples = ask_often(endpoint.target(), 20)

    # Three in ten of 20.
    assert sum(sample.error is ErrorKind.HTTP_5XX for sample in samples) == 6
    assert sum(sample.error is None for sample in samples) == 14


@pytest.mark.parametrize("fault", ["compressed_bomb", "endless_event", "drip"])
def test_what_never_ends_does_not_fill_the_memory(endpoint, fault):
    endpoint.behave(itl_ms=0.01)
    target = endpoint.target(fault, patience=HASTY, max_stream_bytes=2_000_000)
    ask(endpoint.target())  # what is loaded once does not count
    tracemalloc.start()

    try:
        ask(target)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    # The 1 MiB that an event may have, held twice while it grows, and what was read.
    assert peak_bytes < 8_000_000


def test_neither_the_credential_nor_its_parts_are_repeated(endpoint):
    secret = "sk-very-secret-1234"
    headers = (("Authorization", f"Bearer {secret}"),)

    samples = [
        ask(endpoint.target(fault, headers=headers))
        for fault in ("unauthorized", "not_found")
    ]

    assert endpoint.records()[0]["headers"]["authorization"] == f"Bearer {secret}"
    assert not any(secret in repr(sample) for sample in samples)
