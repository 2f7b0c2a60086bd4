"""Writes a decision as the API answers it: money as strings, rounded here and once."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from advisor.decision.decide import ENGINE_VERSION, Decision
from advisor.decision.outcome import counts_by_reason, met_together, performance_risk
from advisor.decision.quote import Quote, Quoter
from advisor.decision.ranking import positions
from advisor.recommendations.amounts import cent, iso, saving
from advisor.recommendations.evidence import evidence_of, flags_of
from advisor.recommendations.figures import (
    CURRENCY,
    latency_of,
    model_size_of,
    projected_spend_of,
    quality_of,
)
from advisor.recommendations.floors import floor_of
from advisor.recommendations.rejections import offering_of, refusals_of, rejection_of
from advisor.recommendations.running import strategies_of, strategy_of

Json = dict[str, Any]

BEST_SHOWN = 8
FRONTIER_SHOWN = 10
NEAREST_SHOWN = 5


def answer_of(decision: Decision) -> Json:
    """Return the reply to a decision, without the identity of a kept one."""
    return AnswerWriter(decision).answer()


class AnswerWriter:
    """Writes the parts of one answer; each option shown is quoted exactly, once."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision
        self._quoter = Quoter(decision)
        self._shown = self._choose()
        self._spends: dict[int, Json | None] = {}
        wanted = [*self._worth_quoting(), *decision.ranking.tied.tolist()]
        self._ranks = positions(wanted, decision.ranking.order)
        self._met = met_together(
            decision.screening.quality_met, decision.screening.latency_met
        )
        self._quotes = {
            slot: self._quoter.quote(slot) for slot in self._worth_quoting()
        }
        self._in_use = self._quote_in_use()

    def _quote_in_use(self) -> Quote | None:
        """Return what today's option costs as it is run today; None if unknown."""
        key, slot = self._decision.question.current, self._decision.current
        return None if key is None or slot is None else self._quoter.of_key(key)

    @property
    def _today_apart(self) -> bool:
        """Whether today's option is shown in another way than it is run today."""
        decision = self._decision
        slot = decision.current
        return slot is not None and decision.ways.get(slot) != decision.today.ways.get(
            slot
        )

    def _choose(self) -> list[int]:
        """The options that the answer carries: best, frontier, ladder, and today's."""
        decision = self._decision
        order = decision.ranking.order
        wanted = {int(slot) for slot in order[:BEST_SHOWN]}
        wanted |= {int(slot) for slot in decision.frontier[:FRONTIER_SHOWN]}
        wanted |= {
            rung.slot
            for rung in decision.ladder
            if rung.feasible and rung.slot is not None
        }
        wanted |= {
            slot for slot in (decision.current, decision.proven) if slot is not None
        }
        ranks = positions(sorted(wanted), order)
        return sorted(wanted, key=lambda slot: (ranks.get(slot, len(order) + 1), slot))

    def _worth_quoting(self) -> Iterable[int]:
        rungs = (rung.slot for rung in self._decision.ladder if rung.slot is not None)
        relaxed, proof = self._decision.relaxation, self._decision.if_proven
        return dict.fromkeys(
            [
                *self._shown,
                *rungs,
                *([relaxed.slot] if relaxed else []),
                *([proof.slot] if proof else []),
            ]
        )

    def answer(self) -> Json:
        """Return the whole reply."""
        decision = self._decision
        best = decision.recommended
        return {
            "as_of": iso(decision.question.as_of),
            "known_at": iso(decision.view.known_at),
            "engine_version": ENGINE_VERSION,
            "finding": decision.finding and decision.finding.value,
            "provisional": decision.provisional,
            "currency": CURRENCY,
            "quality_floor": floor_of(decision),
            "recommended": None if best is None else 1,
            "meets_floor_at_confidence": self._rank(decision.proven),
            "options": [*(self._option(slot) for slot in self._shown), *self._apart()],
            "size_ladder": self._ladder(),
            "frontier": self._frontier(),
            "rejected": self._rejected(),
            "relaxation": self._relaxation(),
            "cheapest_if_proven": self._if_proven(),
            "strategies": strategies_of(decision),
            "evidence": evidence_of(decision, self._shown, self._related()),
        }

    def _related(self) -> list[int]:
        """The slots whose measurements explain the answer, though refused ones too."""
        decision = self._decision
        previous = decision.view.slot_of(decision.question.previous_pick)
        near = decision.near[:NEAREST_SHOWN].tolist()
        return list(
            dict.fromkeys(
                [*self._shown, *([] if previous is None else [previous]), *near]
            )
        )

    def _rank(self, slot: int | None) -> int | None:
        return None if slot is None else self._ranks.get(slot)

    def _frontier(self) -> list[int]:
        shown = set(self._shown)
        ranks = (
            self._ranks[int(slot)]
            for slot in self._decision.frontier
            if int(slot) in shown
        )
        return list(ranks)

    def _apart(self) -> list[Json]:
        """Today's option as it is run today, where a better way to run it is shown."""
        slot = self._decision.current
        if slot is None or not self._today_apart:
            return []
        return [AnswerWriter(self._decision.today).unranked(slot)]

    def unranked(self, slot: int) -> Json:
        """Return an option that stands beside the ranked ones, as it is run."""
        self._ranks.pop(slot, None)
        self._quotes[slot] = self._quoter.quote(slot)
        return self._option(slot)

    def _option(self, slot: int) -> Json:
        decision = self._decision
        tied = [self._ranks[int(each)] for each in decision.ranking.tied]
        shown = {self._ranks.get(each) for each in self._shown}
        rank = self._rank(slot)
        met = 1.0 if self._met is None else float(np.nan_to_num(self._met[slot]))
        return {
            "rank": rank,
            "tied_with": sorted(set(tied) & shown) if rank == 1 else self._tied(slot),
            "feasible": rank is not None,
            "current": slot == decision.current and not self._today_apart,
            "strategy": self.strategy(slot),
            "model_size": model_size_of(self._decision, slot),
            "projected_spend": self._spend(slot),
            "quality": quality_of(self._decision, slot),
            "latency": latency_of(self._decision, slot),
            "savings_to_current": self._savings(slot),
            "performance_risk": performance_risk(met),
            "migration_effort": self._effort(slot),
            "flags": flags_of(decision, slot),
            "reasons": refusals_of(decision, slot),
        }

    def _tied(self, slot: int) -> list[int]:
        return [1] if slot in self._decision.ranking.tied else []

    def strategy(self, slot: int) -> Json:
        """Return how the option is run."""
        return strategy_of(self._decision, slot)

    def _spend(self, slot: int) -> Json | None:
        """Return a slot's spend; an option on the ladder is asked for twice."""
        if slot not in self._spends:
            quote = self._quotes[slot]
            self._spends[slot] = (
                None
                if quote is None
                else projected_spend_of(self._decision, slot, quote)
            )
        return self._spends[slot]

    def _savings(self, slot: int) -> Json | None:
        decision = self._decision
        if decision.current is None or (
            slot == decision.current and not self._today_apart
        ):
            return None
        today, then = self._in_use, self._quotes[slot]
        if today is None or then is None:
            return None
        return saving(today.total, then.total) | {
            "currency": CURRENCY,
            "at_list": saving(today.list_total, then.list_total),
            "payback_months": self._payback(today, then),
        }

    def _payback(self, today: Quote, then: Quote) -> int | None:
        """Return the months until the migration has paid for itself, None if never."""
        cost = self._decision.question.migration_cost_usd
        if cost is None:
            return None
        saved = Decimal(0)
        for month, (before, after) in enumerate(
            zip(today.monthly, then.monthly, strict=True), start=1
        ):
            saved += before - after
            if saved >= cost:
                return month
        return None

    def _effort(self, slot: int) -> str | None:
        """Return how much moves from today's option: terms, prompts, or both."""
        history, current = self._decision.view.history, self._decision.current
        if current is None:
            return None
        if slot == current:
            return "none"
        if history.slot_model[slot] == history.slot_model[current]:
            return "low"
        same_seller = history.slot_provider[slot] == history.slot_provider[current]
        return "medium" if same_seller else "high"

    def _ladder(self) -> list[Json]:
        best = self._decision.recommended
        base = None if best is None else self._quotes[best]
        return [
            {
                "band": rung.band,
                "feasible": rung.feasible,
                "option": None if rung.slot is None else self._summary(rung.slot),
                "cost_multiple": self._multiple(rung.slot, base),
                "reasons": []
                if rung.slot is None
                else refusals_of(self._decision, rung.slot),
            }
            for rung in self._decision.ladder
        ]

    def _summary(self, slot: int) -> Json:
        spend = self._spend(slot)
        return {
            "rank": self._rank(slot),
            "offering": offering_of(self._decision, slot),
            "service_tier": self._decision.view.history.slot_tier[slot],
            "strategy": self.strategy(slot),
            "model_size": model_size_of(self._decision, slot),
            "twelve_months": spend and spend["twelve_months"],
            "quality": quality_of(self._decision, slot),
            "latency": latency_of(self._decision, slot),
        }

    def _multiple(self, slot: int | None, base: Quote | None) -> str | None:
        quote = None if slot is None else self._quotes[slot]
        if base is None or quote is None or not base.total:
            return None
        return cent(quote.total / base.total)

    def _if_proven(self) -> Json | None:
        """Return the cheaper option that lacks only proof, and what proof costs."""
        proof = self._decision.if_proven
        if proof is None:
            return None
        quote = self._quotes[proof.slot]
        return {
            "rank": self._rank(proof.slot),
            "strategy": self.strategy(proof.slot),
            "model_size": model_size_of(self._decision, proof.slot),
            "twelve_months": None if quote is None else cent(quote.total),
            "currency": CURRENCY,
            "quality": quality_of(self._decision, proof.slot),
            "proof": {
                "items": proof.items,
                "calls": proof.calls,
                "amount": None if proof.usd is None else cent(Decimal(str(proof.usd))),
                "currency": CURRENCY,
            },
        }

    def _rejected(self) -> Json:
        decision = self._decision
        return {
            "count": len(decision.near),
            "by_reason": counts_by_reason(decision.view, decision.screening),
            "nearest": [
                rejection_of(decision, int(slot))
                for slot in decision.near[:NEAREST_SHOWN]
            ],
        }

    def _relaxation(self) -> Json | None:
        relaxed = self._decision.relaxation
        if relaxed is None:
            return None
        quote = self._quotes[relaxed.slot]
        return {
            "offering": offering_of(self._decision, relaxed.slot),
            "service_tier": self._decision.view.history.slot_tier[relaxed.slot],
            "relax": refusals_of(self._decision, relaxed.slot),
            "twelve_months": None if quote is None else cent(quote.total),
            "currency": CURRENCY,
            "options_let_in": relaxed.blocked,
        }
