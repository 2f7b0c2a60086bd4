"""Reads of evaluation sets: how many items, of what kind, and what was measured."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from benchmarks.models import EvaluationItem, EvaluationRun, EvaluationSet


def with_counts(
    sets: "QuerySet[EvaluationSet]", runs: "QuerySet[EvaluationRun]"
) -> "QuerySet[EvaluationSet]":
    """Add `item_count`, and `run_count` of those `runs` that are on the set."""
    return sets.annotate(
        item_count=_counted(EvaluationItem.objects.order_by()),
        run_count=_counted(runs.order_by()),
    )


def _counted(rows: "QuerySet[Any]") -> Coalesce:
    each = rows.filter(evaluation_set=OuterRef("pk")).values("evaluation_set")
    counted = each.annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def items_by(evaluation_set: EvaluationSet, column: str) -> dict[str, int]:
    """Return how many items of a set have each value of a column, most first."""
    rows = evaluation_set.items.order_by().values_list(column)
    counted = rows.annotate(count=Count("pk")).order_by("-count", column)
    return {value or "": count for value, count in counted}
