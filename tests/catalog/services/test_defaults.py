"""The catalogue that every installation starts with."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from catalog.importers import genai_prices
from catalog.models import CatalogueChange, Offering, Price, PriceSheet
from catalog.services.defaults import catalogue_size, load_default_catalogue
from catalog.services.held import held_offerings
from catalog.services.imports import import_sheet
from catalog.services.timelines import Terms

pytestmark = pytest.mark.django_db


def test_the_default_catalogue_loads_once(django_assert_max_num_queries):
    out = io.StringIO()

    call_command("load_catalogue", stdout=out)

    assert Offering.objects.count() > 2_000
    assert Price.objects.count() > 2_500
    assert "known size" in out.getvalue()
    sized = catalogue_size().coverage
    assert sized.chat_share >= 0.60
    assert sized.open_weights_share >= 0.95
    # What is stored is what was read, so the judge's verdict on it holds here too.
    held = held_offerings(None)
    for listing in genai_prices.parse(genai_prices.export()).listings:
        stored = held[listing.key].timelines
        assert {tier: list(cards.values()) for tier, cards in stored.items()} == {
            tier: [Terms(*card.terms) for card in cards]
            for tier, cards in listing.timelines.items()
        }
    rows = (PriceSheet.objects.count(), CatalogueChange.objects.count())
    with django_assert_max_num_queries(12):
        load_default_catalogue()
    assert (PriceSheet.objects.count(), CatalogueChange.objects.count()) == rows


def test_starting_again_does_not_undo_prices_that_were_fetched_since():
    load_default_catalogue()
    newer = json.loads(genai_prices.export())
    model = newer[0]["models"][0]
    model["prices"] = {"input_mtok": "8.5", "output_mtok": "25"}
    fetched = import_sheet(source=genai_prices.PACKAGE, content=json.dumps(newer))
    count = Price.objects.count()

    load_default_catalogue()

    assert fetched.status == "applied"
    assert Price.objects.count() == count


def test_prices_are_imported_from_a_file(tmp_path):
    file, out = tmp_path / "prices.csv", io.StringIO()
    file.write_text(
        "provider,name,currency,input_per_mtok,output_per_mtok\nacme,a-8b,USD,1,4\n"
    )

    call_command("import_prices", file, source="csv", stdout=out)
    call_command("catalogue_coverage", stdout=out)

    assert ": applied" in out.getvalue()
    assert "chat listings sized: 1 of 1 (100.0%)" in out.getvalue()


def test_a_file_with_a_bad_row_is_refused_with_its_place(tmp_path):
    file, errors = tmp_path / "prices.csv", io.StringIO()
    file.write_text("provider,name,currency,input_per_mtok\nacme,a-8b,USD,cheap\n")

    with pytest.raises(CommandError, match="Nothing was written"):
        call_command(
            "import_prices", file, source="csv", stdout=io.StringIO(), stderr=errors
        )

    assert "row 2 input_per_mtok" in errors.getvalue()


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_prices", tmp_path / "none.csv", source="csv")


def test_the_judge_asks_for_a_catalogue_first():
    with pytest.raises(CommandError, match="load_catalogue"):
        call_command("judge_prices")
