import pytest

from accounts.models import AuditEvent
from tests.api_clients import api_client_for
from tests.factories.catalog import OfferingFactory, ProviderFactory
from tests.factories.workloads import WorkloadRevisionFactory
from workloads.models import Workload, WorkloadRevision

pytestmark = pytest.mark.django_db

WORKLOADS = "/api/v1/workloads/"


def minimal(**changes):
    return {
        "name": "Support chat",
        "task_family": "support_chat",
        "traffic": {"requests_per_month": 1_000_000},
        "tokens": {"input_mean": 1_000, "output_mean": 200},
        **changes,
    }


def whole(offering):
    return minimal(
        traffic={
            "requests_per_month": 3_000_000,
            "growth_per_month": 0.05,
            "growth_uncertainty": 0.03,
            "daily_shape": [1.0] * 23 + [2.0],
            "weekly_shape": [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0],
            "peak_requests_per_second": 12.5,
        },
        tokens={
            "input_mean": 1_000,
            "input_p95": 4_000,
            "output_mean": 200,
            "output_p95": 600,
            "cacheable_prefix_share": 0.4,
        },
        batch_share=0.25,
        limits={
            "ttft_ms_p95": 500.0,
            "itl_ms_p95": 50.0,
            "request_ms_p95": 4_000.0,
            "error_rate": 0.01,
        },
        quality_floor={
            "kind": "relative",
            "value": 0.95,
            "reference_model": offering.model.slug,
            "confidence": 0.8,
        },
        constraints={
            "residency": ["eu"],
            "zero_retention": True,
            "no_training": True,
            "open_weights": True,
            "providers_allowed": [offering.provider.slug],
            "providers_denied": [],
            "capabilities": ["json", "tools"],
            "context_tokens": 32_000,
            "max_total_parameters_b": "70",
        },
        monthly_budget={"amount": "1250.5", "currency": "USD"},
        current={"offering": str(offering.pk), "service_tier": "priority"},
        migration_cost={"amount": "8000", "currency": "USD"},
        minimum_saving={"amount": "100", "currency": "USD"},
    )


def stored(client, **changes):
    reply = client.post(WORKLOADS, minimal(**changes))
    assert reply.status_code == 201, reply.json()
    return reply.json()


def test_a_minimal_workload_is_kept_with_its_defaults(client):
    reply = client.post(WORKLOADS, minimal())

    assert reply.status_code == 201
    body = reply.json()
    assert reply["Location"].endswith(f"{WORKLOADS}{body['id']}/")
    assert body["revision"] == 1
    assert body["tokens"] == {
        "input_mean": 1_000,
        "input_p95": 2_000,  # twice the mean
        "output_mean": 200,
        "output_p95": 400,
        "cacheable_prefix_share": 0.0,
    }
    assert body["traffic"]["growth_uncertainty"] == 0.02
    assert body["quality_floor"] is None
    assert body["current"] is None
    assert body["minimum_saving"] == {"amount": "0", "currency": "USD"}


def test_every_statement_comes_back_as_it_was_made(client):
    asked = whole(OfferingFactory())

    created = client.post(WORKLOADS, asked).json()
    found = client.get(f"{WORKLOADS}{created['id']}/").json()

    assert {name: found[name] for name in asked} == asked


def test_what_was_read_can_be_sent_back(client):
    created = client.post(WORKLOADS, whole(OfferingFactory())).json()

    reply = client.patch(f"{WORKLOADS}{created['id']}/", created)

    assert reply.status_code == 200
    assert reply.json() == created


def test_an_edit_merges_and_adds_a_revision(client):
    created = client.post(WORKLOADS, whole(OfferingFactory())).json()
    address = f"{WORKLOADS}{created['id']}/"
    edit = {"traffic": {"requests_per_month": 4_000_000}, "limits": None}

    edited = client.patch(address, edit).json()
    history = client.get(f"{address}revisions/").json()["results"]

    assert edited["revision"] == 2
    assert edited["traffic"] == {
        **created["traffic"],
        "requests_per_month": 4_000_000,
    }
    assert edited["limits"]["ttft_ms_p95"] is None
    assert edited["quality_floor"] == created["quality_floor"]
    assert [row["revision"] for row in history] == [2, 1]
    assert history[1]["traffic"] == created["traffic"]


