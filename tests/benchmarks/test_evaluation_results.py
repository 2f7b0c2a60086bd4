"""What came of a run, summed up by hand."""

import math

import pytest

from benchmarks.evaluation_results import outcomes_of, result_of
from tests.factories.evaluations import (
    EvaluationRunFactory,
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
)

pytestmark = pytest.mark.django_db
NAN = math.nan


def finished(items, scores, **fields):
    """Return a run over a set with these items, and the items."""
    evaluation_set = EvaluationSetFactory(items=items)
    run = FinishedEvaluationRunFactory(
        evaluation_set=evaluation_set,
        scores=scores,
        **{"samples": len(scores[0]), **fields},
    )
    return run, list(evaluation_set.items.all())


def test_a_run_without_outcomes_has_no_result():
    assert result_of(EvaluationRunFactory(), []) is None


def test_an_items_score_is_the_mean_of_its_samples_and_items_weigh():
    run, items = finished([{"weight": 3.0}, {}], [[1.0, 0.0], [1.0, 1.0]])

    score = result_of(run, items).score

    # (3 * 0.5 + 1 * 1) / 4.
    assert (score.items, score.mean) == (2, 0.625)
    assert 0 < score.low < 0.625 < score.high < 1


def test_a_sample_without_an_answer_is_left_out_and_counted_apart():
    run, items = finished(
        2,
        [[1.0, NAN], [NAN, NAN]],
        verdict=["right", "error", "error", "error"],
        error=["", "timeout", "timeout", "http_5xx"],
    )

    found = result_of(run, items)

    assert (found.score.items, found.score.mean) == (1, 1.0)
    assert found.outcomes == 4
    assert found.verdicts == {"error": 3, "right": 1}
    assert found.errors_by_kind == {"timeout": 2, "http_5xx": 1}


def test_no_answer_at_all_is_no_score():
    run, items = finished(1, [[NAN]], verdict=["error"], error=["timeout"])

    found = result_of(run, items)

    assert found.score is None
    assert found.by_difficulty == {}


def test_difficulties_are_told_apart():
    run, items = finished(
        [{"difficulty": "easy"}, {"difficulty": "easy"}, {"difficulty": "hard"}, {}],
        [[1.0], [0.0], [0.0], [1.0]],
    )

    found = result_of(run, items)

    assert found.score.mean == 0.5
    assert {name: s.mean for name, s in found.by_difficulty.items()} == {
        "easy": 0.5,
        "hard": 0.0,
    }


def test_items_of_one_cluster_say_less_than_as_many_apart():
    scores = [[1.0]] * 10 + [[0.0]] * 10
    apart, items = finished(20, scores)
    joined, of_pairs = finished([{"cluster": f"c{n // 10}"} for n in range(20)], scores)

    alone, together = result_of(apart, items).score, result_of(joined, of_pairs).score

    assert alone.mean == together.mean == 0.5
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_tokens_and_latencies_are_of_what_is_known():
    run, items = finished(
        2,
        [[1.0], [1.0]],
        input_tokens=[100.0, NAN],
        output_tokens=[NAN, NAN],
        latency_ms=[300.0, 500.0],
    )

    found = result_of(run, items)

    assert (found.input_tokens.total, found.input_tokens.mean) == (100.0, 100.0)
    assert (found.output_tokens.total, found.output_tokens.mean) == (None, None)
    assert found.latency_ms.n == 2
    assert found.latency_ms.p50.value == 300.0
    # 59 carry the bound of the 95th percentile.
    assert (found.latency_ms.p95.value, found.latency_ms.p95.needs) == (None, 57)


def test_outcomes_stand_by_item_in_the_order_of_samples():
    run, items = finished(
        2,
        [[1.0, 0.0], [1.0, NAN]],
        item=[0, 0, 1, 1],
        sample=[1, 0, 0, 1],
        answer=["A", "B", "C", ""],
    )

    first, second = outcomes_of(run, items)

    assert (first["item"], second["item"]) == tuple(items)
    assert [each["sample"] for each in first["samples"]] == [0, 1]
    assert [each["answer"] for each in first["samples"]] == ["B", "A"]
    assert [each["score"] for each in second["samples"]] == [1.0, None]
