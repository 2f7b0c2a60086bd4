"""The table of strategies: what is in it, what it costs, what cannot be told."""

from math import isnan

import numpy as np
import pytest

from advisor.decision.strategies.kinds import Gap, Kind
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.strategies.tables import tables
from tests.advisor.decision.strategies.samples import costs, outcomes, place


def table(kept, prices, samples=(1, 3, 5, 7, 9), **more):
    return evaluated_strategies(
        tables(kept, samples), prices, samples=samples, prune=False, **more
    )


SMALL = [[0, 0, 1], [0, 1, 2], [0, 0, 0], ["?", "?", "?"]]
LARGE = [[0], [0], [1], [0]]


def test_single_calls_come_first_one_for_each_that_can_be_bought():
    kept = outcomes([[[0]], [[0]], [[1]]])

    found = table(kept, costs([1, float("nan"), 2]))

    assert [each.stages[0].subject for each in found.strategies[:2]] == [0, 2]
    assert all(stage.subject != 1 for each in found.strategies for stage in each.stages)


def test_cascade_by_hand():
    found = table(outcomes([SMALL, LARGE]), costs([1, 10]))

    at = place(found, Kind.CASCADE, (0, 3, 2), (1, 1))

    # Items: all three drawn. 0 0 1 is accepted and right; 0 1 2 passes on, right; 0 0 0
    # stands; no answer at all passes on, right.
    assert found.quality[at] == pytest.approx([1, 1, 1, 1])
    assert found.escalation[at] == pytest.approx(0.5)
    # Calls: two alike come first in one of three orders, 2, else 3: 8/3. The second
    # item takes 3, the third 2, and of the last the second abstention leaves only one
    # that cannot agree with another: 2. (8/3 + 3 + 2 + 2) / 4 = 29/12.
    assert found.calls[at] == pytest.approx([29 / 12, 0.5])
    assert found.usd[at] == pytest.approx(29 / 12 + 0.5 * 10)
    assert found.multiples[at] == pytest.approx([29 / 12, 0.5])


def test_single_and_vote_by_hand():
    found = table(outcomes([SMALL, LARGE]), costs([1, 10]))

    single = place(found, Kind.SINGLE, (0, 1))
    vote = place(found, Kind.VOTE, (0, 3))

    assert found.quality[single] == pytest.approx([2 / 3, 1 / 3, 1, 0])
    assert found.quality[vote] == pytest.approx([1, 1 / 3, 1, 0])
    assert found.usd[single] == pytest.approx(1)
    # Only abstentions: the third may still bring an answer.
    assert found.calls[vote] == pytest.approx([(8 / 3 + 3 + 2 + 3) / 4, 0])


def test_prompt_that_is_billed_once_is_shared_by_the_votes():
    # A prompt of 100 tokens at 1, answers of 10 at 2, 5 a request.
    kept = outcomes(
        [[[0, 0, 0]]], input_tokens=[[[100] * 3]], output_tokens=[[[10] * 3]]
    )
    apart = table(kept, costs([1], [2], [5]))
    once = table(kept, costs([1], [2], [5], prompt_once=[True]))

    # Apart: two calls decide, 2 * 125. Together: 100 + 3 * 20 + 5.
    at = place(apart, Kind.VOTE, (0, 3))
    assert apart.usd[at] == pytest.approx(250)
    assert once.usd[at] == pytest.approx(165)
    assert once.multiples[at] == pytest.approx([165 / 125, 0])
    assert once.calls[at] == pytest.approx([1, 0])


def test_tokens_that_nobody_measured_are_those_of_the_workload():
    kept = outcomes([[[0, 0, 0]]])
    found = table(kept, costs([1], [2], input_tokens=100, output_tokens=10))

    assert found.usd[place(found, Kind.SINGLE, (0, 1))] == pytest.approx(120)


def test_missing_tokens_are_those_of_the_other_samples_then_items():
    nan = float("nan")
    kept = outcomes([[[0, 1], [0, 0]]], input_tokens=[[[4, nan], [nan, nan]]])

    assert table(kept, costs([1])).usd[0] == pytest.approx(4)


def test_free_subjects_cost_nothing_and_multiply_by_calls():
    found = table(outcomes([[[0, 0, 0]]]), costs([0]))

    at = place(found, Kind.VOTE, (0, 3))
    assert found.usd[at] == 0
    assert found.multiples[at] == pytest.approx([2, 0])


