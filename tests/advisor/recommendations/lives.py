"""Advice in a given state, reached at given moments."""

from advisor.recommendations.models import (
    Recommendation,
    RecommendationLife,
    State,
    Transition,
)


def advised(workload, offering, steps, *, service_tier="standard"):
    """Keep advice to take `offering`; `steps` are (state, moment), oldest first."""
    begun = steps[0][1]
    recommendation = Recommendation.objects.create(
        organization=workload.organization,
        workload=workload,
        revision=workload.revisions.latest("number"),
        as_of=begun,
        known_at=begun,
        created_at=begun,
        engine_version="1.1",
        finding="over_provisioned",
        provisional=True,
        picked_offering=offering and offering.pk,
        picked_service_tier=service_tier if offering else "",
        answer={},
    )
    before = ""
    for version, (state, at) in enumerate(steps, start=1):
        Transition.objects.create(
            organization=workload.organization,
            recommendation=recommendation,
            version=version,
            from_state=before,
            to_state=state,
            at=at,
            reason="quality" if state == State.DISMISSED else "",
        )
        before = state
    RecommendationLife.objects.create(
        organization=workload.organization,
        recommendation=recommendation,
        workload=workload,
        state=before,
        version=len(steps),
        changed_at=steps[-1][1],
    )
    return recommendation
