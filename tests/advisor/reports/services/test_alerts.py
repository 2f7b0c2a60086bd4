"""News is told once, to those it concerns, and noise is not."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from advisor.reports.alert_sentences import sentence_of, subject_of
from advisor.reports.models import Alert, AlertKind, Delivery
from advisor.reports.services import alerts
from benchmarks.models import PerformanceChange
from tests.advisor.recommendations.market import BENCHMARKS, open_market
from tests.advisor.reports.advice import advise, used
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import BenchmarkRunFactory, EndpointFactory
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ModelFactsFactory,
    OfferingFactsFactory,
    PriceFactory,
    PublishedScoreFactory,
)
from tests.factories.reports import WebhookSubscriptionFactory
from tests.factories.workloads import UsageRecordFactory

pytestmark = pytest.mark.django_db

BEFORE = datetime(2026, 5, 31, 12, tzinfo=UTC)
NEWS = datetime(2026, 6, 1, 8, tzinfo=UTC)
AFTER = datetime(2026, 6, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 6, 2, 9, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def market(db):
    return open_market()


@pytest.fixture
def organization(db):
    return OrganizationFactory()


def looked(organization, at=BEFORE):
    """Look once, so that what follows is news."""
    return alerts.look(organization.pk, at=at)


def look(organization, at=AFTER):
    """Return what a look tells, by kind."""
    return [(each.kind, each.size) for each in alerts.look(organization.pk, at=at)]


def priced(offering, *, effective_from=NEWS, received_at=NEWS, **rates):
    """Add a price of large-400b's, 3 in and 6 out unless said, and its change."""
    stated = {"input_per_mtok": Decimal(3), "output_per_mtok": Decimal(6), **rates}
    PriceFactory(
        offering=offering,
        effective_from=effective_from,
        received_at=received_at,
        **stated,
    )
    changed(received_at)


def changed(at):
    CatalogueChangeFactory(received_at=at)


# A request of 1000 tokens in and 200 out costs 0.003 + 0.0012 = 0.0042 USD.


def test_an_announced_rise_is_told_once(market, organization):
    workload = used(organization, market["large-400b"])
    assert looked(organization) == []
    # 0.003 + 200 * 9 / 10^6 = 0.0048: 14.2857 % more, and 600 USD a month.
    priced(market["large-400b"], effective_from=JULY, output_per_mtok=Decimal(9))

    first = look(organization)
    again = look(organization)
    in_force = look(organization, at=JULY + timedelta(days=1))

    assert first == [("price_rise", Decimal("14.285714"))]
    assert (again, in_force) == ([], [])
    alert = Alert.objects.get()
    assert alert.workload == workload
    assert alert.facts["role"] == "in_use"
    assert sentence_of(alert, "en_US") == (
        "A request of “Support chat” on costly/large-400b rises from 0.0042 USD to"
        " 0.0048 USD (+14.3%) from Jul 1, 2026: +$600.00 a month at today's traffic."
    )
    assert "0,0048 USD (+14,3" in sentence_of(alert, "de_DE")
    assert subject_of(alert, "en_US").startswith("Support chat: price rise of")


def test_a_cut_that_holds_already_is_told(market, organization):
    used(organization, market["large-400b"])
    looked(organization)
    # 1000 * 1.95 / 10^6 + 0.0012 = 0.00315 is a quarter less.
    priced(market["large-400b"], input_per_mtok=Decimal("1.95"))

    assert look(organization) == [("price_cut", Decimal(25))]
    assert "fell from 0.0042 USD to 0.00315 USD (-25%) since Jun 1, 2026" in (
        sentence_of(Alert.objects.get(), "en_US")
    )


@pytest.mark.parametrize(
    "rates", [{}, {"audio_input_per_mtok": Decimal(99)}], ids=["same", "unused meter"]
)
def test_a_price_that_changes_nothing_is_no_news(market, organization, rates):
    used(organization, market["large-400b"])
    looked(organization)
    priced(market["large-400b"], **rates)

    assert look(organization) == []


def test_a_correction_of_the_past_is_no_news(market, organization):
    used(organization, market["large-400b"])
    priced(market["large-400b"], effective_from=NEWS - timedelta(days=9))
    looked(organization)
    priced(
        market["large-400b"],
        effective_from=NEWS - timedelta(days=20),
        output_per_mtok=Decimal(9),
        received_at=NEWS + timedelta(minutes=1),
    )

    assert look(organization) == []


