"""Holds the rows of several models against each other, known ones and new ones."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.importers.alignment import SMALL, Alignment, Correlation, check
from benchmarks.selectors.known_outcomes import KnownOutcomes


def alignment_of(known: Sequence[KnownOutcomes], items: int) -> Alignment:
    """Return how the scores of subjects go together on a set of so many items."""
    names = [each.label for each in known]
    if not known:
        return Alignment(pairs=(), strays=())
    return check(names, np.array([each.item_means(items) for each in known]))


def flags_of(strays: Iterable[Correlation]) -> list[dict[str, Any]]:
    """Return what strays are, as a run's source and the API have it."""
    return [
        {
            "code": "unaligned",
            "models": list(each.models),
            "others": list(each.others),
            "items": each.items,
            "correlation": round(each.correlation, 4),
            "low": round(each.low, 4),
            "high": round(each.high, 4),
            "detail": (
                f"The errors of {', '.join(each.models)} have nothing in common with"
                f" those of {', '.join(each.others)} on {each.items} common items: the"
                f" correlation is {each.correlation:.2f}, below {SMALL} for sure. Check"
                " that `item` names the same question for every model."
            ),
        }
        for each in strays
    ]
