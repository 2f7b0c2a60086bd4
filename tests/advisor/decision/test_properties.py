"""What holds for every catalogue and every question.

Screening works in floating point: figures that two ways of reckoning share are held
equal to a part in a thousand million.
"""

from dataclasses import replace
from decimal import Decimal
from math import exp, hypot, inf, isnan

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from advisor.decision.assumptions import SPEND_Z, TIE_SHARE
from advisor.decision.quote import Quoter
from catalog.rate_cards import METERS, RateCard
from tests.advisor.decision.builders import Answer, Spec, answer
from tests.advisor.decision.random_catalogues import (
    catalogues,
    offers,
    questions,
    shares,
)

CLOSE = 1e-9

thoroughly = settings(
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def close(value):
    return pytest.approx(value, rel=CLOSE, abs=1e-12, nan_ok=True)


def totals(found: Answer) -> dict:
    """Return the year's spend of every option by its name."""
    return {
        found.name(slot): float(total)
        for slot, total in enumerate(found.decision.totals)
    }


@thoroughly
@given(catalogues(), questions())
def test_doubling_requests_doubles_metered_spend(words, question):
    traffic = question.traffic
    double = replace(traffic, requests_per_month=2 * traffic.requests_per_month)

    once = answer(words, question)
    twice = answer(words, replace(question, traffic=double))

    assert totals(twice) == {
        name: close(2 * total) for name, total in totals(once).items()
    }


def rates_within(card: RateCard):
    """Yield a way to each set of rates of a card: (the rates, a card with others)."""
    yield card.rates, lambda other: replace(card, rates=other)
    for at, tier in enumerate(card.context_tiers):
        yield (
            tier.rates,
            lambda other, at=at: replace(card, context_tiers=_tiered(card, at, other)),
        )
    for at, window in enumerate(card.windows):
        yield (
            window.rates,
            lambda other, at=at: replace(
                card, windows=_put(card.windows, at, rates=other)
            ),
        )
        for place, tier in enumerate(window.context_tiers):
            yield (
                tier.rates,
                lambda other, at=at, place=place: replace(
                    card,
                    windows=_put(
                        card.windows,
                        at,
                        context_tiers=_tiered(card.windows[at], place, other),
                    ),
                ),
            )


def _put(rows, at, **changes):
    return (*rows[:at], replace(rows[at], **changes), *rows[at + 1 :])


def _tiered(card, at, rates):
    return _put(card.context_tiers, at, rates=rates)


def dearer_catalogues(words: Spec):
    """Yield the catalogue with one stated rate raised, for each rate there is."""
    for which, each in enumerate(words.offers):
        for at, row in enumerate(each.prices):
            for rates, rebuilt in rates_within(row.card):
                for meter in METERS:
                    rate = getattr(rates, meter)
                    if rate is not None:
                        raised = replace(rates, **{meter: rate * 2 + 1})
                        prices = _put(each.prices, at, card=rebuilt(raised))
                        yield replace(
                            words, offers=_put(words.offers, which, prices=prices)
                        )


@thoroughly
@given(catalogues(most=3), questions(), st.data())
def test_dearer_price_never_lowers_any_spend(words, question, data):
    dearer = list(dearer_catalogues(words))
    assume(dearer)
    raised = data.draw(st.sampled_from(dearer))

    before, after = totals(answer(words, question)), totals(answer(raised, question))

    for name, total in before.items():
        assert isnan(total) == isnan(after[name])
        assert isnan(total) or after[name] >= total * (1 - CLOSE)


@thoroughly
@given(catalogues(), offers("new"), questions(), shares)
def test_adding_an_offering_never_raises_what_the_best_costs(
    words, new, question, published
):
    """The cost of the cheapest feasible option never rises.

    The recommended option is the cheapest or tied with it: an offering that is cheaper
    by less than a tie, or that joins one with better quality, may move the pick to a
    tied option that costs more than the pick before. Only within the tie, whose bound
    is checked here, can the recommended cost rise. The reference of the floor is held
    fixed, as it must be: a better reference would lift the floor.
    """
    before = answer(words, question, shares=published)
    after = answer(
        replace(words, offers=(*words.offers, new)), question, shares=published
    )

    assert cheapest(after) <= cheapest(before) * (1 + CLOSE)
    if not after.tied:
        assert recommended_cost(after) <= recommended_cost(before) * (1 + CLOSE)
    assert recommended_cost(after) <= cheapest(after) * tie(after) * (1 + CLOSE)


def cheapest(found: Answer) -> float:
    """Return the least spend among what fits, infinite if nothing does."""
    return min(
        (float(found.decision.totals[slot]) for slot in found.decision.ranking.order),
        default=inf,
    )


def recommended_cost(found: Answer) -> float:
    slot = found.decision.recommended
    return inf if slot is None else float(found.decision.totals[slot])


def tie(found: Answer) -> float:
    """Return the widest ratio of two spends that can count as a tie here."""
    deviations = [float(each) for each in found.decision.spend.token_ln_sd]
    widest = max(deviations, default=0.0)
    return max(1 + TIE_SHARE, exp(SPEND_Z * hypot(widest, widest)))


def outline(found: Answer, without: frozenset[str] = frozenset()) -> dict:
    """Return what an answer says, by names, apart from some refused offers."""
    decision = found.decision
    named = found.names(range(len(decision.totals)))
    kept = [name for name in named if name.partition(":")[0] not in without]
    relaxed = decision.relaxation
    misses = found.names(decision.near)
    return {
        "order": found.order,
        "tied": found.tied,
        "frontier": found.names(decision.frontier),
        "finding": decision.finding,
        "proven": found.name(decision.proven),
        "near": [name for name in misses if name in kept],
        "refused": {name: found.codes(*_option(name)) for name in kept},
        "ladder": [
            (rung.band, found.name(rung.slot))
            for rung in decision.ladder
            if rung.feasible
        ],
        "relaxed": relaxed and found.name(relaxed.slot),
    }


def _option(name: str) -> tuple[str, str]:
    offering, _, tier = name.partition(":")
    return offering, tier or "standard"


@thoroughly
@given(catalogues(), questions(), shares)
def test_removing_a_refused_offering_changes_nothing_else(words, question, published):
    """An offering goes with all its tiers, since one may serve another's deferral.

    The reference of the floor is held fixed, today's option stays, and the way out
    when nothing fits may have been through the offering removed.
    """
    before = answer(words, question, shares=published)
    fits = {name.partition(":")[0] for name in before.order}
    today = question.current and question.current.offering
    refused = [o.name for o in words.offers if o.name not in fits | {today}]
    assume(refused and len(words.offers) > 1)
    gone = refused[0]
    fewer = replace(
        words,
        offers=tuple(each for each in words.offers if each.name != gone),
    )

    after = answer(fewer, question, shares=published)

    said, says = outline(before, frozenset({gone})), outline(after)
    del said["relaxed"], says["relaxed"]
    assert says == said
    costs = totals(before)
    assert totals(after) == {name: close(costs[name]) for name in totals(after)}


@thoroughly
@given(catalogues(), questions(), shares, st.randoms(use_true_random=False))
def test_order_of_input_does_not_matter(words, question, published, random):
    def shuffled(rows):
        return tuple(random.sample(rows, len(rows)))

    other = replace(
        words,
        offers=tuple(
            replace(each, prices=shuffled(each.prices))
            for each in shuffled(words.offers)
        ),
        models=dict(shuffled(list(words.models.items()))),
        terms=shuffled(words.terms),
    )

    one = answer(words, question, shares=published)
    another = answer(other, question, shares=published)

    assert outline(another) == outline(one)
    costs = totals(one)
    assert totals(another) == {name: close(cost) for name, cost in costs.items()}


@settings(thoroughly, max_examples=100)
@given(catalogues(), questions())
def test_exact_quote_equals_the_screening(words, question):
    found = answer(words, question)
    spend, quoter = found.decision.spend, Quoter(found.decision)

    for slot in range(len(found.decision.totals)):
        quote = quoter.quote(slot)
        assert (quote is None) == isnan(spend.total[slot])
        if quote is not None:
            assert float(quote.per_request) == close(spend.per_request[slot, 0])
            assert floats(quote.monthly) == close(spend.monthly[slot].tolist())
            assert float(quote.total) == close(spend.total[slot])
            listed = spend.list_monthly[slot]
            assert (quote.list_total is None) == isnan(listed.sum())
            if quote.list_monthly is not None:
                assert floats(quote.list_monthly) == close(listed.tolist())


def floats(amounts: tuple[Decimal, ...]) -> list[float]:
    return [float(amount) for amount in amounts]
