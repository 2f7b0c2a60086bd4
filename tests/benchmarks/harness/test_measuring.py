"""Whole runs against the simulated endpoint: what is measured is what was sent."""

import asyncio
import time

import numpy as np
import pytest

from benchmarks.harness.goodput import Limits
from benchmarks.harness.load import Lengths, Profile, PromptCache
from benchmarks.harness.runner import StopReason, measure, run
from benchmarks.harness.summary import summary
from tests.benchmarks.harness.builders import load

TWENTY = (Lengths(input_tokens=100, output_tokens=20),)


def first_token_ms(records) -> list[float]:
    """Return from receiving each request to sending its first token, in ms, sorted."""
    return sorted(
        (record["token_times"][0] - record["received"]) * 1000 for record in records
    )


def per_token_ms(records) -> list[float]:
    """Return the mean time from token to token of each answer of 20, in ms."""
    return [
        (record["token_times"][-1] - record["token_times"][0]) * 1000 / 19
        for record in records
    ]


def test_concurrent_run_measures_what_was_sent(endpoint):
    endpoint.behave(ttft_ms=60, itl_ms=5)
    asked = load(
        Profile.CONCURRENT,
        requests=60,
        warmup=1,
        concurrency=4,
        ramp_s=0.08,
        lengths=TWENTY,
    )

    found = run(endpoint.target(), asked)

    records = endpoint.records()[1:]
    brief = summary(found.samples, window_s=found.window_s, client=found.client)
    ttft, tpot = (brief.metrics.latencies[name] for name in ("ttft_ms", "tpot_ms"))
    assert found.stop is StopReason.COMPLETED
    assert (brief.requests, brief.warmup, brief.failed) == (60, 1, 0)
    # Never early; late by connecting and by what a busy machine adds.
    sent = first_token_ms(records)
    assert sent[29] <= ttft.p50.value < sent[29] + 60
    assert sent[56] <= ttft.p95.value <= ttft.p95.upper
    assert tpot.p50.value == pytest.approx(np.median(per_token_ms(records)), abs=2.5)
    assert brief.metrics.tokens["output_tokens"] == 20
    assert brief.metrics.served_models == {"model": 60}


def test_open_loop_waits_for_no_answer(endpoint):
    endpoint.behave(ttft_ms=500, itl_ms=0)
    asked = load(
        Profile.POISSON, requests=30, requests_per_second=60, lengths=TWENTY, warmup=1
    )

    found = run(endpoint.target(), asked)

    received = [record["received"] for record in endpoint.records()[1:]]
    # 30 in half a second; one after another they would take 15.
    assert np.ptp(received) < 3
    assert len(found.samples) == 31
    assert np.all(found.samples["ttft_ms"] > 495)


def test_cold_prompts_find_no_cache_and_warm_ones_do(endpoint):
    words = {"requests": 3, "warmup": 1, "lengths": TWENTY}

    cold = run(endpoint.target(), load(**words))
    warm = run(endpoint.target(), load(prompt_cache=PromptCache.WARM, **words))

    assert cold.samples["cached_tokens"].tolist() == [0, 0, 0, 0]
    # 54 words, of which 49 are common to the run; the first one finds nothing.
    assert warm.samples["cached_tokens"][0] == 0
    assert np.all(warm.samples["cached_tokens"][1:] >= 32)


def test_errors_are_misses_and_the_other_samples_kept(endpoint):
    endpoint.behave(fault="server_error", fault_share=0.3, ttft_ms=5, itl_ms=0)

    found = run(endpoint.target(), load(requests=20, lengths=TWENTY))

    brief = summary(
        found.samples, window_s=found.window_s, limits=Limits(request_ms=60_000)
    )
    # three in ten of 20
    assert brief.metrics.errors_by_kind == {"http_5xx": 6}
    assert (brief.goodput.good.count, brief.goodput.good.n) == (14, 20)
    assert brief.metrics.latencies["ttft_ms"].n == 14


def test_wait_for_a_429_is_told_apart_and_counts_for_goodput(endpoint):
    endpoint.behave(
        fault="rate_limited", fault_first=1, retry_after="1", ttft_ms=5, itl_ms=0
    )

    found = run(endpoint.target(), load(requests=2, lengths=TWENTY))

    within_a_second = Limits(ttft_ms=1_000)
    brief = summary(found.samples, window_s=found.window_s, limits=within_a_second)
    assert brief.metrics.throttled.count == 1
    assert brief.metrics.throttled_mean_ms >= 1_000
    assert found.samples["ttft_ms"].max() < 1_000
    assert (brief.goodput.good.count, brief.goodput.failed) == (1, 0)


def test_run_is_cancelled_within_a_second_though_its_endpoint_hangs(endpoint):
    stopped_at = []

    async def cancel(samples, progress):
        if progress.under_way < 8:
            return None
        stopped_at.append(time.monotonic())
        return StopReason.CANCELLED

    asked = load(Profile.CONCURRENT, requests=50, concurrency=8, lengths=TWENTY)

    found = asyncio.run(
        measure(endpoint.target("hang_mid"), asked, cancel, every_s=0.05)
    )

    assert time.monotonic() - stopped_at[0] < 1
    assert found.stop is StopReason.CANCELLED
    assert (len(found.samples), found.cut_off) == (0, 8)


def test_deadline_keeps_what_was_measured(endpoint):
    endpoint.behave(ttft_ms=20, itl_ms=0)
    asked = load(requests=10_000, deadline_s=1.0, lengths=TWENTY)

    found = run(endpoint.target(), asked)

    assert found.stop is StopReason.DEADLINE
    assert 1 <= len(found.samples) <= 50  # 20 ms each
    assert found.cut_off <= 1
    assert 0.99 < found.window_s[1] < 3  # timers count in milliseconds


def test_target_that_cannot_be_is_refused(endpoint):
    with pytest.raises(ValueError, match="protocol"):
        run(endpoint.target(protocol="telnet"), load())
