"""Runs whose workers died are closed with what they had measured."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from benchmarks.harness.runner import StopReason
from benchmarks.harness.samples import ErrorKind, SampleTable
from benchmarks.models import BenchmarkRun, PerformanceChange
from benchmarks.services import claim_run, close_lost_runs, request_run
from benchmarks.services.closing import ClaimLost, Measured, close_run
from benchmarks.services.keeping import as_json, storable
from catalog.models import CatalogueChange
from tests.factories.benchmarks import EndpointFactory, steady
from tests.factories.catalog import PriceFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOST = NOON + timedelta(seconds=61)


def claimed(samples=(), endpoint=None, **fields):
    """Return a run that a worker took at noon and was not heard of since."""
    run = request_run(endpoint=endpoint or EndpointFactory(), at=NOON)
    claim_run(run.pk, NOON)
    columns = SampleTable.of(samples).columns()
    BenchmarkRun.objects.filter(pk=run.pk).update(**columns, **fields)
    return run


def test_what_a_dead_worker_measured_is_kept_and_summarized():
    run = claimed(
        steady(20), endpoint=EndpointFactory(offering=PriceFactory().offering)
    )

    (closed,) = close_lost_runs(at=LOST)

    run = BenchmarkRun.objects.get(pk=run.pk)
    assert (closed.pk, run.status, run.stop_reason) == (run.pk, "partial", "lost")
    assert (run.feeds_advice, run.not_fed_because) == (False, "lost")
    assert run.failure == "Its worker stopped without a word."
    assert len(run.samples) == run.requests_done == 20
    assert run.summary["metrics"]["latencies"]["ttft_ms"]["p50"]["value"] == 200
    # 20 * (100 * 0.20 + 300 * 0.80) / 10**6
    assert run.cost_usd == Decimal("0.0052")
    assert run.received_at == CatalogueChange.objects.get().received_at
    assert run.finished_at == LOST


def test_a_run_of_which_nothing_was_measured_fails():
    claimed()

    close_lost_runs(at=LOST)

    run = BenchmarkRun.objects.get()
    assert (run.status, run.not_fed_because) == ("failed", "no_answers")
    assert run.failure == (
        "No request was answered. Its worker stopped without a word."
    )


def test_a_cancelled_run_whose_worker_died_is_closed_as_cancelled():
    claimed(steady(3), status="cancelled")

    close_lost_runs(at=LOST)

    run = BenchmarkRun.objects.get()
    assert (run.status, run.not_fed_because) == ("cancelled", "cancelled")
    assert (run.closed_at is not None, len(run.samples)) == (True, 3)


def test_a_worker_heard_of_within_a_minute_is_left_alone():
    claimed(heartbeat_at=NOON + timedelta(seconds=30))

    assert close_lost_runs(at=NOON + timedelta(seconds=89)) == []
    assert len(close_lost_runs(at=NOON + timedelta(seconds=91))) == 1


def test_a_lease_that_is_over_ends_a_run_that_beats_still():
    over = NOON + timedelta(minutes=11, seconds=1)
    claimed(heartbeat_at=over)

    assert len(close_lost_runs(at=over)) == 1


def test_runs_that_wait_or_have_ended_are_not_lost():
    request_run(endpoint=EndpointFactory(), at=NOON)
    claimed()
    close_lost_runs(at=LOST)

    assert close_lost_runs(at=LOST + timedelta(hours=1)) == []


def test_rows_written_in_the_order_of_their_ends_are_sorted_when_closed():
    run = claimed(steady(3))
    shuffled = {"intended_s": [2.0, 0.0, 1.0], "ttft_ms": [3.0, 1.0, 2.0]}
    BenchmarkRun.objects.filter(pk=run.pk).update(**shuffled)

    close_lost_runs(at=LOST)

    kept = BenchmarkRun.objects.get().samples
    assert kept["intended_s"].tolist() == [0, 1, 2]
    assert kept["ttft_ms"].tolist() == [1, 2, 3]


def test_what_an_endpoint_says_is_stored_whatever_it_is():
    (sample,) = steady(1, ttft_ms=math.inf)
    sample.error = ErrorKind.HTTP_5XX
    sample.error_detail = "a\x00b\ud800" + "c" * 300
    sample.served_model = "told sk-secret-1 twice: sk-secret-1"
    claimed_run = claimed()

    table = storable(SampleTable.of([sample]), secret="sk-secret-1")
    rows = BenchmarkRun.objects.filter(pk=claimed_run.pk)
    rows.update(**table.columns())

    kept = rows.get().samples
    assert kept.words["error_detail"] == ("ab?" + "c" * 197,)
    assert kept.words["served_model"] == ("told [credential] twice: [credential]",)
    assert math.isnan(kept["ttft_ms"][0])


def test_a_summary_holds_no_number_that_json_has_no_word_for():
    found = as_json({"a": (math.nan, 1.5, math.inf), 2: [None, "x", True]})

    assert found == {"a": [None, 1.5, None], "2": [None, "x", True]}


def test_another_workers_claim_is_not_closed_as_the_first_ones():
    run = claimed()
    (lost,) = [row for row in BenchmarkRun.objects.all() if row.pk == run.pk]
    BenchmarkRun.objects.update(claim=uuid4(), heartbeat_at=LOST)

    assert close_lost_runs(at=LOST) == []
    assert BenchmarkRun.objects.get().claim != lost.claim


def closed_in_full(endpoint, hour, ttft_ms):
    """Return a run of ten requests that a worker has claimed, measured and closed."""
    at = NOON + timedelta(hours=hour)
    run = claim_run(request_run(endpoint=endpoint, at=at).pk, at)
    samples = SampleTable.of(steady(10, ttft_ms=ttft_ms))
    found = Measured(samples=samples, stop=StopReason.COMPLETED, window_s=(0.0, 10.0))
    return close_run(run, found, tariff=None, at=at + timedelta(minutes=1))


def test_a_run_and_the_change_that_it_confirms_become_known_at_one_moment():
    endpoint = EndpointFactory()
    for hour in range(10):
        closed_in_full(endpoint, hour, ttft_ms=200.0 + hour % 3)

    slow = [closed_in_full(endpoint, hour, ttft_ms=400.0) for hour in range(10, 16)]

    change = PerformanceChange.objects.get(figure="ttft_ms_p50")
    assert change.detected_run in slow
    assert change.began_run == slow[0]
    assert change.received_at == change.detected_run.received_at
    assert all(run.feeds_advice for run in slow)


def test_what_was_closed_by_another_is_not_closed_again():
    run = claimed(steady(5))
    held = BenchmarkRun.objects.get()
    close_lost_runs(at=LOST)
    moments = CatalogueChange.objects.count()

    with pytest.raises(ClaimLost):
        close_run(
            held,
            Measured(
                samples=SampleTable.of(steady(9)),
                stop=StopReason.COMPLETED,
                window_s=(0.0, 9.0),
            ),
            tariff=None,
            at=LOST,
        )

    assert len(BenchmarkRun.objects.get(pk=run.pk).samples) == 5
    assert CatalogueChange.objects.count() == moments
