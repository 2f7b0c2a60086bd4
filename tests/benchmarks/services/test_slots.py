"""When plans are due: worked out on UTC, by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.services.slots import EPOCH, newest_due_slot, next_slot, slot_at

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Cadence:
    cadence_minutes: int = 180
    jitter_minutes: int = 0
    hours_allowed: list[int] = field(default_factory=list)
    id: UUID = field(default_factory=uuid4)


def test_slots_are_multiples_of_the_cadence():
    # 00:00 UTC is a multiple of three hours since 1970, and so is noon.
    plan = Cadence(cadence_minutes=180)

    assert next_slot(plan, NOON) == NOON + timedelta(hours=3)
    assert next_slot(plan, NOON - timedelta(seconds=1)) == NOON
    assert newest_due_slot(plan, NOON) == NOON
    assert newest_due_slot(plan, NOON - timedelta(seconds=1)) == NOON.replace(hour=9)


def test_the_clocks_of_summer_time_change_nothing():
    # Central Europe skips 02:00 to 03:00 local time on 2026-03-29, at 01:00 UTC.
    plan = Cadence(cadence_minutes=60)
    before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    slots = [before]
    for _ in range(3):
        slots.append(next_slot(plan, slots[-1]))

    assert [slot.hour for slot in slots[1:]] == [1, 2, 3]


def test_the_jitter_is_the_plans_own_and_the_same_each_time():
    first, second = Cadence(jitter_minutes=10), Cadence(jitter_minutes=10)

    slots = [slot_at(first, index) for index in range(1_000)]

    assert slots == [slot_at(first, index) for index in range(1_000)]
    assert slots != [slot_at(second, index) for index in range(1_000)]


def test_the_jitter_spreads_plans_over_its_minutes():
    plans = [Cadence(jitter_minutes=10) for _ in range(200)]

    minutes = {next_slot(plan, NOON).minute for plan in plans}

    # 200 draws miss one of ten minutes with probability 10 * 0.9**200 < 1e-8.
    assert minutes == set(range(10))


@given(
    cadence=st.integers(2, 10_080),
    share=st.floats(0, 0.999),
    index=st.integers(0, 10_000_000),
)
def test_slots_stay_in_order_and_within_their_jitter(cadence, share, index):
    index %= 60_000_000 // cadence  # up to the year 2084
    plan = Cadence(cadence_minutes=cadence, jitter_minutes=int(cadence * share))

    slot, following = slot_at(plan, index), slot_at(plan, index + 1)

    assert slot < following
    offset = slot - EPOCH - timedelta(minutes=cadence * index)
    assert timedelta(0) <= offset
    assert offset < timedelta(minutes=max(plan.jitter_minutes, 1))
    assert next_slot(plan, slot - timedelta(seconds=1)) == slot
    assert next_slot(plan, slot) == following
    assert newest_due_slot(plan, slot) == slot


def test_slots_outside_the_hours_are_skipped():
    plan = Cadence(cadence_minutes=60, hours_allowed=[3, 22])

    assert next_slot(plan, NOON) == NOON.replace(hour=22)
    assert next_slot(plan, NOON.replace(hour=22)) == datetime(2026, 3, 2, 3, tzinfo=UTC)


def test_a_slot_that_was_missed_in_its_hour_is_not_made_up_for_outside_it():
    plan = Cadence(cadence_minutes=60, hours_allowed=[3])

    assert newest_due_slot(plan, NOON.replace(hour=3, minute=59)) == NOON.replace(
        hour=3
    )
    assert newest_due_slot(plan, NOON) is None


def test_a_plan_whose_slots_miss_its_hours_has_no_next_slot():
    daily = Cadence(cadence_minutes=24 * 60, hours_allowed=[3])  # all at midnight

    assert next_slot(daily, NOON) is None


@pytest.mark.parametrize("minutes", [1, 7, 45, 1_440, 10_080])
def test_a_rare_hour_is_found_whatever_the_cadence(minutes):
    plan = Cadence(cadence_minutes=minutes, hours_allowed=[0])

    assert next_slot(plan, NOON).hour == 0
