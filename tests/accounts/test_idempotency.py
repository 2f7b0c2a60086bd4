"""A POST that is sent twice is carried out once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import idempotency
from accounts.models import AuditEvent, IdempotencyRecord
from tests.advisor.api.views import PurchaseView
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.advisor.api.views")]

PURCHASES = "/api/v1/purchases/"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def api(organization):
    client = api_client_for(organization)
    client.raise_request_exception = False
    client.handler.raise_request_exception = False
    return client


def buy(api, key=None, *, path=PURCHASES, **body):
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.post(path, body or {"slug": "a"}, format="json", headers=headers)


def bought():
    return list(AuditEvent.objects.order_by("pk").values_list("target_id", flat=True))


def code_of(response):
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["type"].removeprefix("urn:rightsize:problem:")


def test_the_same_again_gets_the_stored_reply(api):
    first, second = buy(api, "k"), buy(api, "k")

    assert (first.status_code, first.json()) == (201, {"slug": "a"})
    assert "Idempotency-Replayed" not in first
    assert (second.status_code, second.content) == (201, first.content)
    assert second["Location"] == first["Location"] == "/a/"
    assert second["Content-Type"] == first["Content-Type"]
    assert second["Idempotency-Replayed"] == "true"
    assert bought() == ["a"]


def test_without_a_key_each_request_counts(api):
    buy(api), buy(api)

    assert bought() == ["a", "a"]
    assert not IdempotencyRecord.objects.exists()


def test_another_key_is_another_request(api):
    buy(api, "k"), buy(api, "l")

    assert bought() == ["a", "a"]


def test_another_body_is_refused(api):
    buy(api, "k")

    second = buy(api, "k", slug="b")

    assert second.status_code == 422
    assert code_of(second) == "idempotency-key-reused"
    assert bought() == ["a"]


def test_another_query_is_another_body(api):
    buy(api, "k")

    assert buy(api, "k", path=f"{PURCHASES}?a=1").status_code == 422


def test_a_key_is_of_one_path(api):
    buy(api, "k"), buy(api, "k", path=f"{PURCHASES}shop/")

    assert bought() == ["a", "a"]


def test_a_key_is_of_one_organization(api):
    stranger = api_client_for(OrganizationFactory())

    assert buy(api, "k").status_code == 201
    assert "Idempotency-Replayed" not in buy(stranger, "k")
    assert bought() == ["a", "a"]


def test_a_viewset_heeds_keys_too(api):
    first, second = (buy(api, "k", path="/api/v1/bought/") for _ in range(2))

    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert bought() == ["a"]


def test_a_path_too_long_or_odd_to_store_works(api):
    for shop in ("s" * 600, "%00"):
        first, second = (buy(api, "k", path=f"{PURCHASES}{shop}/") for _ in range(2))

        assert first.status_code == 201
        assert second["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(api, key):
    response = buy(api, key)

    assert response.status_code == 400
    assert code_of(response) == "idempotency-key-invalid"
    assert bought() == []


def test_the_longest_key_works(api):
    assert buy(api, "k" * 255).status_code == 201


def test_a_refusal_is_repeated_and_left_nothing(api):
    first, second = (buy(api, "k", slug="not a slug") for _ in range(2))

    assert first.status_code == second.status_code == 400
    assert second.content == first.content
    assert second["Content-Type"] == "application/problem+json"
    assert second["Idempotency-Replayed"] == "true"


def test_a_404_is_repeated_and_left_nothing(api):
    first, second = (buy(api, "k", slug="a", end="missing") for _ in range(2))

    assert first.status_code == second.status_code == 404
    assert second["Idempotency-Replayed"] == "true"
    assert bought() == []  # what it wrote before the refusal went with it


@pytest.mark.parametrize(
    ("end", "status"), [("bug", 500), ("throttled", 429), ("unavailable", 503)]
)
def test_what_may_pass_is_tried_again(api, end, status):
    for _ in range(2):
        response = buy(api, "k", slug="a", end=end)

        assert response.status_code == status
        assert "Idempotency-Replayed" not in response
    assert not IdempotencyRecord.objects.exists()


def test_our_own_failure_leaves_nothing_behind(api):
    buy(api, "k", slug="a", end="bug")

    assert bought() == []


def test_a_caller_without_a_key_reserves_nothing():
    response = buy(APIClient(), "k")

    assert response.status_code == 401
    assert not IdempotencyRecord.objects.exists()


def test_too_large_a_body_is_413(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert buy(api, "k").status_code == 413
    assert not IdempotencyRecord.objects.exists()


def reserve(organization, *, at, body="b" * 64):
    return idempotency.reserve(
        key="k",
        organization=organization,
        path=PURCHASES,
        body_sha256=body,
        at=at,
    )


def test_a_key_in_flight_is_refused_until_its_lease_lapses(organization):
    reserve(organization, at=NOON)

    with pytest.raises(idempotency.KeyInFlight):
        reserve(organization, at=NOON + idempotency.LEASE - timedelta(seconds=1))
    taken = reserve(organization, at=NOON + idempotency.LEASE)

    assert taken.held_until == NOON + 2 * idempotency.LEASE
    with pytest.raises(idempotency.KeyInFlight):
        reserve(organization, at=NOON + idempotency.LEASE)


def test_a_request_in_flight_answers_409_with_a_time(api):
    answers = []
    PurchaseView.before = staticmethod(
        lambda request: answers or answers.append(buy(api, "k"))
    )
    try:
        outer = buy(api, "k")
    finally:
        PurchaseView.before = staticmethod(lambda request: None)

    assert outer.status_code == 201
    assert answers[0].status_code == 409
    assert answers[0]["Retry-After"] == "2"
    assert code_of(answers[0]) == "idempotency-key-in-flight"
    assert bought() == ["a"]


def test_a_crashed_request_frees_its_key(api):
    crashed_at = timezone.now() - idempotency.LEASE
    buy(api, "k")
    IdempotencyRecord.objects.update(status=None, reply="", held_until=crashed_at)

    assert buy(api, "k").status_code == 201
    assert buy(api, "k")["Idempotency-Replayed"] == "true"


def test_a_request_that_lost_its_lease_is_undone(api):
    def lose_lease(request):
        IdempotencyRecord.objects.update(held_until=NOON)

    PurchaseView.before = staticmethod(lose_lease)
    try:
        response = buy(api, "k")
    finally:
        PurchaseView.before = staticmethod(lambda request: None)

    assert response.status_code == 409
    assert bought() == []


def test_a_multipart_boundary_is_no_part_of_the_body(rf):
    def sent(boundary, text="x"):
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n{text}'
        content_type = f"multipart/form-data; boundary={boundary}"
        request = rf.post("/", body.encode(), content_type=content_type)
        return idempotency.fingerprint(PurchaseView().initialize_request(request))

    assert sent("one") == sent("two")
    assert sent("one") != sent("one", text="y")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_carried_out(organization):
    inside, answered = threading.Event(), threading.Event()
    replies = {}

    def hold(request):
        inside.set()
        answered.wait(timeout=20)

    def first():
        try:
            replies["first"] = buy(api_client_for(organization), "k")
        finally:
            inside.set()
            connection.close()

    PurchaseView.before = staticmethod(hold)
    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(timeout=20)
        second = buy(api_client_for(organization), "k")
    finally:
        answered.set()
        thread.join()
        PurchaseView.before = staticmethod(lambda request: None)
    third = buy(api_client_for(organization), "k")

    assert second.status_code == 409
    assert replies["first"].status_code == 201
    assert third["Idempotency-Replayed"] == "true"
    assert third.content == replies["first"].content
    assert bought() == ["a"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_reserve_a_key_once(organization):
    start = threading.Barrier(6)
    outcomes = []

    def race():
        try:
            start.wait(timeout=20)
            reserve(organization, at=NOON)
            outcomes.append("ours")
        except idempotency.KeyInFlight:
            outcomes.append("in flight")
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["in flight"] * 5 + ["ours"]


def test_without_a_key_nothing_is_asked_of_the_database(api, django_assert_num_queries):
    buy(api)

    with django_assert_num_queries(2):  # the caller's key, the purchase
        buy(api)
