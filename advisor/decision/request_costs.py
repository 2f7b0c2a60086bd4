"""What one request costs on every slot, expected over prompt lengths and hours."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.assumptions import CACHE_WRITE_SHARE
from advisor.decision.bands import BILLED
from advisor.decision.question import Question
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import hour_weights, request_classes
from advisor.decision.view import View

TOKENS_PER_MTOK = 1e6
_OUTPUT, _REASONING, _REQUEST = (
    BILLED.index(part) for part in ("output", "reasoning", "request")
)
# The columns of tokens that the buyer counts: the prompt's three and the answer's.
_COUNTED = slice(0, _REASONING)
_OF_PROMPT = np.array([part != "output" for part in BILLED[_COUNTED]])


@dataclass(frozen=True, kw_only=True)
class RequestCosts:
    """USD per request: the whole, and the part that hidden tokens make of it."""

    total: Floats
    hidden: Floats


def list_costs(question: Question, view: View, factors: TokenFactors) -> RequestCosts:
    """Price every entry of the view's held prices; NaN where a rate is unknown."""
    if not len(view.history.prices.currency):
        nothing = np.full(len(view.price_rows), np.nan)
        return RequestCosts(total=nothing, hidden=nothing)
    held = view.held_prices
    tokenizer = factors.tokenizer[held.slots]
    reasoning = factors.reasoning[held.slots]
    verbosity = _verbosity(factors, held.slots)
    costs = _flat(
        held.rates, _counted_tokens(question), tokenizer, reasoning, verbosity
    )
    split = held.split
    if len(split):
        banded = _banded(
            question,
            view,
            held.rows[split],
            tokenizer[split],
            reasoning[split],
            1.0 if isinstance(verbosity, float) else verbosity[split],
        )
        costs.total[split], costs.hidden[split] = banded.total, banded.hidden
    in_usd = np.where(held.priced, view.usd_per_unit[held.currency], np.nan)
    return RequestCosts(total=costs.total * in_usd, hidden=costs.hidden * in_usd)


def agreed_costs(
    question: Question, factors: TokenFactors, slots: Ints, billed: list[float]
) -> Floats:
    """Price the given slots by one agreed set of flat rates, in the order of BILLED."""
    rates = np.broadcast_to(np.array(billed), (len(slots), len(BILLED)))
    counted = _counted_tokens(question)
    return _flat(
        rates,
        counted,
        factors.tokenizer[slots],
        factors.reasoning[slots],
        _verbosity(factors, slots),
    ).total


def _verbosity(factors: TokenFactors, slots: Ints) -> Floats | float:
    """Return what multiplies visible output besides the tokenizer; mostly just 1."""
    return 1.0 if factors.verbosity is None else factors.verbosity[slots]


def _counted_tokens(question: Question) -> Floats:
    """Return millions of reference tokens per request, by counted column."""
    ours = question.tokens
    cached = ours.input_mean * float(ours.cacheable_prefix_share)
    tokens = [
        ours.input_mean - cached,
        cached * (1 - CACHE_WRITE_SHARE),
        cached * CACHE_WRITE_SHARE,
        ours.output_mean,
    ]
    return np.array(tokens) / TOKENS_PER_MTOK


def _flat(
    rates: Floats,
    counted: Floats,
    tokenizer: Floats,
    reasoning: Floats,
    verbosity: Floats | float,
) -> RequestCosts:
    """Price requests whose tokens are the same for every row of rates.

    A meter that is not used needs no rate, so its column is left out.
    """
    used = np.flatnonzero(counted)
    visible = rates[:, used] @ counted[used]
    hidden = _hidden(rates, counted[_OUTPUT] * reasoning * verbosity) * tokenizer
    if not isinstance(verbosity, float):
        more = np.where(verbosity == 1, 0.0, rates[:, _OUTPUT] * (verbosity - 1))
        visible = visible + more * counted[_OUTPUT]
    return RequestCosts(
        total=tokenizer * visible + hidden + rates[:, _REQUEST], hidden=hidden
    )


def _hidden(rates: Floats, tokens: Floats) -> Floats:
    return np.where(tokens == 0, 0.0, rates[:, _REASONING] * tokens)


def _banded(
    question: Question,
    view: View,
    rows: Ints,
    tokenizer: Floats,
    reasoning: Floats,
    verbosity: Floats | float,
) -> RequestCosts:
    """Price rows with context tiers or daily windows, band by band."""
    prices = view.history.prices
    bands = prices.bands
    counts = bands.count[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    starts = np.cumsum(counts) - counts
    offsets = np.arange(len(owner)) - starts[owner]
    band = bands.first[rows][owner] + offsets
    inside, lengths = _class_shares(
        question, tokenizer[owner], bands.lower[band], bands.upper[band]
    )
    hours = (prices.patterns @ hour_weights(question.traffic).ravel())[
        bands.pattern[band]
    ]
    counted = _counted_tokens(question) * np.where(
        _OF_PROMPT, lengths[:, None], inside[:, None]
    )
    if not isinstance(verbosity, float):
        counted[:, _OUTPUT] *= verbosity[owner]
    rates = bands.rates[band]
    visible = np.where(counted == 0, 0.0, rates[:, _COUNTED] * counted).sum(axis=1)
    hidden = _hidden(rates, counted[:, _OUTPUT] * reasoning[owner]) * tokenizer[owner]
    total = tokenizer[owner] * visible + hidden + rates[:, _REQUEST] * inside
    return RequestCosts(
        total=np.add.reduceat(total * hours, starts),
        hidden=np.add.reduceat(hidden * hours, starts),
    )


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
