"""One organization's view of the market at a moment, for many questions at once."""

from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import Organization
from advisor.decision.decide import Decision, decide
from advisor.decision.measured import Measurements
from advisor.decision.question import OptionKey
from advisor.decision.traffic import month_starts
from advisor.decision.view import View, view
from advisor.recommendations import services
from advisor.recommendations.catalogue import current_history, newest_changes
from advisor.recommendations.evaluations.seen import (
    EvaluationsSeen,
    evaluations_seen,
)
from advisor.recommendations.measurements import measurements_seen
from advisor.recommendations.questions import question_of
from workloads.models import WorkloadRevision


@dataclass(frozen=True, kw_only=True)
class Standpoint:
    """What an organization can see and know at a moment; read once, asked often."""

    seen: View
    measurements: Measurements
    evaluations: EvaluationsSeen
    known_at: datetime

    def decide(
        self, revision: WorkloadRevision, *, in_use: OptionKey | None
    ) -> Decision:
        """Answer a revision, with `in_use` as the option that serves it now."""
        question = question_of(revision, as_of=self.seen.as_of, previous_pick=None)
        return decide(
            replace(question, current=in_use),
            self.seen,
            services.quality_for(question.task_family, self.seen, self.evaluations),
            self.measurements,
            self.evaluations.of_workload(revision.workload_id, question.task_family),
        )


def standpoint_of(
    organization: Organization, *, as_of: datetime, known_at: datetime | None
) -> Standpoint:
    """Read the market as of a moment, as known at another (None: all that is kept)."""
    newest = newest_changes()
    known = newest.known_at if known_at is None else min(known_at, newest.known_at)
    seen = view(
        current_history(newest.catalogue),
        as_of=as_of,
        known_at=known,
        organization=str(organization.pk),
        horizon_end=month_starts(as_of)[-1],
    )
    return Standpoint(
        seen=seen,
        measurements=measurements_seen(seen, newest.measurements),
        evaluations=evaluations_seen(seen),
        known_at=max(as_of, newest.known_at) if known_at is None else known_at,
    )
