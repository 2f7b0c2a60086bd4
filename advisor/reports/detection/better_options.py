"""Advice that stands open and would save money against what is in use."""

from collections.abc import Iterator

from advisor.recommendations.amounts import cent
from advisor.recommendations.figures import CURRENCY
from advisor.reports.detection.news import News, sized
from advisor.reports.detection.situation import Situation
from advisor.reports.models import AlertKind


def better_options(situation: Situation) -> Iterator[News]:
    """Yield the recommended option, if it still fits and costs less than today's.

    Money is of the first projected month, as in the portfolio.
    """
    used, advised, advice = situation.used, situation.advised, situation.advice
    if used is None or advised is None or advice is None:
        return
    if situation.decision.screening.masks[advised.slot]:
        return
    today = situation.quoter.quote(used.slot)
    then = situation.quoter.quote(advised.slot)
    if today is None or then is None or then.monthly[0] >= today.monthly[0]:
        return
    saving = today.monthly[0] - then.monthly[0]
    yield News(
        kind=AlertKind.BETTER_OPTION,
        subject=situation.subject(
            advised, "for", used.key.offering, used.key.service_tier
        ),
        size=sized(saving),
        grows=True,
        recommendation=advice.id,
        facts={
            **situation.facts(advised),
            "in_use": situation.named(used),
            "monthly_before": cent(today.monthly[0]),
            "monthly_after": cent(then.monthly[0]),
            "saving_monthly": cent(saving),
            "currency": CURRENCY,
        },
    )
