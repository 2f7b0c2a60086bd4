"""Looks after an evaluation run while it asks: its claim, and what was answered."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from benchmarks.harness.questions import Answered
from benchmarks.harness.runner import StopReason
from benchmarks.models import EvaluationRun, RunStatus
from benchmarks.services import budget
from benchmarks.services.evaluations.answers import Answers
from benchmarks.services.evaluations.claims import LEASE
from benchmarks.services.evaluations.closing import ours, standing
from benchmarks.services.evaluations.meter import Meter

log = logging.getLogger(__name__)

# Without the database for so long, the run is about to be another worker's.
PATIENCE = LEASE - timedelta(seconds=30)
# A lease is renewed so often though nothing was answered.
RENEW_EVERY_S = 5.0
# Each write copies the columns: no more than a tenth of the time goes to that.
WRITING_SHARE = 0.1


class Watch:
    """A look of the harness; use it as a context, which ends its thread.

    It grades, reads and writes in a thread with a database connection of its own, so
    that the asking loop waits for none of that. `answers` holds what is not written.
    """

    def __init__(self, run: EvaluationRun, answers: Answers, meter: Meter) -> None:
        self.answers = answers
        self._run = run
        self._meter = meter
        self._heard_s = self._wrote_s = monotonic()
        self._pause_s = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()

    async def __call__(self, answered: Sequence[Answered]) -> StopReason | None:
        """Take in what was answered, and return why the run must stop, if it must."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._look, answered)

    def _look(self, answered: Sequence[Answered]) -> StopReason | None:
        for each in answered:
            self.answers.add(each)
        try:
            reason = self._standing() or self._write()
        except (OperationalError, InterfaceError):
            # The database may be back at the next look.
            connections.close_all()
            if monotonic() - self._heard_s > PATIENCE.total_seconds():
                raise
            log.warning("Evaluation %s could not reach the database.", self._run.pk)
            return None
        self._heard_s = monotonic()
        return reason

    def _standing(self) -> StopReason | None:
        """Return why we may not go on with the run, as its row stands."""
        status = standing(self._run, self.answers)
        if status is None:
            return StopReason.LOST
        return StopReason.CANCELLED if status == RunStatus.CANCELLED else None

    def _write(self) -> StopReason | None:
        begun = monotonic()
        since = begun - self._wrote_s
        if since < (self._pause_s if self.answers else RENEW_EVERY_S):
            return None
        fresh = self.answers.update(self._run) if self.answers else {}
        written = ours(self._run).update(
            lease_until=timezone.now() + LEASE,
            cost_usd=budget.stored(self._meter.cost_usd),
            **fresh,
        )
        if not written:
            return StopReason.LOST
        self._wrote_s = monotonic()
        if fresh:
            standing(self._run, self.answers)
            self._pause_s = (self._wrote_s - begun) / WRITING_SHARE
        return None
