"""The items of a set that brought outcomes are of: matched, or taken from the file."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError

from benchmarks.grading import BROUGHT
from benchmarks.importers.outcome_rows import Outcome, RowProblem, RowsRefused
from benchmarks.models import EvaluationItem, EvaluationSet
from benchmarks.models.evaluations.sets import MAX_ITEMS
from benchmarks.services.evaluations.sets import freeze

_NAMED = 5


def items_by_key(evaluation_set: EvaluationSet) -> dict[str, EvaluationItem]:
    """Return the set's items by key."""
    return {item.key: item for item in evaluation_set.items.all()}


def items_for(
    evaluation_set: EvaluationSet,
    outcomes: Sequence[Outcome],
    seen: Mapping[str, EvaluationItem],
    at: datetime,
) -> dict[str, EvaluationItem]:
    """Return the set's items by key, and freeze the set; call it with the set locked.

    `seen` are its items as they were when answers were graded. A set without items
    takes those of the outcomes, in order of appearance. Raises RowsRefused where an
    outcome is of no item of the set, and ValidationError where the items changed.
    """
    known = items_by_key(evaluation_set)
    if {item.pk for item in known.values()} != {item.pk for item in seen.values()}:
        message = "The set was changed at this very moment: send the outcomes again."
        raise ValidationError({"item": [message]})
    if not known and evaluation_set.frozen_at is None:
        known = _taken(evaluation_set, outcomes)
    _check_known(known, outcomes)
    freeze(evaluation_set, at)
    return known


def _taken(
    evaluation_set: EvaluationSet, outcomes: Iterable[Outcome]
) -> dict[str, EvaluationItem]:
    keys = list(dict.fromkeys(each.item for each in outcomes))
    if len(keys) > MAX_ITEMS:
        message = f"A set has at most {MAX_ITEMS:,} items; these are {len(keys):,}."
        raise ValidationError({"item": [message]})
    items = [
        EvaluationItem(
            evaluation_set=evaluation_set,
            position=position,
            key=key,
            messages=[],
            grader={"kind": BROUGHT},
        )
        for position, key in enumerate(keys)
    ]
    EvaluationItem.objects.bulk_create(items, batch_size=2_000)
    digest = hashlib.sha256(json.dumps(keys).encode())
    evaluation_set.content_hash = digest.hexdigest()
    evaluation_set.save(update_fields=["content_hash"])
    return {item.key: item for item in items}


def _check_known(
    known: Mapping[str, EvaluationItem], outcomes: Iterable[Outcome]
) -> None:
    first_rows: dict[str, int] = {}
    for each in outcomes:
        if each.item not in known:
            first_rows.setdefault(each.item, each.row)
    if not first_rows:
        return
    named = ", ".join(list(first_rows)[:_NAMED])
    more = f" and {len(first_rows) - _NAMED:,} more" if len(first_rows) > _NAMED else ""
    detail = f"The set has no such item; not in it are {named}{more}."
    raise RowsRefused(RowProblem(row, "item", detail) for row in first_rows.values())
