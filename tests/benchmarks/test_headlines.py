"""A run in one line."""

from benchmarks.headlines import headline
from benchmarks.models import BenchmarkRun


def run(**fields):
    return BenchmarkRun(
        **{"status": "succeeded", "requests_done": 20, "requests_failed": 1, **fields}
    )


def test_medians_are_told_as_far_as_they_are_known():
    latencies = {
        "ttft_ms": {"p50": {"value": 81.4}},
        "tpot_ms": {"p50": {"value": None}},
    }

    told = headline(run(summary={"metrics": {"latencies": latencies}}))

    assert told == "succeeded, 19 of 20 answered, 81 ms to the first token"


def test_a_sweep_has_no_medians_and_says_why_it_feeds_no_advice():
    told = headline(run(summary={"metrics": None}, not_fed_because="sweep"))

    assert told == (
        "succeeded, 19 of 20 answered, not for advice: it looked for the point of"
        " saturation"
    )
