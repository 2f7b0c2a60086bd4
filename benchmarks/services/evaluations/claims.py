"""Which evaluation runs may start, the taking of one, and the giving back."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from benchmarks.harness.runner import StopReason
from benchmarks.models import Endpoint, EvaluationRun, RunStatus
from benchmarks.services import asking
from benchmarks.services.evaluations.closing import close_lost, close_waiting
from benchmarks.services.places import AT_WORK, Claimable, startable, takes_place

# Renewed while its worker is heard of, so a dead one's run waits no longer than this.
LEASE = timedelta(seconds=90)
# What of an endpoint all answers of a run have in common.
_ONE_AND_THE_SAME = ("base_url", "protocol", "wire_model")
# Workers that may die over a run, without an answer in between, until it is given up.
MOST_LOSSES = 3


def claimable_evaluations() -> list[Claimable]:
    """Return the waiting runs that could start now, in the order of their turns.

    One that had fewer turns comes first: a long run keeps no short one waiting.
    """
    waiting = EvaluationRun.objects.filter(status=RunStatus.QUEUED)
    return startable(waiting, ("claims", "created_at", "id"))


@transaction.atomic
def claim_evaluation(run_id: UUID, at: datetime) -> EvaluationRun | None:
    """Take a waiting run for this worker, or return None when it is not to be had.

    It is another worker's, has ended, or must wait because its endpoint, its provider
    or its organization is busy. One whose endpoint was switched off, or calls another
    model in mid-run, is closed instead.
    """
    run = (
        EvaluationRun.objects.select_related("endpoint__offering", "offering")
        .filter(pk=run_id, status=RunStatus.QUEUED)
        .first()
    )
    if run is None or run.endpoint is None:
        return None
    if failure := _ended_by(run, run.endpoint):
        close_waiting(run, failure, at)
        return None
    if not takes_place(run.endpoint):
        return None
    claim = {
        "status": RunStatus.RUNNING,
        "claim": uuid4(),
        "lease_until": at + LEASE,
        # The endpoint may have been revised since: its credential goes nowhere else.
        "asked": {**run.asked, **asking.asked_of_endpoint(run.endpoint)},
    }
    waiting = EvaluationRun.objects.filter(pk=run.pk, status=RunStatus.QUEUED)
    taken = waiting.update(
        claims=F("claims") + 1, started_at=Coalesce("started_at", Value(at)), **claim
    )
    if not taken:
        return None
    for name, value in claim.items():
        setattr(run, name, value)
    run.started_at = run.started_at or at
    return run


def _ended_by(run: EvaluationRun, endpoint: Endpoint) -> str:
    """Return why an endpoint, as it is now, ends a run that waits; else ""."""
    if not endpoint.enabled:
        return "The endpoint was switched off before the run ended."
    now = asking.asked_of_endpoint(endpoint)
    if run.calls_done and any(
        now[name] != run.asked[name] for name in _ONE_AND_THE_SAME
    ):
        return "The endpoint was revised in mid-run: answers of both are not mixed."
    return ""


def put_back(
    run: EvaluationRun, rows: "QuerySet[EvaluationRun]", **fields: object
) -> bool:
    """Let a run wait again for a worker, with what it has; `rows` are where it stands.

    Return False when it stands there no longer.
    """
    waiting = {"status": RunStatus.QUEUED, "claim": None, "lease_until": None}
    still = rows.filter(pk=run.pk, claim=run.claim, status=RunStatus.RUNNING)
    return bool(still.update(**waiting, **fields))


def take_back_lost(at: datetime) -> list[UUID]:
    """Let the runs of dead workers wait again; return their ids.

    A worker that lives after all finds its claim gone and writes nothing more. A run
    that was called off is closed, and so is one that several workers died over.
    """
    taken_back = []
    for run in lost(at):
        stays = lost(at).filter(pk=run.pk, claim=run.claim)
        if run.status == RunStatus.CANCELLED:
            close_lost(run, StopReason.CANCELLED, "", at=at, while_=stays)
        elif run.losses + 1 >= MOST_LOSSES:
            sentence = f"{MOST_LOSSES} workers stopped without a word over it."
            close_lost(run, StopReason.LOST, sentence, at=at, while_=stays)
        elif put_back(run, stays, losses=F("losses") + 1):
            taken_back.append(run.pk)
    return taken_back


def lost(at: datetime) -> "QuerySet[EvaluationRun]":
    """Return the runs whose workers were not heard of for longer than their leases."""
    return EvaluationRun.objects.filter(
        status__in=AT_WORK, closed_at__isnull=True, lease_until__lt=at
    )
