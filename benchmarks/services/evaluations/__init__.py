"""Evaluations: sets of items, runs over them, and what came of those."""

from benchmarks.services.evaluations.claims import (
    claim_evaluation,
    claimable_evaluations,
    take_back_lost,
)
from benchmarks.services.evaluations.execution import execute_evaluation
from benchmarks.services.evaluations.requests import (
    cancel_evaluation,
    open_evaluations,
    request_evaluation,
)

__all__ = [
    "cancel_evaluation",
    "claim_evaluation",
    "claimable_evaluations",
    "execute_evaluation",
    "open_evaluations",
    "request_evaluation",
    "take_back_lost",
]
