"""What holds for whatever was measured."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.harness.goodput import Limits, goodput
from benchmarks.harness.intervals import wilson
from benchmarks.harness.metrics import PERCENTILES, percentiles
from benchmarks.harness.parallel_calls import parallel_ms
from benchmarks.harness.samples import ErrorKind
from tests.benchmarks.harness.builders import failure, sample, table

quickly = settings(max_examples=60, deadline=None, database=None)
times_ms = st.floats(0, 1e6, width=32)
LIMITS = Limits(ttft_ms=1_000, request_ms=5_000)


@st.composite
def answers(draw):
    ttft_ms = draw(times_ms)
    return sample(
        draw(st.floats(0, 100, width=32)),
        ttft_ms=ttft_ms,
        request_ms=ttft_ms + draw(times_ms),
        throttled_ms=draw(st.sampled_from([0.0, 0.0, 700.0])),
        error=draw(st.sampled_from([None, None, *ErrorKind])),
    )


@quickly
@given(st.lists(times_ms, max_size=400))
def test_bound_is_never_below_its_percentile(values):
    found = percentiles(values)

    ordered = [getattr(found, f"p{percent}") for percent in PERCENTILES]
    shown = [entry for entry in ordered if entry.upper is not None]
    assert all(entry.value <= entry.upper <= max(values) for entry in shown)
    points = [entry.value for entry in ordered if entry.value is not None]
    assert points == sorted(points)
    assert all((entry.needs == 0) == (entry.upper is not None) for entry in ordered)


@quickly
@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_wilson_interval_holds_its_share(count, others):
    assume(count + others)

    found = wilson(count, count + others)

    assert 0 <= found.low <= found.share <= found.high <= 1


@quickly
@given(st.lists(answers(), min_size=1, max_size=30), st.sampled_from(ErrorKind))
def test_adding_a_miss_never_raises_goodput(samples, kind):
    before = goodput(table(*samples), LIMITS)
    failed = goodput(table(*samples, failure(1, kind)), LIMITS)
    late = goodput(table(*samples, sample(1, ttft_ms=1_001.0)), LIMITS)

    assert failed.good.share <= before.good.share
    assert late.good.share <= before.good.share
    assert failed.good.low <= before.good.low


@quickly
@given(st.lists(answers(), max_size=30))
def test_every_request_is_good_or_missed_for_one_reason(samples):
    found = goodput(table(*samples), LIMITS)

    missed = found.failed + found.late + found.unknown
    good = found.good.count if found.good else 0
    assert good + missed == len(samples)


@quickly
@given(st.lists(answers(), max_size=30), st.integers(1, 5))
def test_more_calls_in_parallel_are_never_faster(samples, k):
    rows = table(*samples)

    few, more = parallel_ms(rows, k), parallel_ms(rows, k + 1)

    assert len(more) <= len(few)
    assert not len(more) or more.max() <= few.max()
    assert not len(more) or more.min() >= few.min()
