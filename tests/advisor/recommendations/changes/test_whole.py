"""Two recommendations of one workload, and what came in between, in money."""

from decimal import Decimal

import pytest

from advisor.decision.mixed_decisions import MixedDecisions
from advisor.decision.mixtures import Mixture
from advisor.decision.moved import drivers_moved
from advisor.decision.worlds import DRIVERS
from advisor.recommendations.changes import changes_between
from advisor.recommendations.changes.ends import ends_of
from advisor.recommendations.models import Recommendation
from benchmarks.models import PerformanceChange
from catalog.models import Concern
from tests.advisor.recommendations.changes.cases import (
    APRIL,
    MARCH,
    MAY,
    amounts,
    in_march,
    in_may,
    moved,
    reprice,
    revise,
    sums,
    workload_of,
)
from tests.advisor.recommendations.market import open_market
from tests.factories.benchmarks import EndpointFactory, FinishedRunFactory, steady
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ContractTermFactory,
    FxRateFactory,
    LanguageModelFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    PriceSheetFactory,
    ProviderFactory,
    PublishedScoreFactory,
)

pytestmark = pytest.mark.django_db

SMALL, MEDIUM = "small-8b at cheapo", "medium-70b at cheapo"


def learned(at=APRIL, **fields):
    CatalogueChangeFactory(received_at=at, **fields)


def changed(changes):
    return [each["driver"] for each in changes["drivers"] if each["changed"]]


def driver(changes, name):
    [found] = [each for each in changes["drivers"] if each["driver"] == name]
    return found


def sentences_of(changes):
    return {each["offering"]["name"]: each["sentence"] for each in changes["options"]}


def test_a_price_alone_takes_the_whole_change():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    # 1000 * 0.12 + 200 * 0.20 = 160 per million tokens: 1,920 USD in twelve months.
    reprice(market["small-8b"], "0.12", "0.20")
    after = in_may(workload)

    changes = changes_between(before, after)

    assert changes["twelve_months"] == {
        "before": "1680.00",
        "after": "1920.00",
        "change": "240.00",
    }
    assert moved(changes) == {"price": "240.00"}
    assert [each["driver"] for each in changes["drivers"] if each["changed"]] == [
        "price"
    ]
    assert changes["totals"] == {
        "edits": "0.00",
        "repriced": "240.00",
        "switch": "0.00",
    }
    assert changes["drivers"][0]["sentence"] == (
        "small-8b at cheapo: its input price rose 20 % on 2026-04-01."
    )
    assert changes["sentences"] == [
        "The pick is still small-8b at cheapo, which costs 240.00 USD more in twelve"
        " months: 1,920.00 USD after 1,680.00 USD.",
        "small-8b at cheapo: its input price rose 20 % on 2026-04-01.",
    ]


def test_traffic_alone_takes_the_whole_change_and_is_an_edit():
    open_market()
    workload = workload_of()
    before = in_march(workload)
    revise(workload, requests_per_month=2_000_000)
    after = in_may(workload)

    changes = changes_between(before, after)

    # Twice 1,680.
    assert changes["twelve_months"]["change"] == "1680.00"
    assert moved(changes) == {"traffic": "1680.00"}
    assert changed(changes) == ["traffic"]
    assert changes["totals"] == {
        "edits": "1680.00",
        "repriced": "0.00",
        "switch": "0.00",
    }
    assert changes["edits"] == [
        {
            "field": "traffic/requests_per_month",
            "before": 1_000_000,
            "after": 2_000_000,
            "sentence": "Traffic: 1,000,000 requests a month -> 2,000,000 requests a"
            " month.",
        }
    ]
    assert changes["options"] == []


