"""The rule that says when the client was the bottleneck fires, and only then."""

import asyncio
import time

import pytest

from benchmarks.harness.loop_lag import ClientHealth, LoopLag, judged
from tests.benchmarks.harness.builders import sample, table


class Noted(LoopLag):
    """A watch that has noted these lags, over 10 s."""

    def __init__(self, *lags_ms: float, cpu_s: float = 1.0) -> None:
        super().__init__()
        self._lags_s = [lag / 1000 for lag in lags_ms]
        self.wall_s, self.cpu_s = 10.0, cpu_s


def health(lag: LoopLag, *samples) -> ClientHealth:
    return judged(lag, table(*samples))


def watched(work) -> LoopLag:
    async def watch() -> LoopLag:
        with LoopLag() as lag:
            await work()
        return lag

    return asyncio.run(watch())


def test_loop_that_is_blocked_limits_the_client():
    async def block() -> None:
        for _ in range(3):
            time.sleep(0.2)
            await asyncio.sleep(0.01)

    found = health(watched(block), sample(0, ttft_ms=200.0))

    # Each block makes about 20 firings late, by 0 to 190 ms: 20 ms is carried.
    assert found.lag_ms_max > 150
    assert found.lag_ms_p99 > 150
    assert found.lag_ms_p50 > 50
    assert found.client_limited
    assert "event loop was" in found.reason


def test_loop_that_is_blocked_to_the_end_is_noticed():
    async def block() -> None:
        await asyncio.sleep(0.02)
        time.sleep(0.2)

    assert watched(block).lags_ms()[2] > 150


def test_calm_loop_does_not_limit_the_client():
    calm = watched(lambda: asyncio.sleep(0.5))

    # 2,000 ms to the first token carry 200: a loop that waits is far from that, even
    # on a machine that other tests keep busy.
    found = health(calm, sample(0, ttft_ms=2_000.0, tpot_ms=500.0))

    assert not found.client_limited, found.reason
    assert found.cpu_share < 0.5


@pytest.mark.parametrize(
    ("lag_ms", "ttft_ms", "tpot_ms", "limited"),
    [
        (19.9, 200, 100, False),  # a tenth of 200 ms
        (20.1, 200, 100, True),
        (9.9, 1_000, 20, False),  # half of 20 ms
        (10.1, 1_000, 20, True),
        (4.9, 20, 1, False),  # never less than the 5 ms of a shared machine
        (5.1, 20, 1, True),
    ],
)
def test_lag_is_judged_by_the_times_measured(lag_ms, ttft_ms, tpot_ms, limited):
    measured = sample(0, ttft_ms=float(ttft_ms), tpot_ms=float(tpot_ms))

    assert health(Noted(0, lag_ms), measured).client_limited is limited


def test_lag_of_one_firing_in_a_hundred_is_let_pass():
    assert not health(Noted(*[0] * 99, 500), sample(0)).client_limited
    assert health(Noted(*[0] * 98, 500, 500), sample(0)).client_limited


def test_late_sends_limit_the_client():
    on_time = [sample(second, ttft_ms=200.0) for second in range(95)]
    late = [sample(second, ttft_ms=200.0, late_ms=30.0) for second in range(5)]

    few = health(Noted(0), *on_time, *late)
    many = health(Noted(0), *on_time[5:], *late, *late)

    assert not few.client_limited
    assert many.client_limited
    assert many.late_ms_p95 == 30
    assert "sent 30.0 ms late" in many.reason


def test_warmup_may_be_late():
    late = [sample(second, phase=-1, late_ms=90.0) for second in range(60)]

    assert not health(Noted(0), *late, sample(61)).client_limited


def test_client_near_one_core_is_limited():
    assert not health(Noted(0, cpu_s=8.9), sample(0)).client_limited
    busy = health(Noted(0, cpu_s=9.1), sample(0))
    assert busy.client_limited
    assert busy.reason == "The client used 0.91 of the one core that its loop has."


def test_calm_client_gives_no_reason():
    found = health(Noted(0, 1, 2), sample(0))

    assert found == ClientHealth(
        lag_ms_p50=1,
        lag_ms_p99=2,
        lag_ms_max=2,
        late_ms_p95=None,
        cpu_s=1,
        cpu_share=0.1,
        client_limited=False,
        reason="",
    )


def test_run_that_measured_nothing_is_judged_by_noise_alone():
    assert not health(Noted(4.9)).client_limited
    assert health(Noted(5.1)).client_limited
