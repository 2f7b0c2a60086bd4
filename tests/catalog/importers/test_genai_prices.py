"""How the genai-prices list is read: dates, hours, tiers and variants."""

import json
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from catalog.importers.genai_prices import export, parse

PLAIN = {"input_mtok": 1, "output_mtok": 4}


def sheet(model=None, **fields):
    """Return the list's JSON with one provider and one model."""
    model = {"id": "m-8b", "prices": PLAIN, **(model or {}), **fields}
    return json.dumps([{"id": "acme", "name": "Acme", "models": [model]}])


def only_listing(content):
    parsed = parse(content)
    assert parsed.problems == ()
    (listing,) = parsed.listings
    return listing


def rates(dated):
    return dated.card.rates.input_per_mtok, dated.card.rates.output_per_mtok


def test_a_single_price_has_no_date():
    listing = only_listing(sheet(context_window=128_000, deprecated=True))

    (dated,) = listing.timelines["standard"]
    assert dated.effective_from is None
    assert rates(dated) == (1, 4)
    assert listing.facts == {"context_tokens": 128_000, "deprecated": True}
    assert listing.provider_name == "Acme"


def test_prices_keep_every_digit():
    content = sheet().replace('"input_mtok": 1', '"input_mtok": 0.100000000000000055')

    listing = only_listing(content)

    (dated,) = listing.timelines["standard"]
    assert dated.card.rates.input_per_mtok == Decimal("0.100000000000000055")


def test_dated_prices_begin_at_midnight_utc():
    listing = only_listing(
        sheet(
            prices=[
                {"prices": PLAIN},
                {
                    "constraint": {"start_date": "2026-10-14"},
                    "prices": {"input_mtok": 2, "output_mtok": 8},
                },
            ]
        )
    )

    first, second = listing.timelines["standard"]
    assert first.effective_from is None
    assert second.effective_from == datetime(2026, 10, 14, tzinfo=UTC)
    assert rates(second) == (2, 8)


def test_daily_hours_become_windows_with_all_their_rates():
    listing = only_listing(
        sheet(
            prices=[
                {"prices": {**PLAIN, "cache_read_mtok": "0.1"}},
                {
                    "constraint": {
                        "start_time": "23:00:00Z",
                        "end_time": "01:00:00Z",
                    },
                    "prices": {"input_mtok": "0.5", "output_mtok": 2},
                },
            ]
        )
    )

    (dated,) = listing.timelines["standard"]
    (window,) = dated.card.windows
    assert (window.starts, window.ends) == (time(23), time(1))
    assert window.rates.input_per_mtok == Decimal("0.5")
    assert window.rates.cache_read_per_mtok is None
    assert rates(dated) == (1, 4)


def test_a_dated_price_behind_the_hours_ends_them():
    listing = only_listing(
        sheet(
            prices=[
                {"prices": PLAIN},
                {
                    "constraint": {"start_time": "01:00", "end_time": "02:00"},
                    "prices": {"input_mtok": 2, "output_mtok": 8},
                },
                {
                    "constraint": {"start_date": "2026-01-01"},
                    "prices": {"input_mtok": 3, "output_mtok": 9},
                },
            ]
        )
    )

    before, after = listing.timelines["standard"]
    assert len(before.card.windows) == 1
    assert after.card.windows == ()
    assert rates(after) == (3, 9)


def test_tiers_state_what_differs_at_each_threshold():
    listing = only_listing(
        sheet(
            prices={
                "input_mtok": {
                    "base": 1,
                    "tiers": [
                        {"start": 128_000, "price": 3},
                        {"start": 32_000, "price": 2},
                    ],
                },
                "output_mtok": {"base": 4, "tiers": [{"start": 128_000, "price": 8}]},
                "cache_read_mtok": "0.1",
            }
        )
    )

    (dated,) = listing.timelines["standard"]
    low, high = dated.card.context_tiers
    assert (low.above_prompt_tokens, high.above_prompt_tokens) == (32_000, 128_000)
    assert (low.rates.input_per_mtok, low.rates.output_per_mtok) == (2, 4)
    assert (high.rates.input_per_mtok, high.rates.output_per_mtok) == (3, 8)
    assert high.rates.cache_read_per_mtok is None


def test_a_variant_is_a_service_tier_from_its_start():
    listing = only_listing(
        sheet(
            price_variants=[
                {
                    "when": {"processing": "batch"},
                    "prices": {"input_mtok": "0.5"},
                    "constraint": {"start_date": "2026-10-14"},
                },
                {"when": {"service_tier": "default"}, "prices": {}},
            ]
        )
    )

    assert set(listing.timelines) == {"standard", "batch"}
    (batch,) = listing.timelines["batch"]
    assert batch.effective_from == datetime(2026, 10, 14, tzinfo=UTC)
    assert rates(batch) == (Decimal("0.5"), 4)  # what it does not state is standard


