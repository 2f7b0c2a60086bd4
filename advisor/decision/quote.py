"""The options that are shown, priced again: exact, rounded at output only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from advisor.decision.arrays import NONE
from advisor.decision.assumptions import CACHE_WRITE_SHARE
from advisor.decision.bands import week_parts
from advisor.decision.history import Term
from advisor.decision.question import OptionKey, Question
from advisor.decision.spend import segment_weights
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import (
    RequestClass,
    expected_requests,
    hour_weights,
    request_classes,
)
from advisor.decision.view import View
from advisor.decision.ways import Way, Ways, way_of_key
from catalog.pricing import Usage, charge
from catalog.rate_cards import RateCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Projected spend in USD, unrounded: per request at the start, and by month."""

    per_request: Decimal
    monthly: tuple[Decimal, ...]
    list_monthly: tuple[Decimal, ...] | None

    @property
    def total(self) -> Decimal:
        """Twelve months."""
        return sum(self.monthly, Decimal(0))

    @property
    def list_total(self) -> Decimal | None:
        """Twelve months at list prices, None where the list states none."""
        return None if self.list_monthly is None else sum(self.list_monthly, Decimal(0))

    def times(self, multiple: Decimal) -> "Quote":
        """Return the spend of so many times the requests."""
        listed = self.list_monthly
        return Quote(
            per_request=multiple * self.per_request,
            monthly=tuple(multiple * month for month in self.monthly),
            list_monthly=None
            if listed is None
            else tuple(multiple * m for m in listed),
        )


def sum_of(quotes: Sequence[Quote]) -> Quote:
    """Return the spend of several quotes together; at list only if all have one."""
    listed = [each.list_monthly for each in quotes if each.list_monthly is not None]
    return Quote(
        per_request=sum((each.per_request for each in quotes), Decimal(0)),
        monthly=_by_month([each.monthly for each in quotes]),
        list_monthly=_by_month(listed) if len(listed) == len(quotes) else None,
    )


def _by_month(rows: Sequence[tuple[Decimal, ...]]) -> tuple[Decimal, ...]:
    return tuple(sum(column, Decimal(0)) for column in zip(*rows, strict=True))


class Priced(Protocol):
    """What a quote depends on; every decision states it."""

    @property
    def question(self) -> Question:
        """What is asked."""

    @property
    def view(self) -> View:
        """The prices, terms and exchange rates that hold."""

    @property
    def factors(self) -> TokenFactors:
        """How many tokens are billed."""

    @property
    def ways(self) -> Ways:
        """How slots are run, where not by single calls."""


