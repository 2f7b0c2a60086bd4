"""When requests are meant to start, and how long they are to be."""

import numpy as np
import pytest

from benchmarks.harness.load import Lengths, Profile
from benchmarks.harness.schedule import (
    Tokens,
    concurrencies,
    drawn_lengths,
    stages,
)
from tests.benchmarks.harness.builders import load


def test_single_starts_each_request_at_the_end_of_another():
    (stage,) = stages(load(requests=10))

    assert stage.starts_s == (0.0,)
    assert stage.follow_ons == 9


def test_concurrent_spreads_its_first_starts_over_the_ramp():
    (stage,) = stages(load(Profile.CONCURRENT, requests=10, concurrency=4, ramp_s=2.0))

    assert stage.starts_s == (0.0, 0.5, 1.0, 1.5)
    assert stage.follow_ons == 6


def test_concurrent_takes_no_more_places_than_requests():
    (stage,) = stages(load(Profile.CONCURRENT, requests=3, concurrency=8))

    assert len(stage.starts_s) == 3
    assert stage.follow_ons == 0


def test_poisson_gaps_are_exponential_at_the_stated_rate():
    (stage,) = stages(load(Profile.POISSON, requests=20_000, requests_per_second=4))

    gaps = np.diff(stage.starts_s, prepend=0)
    # The mean of 20,000 gaps deviates by 0.25 / sqrt(20,000) = 0.0018 s: four of them.
    assert gaps.mean() == pytest.approx(0.25, abs=0.0071)
    # An exponential's deviation is its mean, and e^-1 = 0.368 of the gaps exceed it.
    assert gaps.std() == pytest.approx(0.25, rel=0.04)
    assert (gaps > 0.25).mean() == pytest.approx(0.368, abs=0.014)
    assert stage.follow_ons == 0


def test_poisson_starts_come_from_the_seed():
    def starts(seed):
        return stages(load(Profile.POISSON, seed=seed))[0].starts_s

    assert starts(1) == starts(1)
    assert starts(1) != starts(2)


def test_warmup_comes_first_in_a_phase_of_its_own():
    warmup, measured = stages(load(requests=5, warmup=2))

    assert (warmup.phase, warmup.requests) == (-1, 2)
    assert (measured.phase, measured.requests) == (0, 5)


def test_sweep_doubles_concurrency_and_shares_the_requests():
    steps = stages(load(Profile.SWEEP, requests=100, concurrency=2, steps=4))

    assert [step.phase for step in steps] == [0, 1, 2, 3]
    assert [len(step.starts_s) for step in steps] == [2, 4, 8, 16]
    # At least 8, and two rounds: 8, 8, 16, 32 = 64; the other 36 by 2 : 4 : 8 : 16 of
    # 30, as running totals 2.4, 7.2, 16.8, 36 rounded down: 2, 5, 9, 20
    assert [step.requests for step in steps] == [10, 13, 25, 52]


@pytest.mark.parametrize(("requests", "steps"), [(31, 2), (32, 3), (3, 1)])
def test_sweep_leaves_out_the_steps_that_its_requests_do_not_reach(requests, steps):
    # steps need 8, 8, 16, 32, …
    asked = load(Profile.SWEEP, requests=requests, concurrency=2)

    assert len(concurrencies(asked)) == steps
    assert sum(stage.requests for stage in stages(asked)) == requests


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests": 0},
        {"concurrency": 0},
        {"steps": 0},
        {"warmup": -1},
        {"lengths": ()},
        {"requests_per_second": 0},
        {"requests_per_second": float("nan")},
        {"ramp_s": -1},
    ],
)
def test_load_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"needs|must"):
        stages(load(**wrong))


def test_drawn_lengths_have_the_stated_mean_and_p95():
    inputs, outputs = Tokens(mean=1000, p95=2500), Tokens(mean=200, p95=300)

    drawn = drawn_lengths(inputs=inputs, outputs=outputs, requests=400, seed=3)

    prompts = [lengths.input_tokens for lengths in drawn]
    answers = [lengths.output_tokens for lengths in drawn]
    # One draw in each of 400 parts: far closer than 400 independent draws, whose mean
    # would deviate by about 1000 * 0.78 / 20 = 39.
    assert np.mean(prompts) == pytest.approx(1000, rel=0.02)
    assert np.percentile(prompts, 95) == pytest.approx(2500, rel=0.04)
    assert np.mean(answers) == pytest.approx(200, rel=0.01)
    assert np.percentile(answers, 95) == pytest.approx(300, rel=0.02)
    assert abs(np.corrcoef(prompts, answers)[0, 1]) < 0.2


def test_few_draws_still_cover_the_distribution():
    tokens = Tokens(mean=1000, p95=2500)

    for seed in range(20):
        drawn = drawn_lengths(inputs=tokens, outputs=tokens, requests=4, seed=seed)

        # sigma = 1.645 - sqrt(2.706 - 2 ln 2.5) = 0.710, median = 1000 e^-0.252 = 777:
        # two of four lie on either side of it.
        prompts = sorted(lengths.input_tokens for lengths in drawn)
        assert prompts[1] <= 777 <= prompts[2]


def test_drawn_lengths_come_from_the_seed():
    def draw(seed):
        tokens = Tokens(mean=100, p95=200)
        return drawn_lengths(inputs=tokens, outputs=tokens, requests=10, seed=seed)

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_drawn_lengths_are_alike_when_the_p95_is_no_longer_than_the_mean():
    tokens = Tokens(mean=100, p95=90)

    drawn = drawn_lengths(inputs=tokens, outputs=tokens, requests=3, seed=1)

    assert drawn == (Lengths(input_tokens=100, output_tokens=100),) * 3


def test_drawn_lengths_are_one_token_at_least():
    tokens = Tokens(mean=0.2, p95=50)

    drawn = drawn_lengths(inputs=tokens, outputs=tokens, requests=50, seed=1)

    assert min(lengths.output_tokens for lengths in drawn) == 1
    assert all(type(lengths.input_tokens) is int for lengths in drawn)
