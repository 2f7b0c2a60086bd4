"""Dates and amounts as people write them."""

from datetime import date

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
WEEKDAYS = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)


def month(day: date) -> str:
    """Return the month's English name."""
    return MONTHS[day.month - 1]


def weekday(day: date) -> str:
    """Return the English name of the day of the week."""
    return WEEKDAYS[day.weekday()]


def long_date(day: date) -> str:
    """Return, for example, 5 March 2026."""
    return f"{day.day} {month(day)} {day.year}"


def american_date(day: date) -> str:
    """Return, for example, March 5, 2026."""
    return f"{month(day)} {day.day}, {day.year}"


def amount(cents: int) -> str:
    """Return, for example, 1,234.50."""
    return f"{cents / 100:,.2f}"


def continental(cents: int) -> str:
    """Return the same with point and comma exchanged: 1.234,50."""
    return amount(cents).translate(str.maketrans(",.", ".,"))
