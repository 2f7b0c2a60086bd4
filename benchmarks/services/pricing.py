"""What requests to an offering cost, by the catalogue: exact, in USD.

The list price alone counts: what an organization agreed with a provider may be less,
and a budget must hold without it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from math import isnan

from benchmarks.harness.load import Lengths, Load
from benchmarks.harness.samples import ErrorKind, SampleTable
from benchmarks.harness.schedule import lengths_in_turn, stages
from catalog.models import FxRate, ModelFacts, Offering, Price
from catalog.pricing import Usage, charge
from catalog.rate_cards import RateCard
from catalog.selectors import Moment, holding

USD = "USD"
# Turned away before a model did anything, so nobody bills for them.
_NOT_BILLED = frozenset(
    {
        ErrorKind.BLOCKED,
        ErrorKind.CONNECT,
        ErrorKind.TLS,
        ErrorKind.RATE_LIMITED,
        ErrorKind.HTTP_4XX,
    }
)
_TOKENS = (
    "asked_input_tokens",
    "asked_output_tokens",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What an offering charges on one tier, as it held and was known at a moment.

    `reasoning_ratio` is hidden tokens per visible one, 0 where it is not known.
    """

    card: RateCard
    usd_per_unit: Decimal
    reasoning_ratio: Decimal

    def usd(self, usage: Usage, at: datetime) -> Decimal | None:
        """Return what one request costs, or None when a meter it uses has no rate."""
        billed = charge(self.card, usage, at=at)
        return None if billed.unpriced else billed.amount * self.usd_per_unit

    def expected(self, lengths: Lengths) -> Usage:
        """Return what a request of these lengths uses, hidden reasoning on top."""
        hidden = lengths.output_tokens * self.reasoning_ratio
        return Usage(
            input_tokens=lengths.input_tokens,
            output_tokens=lengths.output_tokens + hidden,
            reasoning_tokens=hidden,
        )


def tariff(offering: Offering, service_tier: str, at: datetime) -> Tariff | None:
    """Return what an offering charges, or None when its price in USD is unknown."""
    moment = Moment(as_of=at, known_at=at)
    prices = Price.objects.filter(offering=offering, service_tier=service_tier)
    held = holding(
        prices.select_related("sheet"), ["offering_id", "service_tier"], moment
    ).first()
    if held is None or held.withdrawn:
        return None
    usd_per_unit = _usd_per_unit(held.sheet.currency, moment)
    if usd_per_unit is None:
        return None
    facts = ModelFacts.objects.filter(model=offering.model_id)
    known = holding(facts, ["model_id"], moment).first()
    return Tariff(
        card=held.rate_card,
        usd_per_unit=usd_per_unit,
        reasoning_ratio=(known and known.reasoning_tokens_ratio) or Decimal(0),
    )


def _usd_per_unit(currency: str, moment: Moment) -> Decimal | None:
    if currency == USD:
        return Decimal(1)
    rates = FxRate.objects.filter(currency=currency)
    held = holding(rates, ["currency"], moment).first()
    return held.usd_per_unit if held else None


def estimate(tariff: Tariff | None, load: Load, at: datetime) -> Decimal | None:
    """Return what a load is to cost in USD, warm-up included; None when unpriced."""
    if tariff is None:
        return None
    total = Decimal(0)
    for lengths, requests in Counter(_each_length(load)).items():
        usd = tariff.usd(tariff.expected(lengths), at)
        if usd is None:
            return None
        total += usd * requests
    return total


def _each_length(load: Load) -> Iterator[Lengths]:
    for stage in stages(load):
        yield from islice(lengths_in_turn(load), stage.requests)


def cost(
    tariff: Tariff | None, samples: SampleTable, started_at: datetime
) -> Decimal | None:
    """Return what measured requests cost in USD; None when unpriced.

    What is not known of a request's usage counts as what was asked for: unknown is
    not zero. Requests that were turned away cost nothing.
    """
    if tariff is None:
        return None
    total = Decimal(0)
    starts = samples["intended_s"].tolist()
    tokens = zip(*(samples[name].tolist() for name in _TOKENS), strict=True)
    errors = samples.words["error"]
    for start_s, error, counts in zip(starts, errors, tokens, strict=True):
        usage = _usage(tariff, error, *counts)
        if usage is not None:
            usd = tariff.usd(usage, started_at + timedelta(seconds=start_s))
            if usd is None:
                return None
            total += usd
    return total


def _usage(
    tariff: Tariff,
    error: str,
    asked_input: float,
    asked_output: float,
    prompt: float,
    cached: float,
    output: float,
    reasoning: float,
) -> Usage | None:
    """Return what a request is billed for, or None when it is for nothing."""
    if error in _NOT_BILLED and isnan(output):
        return None
    asked = Lengths(
        input_tokens=int(_known(asked_input, 0)),
        output_tokens=int(_known(asked_output, 0)),
    )
    expected = tariff.expected(asked)
    input_tokens = int(_known(prompt, asked.input_tokens))
    if isnan(output):
        billed, hidden = expected.output_tokens, expected.reasoning_tokens
    else:
        billed, hidden = int(output), min(int(_known(reasoning, 0)), int(output))
    return Usage(
        input_tokens=input_tokens,
        cache_read_tokens=min(int(_known(cached, 0)), input_tokens),
        output_tokens=billed,
        reasoning_tokens=hidden,
    )


def _known(count: float, otherwise: float) -> float:
    return otherwise if isnan(count) else max(count, 0.0)
