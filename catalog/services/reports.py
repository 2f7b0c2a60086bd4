"""The report kept with a price sheet: JSON that an admin can read row by row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.importers.listings import Listing, ParsedSheet, RowProblem
from catalog.rate_cards import Rates, tiers_to_json, windows_to_json
from catalog.services.held import HeldOffering
from catalog.services.screening import Key, OfferingPlan, Suspicion
from catalog.services.timelines import PlannedPrice, Terms, terms_at

# A report is read by people; a file that is wrong from end to end needs no more.
MOST_PROBLEMS = 1000
_FACTOR = Decimal("0.001")

# Relative error of a price that went through a float.
FLOAT_NOISE = Decimal("1e-9")


def failure_report(problems: Sequence[RowProblem]) -> dict[str, Any]:
    """Return the report of a sheet that could not be read."""
    return {
        "counts": {"problems": len(problems)},
        "problems": [_problem(each) for each in problems[:MOST_PROBLEMS]],
    }


def sheet_report(
    parsed: ParsedSheet,
    plans: Sequence[OfferingPlan],
    suspicions: Sequence[Suspicion],
    *,
    lost: Sequence[Key],
    held_because: Sequence[str],
    cross_check: dict[str, Any],
    lists_new: bool,
) -> dict[str, Any]:
    """Return what a sheet changes and what is odd about it.

    `changes` leaves new listings out unless `lists_new`: in the first sheet of a source
    all of them are.
    """
    counts = Counter(price.change for plan in plans for price in plan.planned)
    return {
        "counts": {
            "listings": len(parsed.listings),
            "unpriced": sum(not each.timelines for each in parsed.listings),
            "unchanged": sum(not plan.planned for plan in plans),
            **{kind: counts[kind] for kind in ("new", "repriced", "restated")},
            "withdrawn": counts["withdrawn"],
            "lost_listings": len(lost),
            "suspicious": len(suspicions),
            "remarks": len(parsed.remarks),
            "problems": 0,
        },
        "held_because": list(held_because),
        "changes": [_suspicious(each) for each in suspicions]
        + [
            _change(plan.key, price)
            for plan in plans
            for price in plan.planned
            if lists_new or price.change != "new"
        ],
        "lost": [_place(key) for key in lost],
        "problems": [],
        "remarks": [_problem(each) for each in parsed.remarks[:MOST_PROBLEMS]],
        "cross_check": cross_check,
    }


def cross_check(
    others: Iterable[tuple[Listing, HeldOffering]], *, at: datetime
) -> dict[str, Any]:
    """Compare listings that another source prices: do the two agree today?

    Only prompt and answer of the standard tier are compared: sources differ in what
    else they list.
    """
    agrees = 0
    disagrees: list[dict[str, Any]] = []
    for listing, held in others:
        ours = _standard(held.timelines.get("standard", {}), at)
        theirs = _standard(
            {
                card.effective_from or datetime.min.replace(tzinfo=at.tzinfo): Terms(
                    card.card, card.other_meters
                )
                for card in listing.timelines.get("standard", ())
            },
            at,
        )
        if _agree(ours, theirs):
            agrees += 1
            continue
        disagrees.append(
            {
                **_place(listing.key),
                "source": held.price_source,
                "ours": ours,
                "theirs": theirs,
            }
        )
    return {"agrees": agrees, "disagrees": disagrees}


def _standard(timeline: dict[datetime, Terms] | Any, at: datetime) -> dict[str, str]:
    terms = terms_at(timeline, at)
    if terms is None or terms.card is None:
        return {}
    rates = _rates(terms.card.rates)
    return {
        meter: rates[meter]
        for meter in ("input_per_mtok", "output_per_mtok")
        if meter in rates
    }


def _agree(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    """Tell whether all that both state is equal; an unpriced side agrees with none.

    A source that keeps prices as floats is off in the last digit, which is no dispute.
    """
    both = ours.keys() & theirs.keys()
    return bool(both) and all(
        abs(Decimal(ours[meter]) - Decimal(theirs[meter]))
        <= FLOAT_NOISE * Decimal(ours[meter])
        for meter in both
    )


def _rates(rates: Rates) -> dict[str, str]:
    return {
        meter: _plain(rate)
        for meter, rate in rates.stated_or_none()
        if rate is not None
    }


def _plain(rate: Decimal) -> str:
    """Return a rate without an exponent and without idle zeros."""
    return f"{rate.normalize():f}"


def _problem(problem: RowProblem) -> dict[str, str]:
    return {
        "row": _storable(problem.row),
        "field": _storable(problem.field),
        "detail": _storable(problem.detail),
    }


def _storable(text: str) -> str:
    """Return text that PostgreSQL's JSON takes: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _place(key: Key) -> dict[str, str]:
    provider, name, region = key
    return {"provider": provider, "name": name, "region": region}


def _change(key: Key, price: PlannedPrice) -> dict[str, Any]:
    return {
        "change": price.change,
        **_place(key),
        "service_tier": price.service_tier,
        "effective_from": price.effective_from.isoformat(),
        "before": _terms(price.before),
        "after": _terms(price.after),
    }


def _terms(terms: Terms | None) -> dict[str, Any] | None:
    if terms is None or terms.card is None:
        return None
    card = terms.card
    described: dict[str, Any] = dict(_rates(card.rates))
    if card.context_tiers:
        described["context_tiers"] = tiers_to_json(card.context_tiers)
    if card.windows:
        described["windows"] = windows_to_json(card.windows)
    if terms.other_meters:
        described["other_meters"] = {
            name: _plain(rate) for name, rate in terms.other_meters.items()
        }
    return described


def _suspicious(found: Suspicion) -> dict[str, Any]:
    return {
        "change": "suspicious",
        **_place(found.key),
        "service_tier": found.service_tier,
        "effective_from": found.effective_from.isoformat(),
        "meter": found.meter,
        "before": None if found.before is None else _plain(found.before),
        "after": None if found.after is None else _plain(found.after),
        "factor": None if found.value is None else str(found.value.quantize(_FACTOR)),
        "reason": found.reason,
    }
