"""Who may work where: places at endpoints and providers, and every owner's share.

Runs of either kind, benchmarks and evaluations, take one from the same places: two at
one endpoint would slow each other down, and share its limits.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from benchmarks.models import BenchmarkRun, Endpoint, EvaluationRun, RunStatus

# The most waiting runs that one tick looks at.
MAX_WAITING = 1_000

# The first halves of advisory locks' keys, apart from all locks with a single key.
_PROVIDERS = 0x42656E63
_ORGANIZATIONS = 0x42656E64
_PLACE = ("endpoint_id", "offering__provider_id", "organization_id")

Runs = QuerySet[BenchmarkRun] | QuerySet[EvaluationRun]
Place = tuple[UUID | None, UUID, UUID | None]  # endpoint, provider, organization


@dataclass(frozen=True, slots=True)
class Claimable:
    """A run that waits and could start now, and whose queue it belongs in."""

    run_id: UUID
    provider: str


def startable(waiting: Runs, urgency: Sequence[str]) -> list[Claimable]:
    """Return those of waiting runs that could start now, in the order of their turns.

    Organizations take turns, so that none waits for all of another's; within one the
    first by `urgency` comes first. No more of a provider's or organization's than it
    has places, and one of each endpoint's: the rest would be turned away.
    """
    under_way = occupied()
    busy: set[UUID | None] = {endpoint for endpoint, _, _ in under_way}
    at_provider = Counter(provider for _, provider, _ in under_way)
    of_tenant: Counter[UUID | None] = Counter(tenant for _, _, tenant in under_way)
    found = []
    for run_id, endpoint, provider, slug, tenant in _in_turn(waiting, urgency):
        if (
            endpoint in busy
            or at_provider[provider] >= settings.BENCHMARK_RUNS_PER_PROVIDER
            or of_tenant[tenant] >= settings.BENCHMARK_RUNS_PER_ORGANIZATION
        ):
            continue
        busy.add(endpoint)
        at_provider[provider] += 1
        of_tenant[tenant] += 1
        found.append(Claimable(run_id, slug))
    return found


def _in_turn(
    waiting: Runs, urgency: Sequence[str]
) -> Iterable[tuple[UUID, UUID | None, UUID, str, UUID | None]]:
    """Yield the first waiting run of each endpoint, each organization's in turn."""
    rows = (
        waiting.annotate(
            at_endpoint=Window(RowNumber(), partition_by="endpoint", order_by=urgency),
            turn=Window(RowNumber(), partition_by="organization", order_by=urgency),
        )
        .filter(at_endpoint=1)
        .order_by("turn", "created_at", "id")
    )
    return rows.values_list(
        "id",
        "endpoint_id",
        "offering__provider_id",
        "offering__provider__slug",
        "organization_id",
    )[:MAX_WAITING]


def takes_place(endpoint: Endpoint) -> bool:
    """Return whether a run of the endpoint may start now, and let no other judge so.

    Whoever else asks for a place of the same provider or organization waits until this
    transaction ends: two at once would each count the places without the other.
    """
    provider, owner = endpoint.offering.provider_id, endpoint.organization_id
    # Always in this order, so that no two claims wait for each other.
    _take_turn(_ORGANIZATIONS, owner)
    _take_turn(_PROVIDERS, provider)
    beside = occupied()
    at_provider = sum(each == provider for _, each, _ in beside)
    of_tenant = sum(each == owner for _, _, each in beside)
    return (
        all(each != endpoint.pk for each, _, _ in beside)
        and at_provider < settings.BENCHMARK_RUNS_PER_PROVIDER
        and of_tenant < settings.BENCHMARK_RUNS_PER_ORGANIZATION
    )


def occupied() -> list[Place]:
    """Return where workers are, those included that are told to stop."""
    places: list[Place] = []
    for runs in (BenchmarkRun.objects, EvaluationRun.objects):
        at_work = runs.filter(status__in=AT_WORK, closed_at__isnull=True)
        places += at_work.values_list(*_PLACE)
    return places


# A cancelled run that is not closed yet has a worker still.
AT_WORK = (RunStatus.RUNNING, RunStatus.CANCELLED)


def _take_turn(lock: int, owner: UUID | None) -> None:
    half = int.from_bytes(owner.bytes[-4:], "big", signed=True) if owner else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, half])
