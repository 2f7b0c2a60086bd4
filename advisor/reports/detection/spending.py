"""Real spend above what was projected for its month."""

from collections.abc import Iterator
from datetime import date, timedelta

from advisor.recommendations.amounts import cent
from advisor.recommendations.figures import CURRENCY
from advisor.recommendations.realised import BandPosition, band_position
from advisor.reports.detection.news import News, sized
from advisor.reports.detection.situation import Situation
from advisor.reports.models import AlertKind
from workloads.models import UsageRecord


def spend_above_band(situation: Situation) -> Iterator[News]:
    """Yield this month and the last one, if usage was sent and cost too much."""
    workload = situation.workload
    this = situation.at.date().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    if not UsageRecord.objects.filter(workload=workload).exists():
        return
    for month in (last, this):
        found = band_position(workload, month, at=situation.at)
        if found.position == "above":
            yield _news(situation, month, found)


def _news(situation: Situation, month: date, found: BandPosition) -> News:
    workload = situation.workload
    assert found.actual is not None and found.high is not None  # noqa: S101, PT018  # above it
    name = f"{month:%Y-%m}"
    return News(
        kind=AlertKind.SPEND_ABOVE_BAND,
        subject=f"{workload.pk}:{name}",
        size=sized(found.actual - found.high),
        grows=True,
        facts={
            "workload": {"id": str(workload.pk), "name": workload.name},
            "month": name,
            "realised": cent(found.actual),
            "expected": None if found.expected is None else cent(found.expected),
            "high": cent(found.high),
            "currency": CURRENCY,
        },
    )
