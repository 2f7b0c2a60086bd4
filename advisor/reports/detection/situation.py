"""What is known of one workload at a look: its options, and the market around them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from advisor.decision.dated_rows import microseconds
from advisor.decision.decide import Decision
from advisor.decision.question import OptionKey
from advisor.decision.quote import Quoter
from advisor.recommendations.portfolio.standing import Advice
from advisor.recommendations.rejections import offering_of
from advisor.recommendations.running import strategy_of_key
from workloads.models import Workload

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """An option that is in use, or else recommended, and its slot."""

    role: str
    key: OptionKey
    slot: int


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A workload decided afresh at `at`.

    The last look was at `looked_before`, at a catalogue known until `known_before`.
    """

    workload: Workload
    decision: Decision
    in_use: OptionKey | None
    advice: Advice | None
    known_before: datetime
    looked_before: datetime
    at: datetime

    @cached_property
    def quoter(self) -> Quoter:
        """Quotes options at the prices known now."""
        return Quoter(self.decision)

    @cached_property
    def quoter_before(self) -> Quoter:
        """Quotes the same moments at the prices known at the last look, all else new.

        So nothing differs but what prices themselves make differ.
        """
        seen = self.decision.view
        rows = seen.history.prices.dated.latest_at(
            seen.segments, known_at=microseconds(self.known_before)
        )
        return Quoter(replace(self.decision, view=replace(seen, price_rows=rows)))

    @property
    def used(self) -> Concerned | None:
        """The option in use, if it is one that can be seen."""
        return self._concerned("in_use", self.in_use)

    @property
    def advised(self) -> Concerned | None:
        """The option that stands recommended and is not in use."""
        pick = None if self.advice is None else self.advice.pick
        return None if pick == self.in_use else self._concerned("recommended", pick)

    def concerned(self) -> Iterator[Concerned]:
        """Yield the option in use and the recommended one, where there are such."""
        yield from (each for each in (self.used, self.advised) if each is not None)

    def subject(self, option: Concerned, *parts: str) -> str:
        """Return what names an option of this workload, and a piece of news of it."""
        return ":".join(
            (
                str(self.workload.pk),
                option.key.offering,
                option.key.service_tier,
                *parts,
            )
        )

    def facts(self, option: Concerned) -> Json:
        """Return which workload and option news is about."""
        return {
            "workload": {"id": str(self.workload.pk), "name": self.workload.name},
            "role": option.role,
            **self.named(option),
        }

    def named(self, option: Concerned) -> Json:
        """Return an option by its offering and tier."""
        return {
            "offering": offering_of(self.decision, option.slot),
            "service_tier": option.key.service_tier,
            "strategy": strategy_of_key(self.decision, option.key),
        }

    def _concerned(self, role: str, key: OptionKey | None) -> Concerned | None:
        slot = self.decision.view.slot_of(key)
        if key is None or slot is None:
            return None
        return Concerned(role=role, key=key, slot=slot)
