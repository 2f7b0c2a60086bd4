"""Which waiting runs may start, and the taking of one by exactly one worker."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from benchmarks.models import BenchmarkRun, NotFed, RunStatus
from benchmarks.services import asking

# A task that measures is told to stop, then killed, before its lease ends; the longest
# run that a plan may ask for (MAX_DEADLINE_S = 480) ends before either.
RUN_SOFT_TIME_LIMIT_S = 540
RUN_TIME_LIMIT_S = 600
RUN_LEASE = timedelta(seconds=660)
# The most waiting runs that one tick looks at.
MAX_WAITING = 1_000

# The first half of an advisory lock's key, apart from all locks with a single key.
_PROVIDERS = 0x42656E63


@dataclass(frozen=True, slots=True)
class Claimable:
    """A run that waits and could start now, and whose queue it belongs in."""

    run_id: UUID
    provider: str


def claimable_runs() -> list[Claimable]:
    """Return the waiting runs that could start now: most urgent, then oldest, first.

    No more of a provider's than it has places, and one of each endpoint's: the rest
    would only be turned away.
    """
    under_way = _under_way().values_list("endpoint_id", "offering__provider_id")
    busy = {endpoint for endpoint, _ in under_way}
    taken = Counter(provider for _, provider in under_way)
    waiting = BenchmarkRun.objects.filter(status=RunStatus.QUEUED).order_by(
        "-priority", "slot", "created_at", "id"
    )
    claimable = []
    for run_id, endpoint, provider, slug in waiting.values_list(
        "id", "endpoint_id", "offering__provider_id", "offering__provider__slug"
    )[:MAX_WAITING]:
        if endpoint in busy or taken[provider] >= settings.BENCHMARK_RUNS_PER_PROVIDER:
            continue
        busy.add(endpoint)
        taken[provider] += 1
        claimable.append(Claimable(run_id, slug))
    return claimable


@transaction.atomic
def claim_run(run_id: UUID, at: datetime) -> BenchmarkRun | None:
    """Take a waiting run for this worker, or return None when it is not to be had.

    It is another worker's, has ended, or must wait because its endpoint or its
    provider is busy. One whose endpoint is switched off fails instead.
    """
    run = (
        BenchmarkRun.objects.select_related("endpoint", "offering", "plan")
        .filter(pk=run_id, status=RunStatus.QUEUED)
        .first()
    )
    if run is None or run.endpoint is None:
        return None
    if not run.endpoint.enabled:
        fail_waiting(run, "The endpoint was switched off before the run began.", at)
        return None
    _take_turn_at(run.offering.provider_id)
    if not _has_place(run):
        return None
    claim = {
        "status": RunStatus.RUNNING,
        "claim": uuid4(),
        "claimed_at": at,
        "lease_until": at + RUN_LEASE,
        "heartbeat_at": at,
        "started_at": at,
        # The endpoint may have been revised since: its credential goes nowhere else.
        "asked": {**run.asked, **asking.asked_of_endpoint(run.endpoint)},
    }
    waiting = BenchmarkRun.objects.filter(pk=run.pk, status=RunStatus.QUEUED)
    if not waiting.update(**claim):
        return None
    for name, value in claim.items():
        setattr(run, name, value)
    return run


def fail_waiting(run: BenchmarkRun, failure: str, at: datetime) -> bool:
    """Close a run that cannot start; return False when it no longer waits."""
    waiting = BenchmarkRun.objects.filter(pk=run.pk, status=RunStatus.QUEUED)
    return bool(
        waiting.update(
            status=RunStatus.FAILED,
            failure=failure[:400],
            not_fed_because=NotFed.NO_ANSWERS,
            cost_usd=0,
            finished_at=at,
            closed_at=at,
        )
    )


def _under_way() -> "QuerySet[BenchmarkRun]":
    """Return the runs that a worker is at, those included that it is told to stop."""
    return BenchmarkRun.objects.filter(
        status__in=(RunStatus.RUNNING, RunStatus.CANCELLED), closed_at__isnull=True
    )


def _has_place(run: BenchmarkRun) -> bool:
    provider = run.offering.provider_id
    beside = _under_way().filter(
        Q(endpoint=run.endpoint_id) | Q(offering__provider=provider)
    )
    endpoints = list(beside.values_list("endpoint_id", flat=True))
    return (
        run.endpoint_id not in endpoints
        and len(endpoints) < settings.BENCHMARK_RUNS_PER_PROVIDER
    )


def _take_turn_at(provider_id: UUID) -> None:
    """Wait until no other transaction claims a run at a provider; held to commit.

    Without it, two claims at once would each count the places without the other.
    """
    half = int.from_bytes(provider_id.bytes[-4:], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PROVIDERS, half])
