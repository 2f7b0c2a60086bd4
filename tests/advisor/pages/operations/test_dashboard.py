"""The admin's first page: what it says, links to, and how it bears a silent broker."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.utils import timezone

from advisor.pages.operations import broker
from advisor.pages.operations.cards import (
    Tone,
    age,
    heartbeat_card,
    measuring_card,
    reports_card,
    runs_card,
    watches_card,
    workers_card,
)
from advisor.pages.operations.figures import Measuring
from advisor.recommendations.models import WorkloadWatch
from tests.factories.accounts import UserFactory
from tests.factories.benchmarks import FinishedRunFactory
from tests.factories.catalog import PriceSheetFactory
from tests.factories.reports import (
    AlertFactory,
    DeliveryFactory,
    WebhookSubscriptionFactory,
)
from tests.factories.workloads import WorkloadFactory

CLOSED = "redis://127.0.0.1:1/0"  # nothing listens on port 1
# Session and person, the admin's own list of recent actions, and the figures.
MAX_QUERIES = 16
NO_RUNS = dict.fromkeys(
    ("queued", "running", "succeeded", "partial", "failed", "cancelled"), 0
)


def cards_of(reply):
    return {each.card.title: each for each in reply.context["cards"]}


@pytest.mark.django_db
def test_it_shows_figures_with_the_way_to_their_lists(
    client, admin_person, django_assert_max_num_queries
):
    PriceSheetFactory(status="held")
    FinishedRunFactory(
        slot=timezone.now() - timedelta(hours=1),
        status="failed",
        feeds_advice=False,
        not_fed_because="no_answers",
        summary={"metrics": {"errors_by_kind": {"rate_limited": 60}}},
    )

    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get("/admin/")

    found = cards_of(reply)
    assert found["Price sheets held"].card.figure == "1 sheet to decide"
    assert found["Price sheets held"].address == (
        "/admin/catalog/pricesheet/?status__exact=held"
    )
    assert found["Runs failing, 24 hours"].card.figure == "1 of 1 run"
    assert found["Runs failing, 24 hours"].card.notes == ("rate limited: 1",)
    assert "worth a look" in reply.text
    # The list of all tables is still there.
    assert "/admin/accounts/user/" in reply.text


@pytest.mark.django_db
def test_every_link_leads_to_a_list(client, admin_person):
    PriceSheetFactory(status="held")
    DeliveryFactory(state="dead", next_attempt_at=None, last_error="Refused.")
    workload = WorkloadFactory()
    WorkloadWatch.objects.create(
        workload=workload,
        organization=workload.organization,
        revision_number=1,
        known_at=timezone.now(),
        checked_at=timezone.now(),
    )

    for each in cards_of(client.get("/admin/")).values():
        # Workers and queues are no rows of ours.
        if each.card.rows:
            assert client.get(each.address).status_code == 200, each.card


@pytest.mark.django_db
def test_messages_are_listed_with_whom_they_are_for(
    client, admin_person, django_assert_max_num_queries
):
    DeliveryFactory(subscription__email="reader@example.com")
    hook = WebhookSubscriptionFactory(webhook__name="Our chat")
    for key in ("one", "two"):
        DeliveryFactory(
            report=None,
            organization=hook.organization,
            alert=AlertFactory(organization=hook.organization, key=key),
            subscription=hook,
            created_at=hook.created_at,
        )

    with django_assert_max_num_queries(9):
        page = client.get("/admin/reports/delivery/").text

    assert "reader@example.com" in page
    assert "report 2026-W03" in page
    assert "webhook Our chat" in page
    assert "alert, price rise" in page


@pytest.mark.django_db
def test_it_answers_quickly_when_the_broker_is_down(client, admin_person):
    begun = time.monotonic()
    with override_settings(CELERY_BROKER_URL=CLOSED):
        reply = client.get("/admin/")

    found = cards_of(reply)
    assert time.monotonic() - begun < 5
    assert found["Broker"].card.figure == "does not answer"
    assert "Workers" not in found
    # What the database knows is told all the same.
    assert found["Price sheets held"].card.figure == "none"
    assert "127.0.0.1" not in reply.text


@pytest.mark.django_db
def test_who_may_see_no_sheets_gets_no_link_to_them(client):
    person = UserFactory(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_benchmarkrun"))
    client.force_login(person)

    found = cards_of(client.get("/admin/"))

    assert found["Price sheets held"].address is None
    assert found["Runs under way"].address is not None


@pytest.mark.django_db
def test_who_is_no_admin_sees_nothing_of_it(client):
    client.force_login(UserFactory())

    reply = client.get("/admin/")

    assert reply.status_code == 302
    assert "/admin/login/" in reply["Location"]


@pytest.mark.worker
def test_a_living_worker_answers_with_its_queues(celery_worker):
    (worker,) = broker.workers()

    assert worker.name.startswith("celery@")
    assert worker.queues == ("benchmarks", "celery")


def test_a_queue_that_nobody_serves_needs_an_admin():
    worker = broker.Worker(name="worker@here", queues=("celery",))

    card = workers_card([worker])

    assert card.figure == "1 worker answered"
    assert card.tone is Tone.BAD
    assert card.notes == (
        "worker@here: celery",
        "Nobody serves the queue benchmarks: start a worker for it.",
    )


@pytest.mark.parametrize(
    ("seconds", "tone"), [(0, Tone.GOOD), (180, Tone.GOOD), (181, Tone.BAD)]
)
def test_a_heartbeat_of_more_than_three_minutes_is_bad(seconds, tone):
    now = timezone.now()

    card = heartbeat_card(now - timedelta(seconds=seconds), now)

    assert card.tone is tone


def test_a_service_just_started_is_not_called_broken():
    assert heartbeat_card(None, timezone.now()).tone is Tone.WATCH


def test_runs_that_wait_do_not_count_as_ended():
    card = runs_card({**NO_RUNS, "queued": 4, "succeeded": 8, "failed": 2}, {})

    # 8 + 2 ended, 4 wait.
    assert card.figure == "2 of 10 runs"


def test_dead_messages_need_an_admin_and_lead_to_themselves():
    card = reports_card({"waiting": 1, "sending": 2, "dead": 3, "sent": 40})

    assert card.figure == "40 sent"
    assert card.notes == ("3 waiting", "3 given up")
    assert card.tone is Tone.BAD
    assert card.query == "state__exact=dead"


@pytest.mark.parametrize(("hours", "tone"), [(1, Tone.GOOD), (27, Tone.BAD)])
def test_advice_that_lags_more_than_a_day_is_bad(hours, tone):
    now = timezone.now()

    assert watches_card(now - timedelta(hours=hours), now).tone is tone


def test_measuring_is_held_against_the_plans_budgets():
    card = measuring_card(
        Measuring(
            spent_usd=Decimal("45"),
            budgeted_usd=Decimal("40"),
            budget_usd=Decimal("50"),
            plans_with_budget=2,
        )
    )

    assert card.figure == "45.00 USD spent"
    # 40 of 50 is 80 %.
    assert card.notes == ("40.00 USD of it under budgets of 50.00 USD (80%, 2 plans)",)
    assert card.tone is Tone.WATCH


def test_measuring_without_budgets_says_so():
    nothing = Decimal(0)

    card = measuring_card(
        Measuring(
            spent_usd=nothing,
            budgeted_usd=nothing,
            budget_usd=nothing,
            plans_with_budget=0,
        )
    )

    assert card.notes == ("No enabled plan has a monthly budget.",)
    assert card.tone is Tone.GOOD


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=12), "12 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=3, minutes=50), "3 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(hours=48), "2 days"),
        (timedelta(seconds=-1), "0 s"),
    ],
)
def test_spans_are_told_by_their_largest_unit(span, words):
    assert age(span) == words
