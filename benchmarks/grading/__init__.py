"""Graders: they tell from an answer's text whether it is right, and what it says.

Pure: no framework, no clock but the limits of time on what buyers wrote.
"""

from benchmarks.grading.grades import Grade, GraderProblem, Verdict
from benchmarks.grading.grading import (
    BROUGHT,
    KINDS,
    answer_for_judge,
    can_be_asked,
    check_grader,
    grade,
    grade_of_judge,
)
from benchmarks.grading.judge import needs_judge

__all__ = [
    "BROUGHT",
    "KINDS",
    "Grade",
    "GraderProblem",
    "Verdict",
    "answer_for_judge",
    "can_be_asked",
    "check_grader",
    "grade",
    "grade_of_judge",
    "needs_judge",
]
