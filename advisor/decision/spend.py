"""What every option would cost, in floating point: fast enough to screen thousands.

Quoted figures come from `advisor.decision.quote`, which prices the options that are
shown again, exactly; a property test ties the two together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.bands import BILLED
from advisor.decision.dated_rows import microseconds
from advisor.decision.history import Term
from advisor.decision.question import Question
from advisor.decision.request_costs import agreed_costs, list_costs
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import (
    expected_requests,
    growth_ln_sd,
    month_starts,
)
from advisor.decision.view import View

TOKENS_PER_MTOK = 1e6
_REASONING, _REQUEST = BILLED.index("reasoning"), BILLED.index("request")
_PROMPT_COLUMNS = np.array(
    [part in ("input", "cache_read", "cache_write") for part in BILLED]
)


@dataclass(frozen=True, kw_only=True)
class Spend:
    """Projected spend in USD by slot; NaN where a rate is unknown.

    `per_request` and `list_per_request` have one column per price segment, `monthly`
    and `list_monthly` one per month: after and before contract terms.
    `tokenizer_ln_sd` and `hidden_ln_sd` are the deviations of ln(spend) that come from
    the model's tokenizer and from its hidden tokens.
    """

    per_request: Floats
    list_per_request: Floats
    monthly: Floats
    list_monthly: Floats
    tokenizer_ln_sd: Floats
    hidden_ln_sd: Floats
    tokens_known: Bools  # slots whose model's token factors are facts, not defaults
    deferred: Bools  # slots whose share that can wait is billed at the batch tier

    @cached_property
    def token_ln_sd(self) -> Floats:
        """The deviation of ln(spend) from the model's own token counts."""
        deviation: Floats = np.hypot(self.tokenizer_ln_sd, self.hidden_ln_sd)
        return deviation

    @cached_property
    def total(self) -> Floats:
        """Twelve months' expected spend, to twelve digits."""
        return to_twelve_digits(row_sums(self.monthly))

    @cached_property
    def list_total(self) -> Floats:
        """Twelve months' expected spend at list prices, to twelve digits."""
        return to_twelve_digits(row_sums(self.list_monthly))


def row_sums(table: Floats) -> Floats:
    """Return the sum of each row; a product is much quicker than a sum over few."""
    sums: Floats = table @ np.ones(table.shape[1])
    return sums


def to_twelve_digits(amounts: Floats) -> Floats:
    """Return the amounts without their last bits.

    Those depend on where a row stands in a table and on how the year is cut into
    segments, that is, on offerings that have nothing to do with this one.
    """
    mantissa, exponent = np.frexp(amounts)
    kept: Floats = np.ldexp(np.round(mantissa * 2.0**40), exponent - 40)
    return kept


def project(question: Question, view: View, factors: TokenFactors) -> Spend:
    """Return the twelve months' spend of every slot.

    Rates come from the row that holds in each price segment, converted to USD, after
    the organization's terms; a segment counts by its share of each month.
    """
    batch = view.history.batch_slot
    listed, hidden = _list_costs(question, view, factors)
    hidden_ln_sd = _hidden_ln_sd(hidden, listed[:, 0], factors)
    agreed = _after_terms(question, view, factors, listed)
    unchanged = agreed is listed
    listed, deferred = _with_deferral(question, batch, listed)
    if not unchanged:
        agreed, deferred = _with_deferral(question, batch, agreed)
    requests = np.array([float(count) for count in expected_requests(question.traffic)])
    weights = segment_weights(question, view.segments) * requests
    list_monthly = listed @ weights
    return Spend(
        per_request=listed if unchanged else agreed,
        list_per_request=listed,
        monthly=list_monthly if unchanged else agreed @ weights,
        list_monthly=list_monthly,
        tokenizer_ln_sd=factors.tokenizer_ln_sd,
        hidden_ln_sd=hidden_ln_sd,
        tokens_known=factors.tokenizer_known & factors.reasoning_known,
        deferred=deferred,
    )


