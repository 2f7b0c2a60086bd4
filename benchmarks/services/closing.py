"""Closes runs: everything that is known of one is written at once, and then sealed."""

import logging
import socket
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from platform import python_version
from typing import Any

from django.db.models import Q, QuerySet

from benchmarks.harness.loop_lag import ClientHealth
from benchmarks.harness.metrics import Window, measured, window_of
from benchmarks.harness.runner import Outcome, StopReason
from benchmarks.harness.samples import SampleTable
from benchmarks.harness.summary import summary
from benchmarks.models import BenchmarkRun, NotFed, RunStatus
from benchmarks.services import asking, budget, keeping, pricing
from benchmarks.services.changes import record_changes
from benchmarks.services.verdicts import MAX_FAILURE, Verdict, verdict
from benchmarks.services.watching import HEARTBEAT_PATIENCE, ours, started
from catalog.models import Concern
from catalog.services import catalogue_change

log = logging.getLogger(__name__)


class ClaimLost(Exception):
    """The run is no longer this worker's: nothing of it may be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of a run at its end; `client` None is a client nobody saw."""

    samples: SampleTable
    stop: StopReason
    window_s: Window
    cut_off: int = 0
    client: ClientHealth | None = None
    failure: str = ""

    @classmethod
    def of(cls, outcome: Outcome, failure: str = "") -> "Measured":
        """Return what the harness measured."""
        return cls(
            samples=outcome.samples,
            stop=outcome.stop,
            window_s=outcome.window_s,
            cut_off=outcome.cut_off,
            client=outcome.client,
            failure=failure,
        )


def close_run(
    run: BenchmarkRun,
    found: Measured,
    *,
    tariff: pricing.Tariff | None,
    at: datetime,
    secret: str = "",
    while_: "QuerySet[BenchmarkRun] | None" = None,
) -> BenchmarkRun:
    """Write all that was measured, seal the run, and note changes that it shows.

    One transaction in the ledger of changes: advice knows all of it or nothing. The
    run must be among the rows of `while_`, which are those of its claim unless given.
    Raises `ClaimLost` when it no longer is.
    """
    closing = _closing(run, found, tariff=tariff, at=at, secret=secret)
    reason = f"benchmark run {run.pk}"
    with catalogue_change(reason, Concern.MEASUREMENTS) as received_at:
        rows = ours(run) if while_ is None else while_
        held = rows.select_for_update(of=("self",)).first()
        if held is None:
            raise ClaimLost(run.pk)
        if held.status == RunStatus.CANCELLED:
            closing |= _CALLED_OFF
        for name, value in closing.items():
            setattr(held, name, value)
        held.received_at = received_at
        # Not before it is received: the two clocks may differ.
        held.closed_at = max(at, received_at)
        held.save(force_update=True)
        if held.feeds_advice:
            record_changes(held, received_at)
    return held


# However far the worker came, the caller was told that the run is called off.
_CALLED_OFF = {
    "status": RunStatus.CANCELLED,
    "feeds_advice": False,
    "not_fed_because": NotFed.CANCELLED,
    "stop_reason": StopReason.CANCELLED,
}


def _closing(
    run: BenchmarkRun,
    found: Measured,
    *,
    tariff: pricing.Tariff | None,
    at: datetime,
    secret: str,
) -> dict[str, Any]:
    """Return the columns of a run that has ended, received_at and closed_at apart."""
    load = asking.load_of(run.asked)
    samples = keeping.storable(found.samples, secret=secret)
    rows = measured(samples)
    limited = found.client is not None and found.client.client_limited
    judged = verdict(
        rows,
        stop=found.stop,
        load=load,
        wire_model=run.asked["wire_model"],
        client_limited=limited,
    )
    brief = summary(
        samples,
        window_s=found.window_s,
        cut_off=found.cut_off,
        client=found.client,
        load=load,
        limits=asking.limits_of(run.asked),
    )
    return {
        **samples.columns(),
        **_judged(judged, found),
        "finished_at": at,
        "requests_done": len(rows),
        "requests_failed": int(rows.failed.sum()),
        "cut_off": found.cut_off,
        "cost_usd": budget.stored(_cost(run, found, tariff)),
        "client_version": client_version(),
        "client_host": socket.gethostname()[:120],
        "client_health": keeping.as_json(asdict(found.client)) if found.client else {},
        "window_start_s": found.window_s[0],
        "window_end_s": found.window_s[1],
        "summary": keeping.as_json(brief.as_json()),
    }


def _judged(judged: Verdict, found: Measured) -> dict[str, Any]:
    return {
        "status": judged.status,
        "feeds_advice": judged.feeds_advice,
        "not_fed_because": judged.not_fed_because,
        "stop_reason": found.stop,
        "failure": (found.failure or judged.failure)[:MAX_FAILURE],
    }


def _cost(
    run: BenchmarkRun, found: Measured, tariff: pricing.Tariff | None
) -> Decimal | None:
    """Return what the run cost; requests that its end cut off count as estimated."""
    usd = pricing.cost(tariff, found.samples, started(run))
    if usd is None or not found.cut_off:
        return usd
    requests: int = run.requests_total + run.asked["warmup"]
    estimate: Decimal = run.estimate_usd or Decimal(0)
    return usd + estimate * found.cut_off / requests


def close_unstarted(run: BenchmarkRun, failure: str, *, at: datetime) -> None:
    """Close a claimed run that must not start; nothing was measured or spent."""
    ours(run).exclude(status=RunStatus.CANCELLED).update(
        status=RunStatus.FAILED,
        failure=failure[:MAX_FAILURE],
        not_fed_because=NotFed.NO_ANSWERS,
        cost_usd=0,
        finished_at=at,
        closed_at=at,
    )
    # Cancelled in this very moment, it stays so.
    ours(run).update(cost_usd=0, finished_at=at, closed_at=at)


def client_version() -> str:
    """Return what measured: interpreter and the parts that time depends on."""
    parts = (f"{name} {version(name)}" for name in ("uvloop", "httptools"))
    return ", ".join((f"python {python_version()}", *parts))[:60]


def close_lost_runs(at: datetime) -> list[BenchmarkRun]:
    """Close the runs whose workers died, with what they had measured by then.

    A worker that lives after all finds its claim gone and writes nothing more.
    """
    closed = []
    for run in _lost(at).select_related("offering"):
        samples = run.samples
        found = Measured(
            samples=samples, stop=StopReason.LOST, window_s=window_of(samples)
        )
        tariff = pricing.tariff(run.offering, run.service_tier, started(run))
        # Heard of again in the meantime, it is not lost.
        still = _lost(at).filter(pk=run.pk, claim=run.claim)
        try:
            closed.append(close_run(run, found, tariff=tariff, at=at, while_=still))
        except ClaimLost:
            log.info("Run %s is not lost after all.", run.pk)
    return closed


def _lost(at: datetime) -> "QuerySet[BenchmarkRun]":
    silent = Q(heartbeat_at__lt=at - HEARTBEAT_PATIENCE) | Q(lease_until__lt=at)
    return BenchmarkRun.objects.filter(
        silent, status__in=_AT_WORK, closed_at__isnull=True
    )


_AT_WORK = (RunStatus.RUNNING, RunStatus.CANCELLED)
