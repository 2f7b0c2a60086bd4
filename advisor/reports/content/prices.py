"""List prices of what is in use: those that changed, and those that will."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from advisor.recommendations.amounts import iso
from advisor.reports.content.options import Key
from advisor.reports.content.span import Span
from catalog.models import Price
from catalog.selectors import holding

Json = dict[str, Any]

_KEY = ("offering_id", "service_tier")
# What nearly all of a text workload's spend is made of.
METERS = ("input_per_mtok", "output_per_mtok", "cache_read_per_mtok")


def price_changes(span: Span, options: Mapping[Key, Json]) -> list[Json]:
    """Return each rate of the given options that differs at the two ends of a week."""
    rows = _prices(options)
    before, after = (
        _by_key(holding(rows, _KEY, at)) for at in (span.before, span.after)
    )
    return [
        change
        for key, option in options.items()
        if key in before and key in after
        for change in _differences(before[key], after[key], option)
    ]


def announced_changes(
    span: Span, options: Mapping[Key, Json], *, until: datetime
) -> list[Json]:
    """Return the rates that will change by a moment, as far as it is known."""
    rows = _prices(options)
    now = _by_key(holding(rows, _KEY, span.after))
    ahead = rows.filter(
        effective_from__gt=span.covers_to,
        effective_from__lte=until,
        received_at__lte=span.known_at,
    ).order_by("effective_from", "offering_id", "service_tier", "-received_at")
    newest: dict[tuple[Key, datetime], Price] = {}
    for row in ahead:
        newest.setdefault((_key_of(row), row.effective_from), row)
    changes: list[Json] = []
    for (key, _), row in newest.items():
        if key in options and key in now:
            new = row.received_at > span.covers_from
            option = options[key] | {"new": new}
            changes += _differences(now[key], row, option)
            now[key] = row
    return changes


def _prices(options: Iterable[Key]) -> Any:
    offerings = {UUID(offering) for offering, _ in options}
    rows = Price.objects.filter(offering__in=offerings).select_related("sheet")
    # A sheet keeps all that was received, which may be megabytes.
    return rows.defer("sheet__content", "sheet__report")


def _by_key(rows: Iterable[Price]) -> dict[Key, Price]:
    return {_key_of(row): row for row in rows}


def _key_of(row: Price) -> Key:
    return str(row.offering_id), row.service_tier


def _differences(before: Price, after: Price, option: Json) -> Iterable[Json]:
    """Yield each meter that differs; a withdrawn listing is one difference."""
    shared = {
        **option,
        "effective_from": iso(after.effective_from),
        "received_at": iso(after.received_at),
        "currency": after.sheet.currency,
    }
    if after.withdrawn:
        if not before.withdrawn:
            yield {
                **shared,
                "meter": "withdrawn",
                "before": None,
                "after": None,
                "percent": None,
            }
        return
    if before.sheet.currency != after.sheet.currency:
        return
    for meter in METERS:
        was, now = getattr(before, meter), getattr(after, meter)
        if was is not None and now is not None and was != now:
            yield {
                **shared,
                "meter": meter,
                "before": _plain(was),
                "after": _plain(now),
                "percent": _percent(was, now),
            }


def _plain(rate: Decimal) -> str:
    """Return a rate without needless zeros, never as a power of ten."""
    return f"{rate.normalize():f}"


def _percent(before: Decimal, after: Decimal) -> float | None:
    return round(float(after / before - 1) * 100, 1) if before else None