def test_a_price_known_at_the_first_look_is_no_news(market, organization):
    used(organization, market["large-400b"])
    priced(market["large-400b"], effective_from=JULY, output_per_mtok=Decimal(9))

    assert look(organization) == []


def test_a_change_below_a_subscribers_threshold_is_kept_but_not_sent(
    market, organization
):
    used(organization, market["large-400b"])
    WebhookSubscriptionFactory(
        webhook__organization=organization, price_change_percent=15
    )
    wanting = WebhookSubscriptionFactory(
        webhook__organization=organization, price_change_percent=14
    )
    looked(organization)
    priced(market["large-400b"], output_per_mtok=Decimal(9))  # 14.29 %

    look(organization)

    assert Alert.objects.count() == 1
    assert Delivery.objects.get().subscription == wanting


def test_others_are_not_told_of_what_they_do_not_use(market, organization):
    stranger = OrganizationFactory()
    used(organization, market["large-400b"])
    used(stranger, market["medium-70b"])
    WebhookSubscriptionFactory(webhook__organization=stranger)
    looked(organization)
    looked(stranger)
    priced(market["large-400b"], output_per_mtok=Decimal(9))

    assert look(stranger) == []
    assert look(organization) != []
    assert set(Alert.objects.values_list("organization", flat=True)) == {
        organization.pk
    }
    assert not Delivery.objects.exists()


def test_a_rise_of_what_is_recommended_is_told_too(market, organization):
    workload = used(organization, market["large-400b"])
    advise(workload, at=BEFORE - timedelta(hours=1))  # small-8b, 0.00014 a request
    looked(organization)
    # 0.0001 + 200 * 0.34 / 10^6 = 0.000168 is a fifth more.
    priced(
        market["small-8b"],
        input_per_mtok=Decimal("0.10"),
        output_per_mtok=Decimal("0.34"),
    )

    assert look(organization) == [("price_rise", Decimal(20))]
    assert Alert.objects.get(kind="price_rise").facts["role"] == "recommended"


def facts_of(market, slug, **fields):
    ModelFactsFactory(
        model=market[slug].model,
        effective_from=NEWS,
        total_parameters_b=400,
        active_parameters_b=400,
        reasoning_tokens_ratio=0,
        tokenizer_ratio=1,
        **fields,
    )
    changed(NEWS)


def test_an_announced_retirement_is_told_once_and_another_date_again(
    market, organization
):
    used(organization, market["large-400b"])
    looked(organization)
    facts_of(
        market, "large-400b", retires_on=date(2026, 12, 31), successor="large-500b"
    )

    first, again = look(organization), look(organization)
    OfferingFactsFactory(
        offering=market["large-400b"],
        effective_from=AFTER,
        retires_on=date(2026, 11, 30),
    )
    changed(AFTER)
    sooner = look(organization, at=LATER)

    assert first == [("retirement", None)]
    assert again == []
    assert sooner == [("retirement", None)]
    told = [
        sentence_of(each, "en_US") for each in Alert.objects.order_by("at").iterator()
    ]
    assert told == [
        "costly/large-400b, in use for “Support chat”, retires on Dec 31, 2026. Its"
        " named successor is large-500b.",
        "costly/large-400b, in use for “Support chat”, retires on Nov 30, 2026. Its"
        " named successor is large-500b.",
    ]


def test_a_deprecation_and_a_listing_withdrawn_are_told(market, organization):
    used(organization, market["large-400b"])
    used(organization, market["medium-70b"], name="Other")
    looked(organization)
    facts_of(market, "large-400b", deprecated=True)
    PriceFactory(
        offering=market["medium-70b"],
        effective_from=NEWS,
        withdrawn=True,
        input_per_mtok=None,
        output_per_mtok=None,
    )

    assert look(organization) == [("retirement", None)] * 2
    told = " ".join(sentence_of(each, "en_US") for each in Alert.objects.all())
    assert "was declared deprecated" in told
    assert "no longer listed" in told


def test_facts_that_announce_nothing_are_no_news(market, organization):
    used(organization, market["large-400b"])
    looked(organization)
    facts_of(market, "large-400b", deprecated=False)
    facts_of_another = market["secret"]
    ModelFactsFactory(
        model=facts_of_another.model, effective_from=NEWS, retires_on=date(2026, 12, 1)
    )

    assert look(organization) == []


