"""Looks at open studies: the next batch is written, or the study is closed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.core.exceptions import ValidationError

from advisor.decision.evidence.allocation import next_step
from advisor.decision.evidence.contest import Contest
from advisor.recommendations.evaluations.columns import columns_of, items_of
from advisor.recommendations.standpoint import standpoint_of
from advisor.recommendations.studies.contest import (
    Entrant,
    contest_of,
    standing_json,
)
from benchmarks.models import Allocation, Endpoint, EvaluationRun, EvaluationStudy
from benchmarks.sending import send_evaluations_when_committed
from benchmarks.services import OverBudget
from benchmarks.services.evaluations.studies import (
    close_study,
    study_order,
    write_batch,
)
from workloads.selectors import current_revision

log = logging.getLogger(__name__)

MONTHS = 12
# Of a study without a workload, costs are compared for so many calls.
CALLS_COMPARED = 1_000
ALL_ASKED, NO_ENDPOINTS_LEFT = "all_asked", "no_endpoints_left"
OVER_BUDGET, RUN_REFUSED = "over_budget", "run_refused"
LEAST_TO_DECIDE_BETWEEN = 2
# The key of the refusal when an organization has too many runs at a time.
PLACES = "run"


def look_at_studies(*, at: datetime) -> None:
    """Look at every open study; one that fails is logged and stops no other."""
    studies = EvaluationStudy.objects.filter(closed_at=None).order_by("looked_at", "pk")
    for study in studies.select_related("evaluation_set", "workload", "organization"):
        try:
            look_at(study, at=at)
        except Exception:
            log.exception("study %s could not be looked at", study.pk)


def look_at(study: EvaluationStudy, *, at: datetime) -> list[EvaluationRun]:
    """Write a study's next batch or close it, once all runs before have ended.

    Returns the runs of the new batch, which have been sent out. Safe to call twice, or
    at once: only one of the calls writes a round.
    """
    if study.closed_at is not None or study.runs.filter(closed_at=None).exists():
        return []
    look = _Look(study, at)
    if study.allocation == Allocation.FIXED:
        look.close(ALL_ASKED)
        return []
    if len(look.taking_part) < LEAST_TO_DECIDE_BETWEEN:
        look.close(NO_ENDPOINTS_LEFT)
        return []
    assert look.step is not None  # noqa: S101  # there are endpoints to decide between
    if look.step.stop is not None:
        look.close(look.step.stop.value)
        return []
    return look.written()


@dataclass(frozen=True)
class _Costs:
    """What each endpoint costs, and whether that is USD a month."""

    by_endpoint: dict[str, float | None]
    monthly: bool


class _Look:
    """One look at a study: its outcomes by now, and what the core makes of them."""

    def __init__(self, study: EvaluationStudy, at: datetime) -> None:
        self._study, self._at = study, at
        self._order = study_order(study)
        self._endpoints = list(study.endpoints.order_by("pk"))
        self._runs = list(
            study.runs.only(
                "id",
                "endpoint_id",
                "positions",
                "calls_done",
                "cost_usd",
                "feeds_advice",
            )
        )
        self._costs = self._priced()
        self.everybody = [self._entrant(each) for each in self._endpoints]
        self.taking_part = [each for each in self.everybody if not each.dropped]
        self._contest = self._contested() if self.taking_part else None
        self.step = None if self._contest is None else next_step(self._contest)

    def close(self, stop_reason: str) -> None:
        """Close the study with what was found."""
        close_study(
            self._study,
            stop_reason=stop_reason,
            standing=self._standing(),
            at=self._at,
        )

    def written(self) -> list[EvaluationRun]:
        """Write the next batch; close the study where it is refused."""
        try:
            runs = write_batch(
                self._study, self._asks(), standing=self._standing(), at=self._at
            )
        except OverBudget:
            self.close(OVER_BUDGET)
            return []
        except ValidationError as refusal:
            log.warning("study %s: %s", self._study.pk, refusal)
            # Too many runs at a time is no fault of the study: it waits for a place.
            if PLACES not in refusal.message_dict:
                self.close(RUN_REFUSED)
            return []
        send_evaluations_when_committed(runs)
        return runs

    def _asks(self) -> list[tuple[Endpoint, Sequence[int]]]:
        assert self.step is not None  # noqa: S101  # it has no reason to stop
        endpoints = {str(each.pk): each for each in self._endpoints}
        asks: list[tuple[Endpoint, Sequence[int]]] = []
        for ask in self.step.asks:
            entrant = self.taking_part[ask.option]
            next_items = self._order[entrant.asked : entrant.asked + ask.items]
            asks.append((endpoints[entrant.endpoint], next_items))
        return asks

    def _entrant(self, endpoint: Endpoint) -> Entrant:
        own = [run for run in self._runs if run.endpoint_id == endpoint.pk]
        # What says nothing to advice decides no study either, but was asked.
        columns = columns_of(run.pk for run in own if run.feeds_advice)
        return Entrant(
            endpoint=str(endpoint.pk),
            runs=list(columns.values()),
            usd_month=self._costs.by_endpoint[str(endpoint.pk)],
            asked=sum(len(run.positions) for run in own),
        )

    def _contested(self) -> Contest:
        study = self._study
        set_id = study.evaluation_set_id
        assert study.floor_value is not None  # noqa: S101  # a study has a floor
        return contest_of(
            self.taking_part,
            order=self._order,
            items=items_of([set_id])[set_id],
            kind=study.floor_kind,
            value=study.floor_value,
            confidence=study.confidence,
            calls_left=study.budget_calls - self._calls_done,
            samples=study.samples,
        )

    @property
    def _calls_done(self) -> int:
        return sum(run.calls_done for run in self._runs)

    def _standing(self) -> dict[str, object]:
        study = self._study
        whole = len(self._order) * study.samples * len(self._endpoints)
        return standing_json(
            self.step,
            self._contest,
            self.taking_part,
            self.everybody,
            calls_done=self._calls_done,
            calls_of_fixed=whole,
            monthly=self._costs.monthly,
        )

    def _priced(self) -> _Costs:
        """Return what single calls of each endpoint cost; None where nobody knows."""
        study = self._study
        if study.workload is None:
            return _Costs(self._per_calls(), monthly=False)
        assert study.organization is not None  # noqa: S101  # as its workload has
        point = standpoint_of(study.organization, as_of=self._at, known_at=None)
        decision = point.decide(current_revision(study.workload), in_use=None)
        slots = decision.view.history.slot_index
        totals = decision.weighing.alone.total
        costs: dict[str, float | None] = {}
        for endpoint in self._endpoints:
            slot = slots.get((str(endpoint.offering_id), endpoint.service_tier))
            total = np.nan if slot is None else float(totals[slot])
            costs[str(endpoint.pk)] = None if np.isnan(total) else total / MONTHS
        return _Costs(costs, monthly=True)

    def _per_calls(self) -> dict[str, float | None]:
        """Return what the calls that were made cost; before any, nothing is known.

        Until then all count alike, so that the first items can be asked.
        """
        costs: dict[str, float | None] = {}
        for endpoint in self._endpoints:
            own = [run for run in self._runs if run.endpoint_id == endpoint.pk]
            calls = sum(run.calls_done for run in own)
            if not own:
                costs[str(endpoint.pk)] = 1.0
            elif not calls or any(run.cost_usd is None for run in own):
                costs[str(endpoint.pk)] = None
            else:
                spent = sum(float(run.cost_usd or 0) for run in own)
                costs[str(endpoint.pk)] = spent / calls * CALLS_COMPARED
        return costs