def test_a_new_name_adds_no_revision(client):
    created = stored(client)

    edited = client.patch(f"{WORKLOADS}{created['id']}/", {"name": "Chat"}).json()

    assert (edited["name"], edited["revision"]) == ("Chat", 1)


def test_the_list_is_newest_first_in_a_fixed_number_of_queries(
    client, organization, django_assert_num_queries
):
    for number in range(3):
        stored(client, name=f"Chat {number}")

    # The key, the page of workloads, their newest revisions.
    with django_assert_num_queries(3):
        names = [row["name"] for row in client.get(WORKLOADS).json()["results"]]

    assert names == ["Chat 2", "Chat 1", "Chat 0"]


def test_an_archived_workload_is_gone_and_its_revisions_stay(client):
    created = stored(client)
    address = f"{WORKLOADS}{created['id']}/"

    assert client.delete(address).status_code == 204

    assert client.get(address).status_code == 404
    assert client.delete(address).status_code == 404
    assert client.get(WORKLOADS).json()["results"] == []
    assert WorkloadRevision.objects.count() == 1
    assert stored(client)["name"] == created["name"]


def test_changes_are_audited_under_the_key(client):
    created = stored(client)
    address = f"{WORKLOADS}{created['id']}/"

    client.patch(address, {"batch_share": 0.5})
    client.delete(address)

    events = AuditEvent.objects.filter(target_id=created["id"]).order_by("at")
    assert [event.action for event in events] == [
        "workload.created",
        "workload.revised",
        "workload.archived",
    ]
    assert {event.api_key for event in events} == {client.api_key}


def test_the_forecast_compounds_the_stated_growth(client):
    created = stored(
        client, traffic={"requests_per_month": 1_000_000, "growth_per_month": 0.05}
    )

    body = client.get(f"{WORKLOADS}{created['id']}/forecast/").json()

    assert (body["basis"], body["level"], body["revision"]) == ("stated", 0.8, 1)
    assert len(body["monthly"]) == 12
    assert body["monthly"][0]["expected"] == 1_000_000
    # 10^6 * 1.05, and half a band of 1.0247109 on either side (see test_forecast)
    assert body["monthly"][1]["expected"] == 1_050_000
    assert body["monthly"][1]["high"] == 1_075_946
    assert body["monthly"][1]["low"] == 1_024_679


