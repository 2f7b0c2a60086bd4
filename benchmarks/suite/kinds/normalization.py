"""Dates and amounts in the form that a system takes."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from benchmarks.suite import wording
from benchmarks.suite.drawing import Draw
from benchmarks.suite.number_words import words
from benchmarks.suite.question import Difficulty, Kind, Question

DATE = (
    "Write this date as YYYY-MM-DD.\n\n{text}\n\n"
    "Reply with the date only, in that form."
)
AMOUNT = (
    "Write this amount as a plain number: two decimals after a point, no thousands"
    " separator, no currency.\n\n{text}\n\nReply with the number only, in that form."
)
ORDINALS = ("first", "second", "third", "fourth")
Dated = tuple[str, date]
Counted = tuple[str, int]


def _day(draw: Draw) -> date:
    return date(2024, 1, 1) + timedelta(days=draw.whole(0, 5 * 365))


def _unlike(draw: Draw) -> date:
    """Return a date whose day cannot be taken for its month, but for a slip."""
    day = _day(draw)
    return day if day.day != day.month and day.day < 13 else _unlike(draw)


def _american(draw: Draw) -> Dated:
    return wording.american_date(day := _day(draw)), day


def _long(draw: Draw) -> Dated:
    return f"{wording.weekday(day := _day(draw))}, {wording.long_date(day)}", day


def _short(draw: Draw) -> Dated:
    day = _day(draw)
    return f"{day.day} {wording.month(day)[:3]} {day.year}", day


def _slashed(draw: Draw) -> Dated:
    day = _day(draw)
    return f"{day.year}/{day.month}/{day.day} (year, month, day)", day


def _day_first(draw: Draw) -> Dated:
    day = _unlike(draw)
    return f"{day.day}.{day.month}.{day.year} (the day stands first)", day


def _month_first(draw: Draw) -> Dated:
    day = _unlike(draw)
    text = f"{day.month:02}/{day.day:02}/{day.year % 100} (the month stands first)"
    return text, day


def _day_after(draw: Draw) -> Dated:
    day = _day(draw)
    return f"the day after {wording.long_date(day)}", day + timedelta(days=1)


def _month_end(draw: Draw) -> Dated:
    day = _day(draw)
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return f"the last day of {wording.month(day)} {day.year}", last


def _nth_weekday(draw: Draw) -> Dated:
    start = _day(draw).replace(day=1)
    nth, weekday = draw.whole(0, 3), draw.whole(0, 6)
    found = start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * nth)
    name = f"{ORDINALS[nth]} {wording.WEEKDAYS[weekday]}"
    return f"the {name} of {wording.month(start)} {start.year}", found


def _days_after(draw: Draw) -> Dated:
    day, days = _day(draw), draw.whole(20, 90)
    return f"{days} days after {wording.long_date(day)}", day + timedelta(days=days)


def _weekday_after(draw: Draw) -> Dated:
    day, weekday = _day(draw), draw.whole(0, 6)
    found = day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
    said = f"{wording.weekday(day)}, {wording.long_date(day)}"
    return f"the first {wording.WEEKDAYS[weekday]} after {said}", found


def _day_of_year(draw: Draw) -> Dated:
    year, number = draw.whole(2024, 2029), draw.whole(40, 330)
    return (
        f"day {number} of the year {year} (1 January is day 1)",
        date(year, 1, 1) + timedelta(days=number - 1),
    )


def _dollars(draw: Draw) -> Counted:
    cents = draw.whole(100_000, 9_999_999)
    return f"${wording.amount(cents)}", cents


def _coded(draw: Draw) -> Counted:
    cents = draw.whole(100_000, 99_999_999)
    return f"{draw.one(('EUR', 'GBP', 'CHF'))} {wording.amount(cents)}", cents


def _continental(draw: Draw) -> Counted:
    cents = draw.whole(100_000, 99_999_999)
    text = f"{wording.continental(cents)} € (the comma stands before the decimals)"
    return text, cents


def _thousands(draw: Draw) -> Counted:
    tenths = draw.whole(11, 9_999)
    return f"EUR {tenths / 10:.1f}k", tenths * 100 * 100


def _millions(draw: Draw) -> Counted:
    hundredths = draw.whole(101, 2_999)
    return f"{hundredths / 100:.2f} million dollars", hundredths * 10_000 * 100


def _bracketed(draw: Draw) -> Counted:
    cents = draw.whole(100_000, 9_999_999)
    return (
        f"({wording.amount(cents)}) in a ledger where brackets stand for a minus",
        -cents,
    )


def _in_words(draw: Draw) -> Counted:
    whole, cents = draw.whole(1_001, 99_999), draw.whole(1, 99)
    text = f"{words(whole)} dollars and {words(cents)} cent{'s' * (cents > 1)}"
    return text, whole * 100 + cents


def _with_tax(draw: Draw) -> Counted:
    whole, percent = draw.whole(101, 4_999), draw.one((5, 10, 20))
    text = f"EUR {wording.amount(whole * 100)} plus {percent} % tax, tax included"
    return text, whole * (100 + percent)


def _by_the_month(draw: Draw) -> Counted:
    tenths, months = draw.whole(11, 299), draw.whole(3, 18)
    text = f"{tenths / 10:.1f}k dollars a month, for {months} months, in all"
    return text, tenths * 100 * 100 * months


def _with_discount(draw: Draw) -> Counted:
    whole, percent = draw.whole(101, 4_999), draw.one((5, 15, 30))
    text = f"USD {wording.amount(whole * 100)} less a discount of {percent} %"
    return text, whole * (100 - percent)


DATES: dict[Difficulty, tuple[Callable[[Draw], Dated], ...]] = {
    Difficulty.EASY: (_american, _long, _short, _slashed),
    Difficulty.MEDIUM: (_day_first, _month_first, _day_after, _month_end),
    Difficulty.HARD: (_nth_weekday, _days_after, _weekday_after, _day_of_year),
}
AMOUNTS: dict[Difficulty, tuple[Callable[[Draw], Counted], ...]] = {
    Difficulty.EASY: (_dollars, _coded),
    Difficulty.MEDIUM: (_continental, _thousands, _millions, _bracketed),
    Difficulty.HARD: (_in_words, _with_tax, _by_the_month, _with_discount),
}


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    if draw.whole(0, 1):
        form = draw.one(DATES[difficulty])
        text, day = form(draw)
        return Question(
            prompt=DATE.format(text=text),
            expected=day.isoformat(),
            grader={"kind": "regex", "pattern": r"\d{4}-\d{2}-\d{2}"},
            pattern="",
            max_output_tokens=32,
        )
    counted = draw.one(AMOUNTS[difficulty])
    text, cents = counted(draw)
    return Question(
        prompt=AMOUNT.format(text=text),
        expected=f"{cents / 100:.2f}",
        grader={"kind": "regex", "pattern": r"-?\d+(?:[.,]\d+)*"},
        pattern="",
        max_output_tokens=32,
    )


KIND = Kind(
    name="normalization",
    task_family="extraction",
    title="Dates and amounts",
    asks="a date as YYYY-MM-DD or an amount as a number, from how people write them",
    question=_question,
)
