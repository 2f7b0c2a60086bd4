"""Which options meet the buyer's limits, and every reason why the others do not."""

from datetime import date, datetime

import numpy as np

from advisor.decision.arrays import NONE, Bools
from advisor.decision.constraints import hold_constraints
from advisor.decision.latency import Latency, error_limit, margin
from advisor.decision.quality import PUBLISHED, Quality, threshold
from advisor.decision.question import FloorKind, Limits, Question
from advisor.decision.reasons import Group, Reason, bits
from advisor.decision.screening import Screening, Shown, number
from advisor.decision.spend import Spend
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import month_starts
from advisor.decision.view import View

_EPOCH = date(1970, 1, 1)
# Among what a floor's reference is sought; the next where nothing passes this one.
_REFERENCE_PASSES = (
    bits(Group.HARD, Group.LATENCY, Group.MARKET),
    bits(Group.HARD, Group.MARKET),
    bits(Group.MARKET),
)


def screen(
    question: Question,
    view: View,
    *,
    factors: TokenFactors,
    spend: Spend,
    latency: Latency,
    quality: Quality,
) -> Screening:
    """Hold every slot against every limit; all reasons are kept, not only the first."""
    screening = Screening(masks=np.zeros(len(view.price_rows), dtype=np.int64))
    _market(screening, question, view, spend)
    hold_constraints(screening, question, view, factors)
    _latency(screening, question.limits, view, latency)
    _quality(screening, question, view, quality)
    _budget(screening, question, spend)
    return screening


def _market(screening: Screening, question: Question, view: View, spend: Spend) -> None:
    history = view.history
    screening.refuse(Reason.NOT_CHAT, ~history.slot_is_chat)
    foreign = np.isnan(view.usd_per_unit)
    row = view.price_rows[:, 0]
    if len(history.prices.currency) and foreign.any():
        unconverted = foreign[history.prices.currency[row]] & (row != NONE)
        screening.refuse(Reason.NO_FX, unconverted & np.isnan(spend.total))
    screening.refuse(Reason.UNPRICED, np.isnan(spend.total))
    retires = np.fmin(
        view.slot_offerings["retires_on"],
        view.slot_models["retires_on"],
    )
    today = _days(view.as_of)
    horizon = _days(month_starts(view.as_of)[-1])

    def day(slot: int) -> Shown:
        return date.fromordinal(_EPOCH.toordinal() + int(retires[slot])).isoformat()

    screening.refuse(Reason.RETIRED, retires <= today, value=day)
    within = (retires > today) & (retires < horizon)
    screening.refuse(Reason.RETIRES, within, value=day)
    screening.refuse(Reason.DEPRECATED, _deprecated(question, view))
    if question.batch_share < 1:
        screening.refuse(
            Reason.CANNOT_WAIT,
            history.on_tier("batch"),
            limit=1.0,
            value=lambda _: float(question.batch_share),
        )


def _deprecated(question: Question, view: View) -> Bools:
    """Nobody should move to what its provider tells users to leave; staying may be."""
    deprecated: Bools = (view.slot_offerings["deprecated"] == 1) | (
        view.slot_models["deprecated"] == 1
    )
    slot = view.slot_of(question.current)
    if slot is not None:
        deprecated[slot] = False
    return deprecated


def _days(moment: datetime) -> int:
    return moment.date().toordinal() - _EPOCH.toordinal()


_LATENCY_REASONS = {
    "ttft_ms_p95": Reason.TTFT,
    "itl_ms_p95": Reason.ITL,
    "request_ms_p95": Reason.REQUEST,
}


def _latency(
    screening: Screening, limits: Limits, view: View, latency: Latency
) -> None:
    """A figure passes at its median; the probability travels along.

    Flexible processing answers when there is room: nothing models that, so it proves
    no limit unless it was measured. Batch is refused or chosen by the share that can
    wait, not by latency.
    """
    least = margin(latency, limits)
    if least is None:
        return
    live = ~view.history.on_tier("batch")
    for name, values, _ in latency.figures():
        limit = getattr(limits, name)
        if limit is not None:
            screening.refuse(
                _LATENCY_REASONS[name],
                live & (values > limit),
                limit=limit,
                value=number(values),
            )
    unproven = view.history.on_tier("flex").copy()
    unproven[list(latency.measured)] = False
    screening.refuse(Reason.LATENCY_UNPROVEN, unproven)
    _errors(screening, limits, latency)
    screening.latency_margin = np.where(live, least, np.inf)


def _errors(screening: Screening, limits: Limits, latency: Latency) -> None:
    """Refuse what was seen to fail more often than allowed; nothing models errors."""
    allowed = error_limit(limits)
    rates = np.full(len(screening.masks), np.nan)
    for slot, measured in latency.measured.items():
        rates[slot] = measured.errors.share
    if allowed is not None and latency.measured:
        screening.refuse(
            Reason.ERRORS, rates > allowed, limit=allowed, value=number(rates)
        )


def _quality(
    screening: Screening, question: Question, view: View, quality: Quality
) -> None:
    """Only published quality may stand for the floor; a guess by size proves nothing.

    The reference is the best among what passes everything but the budget. Where a
    limit lets nothing pass, it is sought without that limit: the floor stays a floor.
    """
    if question.floor.kind == FloorKind.NONE:
        return
    model = view.history.slot_model
    floor = None
    for unfit in _REFERENCE_PASSES:
        fit = (screening.masks & unfit == 0) & view.visible
        floor = floor or threshold(
            question.floor,
            quality,
            eligible=model[fit],
            models=view.history.models,
        )
    unproven = quality.basis[model] != PUBLISHED
    if floor is None:
        screening.refuse(
            Reason.QUALITY_UNPROVEN,
            np.ones(len(model), dtype=bool),
            limit=question.floor.value,
        )
        return
    estimate = quality.estimate[model]
    screening.threshold = floor
    screening.quality_met = floor.probability_met(quality)[model]
    screening.refuse(Reason.QUALITY_UNPROVEN, unproven, limit=floor.share)
    screening.refuse(
        Reason.BELOW_FLOOR,
        ~unproven & (quality.log_odds[model] < floor.log_odds),
        limit=floor.share,
        value=number(estimate),
    )


def _budget(screening: Screening, question: Question, spend: Spend) -> None:
    if question.monthly_budget_usd is None:
        return
    dearest = spend.monthly.max(axis=1)
    budget = float(question.monthly_budget_usd)
    screening.refuse(
        Reason.OVER_BUDGET, dearest > budget, limit=budget, value=number(dearest)
    )
