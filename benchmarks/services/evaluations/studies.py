"""Studies: several endpoints held against one set, batch by batch, to decide."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum

from accounts.audit import Author, record_for
from accounts.models import Organization
from benchmarks.models import (
    Allocation,
    Endpoint,
    EvaluationRun,
    EvaluationSet,
    EvaluationStudy,
)
from benchmarks.services.evaluations.requests import (
    askable_items,
    cancel_evaluation,
    check_drawing,
    request_evaluation,
)
from benchmarks.services.evaluations.sets import freeze
from benchmarks.services.requests import check_enabled
from workloads.models import QualityFloorKind, Workload
from workloads.selectors import current_revision

LEAST_ENDPOINTS, MOST_ENDPOINTS = 2, 50
# Whole numbers up to here survive every reader of JSON.
_SEED_BITS = 53
CANCELLED = "cancelled"

# An endpoint, and the positions that it is asked next.
Batch = Sequence[tuple[Endpoint, Sequence[int]]]


@transaction.atomic
def create_study(
    *,
    organization: Organization,
    evaluation_set: EvaluationSet,
    endpoints: Sequence[Endpoint],
    allocation: str = Allocation.ADAPTIVE,
    workload: Workload | None = None,
    samples: int = 1,
    temperature: float = 0.0,
    floor_kind: str | None = None,
    floor_value: float | None = None,
    confidence: float | None = None,
    budget_calls: int | None = None,
    budget_usd: Decimal | None = None,
    at: datetime,
    author: Author | None = None,
) -> tuple[EvaluationStudy, list[EvaluationRun]]:
    """Open a study; return it and the runs whose messages the caller enqueues.

    Floor and confidence are the workload's own unless stated. Calls are bounded by
    every item for every endpoint, an adaptive study by half of that. A fixed one
    requests all of its runs at once. Raises `ValidationError` keyed by field, and
    `OverBudget`; then nothing is kept.
    """
    _check_endpoints(endpoints, samples, temperature)
    items = askable_items(evaluation_set)
    fixed = allocation == Allocation.FIXED
    whole = len(items) * samples * len(endpoints)
    most = whole if fixed else max(whole // 2, len(endpoints) * samples)
    _check_budget(budget_calls, whole if fixed else len(endpoints) * samples, fixed)
    _check_of_workload(evaluation_set, workload)
    freeze(evaluation_set, at)
    study = EvaluationStudy.objects.create(
        organization=organization,
        evaluation_set=evaluation_set,
        workload=workload,
        allocation=allocation,
        samples=samples,
        temperature=temperature,
        **_floor(workload, floor_kind, floor_value, confidence),
        order_seed=secrets.randbits(_SEED_BITS),
        budget_calls=most if budget_calls is None else min(budget_calls, whole),
        budget_usd=budget_usd,
        created_at=at,
    )
    study.endpoints.set(endpoints)
    record_for(author, action="evaluation_study.opened", target=study, at=at)
    runs: list[EvaluationRun] = []
    if fixed:
        order = study_order(study)
        asks = [(endpoint, order) for endpoint in endpoints]
        runs = _requested(study, asks, at=at, author=author)
        study.rounds = 1
        study.save(update_fields=["rounds"])
    return study, runs


def study_order(study: EvaluationStudy) -> list[int]:
    """Return the positions of the set's items in the order that a study asks them."""
    positions = study.evaluation_set.items.order_by("position").values_list(
        "position", flat=True
    )
    rng = np.random.default_rng(study.order_seed)
    return [int(each) for each in rng.permutation(list(positions))]


@transaction.atomic
def write_batch(
    study: EvaluationStudy, asks: Batch, *, standing: Mapping[str, Any], at: datetime
) -> list[EvaluationRun]:
    """Request the runs of a study's next round; return them, for their messages.

    Nothing is done, and nothing returned, where somebody wrote that round already or
    the study was closed. Raises `OverBudget` when the USD that are left do not suffice.
    """
    held = _held(study)
    if held is None:
        return []
    held.rounds += 1
    held.standing = dict(standing)
    held.looked_at = at
    held.save(update_fields=["rounds", "standing", "looked_at"])
    runs = _requested(held, asks, at=at, author=None)
    study.rounds = held.rounds
    return runs


