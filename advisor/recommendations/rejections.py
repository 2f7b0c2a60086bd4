"""How an answer names an offering, and every reason against it."""

from typing import Any

from advisor.decision.decide import Decision
from advisor.decision.measured import MODELLED
from advisor.decision.reasons import Group, Reason, reasons_in

Json = dict[str, Any]


def offering_of(decision: Decision, slot: int) -> Json:
    """Return the identity of a slot's offering, as every answer names it."""
    history = decision.view.history
    offering = history.slot_offering[slot]
    return {
        "id": history.offerings[offering],
        "name": history.offering_names[offering],
        "provider": history.providers[history.offering_provider[offering]],
        "model": history.models[history.offering_model[offering]],
        "region": history.regions[offering] or None,
    }


def refusals_of(decision: Decision, slot: int) -> list[Json]:
    """Return every reason against a slot, with the limit and the value held to it."""
    refusals = decision.screening.refusals
    reasons = reasons_in(int(decision.screening.masks[slot]))
    return [
        {
            "code": reason.code,
            "limit": _shown(refusals[reason].limit(slot)),
            "value": _shown(refusals[reason].value(slot)),
            "unit": reason.unit,
            "field": reason.field or None,
            "basis": _basis(decision, slot, reason),
        }
        for reason in reasons
    ]


def _basis(decision: Decision, slot: int, reason: Reason) -> str | None:
    """Return whether a figure of latency was measured; null for other reasons."""
    if reason.group is not Group.LATENCY:
        return None
    measured = decision.latency.measured.get(slot)
    return MODELLED if measured is None else measured.basis


def rejection_of(decision: Decision, slot: int) -> Json:
    """Return one refused option with its reasons."""
    return {
        "offering": offering_of(decision, slot),
        "service_tier": decision.view.history.slot_tier[slot],
        "reasons": refusals_of(decision, slot),
    }


def _shown(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value
