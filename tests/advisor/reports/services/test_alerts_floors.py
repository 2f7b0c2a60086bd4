"""A floor no longer met: also by an option whose quality cannot be proven any more."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.reports.alert_sentences import sentence_of
from advisor.reports.models import Alert
from advisor.reports.services import alerts
from tests.advisor.recommendations.market import open_market
from tests.advisor.reports.advice import advise, used
from tests.factories.accounts import OrganizationFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

BEFORE = datetime(2026, 5, 31, 12, tzinfo=UTC)
NEWS = datetime(2026, 6, 1, 8, tzinfo=UTC)
AFTER = datetime(2026, 6, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 6, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
# The market has scores for support chat, and none for maths.
UNSCORED = "maths_reasoning"
FLOOR = {
    "quality_floor_kind": "relative",
    "quality_floor_value": 0.9,
    "quality_floor_reference": "large-400b",
}


@pytest.fixture
def market(db):
    return open_market()


@pytest.fixture
def organization(db):
    return OrganizationFactory()


def look(organization, at):
    return [
        each.kind
        for each in alerts.look(organization.pk, at=at)
        if each.kind == "floor_not_met"
    ]


def revised(workload, offering, *, at=NEWS, **fields):
    """State what it asks for anew, of a task that nobody published scores for."""
    WorkloadRevisionFactory(
        workload=workload,
        number=2,
        received_at=at,
        current_offering=offering,
        task_family=UNSCORED,
        **fields,
    )


def test_an_option_that_met_its_floor_and_is_unproven_now_is_told_once(
    market, organization
):
    workload = used(organization, market["medium-70b"], **FLOOR)
    advise(workload, at=BEFORE - HOUR)
    assert look(organization, BEFORE) == []
    revised(workload, market["medium-70b"], **FLOOR)

    told, still = look(organization, AFTER), look(organization, LATER)

    assert (told, still) == (["floor_not_met"], [])
    alert = Alert.objects.get(kind="floor_not_met")
    assert (alert.facts["floor"], alert.facts["estimate"]) == (0.9, None)
    assert "its quality cannot be proven" in sentence_of(alert, "en_US")


def test_advice_that_is_faster_than_the_look_does_not_hide_it(market, organization):
    workload = used(organization, market["medium-70b"], **FLOOR)
    advise(workload, at=BEFORE - HOUR)
    look(organization, BEFORE)
    revised(workload, market["medium-70b"], **FLOOR)
    advise(workload, at=NEWS + timedelta(minutes=1))

    told, still = look(organization, AFTER), look(organization, LATER)

    assert (told, still) == (["floor_not_met"], [])


def test_an_option_that_was_never_proven_is_no_news(market, organization):
    workload = used(organization, market["medium-70b"], task_family=UNSCORED, **FLOOR)
    advice = advise(workload, at=BEFORE - HOUR)

    told = [look(organization, BEFORE), look(organization, AFTER)]

    codes = {
        reason["code"]
        for option in advice.answer["options"]
        for reason in option["reasons"]
    }
    assert codes == {"quality_unproven"}
    assert told == [[], []]


def test_an_option_that_fell_below_before_and_is_unproven_now_is_no_news(
    market, organization
):
    # 0.55 and 0.75 are less than nine tenths of 0.72 and 0.88.
    workload = used(organization, market["small-8b"], **FLOOR)
    advise(workload, at=BEFORE - HOUR)
    below = look(organization, BEFORE)
    revised(workload, market["small-8b"], **FLOOR)

    unproven = look(organization, AFTER)

    assert (below, unproven) == (["floor_not_met"], [])


@pytest.mark.parametrize("advised", [True, False], ids=["no floor", "no advice"])
def test_without_a_floor_met_before_unproven_is_no_news(market, organization, advised):
    floor = {} if advised else FLOOR
    workload = used(organization, market["medium-70b"], **floor)
    if advised:
        advise(workload, at=BEFORE - HOUR)
    look(organization, BEFORE)
    revised(workload, market["medium-70b"], **FLOOR)

    assert look(organization, AFTER) == []
