"""What may be asked of an endpoint, what is refused, and why."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from benchmarks.models import EvaluationItem, EvaluationRun, EvaluationStudy
from benchmarks.services import OverBudget
from benchmarks.services.evaluations import cancel_evaluation, request_evaluation
from benchmarks.services.evaluations.chats import sample_seed
from tests.benchmarks.services.evaluations.evaluating import asked_evaluation, kept
from tests.benchmarks.services.measuring import SECRET
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import PriceFactory
from tests.factories.evaluations import (
    EvaluationRunFactory,
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    SuiteSetFactory,
)
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def endpoint_of_one():
    return EndpointFactory(organization=OrganizationFactory(), credential=SECRET)


def refusal(row, **fields):
    """Return what a refused request says, by field; nothing was written."""
    with pytest.raises(ValidationError) as refused:
        asked_evaluation(row, at=NOON, **fields)
    assert not EvaluationRun.objects.filter(created_at=NOON).exists()
    return {name: said[0] for name, said in refused.value.message_dict.items()}


def own_set(row, **fields):
    return EvaluationSetFactory(organization=row.organization, **fields)


def study_of(evaluation_set, **fields):
    return EvaluationStudy.objects.create(
        **{
            "evaluation_set": evaluation_set,
            "organization": evaluation_set.organization,
            "allocation": "fixed",
            "floor_kind": "none",
            "order_seed": 1,
            "budget_calls": 100,
            "created_at": NOON,
            **fields,
        }
    )


def test_a_run_is_queued_with_all_that_is_to_be_asked(endpoint_of_one):
    row = endpoint_of_one
    PriceFactory(offering=row.offering)  # 0.20 in, 0.80 out, USD per Mtok
    evaluation_set = own_set(row)

    run = asked_evaluation(
        row, evaluation_set=evaluation_set, at=NOON, samples=3, temperature=0.7
    )

    run = kept(run)
    assert (run.status, run.basis, run.calls_total) == ("queued", "benchmarked", 12)
    assert (run.organization, run.offering) == (row.organization, row.offering)
    assert run.language_model == row.offering.model
    assert run.service_tier == row.service_tier
    assert run.positions == [0, 1, 2, 3]
    assert (run.samples, run.temperature) == (3, 0.7)
    # "Question 0: A, B, C or D?" has 25 bytes: 9 tokens, and 6 for its turn; an answer
    # may have 256. 12 * (15 * 0.20 + 256 * 0.80) / 10**6 = 12 * 0.0002078.
    assert run.estimate_usd == Decimal("0.0024936")
    assert run.asked["wire_model"] == row.wire_model
    assert run.asked["concurrency"] == 4
    assert SECRET not in str(run.asked)
    evaluation_set.refresh_from_db()
    assert evaluation_set.frozen_at == NOON
    event = AuditEvent.objects.get(action="evaluation_run.requested")
    assert event.target_id == str(run.pk)


def test_a_set_that_was_asked_cannot_be_changed_any_more(endpoint_of_one):
    evaluation_set = own_set(endpoint_of_one)
    asked_evaluation(endpoint_of_one, evaluation_set=evaluation_set)

    with pytest.raises(IntegrityError, match="add a new version"), transaction.atomic():
        evaluation_set.items.update(weight=2)


def test_a_set_keeps_the_moment_at_which_it_was_frozen_first(endpoint_of_one):
    january = datetime(2026, 1, 2, tzinfo=UTC)
    evaluation_set = own_set(endpoint_of_one, frozen_at=january)

    asked_evaluation(endpoint_of_one, evaluation_set=evaluation_set, at=NOON)

    evaluation_set.refresh_from_db()
    assert evaluation_set.frozen_at == january


def test_some_items_are_asked_in_the_order_that_was_stated(endpoint_of_one):
    run = asked_evaluation(endpoint_of_one, positions=[3, 1])

    assert kept(run).positions == [3, 1]
    assert kept(run).calls_total == 2


def test_the_ready_suite_is_asked_at_anybodys_endpoint(endpoint_of_one):
    run = asked_evaluation(endpoint_of_one, evaluation_set=SuiteSetFactory())

    assert run.organization == endpoint_of_one.organization


def test_everybodys_endpoint_is_asked_the_ready_suite_alone():
    shared = EndpointFactory()

    assert asked_evaluation(shared, evaluation_set=SuiteSetFactory()).pk
    said = refusal(shared, evaluation_set=EvaluationSetFactory())
    assert "another organization's" in said["evaluation_set"]


def test_the_set_of_a_stranger_is_refused(endpoint_of_one):
    said = refusal(endpoint_of_one, evaluation_set=EvaluationSetFactory())

    assert "take an endpoint of its own" in said["evaluation_set"]


def test_a_study_is_about_its_own_set_and_workload(endpoint_of_one):
    row = endpoint_of_one
    workload, other = (WorkloadFactory(organization=row.organization) for _ in "ab")
    shared, others = own_set(row), own_set(row, workload=other)
    study = study_of(shared, workload=workload)

    run = asked_evaluation(row, evaluation_set=shared, study=study, round=2)

    assert (run.study, run.round) == (study, 2)
    said = refusal(row, evaluation_set=others, study=study)
    assert said == {"evaluation_set": "The study is about another set."}
    of_other = study_of(others, workload=workload)
    said = refusal(row, evaluation_set=others, study=of_other)
    assert said["evaluation_set"].startswith("It is another workload's")


def test_a_switched_off_endpoint_is_not_asked(endpoint_of_one):
    endpoint_of_one.enabled = False

    said = refusal(endpoint_of_one)

    assert said == {"endpoint": "It is switched off: switch it on first."}


@pytest.mark.parametrize("samples", [0, -1, 65])
def test_samples_out_of_range_are_refused(endpoint_of_one, samples):
    said = refusal(endpoint_of_one, samples=samples, temperature=0.7)

    assert said == {"samples": "Give a number from 1 to 64."}


@pytest.mark.parametrize(
    ("protocol", "temperature", "most"),
    [
        ("openai_chat", 2.1, 2),
        ("openai_chat", -0.1, 2),
        ("anthropic_messages", 1.1, 1),
    ],
)
def test_a_temperature_that_the_protocol_does_not_take_is_refused(
    endpoint_of_one, protocol, temperature, most
):
    endpoint_of_one.protocol = protocol

    said = refusal(endpoint_of_one, temperature=temperature)

    assert said["temperature"].startswith(f"The endpoint's protocol takes 0 to {most}:")


def test_several_samples_at_temperature_0_prove_nothing(endpoint_of_one):
    said = refusal(endpoint_of_one, samples=2, temperature=0.0)

    assert "prove nothing about votes" in said["temperature"]
    assert "0.7" in said["temperature"]


def test_the_endpoints_own_temperature_may_be_asked_for(endpoint_of_one):
    run = asked_evaluation(endpoint_of_one, samples=2, temperature=None)

    assert kept(run).temperature is None


def test_a_set_without_items_is_refused(endpoint_of_one):
    said = refusal(endpoint_of_one, items=0)

    assert said == {"evaluation_set": "There is no item to ask about."}


@pytest.mark.parametrize(
    ("positions", "refused"),
    [
        ([], {"evaluation_set": "There is no item to ask about."}),
        ([0, 9], {"positions": "The set has no item 9."}),
        ([1, 1], {"positions": "An item is named twice: name it once."}),
    ],
)
def test_positions_that_cannot_be_are_refused(endpoint_of_one, positions, refused):
    assert refusal(endpoint_of_one, positions=positions) == refused


@pytest.mark.parametrize("fields", [{"messages": []}, {"grader": {"kind": "brought"}}])
def test_items_that_cannot_be_asked_are_refused_by_name_or_left_out(
    endpoint_of_one, fields
):
    evaluation_set = own_set(endpoint_of_one, items=[{}, {"key": "mute", **fields}])

    said = refusal(endpoint_of_one, evaluation_set=evaluation_set)

    assert said["evaluation_set"].startswith("1 of its items cannot be asked")
    assert "'mute'" in said["evaluation_set"]
    assert asked_evaluation(
        endpoint_of_one, evaluation_set=evaluation_set, positions=[0]
    ).pk


def test_more_calls_than_a_row_should_hold_are_refused(endpoint_of_one):
    evaluation_set = own_set(endpoint_of_one, items=0)
    item = {"messages": [{"role": "user", "content": "?"}], "expected": "A"}
    EvaluationItem.objects.bulk_create(
        EvaluationItem(
            evaluation_set=evaluation_set,
            position=position,
            key=str(position),
            grader={"kind": "exact"},
            **item,
        )
        for position in range(3_200)
    )

    # 3,200 * 63 = 201,600.
    said = refusal(
        endpoint_of_one, evaluation_set=evaluation_set, samples=63, temperature=1.0
    )

    assert said["samples"].startswith("A run makes 200,000 calls at most")


def test_too_many_open_runs_of_an_organization_are_refused(endpoint_of_one, settings):
    settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = 1
    EvaluationRunFactory()  # a stranger's
    FinishedEvaluationRunFactory(endpoint=endpoint_of_one)
    first = asked_evaluation(endpoint_of_one)

    said = refusal(endpoint_of_one)

    assert said["run"].startswith("1 evaluations of yours wait or run already")
    cancel_evaluation(run=first, at=NOON)
    assert asked_evaluation(endpoint_of_one).pk


def test_a_run_over_its_budget_is_refused_with_the_estimate(endpoint_of_one):
    PriceFactory(offering=endpoint_of_one.offering)
    evaluation_set = own_set(endpoint_of_one)

    with pytest.raises(OverBudget) as refused:
        asked_evaluation(
            endpoint_of_one, evaluation_set=evaluation_set, budget_usd=Decimal("0.0008")
        )

    # 4 * 0.0002078, as above.
    assert refused.value.estimate == Decimal("0.0008312")
    assert "is estimated at 0.00084 USD" in str(refused.value)
    assert not EvaluationRun.objects.exists()
    evaluation_set.refresh_from_db()
    assert evaluation_set.frozen_at is None
    exact = Decimal("0.0008312")
    assert asked_evaluation(endpoint_of_one, budget_usd=exact).budget_usd == exact


def test_a_budget_without_a_known_price_is_refused(endpoint_of_one):
    with pytest.raises(OverBudget, match="no price in USD"):
        asked_evaluation(endpoint_of_one, budget_usd=Decimal(1))

    assert asked_evaluation(endpoint_of_one).estimate_usd is None


def test_a_waiting_run_is_called_off_at_once(endpoint_of_one):
    run = asked_evaluation(endpoint_of_one)

    assert cancel_evaluation(run=run, at=NOON)

    run = kept(run)
    assert (run.status, run.closed_at, run.cost_usd) == ("cancelled", NOON, 0)
    assert (run.stop_reason, run.not_fed_because) == ("cancelled", "cancelled")
    assert AuditEvent.objects.filter(action="evaluation_run.cancelled").count() == 1


def test_what_is_over_cannot_be_called_off():
    run = FinishedEvaluationRunFactory()

    assert not cancel_evaluation(run=run, at=NOON)
    assert kept(run).status == "succeeded"


def test_a_run_needs_a_set_and_an_endpoint_of_the_service_alone(endpoint_of_one):
    run = request_evaluation(
        evaluation_set=own_set(endpoint_of_one), endpoint=endpoint_of_one, at=NOON
    )

    assert (run.samples, run.temperature, run.budget_usd) == (1, 0.0, None)


def test_every_sample_has_a_seed_of_its_own_that_stays():
    seeds = [sample_seed(1, item, sample) for item in range(30) for sample in range(8)]

    assert len({*seeds}) == 240
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert seeds[0] == sample_seed(1, 0, 0) != sample_seed(2, 0, 0)
    assert sample_seed(None, 0, 0) is None
