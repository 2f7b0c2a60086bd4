"""The changes of a series, decided run by run and never rewritten."""

import math
from collections.abc import Iterable
from itertools import chain

from benchmarks.detection.error_rates import ErrorRateChart
from benchmarks.detection.levels import LevelChart
from benchmarks.detection.runs import ERROR_RATE, Change, Direction, Moment, RunFigures
from benchmarks.detection.windows import Step


class Monitor:
    """Takes the runs of one series one by one and says what each one confirms."""

    def __init__(self) -> None:
        """Start before the first run."""
        self._moments: list[Moment] = []
        self._levels: dict[str, LevelChart] = {}
        self._error_rate = ErrorRateChart()

    def observe(self, run: RunFigures) -> tuple[Change, ...]:
        """Return the changes that this run confirms: times by name, then errors.

        Raises:
            ValueError: the run is earlier than the one before.
        """
        if self._moments and not run.at >= self._moments[-1]:  # type: ignore[operator]
            raise ValueError(f"run at {run.at} comes after one at {self._moments[-1]}")
        index = len(self._moments)
        self._moments.append(run.at)
        steps = []
        for figure, value in sorted(run.figures.items()):
            if not math.isnan(value):
                chart = self._levels.setdefault(figure, LevelChart())
                steps.append((figure, chart.observe(index, value)))
        if run.requests:
            errors = self._error_rate.observe(index, run.errors, run.requests)
            steps.append((ERROR_RATE, errors))
        return tuple(self._change(name, index, step) for name, step in steps if step)

    def _change(self, figure: str, detected: int, step: Step) -> Change:
        began = step.rests_on_after[0]
        return Change(
            figure=figure,
            direction=Direction.UP if step.rising else Direction.DOWN,
            began_index=began,
            began_at=self._moments[began],
            detected_index=detected,
            detected_at=self._moments[detected],
            before=step.before,
            after=step.after,
            ratio=step.after / step.before if step.before else None,
            score=step.score,
            threshold=step.threshold,
            rests_on_before=step.rests_on_before,
            rests_on_after=step.rests_on_after,
        )


def detect(runs: Iterable[RunFigures]) -> tuple[Change, ...]:
    """Return the changes of one series, in the order in which they were confirmed.

    A fold over the runs: what is known after run i rests on runs 0 to i alone, so more
    runs can add changes but not alter any. It must be given the same first run each
    time: all runs of the series, not the last few.

    Raises:
        ValueError: the runs are not in order of time.
    """
    monitor = Monitor()
    return tuple(chain.from_iterable(monitor.observe(run) for run in runs))
