"""A recommendation over HTTP against an insert of a row of its size, and a no-op.

One server with one worker and one thread, one connection, PostgreSQL as careful as in
production. The three kinds of request alternate; ratios are medians over the triples.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import bench.service  # noqa: F401  # before any model
from advisor.recommendations.management.commands.seed_demo import read_credentials
from bench.measurements import measured_endpoints
from catalog.models import (
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Price,
    PublishedScore,
)
from catalog.services.ledger import catalogue_change
from workloads.models import Workload
from workloads.selectors import current_revision
from workloads.services import revise_workload

REQUESTS = 300
GROWN_REQUESTS = 60
ENDPOINTS, RUNS_EACH = 100, 20
COPIES = 15
INSERT_BYTES = 30_000
Phase = tuple[list[float], list[float], list[float]]  # advice, insert, no-op, in ms
FIXED = {"id", "workload", "workload_id", "number", "received_at", "_state"}


def main() -> None:
    """Prepare, measure at one and sixteen catalogues, print a table and one line."""
    for command in ("migrate", "load_catalogue", "seed_demo"):
        call_command(command, verbosity=0)
    safe = _synchronous_commit()
    workload = Workload.objects.filter(organization__slug="demo").earliest("created_at")
    with _server() as client:
        base = _triples(client, workload, REQUESTS)
        first_ms = _first_after_change(client, workload)
    measured_endpoints(ENDPOINTS, runs=RUNS_EACH)
    with _server() as client:
        measured = _triples(client, workload, GROWN_REQUESTS)
    _grow()
    with _server() as client:
        grown = _triples(client, workload, GROWN_REQUESTS)
    kinds = ("recommendation", "insert of 30 kB", "no-op")
    print(f"synchronous_commit {safe}; {REQUESTS} requests, one worker, one connection")
    print(f"{'kind':<18}{'p50 ms':>10}{'p95 ms':>10}", end="")
    print(f"{f'{ENDPOINTS} measured':>16}{'and at 16x':>16}")
    for kind, *phases in zip(kinds, base, measured, grown, strict=True):
        once, told, often = phases
        print(f"{kind:<18}{_p(once, 50):>10.2f}{_p(once, 95):>10.2f}", end="")
        print(f"{_p(told, 50):>16.2f}{_p(often, 50):>16.2f}")
    advice, insert, noop = base
    line = {
        "bench": "advice",
        "ratio": _ratio(advice, insert),
        "ratio_to_noop": _ratio(advice, noop),
        "p50_ms": round(_p(advice, 50), 2),
        "p95_ms": round(_p(advice, 95), 2),
        # The machine's speed drifts between the phases; the no-op drifts with it.
        "measured_100_to_noop": _growth(measured, base),
        "growth_16x": round(_p(grown[0], 50) / _p(measured[0], 50), 2),
        "growth_16x_to_noop": _growth(grown, measured),
        "first_after_change_ms": round(first_ms, 1),
    }
    print(json.dumps(line))


def _growth(later: Phase, earlier: Phase) -> float:
    """Return how many times as long advice takes as in an earlier phase."""
    ratios = [_ratio(advice, noop) for advice, _, noop in (later, earlier)]
    return round(ratios[0] / ratios[1], 2)


def _synchronous_commit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        (value,) = cursor.fetchone()
    return str(value)


def _ratio(values: list[float], others: list[float]) -> float:
    pairs = zip(values, others, strict=True)
    return round(statistics.median(a / b for a, b in pairs), 2)


def _p(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


class Client:
    """One kept connection to the server, with the demo's key."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        key = read_credentials()["api_key"]
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
        }

    def post(self, path: str, body: bytes) -> tuple[int, bytes, float]:
        """Return status, reply and milliseconds from first byte out to last in."""
        begun = time.perf_counter()
        self._connection.request("POST", path, body, self._headers)
        response = self._connection.getresponse()
        reply = response.read()
        return response.status, reply, (time.perf_counter() - begun) * 1e3


