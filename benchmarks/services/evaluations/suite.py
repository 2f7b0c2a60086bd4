"""The ready suite as evaluation sets that belong to nobody and are seen by all."""

from datetime import datetime

from django.db import transaction

from benchmarks.models import EvaluationSet
from benchmarks.services.evaluations.sets import SetUnchanged, create_set
from benchmarks.suite import Kind, items


def keep_suite_set(
    kind: Kind, *, seed: int, count: int, at: datetime
) -> EvaluationSet | None:
    """Keep `count` items of a kind as a set; return None when it is there already.

    Other items, from another seed or of another number, become the next version: what
    was measured on those before stays. Raises RunDry where the kind has not as many.
    """
    try:
        with transaction.atomic():
            return create_set(
                organization=None,
                name=f"Ready suite: {kind.title}",
                task_family=kind.task_family,
                description=f"Asks {kind.asks}.",
                suite=kind.name,
                suite_seed=seed,
                items=items(kind, seed=seed, count=count),
                at=at,
            )
    except SetUnchanged:
        return None
