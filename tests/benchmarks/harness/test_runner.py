"""Runs against an endpoint in this process: what is sent when, and what stops it."""

import asyncio
import gc
import time

import numpy as np
import pytest

from benchmarks.harness.load import Lengths, Profile
from benchmarks.harness.runner import CheckpointFailed, StopReason, measure, run
from benchmarks.harness.schedule import stages
from tests.benchmarks.harness.builders import TARGET, Endpoint, failure, load


def outcome_of(endpoint, asked, checkpoint=None, **words):
    return asyncio.run(
        measure(
            TARGET, asked, checkpoint, connect=endpoint.connect, every_s=0.02, **words
        )
    )


def test_single_sends_one_at_a_time():
    endpoint = Endpoint(0.005)

    found = outcome_of(endpoint, load(requests=10))

    assert endpoint.most_under_way == 1
    assert len(found.samples) == 10
    assert (found.stop, found.cut_off) == (StopReason.COMPLETED, 0)
    assert endpoint.closed


def test_concurrent_keeps_its_number_under_way():
    endpoint = Endpoint(0.01)

    found = outcome_of(endpoint, load(Profile.CONCURRENT, requests=40, concurrency=8))

    assert endpoint.most_under_way == 8
    assert len(found.samples) == 40
    # Eight at a time, each follows an end: five rounds.
    starts = found.samples["intended_s"]
    assert np.all(starts[8:] >= starts[0] + 0.009)


def test_concurrent_ramps_its_first_starts():
    asked = load(Profile.CONCURRENT, requests=4, concurrency=4, ramp_s=0.2)

    starts = outcome_of(Endpoint(0.3), asked).samples["intended_s"]

    assert np.diff(starts).tolist() == pytest.approx([0.05, 0.05, 0.05], abs=0.003)


def test_poisson_sends_at_its_moments_however_many_are_under_way():
    asked = load(Profile.POISSON, requests=30, requests_per_second=150)
    endpoint = Endpoint(0.3)

    found = outcome_of(endpoint, asked)

    starts = found.samples["intended_s"]
    planned = np.array(stages(asked)[0].starts_s)
    assert endpoint.most_under_way > 20
    # Timers have a grain of a millisecond; early ones count from their actual start.
    assert np.diff(starts) == pytest.approx(np.diff(planned), abs=0.003)


def test_stall_shows_in_every_request_meant_to_start_meanwhile():
    asked = load(Profile.POISSON, requests=60, requests_per_second=50)

    found = outcome_of(Endpoint(0.001, stalled_until=1.0), asked)

    starts = found.samples["intended_s"]
    waited = 1.0 - starts  # what the stall still has to run
    meanwhile = waited > 0.01
    assert meanwhile.sum() > 30
    ttft_s = found.samples["ttft_ms"][meanwhile] / 1000
    assert np.all(ttft_s >= waited[meanwhile] - 0.005)
    # Those to start in the first half have half of it at least before them.
    assert np.all(found.samples["ttft_ms"][starts < 0.5] > 490)


def test_client_that_stalls_shows_in_every_request_meant_to_start_meanwhile():
    class Blocking(Endpoint):
        async def request(self, **words):
            if not self.prompts:
                time.sleep(0.3)
            return await super().request(**words)

    asked = load(Profile.POISSON, requests=30, requests_per_second=100)

    found = outcome_of(Blocking(0.001), asked)

    starts, late_ms = found.samples["intended_s"], found.samples["late_ms"]
    meanwhile = (starts > starts[0]) & (starts < starts[0] + 0.2)
    assert meanwhile.sum() > 10
    assert np.all(late_ms[meanwhile] > 95)
    assert found.client.client_limited


def test_warmup_is_marked_and_over_before_the_window_begins():
    found = outcome_of(Endpoint(0.02), load(requests=3, warmup=2))

    assert found.samples["phase"].tolist() == [-1, -1, 0, 0, 0]
    start_s, end_s = found.window_s
    assert start_s == pytest.approx(found.samples["intended_s"][2], abs=1e-4)
    # two requests of 20 ms before it, three in it
    assert start_s > 0.04
    assert end_s - start_s > 0.06


