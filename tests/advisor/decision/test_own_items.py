"""What the buyer's own items prove, and in which way options are run for it.

Every request has 1,000 tokens in and 100 out; at 1 and 0 USD/Mtok it costs 0.001 USD.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from advisor.decision.decide import decide
from advisor.decision.evidence.outcomes import NO_ANSWER
from advisor.decision.own_quality import Judged, widened
from advisor.decision.quality import view_quality
from advisor.decision.question import Floor, FloorKind, Limits, OptionKey, Traffic
from advisor.decision.quote import Quoter
from advisor.decision.ways import key_of_slot
from tests.advisor.decision.builders import (
    TASK,
    Asked,
    answer,
    ask,
    key,
    model,
    offer,
    on_items,
    price,
    right,
    seen,
    spec,
)


def prompt(rate):
    """Price the prompt alone: a rate of 1 is 0.001 USD a request."""
    return price(rate, 0)


def relative(value, confidence=0.9):
    return Floor(kind=FloorKind.RELATIVE, value=value, confidence=confidence)


def absolute(value, confidence=0.9):
    return Floor(kind=FloorKind.ABSOLUTE, value=value, confidence=confidence)


MARKET = spec(
    offer("small", prompt(1), model="s"),
    offer("large", prompt(20), model="l"),
    models={"s": model(), "l": model(total_parameters_b=400)},
)


def test_a_small_model_that_is_surely_good_enough_is_recommended():
    found = answer(
        MARKET,
        ask(floor=relative(0.9)),
        evaluated={"small": right(388, 400), "large": right(392, 400)},
    )

    assert found.recommended == "small"
    assert not found.decision.provisional
    assert found.decision.own.items[found.slot("small")] == 400
    assert found.decision.own.estimate[found.slot("small")] == pytest.approx(
        388.5 / 401
    )


def test_a_model_below_the_floor_is_refused():
    found = answer(
        MARKET,
        ask(floor=relative(0.95)),
        evaluated={"small": right(320, 400), "large": right(392, 400)},
    )

    assert found.recommended == "large"
    assert found.codes("small") == ["quality_below_floor"]


def test_what_is_not_sure_enough_is_shown_with_what_proof_takes():
    # 0.95 * 0.97 = 0.9215; 94 of 100 is above it by less than its own error.
    evaluated = {"small": right(94, 100), "large": right(97, 100)}

    careful = answer(MARKET, ask(floor=relative(0.95)), evaluated=evaluated)
    daring = answer(MARKET, ask(floor=relative(0.95, 0.5)), evaluated=evaluated)

    assert careful.recommended == "large"
    assert careful.codes("small") == ["quality_unproven"]
    proof = careful.decision.if_proven
    assert careful.name(proof.slot) == "small"
    assert 0.5 < proof.probability < 0.9
    # Both are asked each further item, at 0.001 and 0.020 USD.
    assert proof.calls == 2 * proof.items
    assert proof.usd == pytest.approx(proof.items * 0.021)
    assert daring.recommended == "small"
    assert daring.decision.if_proven is None


def test_more_items_are_needed_as_the_lead_shrinks():
    def needed(count):
        found = answer(
            MARKET,
            ask(floor=absolute(0.8)),
            evaluated={"small": right(count, 100), "large": right(97, 100)},
        )
        return found.decision.if_proven.items

    assert needed(82) > needed(84) > 0


def test_an_absolute_floor_is_held_as_it_is_stated():
    evaluated = {"small": right(380, 400), "large": right(400, 400)}

    passed = answer(MARKET, ask(floor=absolute(0.9)), evaluated=evaluated)
    failed = answer(MARKET, ask(floor=absolute(0.98)), evaluated=evaluated)

    assert passed.recommended == "small"
    assert passed.decision.screening.threshold.share == 0.9
    assert failed.recommended == "large"


def test_what_was_not_asked_cannot_pass_however_good_its_published_score():
    found = answer(
        MARKET,
        ask(floor=relative(0.9)),
        shares={"s": 0.9, "l": 0.6},
        evaluated={"large": right(380, 400)},
    )

    assert found.recommended == "large"
    assert found.codes("small") == ["quality_unproven"]
    assert found.name(found.decision.if_proven.slot) == "small"


def test_a_reference_that_was_not_asked_proves_nothing():
    floor = Floor(kind=FloorKind.RELATIVE, value=0.9, reference="l")

    found = answer(MARKET, ask(floor=floor), evaluated={"small": right(380, 400)})

    assert found.recommended is None
    assert found.codes("small") == ["quality_unproven"]


def test_without_a_floor_the_cheapest_is_taken_and_its_quality_still_shown():
    found = answer(MARKET, ask(), evaluated={"small": right(100, 400)})

    assert found.recommended == "small"
    assert found.decision.own.estimate[found.slot("small")] == pytest.approx(
        100.5 / 401
    )
    assert found.decision.if_proven is None


def four_of_five(items):
    """Each item is answered rightly four times and wrongly once, in five samples."""
    scores = np.tile([1.0, 1.0, 1.0, 1.0, 0.0], (items, 1))
    return Asked(scores=scores)


def test_votes_lift_a_model_over_the_floor_at_what_they_cost():
    found = answer(
        MARKET,
        ask(floor=absolute(0.9)),
        evaluated={"small": four_of_five(100), "large": right(100, 100, samples=5)},
    )

    # One of three samples at most is wrong: three votes are always right. The first two
    # agree with 4/5 * 3/4 = 0.6, and end it; else a third is asked: 2.4 calls.
    way = found.decision.ways[found.slot("small")]
    assert found.recommended == "small"
    assert (way.kind, way.stages[0].samples) == ("vote", 3)
    assert way.stages[0].calls == pytest.approx(2.4)
    assert way.stages[0].multiple == pytest.approx(2.4)
    assert found.per_request("small") == pytest.approx(0.0024)
    assert found.quote("small").per_request == pytest.approx(Decimal("0.0024"))


def test_votes_of_one_call_bill_their_prompt_once():
    voting = replace(four_of_five(100), prompt_once=True)

    found = answer(
        MARKET,
        ask(floor=absolute(0.9)),
        evaluated={"small": voting, "large": right(100, 100, samples=5)},
    )

    # Only prompts cost anything here, and three answers have one prompt.
    [stage] = found.decision.ways[found.slot("small")].stages
    assert stage.multiple == pytest.approx(1.0)
    assert found.per_request("small") == pytest.approx(0.001)


def test_what_runs_today_is_judged_as_it_runs_today():
    question = ask(floor=absolute(0.9), current=key("small"))
    evaluated = {"small": four_of_five(100), "large": right(100, 100, samples=5)}

    single = answer(MARKET, question, evaluated=evaluated)
    stages = single.decision.ways[single.slot("small")]
    today = single.decision.today

    assert single.decision.finding == "under_provisioned"
    assert stages.kind == "vote"
    assert single.slot("small") not in today.ways
    assert today.own.estimate[single.slot("small")] == pytest.approx(
        (80 + 0.5) / 101, abs=1e-6
    )
    assert Quoter(single.decision).of_key(key("small")).per_request == Decimal("0.001")


def test_votes_in_use_cost_what_they_do_and_are_kept():
    evaluated = {"small": four_of_five(100), "large": right(100, 100, samples=5)}
    advised = answer(MARKET, ask(floor=absolute(0.9)), evaluated=evaluated)
    slot = advised.slot("small")
    in_use = key_of_slot(advised.decision.view, slot, advised.decision.ways[slot])

    found = answer(
        MARKET, ask(floor=absolute(0.9), current=in_use), evaluated=evaluated
    )

    assert found.decision.finding == "optimized"
    assert found.decision.today.totals[slot] == pytest.approx(found.total("small"))


def test_votes_in_use_that_are_not_needed_any_more_are_too_much():
    evaluated = {"small": four_of_five(100), "large": right(100, 100, samples=5)}
    advised = answer(MARKET, ask(floor=absolute(0.9)), evaluated=evaluated)
    slot = advised.slot("small")
    in_use = key_of_slot(advised.decision.view, slot, advised.decision.ways[slot])
    better = {"small": right(100, 100, samples=5), "large": evaluated["large"]}

    found = answer(MARKET, ask(floor=absolute(0.9), current=in_use), evaluated=better)

    # One call is enough now; the votes still meet the floor, at 2.4 times the cost.
    assert found.recommended == "small"
    assert found.decision.ways == {}
    assert found.decision.finding == "over_provisioned"
    assert found.decision.today.own.met[slot] > 0.9
    assert found.decision.today.totals[slot] == pytest.approx(
        2.4 * found.total("small")
    )


def sure_on_seven_of_ten(items):
    """Right and sure on seven items of ten; five different wrong answers elsewhere."""
    scores = np.zeros((items, 5))
    answers = np.tile(np.arange(1, 6), (items, 1))
    easy = np.arange(items) % 10 < 7
    scores[easy], answers[easy] = 1.0, 0
    return Asked(scores=scores, answers=answers)


def test_a_cascade_asks_the_large_model_where_the_small_one_disagrees_with_itself():
    found = answer(
        MARKET,
        ask(floor=absolute(0.9)),
        evaluated={
            "small": sure_on_seven_of_ten(100),
            "large": right(100, 100, samples=5),
        },
    )

    # Accepting needs two that agree; three in ten never do. Two calls are enough to see
    # it where they agree, and the last item's three are asked for the others.
    slot = found.slot("small")
    way = found.decision.ways[slot]
    assert found.recommended == "small"
    assert way.kind == "cascade"
    assert way.stages[1].slot == found.slot("large")
    assert way.stages[1].calls == pytest.approx(0.3)
    assert way.stages[1].multiple == pytest.approx(0.3)
    assert found.per_request("small") == pytest.approx(
        0.001 * way.stages[0].multiple + 0.02 * 0.3
    )


def test_a_way_must_keep_the_rate_limits_with_all_its_calls():
    market = spec(
        # One a second is 60 calls a minute, and 144 with 2.4 votes of each.
        offer("small", prompt(1), model="s", requests_per_minute_limit=100),
        offer("large", prompt(20), model="l"),
        models={"s": model(), "l": model()},
    )
    traffic = Traffic(requests_per_month=1_000_000, peak_requests_per_second=Decimal(1))

    found = answer(
        market,
        ask(floor=absolute(0.9), traffic=traffic),
        evaluated={"small": four_of_five(100), "large": right(100, 100, samples=5)},
    )

    assert found.recommended == "large"


def test_a_way_must_be_in_time():
    # 24 of 500 right answers are ten times as slow: not in a single call's p95. Of ten
    # ways to draw three votes three hold a slow one, the wrong one and one more, and
    # must wait for the slow one: on 24 * 0.3 = 7.2 items of 100.
    times = np.full((100, 5), 500.0)
    times[:24, 0] = 5_000.0
    evaluated = {
        "small": Asked(scores=four_of_five(100).scores, latency_ms=times),
        "large": right(100, 100, samples=5),
    }
    alone = answer(MARKET, ask())
    single_ms = float(alone.decision.latency.request_ms_p95[alone.slot("small")])

    def within(times_single):
        limits = Limits(request_ms_p95=single_ms * times_single)
        return answer(
            MARKET, ask(floor=absolute(0.9), limits=limits), evaluated=evaluated
        )

    patient, hurried = within(10.5), within(9.5)

    assert patient.recommended == "small"
    assert patient.decision.latency.request_ms_p95[
        patient.slot("small")
    ] == pytest.approx(10 * single_ms)
    assert hurried.recommended == "large"


def test_the_same_model_at_another_seller_is_less_sure():
    market = spec(
        offer("asked", prompt(2), model="s", provider="p"),
        offer("cheaper", prompt(1), model="s", provider="q"),
        offer("large", prompt(20), model="l"),
        models={"s": model(), "l": model()},
    )
    question = ask(floor=absolute(0.9))
    evaluated = {"asked": right(93, 100), "cheaper": right(93, 100)}
    then = seen(market, question)
    exact = on_items(then, evaluated)
    widened_ = on_items(then, evaluated, elsewhere=["cheaper"])

    quality = view_quality(then, TASK)
    slot = then.history.slot_index["cheaper", "standard"]
    sure = decide(question, then, quality, evaluations=exact).own.met[slot]
    unsure = decide(question, then, quality, evaluations=widened_).own.met[slot]

    assert unsure < sure


def test_widening_keeps_the_estimate_and_makes_it_less_sure():
    measured = Judged(mean=0.9, sd=0.02, met=0.95, lead=0.04, lead_sd=0.02, items=100)

    found = widened(measured)

    # sqrt(0.02^2 + 0.02^2) = 0.028284; 0.04 / 0.028284 = 1.41421; its share is 0.92135
    assert found.mean == 0.9
    assert found.sd == pytest.approx(0.0282843, abs=1e-7)
    assert found.met == pytest.approx(0.92135, abs=1e-5)


def test_a_wordy_model_is_billed_for_its_words():
    market = spec(
        offer("terse", price(0, 10), model="t"),
        offer("wordy", price(0, 10), model="w"),
        models={"t": model(), "w": model()},
    )
    scores = np.ones((100, 1))
    evaluated = {
        "terse": Asked(scores=scores, output_tokens=50.0),
        "wordy": Asked(scores=scores, output_tokens=200.0),
    }

    found = answer(market, ask(floor=relative(0.9)), evaluated=evaluated)

    # Their geometric mean is sqrt(50 * 200) = 100 tokens: what the buyer states.
    stated = found.decision.question.tokens.output_mean * 10 / 1e6
    assert found.per_request("terse") == pytest.approx(stated * 0.5)
    assert found.per_request("wordy") == pytest.approx(stated * 2)
    assert found.quote("wordy").per_request == pytest.approx(
        Decimal(stated) * 2, rel=Decimal("1e-9")
    )


def test_what_the_buyer_states_is_what_todays_option_takes():
    market = spec(
        offer("terse", price(0, 10), model="t"),
        offer("wordy", price(0, 10), model="w"),
        models={"t": model(), "w": model()},
    )
    scores = np.ones((100, 1))
    evaluated = {
        "terse": Asked(scores=scores, output_tokens=50.0),
        "wordy": Asked(scores=scores, output_tokens=200.0),
    }

    found = answer(
        market, ask(floor=relative(0.9), current=key("wordy")), evaluated=evaluated
    )

    stated = found.decision.question.tokens.output_mean * 10 / 1e6
    assert found.per_request("wordy") == pytest.approx(stated)
    assert found.per_request("terse") == pytest.approx(stated / 4)


def test_models_are_compared_on_the_items_that_both_were_asked():
    market = spec(
        offer("all", price(0, 10), model="a"),
        offer("long", price(0, 10), model="b"),
        models={"a": model(), "b": model()},
    )
    # Item n takes either model n tokens; one was asked the thirty longest alone.
    tokens = np.arange(1.0, 101.0)[:, None]
    scores = np.ones((100, 1))
    late = np.arange(100)[:, None] >= 70
    evaluated = {
        "all": Asked(scores=scores, output_tokens=tokens),
        "long": Asked(
            scores=np.where(late, scores, np.nan),
            answers=np.where(late, 0, NO_ANSWER),
            input_tokens=np.where(late, 1_000.0, np.nan),
            output_tokens=np.where(late, tokens, np.nan),
        ),
    }

    found = answer(market, ask(floor=relative(0.9)), evaluated=evaluated)

    assert found.per_request("all") == pytest.approx(found.per_request("long"))


def test_a_model_counts_once_however_many_sell_it():
    def probability(sellers):
        market = spec(
            *(
                offer(f"asked{n}", prompt(3), model="s", provider=f"p{n}")
                for n in range(sellers)
            ),
            offer("unasked", prompt(1), model="u"),
            models={"s": model(), "u": model()},
        )
        evaluated = {f"asked{n}": right(95, 100) for n in range(sellers)}
        found = answer(
            market,
            ask(floor=absolute(0.7)),
            shares={"s": 0.6, "u": 0.6},
            evaluated=evaluated,
        )
        return found.decision.screening.quality_met[found.slot("unasked")]

    assert probability(8) == pytest.approx(probability(1))


def test_at_even_odds_what_was_never_asked_needs_but_to_be_asked():
    found = answer(
        MARKET,
        ask(floor=relative(0.9, 0.5)),
        shares={"s": 0.9, "l": 0.6},
        evaluated={"large": right(380, 400)},
    )

    assert found.name(found.decision.if_proven.slot) == "small"
    assert found.decision.if_proven.items == 16


def test_a_key_names_its_way_for_good():
    stages = OptionKey(offering="a", service_tier="standard")

    assert stages.stages == ()
    assert stages.way == "single"
