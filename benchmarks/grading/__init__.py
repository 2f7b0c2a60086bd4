"""Graders: they tell from an answer's text whether it is right, and what it says.

Pure: no framework, no clock but the limits of time on what buyers wrote.
"""

from benchmarks.grading.grades import Grade, GraderProblem, Verdict
from benchmarks.grading.grading import (
    BROUGHT,
    KINDS,
    can_be_asked,
    check_grader,
    grade,
)

__all__ = [
    "BROUGHT",
    "KINDS",
    "Grade",
    "GraderProblem",
    "Verdict",
    "can_be_asked",
    "check_grader",
    "grade",
]
