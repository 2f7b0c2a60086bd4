"""What the database holds of actual usage, and what it refuses."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.factories.catalog import OfferingFactory
from tests.factories.workloads import UsageRecordFactory, WorkloadFactory
from workloads.models import UsageRecord

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("usage_tier_known", {"service_tier": "slow"}),
        ("usage_period_at_most_a_month", {"used_to": MARCH, "received_at": APRIL}),
        (
            "usage_period_at_most_a_month",
            {"used_to": APRIL + SECOND, "received_at": APRIL + SECOND},
        ),
        (
            "usage_period_at_most_a_month",
            {"used_from": datetime(1999, 12, 31, tzinfo=UTC)},
        ),
        ("usage_period_over", {"used_to": APRIL, "received_at": APRIL - SECOND}),
        # PostgreSQL checks the column's own rule or ours first, as it likes.
        ("usage", {"requests": -1}),
        ("usage", {"cached_input_tokens": -1}),
        ("usage_parts_within_whole", {"cached_input_tokens": 1_000_001}),
        ("usage_parts_within_whole", {"reasoning_tokens": 200_001}),
        ("usage_tokens_come_from_requests", {"requests": 0}),
        ("usage_bill_is_whole", {"billed_amount": Decimal(1)}),
        ("usage_bill_is_whole", {"billed_currency": "EUR"}),
        (
            "usage_bill_is_whole",
            {"billed_amount": Decimal(-1), "billed_currency": "EUR"},
        ),
        (
            "usage_bill_is_whole",
            {"billed_amount": Decimal(1), "billed_currency": "eur"},
        ),
    ],
)
def test_the_database_refuses(constraint, fields):
    workload, offering = WorkloadFactory(), OfferingFactory()

    with pytest.raises(IntegrityError, match=constraint):
        UsageRecordFactory(workload=workload, offering=offering, **fields)


def test_a_whole_month_and_a_free_bill_are_taken():
    record = UsageRecordFactory(
        used_to=APRIL, billed_amount=Decimal(0), billed_currency="EUR"
    )

    assert record.used_to - record.used_from == timedelta(days=31)


def test_a_reading_is_kept_once():
    record = UsageRecordFactory()

    with pytest.raises(IntegrityError, match="usage_one_per_reading"):
        UsageRecordFactory(workload=record.workload, offering=record.offering)


def test_a_record_is_never_rewritten():
    record = UsageRecordFactory()

    with pytest.raises(IntegrityError, match="add-only"), transaction.atomic():
        UsageRecord.objects.update(requests=2)
    with pytest.raises(IntegrityError, match="add-only"), transaction.atomic():
        record.delete()


def test_the_newest_record_of_a_place_holds():
    first = UsageRecordFactory()
    same = {"workload": first.workload, "offering": first.offering}
    newest = UsageRecordFactory(**same, received_at=APRIL)
    of_batch = UsageRecordFactory(**same, service_tier="batch")
    next_day = UsageRecordFactory(**same, used_from=MARCH + timedelta(days=1))

    assert set(UsageRecord.objects.current()) == {newest, of_batch, next_day}
