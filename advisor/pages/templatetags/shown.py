"""How figures are worded on pages: rounded for reading, a dash for unknown."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import format_currency, format_decimal, format_percent
from django import template
from django.templatetags.static import static
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from advisor.pages.charts import configs, library_name
from advisor.reports.charts.theme import BAND_COLOURS

register = template.Library()

UNKNOWN = "\N{EN DASH}"
LOCALE = "en_US"
# Below this sum the cents matter.
WHOLE_FROM = 100
BANDS = {
    "small": "under 13 billion parameters",
    "medium": "13 to under 100 billion parameters",
    "large": "100 billion parameters and more",
    "undisclosed": "size not disclosed by its maker",
}


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@register.filter
def money(value: Any, currency: str = "USD") -> str:
    """Return a sum with its currency; cents only in small ones."""
    amount = _number(value)
    if amount is None:
        return UNKNOWN
    if 0 < abs(amount) < WHOLE_FROM:
        return format_currency(amount, currency, locale=LOCALE)
    pattern = "¤#,##0;-¤#,##0"
    return format_currency(
        amount, currency, pattern, locale=LOCALE, currency_digits=False
    )


@register.filter
def number(value: Any) -> str:
    """Return a figure with thousands parted, to at most two decimals."""
    figure = _number(value)
    if figure is None:
        return UNKNOWN
    return format_decimal(figure, "#,##0.##", locale=LOCALE)


@register.filter
def percent(value: Any, digits: int = 0) -> str:
    """Return a share from 0 to 1 as a percentage."""
    share = _number(value)
    if share is None:
        return UNKNOWN
    pattern = "#,##0." + "0" * digits + " %" if digits else "#,##0 %"
    return format_percent(share, pattern, locale=LOCALE)


@register.filter
def milliseconds(value: Any) -> str:
    """Return a time in milliseconds; from ten seconds on in seconds."""
    figure = _number(value)
    if figure is None:
        return UNKNOWN
    if figure >= 10_000:
        return f"{number(round(figure / 1000, 1))} s"
    return f"{number(round(figure))} ms"


def _moment(value: Any) -> datetime | date | None:
    moment = parse_datetime(value) if isinstance(value, str) else value
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


@register.filter
def day(value: Any) -> SafeString | str:
    """Return the day of a moment (UTC), such as 25 Nov 2026."""
    moment = _moment(value)
    if moment is None:
        return UNKNOWN
    said = f"{moment.day} {moment:%b %Y}"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), said)


@register.filter
def moment(value: Any) -> SafeString | str:
    """Return a moment to the minute, in UTC."""
    found = _moment(value)
    if found is None:
        return UNKNOWN
    said = f"{found.day} {found:%b %Y, %H:%M} UTC"
    return format_html('<time datetime="{}">{}</time>', found.isoformat(), said)


@register.filter
def words(value: Any) -> str:
    """Return a word of the API as words: "in_progress" is "in progress"."""
    return str(value).replace("_", " ")


@register.simple_tag
def band(name: str | None) -> SafeString | str:
    """Return the badge of a size band."""
    if name not in BANDS:
        return UNKNOWN
    return format_html(
        '<span class="band band-{}" title="{}">{}</span>', name, BANDS[name], name
    )


@register.filter
def parameters(size: Any) -> str:
    """Return a model's size in billions; a mixture's active share beside it."""
    if not size or not size.get("total_parameters_b"):
        return "size not disclosed"
    total, active = size["total_parameters_b"], size.get("active_parameters_b")
    if active and active != total:
        return f"{number(total)} B, {number(active)} B active"
    return f"{number(total)} B"


@register.simple_tag
def chart_library() -> str:
    """Return the address of the script that draws charts."""
    return static(library_name())


@register.simple_tag
def chart_configs() -> dict[str, Any]:
    """Return the look of charts in both colour schemes."""
    return configs()


@register.simple_tag
def band_names() -> list[str]:
    """Return the size bands, smallest first."""
    return list(BAND_COLOURS)
