"""What one request costs, exactly, in `Decimal` and unrounded.

Pure: no Django, no clock. Every reply in money goes through `charge`; the screening of
thousands of options in floating point is tied to it by a property test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from catalog.rate_cards import ContextTier, RateCard, Rates

TOKENS_PER_MTOK = Decimal(1_000_000)

Count = int | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Billed tokens of one request.

    `input_tokens` is the whole prompt: cache reads, both kinds of cache write, audio
    and image tokens are parts of it and do not overlap. `output_tokens` is the whole
    answer: reasoning, audio and image tokens are parts of it.
    """

    input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_tokens: Count = 0
    cache_write_5m_tokens: Count = 0
    cache_write_1h_tokens: Count = 0
    reasoning_tokens: Count = 0
    audio_input_tokens: Count = 0
    audio_output_tokens: Count = 0
    image_input_tokens: Count = 0
    image_output_tokens: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The price of one request, in the card's currency.

    `unpriced` names meters that were used and have no rate: then `amount` is what the
    known meters add up to and the true price is unknown, not smaller.
    """

    amount: Decimal
    unpriced: frozenset[str] = frozenset()


# A part of the prompt or the answer without a rate of its own is billed as the rate
# named next: a provider that lists no cache price bills cached tokens as input.
_PARTS = (
    (
        "cache_read_tokens",
        ("cache_read_per_mtok", "input_per_mtok"),
    ),
    (
        "cache_write_5m_tokens",
        ("cache_write_5m_per_mtok", "input_per_mtok"),
    ),
    (
        "cache_write_1h_tokens",
        ("cache_write_1h_per_mtok", "cache_write_5m_per_mtok", "input_per_mtok"),
    ),
    ("audio_input_tokens", ("audio_input_per_mtok", "input_per_mtok")),
    ("image_input_tokens", ("image_input_per_mtok", "input_per_mtok")),
    ("reasoning_tokens", ("reasoning_per_mtok", "output_per_mtok")),
    ("audio_output_tokens", ("audio_output_per_mtok", "output_per_mtok")),
    ("image_output_tokens", ("image_output_per_mtok", "output_per_mtok")),
)
_INPUT_PARTS = tuple(name for name, _ in _PARTS[:5])
_OUTPUT_PARTS = tuple(name for name, _ in _PARTS[5:])


def charge(card: RateCard, usage: Usage, *, at: datetime | None = None) -> Charge:
    """Return what `usage` costs on `card` at the aware moment `at`.

    Without a moment no daily window applies. Raises `ValueError` when the parts of the
    prompt or of the answer exceed the whole.
    """
    rates = rates_for(card, prompt_tokens=usage.input_tokens, at=at)
    amount = rates.per_request or Decimal(0)
    unpriced = set()
    for meter, rate, tokens in _billed(rates, usage):
        if rate is None:
            unpriced.add(meter)
        else:
            amount += rate * tokens / TOKENS_PER_MTOK
    return Charge(amount=amount, unpriced=frozenset(unpriced))


def rates_for(card: RateCard, *, prompt_tokens: Count, at: datetime | None) -> Rates:
    """Return the rates for a whole request: first the window, then the context tier.

    The highest tier whose threshold the prompt exceeds applies to every token of the
    request, not only to those above the threshold.
    """
    rates, tiers = card.rates, card.context_tiers
    if at is not None and card.windows:
        moment = at.astimezone(UTC)
        for window in card.windows:
            if window.holds(moment):
                rates, tiers = window.rates, window.context_tiers
                break
    return _in_tier(rates, tiers, prompt_tokens)


def _in_tier(
    rates: Rates, tiers: tuple[ContextTier, ...], prompt_tokens: Count
) -> Rates:
    for tier in reversed(tiers):
        if prompt_tokens > tier.above_prompt_tokens:
            return rates.overridden_by(tier.rates)
    return rates


def _billed(rates: Rates, usage: Usage) -> Iterator[tuple[str, Decimal | None, Count]]:
    """Yield (meter, rate or None, tokens) for every meter that the usage touches."""
    yield from _remainder(rates.input_per_mtok, usage, "input_tokens", _INPUT_PARTS)
    yield from _remainder(rates.output_per_mtok, usage, "output_tokens", _OUTPUT_PARTS)
    for part, meters in _PARTS:
        tokens = getattr(usage, part)
        if tokens:
            stated = (getattr(rates, meter) for meter in meters)
            rate = next((rate for rate in stated if rate is not None), None)
            yield meters[-1] if rate is None else meters[0], rate, tokens


def _remainder(
    rate: Decimal | None, usage: Usage, whole: str, parts: tuple[str, ...]
) -> Iterator[tuple[str, Decimal | None, Count]]:
    tokens = getattr(usage, whole) - sum(getattr(usage, part) for part in parts)
    if tokens < 0:
        raise ValueError(f"{whole} is less than its parts: {', '.join(parts)}")
    if tokens:
        yield whole.replace("_tokens", "_per_mtok"), rate, tokens