@transaction.atomic
def close_study(
    study: EvaluationStudy,
    *,
    stop_reason: str,
    standing: Mapping[str, Any],
    at: datetime,
) -> bool:
    """Close a study with what was found; False where it is closed already."""
    rows = EvaluationStudy.objects.select_for_update(of=("self",))
    held = rows.filter(pk=study.pk, closed_at=None).first()
    if held is None:
        return False
    held.stop_reason = stop_reason
    held.standing = dict(standing)
    held.looked_at = held.closed_at = at
    held.save(update_fields=["stop_reason", "standing", "looked_at", "closed_at"])
    return True


@transaction.atomic
def cancel_study(
    study: EvaluationStudy, *, at: datetime, author: Author | None = None
) -> bool:
    """Call a study off with all of its runs; False when it had ended before."""
    if not close_study(study, stop_reason=CANCELLED, standing=study.standing, at=at):
        return False
    for run in study.runs.filter(closed_at=None):
        cancel_evaluation(run=run, at=at, author=author)
    record_for(author, action="evaluation_study.cancelled", target=study, at=at)
    return True


def usd_left(study: EvaluationStudy) -> Decimal | None:
    """Return what a study may still cost; None is no limit.

    Runs that are not over count by their estimate.
    """
    if study.budget_usd is None:
        return None
    runs = study.runs.all()
    over = runs.exclude(cost_usd=None).aggregate(total=Sum("cost_usd"))["total"]
    under_way = runs.filter(cost_usd=None).aggregate(total=Sum("estimate_usd"))
    return study.budget_usd - (over or Decimal(0)) - (under_way["total"] or Decimal(0))


def _held(study: EvaluationStudy) -> EvaluationStudy | None:
    """Lock a study at the round that the caller knows; None if it moved on."""
    rows = EvaluationStudy.objects.select_for_update(of=("self",))
    return rows.filter(pk=study.pk, rounds=study.rounds, closed_at=None).first()


def _requested(
    study: EvaluationStudy, asks: Batch, *, at: datetime, author: Author | None
) -> list[EvaluationRun]:
    return [
        request_evaluation(
            evaluation_set=study.evaluation_set,
            endpoint=endpoint,
            positions=positions,
            samples=study.samples,
            temperature=study.temperature,
            budget_usd=usd_left(study),
            study=study,
            round=max(study.rounds, 1),
            at=at,
            author=author,
        )
        for endpoint, positions in asks
        if positions
    ]


def _check_budget(calls: int | None, least: int, fixed: bool) -> None:
    if calls is None or calls >= least:
        return
    needed = (
        f"A fixed study makes {least:,} calls: give as many, or take the adaptive"
        " allocation."
        if fixed
        else f"One item at every endpoint takes {least:,} calls: give more."
    )
    raise ValidationError({"budget_calls": needed})


def _check_of_workload(
    evaluation_set: EvaluationSet, workload: Workload | None
) -> None:
    owner = evaluation_set.workload_id
    if owner is not None and workload is not None and owner != workload.pk:
        raise ValidationError(
            {
                "evaluation_set": "It is another workload's: take a set of this"
                " workload, or one that its organization shares."
            }
        )


def _check_endpoints(
    endpoints: Sequence[Endpoint], samples: int, temperature: float
) -> None:
    if not LEAST_ENDPOINTS <= len({each.pk for each in endpoints}) <= MOST_ENDPOINTS:
        raise ValidationError(
            {
                "endpoints": f"Give {LEAST_ENDPOINTS} to {MOST_ENDPOINTS} different"
                " ones: a study decides between them."
            }
        )
    sold = Counter((each.offering_id, each.service_tier) for each in endpoints)
    if max(sold.values()) > 1:
        raise ValidationError(
            {
                "endpoints": "Two of them are the same offering on the same tier: take"
                " one of the two."
            }
        )
    for endpoint in endpoints:
        try:
            check_enabled(endpoint)
        except ValidationError as error:
            told = f"{endpoint.name}: {' '.join(error.messages)}"
            raise ValidationError({"endpoints": told}) from error
        check_drawing(endpoint, samples, temperature)


def _floor(
    workload: Workload | None,
    kind: str | None,
    value: float | None,
    confidence: float | None,
) -> dict[str, Any]:
    """Return the floor that is stated, else the workload's."""
    stated = None if workload is None else current_revision(workload)
    if kind is None and stated is not None:
        kind, value = stated.quality_floor_kind, stated.quality_floor_value
    if kind in (None, QualityFloorKind.NONE) or value is None:
        raise ValidationError(
            {
                "quality_floor": "State a floor, or a workload that has one: without it"
                " there is nothing to decide."
            }
        )
    if confidence is None:
        confidence = 0.9 if stated is None else stated.quality_floor_confidence
    return {"floor_kind": kind, "floor_value": value, "confidence": confidence}