def _list_costs(
    question: Question, view: View, factors: TokenFactors
) -> tuple[Floats, Floats]:
    """Return list prices, (slots, segments), and the first segment's hidden part.

    Few rows change from one segment to the next; they are priced in one go with the
    first segment's, and every later column starts as a copy of the one before.
    """
    rows = view.price_rows
    costs = list_costs(question, view, factors)
    listed = np.empty(rows.shape)
    done = len(rows)
    listed[:, 0] = costs.total[:done]
    changed = view.held_prices.changed if done < len(costs.total) else ()
    for column in range(1, rows.shape[1]):
        listed[:, column] = listed[:, column - 1]
        if changed:
            new = changed[column - 1]
            listed[new, column] = costs.total[done : done + len(new)]
            done += len(new)
    return listed, costs.hidden[: len(rows)]


def _after_terms(
    question: Question, view: View, factors: TokenFactors, listed: Floats
) -> Floats:
    """Return USD per request by slot and segment under the organization's terms."""
    if not view.terms:
        return listed
    agreed = listed.copy()
    for term in sorted(view.terms, key=lambda term: term.specificity):
        slots = np.flatnonzero(_covered(view, term))
        for segment, moment in enumerate(view.segments):
            if term.effective <= moment < term.ends:
                agreed[slots, segment] = _agreed(
                    question,
                    view,
                    factors,
                    term,
                    slots,
                    listed[slots, segment],
                    segment,
                )
    return agreed


def _covered(view: View, term: Term) -> Bools:
    history = view.history
    covered: Bools = history.slot_provider == term.provider
    if term.model != NONE:
        covered = covered & (history.slot_model == term.model)
    if term.service_tier:
        covered = covered & history.on_tier(term.service_tier)
    return covered


def _agreed(
    question: Question,
    view: View,
    factors: TokenFactors,
    term: Term,
    slots: Ints,
    listed: Floats,
    segment: int,
) -> Floats:
    if term.factor is not None:
        return listed * float(term.factor)
    fixed = agreed_costs(question, factors, slots, term.billed)
    rows = view.price_rows[slots, segment]
    # The index NONE finds the last: what was never priced was not withdrawn either.
    withdrawn = np.append(view.history.prices.withdrawn, False)[rows]
    return np.where(withdrawn, np.nan, fixed)


def _with_deferral(
    question: Question, batch_slot: Ints, costs: Floats
) -> tuple[Floats, Bools]:
    """Bill the share that can wait at the offering's batch tier, where cheaper.

    When all of it can wait, batch is an option of its own and nothing is mixed.
    """
    share = float(question.batch_share)
    if share in (0.0, 1.0):
        return costs, np.zeros(costs.shape, dtype=bool)
    batch = np.where((batch_slot != NONE)[:, None], costs[batch_slot], np.nan)
    cheaper = batch < costs
    return np.where(cheaper, costs + share * (batch - costs), costs), cheaper


def segment_weights(question: Question, segments: tuple[int, ...]) -> Floats:
    """Return the share of each month in each price segment: (segments, 12)."""
    months = np.array([microseconds(start) for start in month_starts(question.as_of)])
    starts = np.array(segments, dtype=np.int64)
    ends = np.append(starts[1:], months[-1])
    overlap = np.minimum(ends[:, None], months[None, 1:]) - np.maximum(
        starts[:, None], months[None, :-1]
    )
    weights: Floats = np.maximum(overlap, 0) / np.diff(months)
    return weights


def _hidden_ln_sd(hidden: Floats, total: Floats, factors: TokenFactors) -> Floats:
    """Return the deviation of ln(spend) from hidden tokens, to first order.

    They move only their own part of the bill.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = factors.reasoning_sd / factors.reasoning
        moved: Floats = hidden / total * relative
    moved[~np.isfinite(moved)] = 0.0
    return moved


def monthly_ln_sd(question: Question, token_ln_sd: float) -> Floats:
    """Return the deviation of one slot's ln(spend) by month: growth and tokens."""
    deviation: Floats = np.hypot(growth_ln_sd(question.traffic), token_ln_sd)
    return deviation
