"""Endpoints of the simulator as rows, and runs of them that are quick."""

from datetime import UTC, datetime

from benchmarks.models import BenchmarkRun
from benchmarks.services import request_run
from tests.factories.benchmarks import EndpointFactory

SECRET = "sk-simulated-and-secret"
QUICK = {"requests": 4, "warmup": 1}


def endpoint_row(endpoint, **fields):
    """Return the row of a simulated endpoint that answers 300 tokens in about 30 ms."""
    endpoint.behave(ttft_ms=20, itl_ms=0.02, tokens_per_chunk=30)
    return EndpointFactory(
        **{"base_url": endpoint.base_url, "credential": SECRET, **fields}
    )


def asked_run(row, at=None, **fields):
    """Queue a run of four short requests, unless told otherwise."""
    load = {**QUICK, **fields.pop("fields", {})}
    return request_run(endpoint=row, at=at or datetime.now(UTC), fields=load, **fields)


def kept(run):
    return BenchmarkRun.objects.get(pk=run.pk)
