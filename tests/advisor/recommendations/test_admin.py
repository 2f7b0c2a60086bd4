"""Advice in the admin: found by name, shown whole, changed by nobody."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from advisor.recommendations.services import recommend
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import UserFactory
from tests.factories.workloads import WorkloadRevisionFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def advice():
    open_market()
    workload = WorkloadRevisionFactory(workload__name="<b>Chat</b>").workload
    return recommend(workload=workload, as_of=MARCH, at=MARCH)


@pytest.fixture
def admin(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_the_list_names_workload_and_pick(admin, advice):
    page = admin.get(reverse("admin:recommendations_recommendation_changelist"))

    text = page.content.decode()
    assert "cheapo/small-8b (standard)" in text
    assert "&lt;b&gt;Chat&lt;/b&gt;" in text
    assert "<b>Chat</b>" not in text


def test_the_list_costs_the_same_for_many(admin, advice, django_assert_max_num_queries):
    for _ in range(5):
        recommend(workload=advice.workload, as_of=MARCH, at=MARCH)

    with django_assert_max_num_queries(12):
        admin.get(reverse("admin:recommendations_recommendation_changelist"))


def test_the_page_shows_the_whole_answer(admin, advice):
    address = reverse("admin:recommendations_recommendation_change", args=[advice.pk])

    page = admin.get(address)

    assert page.status_code == 200
    assert "twelve_months" in page.content.decode()


@pytest.mark.parametrize("name", ["change", "delete"])
def test_nobody_can_change_or_delete_advice(admin, advice, name):
    address = reverse(f"admin:recommendations_recommendation_{name}", args=[advice.pk])

    assert admin.post(address, {"post": "yes"}).status_code == 403


def test_nobody_can_write_advice(admin):
    address = reverse("admin:recommendations_recommendation_add")

    assert admin.get(address).status_code == 403
