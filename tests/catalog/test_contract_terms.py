from datetime import UTC, datetime

import pytest

from accounts.models import AuditEvent
from catalog.models import CatalogueChange, ContractTerm
from tests.api_clients import api_client_for
from tests.factories.catalog import (
    ContractTermFactory,
    LanguageModelFactory,
    ProviderFactory,
)

pytestmark = pytest.mark.django_db

TERMS = "/api/v1/contract-terms/"


@pytest.fixture
def acme(db):
    return ProviderFactory(slug="acme")


def test_a_discount_is_added_for_everything_of_a_provider(api, acme):
    reply = api.post(TERMS, {"provider": "acme", "discount_percent": "22.5"})

    assert reply.status_code == 201
    shown = reply.json()
    assert shown["discount_percent"] == "22.5"
    assert (shown["model"], shown["service_tier"], shown["rates"]) == (None,) * 3
    assert shown["effective_from"] == shown["received_at"]
    assert api.get(TERMS).json()["results"] == [shown]


def test_fixed_rates_are_added_for_one_model_and_tier(api, acme):
    LanguageModelFactory(slug="m-1")
    rates = {"currency": "USD", "input_per_mtok": "0.1", "output_per_mtok": "0.40"}

    reply = api.post(
        TERMS,
        {
            "provider": "acme",
            "model": "m-1",
            "service_tier": "batch",
            "rates": rates,
            "effective_from": "2026-12-01T00:00:00Z",
            "effective_to": "2027-12-01T00:00:00Z",
            "note": "second year",
        },
    )

    assert reply.status_code == 201
    shown = reply.json()
    assert shown["rates"] == {
        "currency": "USD",
        "input_per_mtok": "0.1",
        "output_per_mtok": "0.4",
        "cache_read_per_mtok": None,
    }
    assert shown["effective_from"] == "2026-12-01T00:00:00Z"
    term = ContractTerm.objects.get()
    assert term.effective_to == datetime(2027, 12, 1, tzinfo=UTC)


def test_a_term_is_a_dated_change_of_the_catalogue_and_audited(api, acme):
    api.post(TERMS, {"provider": "acme", "discount_percent": "10"})

    term = ContractTerm.objects.get()
    assert CatalogueChange.objects.get().received_at == term.received_at
    event = AuditEvent.objects.get(action="contract_term.added")
    assert (event.target_id, event.api_key) == (str(term.pk), api.api_key)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"provider": "acmee"}, "provider", "unknown_provider"),
        ({"model": "nobody"}, "model", "unknown_model"),
        ({"service_tier": "slow"}, "service_tier", "invalid_choice"),
        ({"discount_percent": "101"}, "discount_percent", "max_value"),
        ({"discount_percent": 25}, "discount_percent", "invalid"),
        ({"discount_percent": None}, "discount_percent", "discount_or_fixed"),
        ({"effective_to": "2020-01-01T00:00:00Z"}, "effective_to", "ends_early"),
        (
            {"effective_to": "9999-12-31T23:59:59Z"},
            "effective_to",
            "outside_calendar",
        ),
        ({"effective_from": "soon"}, "effective_from", "invalid"),
        ({"colour": "red"}, "colour", "unknown_field"),
        (
            {
                "rates": {
                    "currency": "USD",
                    "input_per_mtok": "1",
                    "output_per_mtok": "2",
                }
            },
            "discount_percent",
            "discount_or_fixed",
        ),
        (
            {
                "discount_percent": None,
                "rates": {
                    "currency": "USD",
                    "input_per_mtok": "-1",
                    "output_per_mtok": "2",
                },
            },
            "rates/input_per_mtok",
            "min_value",
        ),
    ],
)
def test_a_faulty_term_is_refused_by_name(api, acme, changes, field, code):
    reply = api.post(TERMS, {"provider": "acme", "discount_percent": "10", **changes})

    assert reply.status_code == 400
    error = reply.json()["errors"][0]
    assert (error["pointer"], error["code"]) == (f"#/{field}", code)
    assert not ContractTerm.objects.exists()
    assert not CatalogueChange.objects.exists()


def test_terms_are_seen_by_their_organization_alone(api, stranger, acme):
    api.post(TERMS, {"provider": "acme", "discount_percent": "10"})

    assert stranger.get(TERMS).json()["results"] == []


def test_a_reader_may_not_add_a_term(organization, acme):
    reader = api_client_for(organization, ["read"])

    reply = reader.post(TERMS, {"provider": "acme", "discount_percent": "10"})

    assert reply.status_code == 403
    assert not ContractTerm.objects.exists()


def test_the_list_of_terms_takes_two_queries(
    api, organization, django_assert_num_queries
):
    for _ in range(3):
        ContractTermFactory(organization=organization, model=LanguageModelFactory())
    api.get("/api/v1/providers/")  # notes the first use of the key

    with django_assert_num_queries(2):
        api.get(TERMS)
