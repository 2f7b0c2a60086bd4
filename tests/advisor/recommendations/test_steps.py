"""The life of a recommendation over the API: steps, versions, who wins."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import AuditEvent
from advisor.recommendations.models import RecommendationLife, State, Transition
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.recommendations import RecommendationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def advice():
    return RecommendationFactory()


@pytest.fixture
def client(advice):
    return api_client_for(advice.organization)


def address_of(advice, step=""):
    return f"/api/v1/recommendations/{advice.pk}/" + (step and f"{step}/")


def tag_of(advice, version=1):
    return f'"{advice.pk}-{version}"'


def take(client, advice, step, body=None, *, tag):
    headers = {} if tag is None else {"HTTP_IF_MATCH": tag}
    return client.post(address_of(advice, step), body or {}, format="json", **headers)


def in_state(advice, state):
    RecommendationLife.objects.filter(pk=advice.pk).update(state=state)


def test_the_whole_way_is_told_with_who_when_and_why(client, advice):
    first = client.get(address_of(advice))

    assert first["ETag"] == tag_of(advice)
    accepted = take(client, advice, "accept", {"note": "Go."}, tag=first["ETag"])
    started = take(client, advice, "start", tag=accepted["ETag"])
    done = take(client, advice, "succeed", tag=started["ETag"])

    assert (done.status_code, done["ETag"]) == (200, tag_of(advice, 4))
    body = client.get(address_of(advice)).json()
    assert body == done.json()
    assert (body["status"], body["version"]) == ("succeeded", 4)
    states = [step["state"] for step in body["life"]]
    assert states == ["active", "accepted", "in_progress", "succeeded"]
    by = {"kind": "api_key", "name": client.api_key.name}
    assert [step["by"] for step in body["life"]] == [None, by, by, by]
    assert body["life"][1]["note"] == "Go."
    events = AuditEvent.objects.filter(target_id=str(advice.pk)).order_by("at", "id")
    assert [event.action for event in events] == [
        "recommendation.accepted",
        "recommendation.in_progress",
        "recommendation.succeeded",
    ]
    assert events[0].api_key == client.api_key
    assert events[0].detail["note"] == "Go."


def test_a_dismissal_says_why_and_can_be_taken_back(client, advice):
    body = {"reason": "contract", "note": "Bound until May."}

    dismissed = take(client, advice, "dismiss", body, tag=tag_of(advice))
    back = take(client, advice, "reactivate", tag=dismissed["ETag"])

    assert dismissed.json()["life"][1]["reason"] == "contract"
    assert (back.status_code, back.json()["status"]) == (200, "active")
    assert back.json()["version"] == 3


def test_a_dismissal_returns_only_while_no_newer_advice_is_active(client, advice):
    in_state(advice, State.DISMISSED)
    newer = RecommendationFactory(revision=advice.revision)

    reply = take(client, advice, "reactivate", tag=tag_of(advice))

    assert reply.status_code == 409
    assert reply.json()["active"] == str(newer.pk)
    assert str(newer.pk) in reply.json()["detail"]


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("active", {"accept", "dismiss"}),
        ("accepted", {"start", "succeed", "fail", "dismiss"}),
        ("in_progress", {"succeed", "fail"}),
        ("dismissed", {"reactivate"}),
        ("succeeded", set()),
        ("failed", set()),
        ("superseded", set()),
        ("expired", set()),
    ],
)
def test_each_state_has_its_own_steps_and_no_others(client, advice, state, allowed):
    in_state(advice, state)
    steps = {"accept", "dismiss", "start", "succeed", "fail", "reactivate"}

    for step in steps - allowed:
        body = {"reason": "risk"} if step == "dismiss" else {}
        refused = take(client, advice, step, body, tag=tag_of(advice))
        assert refused.status_code == 409
        assert refused.json()["type"].endswith(":recommendation-state")
        assert len(refused.json()["allowed"]) == len(allowed)
    for step in allowed:
        other = RecommendationFactory(
            revision__workload__organization=advice.organization
        )
        in_state(other, state)
        body = {"reason": "risk"} if step == "dismiss" else {}
        assert take(client, other, step, body, tag=tag_of(other)).status_code == 200


def test_a_step_without_a_version_is_told_to_read_first(client, advice):
    reply = take(client, advice, "accept", tag=None)

    assert reply.status_code == 428
    assert "GET the recommendation first" in reply.json()["detail"]


@pytest.mark.parametrize("tag", ["W/{right}", '"other"', "nonsense", "", "{older}"])
def test_what_does_not_name_the_version_strongly_is_refused(client, advice, tag):
    RecommendationLife.objects.filter(pk=advice.pk).update(version=2)
    sent = tag.format(right=tag_of(advice, 2), older=tag_of(advice, 1))

    reply = take(client, advice, "accept", tag=sent)

    assert (reply.status_code, reply["ETag"]) == (412, tag_of(advice, 2))
    assert RecommendationLife.objects.get(pk=advice.pk).state == "active"


@pytest.mark.parametrize("tag", ["*", '"other", {right}', 'W/"x", {right}'])
def test_any_version_or_one_of_a_list_matches(client, advice, tag):
    sent = tag.format(right=tag_of(advice))

    assert take(client, advice, "accept", tag=sent).status_code == 200


@pytest.mark.parametrize(
    ("step", "body", "pointer"),
    [
        ("dismiss", {}, "#/reason"),
        ("dismiss", {"reason": "bored"}, "#/reason"),
        ("accept", {"note": "x" * 2001}, "#/note"),
        ("accept", {"note": "a\x1bb"}, "#/note"),
        ("accept", {"reason": "risk"}, "#/reason"),
    ],
)
def test_what_cannot_be_kept_is_refused(client, advice, step, body, pointer):
    reply = take(client, advice, step, body, tag=tag_of(advice))

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == pointer


def test_strangers_find_nothing_and_readers_may_not_step(advice):
    stranger = api_client_for(OrganizationFactory())
    reader = api_client_for(advice.organization, scopes=["read"])

    assert take(stranger, advice, "accept", tag="*").status_code == 404
    assert take(reader, advice, "accept", tag="*").status_code == 403


def test_a_step_sent_twice_with_one_key_is_taken_once(client, advice):
    def send(tag):
        return client.post(
            address_of(advice, "accept"),
            {},
            format="json",
            HTTP_IF_MATCH=tag,
            HTTP_IDEMPOTENCY_KEY="one",
        )

    stale = send('"other"')
    first, second = send(tag_of(advice)), send(tag_of(advice))

    # The refused one did not use the key up.
    statuses = [stale.status_code, first.status_code, second.status_code]
    assert statuses == [412, 200, 200]
    assert second["Idempotency-Replayed"] == "true"
    assert second["ETag"] == first["ETag"] == tag_of(advice, 2)
    assert second.json() == first.json()


@pytest.mark.django_db(transaction=True)
def test_of_two_that_accept_at_once_one_wins_and_one_is_told():
    advice = RecommendationFactory()
    clients = [api_client_for(advice.organization) for _ in range(2)]
    both = Barrier(2)

    def accept(client):
        try:
            both.wait(10)
            return take(client, advice, "accept", tag=tag_of(advice)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(accept, clients))

    assert statuses == [200, 412]
    assert Transition.objects.filter(recommendation=advice).count() == 2
