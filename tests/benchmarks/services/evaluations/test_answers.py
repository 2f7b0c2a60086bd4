"""Answers get into the row once each, whatever happens on the way."""

from datetime import UTC, datetime

import pytest

from benchmarks.harness.asking import Reply
from benchmarks.harness.questions import Answered, Question
from benchmarks.harness.runner import StopReason
from benchmarks.harness.samples import ErrorKind, Sample
from benchmarks.harness.wire import Chat
from benchmarks.models import EvaluationRun
from benchmarks.services.evaluations import claim_evaluation
from benchmarks.services.evaluations.answers import MOST_SERVED, Answers
from benchmarks.services.evaluations.closing import (
    Ending,
    close_evaluation,
    ours,
    standing,
)
from tests.benchmarks.services.evaluations.evaluating import kept, rows_of
from tests.factories.evaluations import EvaluationRunFactory, EvaluationSetFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def run():
    evaluation_set = EvaluationSetFactory(items=40)
    waiting = EvaluationRunFactory(
        evaluation_set=evaluation_set, asked={"wire_model": "m"}
    )
    return claim_evaluation(waiting.pk, NOON)


def answers_of(run, **fields):
    items = {item.position: item for item in run.evaluation_set.items.all()}
    return Answers(items, **{"secret": "sk-very-secret", **fields})


def answered(item, text="A", *, served="m", **fields):
    sample = Sample(intended_s=0.0, served_model=served, request_ms=5.0)
    chat = Chat(messages=({"role": "user", "content": "?"},), output_tokens=5)
    return Answered(
        question=Question(item=item, sample=0, chat=chat),
        reply=Reply(attempts=(sample,), text=text, **fields),
    )


def closed(run, answers):
    ending = Ending(stop=StopReason.COMPLETED, cost_usd=None, answers=answers)
    return close_evaluation(run, ending, at=NOON)


def test_a_write_whose_reply_was_lost_is_not_written_again(run):
    answers = answers_of(run)
    answers.add(answered(0, "A"))
    answers.add(answered(1, "B"))
    # Committed, but the connection broke before it said so; one more came since.
    ours(run).update(**answers.update(run))
    answers.add(answered(2, "D"))

    status = standing(run, answers)
    left = len(answers)
    closed(run, answers)

    assert (status, left) == ("running", 1)
    done = kept(run)
    assert rows_of(done) == [(0, 0, "right"), (1, 0, "right"), (2, 0, "wrong")]
    assert (done.calls_done, done.served_models) == (3, {"m": 3})


def test_closing_leaves_out_what_the_row_has_too(run):
    answers = answers_of(run)
    answers.add(answered(0, "A"))
    ours(run).update(**answers.update(run))

    closed(run, answers)

    assert rows_of(kept(run)) == [(0, 0, "right")]


def test_a_later_worker_counts_from_what_the_row_has(run):
    first = answers_of(run)
    first.add(answered(0, "A"))
    ours(run).update(**first.update(run))
    run.refresh_from_db()

    second = answers_of(run, kept=run.calls_done)
    second.add(answered(1, "B"))
    standing(run, second)
    closed(run, second)

    assert rows_of(kept(run)) == [(0, 0, "right"), (1, 0, "right")]


def test_the_run_of_another_worker_has_no_standing(run):
    EvaluationRun.objects.filter(pk=run.pk).update(claim=run.evaluation_set_id)

    assert standing(run, answers_of(run)) is None


def test_failures_are_counted_and_name_no_model(run):
    answers = answers_of(run)
    answers.add(answered(0, "", error=ErrorKind.TIMEOUT, error_detail="no end"))
    answers.add(answered(1, "B"))

    closed(run, answers)

    done = kept(run)
    assert (done.calls_done, done.calls_failed) == (2, 1)
    assert done.error == ["timeout", ""]
    assert done.served_models == {"m": 1}


def test_an_endpoint_of_many_names_does_not_fill_the_row(run):
    answers = answers_of(run)
    for item in range(MOST_SERVED + 10):
        answers.add(answered(item, "A", served=f"model-{item}"))
        answers.add(answered(item, "A", served="the-usual"))

    closed(run, answers)

    served = kept(run).served_models
    assert len(served) == MOST_SERVED
    assert served["the-usual"] == MOST_SERVED + 10


def test_a_repeated_credential_is_not_kept(run):
    answers = answers_of(run)
    answers.add(answered(0, "A sk-very-secret", served="m sk-very-secret"))

    closed(run, answers)

    assert "very-secret" not in f"{kept(run).served_models} {kept(run).answer}"
