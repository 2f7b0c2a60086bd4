"""Usage records priced: what the bill says, else the dated price."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from advisor.decision.actual_spend import Shape, Used, cost_of
from advisor.decision.dated_prices import DatedPrices, Holding
from advisor.decision.dated_rows import microseconds
from advisor.decision.question import OptionKey
from advisor.recommendations.standpoint import Standpoint
from workloads.models import UsageRecord


class Record(NamedTuple):
    """One usage record as the database has it."""

    workload_id: UUID
    offering_id: UUID
    service_tier: str
    used_from: datetime
    used_to: datetime
    requests: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
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
    _held: dict[tuple[int, int, int], tuple[Holding, ...] | None]

    @classmethod
    def at(cls, standpoint: Standpoint) -> "Books":
        """Open the books at a standpoint."""
        seen = standpoint.seen
        prices = DatedPrices(
            seen.history,
            organization=seen.organization,
            known_at=seen.known_microseconds,
        )
        return cls(standpoint=standpoint, prices=prices, _held={})

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
        slots = self.standpoint.seen.history.slot_index
        slot = slots.get((option.offering, option.service_tier))
        if slot is None:
            return None
        key = (slot, *period)
        if key not in self._held:
            self._held[key] = self.prices.holdings(slot, *period)
        holdings = self._held[key]
        return None if holdings is None else cost_of(used, holdings, shape)


def usage_since(
    since: Mapping[UUID, datetime], *, at: datetime
) -> defaultdict[UUID, list[Record]]:
    """Return each workload's usage that ends after its moment, as known at another.

    One query for all; of corrected records the newest alone.
    """
    wanted = Q(pk__in=())
    for workload_id, moment in since.items():
        wanted |= Q(workload=workload_id, used_to__gt=moment)
    rows = UsageRecord.objects.filter(wanted, received_at__lte=at).current()
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for row in rows.values_list(*Record._fields):
        found[row[0]].append(Record(*row))
    return found
