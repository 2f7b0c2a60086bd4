"""Numbers, money and dates as readers write them."""

import pytest

from advisor.reports.writing.formats import Formats


def formats(locale, time_zone="UTC"):
    return Formats(locale, currency="USD", time_zone=time_zone)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en_US", "USD\xa012,345.60"),
        ("fr_FR", "12\u202f345,60\xa0$US"),
        ("de-DE", "12.345,60\xa0USD"),
        ("pt_BR", "US$\xa012.345,60"),
        ("xx_YY", "USD\xa012,345.60"),
        ("../etc", "USD\xa012,345.60"),
    ],
)
def test_money_names_its_currency_in_every_locale(locale, written):
    assert formats(locale).money("12345.60") == written


def test_a_small_rate_keeps_its_digits():
    assert formats("en_US").rate("0.075", "EUR") == "€0.075"
    assert formats("fr_FR").rate("3", "USD") == "3,00\xa0$US"


@pytest.mark.parametrize(
    ("locale", "day", "days"),
    [
        ("en_US", "Nov 16, 2026", "Nov 16\u2009\u2013\u200923, 2026"),
        ("fr_FR", "16 nov. 2026", "16\u201323 nov. 2026"),
    ],
)
def test_days_are_those_of_the_reports_clock(locale, day, days):
    shown = formats(locale, "Pacific/Auckland")  # UTC+13 in November

    assert shown.day("2026-11-15T19:00:00Z") == day
    assert shown.days("2026-11-15T19:00:00Z", "2026-11-22T19:00:00Z") == days
    assert shown.day("2026-11-16") == day


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(21.44, "21.4\xa0ms"), (1812.4, "1,812\xa0ms"), (12_345.0, "12.3\xa0s")],
)
def test_times_have_three_digits_or_so(milliseconds, written):
    assert formats("en_US").milliseconds(milliseconds) == written


def test_shares_and_changes_are_in_percent():
    shown = formats("fr_FR")

    assert shown.share(0.0104) == "1\xa0%"
    assert shown.share(0.777) == "77,7\xa0%"
    assert shown.signed_percent(-20.0) == "-20\xa0%"
    assert shown.signed_percent(2.5) == "+2,5\xa0%"
