"""What changed when quality was measured on the buyer's own items in between."""

from datetime import timedelta
from decimal import Decimal
from itertools import combinations

import pytest

from advisor.decision.mixed_decisions import MixedDecisions
from advisor.decision.mixtures import Mixture
from advisor.decision.moved import drivers_moved
from advisor.recommendations.changes.ends import ends_of
from advisor.recommendations.changes.whole import changes_between
from catalog.models import CatalogueChange
from tests.advisor.recommendations.changes.cases import (
    APRIL,
    MARCH,
    amounts,
    in_march,
    in_may,
    reprice,
    sums,
    workload_of,
)
from tests.advisor.recommendations.market import open_market
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
)

pytestmark = pytest.mark.django_db

ITEMS = 100
FLOOR = {"quality_floor_kind": "absolute", "quality_floor_value": 0.9}


def evaluated(on, offering, scores, at, **fields):
    CatalogueChange.objects.get_or_create(
        received_at=at, defaults={"reason": "an evaluation", "concerns": "measurements"}
    )
    FinishedEvaluationRunFactory(
        evaluation_set=on,
        endpoint=EndpointFactory(organization=on.organization, offering=offering),
        scores=scores,
        samples=len(scores[0]),
        created_at=at - timedelta(minutes=1),
        **fields,
    )


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def workload():
    return workload_of(**FLOOR)


@pytest.fixture
def own(workload):
    return EvaluationSetFactory(
        organization=workload.organization,
        workload=workload,
        items=ITEMS,
        frozen_at=MARCH,
    )


def test_new_outcomes_are_the_driver_of_a_new_pick(market, workload, own):
    evaluated(own, market["large-400b"], [[1.0]] * ITEMS, MARCH)
    before = in_march(workload)
    evaluated(own, market["small-8b"], [[1.0]] * ITEMS, APRIL)
    after = in_may(workload)

    changes = changes_between(before, after)

    # 1,680 for the small one, 50,400 for the large one.
    assert changes["twelve_months"]["change"] == "-48720.00"
    assert amounts(changes)["quality"] == "-48720.00"
    assert sums(changes) == (Decimal(-48720), Decimal(-48720))
    [quality] = [each for each in changes["drivers"] if each["driver"] == "quality"]
    assert quality["sentence"] == (
        "Quality was further measured on up to 100 of your own items, 2 options by now."
    )


def test_votes_have_the_same_spend_in_mixtures_as_in_whole_worlds(
    market, workload, own
):
    four_of_five = [[1.0, 1.0, 1.0, 1.0, 0.0]] * ITEMS
    evaluated(own, market["large-400b"], [[1.0] * 5] * ITEMS, MARCH)
    before = in_march(workload)
    evaluated(own, market["small-8b"], four_of_five, APRIL, temperature=0.8)
    reprice(market["small-8b"], "0.12", "0.30", at=APRIL + timedelta(hours=1))
    after = in_may(workload)

    ends = ends_of(before, after)
    mixture = Mixture(ends.before, ends.after)
    moved = sorted(drivers_moved(mixture))
    decisions = MixedDecisions(mixture)
    subsets = [
        frozenset(chosen)
        for count in range(len(moved) + 1)
        for chosen in combinations(moved, count)
    ]
    spends = [decisions.recommended_spend(subset) for subset in subsets]
    whole = [mixture.world(subset).recommended_spend for subset in subsets]

    # 2.4 calls at 0.00012 + 0.00006 = 0.00018 USD, twelve million times.
    assert after.picked_way["kind"] == "vote"
    assert float(whole[-1]) == pytest.approx(2.4 * 0.00018 * 12_000_000)
    assert {"price", "quality"} <= set(moved)
    assert spends == whole


def test_the_comparison_of_votes_sums_to_the_cent(market, workload, own):
    evaluated(own, market["large-400b"], [[1.0] * 5] * ITEMS, MARCH)
    before = in_march(workload)
    four_of_five = [[1.0, 1.0, 1.0, 1.0, 0.0]] * ITEMS
    evaluated(own, market["small-8b"], four_of_five, APRIL, temperature=0.8)
    reprice(market["small-8b"], "0.12", "0.30", at=APRIL + timedelta(hours=1))
    after = in_may(workload)

    changes = changes_between(before, after)

    change = Decimal(changes["twelve_months"]["change"])
    assert sums(changes) == (change, change)
    assert changes["pick_changed"]
    # The small one's own name is in the market's; three votes reach the floor.
    assert "by up to 3 votes" in changes["sentences"][0]


def test_the_same_offering_run_in_another_way_is_another_pick(market, workload, own):
    evaluated(own, market["small-8b"], [[1.0] * 5] * ITEMS, MARCH, temperature=0.8)
    evaluated(own, market["large-400b"], [[1.0] * 5] * ITEMS, MARCH)
    before = in_march(workload)
    newer = EvaluationSetFactory(
        organization=workload.organization,
        workload=workload,
        name=own.name,
        version=2,
        items=ITEMS,
        frozen_at=APRIL,
    )
    four_of_five = [[1.0, 1.0, 1.0, 1.0, 0.0]] * ITEMS
    evaluated(newer, market["small-8b"], four_of_five, APRIL, temperature=0.8)
    evaluated(newer, market["large-400b"], [[1.0] * 5] * ITEMS, APRIL)
    after = in_may(workload)

    changes = changes_between(before, after)

    assert before.picked_offering == after.picked_offering
    assert changes["pick_changed"]
    assert "by up to 3 votes" in changes["sentences"][0]
