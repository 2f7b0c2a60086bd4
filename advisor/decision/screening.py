"""What was held against every option: reasons as bits, limits, values and margins."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.normal import normal_cdf
from advisor.decision.quality import Threshold
from advisor.decision.reasons import BIT, Reason

Shown = float | str | bool | None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A limit and, by slot, the value held against it; as the buyer reads them."""

    limit: Callable[[int], Shown]
    value: Callable[[int], Shown]


@dataclass(kw_only=True)
class Screening:
    """The outcome by slot: a mask of reasons (zero is feasible) and probabilities.

    `quality_met` is the probability that the floor is met, `latency_margin` by how many
    deviations the limits on latency are; None where the buyer states none.
    """

    masks: Ints
    refusals: dict[Reason, Refusal] = field(default_factory=dict)
    threshold: Threshold | None = None
    quality_met: Floats | None = None
    latency_margin: Floats | None = None

    @cached_property
    def latency_met(self) -> Floats | None:
        """The probability that every limit on latency is met, None without limits."""
        if self.latency_margin is None:
            return None
        return normal_cdf(self.latency_margin)

    def refuse(
        self,
        reason: Reason,
        where: Bools,
        *,
        limit: Shown | Floats = None,
        value: Callable[[int], Shown] = lambda _: None,
    ) -> None:
        """Set a reason wherever `where` says so; a limit may differ by slot."""
        stated = number(limit) if isinstance(limit, np.ndarray) else always(limit)
        # A product is much quicker here than a masked assignment.
        self.masks |= where * BIT[reason]
        self.refusals[reason] = Refusal(limit=stated, value=value)


def always(value: Shown) -> Callable[[int], Shown]:
    return lambda _: value


def number(values: Floats) -> Callable[[int], Shown]:
    """Return a reader of one slot's number; NaN reads as unknown."""

    def read(slot: int) -> Shown:
        value = float(values[slot])
        return None if np.isnan(value) else value

    return read
