import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from benchmarks.models import Endpoint
from tests.benchmarks.measured import measured
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import (
    EndpointFactory,
)
from tests.factories.catalog import OfferingFactory

pytestmark = pytest.mark.django_db

ADMIN = "/admin/benchmarks/"
SECRET = "sk-live-0123456789"
# Session, person, the page and what it names: what does not grow with rows.
MAX_QUERIES = 12


def stated(**changes):
    return {
        "name": "Ours",
        "organization": "",
        "offering": str(OfferingFactory().pk),
        "service_tier": "standard",
        "enabled": "on",
        "base_url": "https://llm.example.com/v1",
        "protocol": "openai_chat",
        "wire_model": "small-8b",
        "headers": "{}",
        "credential_header": "",
        "new_credential": "",
        **changes,
    }


def edited(**changes):
    fixed = ("organization", "offering", "service_tier")
    asked = stated(**changes)
    return {name: value for name, value in asked.items() if name not in fixed}


def test_one_is_added_with_a_secret_and_audited(client, admin_person):
    organization = OrganizationFactory()

    reply = client.post(
        f"{ADMIN}endpoint/add/",
        stated(organization=organization.pk, new_credential=SECRET),
    )

    assert reply.status_code == 302
    endpoint = Endpoint.objects.get()
    assert endpoint.organization == organization
    assert endpoint.credential == SECRET
    event = AuditEvent.objects.get()
    assert event.action == "endpoint.created"
    assert event.user == admin_person
    assert SECRET not in str(event.detail)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, SECRET),
        ({"new_credential": "sk-other"}, "sk-other"),
        ({"forget_credential": "on"}, ""),
    ],
)
def test_a_secret_is_kept_replaced_or_forgotten(client, admin_person, changes, kept):
    endpoint = EndpointFactory(credential=SECRET, base_url="https://llm.example.com/v1")
    address = f"{ADMIN}endpoint/{endpoint.pk}/change/"

    reply = client.post(address, edited(name="Renamed", **changes))

    assert reply.status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.name == "Renamed"
    assert endpoint.credential == kept
    assert AuditEvent.objects.get().action == "endpoint.revised"


def test_a_secret_is_on_no_page(client, admin_person):
    endpoint = EndpointFactory(credential=SECRET)
    address = f"{ADMIN}endpoint/{endpoint.pk}/change/"

    pages = [
        client.get(f"{ADMIN}endpoint/"),
        client.get(address),
        client.post(address, edited(new_credential="sk-typed", name="")),
    ]

    for page in pages:
        assert SECRET.encode() not in page.content
        assert b"sk-typed" not in page.content
    assert b"Set. Leave this empty to keep it" in pages[1].content


def test_forgetting_and_typing_at_once_is_refused(client, admin_person):
    endpoint = EndpointFactory(credential=SECRET)

    reply = client.post(
        f"{ADMIN}endpoint/{endpoint.pk}/change/",
        edited(new_credential="sk-other", forget_credential="on"),
    )

    assert reply.status_code == 200
    assert b"forget the old one" in reply.content


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"base_url": "http://llm.example.com"}, b"https"),
        ({"headers": '{"Authorization": "x"}'}, b"carries a credential"),
        ({"headers": "[1]"}, b"Must be an object"),
        ({"headers": "{"}, b"valid JSON"),
        ({"service_tier": "batch"}, b"another tier"),
        ({"new_credential": " x"}, b"spaces around it"),
    ],
)
def test_what_the_service_refuses_is_shown_at_the_field(
    client, admin_person, changes, says
):
    reply = client.post(f"{ADMIN}endpoint/add/", stated(**changes))

    assert reply.status_code == 200
    assert says in reply.content
    assert not Endpoint.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_taken_name_is_refused_once(client, admin_person):
    EndpointFactory(name="Ours")

    reply = client.post(f"{ADMIN}endpoint/add/", stated())

    assert reply.status_code == 200
    errors = reply.context["adminform"].form.errors
    assert sum(len(each) for each in errors.values()) == 1


def test_the_page_draws_the_last_thirty_days(
    client, admin_person, django_assert_max_num_queries
):
    endpoint, now = EndpointFactory(), timezone.now()
    for days in (1, 2, 31):
        measured(endpoint=endpoint, slot=now - timedelta(days=days))
    measured(endpoint=endpoint, slot=now, token_class="long")

    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get(f"{ADMIN}endpoint/{endpoint.pk}/change/")

    long, short = reply.context["history"]
    assert (long.runs, short.runs) == (1, 2)
    ttft, tpot, errors = (json.loads(chart.data) for chart in short.charts)
    assert [each["label"] for each in ttft["datasets"]] == ["p50", "p95"]
    assert ttft["datasets"][0]["data"] == [200.0, 200.0]
    assert tpot["datasets"][0]["data"] == [20.0, 20.0]
    assert errors["datasets"][0]["data"] == [1.667, 1.667]  # 100 / 60


def test_nothing_is_fetched_from_elsewhere(client, admin_person):
    run = measured()

    for page in (f"endpoint/{run.endpoint_id}", f"benchmarkrun/{run.pk}"):
        text = client.get(f"{ADMIN}{page}/change/").content.decode()
        assert 'src="http' not in text
        assert '<link href="http' not in text