@contextmanager
def _server() -> Iterator[Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "1", "--log-level", "warning"),
        "advisor.wsgi:application",
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port)
        yield Client(port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start within 30 s")


def _triples(client: Client, workload: Workload, count: int) -> Phase:
    """Alternate the three kinds; workload and `as_of` differ in every round."""
    path = f"/api/v1/workloads/{workload.pk}/recommendations/"
    columns: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(-5, count):
        _revise(workload, number)
        moment = timezone.now() - timedelta(minutes=7 * (number + 6))
        bodies = (
            (path, {"as_of": moment.isoformat()}),
            ("/bench/insert/", _insert_body(workload)),
            ("/bench/noop/", {}),
        )
        for column, (address, body) in zip(columns, bodies, strict=True):
            status, reply, ms = client.post(address, json.dumps(body).encode())
            if status not in (200, 201):
                raise RuntimeError(f"{address} answered {status}: {reply[:500]!r}")
            if number >= 0:
                column.append(ms)
    return columns


def _revise(workload: Workload, number: int) -> None:
    """Change the demand, so that no answer could have been kept from before."""
    revision = current_revision(workload)
    fields = {
        name: value for name, value in vars(revision).items() if name not in FIXED
    }
    fields["requests_per_month"] = 1_000_000 + 997 * (number + 6)
    fields["input_tokens_mean"] = 900 + number % 200
    revise_workload(workload=workload, fields=fields, at=timezone.now())


def _insert_body(workload: Workload) -> dict[str, Any]:
    row = {"name": "x" * 40, "value": "0.123456", "share": 0.25, "reasons": []}
    answer = [row] * (INSERT_BYTES // len(json.dumps(row)))
    return {
        "workload": str(workload.pk),
        "revision": current_revision(workload).pk,
        "answer": answer,
    }


def _first_after_change(client: Client, workload: Workload) -> float:
    """Commit a new price and time the next request, which must read it all anew."""
    old = Price.objects.filter(service_tier="standard").latest("pk")
    with catalogue_change("a new price") as received_at:
        old.pk = None
        old.effective_from = old.received_at = received_at
        old.save(force_insert=True)
    path = f"/api/v1/workloads/{workload.pk}/recommendations/"
    status, _, ms = client.post(path, b"{}")
    if status != 201:
        raise RuntimeError(f"the request after the change answered {status}")
    return ms


def _grow() -> None:
    """Multiply the catalogue: every offering and model fifteen times more."""
    with catalogue_change("sixteen catalogues") as received_at:
        for copy in range(COPIES):
            _copy_catalogue(f"~{copy}", received_at)


def _copy_catalogue(mark: str, received_at: Any) -> None:
    models = {}
    for model in LanguageModel.objects.exclude(slug__contains="~"):
        twin = LanguageModel(
            slug=f"{model.slug}{mark}", name=model.name, developer=model.developer
        )
        models[model.pk] = twin
    LanguageModel.objects.bulk_create(models.values())
    offerings = {}
    for offering in Offering.objects.exclude(name__contains="~"):
        twin = Offering(
            provider_id=offering.provider_id,
            model=models[offering.model_id],
            name=f"{offering.name}{mark}",
            region=offering.region,
            kind=offering.kind,
            price_source=offering.price_source,
        )
        offerings[offering.pk] = twin
    Offering.objects.bulk_create(offerings.values())
    for rows, owner, twins in (
        (ModelFacts, "model", models),
        (PublishedScore, "model", models),
        (OfferingFacts, "offering", offerings),
        (Price, "offering", offerings),
    ):
        _copy_rows(rows, owner, twins, received_at)


def _copy_rows(rows: Any, owner: str, twins: dict[Any, Any], received_at: Any) -> None:
    copies = []
    for row in rows.objects.filter(**{f"{owner}_id__in": list(twins)}):
        setattr(row, owner, twins[getattr(row, f"{owner}_id")])
        row.pk = None
        row.received_at = received_at
        copies.append(row)
    rows.objects.bulk_create(copies, batch_size=2_000, ignore_conflicts=True)


if __name__ == "__main__":
    main()
