"""What a week's report says, in figures that can be worked out by hand."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from advisor.reports.content import content_of
from tests.advisor.recommendations.market import open_market
from tests.advisor.reports.advice import (
    BEFORE,
    COVERS_FROM,
    COVERS_TO,
    IN_WEEK,
    WEEK,
    advise,
    step,
    used,
)
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory, FinishedRunFactory, steady
from tests.factories.catalog import (
    CatalogueChangeFactory,
    OfferingFactsFactory,
    PriceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def advised(market, organization):
    """Advice to move from large-400b to small-8b, three weeks before the week."""
    return advise(used(organization, market["large-400b"]), at=BEFORE)


def report(organization, **moments):
    return content_of(
        organization,
        week=WEEK,
        time_zone="UTC",
        **{
            "covers_from": COVERS_FROM,
            "covers_to": COVERS_TO,
            "known_at": COVERS_TO,
            **moments,
        },
    )


def reprice(offering, *, received_at, effective_from=None, input_per_mtok="2.40"):
    PriceFactory(
        offering=offering,
        received_at=received_at,
        effective_from=effective_from or received_at,
        input_per_mtok=Decimal(input_per_mtok),
        output_per_mtok=Decimal("6.00"),
    )
    CatalogueChangeFactory(received_at=received_at)


def retire(offering, on, *, received_at=BEFORE):
    OfferingFactsFactory(
        offering=offering,
        effective_from=received_at,
        received_at=received_at,
        retires_on=on,
    )
    CatalogueChangeFactory(received_at=received_at)


def test_active_advice_is_an_action_with_its_money_risk_and_effort(
    advised, organization
):
    content = report(organization)

    [action] = content["actions"]
    assert action["kind"] == "saving"
    assert action["money_monthly"] == "4060.00"  # 4200 - 140
    assert (action["from"]["name"], action["to"]["name"]) == ("large-400b", "small-8b")
    assert action["effort"] == "high"  # another model of another provider
    assert action["risk"] == 0  # no floor and no limit can be missed
    assert action["path"] == f"/workloads/{advised.workload_id}/"
    assert action["recommendation"] == str(advised.pk)


def test_spend_is_projected_as_it_runs_and_as_recommended(advised, organization):
    spend = report(organization)["spend"]

    assert spend["monthly"] == {"in_use": "4200.00", "recommended": "140.00"}
    assert spend["twelve_months"]["in_use"]["expected"] == "50400.00"  # 12 * 4200
    assert spend["twelve_months"]["recommended"]["expected"] == "1680.00"  # 12 * 140
    assert len(spend["months"]) == 12
    # The first full month after 1 June, 8:00.
    assert spend["months"][0]["month"] == "2026-07"
    assert spend["months"][0]["in_use"]["expected"] == "4200.00"
    assert spend["savings"]["open"] == "4060.00"


def test_a_week_in_which_nothing_changed_is_no_news(advised, organization):
    content = report(organization)

    assert content["news"] is False
    assert not any(content["changes"].values())
    assert len(content["actions"]) == 1  # still worth doing


def test_the_same_arguments_give_the_same_content_whatever_came_later(
    market, advised, organization
):
    before = json.dumps(report(organization))

    later = COVERS_TO + timedelta(days=1)
    reprice(market["large-400b"], received_at=later, effective_from=IN_WEEK)
    retire(
        market["large-400b"], date(2026, 7, 1), received_at=later + timedelta(hours=1)
    )
    step(advised, "dismissed", at=later, reason="quality")
    FinishedRunFactory(
        endpoint__offering=market["large-400b"], slot=IN_WEEK, received_at=later
    )

    assert json.dumps(report(organization)) == before


def test_a_price_that_changed_in_the_week_is_news(market, advised, organization):
    reprice(market["large-400b"], received_at=IN_WEEK)

    content = report(organization)

    [change] = content["changes"]["prices"]
    assert (change["meter"], change["before"], change["after"]) == (
        "input_per_mtok",
        "3",
        "2.4",
    )
    assert change["percent"] == -20.0  # 2.40 / 3.00 - 1
    assert change["workloads"] == ["Support chat"]
    assert content["news"] is True
    # 1000 Mtok at 2.40 and 200 Mtok at 6.00.
    assert content["spend"]["monthly"]["in_use"] == "3600.00"


def test_a_price_of_what_nobody_uses_is_not_told(market, advised, organization):
    reprice(market["secret"], received_at=IN_WEEK)

    assert report(organization)["changes"]["prices"] == []


@pytest.mark.parametrize(("received_at", "is_new"), [(BEFORE, False), (IN_WEEK, True)])
def test_an_announced_price_is_upcoming(
    market, advised, organization, received_at, is_new
):
    ahead = COVERS_TO + timedelta(days=30)
    reprice(market["large-400b"], received_at=received_at, effective_from=ahead)

    content = report(organization)

    [change] = content["upcoming"]["prices"]
    assert (change["after"], change["new"]) == ("2.4", is_new)
    assert content["changes"]["prices"] == []
    assert content["news"] is is_new


def test_a_price_beyond_120_days_is_not_upcoming_yet(market, advised, organization):
    ahead = COVERS_TO + timedelta(days=121)
    reprice(market["large-400b"], received_at=BEFORE, effective_from=ahead)

    assert report(organization)["upcoming"]["prices"] == []


def test_what_is_in_use_and_retires_is_upcoming_and_an_action(
    market, advised, organization
):
    retire(market["large-400b"], date(2026, 6, 20))

    content = report(organization)

    [entry] = content["upcoming"]["retirements"]
    assert (entry["on"], entry["new"]) == ("2026-06-20", False)
    [action] = content["actions"]
    assert (action["kind"], action["retires_on"]) == ("retirement", "2026-06-20")
    assert action["to"]["name"] == "small-8b"
    assert action["money_monthly"] == "4060.00"


@pytest.mark.parametrize(
    ("on", "count"),
    [
        (date(2026, 9, 29), 1),  # 1 June + 120 days
        (date(2026, 9, 30), 0),
    ],
)
def test_a_retirement_is_told_120_days_ahead(market, advised, organization, on, count):
    retire(market["large-400b"], on)

    assert len(report(organization)["upcoming"]["retirements"]) == count


def test_dismissed_advice_is_no_action_and_the_dismissal_is_told(advised, organization):
    step(advised, "dismissed", at=IN_WEEK, reason="quality")

    content = report(organization)

    assert content["actions"] == []
    [decision] = content["changes"]["decisions"]
    assert (decision["state"], decision["reason"]) == ("dismissed", "quality")
    assert content["news"] is True


def test_a_decision_after_the_week_is_not_told(advised, organization):
    step(advised, "dismissed", at=COVERS_TO + timedelta(hours=1), reason="quality")

    content = report(organization)

    assert content["changes"]["decisions"] == []
    assert len(content["actions"]) == 1


def test_first_advice_is_told(market, organization):
    advise(used(organization, market["large-400b"]), at=IN_WEEK)

    [change] = report(organization)["changes"]["advice"]

    assert change["first"] is True
    assert change["pick"]["name"] == "small-8b"


def test_advice_that_changed_in_the_week_is_told_with_its_reason(
    market, advised, organization
):
    PriceFactory(
        offering=market["small-8b"],
        effective_from=IN_WEEK,
        received_at=IN_WEEK,
        input_per_mtok=Decimal("0.20"),
        output_per_mtok=Decimal("0.20"),
    )
    CatalogueChangeFactory(received_at=IN_WEEK)
    step(advised, "superseded", at=IN_WEEK)
    renewed = advise(advised.workload, at=IN_WEEK + timedelta(hours=1))

    [change] = report(organization)["changes"]["advice"]

    # 1000 Mtok at 0.20 and 200 Mtok at 0.20 are 240 USD a month, 100 more than before.
    assert change["change"] == "1200.00"
    assert change["drivers"] == [{"driver": "price", "amount": "1200.00"}]
    assert change["sentences"]
    assert change["path"] == (
        f"/recommendations/{renewed.pk}/changes/?since={advised.pk}"
    )


def test_advice_given_again_for_the_same_is_no_news(advised, organization):
    step(advised, "superseded", at=IN_WEEK)
    advise(advised.workload, at=IN_WEEK)

    content = report(organization)

    assert content["changes"]["advice"] == []
    assert content["news"] is False


def test_measured_health_is_that_of_the_week(market, advised, organization):
    endpoint = EndpointFactory(offering=market["large-400b"])
    FinishedRunFactory(endpoint=endpoint, slot=BEFORE, samples=steady(ttft_ms=900.0))
    failed = steady(6, error="server")
    FinishedRunFactory(endpoint=endpoint, slot=IN_WEEK, samples=[*steady(54), *failed])

    [entry] = report(organization)["health"]

    [group] = entry["groups"]
    assert entry["option"]["name"] == "large-400b"
    assert group["requests"] == 60
    assert group["ttft_ms_p50"] == 200.0
    assert group["errors"]["share"] == 0.1  # 6 of 60


def test_another_organizations_measurements_are_not_shown(
    market, advised, organization
):
    stranger = OrganizationFactory()
    FinishedRunFactory(
        endpoint__offering=market["large-400b"],
        endpoint__organization=stranger,
        slot=IN_WEEK,
    )

    [entry] = report(organization)["health"]

    assert entry["groups"] == []


def test_confidence_counts_what_advice_rests_on(advised, organization):
    confidence = report(organization)["confidence"]

    assert confidence["quality"] == {"published": 1}
    assert confidence["latency"] == {"modelled": 1}
    assert confidence["provisional"] == 0  # no floor is asked, so none can be missed
    codes = [each["code"] for each in confidence["surer"]]
    assert codes == ["own_items", "measure", "report_usage"]


def test_of_six_actions_the_five_with_most_money_are_shown(market, organization):
    for number in range(1, 7):
        workload = used(
            organization,
            market["large-400b"],
            f"Chat {number}",
            requests_per_month=number * 1_000_000,
        )
        advise(workload, at=BEFORE)

    content = report(organization)

    names = [each["workload"]["name"] for each in content["actions"]]
    assert names == ["Chat 6", "Chat 5", "Chat 4", "Chat 3", "Chat 2"]
    assert content["actions_left_out"] == 1


def test_an_organization_without_workloads_has_an_empty_report(market, organization):
    stranger = OrganizationFactory()
    advise(used(stranger, market["large-400b"]), at=BEFORE)

    content = report(organization)

    assert content["workloads"] == 0
    assert content["news"] is False
    assert content["actions"] == content["health"] == []
    assert content["spend"]["twelve_months"] == {"in_use": None, "recommended": None}


def test_without_any_price_nothing_is_projected(organization):
    CatalogueChangeFactory(received_at=BEFORE)
    used(organization, None)

    content = report(organization)

    assert content["spend"]["priced"] == 0
    assert content["spend"]["unpriced"] == ["Support chat"]
    assert content["actions"] == []
