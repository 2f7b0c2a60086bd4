from datetime import date
from math import exp

import pytest

from workloads.forecast import month_after, monthly_requests, requests_from_usage

TODAY = date(2026, 11, 23)


def forecast(**changes):
    stated = {
        "requests_per_month": 1_000_000,
        "growth_per_month": 0.05,
        "growth_uncertainty": 0.02,
        "today": TODAY,
    }
    return monthly_requests(**{**stated, **changes})


def test_twelve_months_start_with_the_one_after_today():
    months = [row.month for row in forecast()]

    assert months[0] == date(2026, 12, 1)
    assert months[-1] == date(2027, 11, 1)
    assert len(months) == 12


def test_growth_compounds_and_the_band_widens_with_the_months():
    stated, first, second, *_ = forecast()

    # expected: 10^6, 10^6 * 1.05 and 10^6 * 1.05^2
    assert stated.low == stated.expected == stated.high == 1_000_000
    assert first.expected == pytest.approx(1_050_000)
    assert second.expected == pytest.approx(1_102_500)
    # z = 1.28155 at 0.80; z * 1 * 0.02 / 1.05 = 0.0244105; e^0.0244105 = 1.0247109
    assert first.high == pytest.approx(1_050_000 * 1.0247109, rel=1e-6)
    assert first.low == pytest.approx(1_050_000 / 1.0247109, rel=1e-6)
    # twice the exponent a month later: 1.0247109^2 = 1.0500324
    assert second.high == pytest.approx(1_102_500 * 1.0500324, rel=1e-6)


def test_certain_growth_has_no_band():
    last = forecast(growth_uncertainty=0.0)[-1]

    assert last.low == last.expected == last.high


def test_a_higher_level_has_a_wider_band():
    at_80, at_95 = forecast()[5], forecast(level=0.95)[5]

    assert at_95.low < at_80.low < at_80.high < at_95.high


@pytest.mark.parametrize(
    ("count", "month"),
    [(1, date(2026, 12, 1)), (2, date(2027, 1, 1)), (14, date(2028, 1, 1))],
)
def test_months_run_over_the_year(count, month):
    assert month_after(TODAY, count) == month


def from_usage(by_day, **changes):
    stated = {
        "last_day": date(2026, 11, 14),
        "growth_per_month": 0.05,
        "growth_uncertainty": 0.02,
        "today": TODAY,
    }
    return requests_from_usage(by_day, **{**stated, **changes})


def test_four_weeks_of_usage_are_carried_on_by_the_stated_growth():
    first, second, *rest = from_usage([1_000.0] * 28)

    # The weeks from 18 October on have their middle at 1 November; that of December
    # lies 45.5 days later, that of January 76.5. A month has 30.4375 days.
    assert first.month == date(2026, 12, 1)
    assert first.expected == pytest.approx(30_437.5 * 1.05 ** (45.5 / 30.4375))
    assert second.expected == pytest.approx(30_437.5 * 1.05 ** (76.5 / 30.4375))
    # The weeks are alike, so the band is that of the growth alone.
    exponent = 1.2815516 * 45.5 / 30.4375 * 0.02 / 1.05
    assert first.high / first.expected == pytest.approx(exp(exponent))
    assert first.expected / first.low == pytest.approx(exp(exponent))
    assert len(rest) == 10


def test_weeks_that_differ_widen_the_band():
    weeks = [7_000, 14_000, 7_000, 14_000]
    by_day = [week / 7 for week in weeks for _ in range(7)]

    first, *_ = from_usage(by_day, growth_per_month=0, growth_uncertainty=0)

    # Mean 10,500, deviation sqrt(4 * 3500**2 / 3) = 4041.45, of the mean a half of
    # that: 2020.73 / 10,500 = 0.192450.
    assert first.expected == pytest.approx(1_500 * 30.4375)
    assert first.high / first.expected == pytest.approx(exp(1.2815516 * 0.1924501))


def test_no_requests_stay_none():
    first, *_ = from_usage([0.0] * 28)

    assert first.low == first.expected == first.high == 0