def test_every_prompt_of_a_run_is_its_own_and_lengths_take_turns():
    long = Lengths(input_tokens=300, output_tokens=20)
    short = Lengths(input_tokens=100, output_tokens=10)
    endpoint = Endpoint()

    found = outcome_of(endpoint, load(requests=4, warmup=1, lengths=(long, short)))

    assert len(set(endpoint.prompts)) == 5
    asked = found.samples["asked_output_tokens"].tolist()
    assert asked == [20, 20, 10, 20, 10]  # each stage begins with the first


def test_sweep_ends_when_more_requests_bring_no_more_answers():
    # Up to four at a time take 20 ms; beyond that each shares the four places.
    endpoint = Endpoint(seconds_of=lambda under_way: 0.02 * max(under_way / 4, 1))
    asked = load(Profile.SWEEP, requests=400, concurrency=1, steps=6)

    found = outcome_of(endpoint, asked)

    phases = np.unique(found.samples["phase"]).tolist()
    assert found.stop is StopReason.SATURATED
    # The fourth step, of 8, is the first that should show it.
    assert phases == list(range(len(phases)))
    assert len(phases) < 6
    assert found.cut_off == 0


def test_sweep_that_is_never_saturated_completes():
    asked = load(Profile.SWEEP, requests=40, concurrency=1, steps=3)

    found = outcome_of(Endpoint(0.01), asked)

    assert found.stop is StopReason.COMPLETED
    assert len(found.samples) == 40


def test_deadline_cuts_off_what_is_under_way():
    endpoint = Endpoint(seconds_of=lambda under_way: 0.01 if under_way < 3 else 60.0)
    asked = load(
        Profile.CONCURRENT, requests=1_000, concurrency=3, ramp_s=0.03, deadline_s=0.3
    )

    began = time.monotonic()
    found = outcome_of(endpoint, asked)

    assert time.monotonic() - began < 2
    assert found.stop is StopReason.DEADLINE
    assert 1 <= found.cut_off <= 3
    assert len(found.samples) + found.cut_off == len(endpoint.prompts)
    assert 0.29 < found.window_s[1] < 2


def test_failures_that_wait_for_nothing_can_be_stopped_too():
    class Forbidden(Endpoint):
        async def request(self, *, intended, origin, phase=0, **words):
            self.prompts.append("")
            return failure(intended - origin, "blocked", phase=phase)

    asked = load(requests=1_000_000, deadline_s=0.1)

    found = outcome_of(Forbidden(), asked)

    assert found.stop is StopReason.DEADLINE
    assert 0 < len(found.samples) < 100_000


def test_checkpoint_gets_every_sample_once_and_the_progress():
    seen, progresses = [], []

    async def keep(samples, progress):
        seen.extend(samples)
        progresses.append(progress)

    endpoint = Endpoint(0.005, failing=lambda number: number == 3)
    found = outcome_of(endpoint, load(requests=40, warmup=1), keep)

    # The samples after the last call are in the outcome only.
    assert 0 < len(seen) <= 41
    starts = [sample.intended_s for sample in seen]
    assert starts == sorted(set(starts))
    assert found.samples["intended_s"][: len(seen)].tolist() == pytest.approx(starts)
    last = progresses[-1]
    assert (last.total, last.failed, last.phase) == (40, 1, 0)
    assert last.done + 1 == len(seen)  # warm-up is not counted as done
    assert last.under_way <= 1
    done = [progress.done for progress in progresses]
    assert done == sorted(done)


@pytest.mark.parametrize(
    "reason", [StopReason.CANCELLED, StopReason.BUDGET, StopReason.LOST]
)
def test_run_stops_at_once_for_the_reason_that_its_checkpoint_gives(reason):
    stopped_at = []

    async def stop(samples, progress):
        if progress.elapsed_s < 0.1:
            return None
        stopped_at.append(time.monotonic())
        return reason

    endpoint = Endpoint(seconds_of=lambda under_way: 0.01 if under_way < 3 else 60.0)
    asked = load(Profile.CONCURRENT, requests=1_000, concurrency=3, ramp_s=0.03)

    found = outcome_of(endpoint, asked, stop)

    assert time.monotonic() - stopped_at[0] < 0.5
    assert found.stop is reason
    assert found.cut_off >= 1
    assert len(found.samples) + found.cut_off == len(endpoint.prompts)
    assert endpoint.under_way == 0
    assert endpoint.closed


