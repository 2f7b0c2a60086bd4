"""A run in brief, as it is kept and shown."""

import json
from dataclasses import replace

from benchmarks.harness.goodput import Limits, Withheld
from benchmarks.harness.load import Profile
from benchmarks.harness.loop_lag import ClientHealth
from benchmarks.harness.summary import summary
from tests.benchmarks.harness.builders import failure, load, sample, table

CALM = ClientHealth(
    lag_ms_p50=0.1,
    lag_ms_p99=0.5,
    lag_ms_max=1.0,
    late_ms_p95=0.2,
    cpu_s=1.0,
    cpu_share=0.1,
    client_limited=False,
    reason="",
)
ROWS = table(sample(0, phase=-1), sample(1.0), sample(2.0), failure(3.0))


def test_counts_leave_warmup_apart():
    found = summary(ROWS, window_s=(1.0, 4.0), cut_off=2, client=CALM)

    assert (found.requests, found.warmup, found.failed, found.cut_off) == (3, 1, 1, 2)
    # two answers in three seconds
    assert found.metrics.requests_per_second == 2 / 3
    assert found.phases == ()
    assert found.saturation is None
    assert found.goodput is None


def test_goodput_is_for_the_limits_asked():
    found = summary(ROWS, cut_off=2, client=CALM, limits=Limits(ttft_ms=100))

    assert (found.goodput.good.count, found.goodput.good.n) == (2, 3)
    assert found.goodput.cut_off == 2


def test_goodput_of_a_run_limited_by_its_client_is_withheld():
    limited = replace(CALM, client_limited=True, reason="Slow.")

    found = summary(ROWS, client=limited, limits=Limits(ttft_ms=100))

    assert found.goodput.withheld is Withheld.CLIENT_LIMITED


def test_sweep_has_a_figure_for_each_step_and_none_for_the_mixture():
    rows = table(*[sample(step, phase=step) for step in (0, 1)], failure(1.5, phase=1))
    sweep = load(Profile.SWEEP, concurrency=2, requests=16)

    found = summary(rows, load=sweep, limits=Limits(ttft_ms=100))

    assert (found.metrics, found.goodput) == (None, None)
    assert [phase.concurrency for phase in found.phases] == [2, 4]
    assert [phase.metrics.requests for phase in found.phases] == [1, 2]
    assert found.requests == 3


def test_imported_sweep_is_told_by_its_phases():
    found = summary(table(sample(0), sample(1, phase=1)))

    assert [phase.concurrency for phase in found.phases] == [None, None]
    assert found.client is None


def test_summary_is_what_json_can_hold():
    found = summary(
        ROWS, window_s=(1.0, 4.0), client=CALM, limits=Limits(ttft_ms=100)
    ).as_json()

    # No number that JSON lacks, such as NaN.
    read = json.loads(json.dumps(found, allow_nan=False))
    assert read["version"] == 1
    assert read["window_s"] == [1.0, 4.0]
    assert read["metrics"]["latencies"]["ttft_ms"]["p95"] == {
        "value": None,
        "upper": None,
        "needs": 57,
    }
    assert read["metrics"]["latencies"]["ttft_ms"]["p50"]["value"] == 100
    assert read["metrics"]["errors_by_kind"] == {"http_5xx": 1}
    assert read["goodput"]["good"]["n"] == 3
    assert read["client"]["client_limited"] is False


def test_summary_of_nothing_is_still_one():
    found = summary(table(), load=load(Profile.SWEEP), limits=Limits(ttft_ms=1))

    assert json.dumps(found.as_json(), allow_nan=False)
    assert found.requests == 0
    assert found.phases == ()
