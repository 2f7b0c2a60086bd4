"""What actual traffic cost, or would have cost elsewhere, at the prices of its time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from advisor.decision.arrays import Floats
from advisor.decision.bands import week_parts
from advisor.decision.dated_prices import Holding
from advisor.decision.question import Question
from advisor.decision.traffic import hour_weights, request_classes
from catalog.pricing import Count, Usage, charge
from catalog.rate_cards import RateCard

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Billed totals of a period: whole prompts and answers, with parts of them."""

    requests: Count
    input_tokens: Count
    cached_input_tokens: Count
    output_tokens: Count
    reasoning_tokens: Count

    def translated(
        self, *, tokenizer: Decimal | None, reasoning: Decimal | None
    ) -> "Used":
        """Return the tokens that another model would have billed for the same.

        `tokenizer` is its tokens per token of this one, `reasoning` its hidden tokens
        per visible one; where unknown (None), tokens stay as they are.
        """
        ratio = 1 if tokenizer is None else tokenizer
        visible = (self.output_tokens - self.reasoning_tokens) * ratio
        hidden = (
            self.reasoning_tokens * ratio if reasoning is None else visible * reasoning
        )
        return Used(
            requests=self.requests,
            input_tokens=self.input_tokens * ratio,
            cached_input_tokens=self.cached_input_tokens * ratio,
            output_tokens=visible + hidden,
            reasoning_tokens=hidden,
        )


class Shape:
    """How requests spread over prompt lengths and hours, as the workload states it.

    It matters to cards alone whose rates depend on either: totals do not tell.
    """

    def __init__(self, question: Question) -> None:
        self._question = question

    @property
    def lengths(self) -> Iterable[tuple[Decimal, Decimal]]:
        """Yield (share of requests, prompt length as a multiple of the mean)."""
        mean = self._question.tokens.input_mean
        for each in request_classes(self._question.tokens):
            yield each.share, each.input_tokens / mean

    def moments(self, card: RateCard) -> Iterable[tuple[Decimal, datetime | None]]:
        """Yield (share of requests, a moment for it) for each window of a card."""
        if not card.windows:
            yield Decimal(1), None
            return
        hours: Floats = hour_weights(self._question.traffic)
        for part in week_parts(card.windows):
            share = Decimal(repr(float((part.hours * hours).sum())))
            yield share, part.moment


def cost_of(used: Used, holdings: Iterable[Holding], shape: Shape) -> Decimal | None:
    """Return what a period's traffic costs in USD, unrounded; None if unknown.

    Traffic is taken as even over the period where a price changed within it.
    """
    whole, total = 0, ZERO
    for holding in holdings:
        price = _price(used, holding.card, shape)
        if price is None:
            return None
        whole += holding.microseconds
        total += price * holding.factor * holding.microseconds
    return total / whole


def _price(used: Used, card: RateCard, shape: Shape) -> Decimal | None:
    if not used.requests:
        return ZERO
    if card.is_linear:
        price = charge(card, _usage(used, Decimal(1), used.input_tokens))
        once = card.rates.per_request or ZERO
        return None if price.unpriced else price.amount + once * (used.requests - 1)
    total = ZERO
    mean = Decimal(used.input_tokens) / used.requests
    for length_share, multiple in shape.lengths:
        usage = _usage(used, Decimal(used.requests), mean * multiple)
        for share, moment in shape.moments(card):
            price = charge(card, usage, at=moment)
            if price.unpriced:
                return None
            total += price.amount * used.requests * length_share * share
    return total


def _usage(used: Used, requests: Decimal, input_tokens: Count) -> Usage:
    """Return the usage of one of `requests`, with a prompt of `input_tokens`."""
    cached = ZERO
    if used.input_tokens:
        cached = input_tokens * Decimal(used.cached_input_tokens) / used.input_tokens
    return Usage(
        input_tokens=input_tokens,
        cache_read_tokens=min(cached, Decimal(input_tokens)),
        output_tokens=used.output_tokens / requests,
        reasoning_tokens=used.reasoning_tokens / requests,
    )