def test_of_two_variants_the_first_that_has_begun_wins():
    listing = only_listing(
        sheet(
            price_variants=[
                {
                    "when": {"service_tier": "flex"},
                    "prices": {"input_mtok": "0.9"},
                    "constraint": {"start_date": "2027-01-01"},
                },
                {"when": {"service_tier": "flex"}, "prices": {"input_mtok": "0.5"}},
            ]
        )
    )

    now, later = listing.timelines["flex"]
    assert rates(now) == (Decimal("0.5"), 4)
    assert later.effective_from == datetime(2027, 1, 1, tzinfo=UTC)
    assert rates(later) == (Decimal("0.9"), 4)


def test_a_name_that_says_batch_is_no_standard_tier():
    assert set(only_listing(sheet(id="m-8b:batch")).timelines) == {"batch"}


def test_a_route_is_a_listing_in_another_region():
    variant = {"when": {"route": "mistral/eu"}, "prices": {"input_mtok": "1.1"}}

    anywhere, eu = parse(sheet(price_variants=[variant])).listings

    assert (anywhere.region, eu.region) == ("", "eu")
    assert eu.facts["residency_regions"] == ["eu"]
    assert rates(eu.timelines["standard"][0]) == (Decimal("1.1"), 4)


def test_a_kind_of_search_is_kept_beside_the_other_meters():
    listing = only_listing(
        sheet(
            prices={**PLAIN, "web_searches_kcount": "2.5"},
            price_variants=[
                {"when": {"search_type": "fast"}, "prices": {"web_searches_kcount": 1}}
            ],
        )
    )

    (dated,) = listing.timelines["standard"]
    assert dated.other_meters == {
        "web_searches_kcount": Decimal("2.5"),
        "web_searches_kcount search_type=fast": 1,
    }


def test_an_unknown_variant_is_left_out_with_a_remark():
    variant = {"when": {"colour": "blue"}, "prices": {"input_mtok": 9}}

    parsed = parse(sheet(price_variants=[variant]))

    assert set(parsed.listings[0].timelines) == {"standard"}
    assert "colour=blue" in parsed.remarks[0].detail


def test_an_empty_price_is_unknown_and_not_free():
    assert only_listing(sheet(prices={})).timelines == {}


def test_a_price_of_zero_is_free():
    listing = only_listing(sheet(prices={"input_mtok": 0, "output_mtok": 0}))

    assert rates(listing.timelines["standard"][0]) == (0, 0)


def test_a_price_per_thousand_requests_becomes_one_per_request():
    listing = only_listing(sheet(prices={**PLAIN, "requests_kcount": 5}))

    (dated,) = listing.timelines["standard"]
    assert dated.card.rates.per_request == Decimal("0.005")


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("", "not complete JSON"),
        (sheet()[:-20], "not complete JSON"),
        ("[" * 100_000, "not complete JSON"),
        ("{}", "must be a JSON list"),
        ("[]", "must be a JSON list"),
        ("[1]", "must be an object"),
        ('[{"id": "acme"}]', "needs an id and a list of models"),
        (sheet(prices=[]), "a list that is not empty"),
        (sheet(prices={"input_mtok": "free"}), "is not a number"),
        (sheet(prices={"input_mtok": True}), "is not a number"),
        (sheet(prices={"input_mtok": -1}), "must be a number from 0 up"),
        (sheet(prices={"input_mtok": "NaN"}), "must be a number from 0 up"),
        (sheet(prices={"input_mtok": {"base": 1}}), "needs a base and tiers"),
        (sheet(prices=[{"constraint": {}, "prices": PLAIN}]), "must have a start_date"),
        (sheet(price_variants=[{"prices": PLAIN}]), "needs a `when`"),
        (sheet(id="bad\nname"), "printable"),
        (sheet(id=7), "a model needs an id"),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_raises_nothing(content, detail):
    parsed = parse(content)

    assert detail in parsed.problems[0].detail


def test_every_problem_is_named_not_only_the_first():
    content = json.dumps(
        [
            {
                "id": "acme",
                "models": [
                    {"id": "a", "prices": {"input_mtok": "x"}},
                    {"id": "b", "prices": PLAIN},
                    {"id": "c", "prices": {"output_mtok": -1}},
                ],
            }
        ]
    )

    problems = parse(content).problems

    assert [(each.row, each.field) for each in problems] == [
        ("acme/a", "input_mtok"),
        ("acme/c", "output_mtok"),
    ]


def test_the_export_is_the_same_every_time():
    assert export() == export()
