"""Which evaluation runs there were at a moment, without their outcomes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.db.models.fields.json import KeyTransform

from advisor.decision.assumptions import EVALUATED_DAYS
from benchmarks.models import EvaluationRun


class RunMark(NamedTuple):
    """One run that feeds advice, of an offering, or of a model whoever serves it."""

    run_id: UUID
    set_id: UUID
    set_name: str
    version: int
    workload_id: UUID | None
    task_family: str
    suite: str
    offering_id: UUID | None
    service_tier: str
    model: str
    temperature: float | None
    prompt_once: bool | None


def run_marks(
    organization_id: str, *, as_of: datetime, known_at: datetime
) -> list[RunMark]:
    """Return the runs that an organization may use, oldest first; one query.

    Its own, and those of nobody on the ready suite. Older ones than EVALUATED_DAYS are
    history: models are changed behind their names.
    """
    rows = EvaluationRun.objects.filter(
        Q(organization=organization_id) | Q(organization=None),
        feeds_advice=True,
        received_at__lte=known_at,
        finished_at__lte=as_of,
        finished_at__gt=as_of - timedelta(days=EVALUATED_DAYS),
    ).order_by("finished_at", "pk")
    return [
        RunMark(*row)
        for row in rows.values_list(
            *("pk", "evaluation_set_id", "evaluation_set__name"),
            *("evaluation_set__version", "evaluation_set__workload_id"),
            *("evaluation_set__task_family", "evaluation_set__suite"),
            *("offering_id", "service_tier", "language_model__slug", "temperature"),
            KeyTransform("prompt_billed_once", "asked"),
        )
    ]


def own_marks(
    marks: Iterable[RunMark], *, workload_id: UUID | None, task_family: str
) -> list[RunMark]:
    """Return the runs on the buyer's own items that speak for a workload.

    Those on its own sets; without any, those on sets that the organization shares among
    workloads of the task family. Of each name only the newest version counts: an older
    one was replaced because it asked the wrong things.
    """
    own = [mark for mark in marks if not mark.suite]
    of_workload = [mark for mark in own if mark.workload_id == workload_id is not None]
    shared = [
        mark
        for mark in own
        if mark.workload_id is None and mark.task_family == task_family
    ]
    return _newest_versions(of_workload or shared)


def _newest_versions(marks: Sequence[RunMark]) -> list[RunMark]:
    newest: dict[str, int] = {}
    for mark in marks:
        newest[mark.set_name] = max(mark.version, newest.get(mark.set_name, 0))
    return [mark for mark in marks if mark.version == newest[mark.set_name]]


def suite_marks(marks: Iterable[RunMark], *, task_family: str) -> list[RunMark]:
    """Return the runs on the ready suite's sets of a task family."""
    return [mark for mark in marks if mark.suite and mark.task_family == task_family]
