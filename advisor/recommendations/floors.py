"""The quality floor of an answer as it was read, which is not always as stated."""

from typing import Any

import numpy as np

from advisor.decision.arrays import NONE
from advisor.decision.decide import Decision
from advisor.decision.question import FloorKind
from advisor.recommendations.amounts import rounded

Json = dict[str, Any]


def floor_of(decision: Decision) -> Json | None:
    """Return how the floor was read, None where none is stated."""
    floor = decision.question.floor
    if floor.kind == FloorKind.NONE:
        return None
    held = decision.screening.threshold
    reference = None
    if held is not None and held.reference != NONE:
        reference = decision.view.history.models[held.reference]
    return {
        "kind": floor.kind.value,
        "value": floor.value,
        "confidence": floor.confidence,
        "read_as": None if held is None else _read_as(decision),
        "reference_model": reference,
        "threshold": None if held is None else rounded(held.share, 4),
        "note": _note(decision, reference),
    }


def _read_as(decision: Decision) -> str:
    if decision.own is None:
        return FloorKind.RELATIVE.value
    return decision.question.floor.kind.value


def _note(decision: Decision, reference: str | None) -> str:
    floor, own = decision.question.floor, decision.own
    if own is None:
        return _published_note(floor.kind, reference)
    if np.isnan(own.threshold):
        return (
            f"{floor.reference} was not asked your own items, so nothing can be held"
            " against it: evaluate it on the same set."
        )
    if reference is None:
        return "A share of right answers on your own items."
    return f"A share of the best on your own items, which is most likely {reference}."


def _published_note(kind: FloorKind, reference: str | None) -> str:
    if reference is None:
        return "No model that meets the other limits has a published quality."
    if kind == FloorKind.ABSOLUTE:
        return (
            "Nothing was measured on your own items, so the floor is read as that "
            f"share of the published quality of {reference}."
        )
    return f"A share of the published quality of {reference}."
