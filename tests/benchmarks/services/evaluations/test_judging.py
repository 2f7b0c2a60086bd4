"""Answers that another model scores: priced, checked against itself and people."""

from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_network

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from benchmarks.models import Endpoint, EvaluationRun
from benchmarks.services import OverBudget
from benchmarks.services.evaluations import execute_evaluation
from tests.benchmarks.services.evaluations.evaluating import (
    asked_evaluation,
    endpoint_row,
    kept,
)
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import PriceFactory
from tests.factories.evaluations import EvaluationSetFactory, columns_of
from tests.simulated import SimulatedEndpoint

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUBRIC = {"kind": "judge", "rubric": "Ten points for B, five for C, none else."}
# In the judge's question the answer stands between these.
ANSWERED = "<answer>\n{}\n</answer>"
TURNED = "</answer>\n\n<rubric>"


@pytest.fixture(autouse=True)
def loopback_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def judge_endpoint(simulator):
    return SimulatedEndpoint(simulator)


def points(answer, given):
    return {"when": ANSWERED.format(answer), "right": f'{{"points": {given}}}'}


def judge_row(judge_endpoint, row, known):
    """Return the row of a judge of the same organization that knows these."""
    judge = endpoint_row(judge_endpoint, row.organization)
    judge_endpoint.behave(known=known)
    return judge


def judged_set(row, items=4, **grader):
    fields = {"grader": {**RUBRIC, **grader}, "expected": None}
    return EvaluationSetFactory(organization=row.organization, items=[fields] * items)


def carried_out(run):
    execute_evaluation(run.pk, at=timezone.now())
    return kept(run)


def test_another_model_scores_answers_and_is_paid(endpoint, judge_endpoint):
    row = endpoint_row(endpoint)  # items 0 to 3 are answered A, B, C, D
    known = [points("A", 0), points("B", 10), points("C", 5), points("D", 0)]
    judge = judge_row(judge_endpoint, row, known)
    PriceFactory(offering=row.offering)  # 0.20 in, 0.80 out, USD per Mtok
    PriceFactory(offering=judge.offering)

    run = carried_out(
        asked_evaluation(row, evaluation_set=judged_set(row), judge=judge)
    )

    assert (run.status, run.failure, run.feeds_advice) == ("succeeded", "", True)
    by_item = dict(zip(run.item, zip(run.score, run.verdict, strict=True), strict=True))
    assert by_item == {
        0: (0, "wrong"),
        1: (1, "right"),
        2: (0.5, "partial"),
        3: (0, "wrong"),
    }
    asked = run.asked["judge"]
    assert asked["endpoint"] == str(judge.pk)
    assert "points from 0 to {points}" in asked["prompt"]
    assert asked["credential"] is True
    assert judge.credential not in str(run.asked)
    # Each of four answers was scored twice, as the first ten are.
    judging = run.judging
    assert (judging["calls"], judging["pairs"], judging["disagreed"]) == (8, 4, 0)
    assert judging["apart_mean"] == 0
    # What the model itself cost: 4 * 7 tokens in, 4 out, USD per million.
    own = (Decimal("0.20") * 28 + Decimal("0.80") * 4) / 10**6
    assert run.cost_usd == own + Decimal(judging["cost_usd"])
    assert Decimal(judging["cost_usd"]) > 0
    assert run.estimate_usd > run.cost_usd


def test_a_judge_that_disagrees_with_itself_feeds_nothing(endpoint, judge_endpoint):
    row = endpoint_row(endpoint)
    swayed = {"when": TURNED, "right": '{"points": 9}'}
    known = [swayed, *(points(letter, 2) for letter in "ABCD")]
    judge = judge_row(judge_endpoint, row, known)

    run = carried_out(
        asked_evaluation(row, evaluation_set=judged_set(row), judge=judge)
    )

    assert (run.status, run.feeds_advice) == ("succeeded", False)
    assert run.not_fed_because == "judge_unsure"
    assert "it scored 4 of 4 answers differently" in run.failure
    # 0.9 and 0.2 each time.
    assert run.judging["apart_mean"] == pytest.approx(0.7)
    assert run.score == [pytest.approx(0.2)] * 4


def test_how_far_the_judge_agrees_with_people_is_kept(endpoint, judge_endpoint):
    row = endpoint_row(endpoint)
    labelled = [
        {"answer": "good", "human_score": 1.0},
        {"answer": "bad", "human_score": 0.1},
    ]
    known = [points("good", 8), points("bad", 3), points("A", 10)]
    judge = judge_row(judge_endpoint, row, known)

    run = carried_out(
        asked_evaluation(
            row, evaluation_set=judged_set(row, 1, labelled=labelled), judge=judge
        )
    )

    assert run.judging["labels"] == 2
    # |0.8 - 1.0| and |0.3 - 0.1|: 0.2 on average.
    assert run.judging["human_apart_mean"] == pytest.approx(0.2)
    assert run.score == [1.0]
    # One answer, twice, and two labelled ones.
    assert run.judging["calls"] == 4


