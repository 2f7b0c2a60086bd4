"""How an offering is run when one call is not enough: votes, cascades and the like."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.latency import Latency
from advisor.decision.question import OptionKey, StageKey
from advisor.decision.spend import Spend
from advisor.decision.view import View

SINGLE = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Calls of one slot: up to `samples`, of which `accept` must agree to be taken.

    `multiple` is what they cost in the end, as a multiple of one single call of every
    request at the slot; `calls` is how many there are of a request on average. Both
    were measured: few requests escalate, and a vote that is decided ends early.
    """

    slot: int
    samples: int
    accept: int | None
    multiple: float
    calls: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to run one slot or two; `slowdown` multiplies the first one's latency."""

    kind: str
    stages: tuple[Stage, ...]
    slowdown: float = 1.0

    @property
    def lead(self) -> int:
        """The slot that is asked first."""
        return self.stages[0].slot

    def sum_of(self, rows: Floats) -> Floats:
        """Return what the stages come to, of spend by slot (and further axes)."""
        total: Floats = np.sum(
            [stage.multiple * rows[stage.slot] for stage in self.stages], axis=0
        )
        return total


Ways = Mapping[int, Way]  # by the slot that leads
NO_WAYS: Ways = {}


def spend_of_ways(spend: Spend, ways: Ways) -> Spend:
    """Return the spend with each way's in the place of its lead's single call.

    Token counts of the stages err together at most: the deviation is the larger one.
    """
    if not ways:
        return spend
    amounts = ("per_request", "list_per_request", "monthly", "list_monthly")
    deviations = ("tokenizer_ln_sd", "hidden_ln_sd")
    columns = {name: getattr(spend, name).copy() for name in (*amounts, *deviations)}
    known = spend.tokens_known.copy()
    for lead, way in ways.items():
        slots = [stage.slot for stage in way.stages]
        for name in amounts:
            columns[name][lead] = way.sum_of(getattr(spend, name))
        for name in deviations:
            columns[name][lead] = getattr(spend, name)[slots].max()
        known[lead] = spend.tokens_known[slots].all()
    return replace(spend, tokens_known=known, **columns)


def latency_of_ways(latency: Latency, ways: Ways) -> Latency:
    """Return the latency with that of ways in; nothing of one shows before its end."""
    if not ways:
        return latency
    request = latency.request_ms_p95.copy()
    start = latency.ttft_ms_p95.copy()
    for lead, way in ways.items():
        request[lead] *= way.slowdown
        start[lead] = request[lead]
    return replace(latency, ttft_ms_p95=start, request_ms_p95=request)


def way_of_key(view: View, key: OptionKey) -> Way | None:
    """Return the way that a key names; None for a single call, or a slot unseen."""
    stages = []
    for stage in key.stages:
        slot = view.history.slot_index.get((stage.offering, stage.service_tier))
        if slot is None or not view.visible[slot]:
            return None
        stages.append(
            Stage(
                slot=slot,
                samples=stage.samples,
                accept=stage.accept,
                multiple=stage.multiple,
                calls=stage.calls,
            )
        )
    return Way(kind=key.way, stages=tuple(stages)) if stages else None


def run_alike(key: OptionKey) -> tuple[object, ...]:
    """Return what tells options apart, whatever their calls were measured to cost."""
    return (
        *(key.offering, key.service_tier, key.way),
        *(
            (stage.offering, stage.service_tier, stage.samples, stage.accept)
            for stage in key.stages
        ),
    )


def key_of_slot(view: View, slot: int, way: Way | None = None) -> OptionKey:
    """Return the option that a slot stands for, by names that last."""
    history = view.history

    def offering(each: int) -> str:
        name: str = history.offerings[history.slot_offering[each]]
        return name

    tier = history.slot_tier
    if way is None:
        return OptionKey(offering=offering(slot), service_tier=tier[slot])
    stages = tuple(
        StageKey(
            offering=offering(stage.slot),
            service_tier=tier[stage.slot],
            samples=stage.samples,
            accept=stage.accept,
            multiple=stage.multiple,
            calls=stage.calls,
        )
        for stage in way.stages
    )
    return OptionKey(
        offering=offering(slot), service_tier=tier[slot], way=way.kind, stages=stages
    )
