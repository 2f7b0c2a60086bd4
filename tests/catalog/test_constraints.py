"""The database refuses what the catalogue must never hold."""

import contextlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from catalog.models import CatalogueChange, Offering, Price
from catalog.services import catalogue_change
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import (
    JANUARY,
    CatalogueChangeFactory,
    ContractTermFactory,
    FxRateFactory,
    LanguageModelFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    PriceSheetFactory,
    ProviderFactory,
    PublishedScoreFactory,
)

pytestmark = pytest.mark.django_db
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


@contextlib.contextmanager
def refused(constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        yield


@pytest.mark.parametrize(
    ("factory", "constraint", "fields"),
    [
        (LanguageModelFactory, "language_model_slug_not_empty", {"slug": ""}),
        (OfferingFactory, "offering_kind_known", {"kind": "robot"}),
        (PriceSheetFactory, "sheet_status_known", {"status": "lost"}),
        (PriceSheetFactory, "sheet_currency_iso_4217", {"currency": "usd"}),
        (PriceSheetFactory, "sheet_hash_is_sha256", {"content_sha256": "abc"}),
        (PriceSheetFactory, "sheet_rejected_at_a_moment", {"status": "rejected"}),
        (PriceFactory, "price_tier_known", {"service_tier": "overnight"}),
        (PriceFactory, "price_not_negative", {"cache_read_per_mtok": -1}),
        (PriceFactory, "price_withdrawn_states_nothing", {"withdrawn": True}),
        (
            PriceFactory,
            "price_states_something",
            {"input_per_mtok": None, "output_per_mtok": None},
        ),
        (
            ModelFactsFactory,
            "model_facts_total_positive",
            {"total_parameters_b": 0, "active_parameters_b": None},
        ),
        (
            ModelFactsFactory,
            "model_facts_active_within_total",
            {"active_parameters_b": 9},
        ),
        (
            ModelFactsFactory,
            "model_facts_size_matches_basis",
            {"parameters_basis": "undisclosed"},
        ),
        (
            ModelFactsFactory,
            "model_facts_size_matches_basis",
            {"total_parameters_b": None, "active_parameters_b": None},
        ),
        (
            OfferingFactsFactory,
            "offering_facts_uptime_is_percent",
            {"published_uptime_percent": 101},
        ),
        (PublishedScoreFactory, "published_score_is_share", {"score": Decimal("1.1")}),
        (PublishedScoreFactory, "published_score_has_source", {"source": ""}),
        (
            ContractTermFactory,
            "contract_term_discount_or_fixed",
            {"discount_percent": None},
        ),
        (
            ContractTermFactory,
            "contract_term_discount_or_fixed",
            {"input_per_mtok": 1, "output_per_mtok": 1},
        ),
        (
            ContractTermFactory,
            "contract_term_discount_is_percent",
            {"discount_percent": 101},
        ),
        (
            ContractTermFactory,
            "contract_term_not_negative",
            {"discount_percent": None, "input_per_mtok": -1, "output_per_mtok": 1},
        ),
        (
            ContractTermFactory,
            "contract_term_not_negative",
            {
                "discount_percent": None,
                "input_per_mtok": 1,
                "output_per_mtok": 1,
                "cache_read_per_mtok": -1,
            },
        ),
        (
            ContractTermFactory,
            "contract_term_ends_after_start",
            {"effective_to": JANUARY},
        ),
        (FxRateFactory, "fx_rate_positive", {"usd_per_unit": 0}),
        (FxRateFactory, "fx_rate_currency_iso_4217", {"currency": "eur"}),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(factory, constraint, fields):
    with refused(constraint):
        factory(**fields)


@pytest.mark.parametrize(
    ("factory", "constraint", "same"),
    [
        (ProviderFactory, "slug", ["slug"]),
        (LanguageModelFactory, "slug", ["slug"]),
        (OfferingFactory, "offering_once_per_owner", ["provider", "name", "model"]),
        (PriceFactory, "price_one_per_reading", ["offering"]),
        (ModelFactsFactory, "model_facts_one_per_reading", ["model"]),
        (OfferingFactsFactory, "offering_facts_one_per_reading", ["offering"]),
        (PublishedScoreFactory, "published_score_one_per_reading", ["model"]),
        (
            ContractTermFactory,
            "contract_term_one_per_reading",
            ["organization", "provider"],
        ),
        (FxRateFactory, "fx_rate_one_per_reading", ["currency"]),
        (CatalogueChangeFactory, "received_at", ["received_at"]),
    ],
)
def test_the_same_row_twice_is_refused(factory, constraint, same):
    first = factory()

    with refused(constraint):
        factory(**{name: getattr(first, name) for name in same})


def test_a_sheet_waits_for_a_decision_once():
    first = PriceSheetFactory(status="held")

    with refused("sheet_held_once"):
        PriceSheetFactory(status="held", content=first.content)


def test_a_listing_may_exist_once_for_each_owner():
    public = OfferingFactory()
    same = {"provider": public.provider, "model": public.model, "name": public.name}

    OfferingFactory(**same, organization=OrganizationFactory())

    assert Offering.objects.count() == 2


def test_a_later_reading_of_the_same_moment_is_kept_beside_the_first():
    first = PriceFactory()

    PriceFactory(offering=first.offering, received_at=FEBRUARY)

    assert Price.objects.count() == 2


def test_a_price_for_searches_alone_is_a_price():
    PriceFactory(
        input_per_mtok=None, output_per_mtok=None, other_meters={"searches": "5"}
    )

    assert Price.objects.exists()


def test_rates_keep_eighteen_decimals():
    rate = Decimal("0.123456789012345678")

    price = PriceFactory(input_per_mtok=rate)

    price.refresh_from_db()
    assert price.input_per_mtok == rate


ADD_ONLY = [
    CatalogueChangeFactory,
    ContractTermFactory,
    FxRateFactory,
    ModelFactsFactory,
    OfferingFactsFactory,
    PriceFactory,
    PublishedScoreFactory,
]


@pytest.mark.parametrize("factory", ADD_ONLY)
def test_a_dated_row_cannot_be_changed(factory):
    row = factory()

    with refused("add-only"):
        type(row).objects.filter(pk=row.pk).update(received_at=FEBRUARY)


@pytest.mark.parametrize("factory", ADD_ONLY)
def test_a_dated_row_cannot_be_deleted(factory):
    row = factory()

    with refused("add-only"):
        type(row).objects.filter(pk=row.pk).delete()


def test_a_sheet_with_prices_cannot_be_deleted():
    sheet = PriceFactory().sheet

    with pytest.raises(ProtectedError):
        sheet.delete()


def test_changes_of_the_catalogue_have_growing_moments():
    with catalogue_change("one") as first, catalogue_change("two") as second:
        pass

    assert first < second
    assert CatalogueChange.objects.count() == 2


def test_a_change_is_later_than_one_from_a_clock_ahead():
    ahead = datetime(2100, 1, 1, tzinfo=UTC)
    CatalogueChangeFactory(received_at=ahead)

    with catalogue_change("now") as moment:
        assert moment > ahead


def test_a_change_that_fails_leaves_no_trace():
    def fail():
        with catalogue_change("broken"):
            ProviderFactory()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert not CatalogueChange.objects.exists()


@pytest.mark.parametrize("year", [1999, 2201])
@pytest.mark.parametrize(
    ("factory", "table"),
    [
        (PriceFactory, "price"),
        (ModelFactsFactory, "model_facts"),
        (OfferingFactsFactory, "offering_facts"),
        (PublishedScoreFactory, "published_score"),
        (ContractTermFactory, "contract_term"),
        (FxRateFactory, "fx_rate"),
    ],
)
def test_a_dated_row_takes_effect_within_the_calendar(factory, table, year):
    with refused(f"{table}_effective_within_calendar"):
        factory(
            effective_from=datetime(year, 6, 1, tzinfo=UTC),
            received_at=datetime(2026, 1, 1, tzinfo=UTC),
        )


def test_a_term_ends_within_the_calendar():
    with refused("contract_term_ends_within_calendar"):
        ContractTermFactory(effective_to=datetime(2201, 1, 1, tzinfo=UTC))
