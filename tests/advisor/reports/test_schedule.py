"""When reports are due, whatever the clocks do."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.reports.schedule import (
    USUAL,
    BadWeek,
    UsualSchedule,
    covered_by,
    moment_of,
    newest_week,
    next_moment,
    week_of,
)

PARIS_SUNDAYS_AT_TWO = UsualSchedule(time_zone="Europe/Paris", weekday=7, hour=2)


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_without_a_statement_the_report_is_due_on_monday_at_eight_utc():
    # 16 November 2026 is a Monday, of ISO week 47.
    assert moment_of("2026-W47", USUAL) == utc(2026, 11, 16, 8)


@pytest.mark.parametrize(
    ("week", "due"),
    [
        ("2026-W27", utc(2026, 6, 29, 7)),  # summer time, UTC+2
        ("2026-W47", utc(2026, 11, 16, 8)),  # winter time, UTC+1
    ],
)
def test_the_hour_is_that_of_the_organizations_clock(week, due):
    nine_in_paris = UsualSchedule(time_zone="Europe/Paris", weekday=1, hour=9)

    assert moment_of(week, nine_in_paris) == due


def test_an_hour_that_the_clock_leaves_out_is_taken_an_hour_later():
    # On 29 March 2026 Paris goes from 2:00 (UTC+1) straight to 3:00 (UTC+2) = 1:00 UTC.
    assert moment_of("2026-W13", PARIS_SUNDAYS_AT_TWO) == utc(2026, 3, 29, 1)


def test_an_hour_that_the_clock_strikes_twice_is_the_first():
    # On 25 October 2026 it is 2:00 in Paris at 0:00 UTC and again at 1:00 UTC.
    assert moment_of("2026-W43", PARIS_SUNDAYS_AT_TWO) == utc(2026, 10, 25, 0)


def test_weeks_follow_each_other_without_a_gap_over_a_change_of_clocks():
    mornings = UsualSchedule(time_zone="Europe/Paris", weekday=7, hour=9)

    before, at_change = (
        covered_by(week, mornings) for week in ("2026-W12", "2026-W13")
    )

    assert before[1] == at_change[0] == utc(2026, 3, 22, 8)
    # Seven days of the clock, of which one has 23 hours.
    assert at_change[1] - at_change[0] == timedelta(days=7) - timedelta(hours=1)


def test_a_far_east_clock_is_still_in_the_week_before():
    early = UsualSchedule(time_zone="Pacific/Auckland", weekday=1, hour=8)

    # UTC+13 in November: Monday 8:00 there is Sunday 19:00 UTC.
    assert moment_of("2026-W47", early) == utc(2026, 11, 15, 19)


@pytest.mark.parametrize(
    ("at", "week"),
    [
        (utc(2026, 11, 16, 7, 59), "2026-W46"),
        (utc(2026, 11, 16, 8), "2026-W47"),
        (utc(2026, 11, 22, 23, 59), "2026-W47"),
        (utc(2027, 1, 3, 12), "2026-W53"),  # a Sunday, of a year with 53 weeks
    ],
)
def test_the_newest_week_is_the_last_that_was_due(at, week):
    assert newest_week(at, USUAL) == week


def test_the_year_of_a_week_is_that_of_its_thursday():
    assert week_of(utc(2027, 1, 1).date()) == "2026-W53"


@pytest.mark.parametrize(
    "text",
    ["2026-W54", "2025-W53", "2026-W00", "2026-47", "", "2026-W4\uff17", "0001-W01"],
)
def test_what_is_no_week_is_refused(text):
    with pytest.raises(BadWeek, match=r"no (ISO )?week"):
        moment_of(text, USUAL)


@pytest.mark.parametrize(
    ("schedule", "at", "due"),
    [
        # Clocks go back on Sunday, 25 October 2026: 23:00 would be seven days later.
        ((1, 0), utc(2026, 10, 20, 12), utc(2026, 10, 25, 23)),
        # They go forward on Sunday, 28 March 2027: Monday would be seven days later.
        ((7, 23), utc(2027, 3, 22, 12), utc(2027, 3, 28, 21)),
        ((1, 8), utc(2026, 12, 30), utc(2027, 1, 4, 7)),
    ],
)
def test_the_next_report_is_due_on_its_weekday_when_clocks_change(schedule, at, due):
    weekday, hour = schedule
    in_paris = UsualSchedule(time_zone="Europe/Paris", weekday=weekday, hour=hour)

    assert next_moment(at, in_paris) == due
