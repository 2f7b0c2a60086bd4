"""A catalogue and a question from a few readable words, without a database.

What a test does not say is plain: a model of 8 B whose tokenizer is the reference one
and that does not reason, sold in USD since `LONG_AGO`, everything else unknown.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from advisor.decision.arrays import NONE
from advisor.decision.bands import BandsBuilder
from advisor.decision.dated_rows import DatedRows, microseconds
from advisor.decision.decide import Decision, decide
from advisor.decision.evaluations import Evaluations
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.history import CatalogueHistory, FactRows, ScoreRows, Term
from advisor.decision.measured import Change, MeasuredRun, Measurements
from advisor.decision.price_rows import PriceRows
from advisor.decision.quality import (
    PUBLISHED,
    UNKNOWN,
    Quality,
    TaskBenchmarks,
    view_quality,
)
from advisor.decision.question import (
    Constraints,
    Floor,
    Limits,
    OptionKey,
    Question,
    Tokens,
    Traffic,
)
from advisor.decision.quote import Quote, Quoter
from advisor.decision.reasons import reasons_in
from advisor.decision.strategies.tables import tables
from advisor.decision.traffic import month_starts
from advisor.decision.view import View, view
from catalog.rate_cards import METERS, ContextTier, RateCard, Rates, Window

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 11, 23, tzinfo=UTC)
FOR_EVER = np.iinfo(np.int64).max
TASK = TaskBenchmarks(weights={"exam": 1.0}, anchor="exam")

MODEL_COLUMNS = (
    "total_parameters_b",
    "active_parameters_b",
    "open_weights",
    "context_tokens",
    "max_output_tokens",
    "retires_on",
    "deprecated",
    "reasoning_ratio",
    "reasoning_ratio_low",
    "reasoning_ratio_high",
    "tokenizer_ratio",
    "tokenizer_ratio_low",
    "tokenizer_ratio_high",
)
OFFERING_COLUMNS = (
    "context_tokens",
    "max_output_tokens",
    "supports_tools",
    "supports_json",
    "supports_vision",
    "zero_retention",
    "trains_on_data",
    "requests_per_minute_limit",
    "tokens_per_minute_limit",
    "published_uptime_percent",
    "preview",
    "deprecated",
    "retires_on",
)
PLAIN_MODEL = {
    "total_parameters_b": 8,
    "active_parameters_b": 8,
    "tokenizer_ratio": 1,
    "reasoning_ratio": 0,
}

Figure = int | str | Decimal
Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PriceRow:
    """One dated price of an offer on one tier."""

    card: RateCard
    tier: str = "standard"
    currency: str = "USD"
    withdrawn: bool = False
    effective: datetime = LONG_AGO
    received: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class FactRow:
    """One dated row of facts; what is not named is unknown."""

    facts: Facts = field(default_factory=dict)
    residency: frozenset[str] | None = None
    effective: datetime = LONG_AGO
    received: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is sold; its name is also its id."""

    name: str
    model: str
    provider: str
    region: str
    owner: str
    chat: bool
    prices: tuple[PriceRow, ...]
    facts: tuple[FactRow, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """A published score, 0 to 1."""

    model: str
    score: float
    benchmark: str = "exam"
    effective: datetime = LONG_AGO
    received: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Fx:
    """A dated exchange rate."""

    currency: str
    usd_per_unit: Decimal
    effective: datetime = LONG_AGO
    received: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A contract term, by names; give a factor (0.75 is 25 % off) or flat rates."""

    provider: str = "p"
    model: str = ""
    tier: str = ""
    organization: str = "buyer"
    factor: Decimal | None = None
    flat: Rates | None = None
    effective: datetime = LONG_AGO
    ends: datetime | None = None
    received: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A whole catalogue in words."""

    offers: tuple[Offer, ...]
    models: Mapping[str, tuple[FactRow, ...]] = field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    fx: tuple[Fx, ...] = ()
    terms: tuple[Agreement, ...] = ()


def rates(input: Figure | None = None, output: Figure | None = None, **more: Any):
    """Return rates per Mtok; `cache_read` stands for `cache_read_per_mtok`."""
    stated = {"input": input, "output": output, **more}
    return Rates(
        **{
            name if name in METERS else f"{name}_per_mtok": Decimal(rate)
            for name, rate in stated.items()
            if rate is not None
        }
    )


def price(
    input: Figure | None = None,
    output: Figure | None = None,
    *,
    tier: str = "standard",
    currency: str = "USD",
    withdrawn: bool = False,
    effective: datetime = LONG_AGO,
    received: datetime = LONG_AGO,
    above: Mapping[int, Rates] | None = None,
    windows: Sequence[Window] = (),
    **more: Figure,
) -> PriceRow:
    """Return a price row; `above` maps prompt tokens to what differs beyond them."""
    tiers = (
        ContextTier(above_prompt_tokens=bound, rates=stated)
        for bound, stated in sorted((above or {}).items())
    )
    card = RateCard(
        rates=rates(input, output, **more),
        context_tiers=tuple(tiers),
        windows=tuple(windows),
    )
    return PriceRow(
        card=card,
        tier=tier,
        currency=currency,
        withdrawn=withdrawn,
        effective=effective,
        received=received,
    )


def offer(
    name: str,
    *prices: PriceRow,
    model: str = "m",
    provider: str = "p",
    region: str = "",
    owner: str = "",
    chat: bool = True,
    residency: Iterable[str] | None = None,
    rows: Sequence[FactRow] = (),
    **facts: Any,
) -> Offer:
    """Return an offer; facts by name make one row, or `rows` gives dated ones."""
    words = None if residency is None else frozenset(residency)
    return Offer(
        name=name,
        model=model,
        provider=provider,
        region=region,
        owner=owner,
        chat=chat,
        prices=prices,
        facts=(*rows, *([] if rows else [FactRow(facts=facts, residency=words)])),
    )


def model(**facts: Any) -> tuple[FactRow, ...]:
    """Return one row of a plain model's facts with some of them otherwise."""
    return (FactRow(facts={**PLAIN_MODEL, **facts}),)


def spec(*offers: Offer, **more: Any) -> Spec:
    """Return a catalogue of these offers; models that are not described are plain."""
    if isinstance(more.get("scores"), dict):
        more["scores"] = tuple(
            Score(model=name, score=score) for name, score in more["scores"].items()
        )
    return Spec(offers=offers, **more)


def history(words: Spec, *, known_at: datetime = AS_OF) -> CatalogueHistory:
    """Assemble the arrays of a catalogue, in the order of its words."""
    providers = _distinct(
        [*(each.provider for each in words.offers), *(t.provider for t in words.terms)]
    )
    models = _distinct([*(each.model for each in words.offers), *words.models])
    slots = _slots(words.offers)
    rows = [(each, row) for each in words.offers for row in each.prices]
    paid_in = {"USD", *(row.currency for _, row in rows)}
    currencies = tuple(sorted(paid_in | {rate.currency for rate in words.fx}))
    fx_rows, fx = _dated(
        words.fx,
        lambda rate: currencies.index(rate.currency),
        len(currencies),
    )
    facts = {name: words.models.get(name, model()) for name in models}
    return CatalogueHistory(
        known_at=known_at,
        providers=tuple(providers),
        models=tuple(models),
        developers=("",) * len(models),
        offerings=tuple(each.name for each in words.offers),
        offering_names=tuple(each.name for each in words.offers),
        regions=tuple(each.region for each in words.offers),
        offering_provider=_ints(providers.index(o.provider) for o in words.offers),
        offering_model=_ints(models.index(each.model) for each in words.offers),
        offering_is_chat=np.array([each.chat for each in words.offers], dtype=bool),
        offering_owner=tuple(each.owner for each in words.offers),
        slot_offering=_ints(index for index, _ in slots),
        slot_tier=tuple(tier for _, tier in slots),
        prices=_prices(words.offers, slots, currencies),
        model_facts=_facts([facts[name] for name in models], MODEL_COLUMNS),
        offering_facts=_facts([o.facts for o in words.offers], OFFERING_COLUMNS),
        scores=_scores(words.scores, models),
        currencies=currencies,
        fx=fx,
        fx_ids=list(range(len(fx_rows))),
        fx_usd_per_unit=[rate.usd_per_unit for rate in fx_rows],
        terms=tuple(
            _term(index, each, providers, models)
            for index, each in enumerate(words.terms)
        ),
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _ints(values: Iterable[int]) -> np.ndarray:
    return np.fromiter(values, dtype=np.int64)


def _slots(offers: Sequence[Offer]) -> list[tuple[int, str]]:
    """Every (offer, tier) ever priced, and the standard tier of every offer."""
    priced = [(i, row.tier) for i, each in enumerate(offers) for row in each.prices]
    standard = [(index, "standard") for index in range(len(offers))]
    return list(dict.fromkeys([*priced, *standard]))


def _dated(
    rows: Iterable[Any], owner: Callable[[Any], int], owners: int
) -> tuple[list[Any], DatedRows]:
    def key(row: Any) -> tuple[int, int, int]:
        return owner(row), microseconds(row.effective), microseconds(row.received)

    ordered = sorted(rows, key=key)
    keys = np.array([key(row) for row in ordered], dtype=np.int64).reshape(-1, 3)
    dated = DatedRows(
        owners=keys[:, 0].copy(),
        effective=keys[:, 1].copy(),
        received=keys[:, 2].copy(),
        owner_count=owners,
    )
    return ordered, dated


@dataclass(frozen=True)
class _Owned:
    owner: int
    row: Any
    effective: datetime
    received: datetime


def _owned(rows: Iterable[tuple[int, Any]], owners: int) -> tuple[list[Any], DatedRows]:
    ordered, dated = _dated(
        (_Owned(owner, row, row.effective, row.received) for owner, row in rows),
        lambda each: each.owner,
        owners,
    )
    return [each.row for each in ordered], dated


def _prices(
    offers: Sequence[Offer], slots: list[tuple[int, str]], currencies: tuple[str, ...]
) -> PriceRows:
    rows, dated = _owned(
        (
            (slots.index((index, row.tier)), row)
            for index, each in enumerate(offers)
            for row in each.prices
        ),
        len(slots),
    )
    builder = BandsBuilder()
    cards: list[Any] = []
    for index, row in enumerate(rows):
        if row.card.is_linear:
            cards.append(tuple(rate for _, rate in row.card.rates.stated_or_none()))
            builder.add_flat(index, cards[-1])
        else:
            cards.append(row.card)
            builder.add_card(index, row.card)
    return PriceRows(
        dated=dated,
        ids=list(range(len(rows))),
        sheets=["sheet"] * len(rows),
        currency=_ints(currencies.index(row.currency) for row in rows),
        withdrawn=np.array([row.withdrawn for row in rows], dtype=bool),
        cards=cards,
        bands=builder.build(len(rows)),
        patterns=np.array(builder.patterns).reshape(-1, 7 * 24),
    )


def _facts(by_owner: Sequence[Sequence[FactRow]], columns: tuple[str, ...]) -> FactRows:
    rows, dated = _owned(
        ((owner, row) for owner, rows in enumerate(by_owner) for row in rows),
        len(by_owner),
    )
    for row in rows:
        unknown = set(row.facts) - set(columns)
        if unknown:
            raise ValueError(f"no such fact: {unknown}")
    distinct = tuple(dict.fromkeys([None, *(row.residency for row in rows)]))
    values = [[_number(row.facts.get(name)) for name in columns] for row in rows]
    return FactRows(
        dated=dated,
        ids=list(range(len(rows))),
        columns=columns,
        values=np.array(values, dtype=np.float64).reshape(-1, len(columns)),
        residency=_ints(distinct.index(row.residency) for row in rows),
        residencies=distinct,
    )


def _number(value: object) -> float:
    if value is None:
        return np.nan
    if isinstance(value, date):
        return value.toordinal() - date(1970, 1, 1).toordinal()
    return float(value)  # type: ignore[arg-type]


def _scores(scores: Sequence[Score], models: list[str]) -> ScoreRows:
    pairs = list(dict.fromkeys((each.model, each.benchmark) for each in scores))
    rows, dated = _dated(
        scores, lambda each: pairs.index((each.model, each.benchmark)), len(pairs)
    )
    benchmarks = tuple(sorted({benchmark for _, benchmark in pairs}))
    return ScoreRows(
        dated=dated,
        ids=list(range(len(rows))),
        pair_model=_ints(models.index(name) for name, _ in pairs),
        pair_benchmark=_ints(benchmarks.index(name) for _, name in pairs),
        benchmarks=benchmarks,
        score=np.array([each.score for each in rows], dtype=np.float64),
    )


def _term(index: int, each: Agreement, providers: list[str], models: list[str]) -> Term:
    return Term(
        id=str(index),
        organization=each.organization,
        provider=providers.index(each.provider),
        model=models.index(each.model) if each.model else NONE,
        service_tier=each.tier,
        effective=microseconds(each.effective),
        ends=FOR_EVER if each.ends is None else microseconds(each.ends),
        received=microseconds(each.received),
        factor=each.factor,
        rates=each.flat,
    )


def ask(**changes: Any) -> Question:
    """Return a question: a million requests of 1,000 tokens in and 100 out a month.

    Every prompt is as long as the mean. Fields of traffic, tokens, limits and
    constraints may be given by their own names.
    """
    parts = {
        "traffic": Traffic(requests_per_month=1_000_000),
        "tokens": Tokens(
            input_mean=1000, input_p95=1000, output_mean=100, output_p95=100
        ),
        "limits": Limits(),
        "constraints": Constraints(),
        "floor": Floor(),
    }
    for name, value in list(changes.items()):
        for part, default in parts.items():
            if hasattr(default, name) and name not in {"kind", "value"}:
                parts[part] = replace(parts[part], **{name: value})
                del changes[name]
    return Question(**{"task_family": "chat", "as_of": AS_OF, **parts, **changes})


def key(name: str, tier: str = "standard") -> OptionKey:
    """Name an option."""
    return OptionKey(offering=name, service_tier=tier)


def seen(
    words: Spec,
    question: Question | None = None,
    *,
    organization: str = "buyer",
    known_at: datetime | None = None,
) -> View:
    """Return what the organization sees as of the question's moment."""
    as_of = (question or ask()).as_of
    return view(
        history(words),
        as_of=as_of,
        known_at=known_at or as_of,
        organization=organization,
        horizon_end=month_starts(as_of)[-1],
    )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one offer answered: (items, samples) of scores, and of classes of answers.

    Without classes, right answers are alike and so are wrong ones.
    """

    scores: np.ndarray
    answers: np.ndarray | None = None
    input_tokens: float = 1000.0
    output_tokens: float = 100.0
    latency_ms: float = 500.0
    prompt_once: bool = False


def right(count: int, of: int, samples: int = 1) -> Asked:
    """Return an offer that always answers the first `count` items rightly."""
    scores = np.zeros((of, samples))
    scores[:count] = 1
    return Asked(scores=scores)


@dataclass(frozen=True)
class Answer:
    """A decision, read by the names of its offers."""

    decision: Decision

    def slot(self, name: str, tier: str = "standard") -> int:
        """Return the index of an option."""
        return self.decision.view.history.slot_index[name, tier]

    def name(self, slot: int | None) -> str | None:
        """Return an option's name, with its tier unless that is standard."""
        if slot is None:
            return None
        catalogue = self.decision.view.history
        tier = catalogue.slot_tier[slot]
        name = catalogue.offerings[catalogue.slot_offering[slot]]
        return name if tier == "standard" else f"{name}:{tier}"

    def names(self, slots: Iterable[int]) -> list[str | None]:
        """Return the names of some options, in their order."""
        return [self.name(int(slot)) for slot in slots]

    @property
    def recommended(self) -> str | None:
        """The name of the option to buy."""
        return self.name(self.decision.recommended)

    @property
    def order(self) -> list[str | None]:
        """The names of what fits, best first."""
        return self.names(self.decision.ranking.order)

    @property
    def tied(self) -> list[str | None]:
        """The names of what is tied with the recommended option."""
        return self.names(self.decision.ranking.tied)

    def total(self, name: str, tier: str = "standard") -> float:
        """Return twelve months' expected spend, USD."""
        return float(self.decision.totals[self.slot(name, tier)])

    def monthly(self, name: str, tier: str = "standard") -> list[float]:
        """Return expected spend by month, USD."""
        return self.decision.spend.monthly[self.slot(name, tier)].tolist()

    def per_request(self, name: str, tier: str = "standard") -> float:
        """Return what a request costs at the start, USD."""
        return float(self.decision.spend.per_request[self.slot(name, tier), 0])

    def codes(self, name: str, tier: str = "standard") -> list[str]:
        """Return the codes of the reasons that refuse an option."""
        mask = int(self.decision.screening.masks[self.slot(name, tier)])
        return [reason.code for reason in reasons_in(mask)]

    def reason(self, name: str, code: str, tier: str = "standard") -> tuple[Any, Any]:
        """Return (value, limit) of a reason that refuses an option."""
        slot = self.slot(name, tier)
        mask = int(self.decision.screening.masks[slot])
        [reason] = [each for each in reasons_in(mask) if each.code == code]
        refusal = self.decision.screening.refusals[reason]
        return refusal.value(slot), refusal.limit(slot)

    def quote(self, name: str, tier: str = "standard") -> Quote | None:
        """Return an option's exact price."""
        return Quoter(self.decision).quote(self.slot(name, tier))


def answer(
    words: Spec,
    question: Question | None = None,
    *,
    organization: str = "buyer",
    known_at: datetime | None = None,
    task: TaskBenchmarks = TASK,
    shares: Mapping[str, float] | None = None,
    measured: Mapping[str, Sequence[MeasuredRun]] | None = None,
    changed: Mapping[str, Sequence[Change]] | None = None,
    evaluated: Mapping[str, Asked] | None = None,
) -> Answer:
    """Decide the question over the catalogue.

    `shares` puts published shares of right answers, by model, in place of the fit;
    `measured` and `changed` are runs and changes by offer, on the standard tier;
    `evaluated` is what offers answered on the buyer's own items.
    """
    question = question or ask()
    seen_then = seen(words, question, organization=organization, known_at=known_at)
    if shares is None:
        quality = view_quality(seen_then, task)
    else:
        quality = published(seen_then.history.models, shares)
    slots = seen_then.history.slot_index
    measurements = Measurements(
        runs={slots[name, "standard"]: runs for name, runs in (measured or {}).items()},
        changes={slots[name, "standard"]: its for name, its in (changed or {}).items()},
    )
    evaluations = None if evaluated is None else on_items(seen_then, evaluated)
    return Answer(decide(question, seen_then, quality, measurements, evaluations))


def on_items(
    view_then: View,
    evaluated: Mapping[str, Asked],
    *,
    elsewhere: Collection[str] = (),
) -> Evaluations:
    """Return what offers answered; `elsewhere` were asked at another seller."""
    index = view_then.history.slot_index
    subject = np.full(len(view_then.history.slot_tier), NONE)
    exact = np.zeros(len(subject), dtype=bool)
    for number, name in enumerate(evaluated):
        slot = index[name, "standard"]
        subject[slot], exact[slot] = number, name not in elsewhere
    outcomes = outcomes_of(evaluated)
    return Evaluations(
        outcomes=outcomes,
        tables=tables(outcomes),
        subject_of_slot=subject,
        exact=exact,
        prompt_once=np.array([asked.prompt_once for asked in evaluated.values()]),
        runs=tuple((f"run of {name}",) for name in evaluated),
    )


def outcomes_of(evaluated: Mapping[str, Asked]) -> Outcomes:
    """Put what offers answered together; all were asked the same items."""
    scores = np.array([asked.scores for asked in evaluated.values()], dtype=float)
    answers = [
        np.where(asked.scores == 1, 0, 1) if asked.answers is None else asked.answers
        for asked in evaluated.values()
    ]

    def figures(name: str) -> np.ndarray:
        values = [getattr(asked, name) for asked in evaluated.values()]
        return np.stack([np.full(scores.shape[1:], value) for value in values])

    return Outcomes(
        subjects=tuple(evaluated),
        scores=scores,
        answers=np.array(answers),
        weights=np.ones(scores.shape[1]),
        clusters=np.arange(scores.shape[1]),
        input_tokens=figures("input_tokens"),
        output_tokens=figures("output_tokens"),
        latency_ms=figures("latency_ms"),
        verifier=np.full(scores.shape, np.nan),
    )


def ran(
    ttft_ms: float | Sequence[float] = 200.0,
    tpot_ms: float | Sequence[float] = 20.0,
    *,
    count: int = 60,
    days_ago: float = 0.0,
    errors: int = 0,
    input_tokens: float = 1000.0,
    reasoning_tokens: float = 0.0,
    **more: Any,
) -> MeasuredRun:
    """Return a run of `count` answers, all alike unless a figure is a sequence."""

    def column(value: float | Sequence[float]) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)).copy()

    finished = microseconds(AS_OF - timedelta(days=days_ago))
    return MeasuredRun(
        **{
            "id": f"run {days_ago:g} days ago",
            "endpoint": "endpoint",
            "token_class": "balanced",
            "arrival": "single",
            "concurrency": 1.0,
            "basis": "benchmarked",
            **more,
        },
        finished=finished,
        answer_ttft_ms=column(ttft_ms),
        tpot_ms=column(tpot_ms),
        input_tokens=column(input_tokens),
        reasoning_tokens=column(reasoning_tokens),
        requests=count + errors,
        errors=errors,
    )


def published(models: Sequence[str], shares: Mapping[str, float]) -> Quality:
    """Return published quality with a deviation of half a logit; unknown if unnamed."""
    share = np.array([shares.get(name, np.nan) for name in models])
    known = ~np.isnan(share)
    return Quality(
        log_odds=np.log(share / (1 - share)),
        ln_sd=np.where(known, 0.5, np.nan),
        basis=np.where(known, PUBLISHED, UNKNOWN),
        scores=known.astype(np.int64),
    )
