"""Which option serves a workload: what came of advice, else what the buyer says."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from advisor.decision.question import OptionKey
from advisor.recommendations.models import State, Transition
from advisor.recommendations.picks import PICK_FIELDS, pick_key
from workloads.models import Workload, WorkloadRevision


class Use(NamedTuple):
    """An option, None where none is stated, and since when it is in use."""

    since: datetime
    option: OptionKey | None


@dataclass(frozen=True, slots=True)
class Uses:
    """What served one workload, oldest first; never empty."""

    changes: tuple[Use, ...]

    @property
    def newest(self) -> Use:
        """What is in use."""
        return self.changes[-1]

    def before(self, moment: datetime) -> Use | None:
        """Return what was in use just before a moment, None before the first."""
        place = bisect_left(self.changes, moment, key=lambda use: use.since)
        return self.changes[place - 1] if place else None


def option_in_use(
    workload: Workload, revision: WorkloadRevision, *, at: datetime | None = None
) -> OptionKey | None:
    """Return the option that serves a workload, None where nobody ever said.

    That is the pick of the newest recommendation that succeeded after the buyer
    stated a current option, else that option; as known at a moment, if one is given.
    """
    return uses_of([revision], at=at)[workload.pk].newest.option


def uses_of(
    revisions: Iterable[WorkloadRevision], *, at: datetime | None = None
) -> dict[UUID, Uses]:
    """Return what served each workload up to a revision of it; two queries for all."""
    newest = {revision.workload_id: revision.number for revision in revisions}
    succeeded = _successes(newest, at)
    return {
        # The sort keeps a statement of the very moment of a success behind it.
        workload_id: Uses(
            tuple(sorted(succeeded[workload_id] + said, key=lambda use: use.since))
        )
        for workload_id, said in _statements(newest).items()
    }


def _statements(newest: Mapping[UUID, int]) -> defaultdict[UUID, list[Use]]:
    """Return each statement of a current option that differs from the one before.

    An edit of something else repeats the statement: it says nothing new about it.
    """
    rows = WorkloadRevision.objects.filter(workload__in=newest).order_by("number")
    found: defaultdict[UUID, list[Use]] = defaultdict(list)
    for workload_id, number, since, offering, tier in rows.values_list(
        *("workload_id", "number", "received_at"),
        *("current_offering_id", "current_service_tier"),
    ):
        option = pick_key(offering, tier, None)
        said = found[workload_id]
        if number <= newest[workload_id] and (not said or said[-1].option != option):
            said.append(Use(since, option))
    return found


def _successes(
    workloads: Iterable[UUID], at: datetime | None
) -> defaultdict[UUID, list[Use]]:
    rows = Transition.objects.filter(
        to_state=State.SUCCEEDED,
        recommendation__workload__in=list(workloads),
        recommendation__picked_offering__isnull=False,
    )
    if at is not None:
        rows = rows.filter(at__lte=at)
    found: defaultdict[UUID, list[Use]] = defaultdict(list)
    for workload_id, since, *pick in rows.order_by("at", "id").values_list(
        *("recommendation__workload_id", "at"),
        *(f"recommendation__{name}" for name in PICK_FIELDS),
    ):
        found[workload_id].append(Use(since, pick_key(*pick)))
    return found
