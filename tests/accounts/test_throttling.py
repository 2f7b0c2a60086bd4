"""How often a caller may ask."""

import socket

import pytest
from django.core.cache import caches
from django.test import Client
from rest_framework.test import APIClient

from accounts.throttling import KeyRateThrottle
from tests.api_clients import api_client_for
from tests.factories.accounts import MembershipFactory, OrganizationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.views")]

MINUTE_BEGAN_S = 1_800_000_000  # a multiple of 60


@pytest.fixture
def clock(monkeypatch):
    """Two seconds and a half into a minute; tests move it on."""
    now = {"s": MINUTE_BEGAN_S + 2.5}
    monkeypatch.setattr(KeyRateThrottle, "timer", staticmethod(lambda: now["s"]))
    return now


@pytest.fixture
def rate_of_two(settings, clock):
    settings.API_RATE_PER_MINUTE = 2


def test_each_reply_says_what_is_left(rate_of_two):
    client = api_client_for(OrganizationFactory())

    first, second = client.get("/who/"), client.post("/who/")

    # 60 s - 2.5 s = 57.5 s, rounded up
    assert first["RateLimit-Policy"] == '"default";q=2;w=60'
    assert first["RateLimit"] == '"default";r=1;t=58'
    assert second["RateLimit"] == '"default";r=0;t=58'
    assert "Retry-After" not in second


def test_one_request_too_many_is_refused(rate_of_two):
    client = api_client_for(OrganizationFactory())

    third = [client.get("/who/") for _ in range(3)][-1]

    assert third.status_code == 429
    assert third["Retry-After"] == "58"
    assert third["RateLimit-Policy"] == '"default";q=2;w=60'
    assert third["RateLimit"] == '"default";r=0;t=58'


def test_the_next_minute_begins_anew(rate_of_two, clock):
    client = api_client_for(OrganizationFactory())
    for _ in range(3):
        client.get("/who/")

    clock["s"] = MINUTE_BEGAN_S + 60
    response = client.get("/who/")

    assert response.status_code == 200
    assert response["RateLimit"] == '"default";r=1;t=60'


def test_each_key_has_a_count_of_its_own(rate_of_two):
    organization = OrganizationFactory()
    busy, quiet = api_client_for(organization), api_client_for(organization)
    for _ in range(3):
        busy.get("/who/")

    assert quiet.get("/who/").status_code == 200


def test_a_member_is_counted_across_organizations(rate_of_two):
    first = MembershipFactory()
    second = MembershipFactory(user=first.user)
    client = Client()
    client.force_login(first.user)

    statuses = [
        client.get(
            "/who/", headers={"Rightsize-Organization": each.organization.slug}
        ).status_code
        for each in [first, second, first]
    ]

    assert statuses == [200, 200, 429]


def test_a_page_open_to_all_is_not_counted(rate_of_two):
    responses = [APIClient().get("/open/") for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 200]
    assert "RateLimit" not in responses[0]


def test_a_count_is_forgotten_after_its_minute(rate_of_two):
    client = api_client_for(OrganizationFactory())
    client.get("/who/")

    cache = caches["default"]
    key = cache.make_key(f"rate:key:{client.api_key.pk}:{MINUTE_BEGAN_S // 60}")
    lifetime_s = cache._cache.get_client(key).ttl(key)

    assert 60 < lifetime_s <= 120


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_nobody_is_refused_while_the_cache_is_down(settings, caplog, rate_of_two):
    own = {**settings.CACHES["default"]}
    own["LOCATION"] = f"redis://127.0.0.1:{unused_port()}/0"
    settings.CACHES = {"default": own}
    client = api_client_for(OrganizationFactory())

    responses = [client.get("/who/") for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 200]
    assert "RateLimit" not in responses[0]
    assert "requests are not counted" in caplog.text
