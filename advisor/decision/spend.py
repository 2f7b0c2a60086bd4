"""What every option would cost, in floating point: fast enough to screen thousands.

Quoted figures come from `advisor.decision.quote`, which prices the options that are
shown again, exactly; a property test ties the two together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.assumptions import (
    CACHE_WRITE_SHARE,
    SPEND_Z,
    UNKNOWN_REASONING_RANGE,
    UNKNOWN_REASONING_RATIO,
    UNKNOWN_TOKENIZER_RANGE,
    UNKNOWN_TOKENIZER_RATIO,
)
from advisor.decision.bands import BILLED
from advisor.decision.dated_rows import microseconds
from advisor.decision.history import FactsView, Term
from advisor.decision.question import Question
from advisor.decision.traffic import (
    expected_requests,
    growth_ln_sd,
    hour_weights,
    month_starts,
    request_classes,
)
from advisor.decision.view import View

TOKENS_PER_MTOK = 1e6
_REASONING, _REQUEST = BILLED.index("reasoning"), BILLED.index("request")
_PROMPT_COLUMNS = np.array(
    [part in ("input", "cache_read", "cache_write") for part in BILLED]
)


@dataclass(frozen=True, kw_only=True)
class TokenFactors:
    """How a model's billed tokens relate to the tokens that the buyer counts.

    By slot: `tokenizer` multiplies every token, `reasoning` is hidden tokens per
    visible output token; the deviations are of their logarithm and their value.
    """

    tokenizer: Floats
    tokenizer_ln_sd: Floats
    reasoning: Floats
    reasoning_sd: Floats
    reasoning_known: Bools
    tokenizer_known: Bools


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


def token_factors(view: View) -> TokenFactors:
    """Read each slot's token factors; unknown ones become the modelled defaults."""
    facts, model = view.model_facts, view.history.slot_model
    reasoning, low, high, known = _factor(
        facts, "reasoning", UNKNOWN_REASONING_RATIO, UNKNOWN_REASONING_RANGE
    )
    tokenizer, t_low, t_high, t_known = _factor(
        facts, "tokenizer", UNKNOWN_TOKENIZER_RATIO, UNKNOWN_TOKENIZER_RANGE
    )
    ln_sd = np.log(t_high / t_low) / (2 * SPEND_Z)
    return TokenFactors(
        tokenizer=tokenizer[model],
        tokenizer_ln_sd=ln_sd[model],
        reasoning=reasoning[model],
        reasoning_sd=((high - low) / (2 * SPEND_Z))[model],
        reasoning_known=known[model],
        tokenizer_known=t_known[model],
    )


def _factor(
    facts: FactsView, name: str, default: float, around: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Bools]:
    value, low, high = (
        facts[f"{name}_ratio{suffix}"] for suffix in ("", "_low", "_high")
    )
    known = ~np.isnan(value)
    value = np.where(known, value, default)
    # A ratio stated without a range is taken at its word.
    low = np.where(known, np.where(np.isnan(low), value, low), around[0])
    high = np.where(known, np.where(np.isnan(high), value, high), around[1])
    return value, low, high, known


def project(question: Question, view: View, factors: TokenFactors) -> Spend:
    """Return the twelve months' spend of every slot.

    Rates come from the row that holds in each price segment, converted to USD, after
    the organization's terms; a segment counts by its share of each month.
    """
    batch = view.history.batch_slot
    parts = _list_parts(question, view, factors)
    listed = np.stack([row_sums(part) for part in parts], axis=1)
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
        hidden_ln_sd=_hidden_ln_sd(parts[0], factors),
        deferred=deferred,
    )


def _list_parts(question: Question, view: View, factors: TokenFactors) -> list[Floats]:
    """Return list-price USD per request by slot and billed part, one per segment."""
    slots = np.arange(len(view.price_rows))
    parts = [_parts(question, view, factors, slots, view.price_rows[:, 0])]
    for segment in range(1, len(view.segments)):
        before, now = view.price_rows[:, segment - 1], view.price_rows[:, segment]
        changed = np.flatnonzero(before != now)
        part = parts[-1].copy()
        part[changed] = _parts(question, view, factors, changed, now[changed])
        parts.append(part)
    return parts


