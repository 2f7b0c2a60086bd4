"""What an admin should see before it counts."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.rate_cards import ContextTier, RateCard, Rates
from catalog.services.screening import OfferingPlan, loses_too_many, screen
from catalog.services.timelines import BEGINNING, PlannedPrice, Terms

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = ("acme", "acme-8b", "")


def terms(input_=None, output=None, cache_read=None, above=None, **others):
    def number(rate):
        return None if rate is None else Decimal(str(rate))

    tiers = ()
    if above is not None:
        tier = ContextTier(
            above_prompt_tokens=1000, rates=Rates(input_per_mtok=number(above))
        )
        tiers = (tier,)
    rates = Rates(
        input_per_mtok=number(input_),
        output_per_mtok=number(output),
        cache_read_per_mtok=number(cache_read),
    )
    return Terms(RateCard(rates=rates, context_tiers=tiers), others)


def plan(after, *, before=None, tier="standard", key=KEY, beside=None):
    held = {tier: {BEGINNING: before}} if before else {}
    held |= {name: {BEGINNING: value} for name, value in (beside or {}).items()}
    planned = PlannedPrice(
        change="repriced" if before else "new",
        service_tier=tier,
        effective_from=NOW,
        before=before,
        after=after,
    )
    return OfferingPlan(key=key, held=held, planned=(planned,))


def reasons(*plans):
    return [(each.meter, each.reason) for each in screen(plans)]


def test_a_usual_change_is_not_suspicious():
    assert screen([plan(terms(1, 4, 0.1), before=terms(2, 8, 0.2))]) == []


@pytest.mark.parametrize(("after", "suspicious"), [(3, False), (3.01, True)])
def test_a_price_may_grow_threefold_and_no_more(after, suspicious):
    found = screen([plan(terms(after, 4), before=terms(1, 4))])

    assert bool(found) is suspicious


def test_a_fall_is_told_with_its_factor():
    (found,) = screen([plan(terms(0.2, 4), before=terms(1, 4))])

    assert (found.meter, found.before, found.after) == (
        "input_per_mtok",
        1,
        Decimal("0.2"),
    )
    assert found.value == Decimal("0.2")


def test_a_price_that_falls_to_zero_or_rises_from_it_is_suspicious():
    to_zero = reasons(plan(terms(0, 4), before=terms(1, 4)))
    from_zero = reasons(plan(terms(1, 4), before=terms(0, 4)))

    assert to_zero == from_zero == [("input_per_mtok", "moved more than threefold")]


def test_a_context_tier_is_watched_like_the_base_price():
    found = reasons(plan(terms(1, 4, above=20), before=terms(1, 4, above=2)))

    assert found == [("input_per_mtok above 1000", "moved more than threefold")]


@pytest.mark.parametrize(
    ("cache_read", "suspicious"),
    [(0.1, False), (0.05, False), (0.25, False), (0.04, True), (0.5, True), (0, True)],
)
def test_a_cache_read_is_usually_a_twentieth_to_a_quarter(cache_read, suspicious):
    assert bool(screen([plan(terms(1, 4, cache_read))])) is suspicious


@pytest.mark.parametrize(
    ("tier", "ratio", "suspicious"),
    [
        ("batch", 0.5, False),
        ("batch", 1, True),
        ("flex", 0.51, False),
        ("flex", 0.3, True),
        ("priority", 1.75, False),
        ("priority", 2, False),
        ("priority", 1, True),
        ("fast", 6, False),
    ],
)
def test_other_tiers_have_a_usual_ratio_to_standard(tier, ratio, suspicious):
    found = screen(
        [plan(terms(ratio, ratio * 4), tier=tier, beside={"standard": terms(1, 4)})]
    )

    assert bool(found) is suspicious


def test_a_change_of_standard_alone_is_held_against_the_other_tiers():
    found = reasons(
        plan(terms(2, 8), before=terms(1, 4), beside={"batch": terms(0.5, 2)})
    )

    reason = "batch is not at the usual ratio to standard"
    assert found == [("input_per_mtok", reason), ("output_per_mtok", reason)]


def test_a_ratio_that_was_unusual_before_is_no_news():
    found = screen([plan(terms(2, 8, 1), before=terms(1, 4, 0.5))])

    assert found == []


@pytest.mark.parametrize(
    ("ratio", "suspicious"), [(1, False), (1.1, False), (1.5, True)]
)
def test_a_region_usually_costs_a_tenth_more(ratio, suspicious):
    anywhere = plan(terms(1, 4))
    region = plan(terms(ratio, ratio * 4), key=("acme", "acme-8b", "eu"))

    assert bool(screen([anywhere, region])) is suspicious


def test_a_new_listing_at_zero_may_be_one_nobody_knows_the_price_of():
    assert [meter for meter, _ in reasons(plan(terms(0, 0)))] == ["input_per_mtok"]


def test_a_listing_that_is_called_free_or_charges_otherwise_is_not_suspicious():
    called_free = plan(terms(0, 0), key=("acme", "acme-8b:free", ""))
    per_search = plan(terms(0, 0, searches=Decimal(2)))

    assert screen([called_free, per_search]) == []


@pytest.mark.parametrize(("lost", "held"), [(5, False), (6, True)])
def test_a_sheet_may_lose_one_listing_in_twenty(lost, held):
    assert loses_too_many(lost=lost, known=100) is held
