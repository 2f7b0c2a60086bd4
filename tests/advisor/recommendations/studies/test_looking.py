"""Studies led to their end: whom to ask next, and when it is enough."""

from decimal import Decimal
from ipaddress import ip_network
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from advisor.recommendations.services import check_workload
from advisor.recommendations.studies.looking import look_at, look_at_studies
from advisor.recommendations.tasks import look_at_studies as look_task
from benchmarks.models import EvaluationRun, EvaluationStudy
from benchmarks.services.evaluations import execute_evaluation
from benchmarks.services.evaluations.studies import create_study, write_batch
from catalog.services.ledger import catalogue_change
from tests.benchmarks.services.evaluations.evaluating import (
    endpoint_row,
    known_letters,
)
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import PriceFactory
from tests.factories.evaluations import EvaluationSetFactory
from tests.factories.workloads import WorkloadRevisionFactory
from tests.simulated import SimulatedEndpoint

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = 80
# Name, share of right answers, USD per million tokens. Orders and seeds are drawn anew
# for each study, so the two good ones leave nothing to luck.
MODELS = (("hopeless", 0.2, "0.1"), ("cheap", 1.0, "1"), ("dear", 1.0, "20"))


class Unheard(dict):
    """Names a queue for every provider that no worker takes from.

    Runs are carried out by the tests; the worker of other tests must not join in.
    """

    def get(self, provider, default=None):
        return "unheard"


