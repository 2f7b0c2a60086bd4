"""One workload of a portfolio: its options priced today, exactly, and compared."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from advisor.decision.decide import Decision
from advisor.decision.question import OptionKey
from advisor.decision.quote import Quote, Quoter
from advisor.decision.ranking import BANDS, MEDIUM, SMALL
from advisor.recommendations.amounts import cent
from advisor.recommendations.figures import (
    latency_of,
    model_size_of,
    projected_spend_of,
    quality_of,
)
from advisor.recommendations.portfolio.standing import Advice, Standing
from advisor.recommendations.rejections import offering_of
from advisor.recommendations.running import strategy_of, strategy_of_key
from workloads.models import Workload, WorkloadRevision

Json = dict[str, Any]

# Of these it is asked whether a smaller model would do.
LARGE_BANDS = ("large", "undisclosed")
ZERO = Decimal(0)


@dataclass(kw_only=True)
class Line:
    """A workload with the options that its portfolio entry compares.

    Money is in USD of the first projected month, unrounded; None is unknown.
    """

    workload: Workload
    revision: WorkloadRevision
    decision: Decision
    in_use: OptionKey | None
    standing: Standing
    spent_last_month: Decimal | None = None
    realised_saving: Decimal | None = None
    _quoter: Quoter = field(init=False)

    def __post_init__(self) -> None:
        self._quoter = Quoter(self.decision)

    @property
    def spend(self) -> Decimal | None:
        """The spend of the option in use."""
        return self.monthly(self.in_use)

    @property
    def recommended(self) -> Decimal | None:
        """The spend of the advice that is shown, None if it picked nothing."""
        return self.monthly(_pick(self.standing.shown))

    @property
    def accepted_saving(self) -> Decimal | None:
        """What advice under way saves against the option in use, never below zero."""
        if self.standing.under_way is None:
            return ZERO
        return _saved(self.spend, self.monthly(_pick(self.standing.under_way)))

    @property
    def open_saving(self) -> Decimal | None:
        """What active advice saves on top of advice under way, never below zero."""
        if self.standing.active is None:
            return None if self.standing.shown is None else ZERO
        under_way = self.standing.under_way
        before = self.spend if under_way is None else self.monthly(_pick(under_way))
        return _saved(before, self.monthly(_pick(self.standing.active)))

    @property
    def is_leaving(self) -> bool:
        """Whether advice under way leaves the option in use."""
        pick = _pick(self.standing.under_way)
        return pick is not None and pick != self.in_use

    @property
    def band(self) -> str | None:
        """The size band of the option in use, None if nothing is known to be."""
        slot = self._identity(self.in_use)
        return None if slot is None else BANDS[self.decision.bands[slot]]

    @property
    def smallest(self) -> int | None:
        """The cheapest option of the smallest band in which any would do.

        None where no band below large has one: there the size earns its price.
        """
        order = self.decision.ranking.order
        for band in (SMALL, MEDIUM):
            fits = order[self.decision.bands[order] == band]
            if len(fits):
                return int(min(fits, key=self.decision.totals.__getitem__))
        return None

    @property
    def is_large(self) -> bool:
        """Whether the option in use is a large model, or one of undisclosed size."""
        return self.band in LARGE_BANDS

    @property
    def above_smallest(self) -> Decimal | None:
        """The spend in use less that of the smallest that would do; may be below 0."""
        slot = self.smallest if self.is_large else None
        quote = None if slot is None else self._quote(slot)
        if self.spend is None or quote is None:
            return None
        return self.spend - quote.monthly[0]

    def monthly(self, option: OptionKey | None) -> Decimal | None:
        """Return an option's expected spend in the first projected month."""
        quote = None if option is None else self._quote_of(option)
        return None if quote is None else quote.monthly[0]

    def _quote_of(self, option: OptionKey) -> Quote | None:
        """Return the spend of an option that can be seen, in the way it is run."""
        if self.decision.view.slot_of(option) is None:
            return None
        return self._quoter.of_key(option)

    def _quote(self, slot: int) -> Quote | None:
        return self._quoter.quote(slot)

    def _identity(self, option: OptionKey | None) -> int | None:
        """Return a slot that tells an option's offering, priced or not.

        A tier that never had a price has no slot; the standard tier always has.
        """
        if option is None:
            return None
        slots = self.decision.view.history.slot_index
        own = slots.get((option.offering, option.service_tier))
        return slots.get((option.offering, "standard")) if own is None else own

    def shown(self) -> Json:
        """Return the portfolio's entry of this workload."""
        return {
            "id": str(self.workload.pk),
            "name": self.workload.name,
            "task_family": self.revision.task_family,
            "requests_per_month": self.revision.requests_per_month,
            "in_use": self.option(self.in_use),
            "is_leaving": self.is_leaving,
            "recommendation": self._recommendation(),
            "spend": {
                "in_use_monthly": money(self.spend),
                "recommended_monthly": money(self.recommended),
                "realised_last_month": money(self.spent_last_month),
            },
            "savings": {
                "open_monthly": money(self.open_saving),
                "accepted_monthly": money(self.accepted_saving),
                "realised_to_date": money(self.realised_saving),
            },
            "above_smallest": self._above_smallest(),
        }

    def option(self, key: OptionKey | None) -> Json | None:
        """Return an option with its spend at the prices of the moment."""
        identity = self._identity(key)
        if key is None or identity is None:
            return None
        decision = self._run_as(key)
        shown = self._option(identity, self._quote_of(key), key.service_tier, decision)
        return shown | {"strategy": strategy_of_key(decision, key)}

    def _run_as(self, key: OptionKey) -> Decision:
        """Return the decision in which an option's figures are those of its own way."""
        in_use = key == self.decision.question.current
        return self.decision.today if in_use else self.decision

    def _option(
        self,
        identity: int,
        quote: Quote | None,
        service_tier: str,
        decision: Decision,
    ) -> Json:
        spend = quote and projected_spend_of(decision, identity, quote)
        return {
            "offering": offering_of(decision, identity),
            "service_tier": service_tier,
            "model_size": model_size_of(decision, identity),
            "monthly": money(None if quote is None else quote.monthly[0]),
            "twelve_months": spend and spend["twelve_months"],
            "months": spend and spend["monthly"],
            "quality": quality_of(decision, identity),
            "latency": latency_of(decision, identity),
        }

    def _recommendation(self) -> Json | None:
        advice = self.standing.shown
        if advice is None:
            return None
        return {
            "id": str(advice.id),
            "state": advice.state,
            "version": advice.version,
            "created_at": advice.created_at,
            "finding": advice.finding or None,
            "provisional": advice.provisional,
            "option": self.option(advice.pick),
        }

    def _above_smallest(self) -> Json | None:
        slot = self.smallest if self.is_large else None
        if slot is None:
            return None
        tier = self.decision.view.history.slot_tier[slot]
        return {
            "amount_monthly": money(self.above_smallest),
            "smallest": self._option(slot, self._quote(slot), tier, self.decision)
            | {"strategy": strategy_of(self.decision, slot)},
        }


def known(amounts: Iterable[Decimal | None]) -> Decimal:
    """Return the sum of what is known."""
    return sum((each for each in amounts if each is not None), ZERO)


def money(amount: Decimal | None) -> str | None:
    """Return a sum to a cent, None where it is unknown."""
    return None if amount is None else cent(amount)


def _pick(advice: Advice | None) -> OptionKey | None:
    return None if advice is None else advice.pick


def _saved(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    if before is None or after is None:
        return None
    return max(before - after, ZERO)
