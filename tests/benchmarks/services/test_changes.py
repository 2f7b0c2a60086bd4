"""A lasting change is noted at the run that confirms it, and only there."""

from datetime import timedelta

import pytest

from benchmarks.harness.samples import SampleTable
from benchmarks.harness.summary import summary
from benchmarks.models import PerformanceChange
from benchmarks.services.changes import first_of, record_changes
from benchmarks.services.keeping import as_json
from tests.factories.benchmarks import (
    JANUARY,
    EndpointFactory,
    FinishedRunFactory,
    steady,
)

pytestmark = pytest.mark.django_db

ASKED = {
    "profile": "single",
    "concurrency": 1,
    "requests_per_second": 1.0,
    "prompt_cache": "cold",
}


def finished(endpoint, hour, *, ttft_ms=200.0, **fields):
    """Return a closed run of ten requests, with what is known of its summary."""
    samples = steady(10, ttft_ms=ttft_ms)
    brief = summary(SampleTable.of(samples)).as_json()
    return FinishedRunFactory(
        **{
            "endpoint": endpoint,
            "slot": JANUARY + timedelta(hours=hour),
            "samples": samples,
            "summary": as_json(brief),
            "asked": ASKED,
            "requests_done": 10,
            **fields,
        }
    )


def noted(run):
    return record_changes(run, run.received_at)


# The detector wants a baseline; levels that vary a little keep it honest.
BEFORE = (200.0, 204.0, 198.0, 202.0, 196.0, 201.0, 203.0, 199.0, 197.0, 200.0)


def test_a_step_is_noted_once_at_the_run_that_confirms_it():
    endpoint = EndpointFactory()
    runs = [finished(endpoint, hour, ttft_ms=ms) for hour, ms in enumerate(BEFORE)]
    changes = [noted(run) for run in runs]
    for hour in range(10, 20):
        runs.append(finished(endpoint, hour, ttft_ms=400.0))
        changes.append(noted(runs[-1]))

    assert not any(changes[:10])
    (change,) = PerformanceChange.objects.all()
    assert (change.figure, change.token_class) == ("ttft_ms_p50", "short")
    assert change.endpoint == endpoint
    assert change.before == pytest.approx(200, rel=0.02)
    assert change.after == pytest.approx(400, rel=0.02)
    assert change.significance >= 1
    # It began with the first slow run and was sure some runs later.
    assert (change.began_run, change.effective_from) == (runs[10], runs[10].started_at)
    assert runs[10].started_at < change.detected_run.started_at
    assert change.received_at == change.detected_run.received_at


def test_runs_that_do_not_feed_advice_or_asked_otherwise_are_no_part_of_a_series():
    endpoint = EndpointFactory()
    for hour, ms in enumerate(BEFORE):
        noted(finished(endpoint, hour, ttft_ms=ms))
    others = {
        "busier": {"asked": {**ASKED, "profile": "concurrent", "concurrency": 8}},
        "longer": {"token_class": "long"},
        "unfed": {"feeds_advice": False, "not_fed_because": "client_limited"},
    }
    for number, fields in enumerate(others.values()):
        for step in range(10):
            minutes = timedelta(minutes=number)
            slot = JANUARY + timedelta(hours=10 + step) + minutes
            run = finished(endpoint, 0, ttft_ms=400.0, **{"slot": slot, **fields})
            if run.feeds_advice:
                noted(run)

    noted(finished(endpoint, 30, ttft_ms=201.0))

    assert not PerformanceChange.objects.exists()


def test_errors_that_become_frequent_are_noted():
    endpoint = EndpointFactory()
    for hour, ms in enumerate(BEFORE * 2):
        noted(finished(endpoint, hour, ttft_ms=ms, requests_done=60))
    for hour in range(20, 26):
        noted(finished(endpoint, hour, requests_done=60, requests_failed=20))

    (change,) = PerformanceChange.objects.all()
    assert change.figure == "error_rate"
    assert change.before == 0
    assert change.after == pytest.approx(20 / 60)


def test_a_run_without_figures_is_passed_over():
    endpoint = EndpointFactory()
    for hour in range(12):
        assert noted(finished(endpoint, hour, summary={})) == []


@pytest.mark.parametrize(
    ("runs", "first"), [(0, 0), (999, 0), (1_000, 500), (1_499, 500), (1_500, 1_000)]
)
def test_a_long_series_is_read_from_a_start_that_stays_for_long(runs, first):
    assert first_of(runs) == first
