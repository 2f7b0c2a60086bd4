"""The decision, end to end: pure, from a question and a view of the catalogue."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.evaluations import Evaluations
from advisor.decision.latency import Latency, modelled_latency
from advisor.decision.measured import NOTHING_MEASURED, Measurements
from advisor.decision.measured_latency import with_measurements
from advisor.decision.measured_tokens import measured_factors
from advisor.decision.outcome import (
    Finding,
    Relaxation,
    finding,
    relaxation,
)
from advisor.decision.own_quality import OwnQuality
from advisor.decision.proof import Proof, cheapest_if_proven
from advisor.decision.quality import BENCHMARKED, Quality
from advisor.decision.question import FloorKind, Question
from advisor.decision.ranking import (
    Ranking,
    Rung,
    frontier,
    nearest_misses,
    rank,
    size_bands,
    size_ladder,
)
from advisor.decision.screening import Screening
from advisor.decision.spend import Spend, project
from advisor.decision.token_factors import TokenFactors, token_factors
from advisor.decision.view import View
from advisor.decision.ways import Ways
from advisor.decision.weighing import Weighed, Weighing, weigh

ENGINE_VERSION = "1.2"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Everything an answer is written from; arrays are by slot of the view.

    A slot that `ways` name is run as they say, and its figures are that way's.
    """

    question: Question
    view: View
    factors: TokenFactors
    measurements: Measurements
    quality: Quality
    weighing: Weighing
    weighed: Weighed
    ranking: Ranking
    bands: Ints
    ladder: tuple[Rung, ...]
    frontier: Ints
    current: int | None
    finding: Finding | None
    provisional: bool
    proven: int | None
    relaxation: Relaxation | None

    @property
    def spend(self) -> Spend:
        """What every option costs, as it is run."""
        return self.weighed.spend

    @property
    def latency(self) -> Latency:
        """How fast every option answers, as it is run."""
        return self.weighed.latency

    @property
    def screening(self) -> Screening:
        """What every option was held against."""
        return self.weighed.screening

    @property
    def ways(self) -> Ways:
        """The slots that are not run by single calls, and how they are."""
        return self.weighed.ways

    @property
    def own(self) -> OwnQuality | None:
        """Quality on the buyer's own items, None where nothing was measured."""
        return self.weighed.own

    @property
    def today(self) -> "Decision":
        """The same, but for today's option, which is run as it is today."""
        return replace(self, weighed=self.weighing.today)

    @property
    def recommended(self) -> int | None:
        """The slot to buy, None when nothing fits."""
        return int(self.ranking.order[0]) if len(self.ranking.order) else None

    @cached_property
    def near(self) -> Ints:
        """The refused slots, the nearest to being feasible first."""
        return nearest_misses(self.view, self.spend, self.screening)

    @cached_property
    def if_proven(self) -> Proof | None:
        """The cheapest option that lacks only proof of its quality, None for none."""
        return cheapest_if_proven(
            self.question,
            self.view,
            self.weighed,
            alone=self.weighing.alone,
            quality=self.quality,
            recommended=self.recommended,
        )

    @property
    def totals(self) -> Floats:
        """Twelve months' expected spend by slot, USD."""
        return self.spend.total


def decide(
    question: Question,
    view: View,
    quality: Quality,
    measurements: Measurements = NOTHING_MEASURED,
    evaluations: Evaluations | None = None,
) -> Decision:
    """Price, screen and rank every option of the view for the question.

    `quality` is by model, as `view_quality` fits it for the question's task family;
    `measurements` are by slot, as of the view's moment; `evaluations` are what was
    measured on the buyer's own items, None for nothing.
    """
    factors = factors_for(question, view, evaluations)
    weighing = weigh(
        question,
        view,
        factors=factors,
        spend=project(question, view, factors),
        latency=with_measurements(
            modelled_latency(question, view, factors),
            measurements,
            question=question,
            view=view,
            factors=factors,
        ),
        quality=quality,
        evaluations=evaluations,
    )
    found = weighing.best
    spend, screening = found.spend, found.screening
    ranking = rank(
        view,
        spend=spend,
        screening=screening,
        log_odds=found.log_odds,
        previous=question.previous_pick,
    )
    bands = size_bands(view)
    return Decision(
        question=question,
        view=view,
        factors=factors,
        measurements=measurements,
        quality=quality,
        weighing=weighing,
        weighed=found,
        ranking=ranking,
        bands=bands,
        ladder=size_ladder(ranking, bands, view=view, spend=spend, screening=screening),
        frontier=frontier(
            ranking.order,
            spend=spend,
            log_odds=found.log_odds,
            latency=found.latency,
        ),
        current=view.slot_of(question.current),
        finding=finding(
            question, view, today=weighing.today, spend=spend, ranking=ranking
        ),
        provisional=_provisional(question, found, quality, ranking, view),
        proven=_cheapest_at_confidence(question, screening, ranking, spend),
        relaxation=None
        if len(ranking.order)
        else relaxation(nearest_misses(view, spend, screening), screening),
    )


def factors_for(
    question: Question, view: View, evaluations: Evaluations | None
) -> TokenFactors:
    """Return how tokens are billed: by facts, and nearer to what was counted."""
    factors = token_factors(view)
    if evaluations is None:
        return factors
    return measured_factors(factors, evaluations, view.slot_of(question.current))


def _provisional(
    question: Question, found: Weighed, quality: Quality, ranking: Ranking, view: View
) -> bool:
    """Whether the pick rests on quality that nobody measured on the buyer's items."""
    if question.floor.kind == FloorKind.NONE or not len(ranking.order):
        return False
    best = ranking.order[0]
    if found.own is not None and found.own.known[best]:
        return False
    return bool(quality.basis[view.history.slot_model[best]] <= BENCHMARKED)


def _cheapest_at_confidence(
    question: Question, screening: Screening, ranking: Ranking, spend: Spend
) -> int | None:
    """Return the cheapest feasible slot that meets the floor at the confidence asked.

    Published evidence cannot prove a floor; this is what it would take if it could.
    """
    if screening.quality_met is None:
        return None
    met = screening.quality_met[ranking.order] >= question.floor.confidence
    surer = ranking.order[met]
    return int(surer[np.argmin(spend.total[surer])]) if len(surer) else None
