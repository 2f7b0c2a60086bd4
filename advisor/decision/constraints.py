"""What an option must be, whatever it costs: each constraint of the buyer in turn."""

from collections.abc import Callable

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.question import Question
from advisor.decision.reasons import Reason
from advisor.decision.screening import Screening, Shown, always, number
from advisor.decision.token_factors import TokenFactors
from advisor.decision.view import View


def hold_constraints(
    screening: Screening, question: Question, view: View, factors: TokenFactors
) -> None:
    """Refuse every slot that a constraint of the question rules out."""
    _providers(screening, question, view)
    _data_handling(screening, question, view)
    _capabilities(screening, question, view)
    _lengths(screening, question, view, factors)
    _size(screening, question, view)
    _rates(screening, question, view, factors)


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
                failed, value == bad, limit=not bad, value=always(bool(bad))
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
    context = _limit_of(view, "context_tokens")
    longest = _limit_of(view, "max_output_tokens")
    tokens = question.tokens
    answer = tokens.output_p95 * factors.output * (1 + factors.reasoning)
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
    visible = tokens.output_p95 * factors.output
    screening.refuse(
        Reason.OUTPUT,
        longest < visible,
        limit=np.ceil(visible),
        value=number(longest),
    )


def _limit_of(view: View, column: str) -> Floats:
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
    demanded = per_minute * (
        tokens.input_mean * factors.tokenizer
        + tokens.output_mean * factors.output * (1 + factors.reasoning)
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
