"""What one kind of grader consists of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.grading.grades import Marker
from benchmarks.grading.parameters import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of grader.

    `marker` reads the parameters and the expected answer and returns what marks texts;
    it raises GraderProblem. `own_answer` words the expected answer as a model would:
    it must be marked right. None where there is no such wording.
    """

    marker: Callable[[Parameters, Any], Marker]
    own_answer: Callable[[Mapping[str, Any], Any], str | None]
    needs_expected: bool = True


def first_accepted(_: Mapping[str, Any], expected: Any) -> str | None:
    """Return the expected text, or the first of several."""
    first = expected[0] if isinstance(expected, list) and expected else expected
    return first if isinstance(first, str) else None
