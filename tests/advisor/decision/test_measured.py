"""What was measured of an option, by hand: levels, weights, age, changes, errors."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision.dated_rows import microseconds
from advisor.decision.measured import Change
from advisor.decision.shrinkage import Level, shrunk
from tests.advisor.decision.builders import (
    AS_OF,
    answer,
    ask,
    model,
    offer,
    price,
    ran,
    spec,
)

# With all requests alike a percentile is as sure as anything is taken to be, and one
# run differs from the next by the usual deviation: its level is known to
# sqrt(0.01 ** 2 + 0.08 ** 2).
ONE_RUN_LN_SD = sqrt(0.01**2 + 0.08**2)
# The fit by size of an 8 B model: TTFT 686 * 8 ** -0.035 + 450 * 0.04 = 655.84 ms, ITL
# 9.07 * 8 ** 0.313 * 1.16 = 20.171 ms, and how sure it is of either.
SIZE_TTFT, SIZE_TTFT_LN_SD = 655.84, 0.485
SIZE_ITL, SIZE_ITL_LN_SD = 20.171, 0.755


def latency_of(*runs, question=None, changes=(), others=(), facts=None):
    """Return the latency and the measured evidence of offer "a"."""
    offers = [offer("a", price(1, 2)), *(name for name, _ in others)]
    words = spec(*offers, models={"m": model(**(facts or {}))})
    measured = {"a": list(runs)} if runs else {}
    for other, its in others:
        measured[other.name] = its
    found = answer(words, question, measured=measured, changed={"a": changes})
    latency, slot = found.decision.latency, found.slot("a")
    figures = {name: float(values[slot]) for name, values, _ in latency.figures()}
    return figures, latency.measured.get(slot), latency, slot


def between(own, own_sd, size, size_sd):
    """Return the geometric mean of two figures, weighed by 1 / variance."""
    weight = (1 / own_sd**2) / (1 / own_sd**2 + 1 / size_sd**2)
    return exp(weight * log(own) + (1 - weight) * log(size)), weight


def test_without_measurements_the_fit_by_size_stands():
    figures, measured, _, _ = latency_of()

    assert figures["ttft_ms_p95"] == pytest.approx(SIZE_TTFT, rel=1e-4)
    assert measured is None


def test_one_run_of_sixty_leans_a_little_on_the_fit_by_size():
    figures, measured, _, _ = latency_of(ran(200.0, 10.0))

    ttft, weight = between(200, ONE_RUN_LN_SD, SIZE_TTFT, SIZE_TTFT_LN_SD)
    itl, _ = between(10, ONE_RUN_LN_SD, SIZE_ITL, SIZE_ITL_LN_SD)
    assert weight == pytest.approx(0.9731, abs=1e-3)
    assert figures["ttft_ms_p95"] == pytest.approx(ttft, rel=1e-4)
    assert figures["itl_ms_p95"] == pytest.approx(itl, rel=1e-4)
    assert measured.weights.own == pytest.approx(weight, abs=1e-4)
    assert measured.weights.siblings == 0
    assert sum(measured.weights) == pytest.approx(1)
    assert (measured.basis, measured.requests) == ("benchmarked", 60)


def test_fewer_requests_than_a_95th_percentile_needs_prove_nothing():
    figures, measured, _, _ = latency_of(ran(200.0, count=58))

    assert measured is None
    assert figures["ttft_ms_p95"] == pytest.approx(SIZE_TTFT, rel=1e-4)


def test_runs_too_small_alone_count_together():
    _, measured, _, _ = latency_of(*(ran(count=20, days_ago=d) for d in (2, 1, 0)))

    assert measured.requests == 60
    assert len(measured.runs) == 3


def test_more_runs_say_more():
    _, one, latency_one, slot = latency_of(ran(200.0))
    _, four, latency_four, _ = latency_of(*(ran(200.0) for _ in range(4)))

    # Four runs alike: the deviation between runs is estimated as
    # sqrt(4 * 0.08 ** 2 / (3 + 4)) = 0.06047, a run's level as that over sqrt(4).
    own_sd = sqrt(0.01**2 + 0.06047**2 / 4)
    posterior = 1 / sqrt(1 / own_sd**2 + 1 / SIZE_TTFT_LN_SD**2)
    assert latency_four.ttft_ln_sd[slot] == pytest.approx(posterior, rel=1e-3)
    assert latency_four.ttft_ln_sd[slot] < latency_one.ttft_ln_sd[slot]
    assert four.weights.own > one.weights.own


def test_a_longer_prompt_adds_prefill_and_hidden_tokens_come_first():
    question = ask(input_mean=1_000, input_p95=3_000, output_mean=100, output_p95=100)

    figures, _, _, _ = latency_of(
        ran(200.0, 10.0, input_tokens=1000.0),
        question=question,
        facts={"reasoning_ratio": 2},
    )

    # By size 0.04 ms for each of 2,000 further tokens, then 200 hidden ones of 10 ms.
    own = 200 + 2_000 * 0.04 + 200 * 10
    size = 655.84 + 2_000 * 0.04 + 200 * SIZE_ITL
    ttft, _ = between(own, ONE_RUN_LN_SD, size, SIZE_TTFT_LN_SD)
    assert figures["ttft_ms_p95"] == pytest.approx(ttft, rel=1e-3)
    request, _ = between(
        own + 100 * 10, ONE_RUN_LN_SD, size + 100 * SIZE_ITL, SIZE_ITL_LN_SD
    )
    assert figures["request_ms_p95"] == pytest.approx(request, rel=1e-3)


def test_reasoning_that_was_measured_is_taken_out_before_the_wanted_is_put_in():
    plain, _, _, _ = latency_of(ran(200.0, 10.0))
    thought, _, _, _ = latency_of(ran(200.0 + 50 * 10, 10.0, reasoning_tokens=50.0))

    assert thought == pytest.approx(plain)


def test_the_slope_over_prompt_length_is_measured_where_two_lengths_were():
    question = ask(input_mean=1_000, input_p95=5_500)
    short = ran(100.0, 10.0, input_tokens=1_000.0)
    long = ran(550.0, 10.0, input_tokens=10_000.0, token_class="long")

    figures, measured, _, _ = latency_of(short, long, question=question)

    # 450 ms over 9,000 tokens: 0.05 a token. ln 5.5 = 1.70 from the short class and
    # ln(10 / 5.5) = 0.60 from the long one, which so speaks: 550 - 4,500 * 0.05.
    size = 655.84 + 4_500 * 0.04
    ttft, _ = between(325, ONE_RUN_LN_SD, size, SIZE_TTFT_LN_SD)
    assert measured.token_class == "long"
    assert figures["ttft_ms_p95"] == pytest.approx(ttft, rel=1e-3)


def test_the_load_nearest_to_the_workloads_own_speaks():
    alone = ran(200.0, 10.0, arrival="single", concurrency=1.0)
    crowded = ran(300.0, 40.0, arrival="concurrent 32", concurrency=32.0)

    # A request of 100 tokens takes 1.2 s alone and 4.3 s in the crowd: 0.4 requests a
    # second are then half a one or two under way, ten a second twelve or 43.
    quiet = ask(requests_per_month=1_000_000)
    busy = ask(requests_per_month=1_000_000, peak_requests_per_second=10)

    assert latency_of(alone, crowded, question=quiet)[1].runs == (alone.id,)
    assert latency_of(alone, crowded, question=busy)[0]["itl_ms_p95"] > 30


def test_old_runs_fade_and_then_count_no_more():
    weights = [
        latency_of(ran(200.0, days_ago=days))[1].weights.own for days in (0, 9, 40)
    ]

    # 0.04 ** 2 a day: after nine days 0.0144 is added to the variance of 0.0065.
    aged = 1 / (0.0065 + 9 * 0.0016)
    assert weights[1] == pytest.approx(aged / (aged + 1 / 0.485**2), abs=1e-4)
    assert weights == sorted(weights, reverse=True)


def test_anothers_measurement_is_widened_and_says_so():
    _, measured, _, _ = latency_of(ran(200.0, basis="imported", endpoint=""))

    own = 1 / (0.0065 + 0.3**2)
    assert measured.weights.own == pytest.approx(own / (own + 1 / 0.485**2), abs=1e-4)
    assert measured.basis == "imported"


def test_siblings_steady_an_option_but_replace_nothing():
    region = offer("b", price(1, 2), region="eu")
    figures, measured, *_ = latency_of(ran(200.0), others=[(region, [ran(400.0)])])
    unmeasured, _, _, _ = latency_of(others=[(region, [ran(400.0)])])

    # A sibling measured to 0.0806 is known of this option to
    # sqrt(0.0806 ** 2 + 0.3 ** 2) = 0.31065, and no surer than 0.3 beside it.
    sibling_sd = sqrt(0.0806**2 + 0.3**2 + 0.3**2)
    precisions = [1 / 0.0806**2, 1 / sibling_sd**2, 1 / 0.485**2]
    logs = [log(200), log(400), log(SIZE_TTFT)]
    ln = sum(p * x for p, x in zip(precisions, logs, strict=True)) / sum(precisions)
    assert figures["ttft_ms_p95"] == pytest.approx(exp(ln), rel=1e-3)
    assert measured.weights.siblings == pytest.approx(
        precisions[1] / sum(precisions), abs=1e-3
    )
    assert unmeasured["ttft_ms_p95"] == pytest.approx(SIZE_TTFT, rel=1e-4)


def change_at(days_ago):
    return Change(
        id="1",
        endpoint="endpoint",
        token_class="balanced",
        figure="ttft_ms_p50",
        before=200.0,
        after=800.0,
        effective=ran(days_ago=days_ago).finished - 1,
    )


def test_after_a_change_only_the_runs_since_speak():
    before = [ran(200.0, days_ago=days) for days in (5, 4, 3)]
    after = ran(800.0, days_ago=1)

    figures, measured, _, _ = latency_of(*before, after, changes=[change_at(1)])

    assert measured.runs == (after.id,)
    assert figures["ttft_ms_p95"] > 700


def test_runs_since_a_change_that_are_too_few_leave_the_older_ones_in():
    before = ran(200.0, days_ago=3)
    after = ran(800.0, days_ago=1, count=20)

    _, measured, _, _ = latency_of(before, after, changes=[change_at(1)])

    assert measured.requests == 80


def test_errors_beyond_one_in_twenty_refuse_wherever_a_limit_is_stated():
    words = spec(offer("a", price(1, 2)), models={"m": model()})
    # 4 of 64 are 6.25 %
    measured = {"a": [ran(200.0, errors=4)]}

    unlimited = answer(words, measured=measured)
    limited = answer(words, ask(ttft_ms_p95=5_000.0), measured=measured)

    assert unlimited.codes("a") == []
    assert limited.codes("a") == ["error_rate_over_limit"]
    assert limited.reason("a", "error_rate_over_limit") == (0.0625, 0.05)


def test_an_endpoint_that_is_down_is_refused_though_nothing_tells_its_latency():
    down = ran(count=0, errors=60)

    figures, measured, _, _ = latency_of(down)
    words = spec(offer("a", price(1, 2)), models={"m": model()})
    refused = answer(words, ask(ttft_ms_p95=60_000.0), measured={"a": [down]})

    assert figures["ttft_ms_p95"] == pytest.approx(SIZE_TTFT, rel=1e-4)
    assert (measured.basis, measured.weights.own) == ("modelled", 0)
    assert refused.codes("a") == ["error_rate_over_limit"]
    assert refused.reason("a", "error_rate_over_limit") == (1.0, 0.05)


def test_an_endpoint_that_went_down_is_refused_on_its_newest_runs_too():
    runs = [ran(days_ago=1), ran(count=0, errors=60)]
    words = spec(offer("a", price(1, 2)), models={"m": model()})

    refused = answer(words, ask(ttft_ms_p95=60_000.0), measured={"a": runs})

    assert refused.reason("a", "error_rate_over_limit") == (0.5, 0.05)


def test_a_stated_limit_on_errors_needs_no_other():
    words = spec(offer("a", price(1, 2)), models={"m": model()})
    measured = {"a": [ran(200.0, errors=1, count=99)]}

    strict = answer(words, ask(error_rate=0.005), measured=measured)
    loose = answer(words, ask(error_rate=0.02), measured=measured)

    assert strict.codes("a") == ["error_rate_over_limit"]
    assert loose.codes("a") == []
    # (0.02 - 0.01) / sqrt(0.02 * 0.98 / 100) = 0.7143 deviations
    assert loose.decision.screening.latency_margin[0] == pytest.approx(0.7143, abs=1e-4)


def test_errors_nobody_measured_refuse_nothing():
    words = spec(offer("a", price(1, 2)), models={"m": model()})

    assert answer(words, ask(error_rate=0.001)).codes("a") == []


def test_attained_is_the_share_of_requests_within_every_limit():
    # TTFT 100, 200, … 6,000 ms: half of 60 answers within 3 s, and four errors.
    run = ran(np.arange(1, 61) * 100.0, 10.0, errors=4)

    _, measured, _, _ = latency_of(run, question=ask(ttft_ms_p95=3_000.0))

    assert measured.attained.count == 30
    assert measured.attained.share == pytest.approx(30 / 64)


def test_flex_proves_a_limit_only_when_it_was_measured():
    words = spec(offer("a", price(1, 2), price(1, 2, tier="flex")))
    question = ask(ttft_ms_p95=60_000.0)

    assert "latency_unproven" in answer(words, question).codes("a", "flex")


@given(own=st.floats(1, 10), sd=st.floats(0.01, 2), size=st.floats(1, 10))
def test_a_shrunk_level_lies_between_and_is_surer_than_either(own, sd, size):
    level, weights = shrunk(Level(own, sd), [], Level(size, 0.5))

    assert min(own, size) - 1e-9 <= level.ln <= max(own, size) + 1e-9
    assert level.ln_sd <= min(sd, 0.5)
    assert sum(weights) == pytest.approx(1)


def test_the_moments_of_tests_are_those_of_the_core():
    assert ran().finished == microseconds(AS_OF)
