"""How the admin pages word figures."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils.html import format_html

from catalog.fields import plain

UNKNOWN = "-"
SECONDS_PER_MINUTE = 60
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR
STATUS_COLOURS = {
    "queued": "info",
    "running": "warning",
    "succeeded": "success",
    "partial": "warning",
    "failed": "danger",
    "cancelled": "default",
}


def milliseconds(figure: float | None) -> str:
    """Return a latency with three digits that count: "9.87 ms", "12,300 ms"."""
    if figure is None:
        return UNKNOWN
    places = max(0, 3 - len(str(int(figure)))) if figure >= 1 else 2
    return f"{figure:,.{places}f} ms"


def percent(share: float | None) -> str:
    """Return a share as a percentage: "0 %", "1.7 %", "100 %"."""
    return UNKNOWN if share is None else f"{round(share * 100, 1):g} %"


def usd(amount: Decimal | None) -> str:
    """Return an amount of USD; small ones keep two digits that count."""
    if amount is None:
        return UNKNOWN
    places = 2 if amount == 0 else max(2, 1 - amount.adjusted())
    return f"{plain(round(amount, places)) if places > 2 else f'{amount:.2f}'} USD"


def duration(seconds: float | None) -> str:
    """Return a time span: "8.1 s", "2 min 5 s"."""
    if seconds is None:
        return UNKNOWN
    if seconds < SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), SECONDS_PER_MINUTE)
    return f"{minutes} min {rest} s"


def cadence(minutes: int) -> str:
    """Return how often: "every 45 min", "every 3 h", "every day"."""
    span = timedelta(minutes=minutes)
    if minutes % MINUTES_PER_DAY == 0:
        return "every day" if span.days == 1 else f"every {span.days} days"
    if minutes % MINUTES_PER_HOUR == 0:
        return f"every {minutes // MINUTES_PER_HOUR} h"
    return f"every {minutes} min"


def moment(at: datetime) -> str:
    """Return a moment to the minute, in UTC: "2026-11-25 06:04"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def linked(address: str, words: str) -> str:
    """Return words as a link in the colour of the admin's own."""
    colour = "text-primary-600 dark:text-primary-500"
    return format_html('<a href="{}" class="{}">{}</a>', address, colour, words)