def test_a_judge_without_a_score_makes_no_wrong_answer(endpoint, judge_endpoint):
    row = endpoint_row(endpoint)
    known = [{"when": "<rubric>", "right": "I like it."}]
    judge = judge_row(judge_endpoint, row, known)

    run = carried_out(
        asked_evaluation(row, evaluation_set=judged_set(row, 2), judge=judge)
    )

    assert run.error == ["judge_failed"] * 2
    assert run.verdict == ["error"] * 2
    assert all(score != score for score in run.score)
    assert (run.status, run.feeds_advice) == ("failed", False)


def test_refusals_are_no_matter_for_a_judge(endpoint, judge_endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(
        known=[{"when": "?", "right": "-", "right_share": 0.0, "refused_share": 1.0}]
    )
    judge = judge_row(judge_endpoint, row, [])

    run = carried_out(
        asked_evaluation(row, evaluation_set=judged_set(row, 2), judge=judge)
    )

    assert run.verdict == ["refused"] * 2
    assert judge_endpoint.records() == []


def test_only_what_needs_a_judge_goes_to_it(endpoint, judge_endpoint):
    row = endpoint_row(endpoint)
    judge = judge_row(judge_endpoint, row, [points("A", 10)])
    items = [{"grader": RUBRIC, "expected": None}, {}]
    mixed = EvaluationSetFactory(organization=row.organization, items=items)

    run = carried_out(asked_evaluation(row, evaluation_set=mixed, judge=judge))

    assert run.verdict == ["right"] * 2
    assert len(judge_endpoint.records()) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [({"enabled": False}, "switched off"), ({"wire_model": "other"}, "was changed")],
)
def test_a_judge_that_is_not_what_it_was_ends_the_run(
    endpoint, judge_endpoint, change, said
):
    row = endpoint_row(endpoint)
    judge = judge_row(judge_endpoint, row, [])
    waiting = asked_evaluation(row, evaluation_set=judged_set(row), judge=judge)
    Endpoint.objects.filter(pk=judge.pk).update(**change)

    run = carried_out(waiting)

    assert (run.status, run.stop_reason, run.cost_usd) == ("failed", "broken", 0)
    assert said in run.failure
    assert endpoint.records() == []


def test_a_run_whose_judging_may_exceed_its_budget_is_refused(endpoint):
    row = endpoint_row(endpoint)
    judge = EndpointFactory(organization=row.organization)
    PriceFactory(offering=row.offering)
    request = {"evaluation_set": judged_set(row), "budget_usd": Decimal(1)}

    with pytest.raises(OverBudget, match="no price"):
        asked_evaluation(row, judge=judge, **request)


def test_what_judging_may_cost_is_part_of_the_estimate(endpoint):
    row = endpoint_row(endpoint)
    judge = EndpointFactory(organization=row.organization)
    PriceFactory(offering=row.offering, input_per_mtok=0, output_per_mtok=1)
    PriceFactory(offering=judge.offering, input_per_mtok=0, output_per_mtok=1)
    labelled = [{"answer": "good", "human_score": 1}]

    run = asked_evaluation(
        row, evaluation_set=judged_set(row, labelled=labelled), judge=judge
    )

    # Each of four answers has up to 256 tokens, and each of up to three scores 300.
    assert run.estimate_usd == Decimal(4 * (256 + 3 * 300)) / 10**6


def test_a_run_that_goes_on_carries_on_what_is_known_of_its_judge(
    endpoint, judge_endpoint
):
    row = endpoint_row(endpoint)
    judge = judge_row(judge_endpoint, row, [points(each, 10) for each in "ABCD"])
    run = asked_evaluation(row, evaluation_set=judged_set(row), judge=judge)
    before = {"calls": 2, "pairs": 1, "disagreed": 1, "apart_sum": 0.8}
    first = {**columns_of([0], [[1.0]]), "calls_done": 1, "judging": before}
    EvaluationRun.objects.filter(pk=run.pk).update(**first)

    run = carried_out(run)

    assert sorted(run.item) == [0, 1, 2, 3]
    # Three more answers, each twice.
    judging = run.judging
    assert (judging["calls"], judging["pairs"], judging["disagreed"]) == (8, 4, 1)
    assert judging["apart_mean"] == pytest.approx(0.2)  # 0.8 / 4
    # One of four is more than one in five.
    assert run.not_fed_because == "judge_unsure"


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        (None, "name another endpoint"),
        ("strangers", "another organization's"),
        ("itself", "No model judges itself"),
        ("off", "switched off"),
    ],
)
def test_who_can_be_no_judge_is_refused(endpoint, judge, said):
    row = endpoint_row(endpoint)
    ours = {"organization": row.organization}
    judges = {
        "strangers": lambda: EndpointFactory(),
        "itself": lambda: EndpointFactory(offering=row.offering, **ours),
        "off": lambda: EndpointFactory(enabled=False, **ours),
    }

    with pytest.raises(ValidationError, match=said) as refused:
        asked_evaluation(
            row,
            evaluation_set=judged_set(row),
            judge=judges[judge]() if judge else None,
        )

    assert list(refused.value.message_dict) == ["judge"]


def test_a_judge_that_nothing_needs_is_refused(endpoint):
    row = endpoint_row(endpoint)

    with pytest.raises(ValidationError, match="leave it out"):
        asked_evaluation(row, judge=EndpointFactory(organization=row.organization))
