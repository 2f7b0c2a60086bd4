"""Budgets: refused with the estimate when over, stopped when reached."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal

from django.db.models import DecimalField, Sum, Value
from django.db.models.functions import Coalesce

from benchmarks.models import BenchmarkPlan, BenchmarkRun, RunStatus

# As a run's columns keep it.
_NANO = Decimal("1e-9")
_SUM = DecimalField(max_digits=30, decimal_places=9)


class OverBudget(Exception):
    """A run would cost more than its budget leaves, or nobody knows what it costs.

    Amounts are in USD; `estimate` None is unknown, which is not zero. `left` is what
    the budget of one `per` ("run" or "month") leaves for this run.
    """

    def __init__(
        self,
        estimate: Decimal | None,
        budget: Decimal,
        *,
        per: str,
        left: Decimal | None = None,
    ) -> None:
        self.estimate = estimate
        self.budget = budget
        self.per = per
        self.left = budget if left is None else left
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        budget = f"the budget of {money(self.budget)} a {self.per}"
        if self.estimate is None:
            return (
                "The offering has no price in USD on this tier, so nobody can tell"
                f" whether a run keeps to {budget}: add the price, or a rate for its"
                " currency, or take the budget off."
            )
        left = (
            ""
            if self.left == self.budget
            else f", of which {money(max(self.left, Decimal(0)))} is left"
        )
        return f"The run is estimated at {money(self.estimate)}: over {budget}{left}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a run may cost, in USD, and what it is expected to; None is no limit."""

    estimate: Decimal | None
    most: Decimal | None


def allowance(
    run: BenchmarkRun, estimate: Decimal | None, *, at: datetime
) -> Allowance:
    """Return what a run may cost; raise `OverBudget` when it is not to start."""
    stated = run.asked.get("budget_per_run_usd")
    limits = []
    if stated is not None:
        limits.append(Decimal(stated))
        check(estimate, limits[0], limits[0], per="run")
    monthly = run.plan.budget_per_month_usd if run.plan else None
    if run.plan is not None and monthly is not None:
        spent = month_spent(run.plan, at=at, unknown=estimate, besides=run)
        limits.append(monthly - spent)
        check(estimate, monthly, monthly - spent, per="month")
    return Allowance(estimate=estimate, most=min(limits, default=None))


def check(
    estimate: Decimal | None, budget: Decimal, left: Decimal, *, per: str
) -> None:
    """Raise `OverBudget` when an estimate is unknown or above what is left."""
    if estimate is None or estimate > left:
        raise OverBudget(estimate, budget, per=per, left=left)


def month_spent(
    plan: BenchmarkPlan,
    *,
    at: datetime,
    unknown: Decimal | None = None,
    besides: BenchmarkRun | None = None,
) -> Decimal:
    """Return the USD that a plan's runs created in the UTC month of `at` cost.

    What a run cost, else its estimate, else `unknown`. Runs that wait have cost
    nothing: each is checked again before it starts, and they start one by one.
    """
    start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    runs = BenchmarkRun.objects.filter(plan=plan, created_at__gte=start)
    runs = runs.exclude(status=RunStatus.QUEUED)
    if besides is not None:
        runs = runs.exclude(pk=besides.pk)
    spent = Coalesce("cost_usd", "estimate_usd", Value(unknown or Decimal(0)))
    total = runs.aggregate(total=Sum(spent, output_field=_SUM))["total"]
    return total or Decimal(0)


def stored(usd: Decimal | None) -> Decimal | None:
    """Return an amount as a run's columns keep it: rounded up to 1e-9 USD."""
    return None if usd is None else usd.quantize(_NANO, rounding=ROUND_UP)


def money(usd: Decimal) -> str:
    """Return an amount for a sentence; small ones keep two digits that count."""
    places = Decimal("0.01")
    while usd and abs(usd) < 10 * places and places > _NANO:
        places /= 10
    return f"{usd.quantize(places, rounding=ROUND_UP):f} USD"