def performance(endpoint, figure, before, after, received_at=NEWS):
    run = BenchmarkRunFactory(endpoint=endpoint, slot=received_at)
    PerformanceChange.objects.create(
        organization=endpoint.organization,
        endpoint=endpoint,
        token_class="short",
        figure=figure,
        before=before,
        after=after,
        significance=2,
        began_run=run,
        detected_run=run,
        effective_from=received_at,
        received_at=received_at,
    )
    CatalogueChangeFactory(received_at=received_at, concerns="measurements")


@pytest.mark.parametrize(
    ("figure", "before", "after", "told"),
    [
        ("ttft_ms", 200.0, 300.0, [("latency_regression", Decimal(50))]),
        ("tpot_ms", 20.0, 21.0, [("latency_regression", Decimal(5))]),
        ("error_rate", 0.01, 0.04, [("error_regression", Decimal(300))]),
        ("error_rate", 0.0, 0.04, [("error_regression", None)]),
        ("ttft_ms", 300.0, 200.0, []),
        ("error_rate", 0.04, 0.0, []),
    ],
)
def test_only_worsenings_of_what_is_in_use_are_told(
    market, organization, figure, before, after, told
):
    used(organization, market["large-400b"])
    endpoint = EndpointFactory(offering=market["large-400b"], name="Paris")
    looked(organization)
    performance(endpoint, figure, before, after)

    assert look(organization) == told
    assert look(organization) == []
    for alert in Alert.objects.all():
        assert "at Paris (short requests) since Jun 1, 2026" in (
            sentence_of(alert, "en_US")
        )


def test_what_recovered_before_the_look_is_no_news(market, organization):
    used(organization, market["large-400b"])
    endpoint = EndpointFactory(offering=market["large-400b"])
    looked(organization)
    performance(endpoint, "ttft_ms", 200.0, 300.0)
    performance(endpoint, "ttft_ms", 300.0, 200.0, NEWS + timedelta(minutes=30))

    assert look(organization) == []


def test_regressions_of_others_endpoints_and_of_other_options_are_no_news(
    market, organization
):
    used(organization, market["large-400b"])
    theirs = EndpointFactory(
        offering=market["large-400b"], organization=OrganizationFactory()
    )
    other = EndpointFactory(offering=market["small-8b"])
    other_tier = EndpointFactory(offering=market["large-400b"], service_tier="flex")
    looked(organization)
    for minutes, endpoint in enumerate((theirs, other, other_tier)):
        performance(
            endpoint, "ttft_ms", 200.0, 300.0, NEWS + timedelta(minutes=minutes)
        )

    assert look(organization) == []


def scored(offering, scores, *, at):
    for benchmark, score in zip(BENCHMARKS, scores, strict=True):
        PublishedScoreFactory(
            model=offering.model,
            benchmark=benchmark,
            score=Decimal(score),
            effective_from=at,
        )
    changed(at)


def test_a_floor_that_is_no_longer_met_is_told_once_each_time(market, organization):
    # Against large-400b's quality, whose own option is used.
    used(
        organization,
        market["medium-70b"],
        quality_floor_kind="relative",
        quality_floor_value=0.9,
        quality_floor_reference="large-400b",
    )
    assert looked(organization) == []
    scored(market["medium-70b"], ("0.30", "0.40"), at=NEWS)

    fell, still = look(organization), look(organization, at=LATER)
    scored(market["medium-70b"], ("0.68", "0.85"), at=LATER)
    risen = look(organization, at=LATER + timedelta(hours=1))
    scored(market["medium-70b"], ("0.30", "0.40"), at=LATER + timedelta(hours=2))
    again = look(organization, at=LATER + timedelta(hours=3))

    assert fell == [("floor_not_met", None)]
    assert (still, risen) == ([], [])
    assert again == [("floor_not_met", None)]
    alert = Alert.objects.filter(kind="floor_not_met").first()
    assert alert.facts["estimate"] < alert.facts["floor"]
    assert "does not meet the quality floor" in sentence_of(alert, "en_US")


def test_without_a_floor_nothing_falls_below_it(market, organization):
    used(organization, market["medium-70b"])
    looked(organization)
    scored(market["medium-70b"], ("0.01", "0.01"), at=NEWS)

    assert look(organization) == []


