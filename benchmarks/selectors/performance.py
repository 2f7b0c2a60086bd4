"""Reads the runs that speak for an offering, as they were known at a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.fields.json import KeyTransform

from benchmarks.fields import Cardinality
from benchmarks.harness.load import WORKLOAD, Lengths, Profile
from benchmarks.harness.metrics import LATENCIES, TOKEN_COUNTS
from benchmarks.harness.samples import SampleTable
from benchmarks.measured_runs import (
    Arrival,
    Condition,
    EndpointName,
    MeasuredRun,
    WorkloadLengths,
)
from benchmarks.models import Basis, BenchmarkRun, RunStatus
from benchmarks.models.runs import FINAL
from catalog.models import Offering

# About 15 MB as arrays; a month of a plan with the usual cadence has 14,400.
MOST_REQUESTS = 250_000
# Rows in memory at once as Python's own numbers, which take eight times the space.
CHUNK = 20
FIGURES_READ = (
    *("intended_s", "phase", "late_ms", "throttled_ms"),
    *LATENCIES,
    *TOKEN_COUNTS,
)
ASKED_READ = ("profile", "concurrency", "requests_per_second", "lengths")
WORDS_READ = ("error", "served_model")
ENDED = (
    *(RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.CANCELLED),
)
# Those that feed advice, and imported ones that nothing speaks against.
COUNTED = Q(
    Q(feeds_advice=True) | Q(basis=Basis.IMPORTED, not_fed_because=""),
    status__in=FINAL,
    finished_at__isnull=False,
    received_at__isnull=False,
)
# Why a closed run does not count; empty for one that does.
WHY_LEFT_OUT = Case(
    When(COUNTED, then=Value("")),
    When(~Q(not_fed_because=""), then=F("not_fed_because")),
    When(status__in=[RunStatus.FAILED, RunStatus.CANCELLED], then=F("status")),
    # Of another tool whose results bear no date.
    When(finished_at__isnull=True, then=Value("unknown_time")),
    default=Value("not_for_advice"),
    output_field=CharField(),
)


class TooManyRequests(Exception):
    """A window holds more requests than are condensed at once."""

    def __init__(self, requests: int) -> None:
        super().__init__(
            f"There are {requests:,} requests in it, and {MOST_REQUESTS:,} at most are"
            " condensed at once: ask for a shorter window, or name a token_class or"
            " service_tier."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Runs that ended after `since` and by `as_of`, as far as was known by then."""

    since: datetime
    as_of: datetime

    def contains(self) -> Q:
        """Return the condition; a run that never began has no end but its closing."""
        ended = Q(finished_at__gt=self.since, finished_at__lte=self.as_of) | Q(
            finished_at__isnull=True,
            closed_at__gt=self.since,
        )
        known = Q(received_at__isnull=True) | Q(received_at__lte=self.as_of)
        return ended & known & Q(closed_at__lte=self.as_of)


def runs_within(
    runs: "QuerySet[BenchmarkRun]",
    *,
    offering: Offering,
    span: Span,
    only: Mapping[str, str],
) -> "QuerySet[BenchmarkRun]":
    """Keep an offering's closed runs of a span; `only` are fields and their values."""
    return runs.filter(
        span.contains(), offering=offering, status__in=ENDED, **only
    ).order_by()


def left_out(runs: "QuerySet[BenchmarkRun]") -> dict[str, int]:
    """Return how many closed runs do not count, by reason, in one query.

    Raises `TooManyRequests` if those that do have more than can be condensed.
    """
    rows = runs.values(why=WHY_LEFT_OUT).annotate(
        runs=Count("pk"), requests=Sum(Cardinality(F("intended_s")))
    )
    found = {row["why"]: row for row in rows}
    counted = found.pop("", None)
    if counted and counted["requests"] > MOST_REQUESTS:
        raise TooManyRequests(counted["requests"])
    return {why: found[why]["runs"] for why in sorted(found)}


def measured_runs(runs: "QuerySet[BenchmarkRun]") -> Iterator[MeasuredRun]:
    """Read the runs that count in one query, oldest first, with the columns needed."""
    rows = (
        runs.filter(COUNTED)
        .order_by("finished_at", "pk")
        .values(
            *("service_tier", "token_class", "basis"),
            *("endpoint_id", "endpoint__name", "finished_at", "cut_off"),
            *("window_start_s", "window_end_s", *FIGURES_READ, *WORDS_READ),
            **{name: KeyTransform(name, "asked") for name in ASKED_READ},
            workload=KeyTransform("id", KeyTransform("workload", "asked")),
            revision=KeyTransform("revision", KeyTransform("workload", "asked")),
        )
    )
    return map(_measured_run, rows.iterator(chunk_size=CHUNK))


def _measured_run(row: Mapping[str, Any]) -> MeasuredRun:
    endpoint = row["endpoint_id"]
    window_s = (row["window_start_s"], row["window_end_s"])
    return MeasuredRun(
        condition=_condition(row),
        endpoint=endpoint
        and EndpointName(id=str(endpoint), name=row["endpoint__name"]),
        finished_at=row["finished_at"],
        table=SampleTable(
            figures={name: np.array(row[name], np.float32) for name in FIGURES_READ},
            words={name: tuple(row[name]) for name in WORDS_READ},
        ),
        window_s=None if None in window_s else window_s,
        cut_off=row["cut_off"],
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(
        service_tier=row["service_tier"],
        token_class=row["token_class"],
        workload=None
        if row["workload"] is None
        else WorkloadLengths(id=row["workload"], revision=row["revision"]),
        lengths=_lengths(row),
        basis=row["basis"],
        arrival=_arrival(row),
    )


def _lengths(row: Mapping[str, Any]) -> Lengths | None:
    """Return the lengths that another tool asked for, where they are of no class."""
    asked = row["lengths"] or []
    if row["token_class"] != WORKLOAD or len(asked) != 1:
        return None
    ((input_tokens, output_tokens),) = asked
    return Lengths(input_tokens=input_tokens, output_tokens=output_tokens)


def _arrival(row: Mapping[str, Any]) -> Arrival | None:
    """Return how requests arrived, without what its profile does not heed."""
    profile = row["profile"]
    if profile is None:
        return None
    rate = row["requests_per_second"]
    return Arrival(
        profile=profile,
        concurrency=row["concurrency"] if profile == Profile.CONCURRENT else None,
        requests_per_second=rate if profile == Profile.POISSON else None,
    )
