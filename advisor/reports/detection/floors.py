"""Options in use whose quality no longer meets the workload's floor."""

from collections.abc import Iterator
from typing import Any

from advisor.decision.reasons import BIT, Group, Reason, bits
from advisor.recommendations.amounts import rounded
from advisor.recommendations.models import Recommendation
from advisor.reports.detection.news import News
from advisor.reports.detection.situation import Concerned, Situation
from advisor.reports.models import AlertKind

Json = dict[str, Any]

_FOR_QUALITY = {reason.code for reason in (Reason.BELOW_FLOOR, Reason.QUALITY_UNPROVEN)}


def floors_not_met(situation: Situation) -> Iterator[News]:
    """Yield the option in use if a fresh decision refuses it for its quality.

    One of unknown quality is unproven, which is news only where advice had found that
    it meets the floor.
    """
    option, decision = situation.used, situation.decision
    if option is None:
        return
    reasons = decision.screening.masks[option.slot]
    lost = reasons & bits(Group.QUALITY) and _was_met(situation, option)
    if not lost and not reasons & BIT[Reason.BELOW_FLOOR]:
        return
    yield News(
        kind=AlertKind.FLOOR_NOT_MET,
        subject=situation.subject(option),
        size=None,
        stands=True,
        facts={**situation.facts(option), **_held_against(situation, option)},
    )


def _held_against(situation: Situation, option: Concerned) -> Json:
    """Return the floor and what is known of the option's quality, null if nothing."""
    decision = situation.decision
    screening, floor = decision.screening, decision.question.floor
    model = decision.view.history.slot_model[option.slot]
    proven = not screening.masks[option.slot] & BIT[Reason.QUALITY_UNPROVEN]
    met, threshold = screening.quality_met, screening.threshold
    share = floor.value if threshold is None else threshold.share
    return {
        "floor": round(float(share), 4),
        "estimate": rounded(decision.quality.estimate[model], 4) if proven else None,
        "probability": None if met is None else rounded(met[option.slot], 4),
        "confidence": floor.confidence,
    }


def _was_met(situation: Situation, option: Concerned) -> bool:
    """Return whether advice found the floor met, at the last look or since.

    The newest advice may rest on the same news already, so it is not enough alone.
    """
    kept = Recommendation.objects.filter(
        workload=situation.workload, created_at__lte=situation.at
    ).order_by("-created_at", "-id")
    for created_at, answer in kept.values_list("created_at", "answer").iterator():
        if _meets_floor(answer, option):
            return True
        if created_at <= situation.looked_before:
            return False
    return False


def _meets_floor(answer: Json, option: Concerned) -> bool:
    """Return whether an answer shows the option and refuses it for no quality."""
    if answer["quality_floor"] is None:
        return False
    for shown in answer["options"]:
        [stage] = shown["strategy"]["stages"]
        key = (stage["offering"]["id"], stage["service_tier"])
        if key == (option.key.offering, option.key.service_tier):
            return not any(each["code"] in _FOR_QUALITY for each in shown["reasons"])
    return False
