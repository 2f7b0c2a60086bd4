"""What the runs of an offering say together: exact figures over any window. Pure.

Only requests under one condition are condensed together: an answer of 1,500 tokens, or
one beside thirty others, says nothing of a short one that had the endpoint to itself.
Percentiles are those of all requests at once, never an average of percentiles.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

import numpy as np

from benchmarks.harness.goodput import Goodput, Limits, goodput
from benchmarks.harness.intervals import Share, wilson
from benchmarks.harness.metrics import (
    Metrics,
    Percentile,
    Percentiles,
    Verdict,
    metrics,
    percentiles,
    verdict,
)
from benchmarks.harness.parallel_calls import parallel_ms
from benchmarks.harness.samples import SampleTable
from benchmarks.measured_runs import Condition, EndpointName, MeasuredRun

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked beside the figures; `parallel` are numbers of calls."""

    limits: Limits = field(default_factory=Limits)
    parallel: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What was answered per second of measurement; None is unknown."""

    requests_per_second: float | None
    output_tokens_per_second: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What some runs say together.

    `metrics` are those of all their requests at once, but for its window and rates,
    which mean nothing over several runs: `throughput` has the rates.
    """

    runs: int
    cut_off: int
    first_finished_at: datetime
    last_finished_at: datetime
    metrics: Metrics
    throughput: Throughput
    errors_by_kind: dict[str, Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitVerdict:
    """Whether the 95th percentile, at which workloads state limits, keeps to one."""

    figure: str
    limit_ms: float
    tested: Percentile
    verdict: Verdict


class NoParallelCalls(StrEnum):
    """Why nothing can be said of calls in parallel."""

    NONE_OVERLAPPED = (
        "none_overlapped"  # never so many at once, as far as starts are known
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelCalls:
    """The latency of the slowest of `calls` requests that really ran concurrently.

    Each request counts in one group only, so that the groups carry their percentiles.
    """

    calls: int
    request_ms: Percentiles | None
    withheld: NoParallelCalls | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The runs that ended on a UTC day; medians in milliseconds, None if unknown."""

    date: date
    runs: int
    requests: int
    ttft_ms_p50: float | None
    tpot_ms_p50: float | None
    request_ms_p50: float | None
    errors: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEndpoint:
    """The part of a group that was measured at one endpoint."""

    endpoint: EndpointName
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What was measured under one condition.

    `goodput` is None without limits; `by_endpoint` is empty where there is but one.
    """

    condition: Condition
    figures: Figures
    goodput: Goodput | None
    verdicts: tuple[LimitVerdict, ...]
    parallel: tuple[ParallelCalls, ...]
    by_day: tuple[Day, ...]
    by_endpoint: tuple[OfEndpoint, ...]


def performance(
    runs: Iterable[MeasuredRun], question: Question | None = None
) -> tuple[Performance, ...]:
    """Condense runs by condition, in the order of the conditions' names."""
    groups = _grouped(runs, lambda run: run.condition)
    ordered = sorted(groups.items(), key=lambda group: group[0].order)
    return tuple(
        _performance(condition, alike, question or Question())
        for condition, alike in ordered
    )


def figures(runs: Sequence[MeasuredRun]) -> Figures:
    """Return what runs under one condition say together; there must be one."""
    found = metrics(SampleTable.joined([run.rows for run in runs]))
    finished = [run.finished_at for run in runs]
    return Figures(
        runs=len(runs),
        cut_off=sum(run.cut_off for run in runs),
        first_finished_at=min(finished),
        last_finished_at=max(finished),
        metrics=found,
        throughput=throughput(runs),
        errors_by_kind={
            kind: wilson(count, found.requests)
            for kind, count in sorted(found.errors_by_kind.items())
        },
    )


def throughput(runs: Iterable[MeasuredRun]) -> Throughput:
    """Return answers and output tokens per second, over the seconds of all runs.

    A run in which the tokens of an answer are unknown is left out of their rate, and
    one in which no start is known, as in some imported ones, is left out of both.
    """
    seconds = answers = token_seconds = tokens = 0.0
    for run in runs:
        if not run.seconds:
            continue
        answered = run.rows["output_tokens"][~run.rows.failed]
        seconds += run.seconds
        answers += len(answered)
        if not np.isnan(answered).any():
            token_seconds += run.seconds
            tokens += float(answered.sum(dtype=np.float64))
    return Throughput(
        requests_per_second=answers / seconds if seconds else None,
        output_tokens_per_second=tokens / token_seconds if token_seconds else None,
    )


def parallel_calls(runs: Iterable[MeasuredRun], calls: int) -> ParallelCalls:
    """Return the slowest of several concurrent requests, each run by itself."""
    slowest = [parallel_ms(run.rows, calls, apart=True) for run in runs]
    together = np.concatenate(slowest)
    if not len(together):
        return ParallelCalls(
            calls=calls, request_ms=None, withheld=NoParallelCalls.NONE_OVERLAPPED
        )
    return ParallelCalls(calls=calls, request_ms=percentiles(together), withheld=None)


def _performance(
    condition: Condition, runs: Sequence[MeasuredRun], question: Question
) -> Performance:
    found = figures(runs)
    return Performance(
        condition=condition,
        figures=found,
        goodput=_goodput(runs, question.limits),
        verdicts=tuple(_verdicts(found.metrics, question.limits)),
        parallel=tuple(parallel_calls(runs, calls) for calls in question.parallel),
        by_day=tuple(
            _day(day, of_day)
            for day, of_day in sorted(_grouped(runs, lambda run: run.day).items())
        ),
        by_endpoint=_by_endpoint(runs),
    )


def _goodput(runs: Sequence[MeasuredRun], limits: Limits) -> Goodput | None:
    if not limits.stated():
        return None
    return goodput(
        SampleTable.joined([run.rows for run in runs]),
        limits,
        cut_off=sum(run.cut_off for run in runs),
    )


def _verdicts(found: Metrics, limits: Limits) -> Iterable[LimitVerdict]:
    for name, limit_ms in limits.stated().items():
        tested = found.latencies[name].p95
        yield LimitVerdict(
            figure=name,
            limit_ms=limit_ms,
            tested=tested,
            verdict=verdict(tested, limit_ms),
        )


def _day(day: date, runs: Sequence[MeasuredRun]) -> Day:
    found = metrics(SampleTable.joined([run.rows for run in runs]))
    return Day(
        date=day,
        runs=len(runs),
        requests=found.requests,
        ttft_ms_p50=found.latencies["ttft_ms"].p50.value,
        tpot_ms_p50=found.latencies["tpot_ms"].p50.value,
        request_ms_p50=found.latencies["request_ms"].p50.value,
        errors=found.errors,
    )


def _by_endpoint(runs: Sequence[MeasuredRun]) -> tuple[OfEndpoint, ...]:
    groups = _grouped(runs, lambda run: run.endpoint)
    if len(groups) < 2:
        return ()
    named = [(name, alike) for name, alike in groups.items() if name is not None]
    named.sort(key=lambda group: (group[0].name, group[0].id))
    return tuple(
        OfEndpoint(endpoint=endpoint, figures=figures(alike))
        for endpoint, alike in named
    )


def _grouped(
    runs: Iterable[MeasuredRun], key: Callable[[MeasuredRun], Key]
) -> dict[Key, list[MeasuredRun]]:
    groups: dict[Key, list[MeasuredRun]] = defaultdict(list)
    for run in runs:
        groups[key(run)].append(run)
    return groups
