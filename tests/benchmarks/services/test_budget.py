"""Budgets refuse with the estimate, and the month is counted whole."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from benchmarks.models import BenchmarkRun
from benchmarks.services import OverBudget, request_run, run_plan_now
from benchmarks.services.budget import allowance, money, month_spent
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
)
from tests.factories.catalog import PriceFactory

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 15, 12, tzinfo=UTC)


def priced_endpoint():
    return EndpointFactory(offering=PriceFactory().offering)


def test_a_run_over_its_budget_is_refused_with_the_estimate():
    # With the warm-up: 61 * (100 * 0.20 + 300 * 0.80) / 10**6 = 0.01586
    with pytest.raises(OverBudget) as refusal:
        request_run(
            endpoint=priced_endpoint(),
            at=MARCH,
            fields={"requests": 60},
            budget_usd=Decimal("0.015"),
        )

    assert refusal.value.estimate == Decimal("0.01586")
    assert (refusal.value.budget, refusal.value.per) == (Decimal("0.015"), "run")
    assert str(refusal.value) == (
        "The run is estimated at 0.016 USD: over the budget of 0.015 USD a run."
    )
    assert not BenchmarkRun.objects.exists()


def test_a_budget_is_enough_when_it_is_the_estimate():
    run = request_run(
        endpoint=priced_endpoint(),
        at=MARCH,
        fields={"requests": 60},
        budget_usd=Decimal("0.01586"),
    )

    assert run.estimate_usd == Decimal("0.01586")


def test_a_budget_refuses_what_has_no_known_price():
    with pytest.raises(OverBudget, match="no price in USD") as refusal:
        request_run(endpoint=EndpointFactory(), at=MARCH, budget_usd=Decimal(100))

    assert refusal.value.estimate is None


def test_without_a_budget_the_price_need_not_be_known():
    run = request_run(endpoint=EndpointFactory(), at=MARCH)

    assert run.estimate_usd is None


def month(plan, **fields):
    return FinishedRunFactory(plan=plan, endpoint=plan.endpoint, samples=[], **fields)


def test_the_month_counts_costs_else_estimates_of_its_own_runs():
    plan = BenchmarkPlanFactory()
    day = datetime(2026, 3, 1, tzinfo=UTC)
    month(plan, slot=day, cost_usd=Decimal("0.25"))
    month(plan, slot=day.replace(hour=3), cost_usd=None, estimate_usd=Decimal("0.5"))
    month(plan, slot=day.replace(hour=6), cost_usd=None, estimate_usd=None)
    last_month = datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
    month(plan, slot=last_month, cost_usd=Decimal(100))
    BenchmarkRunFactory(
        plan=plan, endpoint=plan.endpoint, slot=MARCH, estimate_usd=Decimal(100)
    )
    month(BenchmarkPlanFactory(), slot=day, cost_usd=Decimal(100))

    # The third counts as what this run is estimated at, 0.125.
    assert month_spent(plan, at=MARCH, unknown=Decimal("0.125")) == Decimal("0.875")
    assert month_spent(plan, at=MARCH) == Decimal("0.75")


def test_a_plan_over_its_month_is_refused_and_says_what_is_left():
    plan = BenchmarkPlanFactory(
        endpoint=priced_endpoint(), budget_per_month_usd=Decimal("0.05")
    )
    month(plan, slot=MARCH.replace(day=1), cost_usd=Decimal("0.04"))

    with pytest.raises(OverBudget) as refusal:
        run_plan_now(plan=plan, at=MARCH)

    assert refusal.value.left == Decimal("0.01")
    assert str(refusal.value) == (
        "The run is estimated at 0.016 USD: over the budget of 0.050 USD a month,"
        " of which 0.010 USD is left."
    )


def test_a_run_may_cost_what_the_month_leaves_or_less():
    plan = BenchmarkPlanFactory(
        endpoint=priced_endpoint(),
        budget_per_run_usd=Decimal("0.02"),
        budget_per_month_usd=Decimal("0.05"),
    )
    (run,) = run_plan_now(plan=plan, at=MARCH)
    assert allowance(run, run.estimate_usd, at=MARCH).most == Decimal("0.02")

    month(plan, slot=MARCH.replace(day=1), cost_usd=Decimal("0.034"))

    assert allowance(run, run.estimate_usd, at=MARCH).most == Decimal("0.016")


def test_the_next_month_has_its_budget_whole():
    plan = BenchmarkPlanFactory(
        endpoint=priced_endpoint(), budget_per_month_usd=Decimal("0.05")
    )
    month(plan, slot=MARCH.replace(day=1), cost_usd=Decimal("0.04"))

    (run,) = run_plan_now(plan=plan, at=datetime(2026, 4, 1, tzinfo=UTC))

    assert run.status == "queued"


@pytest.mark.parametrize(
    ("usd", "told"),
    [
        ("12.345", "12.35 USD"),
        ("0.5", "0.50 USD"),
        ("0.0123", "0.013 USD"),
        ("0.00012", "0.00012 USD"),
        ("0", "0.00 USD"),
        ("-0.5", "-0.50 USD"),
    ],
)
def test_amounts_are_told_with_two_digits_that_count(usd, told):
    assert money(Decimal(usd)) == told
