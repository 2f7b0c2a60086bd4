"""A sheet is taken in whole or not at all, once, and never rewrites the past."""

import json
import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import AuditEvent
from catalog.models import (
    CatalogueChange,
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Price,
    PriceSheet,
    Provider,
)
from catalog.services import NotFirstSheet, UnknownFormat, import_sheet
from catalog.services.timelines import BEGINNING
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.catalog import OfferingFactory

HEADER = "provider,name,currency,input_per_mtok,output_per_mtok"
pytestmark = pytest.mark.django_db


def csv(*rows, header=HEADER):
    return "\n".join([header, *rows])


def rows(count, *, price="0.20,0.80", start=0):
    return [f"acme,model-{n},USD,{price}" for n in range(start, start + count)]


def take(content, *, source="csv", **options):
    return import_sheet(source=source, content=content, **options)


def prices(name="model-0", tier="standard"):
    found = Price.objects.filter(offering__name=name, service_tier=tier)
    return list(
        found.order_by("received_at", "effective_from").values_list(
            "effective_from", "input_per_mtok"
        )
    )


def litellm(count, **fields):
    entry = {
        "litellm_provider": "acme",
        "mode": "chat",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 4e-06,
        **fields,
    }
    return {f"acme/model-{n}": entry for n in range(count)}


def test_a_first_sheet_makes_offerings_models_and_prices():
    sheet = take(csv("acme,llama-3.1-8b-instruct,USD,0.20,0.80"))

    assert sheet.status == "applied"
    assert sheet.report["counts"]["new"] == 1
    offering = Offering.objects.get()
    assert (offering.provider.slug, offering.kind) == ("acme", "chat")
    assert offering.price_source == "csv"
    facts = ModelFacts.objects.get(model=offering.model)
    assert facts.total_parameters_b == Decimal("8.03")
    assert prices("llama-3.1-8b-instruct") == [(BEGINNING, Decimal("0.20"))]


def test_a_model_nobody_knows_is_undisclosed_or_sized_by_its_name():
    take(csv("acme,some-new-13b,USD,1,1", "acme,riddle,USD,1,1"))

    by_name = {facts.model.slug: facts for facts in ModelFacts.objects.all()}
    assert by_name["some-new-13b"].parameters_basis == "from_name"
    assert by_name["some-new-13b"].total_parameters_b == 13
    assert by_name["riddle"].parameters_basis == "undisclosed"
    assert by_name["riddle"].total_parameters_b is None


def test_every_row_of_a_change_carries_its_moment():
    sheet = take(csv("acme,model-0,USD,0.20,0.80", header=HEADER))

    change = CatalogueChange.objects.get()
    assert sheet.received_at == change.received_at
    assert set(Price.objects.values_list("received_at", flat=True)) == {
        change.received_at
    }


def test_the_same_sheet_again_is_returned_as_it_is():
    first = take(csv(*rows(3)))

    again = take(csv(*rows(3)))

    assert again.pk == first.pk
    assert PriceSheet.objects.count() == 1
    assert CatalogueChange.objects.count() == 1


def test_the_same_prices_in_other_words_add_no_row():
    take(csv(*rows(3)))

    sheet = take(csv(*rows(3), ""))

    assert sheet.status == "applied"
    assert sheet.report["counts"]["unchanged"] == 3
    assert Price.objects.count() == 3
    assert CatalogueChange.objects.count() == 1


def test_a_changed_price_holds_from_the_moment_it_came():
    take(csv(*rows(1)))

    sheet = take(csv(*rows(1, price="0.30,0.80")))

    assert sheet.status == "applied"
    assert prices() == [
        (BEGINNING, Decimal("0.20")),
        (sheet.received_at, Decimal("0.30")),
    ]
    (change,) = sheet.report["changes"]
    assert change["change"] == "repriced"
    assert change["before"] == {"input_per_mtok": "0.2", "output_per_mtok": "0.8"}
    assert change["after"] == {"input_per_mtok": "0.3", "output_per_mtok": "0.8"}


def test_a_dated_correction_is_added_beside_what_was_read_before():
    header = f"{HEADER},effective_from"
    take(csv("acme,model-0,USD,0.20,0.80,2026-01-01", header=header))

    sheet = take(csv("acme,model-0,USD,0.25,0.80,2026-01-01", header=header))

    january = datetime(2026, 1, 1, tzinfo=UTC)
    assert prices() == [(january, Decimal("0.20")), (january, Decimal("0.25"))]
    assert sheet.report["counts"]["restated"] == 1


