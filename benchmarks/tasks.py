"""What the worker does for measurements: the tick that starts them, and each run."""

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from benchmarks import services

QUEUE = "benchmarks"
# A message that no worker took by then is as good as lost: the next tick sends another.
EXPIRES_S = 55


@shared_task
def tick() -> None:
    """Close lost runs, open due slots, and send out what may start; beat calls this.

    Safe to deliver twice, or twice at once.
    """
    now = timezone.now()
    services.close_lost_runs(at=now)
    services.open_due_slots(at=now)
    send_claimable()


@shared_task(
    soft_time_limit=services.RUN_SOFT_TIME_LIMIT_S,
    time_limit=services.RUN_TIME_LIMIT_S,
)
def execute_run(run_id: str) -> None:
    """Carry a run out, then send what waited for it; safe to deliver twice or never."""
    services.execute_run(UUID(run_id), at=timezone.now())
    send_claimable()


def send_claimable() -> None:
    """Send one message for each run that could start now, the most urgent first."""
    for claimable in services.claimable_runs():
        send(claimable.run_id, claimable.provider)


def send(run_id: UUID, provider: str) -> None:
    """Send the message that starts a run; call it once the run is committed.

    It goes to the provider's own queue where BENCHMARK_QUEUES names one.
    """
    execute_run.apply_async(
        kwargs={"run_id": str(run_id)},
        queue=settings.BENCHMARK_QUEUES.get(provider, QUEUE),
        expires=EXPIRES_S,
    )
