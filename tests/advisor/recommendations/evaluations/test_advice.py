"""Advice on what was measured on the buyer's own items, from rows to the answer.

small-8b costs 1000 * 0.10 + 200 * 0.20 = 140 millionths of a dollar a request; today
four models are sold, and the cheapest whose published estimate will do is provisional.
"""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.recommendations.models import Cause
from advisor.recommendations.services import check_workload, decide_again, recommend
from catalog.models import CatalogueChange
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    ImportedEvaluationRunFactory,
)
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ITEMS = 100


@pytest.fixture
def market():
    return open_market()


def a_workload(**fields):
    revision = WorkloadRevisionFactory(
        quality_floor_kind="absolute", quality_floor_value=0.8, **fields
    )
    return revision.workload


def a_set(workload, **fields):
    return EvaluationSetFactory(
        organization=workload.organization,
        workload=workload,
        items=ITEMS,
        frozen_at=MARCH,
        **fields,
    )


def learned(at):
    """Note in the ledger that something was measured."""
    CatalogueChange.objects.get_or_create(
        received_at=at, defaults={"reason": "an evaluation", "concerns": "measurements"}
    )


def evaluated(on, offering, right, *, samples=1, at=MARCH, **fields):
    """Keep a run that answered the first `right` items rightly, every time."""
    scores = [[float(place < right)] * samples for place in range(ITEMS)]
    learned(at)
    return FinishedEvaluationRunFactory(
        evaluation_set=on,
        endpoint=EndpointFactory(organization=on.organization, offering=offering),
        samples=samples,
        scores=scores,
        created_at=at - timedelta(minutes=1),
        **fields,
    )


def advice(workload, at=MARCH + DAY, **moments):
    return recommend(workload=workload, as_of=at, at=at, **moments).answer


def picked(answer):
    if answer["recommended"] is None:
        return None
    return answer["options"][0]["strategy"]["stages"][0]["offering"]["model"]


def test_what_was_measured_replaces_what_was_published(market):
    workload = a_workload()
    before = advice(workload)
    own = a_set(workload)
    runs = [
        evaluated(own, market["small-8b"], 95),
        evaluated(own, market["large-400b"], 98),
    ]

    after = advice(workload)

    quality = after["options"][0]["quality"]
    assert before["provisional"]
    assert not after["provisional"]
    assert picked(after) == "small-8b"
    assert (quality["basis"], quality["items"]) == ("evaluated", ITEMS)
    # 95 of 100 with one half-right item before: 95.5 / 101
    assert quality["estimate"] == pytest.approx(95.5 / 101, abs=1e-4)
    assert quality["meets_floor_probability"] > 0.99
    assert after["quality_floor"]["read_as"] == "absolute"
    assert after["evidence"]["evaluation_runs"] == sorted(str(run.pk) for run in runs)


def test_what_is_not_sure_enough_is_named_with_what_proof_costs(market):
    workload = a_workload()
    own = a_set(workload)
    evaluated(own, market["small-8b"], 83)
    evaluated(own, market["medium-70b"], 97)

    answer = advice(workload)

    unproven = answer["cheapest_if_proven"]
    stage = unproven["strategy"]["stages"][0]
    assert picked(answer) == "medium-70b"
    assert stage["offering"]["model"] == "small-8b"
    assert 0.5 < unproven["quality"]["meets_floor_probability"] < 0.9
    # An absolute floor needs no reference: each further item is one call, of
    # 0.00014 USD.
    assert unproven["proof"]["calls"] == unproven["proof"]["items"]
    assert float(unproven["proof"]["amount"]) == pytest.approx(
        unproven["proof"]["items"] * 0.00014, abs=0.005
    )


def test_votes_are_recommended_where_they_reach_the_floor(market):
    workload = a_workload(current_offering=market["small-8b"])
    own = a_set(workload)
    evaluated(own, market["large-400b"], 99, samples=5)
    four_of_five = [[1.0, 1.0, 1.0, 1.0, 0.0]] * ITEMS
    FinishedEvaluationRunFactory(
        evaluation_set=own,
        endpoint=EndpointFactory(
            organization=own.organization, offering=market["small-8b"]
        ),
        samples=5,
        temperature=0.8,
        scores=four_of_five,
        created_at=MARCH - timedelta(minutes=1),
    )
    learned(MARCH)
    strict = workload.revisions.get()
    strict.quality_floor_value = 0.9
    strict.number, strict.pk = 2, None
    strict.save(force_insert=True)

    kept = recommend(workload=workload, as_of=MARCH + DAY, at=MARCH + DAY)

    best = kept.answer["options"][0]
    [stage] = best["strategy"]["stages"]
    assert best["strategy"]["kind"] == "vote"
    assert (stage["samples"], stage["calls_per_request"]) == (3, 2.4)
    # 2.4 calls of 0.00014 USD
    assert float(best["projected_spend"]["per_request"]) == pytest.approx(0.000336)
    assert kept.picked_way["kind"] == "vote"
    [today] = [each for each in kept.answer["options"] if each["current"]]
    assert today["rank"] is None
    assert today["strategy"]["kind"] == "single"
    assert today["quality"]["estimate"] == pytest.approx((80 + 0.5) / 101, abs=1e-4)
    assert kept.answer["finding"] == "under_provisioned"
    [vote] = [
        each
        for each in kept.answer["strategies"]["ways"]
        if each["samples"] == 3 and each["kind"] == "vote"
    ]
    assert vote["worth_considering"]
    assert vote["gain"] == pytest.approx(0.2, abs=0.01)
    assert decide_again(kept).ways


