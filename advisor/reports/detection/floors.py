"""Options in use whose quality falls below the workload's floor."""

from collections.abc import Iterator

from advisor.decision.reasons import BIT, Reason
from advisor.recommendations.amounts import rounded
from advisor.reports.detection.news import News
from advisor.reports.detection.situation import Situation
from advisor.reports.models import AlertKind


def floors_not_met(situation: Situation) -> Iterator[News]:
    """Yield the option in use if a fresh decision refuses it for its quality.

    One of unknown quality is unproven, which is no news about it.
    """
    option, screening = situation.used, situation.decision.screening
    if option is None or not screening.masks[option.slot] & BIT[Reason.BELOW_FLOOR]:
        return
    history, quality = situation.decision.view.history, situation.decision.quality
    met, threshold = screening.quality_met, screening.threshold
    assert met is not None and threshold is not None  # noqa: S101, PT018
    yield News(
        kind=AlertKind.FLOOR_NOT_MET,
        subject=situation.subject(option),
        size=None,
        stands=True,
        facts={
            **situation.facts(option),
            "floor": round(float(threshold.share), 4),
            "estimate": rounded(quality.estimate[history.slot_model[option.slot]], 4),
            "probability": rounded(met[option.slot], 4),
            "confidence": situation.decision.question.floor.confidence,
        },
    )
