"""Which moment a weekly report belongs to, on the clock of its organization. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_WEEK = re.compile(r"(2\d{3})-W(\d{2})", re.ASCII)
_SEVEN_DAYS = timedelta(days=7)


class BadWeek(ValueError):
    """Not an ISO week such as 2026-W47."""


class Schedule(Protocol):
    """When an organization's report is due: `weekday` from Monday, 1, to Sunday, 7."""

    @property
    def time_zone(self) -> str:
        """An IANA name, such as Europe/Paris."""

    @property
    def weekday(self) -> int:
        """From Monday, 1, to Sunday, 7."""

    @property
    def hour(self) -> int:
        """From 0 to 23, on the clock of the time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualSchedule:
    """What holds for an organization that has stated nothing: Mondays, 8:00 UTC."""

    time_zone: str = "UTC"
    weekday: int = 1
    hour: int = 8


USUAL = UsualSchedule()


def moment_of(week: str, schedule: Schedule) -> datetime:
    """Return when the report of an ISO week is due, in UTC.

    It lies in that week on the schedule's clock. An hour that the clock leaves out is
    taken as an hour later, one that it strikes twice as the first. Raises BadWeek.
    """
    return _moment_on(_day(week, schedule.weekday), schedule)


def covered_by(week: str, schedule: Schedule) -> tuple[datetime, datetime]:
    """Return the seven days on the schedule's clock that end when a report is due.

    Half open, in UTC; weeks follow each other without a gap, so those in which clocks
    change have an hour more or less. Raises BadWeek.
    """
    day = _day(week, schedule.weekday)
    return _moment_on(day - _SEVEN_DAYS, schedule), _moment_on(day, schedule)


def newest_week(at: datetime, schedule: Schedule) -> str:
    """Return the newest ISO week whose report was due by `at`."""
    today = at.astimezone(ZoneInfo(schedule.time_zone)).date()
    week = week_of(today)
    if moment_of(week, schedule) > at:
        return week_of(today - _SEVEN_DAYS)
    return week


def next_moment(at: datetime, schedule: Schedule) -> datetime:
    """Return when the first report after `at` is due, in UTC."""
    # By days, since seven days of hours end on another day where clocks change.
    newest = _day(newest_week(at, schedule), schedule.weekday)
    return _moment_on(newest + _SEVEN_DAYS, schedule)


def week_of(day: date) -> str:
    """Return the ISO week of a day; its year is that of its Thursday."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _day(week: str, weekday: int) -> date:
    found = _WEEK.fullmatch(week)
    if found is None:
        raise BadWeek(f"{week!r} is no ISO week: write it as 2026-W47.")
    year, number = int(found[1]), int(found[2])
    try:
        return date.fromisocalendar(year, number, weekday)
    except ValueError as error:
        raise BadWeek(f"There is no week {week}: {error}.") from error


def _moment_on(day: date, schedule: Schedule) -> datetime:
    zone = ZoneInfo(schedule.time_zone)
    local = datetime.combine(day, time(schedule.hour), zone)
    return local.astimezone(UTC)
