"""What the worker does for advice: the tick that finds what may be new, and each check.

The rows say what is due, so a message lost, late or sent twice does no harm.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from advisor.recommendations import services
from advisor.recommendations.studies import looking, priorities

# A check takes tens of milliseconds; so many in one message stay far below the limits.
PER_MESSAGE = 50
# A message that no worker took by then is as good as lost: the next tick sends another.
EXPIRES_S = 55


@shared_task
def tick() -> None:
    """Send out every workload whose advice may have changed; beat calls this.

    Studies that wait for nothing are led on: their next batch is written, or they end.
    """
    look_at_studies.apply_async(expires=EXPIRES_S)
    due = services.due_workloads(at=timezone.now())
    for workload_ids in _in_messages(due.values()):
        check_workloads.apply_async(
            kwargs={"workload_ids": workload_ids}, expires=EXPIRES_S
        )


@shared_task
def check_workloads(workload_ids: list[str]) -> None:
    """Check some workloads of one organization; safe to deliver twice or never."""
    services.check_workloads(map(UUID, workload_ids), at=timezone.now())


@shared_task
def look_at_studies() -> None:
    """Lead open studies on; safe to deliver twice, at once, or never."""
    looking.look_at_studies(at=timezone.now())


@shared_task
def prioritize_plans() -> None:
    """Let plans whose endpoints' proof is worth most go first; safe to repeat."""
    priorities.prioritize_plans(at=timezone.now())


def _in_messages(due: Iterable[list[UUID]]) -> Iterator[list[str]]:
    """Yield the ids of each organization in turn, a message's worth at a time."""
    for workload_ids in due:
        for start in range(0, len(workload_ids), PER_MESSAGE):
            yield [str(each) for each in workload_ids[start : start + PER_MESSAGE]]
