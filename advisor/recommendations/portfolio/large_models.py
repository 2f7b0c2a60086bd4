"""What do our large models earn us? Their spend above the smallest that would do."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from advisor.recommendations.portfolio.lines import Line, known, money

Json = dict[str, Any]

_WHOLE_FROM = 100
_EITHER = "large or undisclosed"


def large_models_of(lines: Sequence[Line]) -> Json:
    """Return what large models, and those of undisclosed size, cost above smaller ones.

    Only a smaller option that is cheaper counts: a dearer one takes nothing off.
    """
    large = [line for line in lines if line.is_large]
    above = [line for line in large if (line.above_smallest or 0) > 0]
    return {
        "amount_monthly": money(known(line.above_smallest for line in above)),
        "workloads": [str(line.workload.pk) for line in large],
        "sentence": _sentence(large, above),
    }


def _sentence(large: Sequence[Line], above: Sequence[Line]) -> str:
    if not large:
        return "No large model is in use."
    parts = [_cost(large, above)] if above else []
    without = [line for line in large if line.smallest is None]
    unknown = [line for line in large if line not in without and _is_unknown(line)]
    cheap = [line for line in large if line not in (*above, *without, *unknown)]
    if without:
        parts.append(f"at {_names(without)} no smaller one would do")
    if cheap:
        parts.append(f"at {_names(cheap)} no smaller one would cost less")
    if unknown:
        parts.append(f"at {_names(unknown)} a price is unknown")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _cost(large: Sequence[Line], above: Sequence[Line]) -> str:
    kind = "large" if all(line.band == "large" for line in large) else _EITHER
    amount = _readable(known(line.above_smallest for line in above))
    return (
        f"{_which(len(above), len(large), kind)} {amount} a month"
        " above the smallest option that would do"
    )


def _which(some: int, count: int, kind: str) -> str:
    if count == 1:
        return f"your {kind} model costs"
    if some == count:
        return f"your {count} {kind} models cost"
    return f"{some} of your {count} {kind} models {'costs' if some == 1 else 'cost'}"


def _is_unknown(line: Line) -> bool:
    return line.above_smallest is None


def _names(lines: Sequence[Line]) -> str:
    names = [line.workload.name for line in lines]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _readable(amount: Decimal) -> str:
    return f"{amount:,.0f} USD" if amount >= _WHOLE_FROM else f"{amount:,.2f} USD"