def test_weights_count_in_every_mean_but_not_in_the_quality_by_item():
    found = table(outcomes([SMALL, LARGE], weights=[1, 1, 2, 0]), costs([1, 10]))

    at = place(found, Kind.CASCADE, (0, 3, 2), (1, 1))
    assert found.escalation[at] == pytest.approx(1 / 4)
    assert found.calls[at, 0] == pytest.approx((8 / 3 + 3 + 2 * 2) / 4)
    assert found.quality[at] == pytest.approx([1, 1, 1, 1])


def test_items_that_a_stage_was_not_asked_are_not_told_and_not_counted():
    large = [[0], [None], [1], [0]]
    found = table(outcomes([SMALL, large]), costs([1, 10]))

    at = place(found, Kind.CASCADE, (0, 3, 2), (1, 1))
    assert isnan(found.quality[at, 1])
    assert found.escalation[at] == pytest.approx(1 / 3)
    # Both stages' single calls are over the three items that both tell.
    assert found.multiples[at] == pytest.approx([(8 / 3 + 2 + 2) / 3, 1 / 3])


def test_cost_is_a_multiple_of_single_calls_on_all_items():
    # Three samples of the short item only; the long one costs ten times as much.
    kept = outcomes(
        [[[0, 0, 0], [0, None, None]]],
        input_tokens=[[[1, 1, 1], [10, float("nan"), float("nan")]]],
    )
    found = table(kept, costs([1]))

    at = place(found, Kind.VOTE, (0, 3))
    assert found.multiples[at] == pytest.approx([2, 0])
    assert found.usd[at] == pytest.approx(2 * (1 + 10) / 2)


def test_more_samples_than_are_kept_are_unproven_and_say_what_would_prove_them():
    found = table(outcomes([[[0, 0, 1]]]), costs([1]), samples=(1, 3, 5))

    assert place(found, Kind.VOTE, (0, 3))
    gaps = {(gap.kind, gap.samples, gap.reason, gap.needed) for gap in found.unproven}
    assert gaps == {
        (Kind.VOTE, 5, Gap.TOO_FEW_SAMPLES, 5),
        (Kind.RETRY, 5, Gap.TOO_FEW_SAMPLES, 5),
    }


def test_one_sample_proves_single_calls_only():
    found = table(outcomes([[[0], [1]]]), costs([1]), samples=(1, 3))

    assert [each.kind for each in found.strategies] == [Kind.SINGLE]
    assert {gap.samples for gap in found.unproven} == {3}


def test_scores_without_answers_leave_votes_unproven():
    kept = outcomes([[["-", "-", "-"]]], scores=[[[1, 0, 1]]])
    found = table(kept, costs([1]), samples=(1, 3))

    assert found.quality == pytest.approx(np.array([[2 / 3]]))
    assert {gap.reason for gap in found.unproven} == {Gap.ANSWERS_MISSING}


@pytest.mark.parametrize("answers", [[], [[]], [[], []]])
def test_nothing_asked_gives_an_empty_table_or_one_without_figures(answers):
    found = table(outcomes(answers), costs([1.0] * len(answers)))

    assert len(found.strategies) == len(answers)
    assert np.isnan(found.usd).all()


def test_subject_that_was_never_asked_stays_as_a_single_call_of_unknown_quality():
    found = table(outcomes([[[0, 0, 0]], [[None]]]), costs([1, 2]))

    assert found.strategies[1].stages[0].subject == 1
    assert np.isnan(found.quality[1]).all()
    assert all(
        stage.subject == 0 for each in found.strategies[2:] for stage in each.stages
    )


def test_second_stage_may_vote():
    large = [[0, 0, 1], [0, 0, 0], [1, 1, 1], [0, 0, 0]]
    found = table(outcomes([SMALL, large]), costs([1, 10]), second_samples=(1, 3))

    at = place(found, Kind.CASCADE, (0, 3, 2), (1, 3))
    assert found.quality[at] == pytest.approx([1, 1, 1, 1])
    # The second and the last item pass on, and two alike answers of each decide.
    assert found.calls[at, 1] == pytest.approx(1)


def test_the_same_subject_twice_gives_the_same_figures():
    found = table(outcomes([SMALL, SMALL]), costs([1, 1]))

    one, other = (place(found, Kind.VOTE, (subject, 3)) for subject in (0, 1))
    assert found.quality[one] == pytest.approx(found.quality[other])
    assert found.usd[one] == found.usd[other]
