"""Which option comes first, what it is tied with, and what stands beside it."""

from types import SimpleNamespace

import numpy as np
import pytest

from advisor.decision.question import Floor, FloorKind
from advisor.decision.ranking import frontier, positions
from advisor.decision.spend import to_twelve_digits
from tests.advisor.decision.builders import answer, ask, key, model, offer, price, spec

RELATIVE = Floor(kind=FloorKind.RELATIVE, value=0.5)
SPREAD = {"tokenizer_ratio_low": "0.9", "tokenizer_ratio_high": "1.1"}


def prompt(rate):
    """Price the prompt alone: a rate of 1 is 0.001 USD a request."""
    return price(rate, 0)


def test_cheapest_comes_first():
    found = answer(
        spec(offer("b", prompt(2)), offer("a", prompt(3)), offer("c", prompt(1)))
    )

    assert found.order == ["c", "b", "a"]
    assert found.tied == []


def test_options_within_two_percent_are_tied():
    found = answer(
        spec(
            offer("a", prompt(1)),
            offer("b", prompt("1.0199")),
            offer("c", prompt("1.021")),
        )
    )

    assert found.recommended == "a"
    assert found.tied == ["b"]


@pytest.mark.parametrize(("rate", "tied"), [("1.11", ["b"]), ("1.12", [])])
def test_options_whose_difference_may_be_none_are_tied(rate, tied):
    models = {"m": model(**SPREAD), "n": model(**SPREAD)}

    found = answer(
        spec(
            offer("a", prompt(1), model="m"),
            offer("b", prompt(rate), model="n"),
            models=models,
        )
    )

    # a range of nine in ten spans 2 * 1.644854 = 3.289707 deviations: each is
    # ln(1.1 / 0.9) / 3.289707 = 0.061000; of the difference sqrt(2) times that
    # = 0.086267; at 80 % exp(1.281552 * 0.086267) = 1.11690
    assert found.recommended == "a"
    assert found.tied == tied


@pytest.mark.parametrize(("rate", "tied"), [("2.95", ["b"]), ("2.96", [])])
def test_hidden_tokens_may_make_the_difference(rate, tied):
    thinks = model(reasoning_ratio=1, reasoning_ratio_low=0, reasoning_ratio_high=2)

    found = answer(
        spec(
            offer("a", price(0, 1), model="m"),
            offer("b", price(0, rate), model="n"),
            models={"m": thinks},
        )
    )

    # m bills 200 tokens, half of them hidden with a deviation of (2 - 0) / 3.289707
    # = 0.607957 of the visible ones: 0.303979 of the bill; exp(1.281552 * 0.303979)
    # = 1.47634. n bills 100: 2 * 1.47634 = 2.95267 is as dear as a tie may be
    assert found.recommended == "a"
    assert found.tied == tied


def test_hidden_tokens_of_two_models_err_together():
    thinks = model(reasoning_ratio=1, reasoning_ratio_low=0, reasoning_ratio_high=2)

    found = answer(
        spec(
            offer("a", price(0, 1), model="m"),
            offer("b", price(0, "1.03"), model="n"),
            models={"m": thinks, "n": thinks},
        )
    )

    assert found.tied == []


def test_options_of_one_model_share_its_token_counts():
    found = answer(
        spec(
            offer("a", prompt(1)),
            offer("b", prompt("1.15")),
            models={"m": model(**SPREAD)},
        )
    )

    assert found.tied == []


def test_quality_decides_a_tie():
    words = spec(
        offer("cheap", prompt(1), model="m"), offer("good", prompt("1.01"), model="n")
    )

    found = answer(words, shares={"m": 0.7, "n": 0.8})

    assert found.recommended == "good"
    assert found.tied == ["cheap"]
    assert found.order == ["good", "cheap"]


def test_quality_decides_nothing_but_a_tie():
    words = spec(
        offer("cheap", prompt(1), model="m"), offer("good", prompt("1.03"), model="n")
    )

    assert answer(words, shares={"m": 0.7, "n": 0.8}).recommended == "cheap"


def test_known_quality_beats_unknown_in_a_tie():
    words = spec(
        offer("cheap", prompt(1), model="m"), offer("known", prompt("1.01"), model="n")
    )

    assert answer(words, shares={"n": 0.1}).recommended == "known"