def test_votes_that_gain_nothing_are_told_as_such(market):
    workload = a_workload()
    own = a_set(workload)
    evaluated(own, market["small-8b"], 95, samples=5, temperature=0.8)

    answer = advice(workload)

    votes = [way for way in answer["strategies"]["ways"] if way["kind"] == "vote"]
    assert answer["options"][0]["strategy"]["kind"] == "single"
    assert votes
    # The samples agree with each other, right or wrong: votes are but dearer.
    assert not any(vote["worth_considering"] for vote in votes)
    assert all(vote["cost_multiple"] > 1.5 for vote in votes)


def test_an_answer_is_the_same_again_after_more_was_measured(market):
    workload = a_workload()
    own = a_set(workload)
    evaluated(own, market["large-400b"], 98)
    before = recommend(workload=workload, as_of=MARCH + DAY, at=MARCH + DAY)
    evaluated(own, market["small-8b"], 97, at=MARCH + 2 * DAY)

    after = advice(workload, at=MARCH + 3 * DAY)
    again = decide_again(before)

    assert picked(before.answer) == "large-400b"
    assert picked(after) == "small-8b"
    view = again.view.history
    model = view.models[view.slot_model[again.recommended]]
    assert model == "large-400b"


def test_new_outcomes_bring_new_advice_by_themselves(market):
    workload = a_workload()
    own = a_set(workload)
    evaluated(own, market["large-400b"], 98)
    check_workload(workload.pk, at=MARCH + DAY)
    evaluated(own, market["small-8b"], 97, at=MARCH + 2 * DAY)

    given = check_workload(workload.pk, at=MARCH + 2 * DAY + timedelta(minutes=6))

    assert given.cause == Cause.MEASUREMENTS
    assert picked(given.answer) == "small-8b"


def test_another_organizations_outcomes_say_nothing(market):
    workload = a_workload()
    stranger = a_workload()
    evaluated(a_set(stranger), market["small-8b"], 99)

    answer = advice(workload)

    assert answer["provisional"]
    assert answer["evidence"]["evaluation_runs"] == []
    assert answer["strategies"] is None


def test_a_shared_set_of_the_task_family_speaks_for_a_workload_without_its_own(market):
    organization = OrganizationFactory()
    shared = EvaluationSetFactory(
        organization=organization,
        task_family="support_chat",
        items=ITEMS,
        frozen_at=MARCH,
    )
    other = EvaluationSetFactory(
        organization=organization, task_family="code", items=ITEMS, frozen_at=MARCH
    )
    evaluated(shared, market["small-8b"], 95)
    evaluated(other, market["medium-70b"], 99)
    workload = a_workload(workload__organization=organization)

    answer = advice(workload)

    assert picked(answer) == "small-8b"
    assert len(answer["evidence"]["evaluation_runs"]) == 1


def test_of_several_versions_the_newest_counts(market):
    workload = a_workload()
    first = a_set(workload, name="Tickets")
    second = a_set(workload, name="Tickets", version=2, replaces=first)
    evaluated(first, market["small-8b"], 95)
    evaluated(second, market["medium-70b"], 95)

    answer = advice(workload)

    assert picked(answer) == "medium-70b"


def test_outcomes_of_a_model_as_such_speak_for_whoever_sells_it(market):
    workload = a_workload()
    own = a_set(workload)
    ImportedEvaluationRunFactory(
        evaluation_set=own,
        language_model=market["small-8b"].model,
        created_at=MARCH - timedelta(minutes=1),
    )
    learned(MARCH)

    answer = advice(workload)

    assert picked(answer) == "small-8b"
    assert answer["options"][0]["quality"]["items"] == ITEMS


def test_what_was_measured_long_ago_is_history(market):
    workload = a_workload()
    evaluated(a_set(workload), market["small-8b"], 95)

    answer = advice(workload, at=MARCH + timedelta(days=400))

    assert answer["strategies"] is None


def test_greedy_and_sampled_answers_are_not_mixed(market):
    workload = a_workload()
    own = a_set(workload)
    evaluated(own, market["small-8b"], 50)
    evaluated(own, market["small-8b"], 95, samples=3, temperature=0.8)

    answer = advice(workload)

    # Those of the temperature with more outcomes count: 95 right, not 50.
    assert answer["options"][0]["quality"]["estimate"] == pytest.approx(
        95.5 / 101, abs=1e-4
    )


def test_votes_at_an_endpoint_that_takes_n_bill_the_prompt_once(market):
    workload = a_workload()
    own = a_set(workload)
    evaluated(own, market["large-400b"], 99, samples=5)
    four_of_five = [[1.0, 1.0, 1.0, 1.0, 0.0]] * ITEMS
    strict = workload.revisions.get()
    strict.quality_floor_value = 0.9
    strict.number, strict.pk = 2, None
    strict.save(force_insert=True)
    FinishedEvaluationRunFactory(
        evaluation_set=own,
        endpoint=EndpointFactory(
            organization=own.organization, offering=market["small-8b"]
        ),
        asked={"prompt_billed_once": True},
        samples=5,
        temperature=0.8,
        scores=four_of_five,
        created_at=MARCH - timedelta(minutes=1),
    )

    answer = advice(workload)

    [stage] = answer["options"][0]["strategy"]["stages"]
    # 100 tokens in at 0.10 and 10 out at 0.20 cost 10 and 2 millionths of 12; three
    # answers of one prompt 10 and 6.
    assert stage["cost_multiple"] == pytest.approx(16 / 12, abs=1e-4)