def test_a_price_announced_for_later_is_kept_for_later():
    header = f"{HEADER},effective_from"

    take(
        csv(
            "acme,model-0,USD,0.20,0.80,",
            "acme,model-0,USD,0.40,0.80,2100-01-01",
            header=header,
        )
    )

    assert prices()[-1] == (datetime(2100, 1, 1, tzinfo=UTC), Decimal("0.40"))


def test_a_listing_that_is_gone_is_withdrawn():
    take(csv(*rows(30)))

    sheet = take(csv(*rows(29, start=1)))

    assert sheet.status == "applied"
    last = Price.objects.filter(offering__name="model-0").latest("received_at")
    assert last.withdrawn
    assert last.input_per_mtok is None
    assert Offering.objects.filter(name="model-0").exists()


def test_a_map_that_lost_half_its_models_is_held():
    whole = litellm(100)
    take(json.dumps(whole), source="litellm")
    half = dict(list(whole.items())[:50])

    sheet = take(json.dumps(half), source="litellm")

    assert sheet.status == "held"
    assert sheet.report["held_because"] == [
        "50 of 100 known listings are missing or without a price"
    ]
    assert len(sheet.report["lost"]) == 50
    assert Price.objects.count() == 100
    assert not Price.objects.filter(withdrawn=True).exists()


def test_a_map_that_lost_its_prices_is_held_too():
    take(json.dumps(litellm(10)), source="litellm")
    unpriced = litellm(10, input_cost_per_token=None, output_cost_per_token=None)

    sheet = take(json.dumps(unpriced), source="litellm")

    assert sheet.status == "held"


def test_a_price_that_moves_too_far_is_held_with_the_rows_listed():
    take(csv(*rows(30)))

    sheet = take(csv(*rows(29), "acme,model-29,USD,2.00,0.80"))

    assert sheet.status == "held"
    (change,) = [
        each for each in sheet.report["changes"] if each["change"] == "suspicious"
    ]
    assert (change["name"], change["before"], change["after"], change["factor"]) == (
        "model-29",
        "0.2",
        "2",
        "10.000",
    )
    assert prices("model-29") == [(BEGINNING, Decimal("0.20"))]


def test_zero_is_free_and_a_missing_price_is_unpriced():
    take(csv("acme,cost-free,USD,0,0", "acme,unknown,USD,,"))

    free = Price.objects.get(offering__name="cost-free")
    assert free.input_per_mtok == 0
    assert Offering.objects.filter(name="unknown").exists()
    assert not Price.objects.filter(offering__name="unknown").exists()


def test_a_price_that_falls_to_zero_is_held():
    take(csv(*rows(2)))

    assert take(csv(*rows(2, price="0,0"))).status == "held"


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("csv", csv(*rows(3), "acme,bad,USD,cheap,1", *rows(3, start=5))),
        ("csv", "\x00\x00"),
        ("litellm", json.dumps(litellm(3))[:-9]),
        ("litellm", '{"models": []}'),
        ("litellm", '{"a\ud800": 1}'),
        ("genai-prices", '{"providers": []}'),
    ],
)
def test_a_sheet_that_cannot_be_read_fails_whole_and_is_kept(source, content):
    take(csv(*rows(2)), source="csv")

    sheet = take(content, source=source)

    assert sheet.status == "failed"
    assert sheet.report["problems"]
    assert PriceSheet.objects.get(pk=sheet.pk).status == "failed"
    assert Price.objects.count() == 2
    assert CatalogueChange.objects.count() == 1


def test_after_a_failure_the_last_good_sheet_is_still_known():
    good = take(csv(*rows(2)))
    take(csv("acme,bad,USD,x,1"))

    assert take(csv(*rows(2))).pk == good.pk


def test_a_failed_sheet_may_be_sent_again():
    first = take(csv("acme,bad,USD,x,1"))

    assert take(csv("acme,bad,USD,x,1")).pk != first.pk


def test_a_baseline_takes_odd_rows_and_lists_them():
    odd = csv(
        "acme,model-0,USD,1,4,0.9",
        header=f"{HEADER},cache_read_per_mtok",
    )

    sheet = take(odd, baseline=True)

    assert sheet.status == "applied"
    assert sheet.report["counts"]["suspicious"] == 1
    assert sheet.report["held_because"] == []


def test_only_a_first_sheet_can_be_the_baseline():
    take(csv(*rows(1)))

    with pytest.raises(NotFirstSheet, match="without a baseline"):
        take(csv(*rows(2)), baseline=True)

    assert PriceSheet.objects.count() == 1


