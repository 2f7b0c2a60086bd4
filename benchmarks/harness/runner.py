"""Runs a load against a target, and can be watched and stopped while it does."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.harness.client import Client
from benchmarks.harness.load import Load
from benchmarks.harness.loop_lag import ClientHealth, LoopLag, judged
from benchmarks.harness.metrics import Window
from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.harness.sending import Progress, Requester, Sending
from benchmarks.harness.target import Target

CHECKPOINT_EVERY_S = 0.5
# A checkpoint under way when the run ends may be writing: it is given so long.
CHECKPOINT_GRACE_S = 10.0
# Young objects before a collection, and collections of those before an older one. What
# was there before the run is frozen, so that no collection walks through all of Django.
COLLECT_AFTER = (50_000, 20, 100)


class StopReason(StrEnum):
    """Why a run ended."""

    COMPLETED = "completed"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    BUDGET = "budget"
    SATURATED = "saturated"  # a sweep ended early, which is fine
    FAILING = "failing"  # too many questions in a row had no answer
    LOST = "lost"  # the claim is another worker's: write nothing
    CHECKPOINT_FAILED = "checkpoint_failed"
    BROKEN = "broken"  # by a fault of our own


# Called about every half second with the samples (warm-up too) that ended since the
# call before; a reason stops the run at once. It is awaited beside the measurement, so
# it may take its time, but must not block the loop: database work belongs in a thread.
# It is not called after the end, for the outcome holds everything.
Checkpoint = Callable[[Sequence[Sample], Progress], Awaitable[StopReason | None]]
Connect = Callable[[Target], Requester]
_Watch = asyncio.Task[StopReason | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a run measured; rows of warm-up have phase -1.

    `cut_off` counts measured requests that the end of the run interrupted: they are no
    samples. The window, in seconds after the start of the run, goes from the first
    measured intended start to the end; it is empty when nothing was measured.
    """

    samples: SampleTable
    cut_off: int
    window_s: Window
    stop: StopReason
    client: ClientHealth


class CheckpointFailed(Exception):
    """The checkpoint raised, which is the cause; `outcome` holds what was measured."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("A checkpoint failed, so the run was stopped.")
        self.outcome = outcome


def run(
    target: Target,
    load: Load,
    checkpoint: Checkpoint | None = None,
    *,
    connect: Connect = Client,
) -> Outcome:
    """Measure in an event loop of its own, as a Celery task does; see `measure`.

    uvloop swallows what a signal's handler raises, such as Celery's soft time limit, so
    the load's deadline must come before it.
    """
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(measure(target, load, checkpoint, connect=connect))


async def measure(
    target: Target,
    load: Load,
    checkpoint: Checkpoint | None = None,
    *,
    connect: Connect = Client,
    every_s: float = CHECKPOINT_EVERY_S,
    grace_s: float = CHECKPOINT_GRACE_S,
) -> Outcome:
    """Run a load against a target and return every request.

    It ends when all requests have, at the load's deadline, when a sweep is
    over-saturated, or when the checkpoint says so; what is then under way is cancelled
    and counted. Raises ValueError for a load or a target that cannot be, and
    CheckpointFailed, with the outcome, when the checkpoint raised.
    """
    requester = connect(target)
    try:
        with _calm_collector():
            sending = Sending(requester, load)
            ended = asyncio.get_running_loop().create_future()
            watch = asyncio.create_task(_watch(sending, checkpoint, every_s, ended))
            try:
                return await _measured(sending, watch, ended, load.deadline_s, grace_s)
            finally:
                watch.cancel()
    finally:
        await requester.close()


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of the fastest kind that there is."""
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _measured(
    sending: Sending,
    watch: _Watch,
    ended: asyncio.Future[None],
    deadline_s: float,
    grace_s: float,
) -> Outcome:
    with LoopLag() as lag:
        stop = await _until_stopped(sending, watch, deadline_s)
    end_s = sending.elapsed_s
    ended.set_result(None)
    await asyncio.wait([watch], timeout=grace_s)
    samples = SampleTable.of(sending.samples)
    start_s = end_s if sending.measured_from_s is None else sending.measured_from_s
    said = _said(watch)
    outcome = Outcome(
        samples=samples,
        cut_off=sending.under_way,
        window_s=(start_s, end_s),
        # All may be measured, and still not be ours to write.
        stop=said if said in _FINAL else stop,
        client=judged(lag, samples),
    )
    if said is StopReason.CHECKPOINT_FAILED:
        raise CheckpointFailed(outcome) from watch.exception()
    return outcome


_FINAL = (StopReason.LOST, StopReason.CHECKPOINT_FAILED)


async def _until_stopped(
    sending: Sending, watch: _Watch, deadline_s: float
) -> StopReason:
    """Send until all is done or something stops it; nothing is under way after."""
    drive = asyncio.create_task(sending.drive())
    try:
        await asyncio.wait(
            [drive, watch], timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED
        )
        if drive.done():
            return StopReason.SATURATED if drive.result() else StopReason.COMPLETED
        return _said(watch) or StopReason.DEADLINE
    finally:
        drive.cancel()
        await asyncio.wait([drive])


async def _watch(
    sending: Sending,
    checkpoint: Checkpoint | None,
    every_s: float,
    ended: asyncio.Future[None],
) -> StopReason | None:
    """Call the checkpoint until it gives a reason to stop, or the run has ended."""
    seen = 0
    while not (await asyncio.wait([ended], timeout=every_s))[0]:
        if checkpoint is None:
            continue
        new = sending.samples[seen:]
        seen += len(new)
        if reason := await checkpoint(new, sending.progress()):
            return reason
    return None


def _said(watch: _Watch) -> StopReason | None:
    """Return the reason that the checkpoint gave to stop, if it did."""
    if not watch.done() or watch.cancelled():
        return None
    return StopReason.CHECKPOINT_FAILED if watch.exception() else watch.result()


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Keep the garbage collector from pausing the loop for long, but not from working.

    Off altogether, a long run would keep every cycle of its tasks and exceptions.
    """
    thresholds = gc.get_threshold()
    frozen_before = gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if not frozen_before:
            gc.unfreeze()
