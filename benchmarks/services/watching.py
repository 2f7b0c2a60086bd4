"""Looks after a run while it is measured: its claim, its budget, what it has so far."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic

from django.db import InterfaceError, OperationalError, connections
from django.db.models import QuerySet
from django.utils import timezone

from benchmarks.harness.runner import StopReason
from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.harness.sending import Progress
from benchmarks.models import BenchmarkRun, RunStatus
from benchmarks.services import budget, keeping, pricing

log = logging.getLogger(__name__)

# A run whose worker was not heard of for so long is closed by the next tick.
HEARTBEAT_PATIENCE = timedelta(seconds=60)
# Looked at twice a second, so that a cancelled run ends at once; written less often,
# since each write copies the run's columns.
WRITE_EVERY_S = 2.0


class Watch:
    """A checkpoint of the harness; use it as a context, which ends its thread.

    It reads and writes in a thread with a database connection of its own, so that the
    measuring loop never waits for either.
    """

    def __init__(
        self,
        run: BenchmarkRun,
        *,
        tariff: pricing.Tariff | None,
        allowance: budget.Allowance,
        secret: str,
    ) -> None:
        self._run = run
        self._tariff = tariff
        self._allowance = allowance
        self._secret = secret
        self._spent = Decimal(0)
        self._unpriced = False
        self._pending: list[Sample] = []
        self._wrote_s = self._heard_s = monotonic()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()

    async def __call__(
        self, samples: Sequence[Sample], progress: Progress
    ) -> StopReason | None:
        """Note what ended, and return why the run must stop, if it must."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, self._look, list(samples), progress
        )

    def _look(self, samples: Sequence[Sample], progress: Progress) -> StopReason | None:
        self._pending.extend(samples)
        self._spend(samples)
        try:
            reason = self._standing() or self._over_budget(progress)
            if reason is None and monotonic() - self._wrote_s >= WRITE_EVERY_S:
                reason = self._write(progress)
        except (OperationalError, InterfaceError):
            # The database may be back at the next look; without it for longer than
            # the patience of others, the run is no longer ours.
            connections.close_all()
            if monotonic() - self._heard_s > HEARTBEAT_PATIENCE.total_seconds():
                raise
            log.warning("Run %s could not reach the database.", self._run.pk)
            return None
        self._heard_s = monotonic()
        return reason

    def _standing(self) -> StopReason | None:
        """Return why we may not go on with the run, as its row stands."""
        status = ours(self._run).values_list("status", flat=True).first()
        if status is None:
            return StopReason.LOST
        return StopReason.CANCELLED if status == RunStatus.CANCELLED else None

    def _write(self, progress: Progress) -> StopReason | None:
        fresh = keeping.storable(SampleTable.of(self._pending), secret=self._secret)
        written = ours(self._run).update(
            heartbeat_at=timezone.now(),
            requests_total=progress.total,
            requests_done=progress.done,
            requests_failed=progress.failed,
            cost_usd=None if self._unpriced else budget.stored(self._spent),
            **keeping.appended(BenchmarkRun, fresh.columns()),
        )
        if not written:
            return StopReason.LOST
        self._pending.clear()
        self._wrote_s = monotonic()
        return None

    def _spend(self, samples: Sequence[Sample]) -> None:
        usd = pricing.cost(self._tariff, SampleTable.of(samples), started(self._run))
        if usd is None:
            self._unpriced = True
        else:
            self._spent += usd

    def _over_budget(self, progress: Progress) -> StopReason | None:
        """Return BUDGET when what is spent, with what is under way, exceeds it."""
        most, estimate = self._allowance.most, self._allowance.estimate
        if most is None:
            return None
        requests = self._run.requests_total + self._run.asked["warmup"]
        each = (estimate or Decimal(0)) / requests
        over = self._spent + each * progress.under_way > most
        return StopReason.BUDGET if over or self._unpriced else None


def ours(run: BenchmarkRun) -> "QuerySet[BenchmarkRun]":
    """Return the run's row as long as the claim on it is this worker's."""
    return BenchmarkRun.objects.filter(
        pk=run.pk, claim=run.claim, closed_at__isnull=True
    )


def started(run: BenchmarkRun) -> datetime:
    """Return when a claimed run began."""
    assert run.started_at is not None  # noqa: S101  # a claim sets it
    return run.started_at
