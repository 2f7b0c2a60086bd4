"""Usage records priced: what the bill says, else the dated price."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    Q,
    Sum,
    Value,
    When,
)

from advisor.decision.actual_spend import Shape, Used, cost_of
from advisor.decision.dated_prices import DatedPrices, Holding
from advisor.decision.dated_rows import microseconds
from advisor.decision.question import OptionKey
from advisor.recommendations.standpoint import Standpoint
from catalog.pricing import Count
from workloads.forecast import month_after
from workloads.models import UsageRecord
from workloads.models.usage import UsageRecordQuerySet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUMMED = (
    *("requests", "input_tokens", "cached_input_tokens", "output_tokens"),
    *("reasoning_tokens", "billed_amount"),
)


class Record(NamedTuple):
    """One usage record, or the sum of some that cost the same."""

    workload_id: UUID
    offering_id: UUID
    service_tier: str
    used_from: datetime
    used_to: datetime
    requests: Count
    input_tokens: Count
    cached_input_tokens: Count
    output_tokens: Count
    reasoning_tokens: Count
    billed_amount: Decimal | None
    billed_currency: str

    @property
    def option(self) -> OptionKey:
        """What was used."""
        return OptionKey(offering=str(self.offering_id), service_tier=self.service_tier)

    @property
    def period(self) -> tuple[int, int]:
        """The period in microseconds since 1970, half-open."""
        return microseconds(self.used_from), microseconds(self.used_to)

    @property
    def used(self) -> Used:
        """The traffic."""
        return Used(
            requests=self.requests,
            input_tokens=self.input_tokens,
            cached_input_tokens=self.cached_input_tokens,
            output_tokens=self.output_tokens,
            reasoning_tokens=self.reasoning_tokens,
        )


@dataclass(frozen=True, kw_only=True)
class Books:
    """Prices of the past as one organization knows them; looked up once each."""

    standpoint: Standpoint
    prices: DatedPrices
    _held: dict[tuple[int, int, int], tuple[Holding, ...] | None] = field(
        default_factory=dict
    )

    @classmethod
    def at(cls, standpoint: Standpoint) -> "Books":
        """Open the books at a standpoint."""
        seen = standpoint.seen
        prices = DatedPrices(
            seen.history,
            organization=seen.organization,
            known_at=seen.known_microseconds,
        )
        return cls(standpoint=standpoint, prices=prices)

    def changes(
        self,
        options: Iterable[OptionKey],
        currencies: Iterable[str],
        start: datetime,
        end: datetime,
    ) -> set[datetime]:
        """Return when, within a period, a price or an exchange rate changed."""
        moments: set[int] = set()
        for option in options:
            slot = self._slot(option)
            moments |= set() if slot is None else self.prices.changes(slot)
        for currency in currencies:
            moments |= self.prices.rate_changes(currency)
        first, last = microseconds(start), microseconds(end)
        return {
            EPOCH + timedelta(microseconds=moment)
            for moment in moments
            if first < moment < last
        }

    def cost(self, record: Record, shape: Shape) -> Decimal | None:
        """Return what a record cost in USD; None where a price or rate is unknown."""
        if record.billed_amount is None:
            return self.cost_on(record.option, record.period, record.used, shape)
        rate = self.prices.usd_per_unit(record.billed_currency, *record.period)
        return None if rate is None else record.billed_amount * rate

    def cost_on(
        self, option: OptionKey, period: tuple[int, int], used: Used, shape: Shape
    ) -> Decimal | None:
        """Return what traffic would have cost on an option in a period, in USD."""
        slot = self._slot(option)
        if slot is None:
            return None
        key = (slot, *period)
        if key not in self._held:
            self._held[key] = self.prices.holdings(slot, *period)
        holdings = self._held[key]
        return None if holdings is None else cost_of(used, holdings, shape)

    def _slot(self, option: OptionKey) -> int | None:
        slots = self.standpoint.seen.history.slot_index
        return slots.get((option.offering, option.service_tier))


def usage_since(
    since: Mapping[UUID, datetime], *, at: datetime
) -> defaultdict[UUID, list[Record]]:
    """Return each workload's usage that ends after its moment, as known at another.

    One query for all; of corrected records the newest alone.
    """
    return _by_workload(_known(since, at).current().values_list(*Record._fields))


def summed_usage(
    since: Mapping[UUID, datetime],
    moves: Iterable[tuple[datetime, OptionKey]],
    *,
    books: Books,
    at: datetime,
) -> defaultdict[UUID, list[Record]]:
    """Return usage as `usage_since` does, summed where no price differs; two queries.

    What lies in one calendar month, in which the price of its option, of the options
    that `moves` name and of the bill's currency stayed the same, makes one record:
    the sum costs what its parts cost. `moves` part it by their moments too.
    """
    rows = _known(since, at)
    used = rows.values_list("offering_id", "service_tier", "billed_currency")
    cuts = {moment for moment, _ in moves}
    options = {option for _, option in moves}
    currencies = set()
    for offering, tier, currency in used.distinct():
        options.add(OptionKey(offering=str(offering), service_tier=tier))
        currencies.add(currency or "USD")
    start = min(since.values(), default=at)
    cuts |= books.changes(options, currencies, start, at)
    cuts |= _month_starts(start, at)
    return _by_workload(_summed(rows.current(), sorted(cuts)))


def _known(since: Mapping[UUID, datetime], at: datetime) -> UsageRecordQuerySet:
    wanted = Q(pk__in=())
    for workload_id, moment in since.items():
        wanted |= Q(workload=workload_id, used_to__gt=moment)
    return UsageRecord.objects.filter(wanted, received_at__lte=at)


def _by_workload(rows: Iterable[Any]) -> defaultdict[UUID, list[Record]]:
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(Record(*row))
    return found


def _summed(rows: UsageRecordQuerySet, cuts: list[datetime]) -> Iterable[Any]:
    """Sum the rows between cuts; one that a cut goes through stays by itself."""
    last_moment = F("used_to") - timedelta(microseconds=1)
    alone = Case(When(first=F("last"), then=None), default=F("pk"))
    summed = UsageRecord.objects.filter(pk__in=rows.values("pk")).annotate(
        first=_between(F("used_from"), cuts),
        last=_between(last_moment, cuts),
        alone=alone,
        billed=Q(billed_amount__isnull=False),
    )
    own = ("workload_id", "offering_id", "service_tier", "billed_currency")
    sums: Iterable[Any] = (
        summed.values(*own, "first", "last", "alone", "billed")
        .annotate(Min("used_from"), Max("used_to"), *(Sum(name) for name in _SUMMED))
        .order_by()
        .values_list(
            *own[:3],
            *("used_from__min", "used_to__max"),
            *(f"{name}__sum" for name in _SUMMED),
            "billed_currency",
        )
    )
    return sums


def _between(moment: Any, cuts: list[datetime]) -> Func:
    """Return after how many of the cuts a moment lies."""
    moments = ArrayField(DateTimeField())
    return Func(
        moment,
        Value(cuts, output_field=moments),
        function="width_bucket",
        output_field=IntegerField(),
    )


def _month_starts(start: datetime, end: datetime) -> set[datetime]:
    months = (end.year - start.year) * 12 + end.month - start.month
    days = (month_after(start.date(), count) for count in range(months + 1))
    return {datetime.combine(day, time(), UTC) for day in days}
