"""The page of an offering: facts, prices, latency, who measures and uses it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from advisor.pages.offering_charts import rate, rate_table
from advisor.pages.offering_facts import NOT_KNOWN, fact_groups, retirement_of
from advisor.pages.selectors.offerings import latency_lines, price_lines
from catalog.models import ModelFacts, OfferingFacts
from tests.benchmarks.measured import a_change, measured
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory, FinishedRunFactory
from tests.factories.catalog import (
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    PriceSheetFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MARKUP = '<script>alert("x")</script>'
# Session, person, membership; the offering; three for its facts and prices now, its
# price history, runs, changes, endpoints and workloads.
QUERIES = 12


def page_of(offering):
    return f"/offerings/{offering.pk}/"


def at(year, month, day):
    return datetime(year, month, day, tzinfo=UTC)


def test_it_shows_everything_in_a_fixed_number_of_queries(
    client, member, organization, django_assert_num_queries
):
    offering = OfferingFactory()
    ModelFactsFactory(model=offering.model)
    OfferingFactsFactory(
        offering=offering, residency_regions=["eu"], retires_on=date(2099, 1, 1)
    )
    for month in (1, 6):
        PriceFactory(offering=offering, effective_from=at(2026, month, 1))
    endpoint = EndpointFactory(offering=offering, organization=organization)
    for hours in (1, 2, 3):
        measured(endpoint=endpoint, slot=timezone.now() - timedelta(hours=hours))

    with django_assert_num_queries(QUERIES):
        reply = client.get(page_of(offering))

    page = reply.content.decode()
    assert reply.status_code == 200
    assert offering.name in page
    assert "retires on" in page
    assert "2099" in page
    assert "8 billion (published)" in page
    assert endpoint.name in page
    assert "USD per million tokens" in page
    assert "Time to the first token (TTFT)" in page


def test_a_bare_offering_says_what_is_missing(client, member):
    page = client.get(page_of(OfferingFactory())).content.decode()

    assert "No price per token is known" in page
    assert "Nobody measured it within 90 days" in page
    assert "No endpoint, yours or shared, measures it." in page
    assert "picks it for none of your workloads" in page


def test_an_offering_of_others_is_not_found(client, member):
    theirs = OfferingFactory(organization=OrganizationFactory())

    assert client.get(page_of(theirs)).status_code == 404


def test_strangers_are_asked_to_sign_in(client):
    reply = client.get(page_of(OfferingFactory()))

    assert reply.status_code == 302
    assert reply.headers["Location"].startswith("/sign-in/")


def test_names_with_markup_are_text(client, member, organization):
    offering = OfferingFactory(name=MARKUP, model__name=MARKUP, region=MARKUP)
    ModelFactsFactory(
        model=offering.model, retires_on=date(2099, 1, 1), successor=MARKUP
    )
    PriceFactory(offering=offering, sheet__source=MARKUP)
    endpoint = EndpointFactory(
        offering=offering, organization=organization, name=MARKUP
    )
    run = measured(endpoint=endpoint, slot=timezone.now() - timedelta(hours=1))
    a_change(run)

    page = client.get(page_of(offering)).content.decode()

    assert MARKUP not in page
    assert "&lt;script&gt;" in page


def test_prices_keep_the_newest_reading_of_each_date():
    offering = OfferingFactory()
    rates = [
        (at(2026, 1, 1), at(2026, 1, 1), "0.20"),
        (at(2026, 1, 1), at(2026, 2, 1), "0.21"),
        (at(2026, 6, 1), at(2026, 5, 1), "0.15"),
        # Not known yet at the moment asked about.
        (at(2026, 6, 1), at(2026, 12, 1), "0.10"),
    ]
    for effective_from, received_at, amount in rates:
        PriceFactory(
            offering=offering,
            effective_from=effective_from,
            received_at=received_at,
            input_per_mtok=Decimal(amount),
        )

    (line,) = price_lines(offering, known_at=NOON)

    assert [price.input_per_mtok for price in line.prices] == [
        Decimal("0.21"),
        Decimal("0.15"),
    ]


def test_tiers_and_currencies_have_lines_of_their_own_standard_first():
    offering = OfferingFactory()
    PriceFactory(offering=offering, service_tier="batch")
    PriceFactory(offering=offering)
    PriceFactory(
        offering=offering,
        effective_from=at(2026, 3, 1),
        sheet=PriceSheetFactory(currency="EUR"),
    )

    lines = price_lines(offering, known_at=NOON)

    assert [(line.service_tier, line.currency) for line in lines] == [
        ("standard", "EUR"),
        ("standard", "USD"),
        ("batch", "USD"),
    ]


def test_a_tier_no_longer_listed_has_a_history_but_no_rate_now():
    offering = OfferingFactory()
    PriceFactory(offering=offering)
    PriceFactory(
        offering=offering,
        effective_from=at(2026, 6, 1),
        input_per_mtok=None,
        output_per_mtok=None,
        withdrawn=True,
    )

    lines = price_lines(offering, known_at=NOON)

    assert rate_table(lines, NOON).rows == ()
    assert [step["rate"] for step in lines[0].steps() if step["meter"] == "input"] == [
        Decimal("0.20"),
        None,
    ]


def test_rates_are_exact_with_cents_at_least():
    assert rate(Decimal("0.200000000000000000")) == "0.20"
    assert rate(Decimal("0.0375")) == "0.0375"
    assert rate(Decimal("15")) == "15.00"
    assert rate(None) == "\u2013"


def test_latency_is_told_apart_by_endpoint_and_token_class(organization):
    offering = OfferingFactory()
    endpoint = EndpointFactory(offering=offering, organization=organization)
    shared = EndpointFactory(offering=offering, organization=None)
    theirs = EndpointFactory(offering=offering, organization=OrganizationFactory())
    for minutes, where in ((30, endpoint), (60, endpoint), (90, shared), (5, theirs)):
        measured(endpoint=where, slot=NOON - timedelta(minutes=minutes))
    measured(endpoint=endpoint, slot=NOON - timedelta(days=91))
    FinishedRunFactory(
        endpoint=endpoint,
        slot=NOON - timedelta(minutes=10),
        feeds_advice=False,
        not_fed_because="warm_cache",
    )

    lines = latency_lines(offering, organization, at=NOON)

    # The newest first; nobody else's, none too old, none that speaks for nothing.
    assert [(line.endpoint, len(line.runs)) for line in lines] == [
        (endpoint.name, 2),
        (shared.name, 1),
    ]
    assert lines[0].runs[0]["at"] < lines[0].runs[1]["at"]
    assert lines[0].runs[0]["ttft_ms_p50"] == 200


def test_unknown_facts_are_said_to_be_unknown():
    offering = OfferingFactory(model__developer="")

    groups = fact_groups(offering, None, None)

    facts = {label: value for group in groups for label, value in group.facts}
    assert facts["Parameters"] == "not disclosed"
    assert facts["Kept after answering"] == NOT_KNOWN
    assert facts["Made by"] == NOT_KNOWN


def test_retirement_is_the_earlier_day_and_names_the_successor():
    model = ModelFacts(retires_on=date(2027, 3, 1), successor="model-9")
    own = OfferingFacts(retires_on=date(2027, 1, 1))

    found = retirement_of(model, own, today=date(2026, 11, 25))

    # 5 days of November, 31 of December, and the first of January: 5 + 31 + 1.
    assert (found.on, found.days_left, found.successor) == (
        date(2027, 1, 1),
        37,
        "model-9",
    )
    assert retirement_of(None, OfferingFacts(), today=date(2026, 11, 25)) is None
