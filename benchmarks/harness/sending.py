"""Sends the requests of a load at their moments, and gathers what was measured."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.harness.load import Lengths, Load, Profile
from benchmarks.harness.prompts import Prompts
from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.harness.saturation import saturation
from benchmarks.harness.schedule import Stage, lengths_in_turn, stages


class Requester(Protocol):
    """What sends one request; `client.Client` does it for real.

    `intended` and `origin` (the start of the run) are moments of the running loop's
    clock. `request` raises only CancelledError: what goes wrong is in the sample.
    """

    async def request(
        self,
        *,
        prompt: str,
        lengths: Lengths,
        intended: float,
        origin: float,
        phase: int = 0,
    ) -> Sample:
        """Send a request and return what was measured."""

    async def close(self) -> None:
        """Let go of every connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is; warm-up is in none of the counts.

    `done` requests have ended, `failed` of them without a usable answer, out of `total`
    if nothing stops the run before; `under_way` have begun and not ended.
    """

    done: int
    total: int
    failed: int
    under_way: int
    phase: int
    elapsed_s: float


class Sending:
    """The requests of one run, stage after stage.

    Moments are `time.monotonic()`: it is the clock of both asyncio's and uvloop's
    loops, whose own `time()` may be a millisecond old.
    """

    def __init__(self, requester: Requester, load: Load) -> None:
        """Raise ValueError for a load that cannot be."""
        self.samples: list[Sample] = []
        self.measured_from_s: float | None = None
        self._requester = requester
        self._load = load
        self._plan = stages(load)
        self._prompts = Prompts(load)
        self._phase = self._plan[0].phase
        self._numbers = iter(range(load.warmup + load.requests))
        self._follow_ons = 0
        self._begun = self._done = self._failed = 0
        self._origin = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start of the run."""
        return time.monotonic() - self._origin

    @property
    def under_way(self) -> int:
        """Measured requests that have begun and not ended."""
        return self._begun - self._done

    def progress(self) -> Progress:
        """Return how far the run is."""
        return Progress(
            done=self._done,
            total=sum(stage.requests for stage in self._plan if stage.phase >= 0),
            failed=self._failed,
            under_way=self.under_way,
            phase=self._phase,
            elapsed_s=self.elapsed_s,
        )

    async def drive(self) -> bool:
        """Send all; return whether a sweep was saturated, and the rest left out."""
        for stage in self._plan:
            if self._saturated():
                return True
            await self._send(stage)
        return False

    def _saturated(self) -> bool:
        if self._load.profile is not Profile.SWEEP:
            return False
        return saturation(SampleTable.of(self.samples)) is not None

    async def _send(self, stage: Stage) -> None:
        self._phase = stage.phase
        self._follow_ons = stage.follow_ons
        lengths = lengths_in_turn(self._load)
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for start_s in stage.starts_s:
                # Made ahead of the moment, for a long prompt takes a while.
                call = self._next_call(lengths)
                moment = began + start_s
                await _until(moment)
                # A timer may fire early by less than its grain.
                intended = min(moment, time.monotonic())
                group.create_task(self._chain(call, intended, lengths))

    async def _chain(
        self, call: "_Call", intended: float, lengths: Iterator[Lengths]
    ) -> None:
        """Send one request, then another at each end while some are to follow on."""
        await self._request(call, intended)
        while self._follow_ons:
            self._follow_ons -= 1
            call = self._next_call(lengths)
            await self._request(call, time.monotonic())

    def _next_call(self, lengths: Iterator[Lengths]) -> "_Call":
        asked = next(lengths)
        return _Call(self._prompts.text(next(self._numbers), asked), asked)

    async def _request(self, call: "_Call", intended: float) -> None:
        phase = self._phase
        if phase >= 0:
            self._begun += 1
            if self.measured_from_s is None:
                self.measured_from_s = intended - self._origin
        sample = await self._requester.request(
            prompt=call.prompt,
            lengths=call.lengths,
            intended=intended,
            origin=self._origin,
            phase=phase,
        )
        self.samples.append(sample)
        if phase >= 0:
            self._done += 1
            self._failed += sample.failed
        if sample.failed:
            # It may have failed without waiting for anything; others want the loop too.
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class _Call:
    prompt: str
    lengths: Lengths


async def _until(moment: float) -> None:
    delay = moment - time.monotonic()
    if delay > 0:
        await asyncio.sleep(delay)
