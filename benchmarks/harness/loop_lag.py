"""Whether the client itself was the bottleneck: its event loop's lag, and its CPU.

A loop that is late reads a token late, and the endpoint gets the blame. So a timer
that does nothing but note how late it fires runs along with every measurement.
"""

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.harness.metrics import measured, percentiles
from benchmarks.harness.samples import SampleTable

INTERVAL_S = 0.01
# Timers of both loops count in milliseconds, and a busy machine lends a core to others
# for a slice of 3 or 4: below this, lag is not the client's own.
NOISE_MS = 5.0
# Lag goes into a time to first token in full, but into a mean time per token only at
# its two ends: the median of the one may carry a tenth, that of the other a half.
TTFT_SHARE = 0.10
TPOT_SHARE = 0.50
# One event loop has one core; nearer to it than this, requests queue in the client.
CPU_SHARE = 0.90


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHealth:
    """How the client fared during a run; `reason` is a sentence when it was too slow.

    `cpu_s` is processor time of the whole process, `cpu_share` the same by seconds
    passed: 1 is one core. `late_ms_p95` is by how much sends came after their intended
    start.
    """

    lag_ms_p50: float
    lag_ms_p99: float
    lag_ms_max: float
    late_ms_p95: float | None
    cpu_s: float
    cpu_share: float
    client_limited: bool
    reason: str


class LoopLag:
    """Samples, between entering and leaving, by how much the running loop is late."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._lags_s: list[float] = []
        self.wall_s = 0.0
        self.cpu_s = 0.0

    def __enter__(self) -> "LoopLag":
        self._loop = asyncio.get_running_loop()
        self._began_s = time.monotonic()
        self._cpu_began_s = time.process_time()
        self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        # A loop that is blocked to the end owes this one.
        self._note()
        self.wall_s = time.monotonic() - self._began_s
        self.cpu_s = time.process_time() - self._cpu_began_s

    def lags_ms(self) -> tuple[float, float, float]:
        """Return the median, the 99th percentile and the largest lag."""
        lags = np.array(self._lags_s) * 1000
        median, high = np.percentile(lags, (50, 99), method="inverted_cdf")
        return float(median), float(high), float(lags.max())

    def _arm(self) -> None:
        self._due_s = time.monotonic() + self._interval_s
        self._timer = self._loop.call_later(self._interval_s, self._fire)

    def _fire(self) -> None:
        self._note()
        self._arm()

    def _note(self) -> None:
        """Note the lag, once for every firing that it stands for.

        A blocked loop fires once where it should have fired many times: the missed
        ones were late too, each by an interval less (the timer's own coordinated
        omission).
        """
        lag = max(time.monotonic() - self._due_s, 0.0)
        missed = int(lag / self._interval_s)
        self._lags_s.extend(lag - step * self._interval_s for step in range(missed + 1))


def judged(lag: LoopLag, table: SampleTable) -> ClientHealth:
    """Return how the client fared, and whether that spoils what it measured."""
    median, high, largest = lag.lags_ms()
    rows = measured(table)
    late_ms = percentiles(rows["late_ms"]).p95.value
    cpu_share = lag.cpu_s / lag.wall_s if lag.wall_s else 0.0
    allowed = _allowed_ms(rows)
    reason = _reason(high, late_ms, cpu_share, allowed)
    return ClientHealth(
        lag_ms_p50=median,
        lag_ms_p99=high,
        lag_ms_max=largest,
        late_ms_p95=late_ms,
        cpu_s=lag.cpu_s,
        cpu_share=cpu_share,
        client_limited=bool(reason),
        reason=reason,
    )


def _allowed_ms(rows: SampleTable) -> float:
    """Return the lag that the measured times can carry."""
    answered = rows.where(~rows.failed)
    shares = {"ttft_ms": TTFT_SHARE, "tpot_ms": TPOT_SHARE}
    medians = {name: percentiles(answered[name]).p50.value for name in shares}
    carried = [
        median * shares[name] for name, median in medians.items() if median is not None
    ]
    return max(NOISE_MS, min(carried, default=NOISE_MS))


def _reason(
    lag_ms: float, late_ms: float | None, cpu_share: float, allowed_ms: float
) -> str:
    if lag_ms > allowed_ms:
        return (
            f"The client's event loop was {lag_ms:.1f} ms late at the 99th percentile; "
            f"the times measured carry {allowed_ms:.1f} ms."
        )
    if late_ms is not None and late_ms > allowed_ms:
        return (
            f"Requests were sent {late_ms:.1f} ms late at the 95th percentile; "
            f"the times measured carry {allowed_ms:.1f} ms."
        )
    if cpu_share > CPU_SHARE:
        return f"The client used {cpu_share:.2f} of the one core that its loop has."
    return ""
