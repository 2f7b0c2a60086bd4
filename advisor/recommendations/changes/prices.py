"""How the price of one option moved between two worlds, in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from advisor.decision.arrays import NONE
from advisor.decision.history import CatalogueHistory
from advisor.decision.moved import same_rates
from advisor.decision.worlds import World
from advisor.recommendations.wording import day_words, percent_words
from catalog.fields import plain
from catalog.rate_cards import METERS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The meters that a bill is mostly made of come first.
_FIRST = ("input_per_mtok", "output_per_mtok")
_METERS = (*_FIRST, *(meter for meter in METERS if meter not in _FIRST))
_WORDS = {"request": "price of a request"}


def price_clause(before: World, after: World, slot: int) -> str | None:
    """Return "its output price rose 20 % on 2026-12-01"; None if no rate moved.

    Within a horizon, the first price counts that differs from the older one's start.
    """
    history = after.seen.history
    old = int(before.seen.price_rows[slot, 0])
    moved = [
        row
        for row in after.seen.price_rows[slot].tolist()
        if not same_rates(history, old, row)
    ]
    if old == NONE or not moved or moved[0] == NONE:
        return None
    new = moved[0]
    if history.prices.withdrawn[old] or history.prices.withdrawn[new]:
        return None
    since = day_words(_EPOCH + timedelta(microseconds=_effective(history, new)))
    clauses = _meters(history, old, new)
    if not clauses:
        return f"its price list changed on {since}"
    return f"{' and '.join(clauses)} on {since}"


def _effective(history: CatalogueHistory, row: int) -> int:
    return int(history.prices.dated.effective[row])


def _meters(history: CatalogueHistory, old: int, new: int) -> list[str]:
    """Return how each of the first two meters that moved did so."""
    prices = history.prices
    if prices.currency[old] != prices.currency[new]:
        currency = history.currencies[int(prices.currency[new])]
        return [f"its price is now stated in {currency}"]
    before, after = prices.card(old).rates, prices.card(new).rates
    found = (
        _meter(meter, getattr(before, meter), getattr(after, meter))
        for meter in _METERS
    )
    return [clause for clause in found if clause][:2]


def _meter(meter: str, before: Decimal | None, after: Decimal | None) -> str | None:
    name = meter.removesuffix("_per_mtok").replace("_", " ")
    words = _WORDS.get(name, f"{name} price")
    if before == after:
        return None
    by = None if before is None or after is None else percent_words(before, after)
    if by is not None:
        return f"its {words} {by}"
    stated = ["unknown" if each is None else plain(each) for each in (before, after)]
    return f"its {words} went from {stated[0]} to {stated[1]}"


def agreed_price_moved(before: World, after: World, slot: int) -> bool:
    """Tell whether other contract terms hold for a slot's provider."""
    return _terms(before, slot) != _terms(after, slot)


def _terms(world: World, slot: int) -> set[str]:
    history = world.seen.history
    ends = max(world.seen.segments)
    return {
        term.id
        for term in world.seen.terms
        if term.provider == history.slot_provider[slot]
        and term.model in (NONE, history.slot_model[slot])
        and term.service_tier in ("", history.slot_tier[slot])
        and term.effective <= ends
        and world.seen.at_microseconds < term.ends
    }
