"""Advice with a life of its own, begun when it was given."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from advisor.recommendations.models import (
    Recommendation,
    RecommendationLife,
    State,
    Transition,
)
from tests.factories.workloads import WorkloadRevisionFactory


class RecommendationFactory(DjangoModelFactory):
    """Active advice that picks nothing, with its life and first transition."""

    class Meta:
        model = Recommendation
        skip_postgeneration_save = True

    revision = factory.SubFactory(WorkloadRevisionFactory)
    workload = factory.SelfAttribute("revision.workload")
    organization = factory.SelfAttribute("workload.organization")
    created_at = datetime(2026, 3, 1, tzinfo=UTC)
    as_of = factory.SelfAttribute("created_at")
    known_at = factory.SelfAttribute("created_at")
    engine_version = "1.1"
    provisional = True
    answer = factory.Dict({"options": factory.List([])})

    @factory.post_generation
    def begun(self, create, extracted, **kwargs):
        """Begin its life; there is none for advice that is only built."""
        if not create:
            return
        RecommendationLife.objects.create(
            recommendation=self,
            organization=self.organization,
            workload=self.workload,
            changed_at=self.created_at,
        )
        Transition.objects.create(
            recommendation=self,
            organization=self.organization,
            version=1,
            to_state=State.ACTIVE,
            at=self.created_at,
        )
