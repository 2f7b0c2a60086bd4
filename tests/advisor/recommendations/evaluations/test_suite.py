"""What the ready suite says: nearer than a public exam, and still no proof."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.recommendations.services import recommend
from catalog.models import CatalogueChange
from tests.advisor.recommendations.market import open_market
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import FinishedEvaluationRunFactory, SuiteSetFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
ITEMS = 40


def on_suite(offering, right, *, family="support_chat"):
    made = SuiteSetFactory(task_family=family, items=ITEMS, frozen_at=MARCH)
    CatalogueChange.objects.get_or_create(
        received_at=MARCH, defaults={"reason": "suite", "concerns": "measurements"}
    )
    return FinishedEvaluationRunFactory(
        evaluation_set=made,
        organization=None,
        endpoint=EndpointFactory(offering=offering),
        scores=[[float(place < right)] for place in range(ITEMS)],
        created_at=MARCH - timedelta(minutes=1),
    )


def quality_of(answer, model):
    [option] = [
        each
        for each in answer["options"]
        if each["strategy"]["stages"][0]["offering"]["model"] == model
    ]
    return option["quality"]


def advice():
    revision = WorkloadRevisionFactory(
        quality_floor_kind="relative", quality_floor_value=0.5
    )
    at = MARCH + timedelta(days=1)
    return recommend(workload=revision.workload, as_of=at, at=at).answer


def test_the_suite_moves_an_estimate_and_names_its_basis():
    market = open_market()
    before = quality_of(advice(), "small-8b")
    runs = [on_suite(market["small-8b"], 4), on_suite(market["large-400b"], 39)]

    after = advice()

    weak = quality_of(after, "small-8b")
    assert before["basis"] == "published"
    assert weak["basis"] == "benchmarked"
    assert weak["estimate"] < before["estimate"]
    assert quality_of(after, "medium-70b")["basis"] == "published"
    assert after["evidence"]["evaluation_runs"] == sorted(str(run.pk) for run in runs)
    # It is not the buyer's own items that were asked.
    assert after["provisional"]


def test_suites_of_other_task_families_say_nothing():
    market = open_market()
    before = quality_of(advice(), "small-8b")
    on_suite(market["small-8b"], 4, family="code")

    after = quality_of(advice(), "small-8b")

    assert after == before
