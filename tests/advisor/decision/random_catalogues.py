"""Random catalogues and questions for properties: small, and full of edges."""

from datetime import UTC, datetime, time
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from advisor.decision.question import (
    Constraints,
    Floor,
    FloorKind,
    Limits,
    OptionKey,
    Question,
    Tokens,
    Traffic,
)
from catalog.rate_cards import ContextTier, RateCard, Rates, Window
from tests.advisor.decision.builders import (
    AS_OF,
    LONG_AGO,
    Agreement,
    FactRow,
    Fx,
    Offer,
    PriceRow,
    Spec,
)

MODELS = ("m0", "m1", "m2")
PROVIDERS = ("p", "q")
SOLD = (
    ("standard",),
    ("standard", "batch"),
    ("standard", "batch", "flex"),
    ("priority", "standard"),
    ("batch",),
    (),
)
MOMENTS = (
    LONG_AGO,
    datetime(2026, 11, 25, tzinfo=UTC),
    datetime(2027, 2, 14, 7, 30, tzinfo=UTC),
    datetime(2027, 6, 1, tzinfo=UTC),
    datetime(2028, 1, 1, tzinfo=UTC),
)
# Some of them are where tokenizer and prompt below multiply to a whole number.
THRESHOLDS = (486, 1000, 1080, 2033, 5000, 200_000)


def _amount(random):
    """Return a rate: often a plain one, at times free, else four decimals."""
    plain = [Decimal(0), Decimal(1), Decimal("0.15"), Decimal("2.5")]
    odd = Decimal(random.randrange(800_000)) / 10_000
    return random.choice([*plain, odd, odd])


def _maybe(random):
    return random.choice([None, _amount(random)])


def _rates(random, missing=0.0):
    """Return the rates of a card; input or output is missing at the share given."""
    return Rates(
        input_per_mtok=None if random.random() < missing else _amount(random),
        output_per_mtok=None if random.random() < missing else _amount(random),
        cache_read_per_mtok=_maybe(random),
        cache_write_5m_per_mtok=_maybe(random),
        reasoning_per_mtok=_maybe(random),
        per_request=random.choice([None, None, Decimal("0.0005")]),
    )


def _tiers(random):
    """Return up to two context tiers, ascending; each may leave rates as they are."""
    bounds = sorted(random.sample(THRESHOLDS, random.randrange(3)))
    return tuple(
        ContextTier(
            above_prompt_tokens=bound,
            rates=Rates(
                input_per_mtok=_maybe(random),
                output_per_mtok=_maybe(random),
                cache_read_per_mtok=_maybe(random),
            ),
        )
        for bound in bounds
    )


def _window(random):
    """Return a daily window, perhaps over midnight, with rates and tiers of its own."""
    starts, ends = random.choice(
        [(time(0), time(8)), (time(16, 30), time(0, 30)), (time(12), time(0))]
    )
    return Window(
        starts=starts,
        ends=ends,
        rates=_rates(random),
        weekdays=random.choice([frozenset(range(7)), frozenset({0, 5, 6})]),
        context_tiers=_tiers(random),
    )


def _card(random, windows):
    """Return a card: plain, tiered, by the hour, or both."""
    kind = random.randrange(4)
    return RateCard(
        rates=_rates(random, missing=0.05),
        context_tiers=_tiers(random) if kind in (1, 3) else (),
        windows=random.choice(windows) if kind in (2, 3) else (),
    )


def _cards(count=400):
    """Return the cards to choose from, the same in every run.

    Drawing each rate on its own takes hundreds of choices a catalogue.
    """
    random = Random(13)
    windows = [
        tuple(_window(random) for _ in range(random.randrange(1, 3))) for _ in range(30)
    ]
    return [_card(random, windows) for _ in range(count)]


CARDS = _cards()
FLAT = [card.rates for card in CARDS if card.is_linear and card.rates.input_per_mtok]


def rarely(strategy):
    """Draw from it once in ten times, else None."""
    return st.integers(0, 9).flatmap(lambda n: strategy if n == 9 else st.none())


@st.composite
def price_rows(draw, tier, effective):
    """A price from a moment on; now and then withdrawn, tiered or by the hour."""
    dates = {"tier": tier, "effective": effective}
    if draw(rarely(st.booleans())):
        return PriceRow(card=RateCard(rates=Rates()), withdrawn=True, **dates)
    card = draw(st.sampled_from(CARDS))
    currency = draw(rarely(st.just("XXX"))) or draw(st.sampled_from(["USD", "EUR"]))
    return PriceRow(card=card, currency=currency, **dates)