def test_price_and_traffic_share_what_only_both_bring():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    reprice(market["small-8b"], "0.12", "0.20")
    revise(workload, requests_per_month=2_000_000)
    after = in_may(workload)

    changes = changes_between(before, after)

    # 1,680 before; 1,920 with the price alone, 3,360 with the traffic alone, 3,840
    # with both. The price adds 240 first and 480 second, the traffic 1,680 and 1,920.
    assert moved(changes) == {"price": "360.00", "traffic": "1800.00"}
    assert changes["totals"] == {
        "edits": "1680.00",
        "repriced": "480.00",
        "switch": "0.00",
    }


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"deprecated": True}, "its provider calls it deprecated"),
        (
            {"retires_on": "2026-09-01"},
            "it retires on 2026-09-01, within twelve months",
        ),
    ],
)
def test_a_pick_that_retires_is_switched_from(facts, why):
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    OfferingFactsFactory(offering=market["small-8b"], effective_from=APRIL, **facts)
    learned()
    after = in_may(workload)

    changes = changes_between(before, after)

    # 9,120 - 1,680: it could still be bought at its price, so nothing is repriced.
    assert moved(changes) == {"retired": "7440.00"}
    assert changed(changes) == ["retired"]
    assert changes["totals"] == {
        "edits": "0.00",
        "repriced": "0.00",
        "switch": "7440.00",
    }
    assert changes["pick_changed"]
    assert [
        (each["movement"], each["rank_before"], each["rank_after"])
        for each in changes["options"]
    ] == [("rose", 2, 1), ("left", 1, None), ("rose", 3, 2), ("rose", 4, 3)]
    said = sentences_of(changes)
    assert said["small-8b"] == f"{SMALL} left (it was 1): {why}."
    assert said["medium-70b"] == (
        f"{MEDIUM} rose from 2 to 1: {SMALL} no longer ranks before it."
    )
    assert changes["sentences"][:2] == [
        f"The pick went from {SMALL} to {MEDIUM}, which costs 7,440.00 USD more in"
        " twelve months: 9,120.00 USD after 1,680.00 USD.",
        f"Retired, retiring or withdrawn: {SMALL}.",
    ]


def test_a_retirement_that_comes_within_the_horizon_by_time_alone_is_retired():
    market = open_market()
    # Twelve months from March end with March 2027, from May with May.
    OfferingFactsFactory(
        offering=market["small-8b"],
        received_at=MARCH,
        effective_from=MARCH,
        retires_on="2027-05-01",
    )
    learned(MARCH)
    workload = workload_of()

    changes = changes_between(in_march(workload), in_may(workload))

    assert moved(changes) == {"retired": "7440.00"}


def test_a_pick_that_is_withdrawn_cannot_be_repriced_and_counts_as_the_switch():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    PriceFactory(
        offering=market["small-8b"],
        effective_from=APRIL,
        withdrawn=True,
        input_per_mtok=None,
        output_per_mtok=None,
    )
    learned()
    # Twice the traffic: what was 1,680 would be 3,360; the medium costs 18,240.
    revise(workload, requests_per_month=2_000_000)
    after = in_may(workload)

    changes = changes_between(before, after)

    assert changes["totals"] == {
        "edits": "1680.00",
        "repriced": "0.00",
        "switch": "14880.00",
    }
    # Retired alone 9,120 (+7,440), traffic alone 3,360 (+1,680), both +16,560:
    # (7440 + 14880) / 2 and (1680 + 9120) / 2.
    assert moved(changes) == {"traffic": "5400.00", "retired": "11160.00"}
    assert sentences_of(changes)["small-8b"] == (
        f"{SMALL} left (it was 1): it was withdrawn from sale."
    )
    assert (
        f"{SMALL} has no price any more: all of its change counts as the switch."
    ) in changes["sentences"]


def test_a_newcomer_that_is_cheaper_takes_the_switch():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    newcomer = OfferingFactory(model=market["small-8b"].model, name="newcomer")
    # 1000 * 0.05 + 200 * 0.10 = 70 per million: 840 USD in twelve months.
    reprice(newcomer, "0.05", "0.10")
    after = in_may(workload)

    changes = changes_between(before, after)

    assert moved(changes) == {"new_offerings": "-840.00"}
    assert changed(changes) == ["new_offerings"]
    assert changes["totals"] == {
        "edits": "0.00",
        "repriced": "0.00",
        "switch": "-840.00",
    }
    said = sentences_of(changes)
    name = f"newcomer at {newcomer.provider.slug}"
    assert said["newcomer"] == (
        f"{name} entered at 1: it is new on offer, at 840.00 USD in twelve months."
    )
    assert said["small-8b"] == f"{SMALL} fell from 1 to 2: {name} now ranks before it."
    assert driver(changes, "new_offerings")["sentence"] == f"New on offer: {name}."


