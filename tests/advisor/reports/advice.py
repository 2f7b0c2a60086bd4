"""Workloads of a report, and advice given for them as it really is.

A million requests of 1000 tokens in and 200 out, a month: on small-8b 140 USD, on
large-400b 4200 (see tests.advisor.recommendations.market).
"""

from datetime import UTC, datetime, timedelta

from advisor.recommendations.models import RecommendationLife, Transition
from advisor.recommendations.services import recommend
from tests.factories.workloads import WorkloadRevisionFactory

# The report of ISO week 23 is due on Monday, 1 June 2026, at 8:00 UTC.
WEEK = "2026-W23"
COVERS_TO = datetime(2026, 6, 1, 8, tzinfo=UTC)
COVERS_FROM = COVERS_TO - timedelta(days=7)
IN_WEEK = COVERS_FROM + timedelta(days=2)
BEFORE = COVERS_FROM - timedelta(days=20)


def used(organization, offering, name="Support chat", **fields):
    """Return a workload that states what it uses, without doubt about its growth."""
    return WorkloadRevisionFactory(
        workload__organization=organization,
        workload__name=name,
        current_offering=offering,
        growth_uncertainty=0,
        **fields,
    ).workload


def advise(workload, *, at):
    """Keep advice given at a moment, with its life begun."""
    advice = recommend(workload=workload, as_of=at, at=at)
    Transition.objects.get_or_create(
        recommendation=advice,
        version=1,
        defaults={
            "organization": workload.organization,
            "to_state": "active",
            "at": at,
        },
    )
    RecommendationLife.objects.get_or_create(
        recommendation=advice,
        defaults={
            "organization": workload.organization,
            "workload": workload,
            "changed_at": at,
        },
    )
    return advice


def step(advice, state, *, at, version=2, reason=""):
    """Take advice to its next state."""
    Transition.objects.create(
        organization=advice.organization,
        recommendation=advice,
        version=version,
        from_state="active",
        to_state=state,
        at=at,
        reason=reason,
    )
    RecommendationLife.objects.filter(pk=advice.pk).update(
        state=state, version=version, changed_at=at
    )
