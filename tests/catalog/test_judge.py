"""Every price of the default catalogue against an independent judge."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.importers import genai_prices
from catalog.judge import USAGES, judge
from catalog.rate_cards import RateCard, Rates
from catalog.services.timelines import (
    BEGINNING,
    Terms,
    additions,
    extended,
)

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def timelines():
    """The package's whole list as a first import would store it."""
    sheet = genai_prices.parse(genai_prices.export())
    assert sheet.problems == ()
    return {
        listing.key: {
            tier: extended({}, additions(tier, cards, {}, at=NOW, is_first_sheet=True))
            for tier, cards in listing.timelines.items()
        }
        for listing in sheet.listings
    }


def test_every_listing_costs_what_the_judge_says_to_the_last_digit(timelines):
    # The grid without repeats of its kinds; `manage.py judge_prices` runs all of it.
    usages = (USAGES[3], USAGES[5])

    verdict = judge(timelines, now=NOW, usages=usages)

    assert verdict.differing == {}
    assert verdict.compared > 20_000
    assert verdict.listings - verdict.unpriced > 2_000
    assert not verdict.refused


def test_a_price_that_is_off_by_the_last_digit_is_found(timelines):
    key = ("openai", "gpt-4o", "")
    off = Rates(input_per_mtok=Decimal("2.500000000001"), output_per_mtok=Decimal(10))
    wrong = {key: {"standard": {BEGINNING: Terms(RateCard(rates=off), {})}}}

    verdict = judge({**timelines, **wrong}, now=NOW, usages=USAGES[:1], only="openai")

    assert {name.split()[0] for name in verdict.differing} == {"openai/gpt-4o"}


def test_a_listing_that_only_the_judge_prices_is_found(timelines):
    verdict = judge(
        {**timelines, ("openai", "gpt-4o", ""): {}},
        now=NOW,
        usages=USAGES[:1],
        only="openai",
    )

    assert verdict.differing == {"openai/gpt-4o": "is unpriced here"}
