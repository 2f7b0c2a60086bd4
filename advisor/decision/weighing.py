"""Every option held against every limit, on the evidence that there is.

Without the buyer's own items an option is one call of a slot, and quality is what was
published. With them, quality is what was measured, a slot that fails alone may be run
in another way, and only what is sure enough passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.evaluations import Evaluations
from advisor.decision.feasibility import hold_budget, hold_latency, hold_limits
from advisor.decision.latency import Latency
from advisor.decision.own_evidence import OwnEvidence, judge
from advisor.decision.own_floor import hold_own_floor
from advisor.decision.own_quality import Judged, OwnQuality, moved_to, own_quality
from advisor.decision.published_floor import hold_published_floor
from advisor.decision.quality import Quality
from advisor.decision.question import Question
from advisor.decision.run_ways import Chosen, choose_ways
from advisor.decision.screening import Screening
from advisor.decision.spend import Spend
from advisor.decision.token_factors import TokenFactors
from advisor.decision.view import View
from advisor.decision.ways import (
    Way,
    Ways,
    latency_of_ways,
    spend_of_ways,
    way_of_key,
)


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What can be bought and how well it does, by slot, each run as `ways` say.

    A slot that `ways` do not name is run by single calls. `log_odds` is quality on one
    scale, whatever it rests on, and `ln_sd` the deviation of what was not asked the
    buyer's items. `own` is None without evidence of the buyer's own.
    """

    spend: Spend
    latency: Latency
    screening: Screening
    log_odds: Floats
    ln_sd: Floats
    ways: Ways
    own: OwnQuality | None = None


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """The options as they should be run; today's as it is run; single calls alone."""

    best: Weighed
    today: Weighed
    alone: Spend
    evidence: OwnEvidence | None = None
    chosen: Chosen | None = None


def weigh(
    question: Question,
    view: View,
    *,
    factors: TokenFactors,
    spend: Spend,
    latency: Latency,
    quality: Quality,
    evaluations: Evaluations | None,
) -> Weighing:
    """Hold every slot against every limit; `spend` and `latency` are of one call."""
    screening = hold_limits(question, view, factors=factors, spend=spend)
    hold_latency(screening, question.limits, view, latency)
    found = chosen = None
    today = None if question.current is None else way_of_key(view, question.current)
    if evaluations is not None:
        found = judge(question, view, screening, spend, evaluations, today=today)
        chosen = choose_ways(question, view, found, spend=spend, latency=latency)
    run = _Runs(question, view, screening, spend, latency, quality, found)
    best = run.weighed(chosen.ways if chosen else {}, chosen.options if chosen else {})
    return Weighing(
        best=best,
        today=_as_today(question, view, run, best, today),
        alone=spend,
        evidence=found,
        chosen=chosen,
    )


def _as_today(
    question: Question, view: View, run: "_Runs", best: Weighed, way: Way | None
) -> Weighed:
    """Return the same with today's option run as it is today."""
    slot = view.slot_of(question.current)
    if question.current is None or slot is None:
        return best
    if way is None:
        if slot not in best.ways:
            return best
        return run.weighed({}, {})
    option = None if run.found is None else run.found.in_use
    return run.weighed({slot: way}, {} if option is None else {slot: option})


@dataclass(frozen=True)
class _Runs:
    """Weighs the same options run in several ways; limits are held but for these."""

    question: Question
    view: View
    screening: Screening
    spend: Spend
    latency: Latency
    quality: Quality
    found: OwnEvidence | None

    def weighed(self, ways: Ways, options: Mapping[int, int]) -> Weighed:
        """Weigh with some slots run in other ways, which are these of the evidence."""
        screening = replace(
            self.screening,
            masks=self.screening.masks.copy(),
            refusals=dict(self.screening.refusals),
        )
        spend = spend_of_ways(self.spend, ways)
        latency = latency_of_ways(self.latency, ways)
        if ways:
            hold_latency(screening, self.question.limits, self.view, latency)
        own = None if self.found is None else self._own(self.found, ways, options)
        log_odds, ln_sd = self._hold_floor(screening, own)
        hold_budget(screening, self.question, spend)
        return Weighed(
            spend=spend,
            latency=latency,
            screening=screening,
            log_odds=log_odds,
            ln_sd=ln_sd,
            ways=ways,
            own=own,
        )

    def _own(
        self, found: OwnEvidence, ways: Ways, options: Mapping[int, int]
    ) -> OwnQuality:
        judged: dict[int, Judged] = found.singles()
        for slot, way in ways.items():
            judged.pop(slot, None)
            if slot in options:
                slots = [stage.slot for stage in way.stages]
                judged[slot] = found.judged(options[slot], slots)
        stood = found.stood
        return own_quality(
            judged,
            slots=len(self.screening.masks),
            threshold=np.nan if stood is None else stood.threshold,
            threshold_sd=np.nan if stood is None else stood.threshold_sd,
            reference=found.reference,
        )

    def _hold_floor(
        self, screening: Screening, own: OwnQuality | None
    ) -> tuple[Floats, Floats]:
        """Hold the floor; return quality by slot on one scale, and its deviation."""
        if own is None or self.found is None:
            hold_published_floor(screening, self.question, self.view, self.quality)
            model = self.view.history.slot_model
            return self.quality.log_odds[model], self.quality.ln_sd[model]
        means = self.found.means_by_model(self.view)
        moved = moved_to(means, self.quality, self.view)
        hold_own_floor(screening, self.question, own, moved)
        return own.log_odds(moved), moved.ln_sd
