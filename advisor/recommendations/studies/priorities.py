"""Lets plans of endpoints whose proof is worth most be measured before others."""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import AuditEvent, Organization
from advisor.recommendations.studies.next import next_evaluations
from benchmarks.models import BenchmarkPlan
from benchmarks.services import revise_plan

log = logging.getLogger(__name__)

# What is worth most gets this, the next one less, down to 1: people go above it.
HIGHEST = 5
UNRANKED = 0


def prioritize_plans(*, at: datetime) -> None:
    """Rank the plans of every organization; one that fails stops no other."""
    owners = BenchmarkPlan.objects.filter(enabled=True).values("organization")
    for organization in Organization.objects.filter(pk__in=owners).order_by("pk"):
        try:
            prioritize_plans_of(organization, at=at)
        except Exception:
            log.exception("plans of %s could not be ranked", organization.pk)


def prioritize_plans_of(organization: Organization, *, at: datetime) -> None:
    """Rank an organization's own plans by what proof at their endpoints is worth.

    Shared plans serve everybody and stay. So does a priority that a person chose.
    """
    wanted = _priorities(organization, at)
    plans = BenchmarkPlan.objects.filter(organization=organization, enabled=True)
    for plan in plans.order_by("pk"):
        _prioritize(plan, wanted, at)


def _priorities(organization: Organization, at: datetime) -> dict[str, int]:
    """Return the priority by endpoint; the first mention of one is its highest."""
    priorities: dict[str, int] = {}
    for place, found in enumerate(next_evaluations(organization, at=at)):
        for endpoint in found["endpoints"]:
            priorities.setdefault(endpoint, max(HIGHEST - place, 1))
    return priorities


@transaction.atomic
def _prioritize(plan: BenchmarkPlan, wanted: Mapping[str, int], at: datetime) -> None:
    # Locked, so that a person who sets it meanwhile is not overruled.
    held = BenchmarkPlan.objects.select_for_update().get(pk=plan.pk)
    priority = wanted.get(str(held.endpoint_id), UNRANKED)
    if priority == held.priority:
        return
    if held.priority == UNRANKED or _was_ranked(held):
        revise_plan(plan=held, fields={"priority": priority}, at=at)


def _was_ranked(plan: BenchmarkPlan) -> bool:
    """Whether nobody but this gave a plan its priority, as the audit record says."""
    newest = (
        AuditEvent.objects.filter(
            action="benchmark_plan.revised",
            target_id=str(plan.pk),
            detail__changed__has_key="priority",
        )
        .order_by("-at", "-pk")
        .first()
    )
    return newest is not None and newest.user is None and newest.api_key is None
