"""Endpoints that were measured for weeks, made up, for benches that need them."""

from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone

from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.models import BenchmarkRun, Endpoint
from catalog.models import Concern, Offering, OfferingKind
from catalog.services.ledger import catalogue_change

REQUESTS = 65


def measured_endpoints(endpoints: int, runs: int) -> None:
    """Keep an endpoint for each of so many chat offerings, with a run for each day."""
    now = timezone.now()
    chosen = Offering.objects.filter(kind=OfferingKind.CHAT, organization=None)
    rows = [
        Endpoint(
            name=f"Endpoint {number}",
            offering=offering,
            base_url="https://api.example.com/v1",
            wire_model=offering.name,
            created_at=now,
        )
        for number, offering in enumerate(chosen.order_by("pk")[:endpoints])
    ]
    Endpoint.objects.bulk_create(rows)
    draw = np.random.default_rng(1)
    with catalogue_change("made up runs", Concern.MEASUREMENTS) as received_at:
        for row in rows:
            days = (now - timedelta(days=1 + day) for day in range(runs))
            BenchmarkRun.objects.bulk_create(
                _run(row, day, received_at, draw) for day in days
            )


def _run(
    endpoint: Endpoint, at: datetime, received_at: datetime, draw: np.random.Generator
) -> BenchmarkRun:
    return BenchmarkRun(
        endpoint=endpoint,
        offering=endpoint.offering,
        service_tier=endpoint.service_tier,
        token_class="short",
        slot=at,
        created_at=at,
        started_at=at,
        finished_at=at,
        closed_at=received_at,
        received_at=received_at,
        status="succeeded",
        feeds_advice=True,
        window_start_s=0.0,
        window_end_s=float(REQUESTS),
        asked={"profile": "single", "concurrency": 1, "requests_per_second": 1.0},
        **SampleTable.of(_sample(number, draw) for number in range(REQUESTS)).columns(),
    )


def _sample(number: int, draw: np.random.Generator) -> Sample:
    ttft, tpot = draw.lognormal(5.5, 0.2), draw.lognormal(3.0, 0.1)
    return Sample(
        intended_s=float(number),
        ttft_ms=ttft,
        answer_ttft_ms=ttft,
        tpot_ms=tpot,
        itl_p95_ms=tpot,
        request_ms=ttft + 299 * tpot,
        http_status=200,
        asked_input_tokens=100,
        asked_output_tokens=300,
        input_tokens=100,
        output_tokens=300,
    )
