"""Compares two JSON values, value by value."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks.grading.spelling import spelled

# In any order each value is compared with each; of more pairs the order counts.
MOST_PAIRS = 250_000
_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What counts as the same; `tolerances` are by path, "*" for any place in a list.

    A path may be the last name alone: "total" holds wherever a member is called so.
    """

    subset: bool
    ignore_case: bool
    any_order: bool
    tolerance: Decimal
    tolerances: Mapping[str, Decimal]

    def slack(self, path: _Path) -> Decimal:
        """Return by how much the number at a path may be off."""
        last = next((name for name in reversed(path) if name != "*"), "")
        for name in (".".join(path), last):
            if name in self.tolerances:
                return self.tolerances[name]
        return self.tolerance


def compared(
    wanted: Any, found: Any, comparison: Comparison, path: _Path = ()
) -> tuple[int, int]:
    """Return how many values are right, of how many.

    Missing ones count, and so do surplus ones, but for members of a subset.
    """
    if isinstance(wanted, dict) and isinstance(found, dict):
        return _objects(wanted, found, comparison, path)
    if isinstance(wanted, list) and isinstance(found, list):
        return _lists(wanted, found, comparison, path)
    if isinstance(wanted, dict | list):
        return 0, _size(wanted)
    return int(_same(wanted, found, comparison, path)), 1


def _objects(
    wanted: dict[str, Any], found: dict[str, Any], comparison: Comparison, path: _Path
) -> tuple[int, int]:
    parts = [
        compared(value, found[name], comparison, (*path, name))
        if name in found
        else (0, _size(value))
        for name, value in wanted.items()
    ]
    surplus = 0 if comparison.subset else len(found.keys() - wanted.keys())
    return _together(parts, surplus, empty=not wanted)


def _lists(
    wanted: list[Any], found: list[Any], comparison: Comparison, path: _Path
) -> tuple[int, int]:
    below = (*path, "*")
    left = list(found)
    any_order = comparison.any_order and _size(wanted) * _size(found) <= MOST_PAIRS
    parts = []
    for value in wanted:
        if not left:
            parts.append((0, _size(value)))
            continue
        tried = [
            compared(value, each, comparison, below)
            for each in (left if any_order else left[:1])
        ]
        best = max(range(len(tried)), key=lambda at: tried[at][0] - tried[at][1])
        parts.append(tried[best])
        del left[best]
    return _together(parts, len(left), empty=not wanted)


def _together(
    parts: list[tuple[int, int]], surplus: int, *, empty: bool
) -> tuple[int, int]:
    """Add up; an empty object or list is one value, right when nothing is surplus."""
    right = sum(each for each, _ in parts) + (empty and not surplus)
    return right, sum(total for _, total in parts) + surplus + (empty and not surplus)


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_size, value.values())) or 1
    return (sum(map(_size, value)) or 1) if isinstance(value, list) else 1


def _same(wanted: Any, found: Any, comparison: Comparison, path: _Path) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | Decimal) and isinstance(found, int | Decimal):
        return abs(Decimal(wanted) - Decimal(found)) <= comparison.slack(path)
    if isinstance(wanted, str) and isinstance(found, str):
        same = spelled(wanted, ignore_case=comparison.ignore_case)
        return same == spelled(found, ignore_case=comparison.ignore_case)
    return wanted is None and found is None
