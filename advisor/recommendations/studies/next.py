"""Which endpoint to evaluate next, and what that is worth a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Organization
from advisor.decision.decide import Decision
from advisor.recommendations.amounts import cent
from advisor.recommendations.figures import CURRENCY
from advisor.recommendations.in_use import uses_of
from advisor.recommendations.rejections import offering_of
from advisor.recommendations.standpoint import standpoint_of
from benchmarks.models import Endpoint
from workloads.models import Workload, WorkloadRevision
from workloads.selectors import current_revision, workloads_with_current_revision

Json = dict[str, Any]
MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A workload whose cheaper option lacks only proof; `worth_usd` is a month's.

    That is the saving against what is recommended (against what is in use, where
    nothing is), times the probability that the option meets the floor.
    """

    workload: Workload
    decision: Decision
    worth_usd: Decimal

    def shown(self, endpoints: Iterable[Endpoint]) -> Json:
        """Return the candidate with the endpoints at which it can be asked."""
        proof = self.decision.if_proven
        assert proof is not None  # noqa: S101  # else it is no candidate
        history = self.decision.view.history
        return {
            "workload": {"id": str(self.workload.pk), "name": self.workload.name},
            "offering": offering_of(self.decision, proof.slot),
            "service_tier": history.slot_tier[proof.slot],
            "endpoints": [str(each.pk) for each in endpoints],
            "probability": round(proof.probability, 3),
            "worth_month": cent(self.worth_usd),
            "items": proof.items,
            "calls": proof.calls,
            "costs": None if proof.usd is None else cent(Decimal(str(proof.usd))),
            "currency": CURRENCY,
        }


def next_evaluations(organization: Organization, *, at: datetime) -> list[Json]:
    """Return what to evaluate next, the most worth a month first."""
    candidates = _candidates(organization, at)
    offerings = {UUID(_offering(each)) for each in candidates}
    endpoints = Endpoint.objects.visible_to(organization).filter(
        offering__in=offerings, enabled=True
    )
    by_offering: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints.order_by("name", "pk"):
        by_offering.setdefault(str(endpoint.offering_id), []).append(endpoint)
    return [each.shown(by_offering.get(_offering(each), [])) for each in candidates]


def _candidates(organization: Organization, at: datetime) -> list[Candidate]:
    workloads = workloads_with_current_revision(organization)
    revisions = [current_revision(each) for each in workloads]
    point = standpoint_of(organization, as_of=at, known_at=None)
    uses = uses_of(revisions)
    found = []
    for revision in revisions:
        in_use = uses[revision.workload_id].newest.option
        decision = point.decide(revision, in_use=in_use)
        candidate = _candidate(revision, decision)
        if candidate is not None:
            found.append(candidate)
    return sorted(found, key=lambda each: (-each.worth_usd, each.workload.name))


def _candidate(revision: WorkloadRevision, decision: Decision) -> Candidate | None:
    proof = decision.if_proven
    if proof is None:
        return None
    against = _against(decision, proof.slot)
    if against is None:
        return None
    saving = (against - float(decision.totals[proof.slot])) / MONTHS
    if saving <= 0:
        return None
    return Candidate(
        workload=revision.workload,
        decision=decision,
        worth_usd=Decimal(str(saving * proof.probability)),
    )


def _against(decision: Decision, slot: int) -> float | None:
    """Return the twelve months that proof would save against.

    A provisional pick saves against what is sure enough, else against today's option.
    """
    best = decision.recommended
    if best is not None and best != slot:
        return float(decision.totals[best])
    if decision.proven is not None and decision.proven != slot:
        return float(decision.totals[decision.proven])
    if decision.current is not None:
        return float(decision.today.totals[decision.current])
    return None


def _offering(candidate: Candidate) -> str:
    proof = candidate.decision.if_proven
    assert proof is not None  # noqa: S101  # else it is no candidate
    history = candidate.decision.view.history
    name: str = history.offerings[history.slot_offering[proof.slot]]
    return name
