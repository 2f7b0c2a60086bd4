"""Who moved a figure: a change shared out among its drivers by Shapley value.

The figure is a function of which drivers have already moved. A driver's share is what
its moving adds, averaged over every order in which all could have moved. Shares sum to
the whole change, a driver that moves nothing gets nothing, and no order is preferred.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import factorial, floor

Value = Callable[[frozenset[str]], Decimal]

_CENT = Decimal("0.01")


def shares(value: Value, drivers: Iterable[str]) -> dict[str, Fraction]:
    """Return each driver's exact share of value(all) - value(none).

    `value` is asked once for each of the 2 ** n subsets, so leave out drivers that
    did not change: their share is zero.
    """
    names = tuple(dict.fromkeys(drivers))
    values = _values(value, names)
    weights = _weights(len(names))
    found = {}
    for index, name in enumerate(names):
        bit = 1 << index
        added = (
            weights[subset.bit_count()] * (values[subset | bit] - before)
            for subset, before in enumerate(values)
            if not subset & bit
        )
        # Whole-number weights keep every sum exact; they are divided once.
        found[name] = sum(added, Fraction(0)) / factorial(len(names))
    return found


def _values(value: Value, names: tuple[str, ...]) -> list[Fraction]:
    """Return the value of every subset; bit i of its index stands for names[i]."""
    return [
        Fraction(
            value(
                frozenset(
                    name for index, name in enumerate(names) if subset >> index & 1
                )
            )
        )
        for subset in range(1 << len(names))
    ]


def _weights(count: int) -> list[int]:
    """Return in how many of the orders exactly `size` given drivers moved before."""
    return [factorial(size) * factorial(count - size - 1) for size in range(count)]


def shown_parts(
    parts: Mapping[str, Fraction | Decimal], total: Decimal
) -> dict[str, Decimal]:
    """Round parts to cents so that they sum to `total`, by largest remainder.

    `total` is in whole cents and less than a cent away from the exact sum. A part that
    is exactly zero stays zero. Equal remainders are settled by size, then by name,
    never by order.
    """
    exact = {name: Fraction(part) * 100 for name, part in parts.items()}
    floors = {name: floor(part) for name, part in exact.items()}
    left = int(total / _CENT) - sum(floors.values())
    moved = sorted(
        (name for name, part in exact.items() if part),
        key=lambda name: (floors[name] - exact[name], -abs(exact[name]), name),
    )
    if not 0 <= left <= len(moved):
        raise ValueError("the total is not the sum of the parts, to a cent")
    raised = set(moved[:left])
    return {name: (floors[name] + (name in raised)) * _CENT for name in parts}