def test_an_exchange_rate_takes_the_change_of_what_is_priced_in_it():
    market = open_market()
    euro = OfferingFactory(model=market["small-8b"].model, name="euro")
    FxRateFactory(usd_per_unit=Decimal("1.10"))
    # 70 EUR per million requests' tokens: 77 USD, 924 in twelve months.
    PriceFactory(
        offering=euro,
        sheet=PriceSheetFactory(currency="EUR"),
        input_per_mtok=Decimal("0.05"),
        output_per_mtok=Decimal("0.10"),
    )
    workload = workload_of()
    before = in_march(workload)
    FxRateFactory(usd_per_unit=Decimal("1.21"), effective_from=APRIL)
    learned()
    after = in_may(workload)

    changes = changes_between(before, after)

    # 84.7 a month: 1,016.40.
    assert moved(changes) == {"currency": "92.40"}
    assert changes["totals"]["repriced"] == "92.40"
    assert driver(changes, "currency")["sentence"] == (
        "1 EUR was 1.1 USD and is 1.21 USD (rose 10 %)."
    )


def test_terms_of_a_contract_count_as_price():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    ContractTermFactory(
        organization=workload.organization,
        provider=market["small-8b"].provider,
        effective_from=APRIL,
    )
    learned()
    after = in_may(workload)

    changes = changes_between(before, after)

    # 20 % off 1,680.
    assert moved(changes) == {"price": "-336.00"}
    assert driver(changes, "price")["sentence"] == "Other contract terms of yours hold."


def test_another_tokenizer_ratio_counts_as_tokens():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    ModelFactsFactory(
        model=market["small-8b"].model,
        effective_from=APRIL,
        reasoning_tokens_ratio=0,
        tokenizer_ratio=Decimal("1.25"),
    )
    learned()
    after = in_may(workload)

    changes = changes_between(before, after)

    # A quarter more of 1,680.
    assert moved(changes) == {"tokens": "420.00"}
    assert SMALL in driver(changes, "tokens")["sentence"]


def test_scores_that_fall_below_the_floor_count_as_quality():
    market = open_market()
    workload = workload_of(quality_floor_kind="relative", quality_floor_value=0.7)
    before = in_march(workload)
    for benchmark in ("mmlu-pro", "ifeval"):
        PublishedScoreFactory(
            model=market["small-8b"].model,
            benchmark=benchmark,
            score=Decimal("0.10"),
            effective_from=APRIL,
        )
    learned()
    after = in_may(workload)

    changes = changes_between(before, after)

    assert moved(changes) == {"quality": "7440.00"}
    assert changed(changes) == ["quality"]
    assert "its quality of" in sentences_of(changes)["small-8b"]
    assert driver(changes, "quality")["sentence"].startswith(
        "Estimated quality moved: "
    )


def test_a_measured_latency_that_crosses_a_limit_counts_as_latency():
    market = open_market()
    endpoint = EndpointFactory(offering=market["small-8b"], name="Paris")
    workload = workload_of(ttft_ms_p95_limit=1_400.0)
    before = in_march(workload)
    run = FinishedRunFactory(
        endpoint=endpoint, slot=APRIL, samples=steady(ttft_ms=9_000.0)
    )
    PerformanceChange.objects.create(
        endpoint=endpoint,
        token_class="short",
        figure="ttft_ms_p50",
        before=200.0,
        after=9_000.0,
        significance=3.0,
        began_run=run,
        detected_run=run,
        effective_from=run.started_at,
        received_at=run.received_at,
    )
    learned(run.received_at, concerns=Concern.MEASUREMENTS)
    after = in_may(workload)

    changes = changes_between(before, after)

    assert moved(changes) == {"latency": "7440.00"}
    assert changed(changes) == ["latency"]
    assert "above the limit of 1,400 ms" in sentences_of(changes)["small-8b"]
    assert driver(changes, "latency")["sentence"] == (
        "Median TTFT rose from 200 ms to 9000 ms (+4400 %) at Paris, short requests,"
        " since 2026-04-01 00:00 UTC."
    )


def test_a_limit_of_the_buyers_is_an_edit_and_counts_as_limits():
    open_market()
    workload = workload_of()
    before = in_march(workload)
    revise(workload, providers_denied=["cheapo"])
    after = in_may(workload)

    changes = changes_between(before, after)

    # From 1,680 to the large one's 50,400.
    assert moved(changes) == {"limits": "48720.00"}
    assert changed(changes) == ["limits"]
    assert changes["totals"] == {
        "edits": "48720.00",
        "repriced": "0.00",
        "switch": "0.00",
    }
    assert driver(changes, "limits")["sentence"] == "Providers denied: none -> cheapo."
    assert sentences_of(changes)["small-8b"] == (
        f"{SMALL} left (it was 1): its provider cheapo is denied."
    )


