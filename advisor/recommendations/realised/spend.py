"""What a workload really cost in a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from advisor.decision.actual_spend import ZERO, Shape
from advisor.decision.dated_rows import microseconds
from advisor.recommendations.realised.books import Books, Record
from workloads.forecast import month_after


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC, by its first day."""

    first_day: date

    @property
    def starts_at(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first_day, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment afterwards."""
        return datetime.combine(month_after(self.first_day, 1), time(), UTC)


def month_before(moment: datetime) -> Month:
    """Return the last month that was over at a moment."""
    return Month(month_after(moment.astimezone(UTC).date(), -1))


def spend_in(
    month: Month, records: Iterable[Record], *, books: Books, shape: Shape
) -> Decimal | None:
    """Return what the records cost in a month, in USD, unrounded.

    A period that reaches beyond the month counts by its share of time. None without
    any usage, and where the cost of any is unknown: a part is not the whole.
    """
    costs = []
    for record, share in _within(month, records):
        cost = books.cost(record, shape)
        if cost is None:
            return None
        costs.append(cost * share)
    return sum(costs, ZERO) if costs else None


def covered_share(month: Month, records: Iterable[Record]) -> Decimal:
    """Return the share of a month that usage is known of, by any option."""
    start, end = microseconds(month.starts_at), microseconds(month.ends_at)
    reached, covered = start, 0
    for begun, until in sorted(record.period for record in records):
        covered += max(0, min(until, end) - max(begun, reached))
        reached = max(reached, min(until, end))
    return Decimal(covered) / (end - start)


def _within(
    month: Month, records: Iterable[Record]
) -> Iterable[tuple[Record, Decimal]]:
    start, end = microseconds(month.starts_at), microseconds(month.ends_at)
    for record in records:
        begun, until = record.period
        inside = min(until, end) - max(begun, start)
        if inside == until - begun:
            yield record, Decimal(1)
        elif inside > 0:
            yield record, Decimal(inside) / (until - begun)
