"""Which options meet the buyer's limits, and every reason why the others do not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.latency import Latency, margin
from advisor.decision.normal import normal_cdf
from advisor.decision.quality import PUBLISHED, Quality, Threshold, threshold
from advisor.decision.question import FloorKind, Limits, Question
from advisor.decision.reasons import BIT, Group, Reason, bits
from advisor.decision.spend import Spend
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import month_starts
from advisor.decision.view import View

Shown = float | str | bool | None
_EPOCH = date(1970, 1, 1)
# Among what a floor's reference is sought; the next where nothing passes this one.
_REFERENCE_PASSES = (
    bits(Group.HARD, Group.LATENCY, Group.MARKET),
    bits(Group.HARD, Group.MARKET),
    bits(Group.MARKET),
)


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
        stated = number(limit) if isinstance(limit, np.ndarray) else _always(limit)
        # A product is much quicker here than a masked assignment.
        self.masks |= where * BIT[reason]
        self.refusals[reason] = Refusal(limit=stated, value=value)


def _always(value: Shown) -> Callable[[int], Shown]:
    return lambda _: value


def number(values: Floats) -> Callable[[int], Shown]:
    """Return a reader of one slot's number; NaN reads as unknown."""

    def read(slot: int) -> Shown:
        value = float(values[slot])
        return None if np.isnan(value) else value

    return read


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
    _providers(screening, question, view)
    _data_handling(screening, question, view)
    _capabilities(screening, question, view)
    _lengths(screening, question, view, factors)
    _size(screening, question, view)
    _rates(screening, question, view, factors)
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


def _providers(screening: Screening, question: Question, view: View) -> None:
    history = view.history
    wanted = question.constraints

    def provider(slot: int) -> Shown:
        name: str = history.providers[history.slot_provider[slot]]
        return name

    for reason, names, refuse_listed in (
        (Reason.PROVIDER_NOT_ALLOWED, wanted.providers_allowed, False),
        (Reason.PROVIDER_DENIED, wanted.providers_denied, True),
    ):
        if names:
            listed = np.array([name in names for name in history.providers], dtype=bool)
            where = (listed == refuse_listed)[history.slot_provider]
            screening.refuse(
                reason, where, limit=", ".join(sorted(names)), value=provider
            )


def _data_handling(screening: Screening, question: Question, view: View) -> None:
    wanted = question.constraints
    models, offerings = view.slot_models, view.slot_offerings
    for asked, value, bad, failed, unknown in (
        (
            wanted.open_weights,
            models["open_weights"],
            0.0,
            Reason.NOT_OPEN,
            Reason.OPEN_UNKNOWN,
        ),
        (
            wanted.zero_retention,
            offerings["zero_retention"],
            0.0,
            Reason.RETENTION,
            Reason.RETENTION_UNKNOWN,
        ),
        (
            wanted.no_training,
            offerings["trains_on_data"],
            1.0,
            Reason.TRAINING,
            Reason.TRAINING_UNKNOWN,
        ),
    ):
        if asked:
            screening.refuse(
                failed, value == bad, limit=not bad, value=_always(bool(bad))
            )
            screening.refuse(unknown, np.isnan(value), limit=not bad)
    if wanted.residency:
        _residency(screening, wanted.residency, view)


def _residency(screening: Screening, wanted: frozenset[str], view: View) -> None:
    """Data may be processed only inside the wanted regions."""
    facts = view.slot_offerings
    known = [regions for regions in facts.residencies if regions is not None]
    outside = np.array([False, *(not regions <= wanted for regions in known)])
    residency = facts.residency
    limit = ", ".join(sorted(wanted))
    screening.refuse(
        Reason.RESIDENCY,
        outside[residency],
        limit=limit,
        value=lambda slot: ", ".join(sorted(facts.residencies[residency[slot]] or ())),
    )
    screening.refuse(Reason.RESIDENCY_UNKNOWN, residency == 0, limit=limit)


