"""Carries a run out: claims it, checks its price, measures, and closes it."""

import logging
from datetime import datetime
from traceback import format_exc
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from accounts.encryption import CannotDecrypt
from benchmarks.harness import runner
from benchmarks.harness.metrics import window_of
from benchmarks.harness.replies import one_line
from benchmarks.harness.runner import CheckpointFailed, StopReason
from benchmarks.headlines import headline
from benchmarks.models import BenchmarkRun, Endpoint
from benchmarks.services import asking, budget, keeping
from benchmarks.services.claims import claim_run, fail_waiting
from benchmarks.services.closing import ClaimLost, Measured, close_run, close_unstarted
from benchmarks.services.pricing import Tariff
from benchmarks.services.requests import priced
from benchmarks.services.watching import Watch

log = logging.getLogger(__name__)

_UNKEPT = "The run's progress could not be written to the database."
_BROKEN = "The measurement itself failed; the log of the worker says how."


def execute_run(run_id: UUID, at: datetime) -> BenchmarkRun | None:
    """Carry out a run that waits, if it may start; return it as it was closed.

    None means that nothing was done, or that the run was taken away in the meantime.
    Safe to call twice or never: the row says what is to be done, and by whom.
    """
    run = _claimed(run_id, at)
    if run is None:
        return None
    try:
        tariff, allowance = _allowed(run, at)
    except budget.OverBudget as refusal:
        close_unstarted(run, str(refusal), at=at)
        return None
    endpoint = _endpoint(run)
    secret = endpoint.credential
    found = _measured(run, endpoint, tariff, allowance)
    # The connection was idle while the harness ran, perhaps for too long.
    close_old_connections()
    if found.stop is StopReason.LOST and not found.failure:
        return None
    try:
        closed = close_run(run, found, tariff=tariff, at=timezone.now(), secret=secret)
    except ClaimLost:
        log.warning("Run %s was taken away before it could be closed.", run.pk)
        return None
    name = one_line(endpoint.name)
    log.info("Measured %s, %s: %s", name, run.token_class, headline(closed))
    return closed


def _claimed(run_id: UUID, at: datetime) -> BenchmarkRun | None:
    """Claim a run; one whose credential no key opens fails with that sentence."""
    try:
        return claim_run(run_id, at)
    except CannotDecrypt as error:
        waiting = BenchmarkRun.objects.get(pk=run_id)
        fail_waiting(waiting, str(error), at)
        return None


def _allowed(run: BenchmarkRun, at: datetime) -> tuple[Tariff | None, budget.Allowance]:
    """Price a claimed run and keep the estimate; raise `OverBudget`."""
    tariff = priced(run, at)
    BenchmarkRun.objects.filter(pk=run.pk, claim=run.claim).update(
        estimate_usd=run.estimate_usd
    )
    return tariff, budget.allowance(run, run.estimate_usd, at=at)


def _measured(
    run: BenchmarkRun,
    endpoint: Endpoint,
    tariff: Tariff | None,
    allowance: budget.Allowance,
) -> Measured:
    """Run the harness; whatever goes wrong, return what was measured by then."""
    secret = endpoint.credential
    watch = Watch(run, tariff=tariff, allowance=allowance, secret=secret)
    try:
        with watch:
            target = asking.target_of(run.asked, endpoint)
            load = asking.load_of(run.asked)
            return Measured.of(runner.run(target, load, watch))
    except CheckpointFailed as failure:
        log.exception("Run %s could not keep its progress.", run.pk)
        return Measured.of(failure.outcome, failure=_UNKEPT)
    except Exception:  # whatever it is, the run must not stay open
        log.error("Run %s: %s", run.pk, keeping.without(secret, format_exc()))
        kept = BenchmarkRun.objects.get(pk=run.pk).samples
        return Measured(
            samples=kept,
            stop=StopReason.LOST,
            window_s=window_of(kept),
            failure=_BROKEN,
        )


def _endpoint(run: BenchmarkRun) -> Endpoint:
    assert run.endpoint is not None  # noqa: S101  # only such runs are claimed
    return run.endpoint