def test_a_source_without_a_format_is_refused():
    with pytest.raises(UnknownFormat, match="csv, genai-prices, litellm"):
        take("", source="excel")


def test_a_named_source_is_a_list_of_its_own():
    take(csv(*rows(2)), source="csv:first")

    take(csv(*rows(2, start=2)), source="csv:second")

    assert not Price.objects.filter(withdrawn=True).exists()
    assert Offering.objects.count() == 4


def test_a_second_source_is_held_against_the_first_and_changes_nothing():
    take(csv("acme,model-0,USD,1,4", "acme,model-1,USD,1,5"))

    sheet = take(json.dumps(litellm(2)), source="litellm")

    assert sheet.report["cross_check"]["agrees"] == 1
    (differs,) = sheet.report["cross_check"]["disagrees"]
    assert (differs["name"], differs["source"]) == ("model-1", "csv")
    assert differs["ours"]["output_per_mtok"] == "5"
    assert differs["theirs"]["output_per_mtok"] == "4"
    assert Price.objects.count() == 2


def test_an_offering_without_a_source_is_taken_over():
    offering = OfferingFactory(name="model-0", provider__slug="acme")

    take(csv(*rows(1)))

    offering.refresh_from_db()
    assert offering.price_source == "csv"
    assert offering.prices.count() == 1


def test_an_organizations_sheet_is_its_own():
    organization, user = OrganizationFactory(), UserFactory()
    take(csv(*rows(1)))

    sheet = take(
        csv(*rows(1, price="0.10,0.40")), organization=organization, submitted_by=user
    )

    assert sheet.organization == organization
    own = Offering.objects.get(organization=organization)
    assert own.prices.get().input_per_mtok == Decimal("0.10")
    public = Offering.objects.get(organization=None)
    assert public.prices.get().input_per_mtok == Decimal("0.20")
    event = AuditEvent.objects.get(target_id=str(sheet.pk))
    assert (event.action, event.user) == ("price_sheet.applied", user)


def test_facts_get_a_row_only_when_they_change():
    header = f"{HEADER},context_tokens,zero_retention"
    take(csv("acme,model-0,USD,1,4,8000,true", header=header))
    take(csv("acme,model-0,USD,1.1,4,8000,", header=header))

    sheet = take(csv("acme,model-0,USD,1.1,4,16000,", header=header))

    first, second = OfferingFacts.objects.order_by("received_at")
    assert (first.effective_from, first.context_tokens) == (BEGINNING, 8000)
    assert (second.effective_from, second.context_tokens) == (sheet.received_at, 16_000)
    assert second.zero_retention is True  # not stated again, still known


def test_a_currency_is_the_sheets():
    sheet = take(csv("acme,model-0,EUR,1,4"))

    assert sheet.currency == "EUR"


def test_an_error_in_the_middle_leaves_nothing(monkeypatch):
    # A name one character too long for the column gets past no parser; this one does.
    monkeypatch.setattr("catalog.importers.listings.NAME_LENGTH", 400)
    too_long = "x" * 300

    with pytest.raises(Exception, match="too long"):
        take(csv(*rows(2), f"acme,{too_long},USD,1,4"))

    assert not PriceSheet.objects.exists()
    assert not Offering.objects.exists()
    assert not CatalogueChange.objects.exists()
    assert not Provider.objects.exists()
    assert not LanguageModel.objects.exists()


def test_thousands_of_rows_are_written_in_few_queries(django_assert_max_num_queries):
    content = csv(*rows(2_500))

    with django_assert_max_num_queries(60):
        take(content)

    assert Price.objects.count() == 2_500


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_take_turns():
    contents = [csv(*rows(20)), csv(*rows(20)), csv(*rows(20, price="0.30,0.80"))]
    failures = []

    def run(content):
        try:
            take(content)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Offering.objects.count() == 20
    # One row per price and change: nothing twice, whoever came first.
    assert Price.objects.count() in {20, 40, 60}
    moments = list(CatalogueChange.objects.values_list("received_at", flat=True))
    assert len(moments) == len(set(moments)) == Price.objects.count() // 20


def test_a_price_that_went_through_a_float_is_no_dispute():
    take(csv("acme,model-0,USD,1,4", "acme,model-1,USD,1,4.0000000000000002"))

    sheet = take(json.dumps(litellm(2)), source="litellm")

    assert sheet.report["cross_check"] == {"agrees": 2, "disagrees": []}
