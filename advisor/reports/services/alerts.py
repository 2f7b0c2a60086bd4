"""Finds news about an organization's workloads, and tells each piece once."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts.models import Organization
from advisor.recommendations.amounts import iso
from advisor.recommendations.catalogue import newest_changes
from advisor.recommendations.in_use import uses_of
from advisor.recommendations.models import Transition
from advisor.recommendations.portfolio.standing import Standing, standing_advice
from advisor.recommendations.standpoint import standpoint_of
from advisor.reports.detection import News, Situation, news_of
from advisor.reports.models import Alert, AlertWatch
from advisor.reports.services.deliveries import queue_alert
from workloads.models import UsageRecord, WorkloadRevision
from workloads.selectors import current_revision, workloads_with_current_revision

# News that grows is told again from this much more on.
GROWTH = Decimal("1.1")


def due_organizations(*, at: datetime) -> list[UUID]:
    """Return whose workloads to look at: where something moved, or a day began."""
    known = newest_changes().known_at
    moved = _moved()
    watches = {watch.organization_id: watch for watch in AlertWatch.objects.all()}
    return [
        organization
        for organization in moved
        if _is_due(watches.get(organization), known, moved[organization], at)
    ]


def _is_due(
    watch: AlertWatch | None, known: datetime, moved: datetime, at: datetime
) -> bool:
    if watch is None:
        return True
    return (
        known > watch.known_at
        or moved > watch.looked_at
        or at.date() > watch.looked_at.date()
    )


def _moved() -> dict[UUID, datetime]:
    """Return when a workload, its advice or its usage last changed, by organization."""
    revisions = WorkloadRevision.objects.filter(workload__archived_at=None)
    newest = dict(
        revisions.values_list("workload__organization").annotate(Max("received_at"))
    )
    others: tuple[Iterable[tuple[UUID, datetime]], ...] = (
        Transition.objects.values_list("organization").annotate(Max("at")),
        UsageRecord.objects.values_list("workload__organization").annotate(
            Max("received_at")
        ),
    )
    for rows in others:
        for organization, moment in rows:
            if organization in newest:
                newest[organization] = max(newest[organization], moment)
    return newest


@transaction.atomic
def look(organization_id: UUID, *, at: datetime) -> list[Alert]:
    """Look at an organization's workloads now, and tell what is new; return it.

    Looks take turns, and the second finds nothing more, so it may be called twice, at
    once, or late. The first look at an organization takes prices and measurements of
    before for known.
    """
    organization = Organization.objects.get(pk=organization_id)
    AlertWatch.objects.get_or_create(
        organization=organization,
        defaults={"known_at": newest_changes().known_at, "looked_at": at},
    )
    watch = AlertWatch.objects.select_for_update().get(organization=organization)
    standpoint_known = newest_changes().known_at
    told: list[Alert] = []
    standing: dict[str, str] = {}
    for situation in _situations(organization, watch, at):
        for news in news_of(situation):
            key = _key(organization, news, watch, standing, at)
            if key is not None:
                told += _tell(situation, news, key, at)
    watch.known_at = max(watch.known_at, standpoint_known)
    watch.looked_at = max(watch.looked_at, at)
    watch.standing = standing
    watch.save()
    return told


def _situations(
    organization: Organization, watch: AlertWatch, at: datetime
) -> Iterator[Situation]:
    workloads = list(workloads_with_current_revision(organization))
    used = uses_of([current_revision(each) for each in workloads])
    advice = standing_advice(organization, at=at)
    standpoint = standpoint_of(organization, as_of=at, known_at=None)
    for workload in workloads:
        workload.organization = organization
        in_use = used[workload.pk].newest.option
        active = advice.get(workload.pk, Standing()).active
        yield Situation(
            workload=workload,
            decision=standpoint.decide(current_revision(workload), in_use=in_use),
            in_use=in_use,
            advice=active,
            known_before=watch.known_at,
            looked_before=watch.looked_at,
            at=at,
        )


def _key(
    organization: Organization,
    news: News,
    watch: AlertWatch,
    standing: dict[str, str],
    at: datetime,
) -> str | None:
    """Return the key to tell news under; None if it has not grown enough."""
    if news.stands:
        condition = f"{news.kind}:{news.subject}"
        standing[condition] = watch.standing.get(condition, iso(at))
        return f"{news.subject}:{standing[condition]}"
    if not news.grows:
        return news.subject
    last = (
        Alert.objects.visible_to(organization)
        .filter(kind=news.kind, key__startswith=f"{news.subject}:")
        .aggregate(Max("size"))["size__max"]
    )
    assert news.size is not None  # noqa: S101  # else it could not grow
    if last is not None and news.size < last * GROWTH:
        return None
    return f"{news.subject}:{news.size}"


def _tell(situation: Situation, news: News, key: str, at: datetime) -> list[Alert]:
    """Keep news as an alert and queue it, unless it was told before."""
    alert, new = Alert.objects.get_or_create(
        organization=situation.workload.organization,
        kind=news.kind,
        key=key,
        defaults={
            "workload": situation.workload,
            "recommendation_id": news.recommendation,
            "at": at,
            "size": news.size,
            "facts": news.facts,
        },
    )
    if new:
        queue_alert(alert, at)
    return [alert] if new else []
