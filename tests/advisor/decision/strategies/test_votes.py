"""Votes against the listing of every order, and worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.tables import tables
from tests.advisor.decision.strategies.samples import kept_samples, outcomes, voted

quickly = settings(max_examples=60, deadline=None, database=None)


def stage(found, samples, accept=None, item=0, subject=0):
    """Return (score, chance to pass on, calls, answer tokens) of a stage."""
    kind = Kind.VOTE if accept is None else Kind.CASCADE
    number = next(
        number
        for number, plan in enumerate(found.plans)
        if (plan.kind, plan.samples, plan.accept) == (kind, samples, accept)
    )
    figures = found.figures
    return tuple(
        float(array[number, subject, item])
        for array in (
            figures.score,
            figures.escalated,
            figures.calls,
            figures.output_tokens,
        )
    )


@quickly
@given(kept_samples())
def test_every_vote_is_the_mean_over_all_orders_of_draws(kept):
    answers, scores, spent = kept
    found = tables(
        outcomes([[answers]], scores=[[scores]], output_tokens=[[spent]]),
        samples=(1, 2, 3, 4, 5),
    )

    for samples in range(1, len(answers) + 1):
        for accept in [None, *range(1, samples + 1)]:
            if (samples, accept) == (1, None):
                continue
            expected = voted(answers, scores, samples, accept, spent)
            assert stage(found, samples, accept) == pytest.approx(
                [float(figure) for figure in expected]
            )


def test_three_votes_of_four_samples_by_hand():
    # Right, right, and two different wrong ones. Of the four triples two hold both
    # right answers; the other two hold one right and both wrong ones, a tie of three.
    found = tables(outcomes([[[0, 0, 1, 2]]]))

    # (1 + 1 + 1/3 + 1/3) / 4 = 2/3. Two right ones come first in 2 of 12 ordered pairs:
    # 2 calls, else 3. 3 - 1/6.
    score, passed, calls, _ = stage(found, 3)
    assert score == pytest.approx(2 / 3)
    assert passed == 0
    assert calls == pytest.approx(17 / 6)


def test_agreement_of_two_in_three_by_hand():
    found = tables(outcomes([[[0, 0, 1, 2]]]))

    # Two of four triples have a pair; calls as above, for after two different answers
    # the third may still agree with one of them.
    score, passed, calls, _ = stage(found, 3, accept=2)
    assert (score, passed) == pytest.approx((0.5, 0.5))
    assert calls == pytest.approx(17 / 6)


def test_agreement_of_all_stops_at_the_first_that_differs():
    found = tables(outcomes([[[0, 1, 2, 3]]]))

    assert stage(found, 3, accept=3)[:3] == pytest.approx((0, 1, 2))


def test_more_votes_can_lower_accuracy():
    # Right twice, and wrong the same way three times.
    found = tables(outcomes([[[0, 0, 1, 1, 1]]]))

    # One in 0.4; three: two right ones in 3 of 10 triples; five: never.
    assert stage(found, 3)[0] == pytest.approx(0.3)
    assert stage(found, 5)[0] == 0


def test_errors_that_hang_together_cannot_be_outvoted():
    apart = tables(outcomes([[[0, 0, 1]], [[0, 0, 2]]]))
    together = tables(outcomes([[[0, 0, 0], [0, 0, 0], [1, 1, 1]]]))

    # Both are right in two of three single answers; a formula of independence says
    # 20/27 for either.
    assert stage(apart, 3)[0] == pytest.approx(1)
    by_item = [stage(together, 3, item=item)[0] for item in range(3)]
    assert np.mean(by_item) == pytest.approx(2 / 3)


def test_abstentions_leave_the_vote_to_others():
    found = tables(outcomes([[["?", "?", 0]]]))

    # Whatever comes first, a second "right" cannot be excluded until the end, nor a
    # first one: all three are asked.
    assert stage(found, 3)[:3] == pytest.approx((1, 0, 3))


def test_only_abstentions_give_an_unparsable_answer():
    found = tables(outcomes([[["?", "?", "?"]]], scores=[[[0, 0, 0.3]]]))

    assert stage(found, 3)[0] == pytest.approx(0.1)
    assert stage(found, 3, accept=1)[:2] == pytest.approx((0, 1))


def test_one_call_passes_on_what_cannot_be_parsed():
    found = tables(outcomes([[[0, 0, 1, "?"]]]))

    assert stage(found, 1, accept=1)[:3] == pytest.approx((0.5, 0.25, 1))


def test_items_with_too_few_samples_are_not_told():
    found = tables(outcomes([[[0, 0, 0], [0, None, None]]]))

    assert stage(found, 3, item=0)[0] == pytest.approx(1)
    assert np.isnan(stage(found, 3, item=1)).all()


def test_items_without_kept_answers_have_scores_but_no_vote():
    found = tables(outcomes([[[0, "-", 0]]], scores=[[[1, 0, 1]]]))

    assert found.figures.score[0, 0, 0] == pytest.approx(2 / 3)
    assert np.isnan(stage(found, 3)).all()


@pytest.mark.parametrize(("answer", "score"), [(0, 1), (1, 0)])
def test_all_alike_vote_as_one_and_stop_at_the_majority(answer, score):
    found = tables(outcomes([[[answer] * 9]]))

    for samples in (3, 5, 7, 9):
        majority = samples // 2 + 1
        assert stage(found, samples)[:3] == pytest.approx((score, 0, majority))


def test_many_samples_stay_exact():
    # 40 samples, 24 of them right and the others all different: of five, the right one
    # wins with two or more; with one it ties with four, with none five wrong ones tie.
    found = tables(outcomes([[[0] * 24 + list(range(1, 17))]]))

    # C(40,5) = 658008; none right C(16,5) = 4368; one right 24 C(16,4) = 43680.
    expected = (658008 - 4368 - 43680 + 43680 / 5) / 658008
    assert stage(found, 5)[0] == pytest.approx(expected)