def _parts(
    question: Question, view: View, factors: TokenFactors, slots: Ints, rows: Ints
) -> Floats:
    """Price the given slots by the given rows: (slots, BILLED), NaN where unknown."""
    prices = view.history.prices
    priced = rows != NONE
    safe = np.where(priced, rows, 0) if len(prices.currency) else rows[:0]
    if not len(safe):
        return np.full((len(slots), len(BILLED)), np.nan)
    tokens = _tokens(question, factors, slots)
    parts = _priced(prices.bands.rates[prices.bands.first[safe]], tokens)
    split = np.flatnonzero(prices.bands.count[safe] > 1)
    if len(split):
        parts[split] = _split_parts(
            question, view, tokens[split], safe[split], factors.tokenizer[slots[split]]
        )
    parts[~priced] = np.nan
    return parts * view.usd_per_unit[prices.currency[safe]][:, None]


def _priced(rates: Floats, tokens: Floats) -> Floats:
    """Multiply rates by tokens; a meter that is not used needs no rate."""
    return np.where(tokens == 0, 0.0, rates * tokens)


def _tokens(question: Question, factors: TokenFactors, slots: Ints) -> Floats:
    """Return millions of billed tokens per request by slot and BILLED column.

    The last column is the request itself, whose meter is not per million.
    """
    ours = question.tokens
    cached = ours.input_mean * float(ours.cacheable_prefix_share)
    reference = np.array(
        [
            ours.input_mean - cached,
            cached * (1 - CACHE_WRITE_SHARE),
            cached * CACHE_WRITE_SHARE,
            ours.output_mean,
            ours.output_mean,
        ]
    )
    tokens = np.empty((len(slots), len(BILLED)))
    tokens[:, :_REQUEST] = reference * (
        factors.tokenizer[slots, None] / TOKENS_PER_MTOK
    )
    tokens[:, _REASONING] *= factors.reasoning[slots]
    tokens[:, _REQUEST] = 1.0
    return tokens


def _split_parts(
    question: Question, view: View, tokens: Floats, rows: Ints, tokenizer: Floats
) -> Floats:
    """Price slots whose row has context tiers or daily windows, band by band."""
    prices = view.history.prices
    bands = prices.bands
    counts = bands.count[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    band = bands.first[rows][owner] + offsets
    inside, lengths = _class_shares(
        question, tokenizer[owner], bands.lower[band], bands.upper[band]
    )
    hours = (prices.patterns @ hour_weights(question.traffic).ravel())[
        bands.pattern[band]
    ]
    scaled = tokens[owner] * np.where(
        _PROMPT_COLUMNS, lengths[:, None], inside[:, None]
    )
    parts = _priced(bands.rates[band], scaled) * hours[:, None]
    summed = np.zeros((len(rows), len(BILLED)))
    np.add.at(summed, owner, parts)
    return summed


def _class_shares(
    question: Question, tokenizer: Floats, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """Return the share of requests, and of prompt tokens, between prompt lengths."""
    classes = request_classes(question.tokens)
    share = np.array([float(each.share) for each in classes])
    length = np.array([float(each.input_tokens) for each in classes])
    # To a millionth of a token: a prompt exactly at a bound must not fall beyond it by
    # an error of floating point, since the price is a cliff there.
    prompt = np.round(tokenizer[:, None] * length, 6)
    inside = (prompt > lower[:, None]) & (prompt <= upper[:, None])
    mean = max(float(question.tokens.input_mean), 1.0)
    return inside @ share, inside @ (share * length / mean)


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
    fixed = _priced(np.array(term.billed), _tokens(question, factors, slots))
    rows = view.price_rows[slots, segment]
    # The index NONE finds the last: what was never priced was not withdrawn either.
    withdrawn = np.append(view.history.prices.withdrawn, False)[rows]
    return np.where(withdrawn, np.nan, row_sums(fixed))


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


def _hidden_ln_sd(parts: Floats, factors: TokenFactors) -> Floats:
    """Return the deviation of ln(spend) from hidden tokens, to first order.

    They move only their own part of the bill.
    """
    total = row_sums(parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_unit = parts[:, _REASONING] / np.where(
            factors.reasoning > 0, factors.reasoning, np.inf
        )
        hidden: Floats = np.nan_to_num(per_unit * factors.reasoning_sd / total)
    return hidden


def monthly_ln_sd(question: Question, token_ln_sd: float) -> Floats:
    """Return the deviation of one slot's ln(spend) by month: growth and tokens."""
    deviation: Floats = np.hypot(growth_ln_sd(question.traffic), token_ln_sd)
    return deviation