class Quoter:
    """Quotes options of one decision; what they share is worked out once."""

    def __init__(self, decision: Priced) -> None:
        self._decision = decision
        question, view = decision.question, decision.view
        requests = expected_requests(question.traffic)
        shares = segment_weights(question, view.segments)
        self._requests = [
            tuple(
                _exact(share) * count
                for share, count in zip(row, requests, strict=True)
            )
            for row in shares.tolist()
        ]
        self._hours = hour_weights(question.traffic)
        self._costs: dict[tuple[int, int, str | None], Decimal | None] = {}
        self._single: dict[int, Quote | None] = {}
        self._terms = sorted(view.terms, key=lambda term: term.specificity)

    def quote(self, slot: int) -> Quote | None:
        """Return the exact spend of a slot as it is run; None where a rate is unknown.

        A way costs what its stages do: each single call's price times its multiple.
        """
        way = self._decision.ways.get(slot)
        return self.single(slot) if way is None else self.of_way(way)

    def of_key(self, key: OptionKey) -> Quote | None:
        """Return the exact spend of an option in the way that its key states."""
        view = self._decision.view
        way = way_of_key(view, key)
        if way is not None:
            return self.of_way(way)
        slot = None if key.stages else view.slot_of(key)
        return None if slot is None else self.single(slot)

    def single(self, slot: int) -> Quote | None:
        """Return the exact spend of single calls of a slot."""
        if slot not in self._single:
            self._single[slot] = self._priced(slot)
        return self._single[slot]

    def _priced(self, slot: int) -> Quote | None:
        agreed = self._per_segment(slot, agreed=True)
        if agreed is None:
            return None
        listed = self._per_segment(slot, agreed=False) if self._terms else agreed
        return Quote(
            per_request=agreed[0],
            monthly=self._monthly(agreed),
            list_monthly=None if listed is None else self._monthly(listed),
        )

    def of_way(self, way: Way) -> Quote | None:
        """Return the exact spend of a way; None where a stage has no price."""
        parts = []
        for stage in way.stages:
            single = self.single(stage.slot)
            if single is None:
                return None
            parts.append(single.times(_exact(stage.multiple)))
        return sum_of(parts)

    def per_request(self, slot: int) -> list[Decimal | None]:
        """Return what one request costs in each price segment; None where unknown."""
        segments = range(len(self._decision.view.segments))
        way = self._decision.ways.get(slot)
        if way is None:
            return [self._mixed(slot, segment, agreed=True) for segment in segments]
        return [self._way_per_request(way, segment) for segment in segments]

    def _way_per_request(self, way: Way, segment: int) -> Decimal | None:
        total = Decimal(0)
        for stage in way.stages:
            cost = self._mixed(stage.slot, segment, agreed=True)
            if cost is None:
                return None
            total += _exact(stage.multiple) * cost
        return total

    def _monthly(self, costs: list[Decimal]) -> tuple[Decimal, ...]:
        weighted = [
            [cost * count for count in counts]
            for cost, counts in zip(costs, self._requests, strict=True)
        ]
        return tuple(sum(column, Decimal(0)) for column in zip(*weighted, strict=True))

    def _per_segment(self, slot: int, *, agreed: bool) -> list[Decimal] | None:
        costs = []
        for segment in range(len(self._decision.view.segments)):
            cost = self._mixed(slot, segment, agreed=agreed)
            if cost is None:
                return None
            costs.append(cost)
        return costs

    def _mixed(self, slot: int, segment: int, *, agreed: bool) -> Decimal | None:
        """Price a request, the share that can wait at the batch tier where cheaper."""
        own = self._request_cost(slot, segment, agreed=agreed)
        share = self._decision.question.batch_share
        batch_slot = int(self._decision.view.history.batch_slot[slot])
        if own is None or batch_slot == NONE or share in (0, 1):
            return own
        batch = self._request_cost(batch_slot, segment, agreed=agreed)
        return own if batch is None or batch >= own else own + share * (batch - own)

    def _request_cost(self, slot: int, segment: int, *, agreed: bool) -> Decimal | None:
        """Price a request on a slot's own tier; most segments share row and term."""
        row = int(self._decision.view.price_rows[slot, segment])
        term = self._term(slot, segment) if agreed and self._terms else None
        key = (slot, row, None if term is None else term.id)
        if key not in self._costs:
            self._costs[key] = self._cost(slot, row, term)
        return self._costs[key]

    def _cost(self, slot: int, row: int, term: Term | None) -> Decimal | None:
        view = self._decision.view
        if term is not None and term.rates is not None:
            withdrawn = row != NONE and bool(view.history.prices.withdrawn[row])
            fixed = RateCard(rates=term.rates)
            return None if withdrawn else self._expected(slot, fixed)
        if row == NONE:
            return None
        rate = usd_per_unit(view, int(view.history.prices.currency[row]))
        cost = self._expected(slot, view.history.prices.card(row))
        if cost is None or rate is None:
            return None
        factor = term.factor if term is not None and term.factor is not None else 1
        return cost * rate * factor

    def _term(self, slot: int, segment: int) -> Term | None:
        history = self._decision.view.history
        moment = self._decision.view.segments[segment]
        holding = [
            term
            for term in self._terms
            if term.effective <= moment < term.ends
            and term.provider == history.slot_provider[slot]
            and term.model in (NONE, history.slot_model[slot])
            and term.service_tier in ("", history.slot_tier[slot])
        ]
        return holding[-1] if holding else None

    def _expected(self, slot: int, card: RateCard) -> Decimal | None:
        """Return the expected price of one request over hours and prompt lengths."""
        question, factors = self._decision.question, self._decision.factors
        tokenizer = _exact(float(factors.tokenizer[slot]))
        reasoning = _exact(float(factors.reasoning[slot]))
        output = _exact(float(factors.output[slot]))
        mean = (
            RequestClass(
                share=Decimal(1), input_tokens=Decimal(question.tokens.input_mean)
            ),
        )
        classes = mean if card.is_linear else request_classes(question.tokens)
        total = Decimal(0)
        for share, moment in self._moments(card):
            for each in classes:
                usage = billed_usage(
                    question, each.input_tokens, tokenizer, reasoning, output
                )
                price = charge(card, usage, at=moment)
                if price.unpriced:
                    return None
                total += share * each.share * price.amount
        return total

    def _moments(self, card: RateCard) -> Iterable[tuple[Decimal, datetime | None]]:
        """Yield (share of requests, a moment that stands for it) for each window."""
        if not card.windows:
            return [(Decimal(1), None)]
        return [
            (_exact(float((each.hours * self._hours).sum())), each.moment)
            for each in week_parts(card.windows)
        ]


def billed_usage(
    question: Question,
    input_tokens: Decimal,
    tokenizer: Decimal,
    reasoning: Decimal,
    output: Decimal,
) -> Usage:
    """Return what a provider bills for a request of `input_tokens` reference tokens.

    `tokenizer` and `output` multiply the buyer's prompt and visible output tokens,
    `reasoning` is hidden tokens per visible one.
    """
    prompt = input_tokens * tokenizer
    cached = prompt * question.tokens.cacheable_prefix_share
    written = cached * _exact(CACHE_WRITE_SHARE)
    visible = question.tokens.output_mean * output
    return Usage(
        input_tokens=prompt,
        cache_read_tokens=cached - written,
        cache_write_5m_tokens=written,
        output_tokens=visible * (1 + reasoning),
        reasoning_tokens=visible * reasoning,
    )


def usd_per_unit(view: View, currency: int) -> Decimal | None:
    """Return the exact exchange rate of a currency, None if it is unknown."""
    if view.history.currencies[currency] == "USD":
        return Decimal(1)
    row = int(view.fx_rows[currency])
    return None if row == NONE else view.history.fx_usd_per_unit[row]


def _exact(value: float) -> Decimal:
    """Return the shortest decimal that reads back as the float."""
    return Decimal(repr(value))
