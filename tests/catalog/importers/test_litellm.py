"""How the LiteLLM map is read: per-token prices, tiers in key names, regions."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from catalog.importers.litellm import parse

CHAT = {
    "litellm_provider": "openai",
    "mode": "chat",
    "input_cost_per_token": 2.5e-06,
    "output_cost_per_token": 1e-05,
}


def only_listing(key="gpt-x", **fields):
    parsed = parse(json.dumps({key: {**CHAT, **fields}}))
    assert parsed.problems == ()
    (listing,) = parsed.listings
    return listing


def card(listing, tier="standard"):
    return listing.timelines[tier][0].card


def test_prices_per_token_become_prices_per_million_exactly():
    listing = only_listing(input_cost_per_token=1.5e-07)

    assert card(listing).rates.input_per_mtok == Decimal("0.15")
    assert card(listing).rates.output_per_mtok == 10


def test_a_threshold_in_a_key_is_a_context_tier():
    listing = only_listing(
        input_cost_per_token_above_128k_tokens=5e-06,
        output_cost_per_token_above_272k_tokens=2e-05,
    )

    low, high = card(listing).context_tiers
    assert (low.above_prompt_tokens, low.rates.input_per_mtok) == (128_000, 5)
    assert (high.above_prompt_tokens, high.rates.output_per_mtok) == (272_000, 20)
    assert high.rates.input_per_mtok == 5  # what was raised lower down stays raised


def test_a_suffix_in_a_key_is_a_service_tier():
    listing = only_listing(
        cache_read_input_token_cost=1.25e-06,
        input_cost_per_token_batches=1.25e-06,
        output_cost_per_token_batches=5e-06,
        input_cost_per_token_flex=1.25e-06,
        input_cost_per_token_priority=4.25e-06,
    )

    assert set(listing.timelines) == {"standard", "batch", "flex", "priority"}
    batch = card(listing, "batch").rates
    assert (batch.input_per_mtok, batch.output_per_mtok) == (Decimal("1.25"), 5)
    assert batch.cache_read_per_mtok == Decimal("1.25")  # not stated: the standard one


def test_a_tier_that_prices_only_its_cache_is_none():
    listing = only_listing(cache_read_input_token_cost_flex=1e-07)

    assert set(listing.timelines) == {"standard"}


def test_cache_writes_have_two_lifetimes():
    listing = only_listing(
        cache_creation_input_token_cost=3.75e-06,
        cache_creation_input_token_cost_above_1hr=6e-06,
        cache_creation_input_token_cost_above_1hr_above_200k_tokens=1.2e-05,
    )

    rates = card(listing).rates
    assert rates.cache_write_5m_per_mtok == Decimal("3.75")
    assert rates.cache_write_1h_per_mtok == 6
    (tier,) = card(listing).context_tiers
    assert tier.rates.cache_write_1h_per_mtok == 12


def test_a_free_write_beside_a_paid_prompt_is_no_price():
    listing = only_listing(cache_creation_input_token_cost=0.0)

    assert card(listing).rates.cache_write_5m_per_mtok is None


def test_ranges_of_prompt_tokens_are_context_tiers():
    content = {
        "qwen": {
            "litellm_provider": "dashscope",
            "mode": "chat",
            "tiered_pricing": [
                {
                    "input_cost_per_token": 1e-06,
                    "output_cost_per_token": 5e-06,
                    "range": [0, 32000.0],
                },
                {
                    "input_cost_per_token": 2e-06,
                    "output_cost_per_token": 1e-05,
                    "range": [32000.0, 128000.0],
                },
            ],
        }
    }

    (listing,) = parse(json.dumps(content)).listings

    assert card(listing).rates.input_per_mtok == 1
    (tier,) = card(listing).context_tiers
    assert (tier.above_prompt_tokens, tier.rates.output_per_mtok) == (32_000, 10)


def test_a_missing_or_null_price_is_unknown_and_zero_is_free():
    unknown = only_listing(input_cost_per_token=None, output_cost_per_token=None)
    free = only_listing(input_cost_per_token=0, output_cost_per_token=0.0)

    assert unknown.timelines == {}
    assert card(free).rates.input_per_mtok == 0


def test_facts_are_what_the_entry_states():
    listing = only_listing(
        key="gpt-x-preview",
        max_input_tokens=128000,
        supports_function_calling=True,
        supports_vision=False,
        deprecation_date="2026-12-11",
        rpm=500,
    )

    assert listing.facts == {
        "preview": True,
        "context_tokens": 128_000,
        "supports_tools": True,
        "supports_vision": False,
        "retires_on": date(2026, 12, 11),
        "requests_per_minute_limit": 500,
    }


def test_a_date_that_is_none_is_left_out_with_a_remark():
    entry = {**CHAT, "deprecation_date": "next spring"}

    parsed = parse(json.dumps({"gpt-x": entry}))

    assert "retires_on" not in parsed.listings[0].facts
    assert parsed.remarks[0].field == "deprecation_date"


@pytest.mark.parametrize(
    ("key", "transport", "expected"),
    [
        ("gpt-x", "openai", ("openai", "gpt-x", "")),
        ("together_ai/meta/llama", "together_ai", ("together", "meta/llama", "")),
        ("gemini/gemini-x", "gemini", ("google", "gemini-x", "")),
        ("vertex_ai/gemini-x", "vertex_ai-x", ("google-vertex", "gemini-x", "")),
        ("bedrock/us-east-1/meta.llama", "bedrock", ("aws", "meta.llama", "us-east-1")),
        ("eu.meta.llama", "bedrock_converse", ("aws", "eu.meta.llama", "eu")),
        ("azure/eu/gpt-x", "azure", ("azure", "gpt-x", "eu")),
        (
            "fireworks_ai/accounts/fireworks/models/llama",
            "fireworks_ai",
            ("fireworks", "llama", ""),
        ),
    ],
)  # fmt: skip
def test_provider_name_and_region_come_apart(key, transport, expected):
    assert only_listing(key, litellm_provider=transport).key == expected


def test_residency_follows_the_region():
    listing = only_listing("bedrock/eu-west-1/meta.llama", litellm_provider="bedrock")

    assert listing.facts["residency_regions"] == ["eu"]


def test_two_spellings_of_one_name_at_two_prices_stay_apart():
    content = {
        "gemini-x": {**CHAT, "litellm_provider": "vertex_ai"},
        "vertex_ai/gemini-x": {
            **CHAT,
            "litellm_provider": "vertex_ai",
            "input_cost_per_token": 1e-06,
        },
    }

    names = [listing.name for listing in parse(json.dumps(content)).listings]

    assert names == ["gemini-x", "vertex_ai/gemini-x"]


def test_units_no_text_request_uses_are_kept_apart():
    listing = only_listing(
        search_context_cost_per_query={"search_context_size_low": 0.01},
        output_cost_per_image=0.04,
    )

    assert listing.timelines["standard"][0].other_meters == {
        "search_context_cost_per_query.search_context_size_low": Decimal("0.01"),
        "output_cost_per_image": Decimal("0.04"),
    }


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("embedding", "embedding"), ("rerank", "other"), ("chat", "chat")],
)
def test_the_mode_tells_the_kind(mode, kind):
    assert only_listing(mode=mode).kind == kind


def test_off_peak_hours_become_windows():
    listing = only_listing(
        cache_read_input_token_cost=2.5e-07,
        off_peak_pricing={
            "input_cost_per_token": 1.25e-06,
            "output_cost_per_token": 5e-06,
            "windows": [
                {"hours_utc": ["22:00-01:00"], "weekdays": [1, 2]},
                {"hours_utc": "00:00-00:00", "weekdays": [6, 7]},
            ],
        },
    )

    night, morning, afternoon = card(listing).windows
    assert (night.starts, night.ends) == (time(22), time(1))
    assert night.weekdays == {0, 1}
    assert night.rates.input_per_mtok == Decimal("1.25")
    assert night.rates.cache_read_per_mtok == Decimal("0.25")  # not stated: as always
    sunday = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    assert afternoon.holds(sunday)
    assert not morning.holds(sunday)


@pytest.mark.parametrize("windows", [None, [{"hours_utc": "soon"}], [{}], [3]])
def test_hours_that_cannot_be_read_are_left_out_with_a_remark(windows):
    entry = {**CHAT, "off_peak_pricing": {"windows": windows}}

    parsed = parse(json.dumps({"gpt-x": entry}))

    assert card(parsed.listings[0]).windows == ()
    assert parsed.remarks[0].field == "off_peak_pricing"


def test_a_factor_for_a_region_is_a_listing_in_that_region():
    entry = {**CHAT, "regional_processing_uplift_multiplier_eu": 1.1}

    anywhere, eu = parse(json.dumps({"gpt-x": entry})).listings

    assert (anywhere.region, eu.region) == ("", "eu")
    assert card(eu).rates.input_per_mtok == Decimal("2.75")  # 2.50 * 1.1
    assert eu.facts["residency_regions"] == ["eu"]


def test_the_example_entry_is_no_listing():
    content = {"sample_spec": CHAT, "gpt-x": CHAT}

    assert len(parse(json.dumps(content)).listings) == 1


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (json.dumps({"gpt-x": CHAT})[:-3], "not complete JSON"),
        ("[]", "must be a JSON object"),
        ('{"models": {"a": 1}}', "not a LiteLLM price map"),
        ('{"error": "rate limited"}', "not a LiteLLM price map"),
        (json.dumps({"a": CHAT, "b": 7}), "must be an object"),
        (json.dumps({"a": {**CHAT, "input_cost_per_token": "x"}}), "is not a number"),
        (json.dumps({"a": {**CHAT, "input_cost_per_token": True}}), "is not a number"),
        (json.dumps({"a": {**CHAT, "input_cost_per_token": -1}}), "from 0 up"),
        (json.dumps({"a": {**CHAT, "input_cost_per_token": 1e9}}), "absurdly large"),
        (json.dumps({"a\ud800": CHAT}), "printable"),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_raises_nothing(content, detail):
    parsed = parse(content)

    assert detail in parsed.problems[0].detail
