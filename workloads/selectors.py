"""Reads of workloads."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Prefetch, QuerySet

from accounts.models import Organization
from workloads.models import UsageRecord, Workload, WorkloadRevision
from workloads.models.usage import PLACE

ONE_DAY = timedelta(days=1)


def with_current_revision(workloads: "QuerySet[Workload]") -> "QuerySet[Workload]":
    """Return the unarchived workloads with their newest revision at hand.

    One more query, whatever the number of workloads.
    """
    newest = WorkloadRevision.objects.order_by("workload_id", "-number").distinct(
        "workload_id"
    )
    return workloads.filter(archived_at__isnull=True).prefetch_related(
        Prefetch("revisions", queryset=newest, to_attr="current_revisions")
    )


def workloads_with_current_revision(
    organization: Organization,
) -> "QuerySet[Workload]":
    """Return an organization's unarchived workloads, each with its newest revision."""
    return with_current_revision(Workload.objects.visible_to(organization))


def current_revision(workload: Workload) -> WorkloadRevision:
    """Return the newest revision; every workload has one from its creation on."""
    at_hand: list[WorkloadRevision] = getattr(workload, "current_revisions", [])
    if at_hand:
        return at_hand[0]
    return workload.revisions.order_by("-number")[:1].get()


def usage_history(
    workload: Workload, *, since: datetime | None, until: datetime | None
) -> "QuerySet[UsageRecord]":
    """Return usage as received, with whether each record still holds.

    Only periods that share time with the half-open interval from `since` to `until`.
    """
    same = {name: OuterRef(name) for name in PLACE}
    newer = UsageRecord.objects.filter(received_at__gt=OuterRef("received_at"), **same)
    rows = UsageRecord.objects.filter(workload=workload).annotate(holds=~Exists(newer))
    if since is not None:
        rows = rows.filter(used_to__gt=since)
    return rows if until is None else rows.filter(used_from__lt=until)


def daily_requests(
    workload: Workload, *, until: datetime, days: int, at: datetime
) -> list[float] | None:
    """Return the requests of each of the last `days` days before midnight `until`.

    As known at a moment. None where usage of any day is not known whole, or was sent
    for longer than a day: that does not tell how the days differ.
    """
    start = until - days * ONE_DAY
    rows = UsageRecord.objects.filter(
        workload=workload, received_at__lte=at, used_to__gt=start, used_from__lt=until
    ).current()
    requests = [0.0] * days
    reached = start
    for row in sorted(rows, key=lambda row: row.used_from):
        if row.used_to - row.used_from > ONE_DAY:
            if row.is_empty:
                continue  # taken back, so that days may stand in its place
            return None
        if row.used_from > reached:
            return None
        reached = max(reached, row.used_to)
        for day in range(days):
            begins = start + day * ONE_DAY
            inside = min(row.used_to, begins + ONE_DAY) - max(row.used_from, begins)
            share = max(inside / (row.used_to - row.used_from), 0.0)
            requests[day] += row.requests * share
    return requests if reached >= until else None


def last_day_used(workload: Workload, *, at: datetime) -> date | None:
    """Return the last day that usage is known up to the end of, None without any."""
    known = UsageRecord.objects.filter(workload=workload, received_at__lte=at)
    newest: datetime | None = known.aggregate(newest=Max("used_to"))["newest"]
    return None if newest is None else newest.astimezone(UTC).date() - ONE_DAY
