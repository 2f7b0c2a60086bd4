"""What goes into change detection, and what comes out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ERROR_RATE = "error_rate"
Moment = datetime | float


class Direction(StrEnum):
    """Which way a figure went; for times and errors alike, up is worse."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """One run of a series: an endpoint at a token class.

    `at` is a moment or any number that grows with time. `figures` are positive and one
    per run, such as `ttft_ms_p50`; one that is absent or NaN was not measured. `errors`
    counts the failed ones among the run's `requests`.
    """

    at: Moment
    figures: Mapping[str, float]
    requests: int = 0
    errors: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot have been measured.

        Raises:
            ValueError: a figure is zero, negative or infinite, its name is
                `error_rate`, or the errors are negative or more than the requests.
        """
        for name, value in self.figures.items():
            if name == ERROR_RATE:
                raise ValueError("error_rate comes from errors and requests")
            if value <= 0 or math.isinf(value):
                raise ValueError(f"{name} must be positive and finite, not {value}")
        if not 0 <= self.errors <= self.requests:
            raise ValueError(f"{self.errors} errors in {self.requests} requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure's lasting step, as known at the run where it was detected.

    `before` and `after` are geometric means over the runs in `rests_on_before` and
    `rests_on_after` with single outliers pulled in, or for `error_rate` the pooled
    rates; `ratio` is after to before, None when nothing failed before. `score` is the
    evidence in standard deviations; it exceeded `threshold`. Indices count the runs
    given, from 0.
    """

    figure: str
    direction: Direction
    began_index: int
    began_at: Moment
    detected_index: int
    detected_at: Moment
    before: float
    after: float
    ratio: float | None
    score: float
    threshold: float
    rests_on_before: tuple[int, ...]
    rests_on_after: tuple[int, ...]