def test_a_better_option_is_told_with_its_saving(market, organization):
    workload = used(organization, market["large-400b"])
    assert looked(organization) == []
    advice = advise(workload, at=NEWS)

    first, again = look(organization), look(organization, at=LATER)

    # 4200 a month in use, 140 recommended.
    assert first == [("better_option", Decimal(4060))]
    assert again == []
    alert = Alert.objects.get()
    assert alert.recommendation == advice
    assert sentence_of(alert, "en_US") == (
        "cheapo/small-8b would do for “Support chat” at $140.00 a month instead of"
        " $4,200.00 on costly/large-400b: it saves $4,060.00 a month."
    )


def test_a_saving_that_hardly_grows_is_not_told_again(market, organization):
    workload = used(organization, market["large-400b"])
    looked(organization)
    advise(workload, at=NEWS)
    look(organization)
    # 4200 + 1000 * 0.3 = 4500: the saving grows from 4060 to 4360, by 7 percent.
    priced(market["large-400b"], input_per_mtok=Decimal("3.3"), received_at=AFTER)

    told = [kind for kind, _ in look(organization, at=LATER)]

    assert told == ["price_rise"]


def test_advice_for_what_is_in_use_is_no_news(market, organization):
    workload = used(organization, market["small-8b"])
    looked(organization)
    advise(workload, at=NEWS)

    assert look(organization) == []


def test_a_saving_below_the_stated_sum_is_not_sent(market, organization):
    workload = used(organization, market["large-400b"])
    subscription = {"webhook__organization": organization, "alerts": ["better_option"]}
    WebhookSubscriptionFactory(**subscription, saving_usd_per_month=5000)
    wanting = WebhookSubscriptionFactory(**subscription, saving_usd_per_month=4000)
    looked(organization)
    advise(workload, at=NEWS)

    look(organization)

    assert Delivery.objects.get().subscription == wanting


def used_in_may(workload, offering, requests):
    UsageRecordFactory(
        workload=workload,
        offering=offering,
        used_from=datetime(2026, 5, 1, tzinfo=UTC),
        used_to=datetime(2026, 6, 1, tzinfo=UTC),
        requests=requests,
        input_tokens=requests * 1_000,
        output_tokens=requests * 200,
        received_at=NEWS,
    )


def test_spend_above_its_band_is_told(market, organization):
    workload = used(organization, market["large-400b"])
    looked(organization)
    used_in_may(workload, market["large-400b"], 2_000_000)  # 8400, twice the projected

    first, again = look(organization), look(organization, at=LATER)

    ((kind, size),) = first
    assert kind == "spend_above_band"
    assert 0 < size <= 4200
    assert again == []
    told = sentence_of(Alert.objects.get(), "en_US")
    assert told.startswith("“Support chat” cost $8,400.00 in May 2026, above")


def test_spend_within_its_band_is_no_news(market, organization):
    workload = used(organization, market["large-400b"])
    looked(organization)
    used_in_may(workload, market["large-400b"], 1_000_000)

    assert look(organization) == []


def test_every_kind_has_a_sentence_and_a_subject():
    from advisor.reports import alert_sentences

    assert set(alert_sentences._SENTENCES) == set(AlertKind)
    assert set(alert_sentences._SUBJECTS) == set(AlertKind)


def test_an_organization_is_looked_at_when_something_moved(market, organization):
    workload = used(organization, market["large-400b"])
    OrganizationFactory()  # without workloads: never
    new = alerts.due_organizations(at=BEFORE)
    looked(organization)
    idle = alerts.due_organizations(at=BEFORE + timedelta(minutes=3))
    priced(market["small-8b"])
    on_prices = alerts.due_organizations(at=AFTER)
    look(organization)
    advise(workload, at=AFTER + timedelta(minutes=1))
    on_advice = alerts.due_organizations(at=AFTER + timedelta(minutes=3))
    look(organization, at=AFTER + timedelta(minutes=3))
    next_day = alerts.due_organizations(at=AFTER + timedelta(days=1))

    ours = [organization.pk]
    assert (new, on_prices, on_advice, next_day) == (ours, ours, ours, ours)
    assert idle == []


def test_an_organization_without_workloads_or_prices_has_no_news(organization):
    assert alerts.look(organization.pk, at=AFTER) == []


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_tell_once(market, organization):
    used(organization, market["large-400b"])
    WebhookSubscriptionFactory(webhook__organization=organization)
    looked(organization)
    priced(market["large-400b"], output_per_mtok=Decimal(9))
    told = []

    def one():
        told.append(len(alerts.look(organization.pk, at=AFTER)))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(told) == [0, 0, 1]
    assert Delivery.objects.count() == 1
