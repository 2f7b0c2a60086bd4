"""Rows that the admin's pages show, and what those pages said."""

import json

from benchmarks.harness.samples import ErrorKind, Sample, SampleTable
from benchmarks.harness.summary import summary
from benchmarks.models import PerformanceChange
from tests.factories.benchmarks import FinishedRunFactory, steady


def measured(**fields):
    """Make a finished run with its summary: TTFT 200 ms, TPOT 20 ms, 1 of 60 failed.

    `samples` replaces the requests.
    """
    timeout = Sample(intended_s=59.0, error=ErrorKind.TIMEOUT)
    samples = fields.pop("samples", [*steady(59), timeout])
    table = SampleTable.of(samples)
    return FinishedRunFactory(
        samples=samples,
        requests_failed=int(table.failed.sum()),
        summary=json.loads(json.dumps(summary(table).as_json())),
        **fields,
    )


def a_change(run=None):
    run = run or measured()
    return PerformanceChange.objects.create(
        endpoint=run.endpoint,
        token_class="short",
        figure="ttft_ms_p50",
        before=200.0,
        after=300.0,
        significance=1.5,
        began_run=run,
        detected_run=run,
        effective_from=run.slot,
        received_at=run.slot,
    )


def said(reply):
    return [str(message) for message in reply.context["messages"]]