def test_a_limit_that_is_lifted_lets_options_enter():
    open_market()
    workload = workload_of(providers_denied=["cheapo"])
    before = in_march(workload)
    revise(workload)
    after = in_may(workload)

    changes = changes_between(before, after)

    assert changes["twelve_months"]["change"] == "-48720.00"
    assert sentences_of(changes)["small-8b"] == (
        f"{SMALL} entered at 1: before, its provider cheapo is denied."
    )


@pytest.mark.parametrize("end", ["before", "after"])
def test_without_a_fit_at_one_end_there_is_nothing_to_share_out(end):
    open_market()
    nothing = {"providers_denied": ["cheapo", "costly"]}
    workload = workload_of(**(nothing if end == "before" else {}))
    before = in_march(workload)
    revise(workload, **(nothing if end == "after" else {}))
    after = in_may(workload)

    changes = changes_between(before, after)

    assert changes["twelve_months"] == {
        "before": "1680.00",
        "after": "1680.00",
        "change": None,
        end: None,
    }
    assert set(changes["totals"].values()) == {None}
    assert set(amounts(changes).values()) == {None}
    assert changed(changes) == ["limits"]
    assert "no change to share out" in changes["sentences"][0]


def test_a_mixture_in_which_nothing_fits_counts_as_staying():
    market = open_market()
    workload = workload_of(providers_allowed=["cheapo"])
    before = in_march(workload)
    for slug in ("small-8b", "medium-70b"):
        PriceFactory(
            offering=market[slug],
            effective_from=APRIL,
            withdrawn=True,
            input_per_mtok=None,
            output_per_mtok=None,
        )
    learned()
    revise(workload, providers_allowed=["costly"])
    after = in_may(workload)

    changes = changes_between(before, after)

    # Retirement alone leaves nothing, so the buyer stays at 1,680 (0); the limit alone
    # leads to 50,400, and both do: (0 + 0) / 2 and (48720 + 48720) / 2.
    assert moved(changes) == {"limits": "48720.00"}
    assert driver(changes, "retired")["changed"]
    assert driver(changes, "retired")["amount"] == "0.00"


def test_the_same_recommendation_is_no_news():
    open_market()
    given = in_march(workload_of())

    changes = changes_between(given, given)

    assert changes["sentences"] == changes["options"] == changes["edits"] == []
    assert changed(changes) == []
    assert changes["twelve_months"]["change"] == "0.00"


def test_time_that_passes_is_no_news():
    open_market()
    workload = workload_of()

    changes = changes_between(in_march(workload), in_may(workload))

    assert changed(changes) == []
    assert changes["sentences"] == []


def test_a_price_that_was_announced_counts_as_price_when_it_takes_hold():
    market = open_market()
    workload = workload_of()
    reprice(market["small-8b"], "0.12", "0.20", at=MAY, received_at=MARCH)
    before, after = in_march(workload), in_may(workload)

    changes = changes_between(before, after)

    # From March on: one of twelve months at 140, eleven at 160: 1,900. Then 1,920.
    assert moved(changes) == {"price": "20.00"}


def test_other_sellers_of_the_world_are_no_news_and_zero():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    reprice(market["secret"], "4.00", "15.00")
    after = in_may(workload)

    changes = changes_between(before, after)

    assert changed(changes) == ["price"]
    assert moved(changes) == {}
    assert changes["sentences"] == []


