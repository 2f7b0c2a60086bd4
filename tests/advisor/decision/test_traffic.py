"""How a year of requests falls on months, hours and prompt lengths."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from advisor.decision.question import Tokens, Traffic
from advisor.decision.traffic import (
    expected_requests,
    growth_ln_sd,
    hour_weights,
    month_starts,
    request_classes,
)


def prompts(mean, p95):
    return request_classes(
        Tokens(input_mean=mean, input_p95=p95, output_mean=1, output_p95=1)
    )


def test_horizon_is_the_twelve_full_months_after_the_moment():
    starts = month_starts(datetime(2026, 11, 23, 15, 30, tzinfo=UTC))

    assert len(starts) == 13
    assert starts[0] == datetime(2026, 12, 1, tzinfo=UTC)
    assert starts[1] == datetime(2027, 1, 1, tzinfo=UTC)
    assert starts[-1] == datetime(2027, 12, 1, tzinfo=UTC)


def test_month_after_december_is_january_of_the_next_year():
    starts = month_starts(datetime(2026, 12, 31, tzinfo=UTC))

    assert starts[0] == datetime(2027, 1, 1, tzinfo=UTC)
    assert starts[-1] == datetime(2028, 1, 1, tzinfo=UTC)


def test_month_that_starts_at_the_moment_is_under_way():
    assert month_starts(datetime(2026, 11, 1, tzinfo=UTC))[0].month == 12


def test_requests_grow_by_the_month_from_the_first_one():
    traffic = Traffic(requests_per_month=1000, growth_per_month=Decimal("0.1"))

    requests = expected_requests(traffic)

    # 1000, 1000 * 1.1, 1000 * 1.1 ** 2; 1.1 ** 11 = 2.85311670611
    assert requests[:3] == (Decimal(1000), Decimal(1100), Decimal(1210))
    assert requests[11] == Decimal("2853.11670611")


def test_uncertainty_of_growth_adds_up_over_the_months():
    traffic = Traffic(
        requests_per_month=1000,
        growth_per_month=Decimal("0.1"),
        growth_sd=Decimal("0.02"),
    )

    deviation = growth_ln_sd(traffic)

    # one uncertain rate for all months: 11 * 0.02 / 1.1 = 0.2
    assert deviation[0] == 0
    assert deviation[11] == pytest.approx(0.2)


@pytest.mark.parametrize(("mean", "p95"), [(1000, 1001), (1000, 2500), (7, 10**6)])
def test_classes_keep_the_mean_and_cover_all_requests(mean, p95):
    classes = prompts(mean, p95)

    assert sum(each.share for each in classes) == 1
    kept = sum(each.share * each.input_tokens for each in classes)
    assert float(kept) == pytest.approx(mean, rel=1e-12)


def test_classes_lengthen_and_put_one_request_in_twenty_past_the_p95():
    classes = prompts(1000, 2500)

    lengths = [each.input_tokens for each in classes]
    beyond = sum(each.share for each in classes if each.input_tokens > 2500)
    assert lengths == sorted(lengths)
    assert beyond == Decimal("0.05")


@pytest.mark.parametrize("p95", [4000, 10_000])
def test_widest_log_normal_holds_half_its_tokens_in_the_longest_twentieth(p95):
    classes = prompts(1000, p95)

    # A p95 of 3.87 times the mean or more gives sigma = z95. The share of tokens in
    # the shortest q is Phi(z_q - sigma): Phi(z95 - z95) = 0.5 up to the 95th
    # percentile, Phi(0 - 1.645) = 0.05 up to the median: 50 tokens in 0.5 of them.
    tail = sum(each.share * each.input_tokens for each in classes[-4:])
    assert sum(each.share for each in classes[-4:]) == Decimal("0.05")
    assert float(tail) == pytest.approx(500)
    assert float(classes[0].input_tokens) == pytest.approx(100)


@pytest.mark.parametrize(("mean", "p95"), [(1000, 1000), (1000, 900), (0, 50)])
def test_prompts_that_do_not_vary_are_one_class(mean, p95):
    [only] = prompts(mean, p95)

    assert only.share == 1
    assert only.input_tokens == mean


def test_hours_share_the_week_evenly_unless_a_shape_is_stated():
    weights = hour_weights(Traffic(requests_per_month=1))

    assert weights.shape == (7, 24)
    assert weights == pytest.approx(np.full((7, 24), 1 / 168))


def test_shapes_are_relative_weights():
    office = (0.0,) * 8 + (2.0,) * 10 + (0.0,) * 6
    weights = hour_weights(
        Traffic(
            requests_per_month=1,
            weekly_shape=(3, 3, 3, 3, 3, 0, 0),
            daily_shape=office,
        )
    )

    # five days of ten hours carry everything: 1 / 50 each
    assert weights[0, 8] == pytest.approx(0.02)
    assert weights[0, 7] == 0
    assert weights[5].sum() == 0
    assert weights.sum() == pytest.approx(1)
