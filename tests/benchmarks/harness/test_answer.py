"""Figures of one answer, worked out by hand."""

import math

import pytest

from benchmarks.harness.answer import Answer, itl_p95_ms, tpot_ms
from benchmarks.harness.samples import Sample


def described(answer, begun=0.0):
    sample = Sample(intended_s=0.0)
    answer.describe(sample, begun=begun)
    return sample


def test_times_run_from_the_beginning_to_the_first_chunk_of_each_kind():
    answer = Answer()
    answer.add_reasoning(10.2, -1)
    answer.add_text(10.5, -1)

    sample = described(answer, begun=10.0)

    assert sample.ttft_ms == pytest.approx(200)
    assert sample.answer_ttft_ms == pytest.approx(500)


def test_time_per_token_counts_tokens_and_not_chunks():
    # Three chunks over 0.6 s that held seven tokens: 600 ms / (7 - 1).
    assert tpot_ms([1.0, 1.3, 1.6], 7) == pytest.approx(100)


@pytest.mark.parametrize("tokens", [math.nan, 0, 1])
def test_time_per_token_is_unknown_without_a_second_token(tokens):
    assert math.isnan(tpot_ms([1.0, 1.3], tokens))


def test_gaps_are_shared_among_the_tokens_that_usage_counts_at_the_end():
    # Two tokens a chunk: gaps of 40 ms are 20 ms a token.
    times = [0.0, 0.04, 0.08, 0.12]

    assert itl_p95_ms(times, [-1] * 4, 8) == pytest.approx(20)


def test_gaps_are_shared_by_running_counts_where_every_chunk_has_one():
    # 30 ms for three tokens, 30 ms for one: 10, 10, 10, 30; rank ceil(0.95 x 4) = 4.
    assert itl_p95_ms([0.0, 0.03, 0.06], [1, 4, 5], 5) == pytest.approx(30)
    # 19 tokens at 1 ms, one at 50 ms: rank ceil(0.95 x 20) = 19 is still 1 ms.
    assert itl_p95_ms([0.0, 0.019, 0.069], [1, 20, 21], 21) == pytest.approx(1)


def test_a_chunk_without_a_whole_token_passes_its_gap_on():
    # 10 ms and 20 ms end in one token: 30 ms.
    assert itl_p95_ms([0.0, 0.01, 0.03], [1, 1, 2], 2) == pytest.approx(30)


def test_a_total_repeated_with_every_chunk_is_no_running_count():
    # Four tokens in two chunks, told twice: the gap of 10 ms is 5 ms a token.
    assert itl_p95_ms([0.0, 0.01], [4, 4], 4) == pytest.approx(5)


def test_without_usage_nothing_is_guessed_from_chunks():
    answer = Answer()
    for at in (0.1, 0.2, 0.3):
        answer.add_text(at, -1)

    sample = described(answer)

    assert sample.ttft_ms == pytest.approx(100)
    figures = (sample.output_tokens, sample.tpot_ms, sample.itl_p95_ms)
    assert all(math.isnan(figure) for figure in figures)


def test_reasoning_that_is_not_shown_is_not_time_between_tokens():
    # 100 of 103 tokens passed unseen before the first chunk: 200 ms / (3 - 1).
    answer = Answer()
    for at in (5.0, 5.1, 5.2):
        answer.add_text(at, -1)
    answer.output_tokens, answer.reasoning_tokens = 103, 100

    sample = described(answer)

    assert sample.output_tokens == 103
    assert sample.tpot_ms == pytest.approx(100)


def test_reasoning_that_is_shown_is():
    # Four tokens over 300 ms: 300 / (4 - 1).
    answer = Answer()
    answer.add_reasoning(5.0, -1)
    answer.add_reasoning(5.1, -1)
    answer.add_text(5.2, -1)
    answer.add_text(5.3, -1)
    answer.output_tokens, answer.reasoning_tokens = 4, 2

    assert described(answer).tpot_ms == pytest.approx(100)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"input_tokens": 10, "cached_tokens": 11}, "cached"),
        ({"output_tokens": 10, "reasoning_tokens": 11}, "reasoning"),
        # Ten times the 20 asked for and 10,000 on top are believed, one more is not.
        ({"output_tokens": 10_201}, "10201 output tokens"),
        ({"input_tokens": 10_051}, "10051 input tokens"),
    ],
)
def test_usage_that_cannot_be_is_not_believed(counts, reason):
    answer = Answer()
    for name, count in counts.items():
        setattr(answer, name, count)

    assert reason in answer.impossible(asked_input=5, asked_output=20)


def test_usage_at_the_bounds_and_no_usage_are_believed():
    answer = Answer()

    assert answer.impossible(asked_input=5, asked_output=20) == ""

    answer.input_tokens, answer.cached_tokens = 10_050, 10_050
    answer.output_tokens, answer.reasoning_tokens = 10_200, 10_200
    assert answer.impossible(asked_input=5, asked_output=20) == ""


def test_times_stay_when_counts_are_not_believed():
    answer = Answer()
    answer.add_text(0.1, 500_000_000)
    answer.add_text(0.2, 999_999_999)
    answer.output_tokens = 999_999_999

    answer.forget_counts()

    sample = described(answer)
    assert sample.ttft_ms == pytest.approx(100)
    assert math.isnan(sample.output_tokens)
    assert math.isnan(sample.tpot_ms)
    assert math.isnan(sample.itl_p95_ms)
