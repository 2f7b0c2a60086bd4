"""`constraints`: instructions whose keeping can be checked without understanding."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.grading.constraint_rules import RULES, Rule
from benchmarks.grading.families import Family, first_accepted
from benchmarks.grading.grades import GraderProblem, Mark, Marker
from benchmarks.grading.parameters import Parameters
from benchmarks.grading.spelling import spelled

MOST_RULES = 20


def constraints_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark a text by the `rules` it keeps: all of them, or with `partial` their share.

    `expected` may be left out; given, it is an answer that keeps them all.
    """
    rules = _rules(parameters)
    partial = parameters.flag("partial")
    if expected is not None and not isinstance(expected, str):
        raise GraderProblem(
            "expected", "must be an answer that keeps all rules, or be left out"
        )

    def mark(text: str) -> Mark:
        broken = [name for name, keeps in rules if not keeps(text)]
        kept = len(rules) - len(broken)
        return Mark(
            score=kept / len(rules) if partial else float(not broken),
            answer=spelled(text),
            why=f"It breaks {', '.join(broken)}." if broken else "It keeps every rule.",
            firm=not broken,
        )

    return mark


def _rules(parameters: Parameters) -> list[tuple[str, Callable[[str], bool]]]:
    stated = parameters.raw("rules")
    if not isinstance(stated, list) or not 1 <= len(stated) <= MOST_RULES:
        raise parameters.problem(
            "rules", f"must be a list of 1 to {MOST_RULES} rules, each an object"
        )
    return [_rule(each, at) for at, each in enumerate(stated)]


def _rule(stated: Any, at: int) -> tuple[str, Callable[[str], bool]]:
    within = f"grader.rules.{at}"
    name = stated.get("rule") if isinstance(stated, Mapping) else None
    build: Rule | None = RULES.get(name) if isinstance(name, str) else None
    if build is None:
        raise GraderProblem(f"{within}.rule", f"must be one of {', '.join(RULES)}")
    parameters = Parameters(stated, within)
    parameters.raw("rule")
    keeps = build(parameters)
    parameters.refuse_unknown()
    return str(name), keeps


CONSTRAINTS = Family(
    marker=constraints_marker, own_answer=first_accepted, needs_expected=False
)
