"""The forecast from the usage of four weeks, as a buyer's program asks for it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from tests.factories.catalog import OfferingFactory
from tests.factories.workloads import UsageRecordFactory, WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def midnight():
    """The end of the last day that is over."""
    return datetime.combine(timezone.now().date(), time(), UTC)


@pytest.fixture
def workload(organization):
    return WorkloadRevisionFactory(
        workload__organization=organization, growth_uncertainty=0
    ).workload


@pytest.fixture
def ask(client, workload):
    """Return a function that asks for the forecast."""
    address = f"/api/v1/workloads/{workload.pk}/forecast/"
    return lambda **query: client.get(address, query or {"basis": "actual"})


def days_used(workload, midnight, days=28, **fields):
    offering = fields.pop("offering", None) or OfferingFactory()
    for number in range(1, days + 1):
        UsageRecordFactory(
            workload=workload,
            offering=offering,
            used_from=midnight - number * DAY,
            received_at=midnight,
            **fields,
        )
    return offering


def refused(reply):
    [error] = reply.json()["errors"]
    return reply.status_code, error["pointer"], error["code"]


TOO_LITTLE = (400, "#/basis", "too_little_usage")


def test_it_starts_from_what_was_used(ask, workload, midnight):
    days_used(workload, midnight, requests=1_000)
    # The same days on another option count as well.
    days_used(workload, midnight, requests=500)

    reply = ask()

    assert reply.status_code == 200
    assert reply.json()["basis"] == "actual"
    # No growth is stated: 1500 a day * 30.4375.
    months = [month["expected"] for month in reply.json()["monthly"]]
    assert months == [45_656] * 12
    assert ask(basis="stated").json()["monthly"][0]["expected"] == 1_000_000


def test_a_correction_counts(ask, workload, midnight):
    offering = days_used(workload, midnight, requests=1_000)
    for number in range(1, 15):
        UsageRecordFactory(
            workload=workload,
            offering=offering,
            used_from=midnight - number * DAY,
            received_at=timezone.now(),
            requests=3_000,
        )

    # 2000 a day in the mean.
    assert ask().json()["monthly"][0]["expected"] == 60_875


def test_a_month_that_was_taken_back_makes_way_for_days(ask, workload, midnight):
    UsageRecordFactory(
        workload=workload,
        used_from=midnight - 20 * DAY,
        used_to=midnight,
        requests=0,
        input_tokens=0,
        output_tokens=0,
    )
    days_used(workload, midnight)

    assert ask().status_code == 200


def test_without_usage_it_is_refused(ask):
    assert refused(ask()) == TOO_LITTLE


def test_fewer_days_are_refused(ask, workload, midnight):
    days_used(workload, midnight, days=27)

    assert refused(ask()) == TOO_LITTLE


def test_a_gap_is_refused(ask, workload, midnight):
    days_used(workload, midnight, days=10)
    days_used(workload, midnight - 11 * DAY, days=17)

    assert refused(ask()) == TOO_LITTLE


def test_longer_periods_than_days_are_refused(ask, workload, midnight):
    UsageRecordFactory(
        workload=workload, used_from=midnight - 28 * DAY, used_to=midnight
    )

    assert refused(ask()) == TOO_LITTLE


def test_usage_of_long_ago_is_refused(ask, workload, midnight):
    days_used(workload, midnight - 31 * DAY)

    assert refused(ask()) == TOO_LITTLE


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"basis": "guess"}, "#/basis"), ({"bases": "actual"}, "#/bases")],
)
def test_another_question_is_refused(ask, query, pointer):
    reply = ask(**query)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == pointer
