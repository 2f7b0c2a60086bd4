"""A run from claim to close, against a simulated endpoint."""

from decimal import Decimal
from ipaddress import ip_network
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks.services import execute_run
from catalog.models import CatalogueChange
from tests.benchmarks.services.measuring import (
    asked_run,
    endpoint_row,
    kept,
)
from tests.factories.catalog import PriceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def loopback_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def carried_out(run):
    execute_run(run.pk, at=timezone.now())
    return kept(run)


def in_background(run):
    """Carry a run out in a thread with a connection of its own."""

    def carry_out():
        try:
            execute_run(run.pk, at=timezone.now())
        finally:
            connection.close()

    thread = Thread(target=carry_out)
    thread.start()
    return thread


def test_a_run_is_measured_priced_and_sealed(endpoint):
    row = endpoint_row(endpoint)
    PriceFactory(offering=row.offering)  # 0.20 in, 0.80 out, USD per Mtok
    run = asked_run(row)

    run = carried_out(run)

    assert (run.status, run.stop_reason, run.failure) == ("succeeded", "completed", "")
    assert (run.requests_total, run.requests_done, run.requests_failed) == (4, 4, 0)
    assert run.samples["phase"].tolist() == [-1, 0, 0, 0, 0]
    assert run.samples["output_tokens"].tolist() == [300] * 5
    # What the provider itself counted, warm-up included.
    prompts = sum(record["prompt_tokens"] for record in endpoint.records())
    assert run.cost_usd == Decimal(prompts) * Decimal("0.2e-6") + Decimal("0.0012")
    # 5 * (100 in + 300 out), as asked: 5 * (0.00002 + 0.00024).
    assert run.estimate_usd == Decimal("0.0013")
    assert run.summary["metrics"]["requests"] == 4
    assert run.client_health["client_limited"] in (True, False)
    assert run.client_version.startswith("python 3.")
    assert run.client_host
    assert run.claimed_at <= run.started_at <= run.finished_at
    assert run.received_at == CatalogueChange.objects.latest("received_at").received_at
    assert run.closed_at >= run.received_at
    assert CatalogueChange.objects.get().concerns == "measurements"
