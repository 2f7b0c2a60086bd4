"""A run as its figures are condensed: its requests, and what they have in common."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from benchmarks.harness.load import Lengths
from benchmarks.harness.metrics import Window, measured, window_of
from benchmarks.harness.samples import SampleTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How requests arrived; `concurrency` and the rate are None where not asked for."""

    profile: str
    concurrency: int | None = None
    requests_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadLengths:
    """Whose lengths were asked for: a workload as it was stated in a revision."""

    id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What requests must have in common to be condensed together.

    In the token class `workload` either `workload` says whose lengths were drawn, or
    `lengths` which ones another tool asked for; both are None in the usual classes.
    `arrival` is None where another tool measured and nobody said.
    """

    service_tier: str
    token_class: str
    workload: WorkloadLengths | None
    lengths: Lengths | None
    basis: str
    arrival: Arrival | None

    @property
    def order(self) -> tuple[str | float, ...]:
        """Return what groups are sorted by."""
        workload = self.workload or WorkloadLengths(id="", revision=0)
        lengths = self.lengths or Lengths(input_tokens=0, output_tokens=0)
        arrival = self.arrival or Arrival(profile="")
        return (
            self.service_tier,
            self.token_class,
            workload.id,
            workload.revision,
            lengths.input_tokens,
            lengths.output_tokens,
            self.basis,
            arrival.profile,
            arrival.concurrency or 0,
            arrival.requests_per_second or 0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointName:
    """An endpoint, by its id and what people call it."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredRun:
    """One run and its requests; `window_s` as the run kept it, in seconds.

    `endpoint` is None for an imported run. `table` need hold no more columns than
    `metrics`, `goodput` and `parallel_ms` read.
    """

    condition: Condition
    endpoint: EndpointName | None
    finished_at: datetime
    table: SampleTable
    window_s: Window | None = None
    cut_off: int = 0

    @cached_property
    def rows(self) -> SampleTable:
        """The requests that count: no warm-up, and meant to start in the window."""
        return measured(self.table, self.window_s)

    @property
    def seconds(self) -> float:
        """How long requests were measured."""
        start, end = self.window_s or window_of(self.table)
        return end - start

    @property
    def day(self) -> date:
        """The UTC day on which the run ended."""
        return self.finished_at.astimezone(UTC).date()
