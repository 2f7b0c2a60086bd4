from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from catalog.models import CatalogueChange, ContractTerm, FxRate, Price
from catalog.services import import_sheet
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ContractTermFactory,
    FxRateFactory,
    LanguageModelFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    ProviderFactory,
    PublishedScoreFactory,
)

pytestmark = pytest.mark.django_db

ADMIN = "/admin/catalog/"
# Session, person, counts, the page, filters, inlines: what does not grow with rows.
MAX_QUERIES = 14

FACTORIES = {
    "provider": ProviderFactory,
    "languagemodel": LanguageModelFactory,
    "offering": OfferingFactory,
    "price": PriceFactory,
    "modelfacts": ModelFactsFactory,
    "offeringfacts": OfferingFactsFactory,
    "publishedscore": PublishedScoreFactory,
    "contractterm": ContractTermFactory,
    "fxrate": FxRateFactory,
    "cataloguechange": CatalogueChangeFactory,
}


@pytest.fixture
def admin_person(client):
    person = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


@pytest.mark.parametrize("page", FACTORIES)
def test_a_list_opens_with_few_queries(
    client, admin_person, django_assert_max_num_queries, page
):
    make = FACTORIES[page]
    if page == "fxrate":
        [make(currency=currency) for currency in ("EUR", "GBP", "JPY")]
    elif page == "cataloguechange":
        make()
    else:
        make.create_batch(12)

    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get(f"{ADMIN}{page}/", {"q": ""})

    assert reply.status_code == 200


@pytest.mark.parametrize("page", FACTORIES)
def test_a_row_opens(client, admin_person, page):
    row = FACTORIES[page]()

    reply = client.get(f"{ADMIN}{page}/{row.pk}/change/")

    assert reply.status_code == 200


def test_an_offering_shows_its_history_with_few_queries(
    client, admin_person, django_assert_max_num_queries
):
    offering = OfferingFactory()
    for year in range(2010, 2026):
        moment = f"{year}-01-01T00:00:00Z"
        PriceFactory(offering=offering, effective_from=moment)
        OfferingFactsFactory(offering=offering, effective_from=moment)

    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get(f"{ADMIN}offering/{offering.pk}/change/")

    assert reply.status_code == 200
    assert b"0.2" in reply.content