def test_previous_pick_stays_in_a_tie_of_equal_quality():
    words = spec(
        offer("a", prompt(1)), offer("b", prompt("1.01")), offer("c", prompt("1.5"))
    )

    def picked(previous):
        return answer(words, ask(previous_pick=previous)).recommended

    assert picked(key("b")) == "b"
    assert picked(key("c")) == "a"
    assert picked(key("gone")) == "a"
    assert picked(key("b", "batch")) == "a"


def test_quality_comes_before_the_previous_pick():
    words = spec(
        offer("good", prompt("1.01"), model="n"), offer("last", prompt(1), model="m")
    )
    question = ask(previous_pick=key("last"))

    found = answer(words, question, shares={"m": 0.7, "n": 0.8})

    assert found.recommended == "good"


def test_equal_options_are_ordered_by_provider_name_region_and_tier():
    words = spec(
        offer("d", prompt(1), provider="q"),
        offer("c", prompt(1), provider="q"),
        offer("e", prompt(1), price(1, 0, tier="flex"), provider="p"),
    )

    assert answer(words).order == ["e:flex", "e", "c", "d"]


def test_last_bits_of_a_sum_settle_nothing():
    total = to_twelve_digits(np.array([0.1 + 0.2, 0.3, 1e-9, 2e15 / 3, 0.0, np.nan]))

    # in floating point 0.1 + 0.2 is 0.30000000000000004
    assert total[0] == total[1]
    assert total[2:5] == pytest.approx([1e-9, 2e15 / 3, 0], rel=1e-12)
    assert np.isnan(total[5])


@pytest.mark.parametrize(
    ("total", "band"),
    [("12.999", 0), (13, 1), ("99.99", 1), (100, 2), (None, 3)],
)
def test_bands_start_at_13_and_100_billion_parameters(total, band):
    words = spec(offer("a", prompt(1)), models={"m": model(total_parameters_b=total)})

    assert answer(words).decision.bands.tolist() == [band]


def test_ladder_shows_the_best_of_each_band_else_its_nearest_miss():
    sizes = {"s": 8, "m": 70, "l": 400, "u": None}
    words = spec(
        offer("s1", prompt(2), model="s", zero_retention=True),
        offer("s2", prompt(3), model="s", zero_retention=True),
        offer("s3", prompt(1), model="s"),  # unknown retention
        offer("m1", prompt(1), model="m", zero_retention=False, trains_on_data=True),
        offer("m2", prompt(9), model="m", zero_retention=True, trains_on_data=True),
        offer("m3", prompt(8), model="m", zero_retention=True, trains_on_data=True),
        offer("u1", model="u", zero_retention=True),
        offer("u2", prompt(99), model="u", trains_on_data=None),
        models={name: model(total_parameters_b=size) for name, size in sizes.items()},
    )
    facts = ask(zero_retention=True)

    found = answer(words, facts)
    strict = answer(words, ask(zero_retention=True, no_training=True))

    def rungs(answered):
        return [
            (rung.band, answered.name(rung.slot), rung.feasible)
            for rung in answered.decision.ladder
        ]

    assert rungs(found) == [
        ("small", "s1", True),
        ("medium", "m3", True),
        ("large", None, False),
        ("undisclosed", "u2", False),
    ]
    # one reason beats two, then spend decides, and what has no price comes last
    assert rungs(strict) == [
        ("small", "s1", False),
        ("medium", "m3", False),
        ("large", None, False),
        ("undisclosed", "u2", False),
    ]


def test_nearest_misses_have_fewest_reasons_then_least_spend():
    words = spec(
        offer("two", prompt(1), zero_retention=False, trains_on_data=True),
        offer("unpriced", zero_retention=True, trains_on_data=False),
        offer("dear", prompt(3), zero_retention=False, trains_on_data=False),
        offer("cheap", prompt(2), zero_retention=False, trains_on_data=False),
    )

    found = answer(words, ask(zero_retention=True, no_training=True))

    assert found.names(found.decision.near) == ["cheap", "dear", "unpriced", "two"]


def test_recommendation_is_the_ladder_rung_of_its_band_also_in_a_tie():
    words = spec(
        offer("cheap", prompt(1), model="m"), offer("good", prompt("1.01"), model="n")
    )

    found = answer(words, shares={"n": 0.8})

    assert found.name(found.decision.ladder[0].slot) == "good"


