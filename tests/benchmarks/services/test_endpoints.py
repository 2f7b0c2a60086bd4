"""Endpoints are kept as they may be, and their secrets stay where they belong."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.audit import Author
from accounts.models import AuditEvent
from benchmarks.models import Endpoint
from benchmarks.services import (
    create_endpoint,
    revise_endpoint,
    switch_endpoint,
)
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import OfferingFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "sk-nobody-reads-this"


def fields(**changes):
    return {
        "name": "Paris",
        "offering": OfferingFactory(),
        "base_url": "https://api.example.com/v1",
        "wire_model": "model-1",
        "credential": SECRET,
    } | changes


def refused(field, said=""):
    return pytest.raises(ValidationError, match=rf"'{field}'.*{said}")


def test_an_endpoint_is_kept_and_audited_without_its_secret():
    owner, person = OrganizationFactory(), UserFactory()

    endpoint = create_endpoint(
        organization=owner,
        fields=fields(headers={"X-Team": "buyers"}),
        at=NOON,
        author=Author(user=person),
    )

    assert Endpoint.objects.get().credential == SECRET
    event = AuditEvent.objects.get()
    assert (event.action, event.user, event.organization, event.target_id) == (
        "endpoint.created",
        person,
        owner,
        str(endpoint.pk),
    )
    assert event.detail == {"name": "Paris", "credential": True}


def test_another_organizations_offering_cannot_be_measured():
    private = OfferingFactory(organization=OrganizationFactory())

    with refused("offering", "no such offering"):
        create_endpoint(
            organization=OrganizationFactory(), fields=fields(offering=private), at=NOON
        )
    with refused("offering", "no such offering"):
        create_endpoint(organization=None, fields=fields(offering=private), at=NOON)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("base_url", "ftp://api.example.com", "https"),
        ("base_url", "https://10.0.0.1/v1", "not public"),
        ("base_url", "http://api.example.com/v1", "https"),
        ("base_url", "https://me:secret@api.example.com", "user name"),
        ("base_url", "https://api.example.com/v1?key=1", "from \\? on"),
        ("service_tier", "batch", "hours later"),
        ("credential", "two\nlines", "visible ASCII"),
        ("credential", "nul\x00", "visible ASCII"),
        ("credential", " sk-spaced ", "spaces around"),
        ("credential", "k" * 4_001, "longer than 4000"),
        ("credential_header", "X Key", "no header name"),
        ("credential_header", "Host", "set by the harness"),
        ("headers", {"X-A": "a\r\nX-B: b"}, "visible ASCII"),
        ("headers", {"X-A\n": "a"}, "no header name"),
        ("headers", {"": "a"}, "no header name"),
        ("headers", {"X-A": 1}, "visible ASCII"),
        ("headers", {"X-A": "a", "x-a": "b"}, "twice"),
        ("headers", {f"X-{n}": "a" for n in range(21)}, "At most 20"),
        ("headers", {"Content-Length": "0"}, "set by the harness"),
        ("headers", ["X-A"], "object"),
        ("protocol", "telnet", "not a valid choice"),
        ("wire_model", "", "blank"),
    ],
)
def test_what_cannot_be_called_safely_is_refused(field, value, said):
    with refused(field, said):
        create_endpoint(organization=None, fields=fields(**{field: value}), at=NOON)


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "x-api-key",
        "api-key",
        "apikey",
        "X-Goog-Api-Key",
        "Ocp-Apim-Subscription-Key",
        "X-Auth-Token",
        "Cookie",
        "x-amz-security-token",
        "X-Client-Secret",
        "X-Auth",
    ],
)
def test_a_header_that_carries_a_credential_is_sent_to_the_encrypted_field(name):
    with refused("headers", "put it in `credential`"):
        create_endpoint(
            organization=None, fields=fields(headers={name: "abc"}), at=NOON
        )


@pytest.mark.parametrize("value", ["Bearer abc", "basic YWJj", "sk-abc"])
def test_a_credential_is_known_by_how_it_begins_too(value):
    with refused("headers", "put it in `credential`"):
        create_endpoint(
            organization=None, fields=fields(headers={"X-Team": value}), at=NOON
        )


@pytest.mark.parametrize(
    "name", ["anthropic-version", "OpenAI-Organization", "X-Monkey", "X-Tokens-Wanted"]
)
def test_other_headers_are_kept(name):
    endpoint = create_endpoint(
        organization=None, fields=fields(headers={name: "2023-06-01"}), at=NOON
    )

    assert Endpoint.objects.get(pk=endpoint.pk).headers == {name: "2023-06-01"}


def test_the_credentials_header_is_named_once():
    with refused("credential_header", "among the headers too"):
        create_endpoint(
            organization=None,
            fields=fields(headers={"X-Team": "a"}, credential_header="x-team"),
            at=NOON,
        )


def test_only_chat_is_measured():
    with refused("offering", "kind embedding"):
        create_endpoint(
            organization=None,
            fields=fields(offering=OfferingFactory(kind="embedding")),
            at=NOON,
        )


def test_a_name_that_is_taken_is_refused_with_a_sentence():
    create_endpoint(organization=None, fields=fields(), at=NOON)

    with refused("name", "Another endpoint bears it"):
        create_endpoint(organization=None, fields=fields(), at=NOON)


def test_a_new_credential_is_audited_as_changed_only():
    endpoint = EndpointFactory(credential="sk-old-old-old")

    revise_endpoint(
        endpoint=endpoint, fields={"credential": SECRET, "name": "Rome"}, at=NOON
    )

    assert Endpoint.objects.get().credential == SECRET
    event = AuditEvent.objects.get()
    assert event.action == "endpoint.revised"
    assert event.detail == {"changed": {"credential": "changed", "name": "Rome"}}


def test_saying_the_same_again_changes_and_audits_nothing():
    endpoint = EndpointFactory()

    revise_endpoint(endpoint=endpoint, fields={"name": endpoint.name}, at=NOON)

    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com.evil.net/v1",
    ],
)
def test_a_stored_credential_is_never_sent_to_another_host(url):
    endpoint = EndpointFactory(credential=SECRET)

    with refused("credential", "another host"):
        revise_endpoint(endpoint=endpoint, fields={"base_url": url}, at=NOON)

    revise_endpoint(
        endpoint=endpoint, fields={"base_url": url, "credential": "sk-its-own"}, at=NOON
    )
    assert Endpoint.objects.get().base_url == url


def test_a_stored_credential_is_never_sent_without_tls(settings):
    settings.OUTBOUND_PLAIN_HTTP = True
    endpoint = EndpointFactory(credential=SECRET)

    with refused("credential", "another host"):
        revise_endpoint(
            endpoint=endpoint,
            fields={"base_url": "http://api.example.com/v1"},
            at=NOON,
        )


def test_a_credential_of_an_address_that_is_no_longer_let_out_is_not_moved():
    # Kept while the network of the address was allowed.
    endpoint = EndpointFactory(base_url="http://10.0.0.5/v1", credential=SECRET)

    with refused("credential", "another host"):
        revise_endpoint(
            endpoint=endpoint,
            fields={"base_url": "https://api.example.com/v1"},
            at=NOON,
        )


def test_an_endpoint_needs_an_offering():
    stated = fields()
    del stated["offering"]

    with refused("offering", "Say which"):
        create_endpoint(organization=None, fields=stated, at=NOON)


def test_another_path_of_the_same_host_keeps_the_credential():
    endpoint = EndpointFactory(credential=SECRET)

    revise_endpoint(
        endpoint=endpoint, fields={"base_url": "https://api.example.com/v2"}, at=NOON
    )

    assert Endpoint.objects.get().credential == SECRET


@pytest.mark.parametrize("field", ["offering", "service_tier"])
def test_what_earlier_runs_speak_for_stays(field):
    endpoint = EndpointFactory()
    other = {"offering": OfferingFactory(), "service_tier": "priority"}

    with refused(field, "create another endpoint"):
        revise_endpoint(endpoint=endpoint, fields={field: other[field]}, at=NOON)


def test_an_endpoint_is_switched_off():
    endpoint = switch_endpoint(endpoint=EndpointFactory(), enabled=False, at=NOON)

    assert not Endpoint.objects.get().enabled
    assert not endpoint.enabled
    assert AuditEvent.objects.get().detail == {"changed": {"enabled": False}}
