"""Which option serves a workload now: what came of advice, else what the buyer says."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from advisor.decision.question import OptionKey
from advisor.recommendations.models import State, Transition
from workloads.models import Workload, WorkloadRevision


class _Dated(NamedTuple):
    """An option and since when it is known to be in use."""

    since: datetime
    option: OptionKey | None


def option_in_use(
    workload: Workload, revision: WorkloadRevision, *, at: datetime | None = None
) -> OptionKey | None:
    """Return the option that serves a workload, None where nobody ever said.

    That is the pick of the newest recommendation that succeeded after the buyer
    stated a current option, else that option; as known at a moment, if one is given.
    """
    return options_in_use([revision], at=at)[workload.pk]


def options_in_use(
    revisions: Iterable[WorkloadRevision], *, at: datetime | None = None
) -> dict[UUID, OptionKey | None]:
    """Return the option in use by workload; two queries, whatever their number."""
    newest = {revision.workload_id: revision for revision in revisions}
    stated = _statements(newest)
    succeeded = _successes(newest, at)
    found = {}
    for workload_id, statement in stated.items():
        success = succeeded.get(workload_id)
        later = success is not None and success.since > statement.since
        found[workload_id] = success.option if success and later else statement.option
    return found


def _statements(newest: dict[UUID, WorkloadRevision]) -> dict[UUID, _Dated]:
    """Return what each revision states as current, and since when it has done so.

    An edit of something else repeats the statement: it says nothing new about it.
    """
    rows = WorkloadRevision.objects.filter(workload__in=newest)
    columns = ("workload_id", "number", "received_at")
    current = ("current_offering_id", "current_service_tier")
    found: dict[UUID, _Dated] = {}
    for workload_id, number, received_at, offering, tier in rows.order_by(
        "workload_id", "number"
    ).values_list(*columns, *current):
        option = _key(offering, tier)
        before = found.get(workload_id)
        if number > newest[workload_id].number:
            continue
        if before is None or before.option != option:
            found[workload_id] = _Dated(received_at, option)
    return found


def _successes(workloads: Iterable[UUID], at: datetime | None) -> dict[UUID, _Dated]:
    rows = Transition.objects.filter(
        to_state=State.SUCCEEDED,
        recommendation__workload__in=list(workloads),
        recommendation__picked_offering__isnull=False,
    )
    if at is not None:
        rows = rows.filter(at__lte=at)
    found = rows.order_by("at", "id").values_list(
        "recommendation__workload_id",
        "at",
        "recommendation__picked_offering",
        "recommendation__picked_service_tier",
    )
    # The newest comes last, and stays.
    return {
        workload_id: _Dated(moment, _key(offering, tier))
        for workload_id, moment, offering, tier in found
    }


def _key(offering: UUID | None, service_tier: str) -> OptionKey | None:
    if offering is None:
        return None
    return OptionKey(offering=str(offering), service_tier=service_tier)
