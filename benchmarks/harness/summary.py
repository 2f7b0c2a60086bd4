"""A run in brief: what is kept beside its samples and shown in API and admin."""

from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.harness.goodput import Goodput, Limits, goodput
from benchmarks.harness.load import Load, Profile
from benchmarks.harness.loop_lag import ClientHealth
from benchmarks.harness.metrics import (
    Metrics,
    Window,
    measured,
    metrics,
    phase_of,
    window_of,
)
from benchmarks.harness.samples import SampleTable
from benchmarks.harness.saturation import Saturation, phases, saturation
from benchmarks.harness.schedule import concurrencies

# Raised when a name in the summary changes or takes another meaning.
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One step of a sweep; `concurrency` is None where the load is not known."""

    phase: int
    concurrency: int | None
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run in brief; None is unknown, withheld or not applicable.

    `metrics` and `goodput` are those of the one load that was measured. A sweep
    measures several, whose mixture means nothing: it has `phases` instead, and
    `saturation` where it went so far. `client` is None for an imported run.
    """

    version: int
    requests: int
    warmup: int
    failed: int
    cut_off: int
    window_s: Window
    client: ClientHealth | None
    metrics: Metrics | None
    goodput: Goodput | None
    phases: tuple[Phase, ...]
    saturation: Saturation | None

    def as_json(self) -> dict[str, Any]:
        """Return dicts, tuples, strings, numbers and None: what JSON can hold."""
        return asdict(self)


def summary(
    table: SampleTable,
    *,
    window_s: Window | None = None,
    cut_off: int = 0,
    client: ClientHealth | None = None,
    load: Load | None = None,
    limits: Limits | None = None,
) -> Summary:
    """Condense the samples of one run; `limits` are those that goodput is asked for."""
    window = window_of(table) if window_s is None else window_s
    rows = measured(table, window)
    sweep = load.profile is Profile.SWEEP if load else phases(rows) > 1
    limited = client is not None and client.client_limited
    return Summary(
        version=VERSION,
        requests=len(rows),
        warmup=int((table["phase"] < 0).sum()),
        failed=int(rows.failed.sum()),
        cut_off=cut_off,
        window_s=window,
        client=client,
        metrics=None if sweep else metrics(rows, window),
        goodput=None
        if sweep or limits is None
        else goodput(rows, limits, cut_off=cut_off, client_limited=limited),
        phases=_phases(rows, load) if sweep else (),
        saturation=saturation(rows) if sweep else None,
    )


def _phases(rows: SampleTable, load: Load | None) -> tuple[Phase, ...]:
    steps = dict(enumerate(concurrencies(load))) if load else {}
    return tuple(
        Phase(
            phase=phase,
            concurrency=steps.get(phase),
            metrics=metrics(phase_of(rows, phase)),
        )
        for phase in range(phases(rows))
    )
