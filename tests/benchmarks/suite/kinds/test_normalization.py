"""Dates and amounts: forms that can be worked out again another way."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from benchmarks.suite import KINDS, items
from benchmarks.suite.number_words import words

DRAWN = items(KINDS["normalization"], seed=5, count=240)
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def day_of(text, layout="%d %B %Y"):
    return datetime.strptime(text, layout).replace(tzinfo=UTC).date()


def said_like(form):
    """Return the matches of a form with the answers expected for them."""
    pairs = [
        (found, item["expected"])
        for item in DRAWN
        if (found := re.search(form, item["messages"][0]["content"].split("\n\n")[1]))
    ]
    assert pairs, form
    return pairs


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (305, "three hundred and five"),
        (1_001, "one thousand and one"),
        (2_300, "two thousand three hundred"),
        (99_999, "ninety-nine thousand nine hundred and ninety-nine"),
        (120_017, "one hundred and twenty thousand and seventeen"),
    ],
)
def test_numbers_are_spelled_out(number, expected):
    assert words(number) == expected


@pytest.mark.parametrize(
    ("form", "layout"),
    [
        (r"^([A-Z]\w+ \d+, \d{4})$", "%B %d, %Y"),
        (r"^[A-Z]\w+day, (\d+ [A-Z]\w+ \d{4})$", "%d %B %Y"),
        (r"^(\d+ [A-Z]\w{2} \d{4})$", "%d %b %Y"),
        (r"^(\S+) \(year, month, day\)$", "%Y/%m/%d"),
        (r"^(\S+) \(the day stands first\)$", "%d.%m.%Y"),
        (r"^(\S+) \(the month stands first\)$", "%m/%d/%y"),
    ],
)
def test_a_written_date_is_the_one_expected(form, layout):
    for found, expected in said_like(form):
        assert expected == str(day_of(found[1], layout))


def test_days_are_counted_from_the_date_said():
    for found, expected in said_like(r"^(\d+) days after (.+)$"):
        start = day_of(found[2])
        assert date.fromisoformat(expected) - start == timedelta(days=int(found[1]))


def test_the_day_after_and_the_month_end_are_next_to_the_next():
    for found, expected in said_like(r"^the day after (.+)$"):
        start = day_of(found[1])
        assert (date.fromisoformat(expected) - start).days == 1
    for found, expected in said_like(r"^the last day of (.+)$"):
        last = date.fromisoformat(expected)
        assert f"{last:%B %Y}" == found[1]
        assert (last + timedelta(days=1)).day == 1


def test_a_weekday_of_a_month_is_the_one_that_is_named():
    for found, expected in said_like(r"^the (\w+) (\w+day) of (\w+ \d{4})$"):
        day = date.fromisoformat(expected)
        # Days 1 to 7 hold the first of each weekday, 8 to 14 the second.
        assert ((day.day - 1) // 7 + 1, f"{day:%A}") == (ORDINALS[found[1]], found[2])
        assert f"{day:%B %Y}" == found[3]


def test_the_first_weekday_after_a_date_is_one_to_seven_days_off():
    for found, expected in said_like(r"^the first (\w+) after \w+, (.+)$"):
        day = date.fromisoformat(expected)
        start = day_of(found[2])
        assert f"{day:%A}" == found[1]
        assert 1 <= (day - start).days <= 7


def test_a_day_of_the_year_is_counted_from_its_first():
    for found, expected in said_like(r"^day (\d+) of the year (\d{4})"):
        assert f"{date.fromisoformat(expected):%j %Y}" == (
            f"{int(found[1]):03} {found[2]}"
        )


@pytest.mark.parametrize(
    ("form", "worth"),
    [
        (r"^\$([\d.,]+)$", lambda a: a),
        (r"^(?:EUR|GBP|CHF) ([\d.,]+)$", lambda a: a),
        (r"^\(([\d.,]+)\) in a ledger", lambda a: -a),
        (r"^EUR ([\d.]+)k$", lambda a: a * 1_000),
        (r"^([\d.]+) million dollars$", lambda a: a * 1_000_000),
        (r"^([\d.]+)k dollars a month, for (\d+) months", lambda a, b: a * 1_000 * b),
        (r"^EUR ([\d.,]+) plus (\d+) % tax", lambda a, b: a * (100 + b) / 100),
        (
            r"^USD ([\d.,]+) less a discount of (\d+) %",
            lambda a, b: a * (100 - b) / 100,
        ),
    ],
)
def test_an_amount_is_the_one_expected(form, worth):
    for found, expected in said_like(form):
        figures = [Decimal(each.replace(",", "")) for each in found.groups()]
        assert Decimal(expected) == worth(*figures)


def test_a_continental_amount_has_its_decimals_after_the_comma():
    for found, expected in said_like(r"^([\d.]+),(\d\d) €"):
        assert expected == f"{found[1].replace('.', '')}.{found[2]}"


def test_an_amount_in_words_is_the_one_expected():
    for found, expected in said_like(r"^(.+) dollars and (.+) cents?$"):
        whole, cents = expected.split(".")
        assert (found[1], found[2]) == (words(int(whole)), words(int(cents)))
