"""What a workload's page says of proof and of several calls."""

from datetime import timedelta

import pytest

from advisor.recommendations import catalogue, services
from advisor.recommendations.services import recommend
from catalog.models import CatalogueChange
from tests.advisor.pages.test_workloads import MARCH, stated, text_of
from tests.advisor.recommendations.market import open_market
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
)

pytestmark = pytest.mark.django_db

ITEMS = 100
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nothing_held():
    """Tests roll back, so a catalogue read in one must not serve the next."""
    catalogue._held.clear()
    services._qualities.clear()


@pytest.fixture
def market(db):
    return open_market()


@pytest.fixture
def workload(organization):
    return stated(organization, quality_floor_kind="absolute", quality_floor_value=0.9)


@pytest.fixture
def evaluated(workload):
    own = EvaluationSetFactory(
        organization=workload.organization,
        workload=workload,
        items=ITEMS,
        frozen_at=MARCH,
    )
    CatalogueChange.objects.create(
        received_at=MARCH, reason="an evaluation", concerns="measurements"
    )

    def keep(offering, scores):
        FinishedEvaluationRunFactory(
            evaluation_set=own,
            endpoint=EndpointFactory(organization=own.organization, offering=offering),
            samples=len(scores[0]),
            temperature=0.8,
            scores=scores,
            created_at=MARCH - timedelta(minutes=1),
        )
        return own

    return keep


def shown(client, workload):
    recommend(workload=workload, as_of=MARCH + DAY, at=MARCH + DAY)
    return text_of(client.get(f"/workloads/{workload.pk}/"))


def test_votes_are_named_with_what_they_gain(
    client, member, market, workload, evaluated
):
    evaluated(market["small-8b"], [[1.0, 1.0, 1.0, 1.0, 0.0]] * ITEMS)
    evaluated(market["large-400b"], [[1.0] * 5] * ITEMS)
    client.force_login(member)

    text = shown(client, workload)

    assert "small-8b from cheapo, by up to 3 votes" in text
    assert "measured on your own items, 100 of them" in text
    # Four of five right alone, and all with three votes.
    assert "up to 3 votes" in text
    assert "2.40 \N{MULTIPLICATION SIGN}" in text
    assert "do not vote here" not in text


def test_votes_that_gain_nothing_are_advised_against(
    client, member, market, workload, evaluated
):
    evaluated(market["small-8b"], [[1.0] * 5] * 97 + [[0.0] * 5] * 3)
    client.force_login(member)

    text = shown(client, workload)

    assert "No: do not vote here." in text


def test_what_lacks_only_proof_is_told_with_its_price(
    client, member, market, workload, evaluated
):
    evaluated(market["small-8b"], [[1.0]] * 92 + [[0.0]] * 8)
    evaluated(market["large-400b"], [[1.0]] * 99 + [[0.0]])
    client.force_login(member)

    text = shown(client, workload)

    assert "What proof would change" in text
    assert "<strong>small-8b from cheapo</strong> would cost" in text
    assert "if it proves good enough" in text
    assert "further items of your own" in text
