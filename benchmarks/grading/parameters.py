"""Reads the parameters of a grader: each refusal names the field and the remedy."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from benchmarks.grading.grades import GraderProblem

LONGEST_TEXT = 20_000
MOST_TEXTS = 200


class Parameters:
    """The parameters of one grader; what nobody asked for is unknown.

    `within` is the field that they stand under, for messages.
    """

    def __init__(self, given: Mapping[str, Any], within: str = "grader") -> None:
        """Take the grader as it was stated."""
        self._given = given
        self._within = within
        self._known = {"kind", "after"}

    def problem(self, name: str, detail: str) -> GraderProblem:
        """Return what is wrong with a parameter."""
        return GraderProblem(f"{self._within}.{name}", detail)

    def raw(self, name: str) -> Any:
        """Return a parameter as it was stated, None where it was not."""
        self._known.add(name)
        return self._given.get(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.problem(name, "must be true or false")
        return value

    def word(self, name: str, among: Collection[str], *, default: str) -> str:
        """Return one of some words."""
        value = self.raw(name)
        if value is None:
            return default
        if value not in among:
            raise self.problem(name, f"must be one of {', '.join(among)}")
        return str(value)

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text, empty where none was stated."""
        value = self.raw(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise self.problem(name, "must be a text that is not empty")
        if len(value) > longest:
            raise self.problem(name, f"must have at most {longest:,} characters")
        return value

    def needed_text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text that has to be stated."""
        found = self.text(name, longest=longest)
        if not found:
            raise self.problem(name, "is missing: state it as a text")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts that has to be stated; one text is a list of one."""
        value = self.raw(name)
        try:
            return texts_of(value)
        except ValueError as error:
            raise self.problem(name, str(error)) from None

    def figure(self, name: str, *, default: float = 0.0, most: float = 1e300) -> float:
        """Return a number from 0 to `most`."""
        value = self.raw(name)
        if value is None:
            return default
        if not is_figure(value) or not 0 <= value <= most:
            raise self.problem(name, f"must be a number from 0 to {most:g}")
        return float(value)

    def count(self, name: str, *, most: int = 100_000) -> int | None:
        """Return a whole number from 0 to `most`, None where none was stated."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.problem(name, "must be a whole number")
        if not 0 <= value <= most:
            raise self.problem(name, f"must be from 0 to {most:,}")
        return value

    def refuse_unknown(self) -> None:
        """Raise GraderProblem for a parameter that nobody asked for."""
        for name in self._given:
            if name not in self._known:
                known = ", ".join(sorted(self._known - {"kind"}))
                raise self.problem(
                    str(name), f"is unknown: leave it out, or use one of {known}"
                )


def texts_of(value: Any) -> tuple[str, ...]:
    """Return a text or a list of texts as a tuple; raise ValueError with a remedy."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found:
        raise ValueError("must be a text or a list of texts")
    if len(found) > MOST_TEXTS:
        raise ValueError(f"must have at most {MOST_TEXTS} texts")
    for each in found:
        if not isinstance(each, str) or not each.strip():
            raise ValueError("must hold texts that are not empty")
        if len(each) > LONGEST_TEXT:
            raise ValueError(f"must hold texts of at most {LONGEST_TEXT:,} characters")
    return tuple(found)


def is_figure(value: Any) -> bool:
    """Return whether a value is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def expected_texts(expected: Any) -> tuple[str, ...]:
    """Return the accepted answers; raise GraderProblem."""
    try:
        return texts_of(expected)
    except ValueError as error:
        raise GraderProblem("expected", str(error)) from None