def test_all_nine_at_once_sum_to_the_cent():
    market = open_market()
    endpoint = EndpointFactory(offering=market["medium-70b"])
    euro = OfferingFactory(model=market["small-8b"].model, name="euro")
    FxRateFactory(usd_per_unit=Decimal("1.10"))
    PriceFactory(
        offering=euro,
        sheet=PriceSheetFactory(currency="EUR"),
        input_per_mtok=Decimal("0.0713"),
        output_per_mtok=Decimal("0.1931"),
    )
    workload = workload_of(quality_floor_kind="relative", quality_floor_value=0.7)
    before = in_march(workload)
    reprice(market["small-8b"], "0.1237", "0.2011")
    reprice(market["medium-70b"], "0.5713", "0.7777")
    FxRateFactory(usd_per_unit=Decimal("1.2345"), effective_from=APRIL)
    run = FinishedRunFactory(endpoint=endpoint, slot=APRIL)
    learned(run.received_at, concerns=Concern.MEASUREMENTS)
    PublishedScoreFactory(
        model=market["small-8b"].model, score=Decimal("0.52"), effective_from=APRIL
    )
    newcomer = LanguageModelFactory(slug="newcomer")
    ModelFactsFactory(model=newcomer, effective_from=APRIL)
    PublishedScoreFactory(model=newcomer, score=Decimal("0.70"), effective_from=APRIL)
    reprice(OfferingFactory(model=newcomer), "0.0931", "0.1717")
    OfferingFactsFactory(offering=euro, effective_from=APRIL, deprecated=True)
    revise(
        workload,
        requests_per_month=1_234_567,
        growth_per_month=Decimal("0.013"),
        input_tokens_mean=1_111,
        input_tokens_p95=2_345,
        quality_floor_kind="relative",
        quality_floor_value=0.75,
        ttft_ms_p95_limit=5_000.0,
    )
    after = in_may(workload)

    changes = changes_between(before, after)

    change = Decimal(changes["twelve_months"]["change"])
    assert changed(changes) == list(DRIVERS)
    assert sums(changes) == (change, change)
    assert change != 0
    assert all(each["sentence"] for each in changes["drivers"])
    assert changes["twelve_months"]["before"] == changes["from"]["twelve_months"]
    assert changes["twelve_months"]["after"] == changes["to"]["twelve_months"]
    assert changes["notes"] == []
    assert_mixtures_are_what_their_worlds_say(ends_of(before, after))


def assert_mixtures_are_what_their_worlds_say(ends):
    mixture = Mixture(ends.before, ends.after)
    decisions = MixedDecisions(mixture)
    moved = sorted(drivers_moved(mixture))
    subsets = [
        frozenset(name for index, name in enumerate(moved) if mask >> index & 1)
        for mask in range(1 << len(moved))
    ]
    # Steps shared between mixtures change no decision.
    spends = [decisions.recommended_spend(subset) for subset in subsets]
    assert spends == [mixture.world(subset).recommended_spend for subset in subsets]
    assert spends[0] == ends.before.recommended_spend
    assert spends[-1] == ends.after.recommended_spend
    # More than four drivers could make: most of them show.
    assert len(set(spends)) > 2**4


def test_names_stay_as_they_are_given():
    market = open_market()
    workload = workload_of()
    before = in_march(workload)
    provider = ProviderFactory(slug="a-and-b")
    offering = OfferingFactory(
        model=market["small-8b"].model, provider=provider, name="<b>bold</b> & more"
    )
    reprice(offering, "0.05", "0.10")
    after = in_may(workload)

    changes = changes_between(before, after)

    assert "<b>bold</b> & more at a-and-b" in changes["sentences"][0]


def test_a_kept_answer_of_another_engine_is_noted():
    open_market()
    workload = workload_of()
    given = in_march(workload)
    answer = dict(given.answer)
    option = answer["options"][0]
    spend = option["projected_spend"]
    total = spend["twelve_months"] | {"expected": "1700.00"}
    answer["options"] = [option | {"projected_spend": spend | {"twelve_months": total}}]
    older = Recommendation.objects.create(
        organization=given.organization,
        workload=workload,
        revision=given.revision,
        as_of=MARCH,
        known_at=given.known_at,
        created_at=MARCH,
        engine_version="0.9",
        provisional=given.provisional,
        picked_offering=given.picked_offering,
        picked_service_tier=given.picked_service_tier,
        answer=answer,
    )

    changes = changes_between(older, in_may(workload))

    assert changes["from"]["twelve_months"] == "1700.00"
    assert changes["twelve_months"]["before"] == "1680.00"
    [note] = changes["notes"]
    assert "1700.00 USD" in note
    assert "engine 0.9" in note
    assert "1680.00 USD" in note


def test_recommendations_of_two_workloads_are_not_compared():
    open_market()

    with pytest.raises(ValueError, match="different workloads"):
        changes_between(in_march(workload_of()), in_march(workload_of()))
