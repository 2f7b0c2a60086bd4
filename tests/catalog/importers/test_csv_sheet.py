"""Our own CSV: every problem by row and column, nothing dropped in silence."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.importers.csv_sheet import COLUMNS, parse

DOCUMENT = Path(__file__).parents[3] / "docs" / "price-sheet-csv.md"
HEADER = "provider,name,currency,input_per_mtok,output_per_mtok"
ROW = "acme,acme-8b,USD,0.20,0.80"


def problems(content):
    return [(each.row, each.field) for each in parse(content).problems]


def test_the_documented_example_is_read_as_documented():
    example = re.search(r"```csv\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]

    sheet = parse(example)

    assert sheet.problems == ()
    assert sheet.currency == "EUR"
    medium, small = sheet.listings
    (dated,) = medium.timelines["standard"]
    assert dated.effective_from == datetime(2026, 1, 1, tzinfo=UTC)
    (tier,) = dated.card.context_tiers
    assert (tier.above_prompt_tokens, tier.rates.input_per_mtok) == (
        128_000,
        Decimal("1.20"),
    )
    assert medium.timelines["batch"][0].card.rates.input_per_mtok == Decimal("0.30")
    assert small.timelines["standard"][0].effective_from is None


def test_every_column_is_documented():
    documented = set(re.findall(r"`(\w+)`", DOCUMENT.read_text()))

    assert set(COLUMNS) <= documented


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    sheet = parse("\ufeff" + "\r\n".join([HEADER, ROW, ""]))

    assert sheet.problems == ()
    assert sheet.listings[0].provider == "acme"


def test_an_empty_cell_is_unknown_and_zero_is_free():
    (listing,) = parse(f"{HEADER}\nacme,acme-8b,USD,0,").listings

    rates = listing.timelines["standard"][0].card.rates
    assert rates.input_per_mtok == 0
    assert rates.output_per_mtok is None


def test_a_row_without_any_price_lists_the_model_unpriced():
    (listing,) = parse(f"{HEADER}\nacme,acme-8b,USD,,").listings

    assert listing.timelines == {}


def test_bad_rows_in_the_middle_are_all_named():
    content = "\n".join(
        [
            HEADER,
            ROW,
            "acme,acme-9b,USD,cheap,0.80",
            "acme,acme-10b,USD,0.20,-1",
            "acme,acme-11b,USD,0.20",
            "acme,,USD,0.20,0.80",
            "acme,acme-12b,dollars,0.20,0.80",
            "acme,acme-13b,USD,0.20,0.80",
        ]
    )

    sheet = parse(content)

    assert problems(content) == [
        ("row 3", "input_per_mtok"),
        ("row 4", "output_per_mtok"),
        ("row 5", ""),
        ("row 6", "name"),
        ("row 7", "currency"),
    ]
    assert sheet.listings == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [("row 1", "")]),
        (HEADER, [("row 2", "")]),
        ("provider,name\na,b", [("row 1", "currency")]),
        (f"{HEADER},colour\n{ROW},red", [("row 1", "colour")]),
        (f"{HEADER},name\n{ROW},x", [("row 1", "name")]),
        (f"{HEADER}\n{ROW}\n{ROW}", [("row 3", "name")]),
        (f"{HEADER}\n{ROW}\nacme,b,EUR,1,1", [("row 3", "currency")]),
        (f'{HEADER}\n"acme,acme-8b,USD,1,1', [("row 2", "")]),
        (f"{HEADER}\nacme,acme-8b,USD,1e400,1", [("row 2", "input_per_mtok")]),
        (f"{HEADER}\nacme,acme-8b,USD,NaN,1", [("row 2", "input_per_mtok")]),
        (f"{HEADER}\nacme,acme-8b,USD,1e-19,1", [("row 2", "input_per_mtok")]),
        (f"{HEADER}\nAcme Inc,a,USD,1,1", [("Acme Inc/a", "provider")]),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(content, expected):
    assert problems(content) == expected


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("service_tier", "overnight"),
        ("effective_from", "soon"),
        ("effective_from", "9999-12-31T23:59:59-14:00"),
        ("effective_from", "2200-01-02"),
        ("effective_from", "1999-12-31"),
        ("effective_from", "0001-01-01T00:00:00+14:00"),
        ("above_prompt_tokens", "-5"),
        ("kind", "robot"),
        ("context_tokens", "many"),
        ("zero_retention", "perhaps"),
        ("published_uptime_percent", "101"),
        ("retires_on", "2026-13-01"),
        ("weekdays", "mon"),
        ("window_starts", "25:00"),
        ("quantization", "q" * 21),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(column, value):
    found = problems(f"{HEADER},{column}\n{ROW},{value}")

    assert found[0] == ("row 2", column)


def test_a_threshold_needs_a_price_below_it():
    content = f"{HEADER},above_prompt_tokens\n{ROW},128000"

    assert problems(content) == [("row 2", "above_prompt_tokens")]


def test_a_window_needs_a_price_outside_it():
    content = f"{HEADER},window_starts,window_ends\n{ROW},16:30,00:30"

    assert problems(content) == [("acme/acme-8b", "standard")]


def test_a_window_holds_on_the_days_it_names():
    columns = f"{HEADER},window_starts,window_ends,weekdays"
    content = f"{columns}\n{ROW},,,\nacme,acme-8b,USD,0.1,0.4,16:30,00:30,sat sun"

    (listing,) = parse(content).listings

    (window,) = listing.timelines["standard"][0].card.windows
    assert (window.starts, window.ends) == (time(16, 30), time(0, 30))
    assert window.weekdays == {5, 6}
    assert window.rates.input_per_mtok == Decimal("0.1")


def test_facts_of_a_listing_are_read():
    columns = f"{HEADER},zero_retention,residency_regions,retires_on,kind"

    (listing,) = parse(f"{columns}\n{ROW},true,eu us,2027-01-31,chat").listings

    assert listing.facts == {
        "zero_retention": True,
        "residency_regions": ["eu", "us"],
        "retires_on": date(2027, 1, 31),
    }


def test_thousands_of_rows_are_read():
    rows = [f"acme,acme-{n},USD,0.20,0.80" for n in range(5_000)]

    assert len(parse("\n".join([HEADER, *rows])).listings) == 5_000
