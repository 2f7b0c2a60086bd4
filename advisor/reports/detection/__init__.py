"""What is news about a workload: one module for each kind, none of which writes."""

from collections.abc import Iterator

from advisor.reports.detection.better_options import better_options
from advisor.reports.detection.floors import floors_not_met
from advisor.reports.detection.news import News
from advisor.reports.detection.prices import price_changes
from advisor.reports.detection.regressions import regressions
from advisor.reports.detection.retirements import retirements
from advisor.reports.detection.situation import Situation
from advisor.reports.detection.spending import spend_above_band

_KINDS = (
    price_changes,
    retirements,
    regressions,
    floors_not_met,
    spend_above_band,
    better_options,
)


def news_of(situation: Situation) -> Iterator[News]:
    """Yield all that may be told about a workload, told before or not."""
    for kind in _KINDS:
        yield from kind(situation)


__all__ = ["News", "Situation", "news_of"]
