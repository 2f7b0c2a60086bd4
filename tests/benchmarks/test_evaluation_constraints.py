"""Rules of evaluation sets and runs that the database itself keeps."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from benchmarks.models import EvaluationSet
from tests.factories.accounts import OrganizationFactory
from tests.factories.evaluations import (
    EvaluationItemFactory,
    EvaluationRunFactory,
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    ImportedEvaluationRunFactory,
    SuiteSetFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def refused(constraint):
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": ""}, "evaluation_set_named"),
        ({"version": 0}, "evaluation_set_named"),
        ({"task_family": "poetry"}, "evaluation_set_task_family_known"),
        ({"organization": None}, "evaluation_set_owned_or_suite"),
        ({"suite": "sql", "suite_seed": 1}, "evaluation_set_owned_or_suite"),
    ],
)
def test_a_set_is_named_and_owned_or_of_the_suite(fields, constraint):
    with refused(constraint):
        EvaluationSetFactory(**fields)


def test_a_version_of_a_name_is_there_once_per_owner_and_once_in_the_suite():
    owner = OrganizationFactory()
    EvaluationSetFactory(organization=owner, name="Tickets", items=0)
    SuiteSetFactory(name="Tickets", items=0)

    with refused("evaluation_set_version_once"), transaction.atomic():
        EvaluationSetFactory(organization=owner, name="Tickets", items=0)
    with refused("evaluation_set_version_once"), transaction.atomic():
        SuiteSetFactory(name="Tickets", items=0)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"key": ""}, "item_can_be_asked"),
        ({"weight": 0.0}, "item_can_be_asked"),
        ({"max_output_tokens": 0}, "item_can_be_asked"),
        ({"position": 0}, "item_position_once"),
        ({"key": "item-0"}, "item_key_once"),
    ],
)
def test_an_item_can_be_asked_and_told_from_others(fields, constraint):
    used = EvaluationSetFactory(items=1)

    with refused(constraint):
        EvaluationItemFactory(evaluation_set=used, **{"position": 1, **fields})


def test_a_frozen_set_and_its_items_never_change():
    used = EvaluationSetFactory(items=2, frozen_at=NOON)
    item = used.items.first()

    with refused("is add-only"), transaction.atomic():
        EvaluationSet.objects.filter(pk=used.pk).update(name="Others")
    with refused("add a new version"), transaction.atomic():
        used.items.filter(pk=item.pk).update(expected="D")
    with refused("add a new version"), transaction.atomic():
        item.delete()
    with refused("add a new version"), transaction.atomic():
        EvaluationItemFactory(evaluation_set=used, position=9)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"basis": "imported"}, "evaluation_run_measured_at_an_endpoint"),
        ({"samples": 0}, "evaluation_run_samples_in_range"),
        ({"samples": 65}, "evaluation_run_samples_in_range"),
        ({"score": [1.0]}, "evaluation_run_columns_of_one_length"),
        ({"status": "running"}, "evaluation_run_claimed_while_running"),
        ({"status": "failed"}, "evaluation_run_closed_when_final"),
    ],
)
def test_a_run_is_whole(fields, constraint):
    with refused(constraint):
        EvaluationRunFactory(**fields)


def test_what_has_no_moment_of_arrival_feeds_no_advice():
    with refused("evaluation_run_feeds_advice_when_known"):
        FinishedEvaluationRunFactory(received_at=None)


def test_imported_outcomes_may_be_of_a_model_whoever_serves_it():
    run = ImportedEvaluationRunFactory(scores=[[1.0], [0.0], [0.5], [1.0]])

    run.refresh_from_db()
    assert run.offering is None
    assert run.score == [1.0, 0.0, 0.5, 1.0]
    assert run.answer == ["right", "wrong", "wrong", "right"]


def test_a_closed_run_never_changes():
    run = FinishedEvaluationRunFactory()
    run.failure = "no"

    with refused("is add-only"):
        run.save()
