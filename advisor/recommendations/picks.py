"""Picks as rows keep them: an offering, a tier, and the way in which it is run."""

from typing import Any
from uuid import UUID

from advisor.decision.decide import Decision
from advisor.decision.question import OptionKey, StageKey
from advisor.decision.ways import key_of_slot

Json = dict[str, Any]

PICK_FIELDS = ("picked_offering", "picked_service_tier", "picked_way")


def pick_key(
    offering: UUID | None, service_tier: str, way: Json | None
) -> OptionKey | None:
    """Return the option that a row's pick names, None if it picked none."""
    if offering is None:
        return None
    if not way:
        return OptionKey(offering=str(offering), service_tier=service_tier)
    return OptionKey(
        offering=str(offering),
        service_tier=service_tier,
        way=way["kind"],
        stages=tuple(StageKey(**stage) for stage in way["stages"]),
    )


def pick_columns(key: OptionKey | None) -> dict[str, Any]:
    """Return a pick as the columns of a row."""
    if key is None:
        return dict(zip(PICK_FIELDS, (None, "", None), strict=True))
    return dict(
        zip(PICK_FIELDS, (key.offering, key.service_tier, way_json(key)), strict=True)
    )


def way_json(key: OptionKey) -> Json | None:
    """Return a key's way as JSON, None for single calls."""
    if not key.stages:
        return None
    return {
        "kind": key.way,
        "stages": [
            {
                "offering": stage.offering,
                "service_tier": stage.service_tier,
                "samples": stage.samples,
                "accept": stage.accept,
                "multiple": stage.multiple,
                "calls": stage.calls,
            }
            for stage in key.stages
        ],
    }


def key_of(decision: Decision, slot: int) -> OptionKey:
    """Return the option of a decision's slot, as it is run."""
    return key_of_slot(decision.view, slot, decision.ways.get(slot))