def test_the_same_post_twice_makes_one_workload(client):
    headers = {"Idempotency-Key": "chat-1"}

    first = client.post(WORKLOADS, minimal(), headers=headers)
    again = client.post(WORKLOADS, minimal(), headers=headers)
    other = client.post(WORKLOADS, minimal(name="Other"), headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert other.status_code == 422
    assert Workload.objects.count() == 1


@pytest.mark.parametrize("path", ["", "revisions/", "forecast/"])
def test_a_stranger_finds_nothing(client, stranger, path):
    created = stored(client)

    reply = stranger.get(f"{WORKLOADS}{created['id']}/{path}")

    assert reply.status_code == 404
    assert stranger.get(WORKLOADS).json()["results"] == []


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_stranger_changes_nothing(client, stranger, method):
    created = stored(client)

    reply = getattr(stranger, method)(f"{WORKLOADS}{created['id']}/", {"name": "Mine"})

    assert reply.status_code == 404
    assert Workload.objects.get().name == "Support chat"
    assert Workload.objects.get().archived_at is None


def test_a_reader_may_not_write(client, organization):
    created = stored(client)
    reader = api_client_for(organization, ["read"])
    address = f"{WORKLOADS}{created['id']}/"

    assert reader.get(address).status_code == 200
    assert reader.post(WORKLOADS, minimal(name="Other")).status_code == 403
    assert reader.patch(address, {"batch_share": 0.5}).status_code == 403
    assert reader.delete(address).status_code == 403
    assert WorkloadRevision.objects.count() == 1


def test_another_organizations_own_offering_cannot_be_the_current_one(client):
    theirs = WorkloadRevisionFactory().workload.organization
    offering = OfferingFactory(organization=theirs)

    reply = client.post(WORKLOADS, minimal(current={"offering": str(offering.pk)}))

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"] == "unknown_offering"


def nested(path, value):
    """Return a minimal workload in which the dotted path holds the value."""
    body = minimal()
    *parents, last = path.split(".")
    inner = body
    for name in parents:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return body


ABSENT = "8b0d8c7e-2a57-4d0f-9a8b-6f6f0f1d2c3b"


@pytest.mark.parametrize(
    ("path", "value", "code", "says"),
    [
        ("task_family", "poetry", "invalid_choice", "poetry"),
        ("name", "", "blank", "blank"),
        ("name", 5, "invalid", "string"),
        ("name", "x" * 121, "max_length", "120"),
        ("traffic.requests_per_month", -1, "min_value", "1"),
        ("traffic.requests_per_month", 0, "min_value", "1"),
        ("traffic.requests_per_month", 10**12 + 1, "max_value", "1000000000000"),
        pytest.param(
            "traffic.requests_per_month", 10**400, "max_value", "10000", id="huge"
        ),
        ("traffic.requests_per_month", "1000", "invalid", "without quotes"),
        ("traffic.requests_per_month", True, "invalid", "whole"),
        ("traffic.requests_per_month", 1.5, "invalid", "whole"),
        ("traffic.requests_per_month", None, "null", "null"),
        ("traffic.growth_per_month", 1.01, "max_value", "1"),
        ("traffic.growth_per_month", "NaN", "invalid", "without quotes"),
        ("traffic.growth_uncertainty", -0.1, "min_value", "0"),
        ("traffic.daily_shape", [1.0] * 23, "min_length", "24"),
        ("traffic.daily_shape", [0] * 24, "no_weight", "All weights are 0"),
        ("traffic.weekly_shape", [1] * 8, "max_length", "7"),
        ("traffic.peak_requests_per_second", 0.38, "peak_below_mean", "0.380258"),
        ("traffic.peak_requests_per_second", 0, "min_value", "above 0"),
        ("tokens.input_p95", 999, "p95_below_mean", "below input_mean, 1000"),
        ("tokens.output_p95", 1, "p95_below_mean", "below output_mean, 200"),
        ("tokens.output_mean", 0, "min_value", "1"),
        ("tokens.cacheable_prefix_share", 1.1, "max_value", "1"),
        ("batch_share", -0.1, "min_value", "0"),
        ("limits.ttft_ms_p95", 0, "min_value", "above 0"),
        ("limits.itl_ms_p95", "fast", "invalid", "number"),
        ("limits.request_ms_p95", 1e12, "max_value", "86400000"),
        ("limits.error_rate", 1.5, "max_value", "1.0"),
        ("limits.error_rate", "1 %", "invalid", "without quotes"),
        ("quality_floor.kind", "high", "invalid_choice", "high"),
        ("constraints.residency", ["mars"], "invalid_choice", "eu"),
        ("constraints.zero_retention", "yes", "invalid", "true or false"),
        ("constraints.capabilities", ["smell"], "invalid_choice", "smell"),
        ("constraints.context_tokens", 0, "min_value", "1"),
        ("constraints.max_total_parameters_b", 70.5, "invalid", "string"),
        ("constraints.max_total_parameters_b", "0", "min_value", "0.0001"),
        ("constraints.providers_allowed", "openai", "not_a_list", "list"),
        ("monthly_budget", {"amount": 5, "currency": "USD"}, "invalid", "string"),
        ("monthly_budget", {"amount": "0", "currency": "USD"}, "min_value", "above"),
        ("monthly_budget", {"amount": "5", "currency": "EUR"}, "invalid_choice", "USD"),
        ("migration_cost", {"amount": "-1", "currency": "USD"}, "min_value", "0"),
        ("minimum_saving", {"amount": "NaN", "currency": "USD"}, "invalid", "number"),
        ("current", {"offering": ABSENT}, "unknown_offering", "offerings/"),
        ("current", {"offering": "gpt"}, "invalid", "UUID"),
        ("tokens.inputs_mean", 5, "unknown_field", 'did you mean "input_mean"'),
        ("colour", "red", "unknown_field", "no such field"),
        ("traffic", [], "invalid", "object"),
    ],
)
def test_a_faulty_statement_is_refused_by_name(client, path, value, code, says):
    reply = client.post(WORKLOADS, nested(path, value))

    assert reply.status_code == 400
    problem = reply.json()
    error = problem["errors"][0]
    assert error["pointer"].startswith("#/" + path.replace(".", "/"))
    assert error["code"] == code
    assert says in error["detail"]
    assert len(problem["errors"]) == 1
    assert not Workload.objects.exists()


def test_required_statements_are_all_named_at_once(client):
    reply = client.post(WORKLOADS, {})

    pointers = {error["pointer"] for error in reply.json()["errors"]}
    assert pointers == {"#/name", "#/task_family", "#/traffic", "#/tokens"}


@pytest.mark.parametrize("kind", ["absolute", "relative"])
def test_a_floor_needs_its_height(client, kind):
    reply = client.post(WORKLOADS, minimal(quality_floor={"kind": kind}))

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "#/quality_floor/value"


def test_an_unknown_provider_is_answered_with_the_closest(client):
    ProviderFactory(slug="mistral")
    constraints = {"providers_denied": ["mistrall"]}

    reply = client.post(WORKLOADS, minimal(constraints=constraints))

    error = reply.json()["errors"][0]
    assert error["pointer"] == "#/constraints/providers_denied"
    assert 'did you mean "mistral"?' in error["detail"]


def test_an_unknown_reference_model_is_answered_with_the_closest(client):
    OfferingFactory(model__slug="llama-3.1-8b")
    floor = {"kind": "relative", "value": 0.9, "reference_model": "llama-3-8b"}

    reply = client.post(WORKLOADS, minimal(quality_floor=floor))

    error = reply.json()["errors"][0]
    assert error["pointer"] == "#/quality_floor/reference_model"
    assert 'did you mean "llama-3.1-8b"?' in error["detail"]


def test_names_that_only_others_know_are_not_suggested(client):
    theirs = WorkloadRevisionFactory().workload.organization
    OfferingFactory(organization=theirs, provider__slug="secret-lab")

    reply = client.post(
        WORKLOADS, minimal(constraints={"providers_denied": ["secret-lab"]})
    )

    error = reply.json()["errors"][0]
    assert error["code"] == "unknown_provider"
    assert "did you mean" not in error["detail"]


def test_a_provider_cannot_be_both_allowed_and_denied(client):
    ProviderFactory(slug="mistral")
    both = {"providers_allowed": ["mistral"], "providers_denied": ["mistral"]}

    reply = client.post(WORKLOADS, minimal(constraints=both))

    error = reply.json()["errors"][0]
    assert (error["pointer"], error["code"]) == (
        "#/constraints/providers_denied",
        "contradiction",
    )


def test_a_taken_name_is_refused(client):
    stored(client)
    other = stored(client, name="Other")

    posted = client.post(WORKLOADS, minimal())
    renamed = client.patch(f"{WORKLOADS}{other['id']}/", {"name": "Support chat"})

    for reply in (posted, renamed):
        assert reply.status_code == 400
        assert reply.json()["errors"][0]["pointer"] == "#/name"
        assert reply.json()["errors"][0]["code"] == "taken"
    assert Workload.objects.count() == 2


def test_a_faulty_edit_changes_nothing(client):
    created = stored(client)
    address = f"{WORKLOADS}{created['id']}/"

    reply = client.patch(address, {"name": "New", "tokens": {"input_mean": 3_000}})

    # The stated p95 of 2,000 stays and is now below the mean.
    assert reply.json()["errors"][0]["pointer"] == "#/tokens/input_p95"
    assert client.get(address).json() == created


@pytest.mark.parametrize("body", [[], "text", 5])
def test_an_edit_that_is_no_object_is_refused(client, body):
    created = stored(client)

    reply = client.patch(f"{WORKLOADS}{created['id']}/", body, format="json")

    assert reply.status_code == 400
    assert WorkloadRevision.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({"task_family": "chat"}, "support_chat, classification"),
        ({"quality_floor": {"kind": "firm"}}, "absolute, relative, none"),
        ({"constraints": {"capabilities": ["magic"]}}, "tools"),
    ],
)
def test_a_word_that_is_not_taken_is_refused_with_those_that_are(client, change, known):
    response = client.post(WORKLOADS, minimal(**change))

    assert response.status_code == 400
    assert known in response.json()["errors"][0]["detail"]
