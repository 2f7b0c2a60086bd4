import pytest
from django.test import Client

from tests.factories.accounts import UserFactory
from tests.factories.workloads import (
    UsageRecordFactory,
    WorkloadFactory,
    WorkloadRevisionFactory,
)

pytestmark = pytest.mark.django_db

ADMIN = "/admin/workloads/workload/"


@pytest.fixture
def staff():
    browser = Client()
    browser.force_login(UserFactory(is_staff=True, is_superuser=True))
    return browser


def test_the_list_opens_with_few_queries(staff, django_assert_max_num_queries):
    for _ in range(5):
        WorkloadRevisionFactory()

    with django_assert_max_num_queries(8):
        reply = staff.get(ADMIN)

    assert reply.status_code == 200


def test_a_workload_shows_its_revisions_with_few_queries(
    staff, django_assert_max_num_queries
):
    workload = WorkloadFactory()
    for number in range(1, 9):
        WorkloadRevisionFactory(workload=workload, number=number)

    with django_assert_max_num_queries(10):
        reply = staff.get(f"{ADMIN}{workload.pk}/change/")

    assert reply.status_code == 200


def test_nobody_edits_a_workload_here(staff):
    workload = WorkloadRevisionFactory().workload
    address = f"{ADMIN}{workload.pk}/"

    assert staff.post(f"{address}change/", {"name": "Other"}).status_code == 403
    assert staff.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{ADMIN}add/").status_code == 403


USAGE = "/admin/workloads/usagerecord/"


def test_usage_is_listed_with_few_queries(staff, django_assert_max_num_queries):
    for _ in range(5):
        UsageRecordFactory(workload__name="Chat & more")

    with django_assert_max_num_queries(8):
        reply = staff.get(USAGE, {"q": "Chat"})

    assert reply.status_code == 200
    assert "Chat &amp; more" in reply.content.decode()


def test_nobody_edits_usage_here(staff):
    record = UsageRecordFactory()
    address = f"{USAGE}{record.pk}/"

    assert staff.get(f"{address}change/").status_code == 200
    assert staff.post(f"{address}change/", {"requests": 5}).status_code == 403
    assert staff.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{USAGE}add/").status_code == 403