@st.composite
def offers(draw, name):
    """An offer with up to three tiers, each with up to two dated prices."""
    tiers = draw(st.sampled_from(SOLD))
    prices = [
        draw(price_rows(tier, moment))
        for tier in tiers
        for moment in {
            draw(rarely(st.sampled_from(MOMENTS))) or LONG_AGO,
            draw(st.sampled_from(MOMENTS)),
        }
    ]
    facts = {
        "zero_retention": draw(st.sampled_from([True, True, True, None, False])),
        "context_tokens": draw(st.sampled_from([None, None, 128_000, 4000])),
    }
    return Offer(
        name=name,
        model=draw(st.sampled_from(MODELS)),
        provider=draw(st.sampled_from(PROVIDERS)),
        region="",
        owner=draw(st.sampled_from(["", "", "", "buyer", "other"])),
        chat=True,
        prices=tuple(prices),
        facts=(FactRow(facts=facts),),
    )


@st.composite
def model_facts(draw):
    """One row of a model's size and token ratios, with or without ranges."""
    tokenizer = draw(st.sampled_from([None, "1", "1.07", "1.08", "1.3"]))
    reasoning = draw(st.sampled_from([None, "0", "0", "0.75", "4"]))
    facts = {
        "total_parameters_b": draw(st.sampled_from([None, 3, 13, 70, 400])),
        "tokenizer_ratio": tokenizer,
        "reasoning_ratio": reasoning,
    }
    if tokenizer is not None and draw(st.booleans()):
        facts |= {"tokenizer_ratio_low": "0.99", "tokenizer_ratio_high": "1.4"}
    return (FactRow(facts=facts),)


@st.composite
def agreements(draw):
    """A term: a discount, or flat rates."""
    flat = draw(st.booleans())
    return Agreement(
        provider=draw(st.sampled_from(PROVIDERS)),
        model=draw(st.sampled_from(["", *MODELS])),
        tier=draw(st.sampled_from(["", "standard", "batch"])),
        factor=None if flat else draw(st.sampled_from([Decimal("0.75"), Decimal(1)])),
        flat=draw(st.sampled_from(FLAT)) if flat else None,
        effective=draw(st.sampled_from(MOMENTS)),
        ends=draw(st.sampled_from([None, None, *MOMENTS[2:]])),
    )


@st.composite
def catalogues(draw, most=5):
    """A catalogue of two providers and three models."""
    count = draw(st.integers(2, most))
    terms = draw(st.lists(agreements(), max_size=2))
    # Two terms of equal precedence are a contradiction that the database refuses.
    distinct = {(t.provider, t.model, t.tier, t.effective): t for t in terms}
    return Spec(
        offers=tuple(draw(offers(f"o{at}")) for at in range(count)),
        models={name: draw(model_facts()) for name in MODELS},
        fx=(Fx(currency="EUR", usd_per_unit=Decimal("1.0837")),),
        terms=tuple(distinct.values()),
    )


shares = st.fixed_dictionaries(
    {"m0": st.just(0.8)},
    optional={name: st.sampled_from([0.5, 0.7, 0.8, 0.95]) for name in MODELS[1:]},
)


@st.composite
def questions(draw):
    """A question; a relative floor names its reference."""
    mean, p95 = draw(
        st.sampled_from(
            [(1000, 1000), (450, 450), (1900, 1900), (1000, 2500), (300, 9000), (0, 0)]
        )
    )
    output = draw(st.sampled_from([0, 1, 120]))
    return Question(
        task_family="chat",
        as_of=AS_OF,
        traffic=Traffic(
            requests_per_month=draw(st.integers(1, 10**6)),
            growth_per_month=draw(st.sampled_from([Decimal(0), Decimal("0.07")])),
            daily_shape=draw(
                st.sampled_from([None, tuple(float(hour) for hour in range(24))])
            ),
            weekly_shape=draw(st.sampled_from([None, (3, 3, 3, 3, 3, 1, 1)])),
        ),
        tokens=Tokens(
            input_mean=mean,
            input_p95=p95,
            output_mean=output,
            output_p95=2 * output,
            cacheable_prefix_share=draw(
                st.sampled_from([Decimal(0), Decimal("0.37"), Decimal(1)])
            ),
        ),
        batch_share=draw(st.sampled_from([Decimal(0), Decimal("0.3"), Decimal(1)])),
        limits=draw(st.sampled_from([Limits(), Limits(), Limits(itl_ms_p95=30.0)])),
        floor=draw(
            st.sampled_from(
                [
                    Floor(),
                    Floor(kind=FloorKind.RELATIVE, value=0.8, reference="m0"),
                    Floor(kind=FloorKind.ABSOLUTE, value=1.0, reference="m0"),
                ]
            )
        ),
        constraints=draw(
            st.sampled_from([Constraints(), Constraints(zero_retention=True)])
        ),
        monthly_budget_usd=draw(st.sampled_from([None, None, Decimal(300_000)])),
        current=draw(st.sampled_from([None, *OPTIONS])),
        previous_pick=draw(st.sampled_from([None, *OPTIONS])),
    )


OPTIONS = (
    OptionKey(offering="o0", service_tier="standard"),
    OptionKey(offering="o1", service_tier="batch"),
)
