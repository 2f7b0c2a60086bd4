"""What the worker does for measurements: the tick that starts them, and each run."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from benchmarks import services
from benchmarks.services import evaluations

QUEUE = "benchmarks"
# A message that no worker took by then is as good as lost: the next tick sends another.
EXPIRES_S = 55


@shared_task
def tick() -> None:
    """Close or take back lost runs, open due slots, and send out what may start.

    Beat calls this. Safe to deliver twice, or twice at once.
    """
    now = timezone.now()
    services.close_lost_runs(at=now)
    evaluations.take_back_lost(at=now)
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


@shared_task(
    soft_time_limit=services.RUN_SOFT_TIME_LIMIT_S,
    time_limit=services.RUN_TIME_LIMIT_S,
)
def execute_evaluation(run_id: str) -> None:
    """Carry an evaluation on, then send what waited; safe to deliver twice or never."""
    evaluations.execute_evaluation(UUID(run_id), at=timezone.now())
    send_claimable()


def send_claimable() -> None:
    """Send one message for each run that could start now, the most urgent first.

    Benchmarks come before evaluations: they are short, and due at their moments.
    """
    for claimable in services.claimable_runs():
        send(claimable.run_id, claimable.provider)
    for claimable in evaluations.claimable_evaluations():
        send_evaluation(claimable.run_id, claimable.provider)


def send(run_id: UUID, provider: str) -> None:
    """Send the message that starts a run; call it once the run is committed.

    It goes to the provider's own queue where BENCHMARK_QUEUES names one.
    """
    _send(execute_run, run_id, provider)


def send_evaluation(run_id: UUID, provider: str) -> None:
    """Send the message that starts an evaluation run, likewise."""
    _send(execute_evaluation, run_id, provider)


def _send(task: Any, run_id: UUID, provider: str) -> None:
    task.apply_async(
        kwargs={"run_id": str(run_id)},
        queue=settings.BENCHMARK_QUEUES.get(provider, QUEUE),
        expires=EXPIRES_S,
    )