def test_proven_option_is_the_first_that_meets_the_floor_with_confidence():
    floor = Floor(kind=FloorKind.RELATIVE, value=0.5, reference="best", confidence=0.9)
    words = spec(
        offer("best", prompt(9), model="best"),
        offer("good", prompt(5), model="good"),
        offer("fair", prompt(1), model="fair"),
    )
    shares = {"best": 0.8, "good": 0.75, "fair": 0.45}

    found = answer(words, ask(floor=floor), shares=shares)

    # the floor is 0.4, log-odds -0.405 with deviation 0.5 * 0.5 * 0.8 * 0.2 / (0.4 *
    # 0.6) = 0.1667; all errors 0.5271. fair: (-0.2007 + 0.4055) / 0.5271 = 0.389,
    # probability 0.651; good: (1.0986 + 0.4055) / 0.5271 = 2.854, 0.9978
    assert found.recommended == "fair"
    assert found.decision.provisional
    assert found.name(found.decision.proven) == "good"
    met = found.decision.screening.quality_met
    assert met[found.slot("fair")] == pytest.approx(0.651, abs=0.001)
    assert met[found.slot("good")] == pytest.approx(0.9978, abs=0.0001)


def test_no_option_may_meet_the_floor_with_confidence():
    floor = Floor(kind=FloorKind.RELATIVE, value=0.9, reference="best", confidence=0.9)
    words = spec(offer("best", model="best"), offer("fair", prompt(1), model="fair"))

    found = answer(words, ask(floor=floor), shares={"best": 0.8, "fair": 0.75})

    assert found.recommended == "fair"
    assert found.decision.proven is None


def test_answer_is_provisional_only_when_it_rests_on_quality():
    words = spec(offer("a", prompt(1)))

    assert not answer(words, shares={"m": 0.8}).decision.provisional
    assert answer(words, ask(floor=RELATIVE), shares={"m": 0.8}).decision.provisional
    assert not answer(words, ask(floor=RELATIVE), shares={}).decision.provisional


def test_nothing_is_recommended_when_nothing_fits():
    found = answer(spec(offer("a", prompt(1))), ask(monthly_budget_usd=1))

    assert found.recommended is None
    assert found.tied == []
    assert found.decision.frontier.tolist() == []


def dominates(one, other):
    """Whether a point is at least as good in everything and better in something."""
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other


@pytest.mark.parametrize("seed", range(20))
def test_frontier_is_what_no_other_option_beats(seed):
    random = np.random.default_rng(seed)
    count = 60
    # few distinct values, so that there are ties in one figure and in all of them
    spend = random.integers(1, 12, count).astype(float)
    quality = random.choice([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan], count)
    latency = random.integers(1, 8, count).astype(float)
    order = np.argsort(spend, kind="stable")

    kept = frontier(
        order,
        spend=SimpleNamespace(total=spend),
        log_odds=quality,
        latency=SimpleNamespace(request_ms_p95=latency),
    ).tolist()

    points = [
        (spend[i], np.inf if np.isnan(quality[i]) else -quality[i], latency[i])
        for i in range(count)
    ]
    best = [p for p in points if not any(dominates(other, p) for other in points)]
    assert {points[slot] for slot in kept} == set(best)
    assert len(kept) == len(set(best))
    # of equal options the one that ranks first stands, and spend ascends
    assert all(
        slot == next(other for other in order if points[other] == points[slot])
        for slot in kept
    )
    assert [spend[slot] for slot in kept] == sorted(spend[slot] for slot in kept)


def test_frontier_holds_the_option_that_is_dearer_and_better():
    words = spec(
        offer("cheap", prompt(1), model="small"),
        offer("good", prompt(3), model="large"),
        offer("worse", prompt(4), model="large"),
        models={"large": model(active_parameters_b=70)},
    )

    found = answer(words, shares={"small": 0.6, "large": 0.9})

    assert found.names(found.decision.frontier) == ["cheap", "good"]


def test_positions_count_from_one_and_skip_what_is_not_ranked():
    assert positions([7, 5, 9], np.array([5, 6, 7])) == {5: 1, 7: 3}


def test_a_spread_for_want_of_facts_ties_nothing():
    unknown = model(
        reasoning_ratio=None, reasoning_ratio_low=None, reasoning_ratio_high=None
    )

    found = answer(
        spec(
            offer("a", price(0, 1), model="m"),
            offer("b", price(0, "1.2"), model="n"),
            models={"m": unknown, "n": unknown},
        )
    )

    # One hidden token per visible one is assumed, none to five held possible: so wide
    # a spread would tie the two if it were known.
    assert found.recommended == "a"
    assert found.tied == []
