"""Money is counted before it is spent, and failures over the claims of a run."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from benchmarks.harness.asking import Reply
from benchmarks.harness.questions import Answered, Question
from benchmarks.harness.runner import StopReason
from benchmarks.harness.samples import ErrorKind, Sample
from benchmarks.harness.wire import Chat
from benchmarks.models import EvaluationRun
from benchmarks.services.evaluations.meter import MOST_IN_A_ROW, Meter
from benchmarks.services.pricing import tariff
from tests.factories.catalog import PriceFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EACH = {item: Decimal("0.01") for item in range(20)}


def question(item):
    chat = Chat(messages=({"role": "user", "content": "?"},), output_tokens=5)
    return Question(item=item, sample=0, chat=chat)


def answered(item, *attempts, error=None):
    return Answered(
        question=question(item),
        reply=Reply(attempts=attempts or (call(),), error=error, error_detail="why"),
    )


def call(**fields):
    """One attempt of 1,000 tokens in and 1,000 out: 0.0002 + 0.0008 USD."""
    usual = {
        "asked_input_tokens": 1_000,
        "asked_output_tokens": 1_000,
        "input_tokens": 1_000,
        "output_tokens": 1_000,
    }
    return Sample(intended_s=0.0, **usual | fields)


def metered(usd_by_position=EACH, priced=True, **fields):
    offering = PriceFactory().offering  # 0.20 in, 0.80 out, USD per Mtok
    known = tariff(offering, "standard", NOON) if priced else None
    run = EvaluationRun(**fields)
    return Meter(run, tariff=known, usd_by_position=usd_by_position, at=NOON)


def test_what_is_under_way_counts_as_estimated_until_it_is_known():
    meter = metered(budget_usd=Decimal("0.025"))

    admitted = [meter.admits(question(item), item) for item in range(3)]
    feared = meter.cost_usd
    meter.note(answered(0))

    assert admitted == [None, None, StopReason.BUDGET]
    assert feared == Decimal("0.02")
    assert meter.cost_usd == Decimal("0.011")  # one known, one under way
    assert meter.admits(question(2), 1) is None


def test_every_attempt_that_reached_a_model_is_paid():
    meter = metered()
    meter.admits(question(0), 0)

    meter.note(
        answered(
            0,
            call(error=ErrorKind.TIMEOUT, input_tokens=float("nan")),
            call(error=ErrorKind.HTTP_4XX, output_tokens=float("nan")),
            call(),
        )
    )

    # The first as asked for, the second for nothing, the third as counted.
    assert meter.cost_usd == Decimal("0.002")


def test_a_later_claim_goes_on_from_what_was_spent():
    meter = metered(budget_usd=Decimal("0.05"), cost_usd=Decimal("0.045"), calls_done=4)

    assert meter.admits(question(5), 0) is StopReason.BUDGET


@pytest.mark.parametrize("fields", [{"priced": False}, {"calls_done": 3}])
def test_what_nobody_can_price_is_unknown_and_keeps_no_budget(fields):
    meter = metered(budget_usd=Decimal(1), **fields)

    assert meter.cost_usd is None
    assert meter.admits(question(0), 0) is StopReason.BUDGET


def test_without_a_budget_all_is_admitted():
    meter = metered(usd_by_position=None, priced=False)

    assert meter.admits(question(0), 0) is None
    assert meter.note(answered(0)) is None


def test_failures_in_a_row_stop_it_and_an_answer_begins_anew():
    meter = metered()
    said = []
    for item in range(MOST_IN_A_ROW + 2):
        meter.admits(question(item), 0)
        failed = None if item == 1 else ErrorKind.HTTP_5XX
        said.append(meter.note(answered(item, error=failed)))

    assert said == [None] * (MOST_IN_A_ROW + 1) + [StopReason.FAILING]
    assert meter.last_failure == "http_5xx: why"


@pytest.mark.parametrize(
    ("before", "said"), [("timeout", StopReason.FAILING), ("grader_failed", None)]
)
def test_failures_of_earlier_claims_count_if_they_were_the_endpoints(before, said):
    meter = metered(error=["", *[before] * (MOST_IN_A_ROW - 1)])
    meter.admits(question(0), 0)

    assert meter.note(answered(0, error=ErrorKind.TIMEOUT)) is said
