"""The limits that any option is held to: the market, constraints, latency, budget."""

from datetime import date, datetime

import numpy as np

from advisor.decision.arrays import NONE, Bools
from advisor.decision.constraints import hold_constraints
from advisor.decision.latency import Latency, error_limit, margin
from advisor.decision.question import Limits, Question
from advisor.decision.reasons import Reason
from advisor.decision.screening import Screening, Shown, number
from advisor.decision.spend import Spend
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import month_starts
from advisor.decision.view import View

_EPOCH = date(1970, 1, 1)


def hold_limits(
    question: Question, view: View, *, factors: TokenFactors, spend: Spend
) -> Screening:
    """Hold every slot against market and constraints; all reasons are kept."""
    screening = Screening(masks=np.zeros(len(view.price_rows), dtype=np.int64))
    _market(screening, question, view, spend)
    hold_constraints(screening, question, view, factors)
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


def hold_latency(
    screening: Screening, limits: Limits, view: View, latency: Latency
) -> None:
    """Refuse what is too slow, by the median of a figure; its probability stays.

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


def hold_budget(screening: Screening, question: Question, spend: Spend) -> None:
    """Refuse what the dearest month of the year would cost too much."""
    if question.monthly_budget_usd is None:
        return
    dearest = spend.monthly.max(axis=1)
    budget = float(question.monthly_budget_usd)
    screening.refuse(
        Reason.OVER_BUDGET, dearest > budget, limit=budget, value=number(dearest)
    )