def _capabilities(screening: Screening, question: Question, view: View) -> None:
    wanted = sorted(question.constraints.capabilities)
    if not wanted:
        return
    values = np.stack([view.slot_offerings[f"supports_{name}"] for name in wanted])
    missing: Bools = values == 0
    unknown: Bools = np.isnan(values)
    limit = ", ".join(wanted)

    def named(which: Bools) -> Callable[[int], Shown]:
        return lambda slot: ", ".join(
            name for name, fails in zip(wanted, which[:, slot], strict=True) if fails
        )

    screening.refuse(
        Reason.CAPABILITY, np.any(missing, axis=0), limit=limit, value=named(missing)
    )
    screening.refuse(
        Reason.CAPABILITY_UNKNOWN,
        np.any(unknown, axis=0),
        limit=limit,
        value=named(unknown),
    )


def _lengths(
    screening: Screening, question: Question, view: View, factors: TokenFactors
) -> None:
    """The context must hold a request at the 95th percentile, or what is asked for."""
    context = slot_limit(view, "context_tokens")
    longest = slot_limit(view, "max_output_tokens")
    tokens = question.tokens
    answer = tokens.output_p95 * factors.tokenizer * (1 + factors.reasoning)
    needed = tokens.input_p95 * factors.tokenizer + answer
    asked = question.constraints.context_tokens
    if asked is not None:
        needed = np.maximum(needed, asked)
        screening.refuse(Reason.CONTEXT_UNKNOWN, np.isnan(context), limit=asked)
    screening.refuse(
        Reason.CONTEXT,
        context < needed,
        limit=np.ceil(needed),
        value=number(context),
    )
    visible = tokens.output_p95 * factors.tokenizer
    screening.refuse(
        Reason.OUTPUT,
        longest < visible,
        limit=np.ceil(visible),
        value=number(longest),
    )


def slot_limit(view: View, column: str) -> Floats:
    """Return a limit by slot: the offering's own, else the model's."""
    own = view.slot_offerings[column]
    general = view.slot_models[column]
    return np.where(np.isnan(own), general, own)


def _size(screening: Screening, question: Question, view: View) -> None:
    largest = question.constraints.max_total_parameters_b
    if largest is None:
        return
    total = view.slot_models["total_parameters_b"]
    limit = float(largest)
    screening.refuse(Reason.TOO_LARGE, total > limit, limit=limit, value=number(total))
    screening.refuse(Reason.UNDISCLOSED, np.isnan(total), limit=limit)


def _rates(
    screening: Screening, question: Question, view: View, factors: TokenFactors
) -> None:
    peak = question.traffic.peak_requests_per_second
    if peak is None:
        return
    per_minute = float(peak) * 60
    tokens = question.tokens
    demanded = per_minute * factors.tokenizer
    demanded = demanded * (
        tokens.input_mean + tokens.output_mean * (1 + factors.reasoning)
    )
    requests = view.slot_offerings["requests_per_minute_limit"]
    allowed = view.slot_offerings["tokens_per_minute_limit"]
    screening.refuse(
        Reason.REQUEST_RATE,
        requests < per_minute,
        limit=per_minute,
        value=number(requests),
    )
    screening.refuse(
        Reason.TOKEN_RATE,
        allowed < demanded,
        limit=np.ceil(demanded),
        value=number(allowed),
    )


_LATENCY_REASONS = {
    "ttft_ms_p95": Reason.TTFT,
    "itl_ms_p95": Reason.ITL,
    "request_ms_p95": Reason.REQUEST,
}


def _latency(
    screening: Screening, limits: Limits, view: View, latency: Latency
) -> None:
    """A modelled figure passes at its median; the probability travels along.

    Flexible processing answers when there is room: nothing models that, so it proves
    no limit. Batch is refused or chosen by the share that can wait, not by latency.
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
    screening.refuse(Reason.LATENCY_UNPROVEN, view.history.on_tier("flex"))
    screening.latency_margin = np.where(live, least, np.inf)


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
