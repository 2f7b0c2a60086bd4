"""An evaluation run from claim to close, against a simulated endpoint."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from advisor.supervisor.processes import wait_until
from benchmarks.models import EvaluationRun
from benchmarks.models.evaluations.runs import COLUMNS
from benchmarks.services import execute_run
from benchmarks.services.evaluations import (
    cancel_evaluation,
    claim_evaluation,
    execute_evaluation,
    take_back_lost,
)
from benchmarks.services.evaluations.claims import LEASE, MOST_LOSSES
from benchmarks.services.evaluations.meter import MOST_IN_A_ROW
from catalog.models import CatalogueChange
from tests.benchmarks.services.evaluations.evaluating import (
    asked_evaluation,
    endpoint_row,
    kept,
    known_letters,
    rows_of,
)
from tests.benchmarks.services.measuring import SECRET, asked_run
from tests.factories.catalog import PriceFactory
from tests.factories.evaluations import EvaluationSetFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def loopback_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def carried_out(run, **limits):
    execute_evaluation(run.pk, at=timezone.now(), **limits)
    return kept(run)


def in_background(run):
    """Carry a run out in a thread with a connection of its own."""

    def carry_out():
        try:
            execute_evaluation(run.pk, at=timezone.now())
        finally:
            connection.close()

    thread = Thread(target=carry_out)
    thread.start()
    return thread


def questions_seen(endpoint):
    """Return how often the endpoint was asked each question."""
    return Counter(record["prompt_head"] for record in endpoint.records())


def test_every_answer_is_graded_priced_and_sealed(endpoint):
    row = endpoint_row(endpoint)
    PriceFactory(offering=row.offering)  # 0.20 in, 0.80 out, USD per Mtok
    endpoint.behave(
        known=[
            *known_letters(2),
            *known_letters(3, right_share=0.0)[2:],
            *known_letters(4, right_share=0.0, refused_share=1.0)[3:],
        ]
    )

    run = carried_out(asked_evaluation(row))

    assert (run.status, run.stop_reason, run.failure) == ("succeeded", "completed", "")
    assert sorted(rows_of(run)) == [
        (0, 0, "right"),
        (1, 0, "right"),
        (2, 0, "wrong"),
        (3, 0, "refused"),
    ]
    by_item = dict(zip(run.item, zip(run.score, run.answer, strict=True), strict=True))
    assert by_item == {0: (1, "A"), 1: (1, "B"), 2: (0, "D"), 3: (0, "")}
    assert run.error == [""] * 4
    # "Question 0: A, B, C or D?" has seven words; a letter is one token.
    assert run.input_tokens == [7] * 4
    tokens = dict(zip(run.item, run.output_tokens, strict=True))
    assert tokens == {0: 1, 1: 1, 2: 1, 3: 5}
    assert all(5 <= each < 500 for each in run.latency_ms)
    # 4 * 7 in at 0.20 and 1 + 1 + 1 + 5 out at 0.80, USD per million.
    assert run.cost_usd == Decimal("0.000012")
    assert (run.calls_total, run.calls_done, run.calls_failed) == (4, 4, 0)
    assert run.served_models == {row.wire_model: 4}
    assert (run.feeds_advice, run.not_fed_because) == (True, "")
    assert run.started_at <= run.finished_at
    assert run.received_at == CatalogueChange.objects.latest("received_at").received_at
    assert run.closed_at >= run.received_at
    assert CatalogueChange.objects.get().concerns == "measurements"


def test_samples_of_an_item_are_asked_together_and_with_seeds_of_their_own(endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(known=known_letters(3, right_share=0.5))
    settings_of_order = {"positions": [2, 0, 1], "samples": 6, "temperature": 0.7}

    run = carried_out(asked_evaluation(row, **settings_of_order))

    pairs = {(item, sample) for item in (0, 1, 2) for sample in range(6)}
    assert {*zip(run.item, run.sample, strict=True)} == pairs
    bodies = [record["body"] for record in endpoint.records()]
    assert len({body["seed"] for body in bodies}) == 18
    assert {body["temperature"] for body in bodies} == {0.7}
    assert {body["max_tokens"] for body in bodies} == {256}
    heads = [record["prompt_head"] for record in endpoint.records()]
    first = ["Question 2: A, B, C or D?"] * 6
    assert heads[:6] == first
    # Which answer a sample got depends on its seed alone, so votes have what to count.
    assert {*run.verdict} == {"right", "wrong"}


def test_what_fails_in_passing_is_asked_again_and_never_a_wrong_answer(endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(fault="server_error", fault_share=0.34)

    run = carried_out(asked_evaluation(row, items=4))

    assert (run.status, run.verdict) == ("succeeded", ["right"] * 4)
    assert run.calls_failed == 0
    assert len(endpoint.records()) > 4


def test_a_429_is_waited_out(endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(fault="rate_limited", fault_first=4, retry_after="0.1")

    run = carried_out(asked_evaluation(row))

    assert (run.status, run.verdict) == ("succeeded", ["right"] * 4)


def test_a_question_without_an_answer_is_told_apart_and_costs_no_score(
    endpoint, settings
):
    settings.EVALUATION_CALLS_AT_ONCE = 1
    row = endpoint_row(endpoint)
    endpoint.behave(fault="unauthorized", fault_first=1)

    run = carried_out(asked_evaluation(row))

    assert run.status == "succeeded"
    assert rows_of(run)[0] == (0, 0, "error")
    assert run.error == ["http_4xx", "", "", ""]
    assert math.isnan(run.score[0])
    assert math.isnan(run.latency_ms[0])
    assert (run.calls_done, run.calls_failed) == (4, 1)
    assert run.feeds_advice


def test_an_endpoint_that_dies_in_the_middle_leaves_a_partial_run(endpoint, settings):
    settings.EVALUATION_CALLS_AT_ONCE = 1
    row = endpoint_row(endpoint, items=40)
    endpoint.behave(fault="unauthorized", fault_after=10)

    run = carried_out(asked_evaluation(row, items=40))

    assert (run.status, run.stop_reason) == ("partial", "failing")
    assert run.failure.startswith(
        f"The endpoint stopped answering: {MOST_IN_A_ROW} questions in a row had no"
        " answer, the last with http_4xx: HTTP 401"
    )
    assert SECRET not in run.failure
    assert (run.calls_done, run.calls_failed) == (10 + MOST_IN_A_ROW, MOST_IN_A_ROW)
    assert run.verdict[:10] == ["right"] * 10
    assert run.feeds_advice
    assert len(endpoint.records()) == 10 + MOST_IN_A_ROW


def test_an_endpoint_that_never_answers_fails_the_run(endpoint):
    row = endpoint_row(endpoint)
    PriceFactory(offering=row.offering)
    endpoint.behave(fault="not_found")

    run = carried_out(asked_evaluation(row))

    assert (run.status, run.not_fed_because) == ("failed", "no_answers")
    assert run.failure == "None of 4 questions was answered; 4 with http_4xx."
    assert not run.feeds_advice
    assert run.cost_usd == 0  # nobody bills for a 404


def test_another_model_than_asked_for_does_not_feed_advice(endpoint):
    row = endpoint_row(endpoint, wire_model="big-model")
    endpoint.behave(served_model="small-model")

    run = carried_out(asked_evaluation(row))

    assert (run.status, run.not_fed_because) == ("succeeded", "wrong_model")
    assert run.failure == "small-model answered, where big-model was asked for."
    assert run.served_models == {"small-model": 4}


def test_a_price_that_rose_since_refuses_the_run_before_anything_is_asked(endpoint):
    row = endpoint_row(endpoint, items=30)
    january = PriceFactory(offering=row.offering)
    # 30 * (15 * 0.20 + 256 * 0.80) / 10**6 = 0.006234.
    run = asked_evaluation(row, items=30, budget_usd=Decimal("0.00625"))
    PriceFactory(
        offering=row.offering,
        sheet=january.sheet,
        effective_from=datetime(2026, 2, 1, tzinfo=UTC),
        output_per_mtok=Decimal(8),
    )

    refused = carried_out(run)

    # 30 * (15 * 0.20 + 256 * 8) / 10**6 = 0.06153.
    assert (refused.status, refused.stop_reason) == ("failed", "budget")
    assert refused.failure.startswith("The run is estimated at 0.062 USD: over the")
    assert refused.estimate_usd == Decimal("0.06153")
    assert refused.cost_usd == 0
    assert not endpoint.records()


def test_a_budget_that_is_used_up_ends_a_run_with_what_it_has(endpoint):
    row = endpoint_row(endpoint, items=30)
    PriceFactory(offering=row.offering)
    run = asked_evaluation(row, items=30, budget_usd=Decimal("0.00625"))
    # As if 0.0055 were spent by an earlier worker, of whom nothing else is left.
    EvaluationRun.objects.filter(pk=run.pk).update(
        cost_usd=Decimal("0.0055"),
        calls_done=1,
        **{name: [0] for name in ("item", "sample", "score", "latency_ms")},
        **{name: [1] for name in ("input_tokens", "output_tokens", "verifier_score")},
        **{name: ["right"] for name in ("verdict", "answer")},
        error=[""],
    )
    # 200 tokens out cost 0.00016 and 7 in 0.0000014; a call may cost 0.0002078.
    endpoint.behave(known=[{"when": "Question", "right": "A" + " B" * 199}])

    run = carried_out(run)

    assert (run.status, run.stop_reason) == ("partial", "budget")
    assert run.failure == "The budget was used up first."
    # 0.0055 + n * 0.0001614 + 0.0002078 <= 0.00625 holds for n = 3, so four are asked.
    assert len(endpoint.records()) == 4
    assert run.cost_usd == Decimal("0.0055") + 4 * Decimal("0.0001614")
    assert run.cost_usd <= run.budget_usd


def test_a_cancelled_run_ends_within_a_second_and_keeps_its_answers(endpoint):
    row = endpoint_row(endpoint, items=400)
    run = asked_evaluation(row, items=400)
    endpoint.behave(ttft_ms=50)
    worker = in_background(run)
    assert wait_until(lambda: len(endpoint.records()) >= 8, patience_s=20)

    cancelled_at = timezone.now()
    assert cancel_evaluation(run=kept(run), at=cancelled_at)
    worker.join(timeout=20)

    run = kept(run)
    assert (run.status, run.not_fed_because) == ("cancelled", "cancelled")
    assert (run.feeds_advice, run.stop_reason) == (False, "cancelled")
    assert run.finished_at - cancelled_at < timedelta(seconds=1.5)
    assert 4 <= run.calls_done < 400
    assert len(run.item) == run.calls_done
    assert run.closed_at is not None


def test_a_long_run_goes_on_in_a_further_claim_and_asks_nothing_twice(endpoint):
    row = endpoint_row(endpoint, items=30)
    PriceFactory(offering=row.offering)
    endpoint.behave(ttft_ms=60)
    run = asked_evaluation(row, items=30)

    midway = carried_out(run, begin_s=0.2)

    assert (midway.status, midway.claim, midway.lease_until) == ("queued", None, None)
    assert 4 <= midway.calls_done < 30
    # Input of 7 and output of 1 token each.
    assert midway.cost_usd == midway.calls_done * Decimal("0.0000022")
    done = carried_out(run)
    assert (done.status, done.calls_done, done.claims) == ("succeeded", 30, 2)
    assert done.cost_usd == 30 * Decimal("0.0000022")
    assert done.started_at == midway.started_at
    assert set(questions_seen(endpoint).values()) == {1}
    assert sorted(done.item) == list(range(30))


def test_a_run_in_mid_course_shows_what_it_has(endpoint):
    row = endpoint_row(endpoint, items=400)
    endpoint.behave(ttft_ms=50)
    run = asked_evaluation(row, items=400)
    worker = in_background(run)

    assert wait_until(lambda: kept(run).calls_done > 0, patience_s=20)

    midway = kept(run)
    assert midway.status == "running"
    assert len(midway.verdict) == midway.calls_done
    cancel_evaluation(run=midway, at=timezone.now())
    worker.join(timeout=20)


def test_a_dead_workers_run_is_taken_up_and_asks_what_is_missing_alone(endpoint):
    row = endpoint_row(endpoint, items=6)
    run = asked_evaluation(row, items=6)
    dead = claim_evaluation(run.pk, timezone.now())
    EvaluationRun.objects.filter(pk=run.pk).update(
        calls_done=2,
        **{name: [0, 1] for name in ("item", "score", "latency_ms")},
        **{name: [0, 0] for name in ("sample", "input_tokens", "output_tokens")},
        verifier_score=[math.nan] * 2,
        **{name: ["right", "right"] for name in ("verdict", "answer")},
        error=["", ""],
    )

    too_early = take_back_lost(timezone.now())
    taken_back = take_back_lost(timezone.now() + LEASE + timedelta(seconds=1))

    assert (too_early, taken_back) == ([], [run.pk])
    assert (kept(run).status, kept(run).losses) == ("queued", 1)
    done = carried_out(run)
    assert (done.status, done.calls_done, done.losses) == ("succeeded", 6, 0)
    assert len(endpoint.records()) == 4
    assert dead.claim != done.claim


def test_a_worker_that_died_after_the_last_answer_leaves_nothing_to_be_asked(endpoint):
    row = endpoint_row(endpoint)
    run = asked_evaluation(row)
    carried_out(run, begin_s=60)
    whole = kept(run)
    # The same as it was before it was closed: a row of its own, which can be written.
    open_run = asked_evaluation(row, evaluation_set=run.evaluation_set)
    EvaluationRun.objects.filter(pk=open_run.pk).update(
        calls_done=4, **{name: getattr(whole, name) for name in COLUMNS}
    )

    done = carried_out(open_run)

    assert (done.status, done.calls_done, done.verdict) == (
        "succeeded",
        4,
        ["right"] * 4,
    )
    assert len(endpoint.records()) == 4


def test_a_worker_that_lives_after_all_writes_nothing_more(endpoint):
    row = endpoint_row(endpoint, items=400)
    endpoint.behave(ttft_ms=50)
    run = asked_evaluation(row, items=400)
    worker = in_background(run)
    assert wait_until(lambda: kept(run).calls_done > 0, patience_s=20)

    take_back_lost(timezone.now() + 2 * LEASE)
    had = kept(run).calls_done
    worker.join(timeout=20)

    assert not worker.is_alive()
    assert (kept(run).status, kept(run).calls_done) == ("queued", had)


def test_a_run_that_several_workers_died_over_is_closed_with_what_it_has(endpoint):
    run = asked_evaluation(endpoint_row(endpoint))

    for number in range(MOST_LOSSES):
        now = timezone.now() + number * 2 * LEASE
        assert claim_evaluation(run.pk, now)
        take_back_lost(now + LEASE + timedelta(seconds=1))

    run = kept(run)
    assert (run.status, run.stop_reason) == ("failed", "lost")
    assert run.failure == "3 workers stopped without a word over it."
    assert not endpoint.records()


def test_a_dead_workers_run_that_was_called_off_is_closed(endpoint):
    run = asked_evaluation(endpoint_row(endpoint))
    claim_evaluation(run.pk, timezone.now())
    cancel_evaluation(run=run, at=timezone.now())
    assert kept(run).closed_at is None

    assert take_back_lost(timezone.now() + 2 * LEASE) == []

    assert (kept(run).status, kept(run).stop_reason) == ("cancelled", "cancelled")
    assert kept(run).closed_at is not None


def test_a_message_that_comes_twice_asks_once(endpoint):
    run = asked_evaluation(endpoint_row(endpoint))
    carried_out(run)

    again = execute_evaluation(run.pk, at=timezone.now())

    assert again is None
    assert len(endpoint.records()) == 4


def test_a_message_for_a_run_that_is_not_there_does_nothing():
    assert execute_evaluation(uuid4(), at=timezone.now()) is None


def test_an_evaluation_and_a_benchmark_never_work_at_one_endpoint_at_once(
    endpoint, settings
):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    row = endpoint_row(endpoint)
    evaluation, benchmark = asked_evaluation(row), asked_run(row)
    claim_evaluation(evaluation.pk, timezone.now())

    assert execute_run(benchmark.pk, at=timezone.now()) is None
    assert not endpoint.records()


def test_an_endpoint_switched_off_meanwhile_ends_a_run_with_what_it_has(endpoint):
    row = endpoint_row(endpoint, items=30)
    endpoint.behave(ttft_ms=60)
    run = asked_evaluation(row, items=30)
    midway = carried_out(run, begin_s=0.2)
    row.enabled = False
    row.save()

    done = carried_out(run)

    assert (done.status, done.stop_reason) == ("partial", "lost")
    assert done.failure == "The endpoint was switched off before the run ended."
    assert done.calls_done == midway.calls_done
    assert done.feeds_advice


def test_an_endpoint_revised_in_mid_run_ends_it_with_what_it_has(endpoint):
    row = endpoint_row(endpoint, items=30)
    endpoint.behave(ttft_ms=60)
    run = asked_evaluation(row, items=30)
    midway = carried_out(run, begin_s=0.2)
    row.wire_model = "another-model"
    row.save()

    done = carried_out(run)

    assert (done.status, done.calls_done) == ("partial", midway.calls_done)
    assert done.failure.startswith("The endpoint was revised in mid-run")
    assert done.served_models == midway.served_models


def test_a_credential_that_no_key_opens_fails_the_run_with_a_sentence(
    endpoint, settings
):
    run = asked_evaluation(endpoint_row(endpoint))
    settings.SECRET_KEY = "another-key-altogether"

    run = carried_out(run)

    assert run.status == "failed"
    assert "rotate_credentials" in run.failure
    assert not endpoint.records()


def test_a_run_whose_asking_breaks_fails_with_a_sentence(endpoint, caplog):
    # Written past the services, which refuse it.
    row = endpoint_row(endpoint, headers={"X-Broken": "two\r\nlines"})

    run = carried_out(asked_evaluation(row))

    assert (run.status, run.stop_reason) == ("failed", "broken")
    assert run.failure.startswith("The asking itself failed")
    assert "Traceback" in caplog.text
    assert SECRET not in caplog.text


def test_the_credential_is_sent_and_kept_nowhere(endpoint, caplog):
    row = endpoint_row(endpoint)
    endpoint.behave(
        served_model=f"model-{SECRET}",
        known=[{"when": "Question", "right": f"A {SECRET}"}],
    )
    evaluation_set = EvaluationSetFactory(
        organization=row.organization, items=[{"grader": {"kind": "exact"}}]
    )

    carried_out(asked_evaluation(row, evaluation_set=evaluation_set))

    sent = endpoint.records()[0]["headers"]["authorization"]
    assert sent == f"Bearer {SECRET}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM benchmarks_evaluationrun r")
        (whole,) = cursor.fetchone()
    assert SECRET not in whole
    assert SECRET not in caplog.text


def test_an_item_that_cannot_be_graded_does_not_spoil_the_others(endpoint, caplog):
    row = endpoint_row(endpoint)
    evaluation_set = EvaluationSetFactory(
        organization=row.organization,
        # Written past the services, which refuse it.
        items=[{"grader": {"kind": "regex", "pattern": "("}}, {}],
    )

    run = carried_out(asked_evaluation(row, evaluation_set=evaluation_set))

    outcome = dict(zip(run.item, zip(run.verdict, run.error, strict=True), strict=True))
    assert outcome == {0: ("error", "grader_failed"), 1: ("right", "")}
    assert "could not be graded" in caplog.text


def test_a_database_that_drops_its_connections_does_not_end_a_run(endpoint, caplog):
    row = endpoint_row(endpoint, items=200)
    endpoint.behave(ttft_ms=60)
    run = asked_evaluation(row, items=200)
    others = (
        "FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )

    def of_database(expression):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {expression}")
            return cursor.fetchone()[0]

    worker = in_background(run)
    # The worker's own, and that of the thread which looks after the run.
    assert wait_until(lambda: of_database(f"count(*) {others}") == 2, patience_s=20)

    of_database(f"count(pg_terminate_backend(pid)) {others}")
    worker.join(timeout=30)

    run = kept(run)
    assert (run.status, run.calls_done) == ("succeeded", 200)
    assert set(questions_seen(endpoint).values()) == {1}
    assert "could not reach the database" in caplog.text
