"""Gives advice anew when something happened that matters, and never for noise."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q

from advisor.decision.decide import Decision
from advisor.decision.quote import Quoter
from advisor.recommendations import selectors
from advisor.recommendations.answer import answer_of
from advisor.recommendations.catalogue import Newest, newest_changes
from advisor.recommendations.materiality import Thresholds, matters, position_of
from advisor.recommendations.models import (
    Cause,
    Recommendation,
    RecommendationLife,
    State,
    WorkloadWatch,
)
from advisor.recommendations.services.advice import decide_on, keep, pick_of
from advisor.recommendations.services.life import expire, lock_workload
from workloads.models import Workload, WorkloadRevision
from workloads.selectors import current_revision

logger = logging.getLogger(__name__)

# Measurements come in all day, and each would have every workload decided anew.
NEWS_AFTER = timedelta(minutes=5)
# Announced prices begin to hold though nothing new is known.
CHECK_EVERY = timedelta(days=1)
# Advice that could not be renewed for so long is no advice any more.
LAPSES_AFTER = timedelta(days=45)
MONTHS = 12


def due_workloads(*, at: datetime) -> dict[UUID, list[UUID]]:
    """Return the workloads to check, by organization; two queries.

    Those never checked, and those with a newer revision, a change in what is known
    (five minutes later at most), a day, or the turn of a month (UTC) since; and
    archived ones with active advice.
    """
    revised = F("newest_revision")
    unchecked = (
        Q(watch=None)
        | Q(
            watch__known_at__lt=newest_changes().known_at,
            watch__checked_at__lte=at - NEWS_AFTER,
        )
        | Q(watch__revision_number__lt=revised)
        | Q(watch__checked_at__lte=at - CHECK_EVERY)
        | Q(watch__checked_at__lt=_month_of(at))
    )
    active = RecommendationLife.objects.filter(
        workload=OuterRef("pk"), state=State.ACTIVE
    )
    rows = (
        Workload.objects.annotate(newest_revision=Max("revisions__number"))
        .filter(
            (Q(archived_at=None) & Q(newest_revision__isnull=False) & unchecked)
            | (Q(archived_at__isnull=False) & Exists(active))
        )
        .order_by("organization_id", "pk")
    )
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for organization_id, workload_id in rows.values_list("organization_id", "pk"):
        found[organization_id].append(workload_id)
    return dict(found)


def check_workloads(workload_ids: Iterable[UUID], *, at: datetime) -> None:
    """Check workloads one by one; one that fails is logged and stops no other."""
    for workload_id in workload_ids:
        try:
            check_workload(workload_id, at=at)
        except Exception:
            logger.exception("workload %s could not be checked", workload_id)


def check_workload(workload_id: UUID, *, at: datetime) -> Recommendation | None:
    """Give a workload new advice if there is news; safe to call twice, or at once."""
    workload = Workload.objects.select_related("organization").get(pk=workload_id)
    if workload.archived_at is not None:
        expire(workload_id, at=at, unchanged_since=at)
        return None
    newest = newest_changes()
    with transaction.atomic():
        lock_workload(workload_id)
        revision = current_revision(workload)
        watch = WorkloadWatch.objects.filter(pk=workload_id).first()
        if watch is not None and not _is_due(watch, revision, newest, at):
            return None
        try:
            with transaction.atomic():
                given = _advise_on_news(workload, revision, watch, newest, at)
        except Exception:
            # The watch still moves on: a failure must not be repeated each minute.
            logger.exception("no advice could be given for workload %s", workload_id)
            given = None
            expire(workload_id, at=at, unchanged_since=at - LAPSES_AFTER)
        _note(workload, revision, newest, at)
    return given


def _is_due(
    watch: WorkloadWatch, revision: WorkloadRevision, newest: Newest, at: datetime
) -> bool:
    """Tell again, under the lock, what `due_workloads` told before it."""
    return (
        (watch.known_at < newest.known_at and watch.checked_at <= at - NEWS_AFTER)
        or watch.revision_number < revision.number
        or watch.checked_at <= at - CHECK_EVERY
        or watch.checked_at < _month_of(at)
    )


def _note(
    workload: Workload, revision: WorkloadRevision, newest: Newest, at: datetime
) -> None:
    WorkloadWatch.objects.update_or_create(
        workload=workload,
        defaults={
            "organization_id": workload.organization_id,
            "revision_number": revision.number,
            "known_at": newest.known_at,
            "checked_at": at,
        },
    )


def _advise_on_news(
    workload: Workload,
    revision: WorkloadRevision,
    watch: WorkloadWatch | None,
    newest: Newest,
    at: datetime,
) -> Recommendation | None:
    last = selectors.latest_with_life(workload)
    decision = decide_on(
        revision,
        organization=workload.organization,
        as_of=at,
        known_at=at,
        previous_pick=pick_of(last),
    )
    cause = _due_anyway(last, revision, at)
    if cause is None and last is not None and not _is_news(last, decision, revision):
        return None
    return keep(
        decision,
        workload=workload,
        revision=revision,
        last=last,
        at=at,
        author=None,
        cause=cause or _learned(watch, newest),
    )


def _due_anyway(
    last: Recommendation | None, revision: WorkloadRevision, at: datetime
) -> str | None:
    """Return why advice is due whatever it says, None if only news makes it so.

    Advice that is followed, or was dismissed, is not repeated because a month turned.
    """
    if last is None or last.life.state == State.EXPIRED:
        return Cause.SCHEDULE
    if last.revision_id != revision.pk:
        return Cause.WORKLOAD
    if last.life.state == State.ACTIVE and last.as_of < _month_of(at):
        return Cause.SCHEDULE
    return None


def _learned(watch: WorkloadWatch | None, newest: Newest) -> str:
    """Return what has been learned since the last check, the catalogue first."""
    if watch is None or watch.known_at < newest.catalogue:
        return Cause.CATALOGUE
    if watch.known_at < newest.measurements:
        return Cause.MEASUREMENTS
    return Cause.SCHEDULE


def _is_news(
    last: Recommendation, decision: Decision, revision: WorkloadRevision
) -> bool:
    """Tell whether a decision says something else than the advice given last."""
    least = max(settings.ADVICE_MATERIAL_USD_PER_MONTH, revision.minimum_saving_usd)
    return matters(
        position_of(last.answer),
        position_of(answer_of(decision)),
        kept_spend=_kept_spend(last, decision),
        thresholds=Thresholds(
            usd_per_month=least, share=settings.ADVICE_MATERIAL_SHARE
        ),
    )


def _kept_spend(last: Recommendation, decision: Decision) -> Decimal | None:
    """Return what the last pick costs by now a month, None if it is refused."""
    pick = pick_of(last)
    slot = decision.view.slot_of(pick)
    if pick is None or slot is None or slot not in decision.ranking.order:
        return None
    quote = Quoter(decision).of_key(pick)
    return None if quote is None else quote.total / MONTHS


def _month_of(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
