"""The advice given for a workload, newest first, and what set each apart from the last.

The sentence compares two picks as they were given. Why they differ is worked out on
the page of changes, which asks the decision again for every driver.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any
from uuid import UUID

from advisor.pages.templatetags.shown import money
from advisor.recommendations.models import Transition
from advisor.recommendations.wording import how_words

# Less than half a percent is not worth a word.
NOTABLE = Decimal("0.005")
CAUSES = {
    "asked": "asked for",
    "schedule": "looked at again on schedule",
    "workload": "the workload was edited",
    "catalogue": "prices or facts changed",
    "measurements": "measurements changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The option that advice picked; `twelve_months` is expected USD, None unpriced."""

    offering_id: str
    name: str
    provider: str
    service_tier: str
    band: str
    twelve_months: Decimal | None
    currency: str = "USD"
    how: str = ""

    @property
    def words(self) -> str:
        """Provider and name, an unusual tier, and how it is run."""
        tier = "" if self.service_tier == "standard" else f" ({self.service_tier})"
        return f"{self.name} at {self.provider}{tier}{self.how}"

    def same_option(self, other: "Pick") -> bool:
        """Return whether both are one offering on one tier, run alike."""
        mine = (self.offering_id, self.service_tier, self.how)
        return mine == (other.offering_id, other.service_tier, other.how)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One recommendation as the history shows it; `previous` is the one before."""

    id: UUID
    created_at: datetime
    revision: int
    state: str
    cause: str
    finding: str
    provisional: bool
    pick: Pick | None
    previous: UUID | None
    sentence: str
    steps: tuple[Transition, ...]


def history_of(
    rows: Sequence[Mapping[str, Any]],
    steps: Mapping[UUID, Sequence[Transition]],
    *,
    shown: int,
) -> list[Advice]:
    """Return the first `shown` of some rows, newest first; the next one may follow.

    A row has what `summarised` reads, and `cause` and `state`.
    """
    pairs = zip_longest(rows, rows[1:])
    return [
        _advice(row, before, steps.get(row["id"], ()))
        for row, before in islice(pairs, shown)
    ]


def _advice(
    row: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    steps: Iterable[Transition],
) -> Advice:
    pick = pick_of(row["best"])
    return Advice(
        id=row["id"],
        created_at=row["created_at"],
        revision=row["revision__number"],
        state=row["state"] or "",
        cause=CAUSES[row["cause"]],
        finding=row["finding"],
        provisional=row["provisional"],
        pick=pick,
        previous=None if before is None else before["id"],
        sentence="The first advice."
        if before is None
        else difference(pick_of(before["best"]), pick)
        + _edit(before["revision__number"], row["revision__number"]),
        steps=tuple(steps),
    )


def pick_of(best: Mapping[str, Any] | None) -> Pick | None:
    """Return the pick of an answer from its first option; None where nothing fits."""
    if best is None or best["rank"] is None:
        return None
    stage, spend = best["strategy"]["stages"][0], best["projected_spend"]
    offering = stage["offering"]
    return Pick(
        offering_id=offering["id"],
        name=offering["name"],
        provider=offering["provider"],
        service_tier=stage["service_tier"],
        band=best["model_size"]["band"],
        twelve_months=spend and Decimal(spend["twelve_months"]["expected"]),
        currency=spend["currency"] if spend else "USD",
        how=how_words(best["strategy"]),
    )


def difference(before: Pick | None, after: Pick | None) -> str:
    """Say in a sentence how one pick differs from the pick before."""
    if after is None:
        if before is None:
            return "Still nothing fits."
        return f"Nothing fits any more; before it was {before.words}."
    if before is None:
        return f"Now something fits: {after.words}."
    if before.same_option(after):
        return f"The pick stays{_spend_change(before, after)}."
    return f"From {before.words} to {after.words}{_spend_change(before, after)}."


def _spend_change(before: Pick, after: Pick) -> str:
    if before.twelve_months is None or after.twelve_months is None:
        return ""
    change = after.twelve_months - before.twelve_months
    if abs(change) <= before.twelve_months * NOTABLE:
        return ", at about the same spend"
    way = "more" if change > 0 else "less"
    share = ""
    if before.twelve_months:
        share = f" ({change / before.twelve_months * 100:+,.0f} %)"
    amount = money(abs(change), after.currency)
    return f", and twelve months cost {amount} {way}{share}"


def _edit(before: int, after: int) -> str:
    if before == after:
        return ""
    return f" The workload was edited: revision {before} to {after}."
