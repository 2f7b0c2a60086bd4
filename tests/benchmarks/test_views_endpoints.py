import pytest

from accounts.models import AuditEvent
from benchmarks.models import Endpoint
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import OfferingFactory

pytestmark = pytest.mark.django_db

ENDPOINTS = "/api/v1/endpoints/"
SECRET = "sk-live-0123456789"


def stated(**changes):
    return {
        "name": "Ours",
        "offering": str(OfferingFactory().pk),
        "base_url": "https://llm.example.com/v1",
        "wire_model": "small-8b",
        **changes,
    }


def errors_of(reply):
    assert reply["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


def test_an_endpoint_is_kept_with_its_defaults(api, organization):
    offering = OfferingFactory()

    reply = api.post(ENDPOINTS, stated(offering=str(offering.pk)))

    assert reply.status_code == 201
    shown = reply.json()
    assert reply["Location"].endswith(f"{ENDPOINTS}{shown['id']}/")
    assert shown.pop("id")
    assert shown.pop("created_at")
    assert shown == {
        "shared": False,
        "name": "Ours",
        "offering": {
            "id": str(offering.pk),
            "name": offering.name,
            "provider": offering.provider.slug,
            "model": offering.model.slug,
            "region": offering.region,
        },
        "service_tier": "standard",
        "base_url": "https://llm.example.com/v1",
        "protocol": "openai_chat",
        "wire_model": "small-8b",
        "has_credential": False,
        "credential_header": "",
        "headers": {},
        "enabled": True,
        "prompt_billed_once": False,
    }
    assert Endpoint.objects.get().organization == organization
    event = AuditEvent.objects.get(action="endpoint.created")
    assert event.api_key == api.api_key


def test_a_credential_goes_in_and_never_comes_out(api):
    created = api.post(ENDPOINTS, stated(credential=SECRET))
    address = f"{ENDPOINTS}{created.json()['id']}/"

    replies = [
        created,
        api.get(ENDPOINTS),
        api.get(address),
        api.patch(address, {"name": "Renamed"}),
    ]

    assert all(SECRET not in reply.content.decode() for reply in replies)
    assert all("credential" not in r.json() for r in (replies[0], *replies[2:]))
    assert created.json()["has_credential"] is True
    assert replies[-1].json()["has_credential"] is True
    assert Endpoint.objects.get().credential == SECRET
    assert SECRET not in str(list(AuditEvent.objects.values()))


def test_a_refused_credential_is_not_repeated(api):
    reply = api.post(ENDPOINTS, stated(credential=f"{SECRET}\u00fc"))

    assert reply.status_code == 400
    assert "#/credential" in errors_of(reply)
    assert SECRET not in reply.content.decode()


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_credential_is_taken_away(api, nothing):
    created = api.post(ENDPOINTS, stated(credential=SECRET)).json()

    reply = api.patch(f"{ENDPOINTS}{created['id']}/", {"credential": nothing})

    assert reply.status_code == 200
    assert reply.json()["has_credential"] is False
    assert Endpoint.objects.get().credential == ""


def test_a_stored_credential_is_not_sent_to_another_host(api):
    created = api.post(ENDPOINTS, stated(credential=SECRET)).json()
    address = f"{ENDPOINTS}{created['id']}/"
    elsewhere = {"base_url": "https://elsewhere.example.net/v1"}

    refused = api.patch(address, elsewhere)
    given_anew = api.patch(address, {**elsewhere, "credential": "sk-other"})

    assert refused.status_code == 400
    assert "Give it again" in errors_of(refused)["#/credential"]
    assert given_anew.status_code == 200
    assert Endpoint.objects.get().credential == "sk-other"


def test_a_patch_merges_headers_and_null_takes_one_away(api):
    created = api.post(ENDPOINTS, stated(headers={"x-team": "a", "x-cell": "1"}))
    address = f"{ENDPOINTS}{created.json()['id']}/"

    reply = api.patch(address, {"headers": {"x-cell": None, "x-zone": "eu"}})

    assert reply.json()["headers"] == {"x-team": "a", "x-zone": "eu"}


def test_a_reply_can_be_edited_and_sent_back(api):
    shown = api.post(ENDPOINTS, stated(credential=SECRET)).json()

    reply = api.patch(f"{ENDPOINTS}{shown['id']}/", {**shown, "enabled": False})

    assert reply.status_code == 200
    assert reply.json() == {**shown, "enabled": False}
    assert Endpoint.objects.get().credential == SECRET


def test_nothing_deletes_an_endpoint(api, own_endpoint):
    reply = api.delete(f"{ENDPOINTS}{own_endpoint.pk}/")

    assert reply.status_code == 405
    assert Endpoint.objects.filter(pk=own_endpoint.pk).exists()


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        ({"name": ""}, "#/name", "blank"),
        ({"offering": "no-uuid"}, "#/offering", "UUID"),
        ({"offering": None}, "#/offering", "null"),
        ({"base_url": "http://llm.example.com/v1"}, "#/base_url", "https"),
        ({"base_url": "llm.example.com"}, "#/base_url", ""),
        ({"base_url": "https://user:pw@llm.example.com/v1"}, "#/base_url", ""),
        ({"base_url": "https://llm.example.com/v1?key=1"}, "#/base_url", ""),
        ({"base_url": "https://127.0.0.1/v1"}, "#/base_url", ""),
        ({"base_url": "https://169.254.169.254/latest"}, "#/base_url", ""),
        ({"service_tier": "batch"}, "#/service_tier", "another tier"),
        ({"service_tier": "gold"}, "#/service_tier", "standard"),
        ({"protocol": "smtp"}, "#/protocol", "openai_chat"),
        ({"headers": {"Authorization": "x"}}, "#/headers", "credential"),
        ({"headers": {"x-api-key": "x"}}, "#/headers", "credential"),
        ({"headers": {"Host": "x"}}, "#/headers", "itself"),
        ({"headers": {"x": 1}}, "#/headers/x", "string"),
        ({"headers": ["x"]}, "#/headers", "dictionary"),
        ({"headers": {"X-Jwt": "x"}}, "#/headers", "credential"),
        ({"headers": {"X-Db-Pass": "x"}}, "#/headers", "credential"),
        ({"headers": {"X-Team": "eyJhbGciOi"}}, "#/headers", "credential"),
        ({"headers": {"X-Team": "token abc"}}, "#/headers", "credential"),
        ({"base_url": "https://llm.example.com/\u20ac"}, "#/base_url", "percent"),
        ({"wire_model": "a" * 201}, "#/wire_model", "200"),
        ({"wire_model": "a\u0085b"}, "#/wire_model", "control characters"),
        ({"name": "a\u2028b"}, "#/name", "control characters"),
        ({"credential_header": "a b"}, "#/credential_header", "header name"),
        ({"enabled": "yes"}, "#/enabled", "true or false"),
        ({"has_credentials": True}, "#/has_credentials", "did you mean"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(api, change, pointer, says):
    reply = api.post(ENDPOINTS, stated(**change))

    assert reply.status_code == 400
    assert says in errors_of(reply)[pointer]
    assert not Endpoint.objects.exists()


def test_an_offering_that_the_caller_cannot_see_is_unknown(api):
    theirs = OfferingFactory(organization=OrganizationFactory())

    reply = api.post(ENDPOINTS, stated(offering=str(theirs.pk)))

    assert reply.status_code == 400
    assert "take an id from offerings/" in errors_of(reply)["#/offering"]


def test_a_name_is_an_organizations_own(api, stranger):
    api.post(ENDPOINTS, stated())

    again = api.post(ENDPOINTS, stated())
    elsewhere = stranger.post(ENDPOINTS, stated())

    assert again.status_code == 400
    assert "name" in again.json()["detail"].lower()
    assert elsewhere.status_code == 201


def test_the_offering_of_an_endpoint_stays(api, own_endpoint):
    other = OfferingFactory()

    reply = api.patch(f"{ENDPOINTS}{own_endpoint.pk}/", {"offering": str(other.pk)})

    assert reply.status_code == 400
    assert "another endpoint" in errors_of(reply)["#/offering"]


def test_a_strangers_endpoint_is_not_there(stranger, own_endpoint):
    address = f"{ENDPOINTS}{own_endpoint.pk}/"

    assert stranger.get(address).status_code == 404
    assert stranger.patch(address, {"enabled": False}).status_code == 404
    assert stranger.get(ENDPOINTS).json()["results"] == []
    assert stranger.get(f"{ENDPOINTS}not-an-id/").status_code == 404


def test_a_shared_endpoint_is_read_by_all_and_edited_by_no_caller(api):
    shared = EndpointFactory(credential=SECRET)
    address = f"{ENDPOINTS}{shared.pk}/"

    seen, edited = api.get(address), api.patch(address, {"enabled": False})

    assert seen.json()["shared"] is True
    assert seen.json()["has_credential"] is True
    assert edited.status_code == 403
    assert "own" in edited.json()["detail"]
    assert Endpoint.objects.get().enabled


def test_writing_needs_the_scope(organization, own_endpoint):
    reader = api_client_for(organization, scopes=["read"])

    assert reader.get(ENDPOINTS).status_code == 200
    assert reader.post(ENDPOINTS, stated()).status_code == 403
    edit = reader.patch(f"{ENDPOINTS}{own_endpoint.pk}/", {"enabled": False})
    assert edit.status_code == 403


def test_the_same_key_makes_one_endpoint(api):
    body, headers = stated(), {"Idempotency-Key": "endpoint-1"}

    first = api.post(ENDPOINTS, body, headers=headers)
    again = api.post(ENDPOINTS, body, headers=headers)

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Endpoint.objects.count() == 1


def test_the_list_is_filtered(api, organization, own_endpoint):
    off = EndpointFactory(organization=organization, enabled=False)

    def found(**query):
        return {row["id"] for row in api.get(ENDPOINTS, query).json()["results"]}

    assert found() == {str(own_endpoint.pk), str(off.pk)}
    assert found(enabled="false") == {str(off.pk)}
    assert found(offering=str(own_endpoint.offering_id)) == {str(own_endpoint.pk)}


@pytest.mark.parametrize(
    "query", [{"offering": "x"}, {"enabled": "yes"}, {"offerings": "x"}]
)
def test_a_filter_with_a_slip_is_refused(api, query):
    reply = api.get(ENDPOINTS, query)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == f"#/{next(iter(query))}"


def test_a_page_takes_as_many_queries_however_long(
    api, organization, django_assert_num_queries
):
    EndpointFactory.create_batch(10, organization=organization, credential=SECRET)
    api.get(ENDPOINTS)  # notes when the key was last used

    with django_assert_num_queries(2):  # the key, the page
        rows = api.get(ENDPOINTS).json()["results"]

    assert len(rows) == 10