@pytest.fixture(autouse=True)
def by_ourselves(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.BENCHMARK_QUEUES = Unheard()


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def workload(organization):
    revision = WorkloadRevisionFactory(
        workload__organization=organization,
        quality_floor_kind="relative",
        quality_floor_value=0.9,
    )
    return revision.workload


@pytest.fixture
def own_set(organization, workload):
    return EvaluationSetFactory(
        organization=organization, workload=workload, items=ITEMS
    )


@pytest.fixture
def endpoints(simulator, organization):
    found = {}
    for name, right_share, price in MODELS:
        simulated = SimulatedEndpoint(simulator)
        row = endpoint_row(simulated, organization=organization)
        simulated.behave(known=known_letters(ITEMS, right_share=right_share))
        PriceFactory(
            offering=row.offering,
            input_per_mtok=Decimal(price),
            output_per_mtok=Decimal(price),
        )
        found[name] = row
    with catalogue_change("prices of a test"):
        pass
    return found


def opened(organization, own_set, endpoints, workload=None, **fields):
    study, _ = create_study(
        organization=organization,
        evaluation_set=own_set,
        endpoints=list(endpoints.values()),
        workload=workload,
        at=timezone.now(),
        **fields,
    )
    return study


def led_on(study, *, most=60):
    """Look and carry out what was written, until the study is closed."""
    for _ in range(most):
        runs = look_at(EvaluationStudy.objects.get(pk=study.pk), at=timezone.now())
        for run in runs:
            execute_evaluation(run.pk, at=timezone.now())
        study.refresh_from_db()
        if study.closed_at is not None:
            return study
    raise AssertionError("the study did not end")


def items_asked(study, endpoint):
    runs = EvaluationRun.objects.filter(study=study, endpoint=endpoint)
    return [position for run in runs for position in run.positions]


def test_the_cheap_good_one_is_found_with_fewer_calls_than_all(
    organization, workload, own_set, endpoints
):
    study = led_on(opened(organization, own_set, endpoints, workload))

    standing = study.standing
    assert standing["pick"] == str(endpoints["cheap"].pk)
    assert standing["endpoints"][str(endpoints["cheap"].pk)]["probability"] >= 0.9
    assert standing["endpoints"][str(endpoints["hopeless"].pk)]["probability"] < 0.1
    # At most half of 80 items at three endpoints, and fewest for the hopeless one.
    assert standing["calls_done"] <= 120
    assert standing["share_of_fixed"] <= 0.5
    asked = {name: items_asked(study, each) for name, each in endpoints.items()}
    assert len(asked["hopeless"]) < len(asked["cheap"])
    # No item is asked twice, and all are asked in one order.
    assert all(len({*each}) == len(each) for each in asked.values())
    shorter = len(asked["hopeless"])
    assert {*asked["hopeless"]} == {*asked["dear"][:shorter]}


def test_its_outcomes_bring_advice_by_themselves(
    organization, workload, own_set, endpoints
):
    led_on(opened(organization, own_set, endpoints, workload))

    given = check_workload(workload.pk, at=timezone.now())

    [stage] = given.answer["options"][0]["strategy"]["stages"]
    assert stage["offering"]["id"] == str(endpoints["cheap"].offering_id)
    assert given.answer["options"][0]["quality"]["basis"] == "evaluated"


def test_two_looks_at_once_write_one_round(organization, own_set, endpoints):
    study = opened(
        organization, own_set, endpoints, floor_kind="relative", floor_value=0.9
    )

    def look():
        try:
            look_at(EvaluationStudy.objects.get(pk=study.pk), at=timezone.now())
        finally:
            connection.close()

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    study.refresh_from_db()
    assert study.rounds == 1
    assert EvaluationRun.objects.filter(study=study).count() == 3


def test_a_tick_that_comes_late_writes_nothing(organization, own_set, endpoints):
    study = opened(
        organization, own_set, endpoints, floor_kind="relative", floor_value=0.9
    )
    late = EvaluationStudy.objects.get(pk=study.pk)
    look_at(study, at=timezone.now())

    runs = write_batch(
        late, [(endpoints["cheap"], [0])], standing={}, at=timezone.now()
    )

    assert runs == []
    assert EvaluationRun.objects.filter(study=study).count() == 3


def test_a_round_waits_for_all_of_its_runs(organization, own_set, endpoints):
    study = opened(
        organization, own_set, endpoints, floor_kind="relative", floor_value=0.9
    )
    first = look_at(study, at=timezone.now())
    execute_evaluation(first[0].pk, at=timezone.now())

    look_task.apply()

    study.refresh_from_db()
    assert study.rounds == 1


def test_an_endpoint_that_yields_nothing_drops_out(
    simulator, organization, own_set, endpoints, workload
):
    dead = SimulatedEndpoint(simulator)
    row = endpoint_row(dead, organization=organization)
    dead.behave(fault="unauthorized")
    PriceFactory(offering=row.offering)
    with catalogue_change("one more price"):
        pass

    study = led_on(opened(organization, own_set, {**endpoints, "dead": row}, workload))

    assert study.standing["endpoints"][str(row.pk)]["dropped"] == "no_answers"
    assert study.standing["pick"] == str(endpoints["cheap"].pk)


def test_without_prices_nothing_can_be_decided(
    organization, own_set, workload, simulator
):
    rows = {
        name: endpoint_row(SimulatedEndpoint(simulator), organization=organization)
        for name in ("a", "b")
    }

    study = led_on(opened(organization, own_set, rows, workload))

    assert study.stop_reason == "no_endpoints_left"
    assert {each["dropped"] for each in study.standing["endpoints"].values()} == {
        "unpriced"
    }
    assert not EvaluationRun.objects.exists()


def test_money_that_is_used_ends_it(organization, own_set, endpoints, workload):
    study = opened(
        organization, own_set, endpoints, workload, budget_usd=Decimal("0.000001")
    )

    led_on(study)

    assert study.stop_reason == "over_budget"
    assert not EvaluationRun.objects.exists()


def test_a_study_waits_for_places(organization, own_set, endpoints, workload, settings):
    settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = 2
    study = opened(organization, own_set, endpoints, workload)

    refused = look_at(study, at=timezone.now())
    settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = 3
    written = look_at(EvaluationStudy.objects.get(), at=timezone.now())

    assert refused == []
    assert len(written) == 3


def test_a_fixed_study_ends_when_all_was_asked(organization, own_set, endpoints):
    study = opened(
        organization,
        own_set,
        endpoints,
        allocation="fixed",
        floor_kind="relative",
        floor_value=0.9,
    )
    for run in study.runs.all():
        execute_evaluation(run.pk, at=timezone.now())

    look_at_studies(at=timezone.now())

    study.refresh_from_db()
    assert study.stop_reason == "all_asked"
    assert study.standing["pick"] == str(endpoints["cheap"].pk)
    assert study.standing["share_of_fixed"] == 1.0
