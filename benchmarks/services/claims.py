"""Which waiting runs may start, and the taking of one by exactly one worker."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from benchmarks.models import BenchmarkRun, NotFed, RunStatus
from benchmarks.services import asking

# A task that measures is told to stop, then killed, before its lease ends; the longest
# run that a plan may ask for (MAX_DEADLINE_S = 480) ends before either.
RUN_SOFT_TIME_LIMIT_S = 540
RUN_TIME_LIMIT_S = 600
RUN_LEASE = timedelta(seconds=660)
# The most waiting runs that one tick looks at.
MAX_WAITING = 1_000

# The first halves of advisory locks' keys, apart from all locks with a single key.
_PROVIDERS = 0x42656E63
_ORGANIZATIONS = 0x42656E64


@dataclass(frozen=True, slots=True)
class Claimable:
    """A run that waits and could start now, and whose queue it belongs in."""

    run_id: UUID
    provider: str


def claimable_runs() -> list[Claimable]:
    """Return the waiting runs that could start now, in the order of their turns.

    Organizations take turns, so that none waits for all of another's; within one the
    most urgent comes first, then the oldest. No more of a provider's or organization's
    than it has places, and one of each endpoint's: the rest would be turned away.
    """
    under_way = list(
        _under_way().values_list(
            "endpoint_id", "offering__provider_id", "organization_id"
        )
    )
    busy: set[UUID | None] = {endpoint for endpoint, _, _ in under_way}
    at_provider = Counter(provider for _, provider, _ in under_way)
    of_tenant: Counter[UUID | None] = Counter(tenant for _, _, tenant in under_way)
    claimable = []
    for run_id, endpoint, provider, slug, tenant in _in_turn():
        if (
            endpoint in busy
            or at_provider[provider] >= settings.BENCHMARK_RUNS_PER_PROVIDER
            or of_tenant[tenant] >= settings.BENCHMARK_RUNS_PER_ORGANIZATION
        ):
            continue
        busy.add(endpoint)
        at_provider[provider] += 1
        of_tenant[tenant] += 1
        claimable.append(Claimable(run_id, slug))
    return claimable


def _in_turn() -> Iterable[tuple[UUID, UUID | None, UUID, str, UUID | None]]:
    """Yield the first waiting run of each endpoint, each organization's in turn."""
    urgency = ("-priority", "created_at", "id")
    waiting = (
        BenchmarkRun.objects.filter(status=RunStatus.QUEUED)
        .annotate(
            at_endpoint=Window(RowNumber(), partition_by="endpoint", order_by=urgency),
            turn=Window(RowNumber(), partition_by="organization", order_by=urgency),
        )
        .filter(at_endpoint=1)
        .order_by("turn", "created_at", "id")
    )
    return waiting.values_list(
        "id",
        "endpoint_id",
        "offering__provider_id",
        "offering__provider__slug",
        "organization_id",
    )[:MAX_WAITING]


@transaction.atomic
def claim_run(run_id: UUID, at: datetime) -> BenchmarkRun | None:
    """Take a waiting run for this worker, or return None when it is not to be had.

    It is another worker's, has ended, or must wait because its endpoint, its provider
    or its organization is busy. One whose endpoint is switched off fails instead.
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
    # Always in this order, so that no two claims wait for each other.
    _take_turn(_ORGANIZATIONS, run.organization_id)
    _take_turn(_PROVIDERS, run.offering.provider_id)
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
    beside = list(
        _under_way().values_list(
            "endpoint_id", "offering__provider_id", "organization_id"
        )
    )
    at_provider = sum(each == provider for _, each, _ in beside)
    of_tenant = sum(each == run.organization_id for _, _, each in beside)
    return (
        all(endpoint != run.endpoint_id for endpoint, _, _ in beside)
        and at_provider < settings.BENCHMARK_RUNS_PER_PROVIDER
        and of_tenant < settings.BENCHMARK_RUNS_PER_ORGANIZATION
    )


def _take_turn(lock: int, owner: UUID | None) -> None:
    """Wait until no other transaction claims a run of the same owner; held to commit.

    Without it, two claims at once would each count the places without the other.
    """
    half = int.from_bytes(owner.bytes[-4:], "big", signed=True) if owner else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, half])
