"""Endpoints, plans and runs with valid defaults."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.models import BenchmarkPlan, BenchmarkRun, Endpoint
from tests.factories.catalog import OfferingFactory

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


class EndpointFactory(DjangoModelFactory):
    """A shared endpoint of a public offering."""

    class Meta:
        model = Endpoint

    name = factory.Sequence(lambda n: f"Endpoint {n}")
    offering = factory.SubFactory(OfferingFactory)
    base_url = "https://api.example.com/v1"
    wire_model = factory.SelfAttribute("offering.name")
    created_at = JANUARY


class BenchmarkPlanFactory(DjangoModelFactory):
    """Every three hours, sixty short requests one at a time, without a budget."""

    class Meta:
        model = BenchmarkPlan

    endpoint = factory.SubFactory(EndpointFactory)
    organization = factory.SelfAttribute("endpoint.organization")
    token_classes = ["short"]
    requests = 60
    created_at = JANUARY


class BenchmarkRunFactory(DjangoModelFactory):
    """A run that waits for a worker."""

    class Meta:
        model = BenchmarkRun

    endpoint = factory.SubFactory(EndpointFactory)
    organization = factory.SelfAttribute("endpoint.organization")
    offering = factory.SelfAttribute("endpoint.offering")
    service_tier = factory.SelfAttribute("endpoint.service_tier")
    token_class = "short"
    slot = JANUARY
    created_at = factory.SelfAttribute("slot")
    requests_total = 60


class FinishedRunFactory(BenchmarkRunFactory):
    """Sixty requests, one a second: TTFT 200 ms, TPOT 20 ms, 300 tokens each.

    `samples` replaces the requests, `received_at` is when advice may know of it.
    """

    class Meta:
        model = BenchmarkRun

    status = "succeeded"
    started_at = factory.SelfAttribute("slot")
    finished_at = factory.LazyAttribute(lambda run: run.slot + timedelta(minutes=1))
    closed_at = factory.SelfAttribute("finished_at")
    received_at = factory.SelfAttribute("finished_at")
    feeds_advice = True
    stop_reason = "completed"
    requests_done = 60
    cost_usd = Decimal("0.01")
    window_start_s = 0.0
    window_end_s = 60.0

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        samples = kwargs.pop("samples", None)
        table = SampleTable.of(steady() if samples is None else samples)
        return super()._create(model_class, *args, **{**table.columns(), **kwargs})


def steady(count=60, *, ttft_ms=200.0, tpot_ms=20.0, output_tokens=300, **figures):
    """Return requests that are alike: request_ms = ttft + tpot * (tokens - 1)."""
    return [
        Sample(
            intended_s=float(index),
            late_ms=0.0,
            ttft_ms=ttft_ms,
            answer_ttft_ms=ttft_ms,
            tpot_ms=tpot_ms,
            itl_p95_ms=tpot_ms,
            request_ms=ttft_ms + tpot_ms * (output_tokens - 1),
            http_status=200,
            asked_input_tokens=100,
            asked_output_tokens=output_tokens,
            input_tokens=100,
            output_tokens=output_tokens,
            finish_reason="length",
            **figures,
        )
        for index in range(count)
    ]