@pytest.mark.parametrize(
    "page", ["price", "modelfacts", "offeringfacts", "publishedscore", "offering"]
)
def test_nobody_edits_deletes_or_adds_what_sheets_wrote(client, admin_person, page):
    row = FACTORIES[page]()
    address = f"{ADMIN}{page}/{row.pk}/"

    assert client.post(f"{address}change/", {"input_per_mtok": "9"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{ADMIN}{page}/add/").status_code == 403


def test_the_list_of_prices_offers_no_deletion(client, admin_person):
    price = PriceFactory()
    chosen = {"action": "delete_selected", "_selected_action": [price.pk]}

    client.post(f"{ADMIN}price/", {**chosen, "post": "yes"})

    assert Price.objects.filter(pk=price.pk).exists()


def test_a_provider_is_renamed_and_audited(client, admin_person):
    provider = ProviderFactory(slug="acme", name="Acmee")

    client.post(
        f"{ADMIN}provider/{provider.pk}/change/",
        {"name": "Acme", "website": "", "slug": "other"},
    )

    provider.refresh_from_db()
    assert (provider.name, provider.slug) == ("Acme", "acme")
    event = AuditEvent.objects.get(target_id=str(provider.pk))
    assert event.user == admin_person


def test_a_contract_term_is_added_as_a_change_of_the_catalogue(client, admin_person):
    organization, provider = OrganizationFactory(), ProviderFactory()

    reply = client.post(
        f"{ADMIN}contractterm/add/",
        {
            "organization": organization.pk,
            "provider": provider.pk,
            "discount_percent": "15",
            "effective_from_0": "2026-11-01",
            "effective_from_1": "00:00:00",
        },
    )

    assert reply.status_code == 302, reply.content
    term = ContractTerm.objects.get()
    assert (term.organization, term.discount_percent) == (organization, Decimal(15))
    assert CatalogueChange.objects.get().received_at == term.received_at
    event = AuditEvent.objects.get()
    assert (event.action, event.user) == ("contract_term.added", admin_person)


def test_a_contract_term_must_say_one_thing(client, admin_person):
    organization, provider = OrganizationFactory(), ProviderFactory()

    reply = client.post(
        f"{ADMIN}contractterm/add/",
        {
            "organization": organization.pk,
            "provider": provider.pk,
            "effective_from_0": "2026-11-01",
            "effective_from_1": "00:00:00",
        },
    )

    assert reply.status_code == 200
    assert not ContractTerm.objects.exists()


def test_an_exchange_rate_is_added_and_never_changed(client, admin_person):
    reply = client.post(
        f"{ADMIN}fxrate/add/",
        {
            "currency": "EUR",
            "usd_per_unit": "1.08",
            "effective_from_0": "2026-11-01",
            "effective_from_1": "00:00:00",
            "source": "https://example.com/rates",
        },
    )

    assert reply.status_code == 302, reply.content
    rate = FxRate.objects.get()
    assert CatalogueChange.objects.get().received_at == rate.received_at
    assert AuditEvent.objects.get().action == "fx_rate.added"
    address = f"{ADMIN}fxrate/{rate.pk}/"
    assert client.post(f"{address}change/", {"usd_per_unit": "2"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("page", FACTORIES)
def test_the_pages_are_for_staff(client, page):
    client.force_login(UserFactory())

    assert client.get(f"{ADMIN}{page}/").status_code == 302


HEADER = "provider,name,currency,input_per_mtok,output_per_mtok\n"


@pytest.fixture
def held_sheet(db):
    """A public sheet that makes its only listing four times as dear."""
    import_sheet(source="csv", content=f"{HEADER}acme,our-8b,USD,0.05,0.10\n")
    return import_sheet(source="csv", content=f"{HEADER}acme,our-8b,USD,0.20,0.40\n")


def test_a_held_sheet_shows_its_differences_and_not_its_content(
    client, admin_person, held_sheet, django_assert_max_num_queries
):
    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get(f"{ADMIN}pricesheet/{held_sheet.pk}/change/")

    page = reply.content.decode()
    assert reply.status_code == 200
    assert "acme/our-8b" in page
    assert "4.000" in page
    assert "Approve" in page
    assert HEADER.strip() not in page


def test_the_list_of_sheets_reads_no_content(
    client, admin_person, held_sheet, django_assert_max_num_queries
):
    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get(f"{ADMIN}pricesheet/")

    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("button", "done", "status", "prices"),
    [("approve", "approved", "applied", 2), ("reject", "rejected", "rejected", 1)],
)
def test_a_decision_is_carried_out_with_its_note_and_audited(
    client, admin_person, held_sheet, button, done, status, prices
):
    address = f"{ADMIN}pricesheet/{held_sheet.pk}/{button}/"

    asked = client.get(address)
    reply = client.post(address, {"_form_submitted": "on", "note": "as agreed"})

    assert asked.status_code == 200
    assert reply["HX-Redirect"] == f"{ADMIN}pricesheet/{held_sheet.pk}/change/"
    held_sheet.refresh_from_db()
    assert held_sheet.status == status
    assert held_sheet.decision_note == "as agreed"
    assert held_sheet.decided_by == admin_person
    assert Price.objects.count() == prices
    event = AuditEvent.objects.get(action=f"price_sheet.{done}")
    assert event.user == admin_person


def test_a_decided_sheet_offers_no_decision(client, admin_person, held_sheet):
    address = f"{ADMIN}pricesheet/{held_sheet.pk}/"
    client.post(f"{address}reject/", {"_form_submitted": "on"})

    assert b"/approve/" not in client.get(f"{address}change/").content
    again = client.post(f"{address}approve/", {"_form_submitted": "on"})
    assert again.status_code == 403
    assert Price.objects.count() == 1


def test_staff_without_the_right_may_not_decide(client, held_sheet):
    person = UserFactory(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_pricesheet"))
    client.force_login(person)
    address = f"{ADMIN}pricesheet/{held_sheet.pk}/"

    assert client.get(f"{address}change/").status_code == 200
    reply = client.post(f"{address}approve/", {"_form_submitted": "on"})
    assert reply.status_code == 403
    held_sheet.refresh_from_db()
    assert held_sheet.status == "held"
