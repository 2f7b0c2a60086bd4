"""Where the real spend of a month lies in the band that was projected for it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from advisor.decision.actual_spend import Shape
from advisor.decision.question import HORIZON_MONTHS
from advisor.decision.quote import Quoter
from advisor.recommendations.figures import monthly_bands
from advisor.recommendations.in_use import Use, uses_of
from advisor.recommendations.questions import question_of
from advisor.recommendations.realised.books import Books, usage_since
from advisor.recommendations.realised.spend import Month, covered_share, spend_in
from advisor.recommendations.standpoint import standpoint_of
from workloads.forecast import month_after
from workloads.models import Workload, WorkloadRevision


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPosition:
    """Projected and real spend of one month, in USD, unrounded; None is unknown.

    `covered` is the share of the month that usage was sent for: real spend of less
    than all of it can lie above the band, but says nothing about lying below.
    """

    month: Month
    low: Decimal | None
    expected: Decimal | None
    high: Decimal | None
    actual: Decimal | None
    covered: Decimal

    @property
    def position(self) -> str:
        """Return above, within, below, or unknown."""
        if self.actual is None or self.low is None or self.high is None:
            return "unknown"
        if self.actual > self.high:
            return "above"
        if self.covered < 1:
            return "unknown"
        return "below" if self.actual < self.low else "within"


def band_position(workload: Workload, month: date, *, at: datetime) -> BandPosition:
    """Hold a month's real spend against what was projected for it, as known at `at`.

    `month` is any day of it. The projection is the one for the option in use as the
    month began, made when the buyer last stated the workload or that option came into
    use (a year before at most), from what was known then. Its band widens with the
    months since. Unknown where nothing had been stated before the month.
    """
    wanted = Month(month.replace(day=1))
    organization = workload.organization
    stated = _stated(workload, before=wanted.starts_at)
    band = {} if stated is None else _projected(workload, stated, wanted)
    newest = workload.revisions.filter(received_at__lte=at).order_by("-number").first()
    books = Books.at(standpoint_of(organization, as_of=at, known_at=at))
    records = [
        record
        for record in usage_since({workload.pk: wanted.starts_at}, at=at)[workload.pk]
        if record.used_from < wanted.ends_at
    ]
    actual = None
    if newest is not None:
        shape = Shape(question_of(newest, as_of=at, previous_pick=None))
        actual = spend_in(wanted, records, books=books, shape=shape)
    return BandPosition(
        month=wanted,
        low=band.get("low"),
        expected=band.get("expected"),
        high=band.get("high"),
        actual=actual,
        covered=covered_share(wanted, records),
    )


def _stated(workload: Workload, *, before: datetime) -> WorkloadRevision | None:
    earlier = workload.revisions.filter(received_at__lt=before)
    return earlier.order_by("-number").first()


def _projected(
    workload: Workload, revision: WorkloadRevision, month: Month
) -> dict[str, Any]:
    """Return low, expected and high of a month; empty where they are unknown."""
    use = uses_of([revision])[workload.pk].before(month.starts_at)
    if use is None:
        return {}
    base, ahead = _base(revision, use, month)
    standpoint = standpoint_of(workload.organization, as_of=base, known_at=base)
    decision = standpoint.decide(revision, in_use=use.option)
    slot = decision.current
    quote = None if slot is None else Quoter(decision).quote(slot)
    if slot is None or quote is None:
        return {}
    return monthly_bands(decision, slot, quote)[ahead]


def _base(revision: WorkloadRevision, use: Use, month: Month) -> tuple[datetime, int]:
    """Return when the projection was made, and the month's place in it, from 0."""
    base = max(revision.received_at, use.since)
    ahead = _months(base.date(), month.first_day) - 1
    if ahead >= HORIZON_MONTHS:
        farthest = month_after(month.first_day, -HORIZON_MONTHS)
        return Month(farthest).starts_at, HORIZON_MONTHS - 1
    return base, ahead


def _months(first: date, then: date) -> int:
    return (then.year - first.year) * 12 + then.month - first.month
