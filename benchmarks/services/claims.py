"""Which waiting runs may start, and the taking of one by exactly one worker."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from benchmarks.models import BenchmarkRun, NotFed, RunStatus
from benchmarks.services import asking
from benchmarks.services.places import Claimable, startable, takes_place

# A task that measures is told to stop, then killed, before its lease ends; the longest
# run that a plan may ask for (MAX_DEADLINE_S = 480) ends before either.
RUN_SOFT_TIME_LIMIT_S = 540
RUN_TIME_LIMIT_S = 600
RUN_LEASE = timedelta(seconds=660)


def claimable_runs() -> list[Claimable]:
    """Return the waiting runs that could start now, in the order of their turns."""
    waiting = BenchmarkRun.objects.filter(status=RunStatus.QUEUED)
    return startable(waiting, ("-priority", "created_at", "id"))


@transaction.atomic
def claim_run(run_id: UUID, at: datetime) -> BenchmarkRun | None:
    """Take a waiting run for this worker, or return None when it is not to be had.

    It is another worker's, has ended, or must wait because its endpoint, its provider
    or its organization is busy. One whose endpoint is switched off fails instead.
    """
    run = (
        BenchmarkRun.objects.select_related("endpoint__offering", "offering", "plan")
        .filter(pk=run_id, status=RunStatus.QUEUED)
        .first()
    )
    if run is None or run.endpoint is None:
        return None
    if not run.endpoint.enabled:
        fail_waiting(run, "The endpoint was switched off before the run began.", at)
        return None
    if not takes_place(run.endpoint):
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
