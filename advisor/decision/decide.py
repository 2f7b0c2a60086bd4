"""The decision, end to end: pure, from a question and a view of the catalogue."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.feasibility import screen
from advisor.decision.latency import Latency, modelled_latency
from advisor.decision.measured import NOTHING_MEASURED, Measurements
from advisor.decision.measured_latency import with_measurements
from advisor.decision.outcome import (
    Finding,
    Relaxation,
    finding,
    relaxation,
)
from advisor.decision.quality import PUBLISHED, Quality
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

ENGINE_VERSION = "1.1"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Everything an answer is written from; arrays are by slot of the view."""

    question: Question
    view: View
    factors: TokenFactors
    spend: Spend
    latency: Latency
    measurements: Measurements
    quality: Quality
    screening: Screening
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
    def recommended(self) -> int | None:
        """The slot to buy, None when nothing fits."""
        return int(self.ranking.order[0]) if len(self.ranking.order) else None

    @cached_property
    def near(self) -> Ints:
        """The refused slots, the nearest to being feasible first."""
        return nearest_misses(self.view, self.spend, self.screening)

    @property
    def totals(self) -> Floats:
        """Twelve months' expected spend by slot, USD."""
        return self.spend.total


def decide(
    question: Question,
    view: View,
    quality: Quality,
    measurements: Measurements = NOTHING_MEASURED,
) -> Decision:
    """Price, screen and rank every option of the view for the question.

    `quality` is by model, as `view_quality` fits it for the question's task family;
    `measurements` are by slot, as of the view's moment.
    """
    factors = token_factors(view)
    spend = project(question, view, factors)
    latency = with_measurements(
        modelled_latency(question, view, factors),
        measurements,
        question=question,
        view=view,
        factors=factors,
    )
    screening = screen(
        question,
        view,
        factors=factors,
        spend=spend,
        latency=latency,
        quality=quality,
    )
    ranking = rank(
        view,
        spend=spend,
        screening=screening,
        quality=quality,
        previous=question.previous_pick,
    )
    bands = size_bands(view)
    return Decision(
        question=question,
        view=view,
        factors=factors,
        spend=spend,
        latency=latency,
        measurements=measurements,
        quality=quality,
        screening=screening,
        ranking=ranking,
        bands=bands,
        ladder=size_ladder(ranking, bands, view=view, spend=spend, screening=screening),
        frontier=frontier(
            ranking.order, spend=spend, quality=quality, latency=latency, view=view
        ),
        current=view.slot_of(question.current),
        finding=finding(
            question,
            view,
            spend=spend,
            screening=screening,
            ranking=ranking,
        ),
        provisional=_provisional(question, quality, ranking, view),
        proven=_cheapest_at_confidence(question, screening, ranking, spend),
        relaxation=None
        if len(ranking.order)
        else relaxation(nearest_misses(view, spend, screening), screening),
    )


def _provisional(
    question: Question, quality: Quality, ranking: Ranking, view: View
) -> bool:
    """Whether the pick rests on quality that nobody measured on the buyer's items."""
    if question.floor.kind == FloorKind.NONE or not len(ranking.order):
        return False
    best = view.history.slot_model[ranking.order[0]]
    return bool(quality.basis[best] <= PUBLISHED)


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