def test_slow_checkpoint_delays_no_send():
    async def stall(samples, progress):
        await asyncio.to_thread(time.sleep, 0.5)

    asked = load(Profile.POISSON, requests=30, requests_per_second=100)

    found = outcome_of(Endpoint(0.01), asked, stall)

    assert found.stop is StopReason.COMPLETED
    assert len(found.samples) == 30
    # All were sent while the one call was under way.
    assert np.ptp(found.samples["intended_s"]) < 0.5
    assert found.samples["late_ms"].max() < 300


def test_checkpoint_under_way_at_the_end_is_waited_for():
    ended = []

    async def write(samples, progress):
        await asyncio.sleep(0.2)
        ended.append(len(samples))

    outcome_of(Endpoint(0.05), load(requests=1), write)

    assert len(ended) == 1


def test_checkpoint_that_hangs_at_the_end_is_given_up():
    ended = []

    async def hang(samples, progress):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    found = outcome_of(Endpoint(0.05), load(requests=1), hang, grace_s=0.05)

    assert found.stop is StopReason.COMPLETED
    assert ended == ["cancelled"]


def test_claim_lost_at_the_very_end_is_lost():
    async def lose(samples, progress):
        await asyncio.sleep(0.2)
        return StopReason.LOST

    async def cancel(samples, progress):
        await asyncio.sleep(0.2)
        return StopReason.CANCELLED

    lost = outcome_of(Endpoint(0.05), load(requests=1), lose)
    done = outcome_of(Endpoint(0.05), load(requests=1), cancel)

    assert lost.stop is StopReason.LOST
    assert done.stop is StopReason.COMPLETED  # nothing was left to cancel


def test_checkpoint_that_raises_stops_the_run_and_keeps_its_samples():
    async def fail(samples, progress):
        if progress.done >= 3:
            raise OSError("The database is gone.")

    endpoint = Endpoint(0.01)

    with pytest.raises(CheckpointFailed) as caught:
        outcome_of(endpoint, load(requests=1_000), fail)

    outcome = caught.value.outcome
    assert isinstance(caught.value.__cause__, OSError)
    assert outcome.stop is StopReason.CHECKPOINT_FAILED
    assert 3 <= len(outcome.samples) < 100
    assert len(outcome.samples) + outcome.cut_off == len(endpoint.prompts)
    assert endpoint.closed


def test_cancelling_the_task_leaves_nothing_behind():
    endpoint = Endpoint(60)

    async def cancel() -> None:
        task = asyncio.create_task(
            measure(TARGET, load(requests=5), connect=endpoint.connect)
        )
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(cancel())

    assert endpoint.under_way == 0
    assert endpoint.closed


def test_load_that_cannot_be_is_refused_and_the_client_closed():
    endpoint = Endpoint()

    with pytest.raises(ValueError, match="lengths"):
        outcome_of(endpoint, load(lengths=()))

    assert endpoint.closed


def test_deadline_before_anything_was_measured_leaves_an_empty_window():
    asked = load(requests=5, warmup=1, deadline_s=0.05)

    found = outcome_of(Endpoint(60), asked)

    assert (len(found.samples), found.cut_off) == (0, 0)
    assert found.window_s[0] == found.window_s[1]


def test_collector_is_left_as_it_was():
    before = gc.get_threshold()
    during = []

    async def look(samples, progress):
        during.append((gc.isenabled(), gc.get_freeze_count() > 0))

    outcome_of(Endpoint(0.05), load(requests=2), look)

    assert during
    assert set(during) == {(True, True)}
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_objects_that_the_caller_has_frozen_stay_frozen():
    gc.freeze()
    try:
        outcome_of(Endpoint(), load(requests=1))

        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_run_needs_no_loop_and_uses_a_fast_one():
    loops = []

    class Telling(Endpoint):
        async def request(self, **words):
            loops.append(type(asyncio.get_running_loop()).__module__)
            return await super().request(**words)

    endpoint = Telling(0.01)

    found = run(TARGET, load(requests=3), connect=endpoint.connect)

    assert len(found.samples) == 3
    assert set(loops) == {"uvloop"}
    # Both loops go by the same clock: no request starts before it was meant to.
    assert np.all(found.samples["late_ms"] >= 0)
