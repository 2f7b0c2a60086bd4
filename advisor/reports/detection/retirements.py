"""Options that retire, were declared deprecated, or are no longer listed."""

from collections.abc import Iterator
from datetime import date, timedelta

from advisor.decision.arrays import NONE
from advisor.reports.detection.news import News
from advisor.reports.detection.situation import Concerned, Situation
from advisor.reports.models import AlertKind
from catalog.models import ModelFacts

_EPOCH = date(1970, 1, 1)


def retirements(situation: Situation) -> Iterator[News]:
    """Yield what is known of the end of each option; another date is other news."""
    for option in situation.concerned():
        retires_on = _retires_on(situation, option.slot)
        unlisted = _unlisted(situation, option.slot)
        deprecated = _deprecated(situation, option.slot)
        if retires_on is None and not unlisted and not deprecated:
            continue
        what = "unlisted" if unlisted else "deprecated"
        on = None if retires_on is None else retires_on.isoformat()
        yield News(
            kind=AlertKind.RETIREMENT,
            subject=situation.subject(option, on or what),
            size=None,
            facts={
                **situation.facts(option),
                "retires_on": on,
                "over": retires_on is not None and retires_on <= situation.at.date(),
                "deprecated": deprecated,
                "unlisted": unlisted,
                "successor": _successor(situation, option),
            },
        )


def _retires_on(situation: Situation, slot: int) -> date | None:
    """Return the earlier of the model's and the offering's date."""
    seen = situation.decision.view
    stated = (seen.slot_models, seen.slot_offerings)
    days = [float(facts["retires_on"][slot]) for facts in stated]
    known = [day for day in days if day == day]  # NaN is unknown
    return _EPOCH + timedelta(days=int(min(known))) if known else None


def _deprecated(situation: Situation, slot: int) -> bool:
    seen = situation.decision.view
    stated = (seen.slot_models, seen.slot_offerings)
    return any(facts["deprecated"][slot] == 1 for facts in stated)


def _unlisted(situation: Situation, slot: int) -> bool:
    seen = situation.decision.view
    row = int(seen.price_rows[slot, 0])
    return row != NONE and bool(seen.history.prices.withdrawn[row])


def _successor(situation: Situation, option: Concerned) -> str:
    seen = situation.decision.view
    row = int(seen.model_rows[seen.history.slot_model[option.slot]])
    if row == NONE:
        return ""
    rows = ModelFacts.objects.filter(pk=seen.history.model_facts.ids[row])
    return rows.values_list("successor", flat=True).first() or ""
