"""Reads of workloads."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.models import Organization
from workloads.models import UsageRecord, Workload, WorkloadRevision
from workloads.models.usage import PLACE


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
