"""Evaluation sets: kept whole, in versions, and sealed once they are used."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.audit import Author
from accounts.models import AuditEvent
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.models import EvaluationItem, EvaluationSet
from benchmarks.services.evaluations.sets import (
    SetFrozen,
    SetUnchanged,
    create_set,
    delete_set,
    freeze,
    replace_items,
)
from tests.factories.accounts import ApiKeyFactory, OrganizationFactory
from tests.factories.evaluations import EvaluationSetFactory
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def questions(*answers):
    return [
        {"prompt": f"Question {at}?", "expected": answer, "grader": "exact"}
        for at, answer in enumerate(answers)
    ]


def create(organization, *answers, **fields):
    stated = {"name": "Tickets", "task_family": "classification", **fields}
    return create_set(
        organization=organization, items=questions(*answers), at=NOON, **stated
    )


@pytest.fixture
def organization():
    return OrganizationFactory()


def test_a_set_is_kept_with_its_items_in_order(organization):
    workload = WorkloadFactory(organization=organization)
    key = ApiKeyFactory(organization=organization)

    made = create(organization, "a", "b", workload=workload, author=Author(api_key=key))

    assert (made.version, made.replaces, made.frozen_at) == (1, None, None)
    assert made.workload == workload
    kept = list(made.items.all())
    assert [(each.position, each.expected) for each in kept] == [(0, "a"), (1, "b")]
    assert kept[0].messages == [{"role": "user", "content": "Question 0?"}]
    event = AuditEvent.objects.get(action="evaluation_set.created")
    assert (event.organization, event.api_key) == (organization, key)
    assert event.detail == {"name": "Tickets", "version": 1, "items": 2}


def test_the_same_name_makes_the_next_version(organization):
    first = create(organization, "a")
    freeze(first, NOON)

    second = create(organization, "b")
    elsewhere = create(OrganizationFactory(), "b")

    assert (second.version, second.replaces) == (2, first)
    assert elsewhere.version == 1


def test_the_same_items_are_no_new_version(organization):
    create(organization, "a")
    create(organization, "b")

    with pytest.raises(SetUnchanged, match="same items as version 1 of 'Tickets'"):
        create(organization, "a")
    assert create(organization, "a", name="Others").version == 1


def test_a_version_replaces_the_newest_alone(organization):
    first = create(organization, "a")
    second = create(organization, "b", replaces=first)

    with pytest.raises(ValidationError, match="not the newest version"):
        create(organization, "c", replaces=first)
    assert create(organization, "c", replaces=second).version == 3


def test_a_bad_item_keeps_everything_out(organization):
    with pytest.raises(RowsRefused, match="Row 2: expected: Is missing"):
        create(organization, "a", None)

    assert not EvaluationSet.objects.exists()
    assert not EvaluationItem.objects.exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 121}, "name"),
        ({"task_family": "poetry"}, "task_family"),
        ({"description": "d" * 401}, "description"),
        ({"suite": "sql"}, "__all__"),
    ],
)
def test_fields_that_cannot_be_kept_are_named(organization, fields, named):
    with pytest.raises(ValidationError) as refused:
        create(organization, "a", **fields)

    assert named in refused.value.message_dict


def test_a_set_is_of_a_workload_of_its_own_organization(organization):
    strangers = WorkloadFactory()
    archived = WorkloadFactory(organization=organization, archived_at=NOON)

    for workload in (strangers, archived):
        with pytest.raises(ValidationError, match="no such workload"):
            create(organization, "a", workload=workload)


def test_what_belongs_to_nobody_is_of_the_suite():
    made = create(None, "a", suite="ticket_routing", suite_seed=7)

    assert (made.organization, made.suite_seed) == (None, 7)
    with pytest.raises(ValidationError):
        create(None, "b", name="Others")


def test_an_unused_set_takes_other_items(organization):
    made = create(organization, "a", "b")

    replace_items(evaluation_set=made, items=questions("c"), at=NOON)

    made.refresh_from_db()
    assert [each.expected for each in made.items.all()] == ["c"]
    with pytest.raises(SetUnchanged):
        create(organization, "c")
    event = AuditEvent.objects.get(action="evaluation_set.replaced")
    assert event.detail["items"] == 1


def test_bad_items_leave_an_unused_set_as_it_was(organization):
    made = create(organization, "a")

    with pytest.raises(RowsRefused):
        replace_items(evaluation_set=made, items=questions(None), at=NOON)

    assert [each.expected for each in made.items.all()] == ["a"]


def test_items_of_another_version_are_not_taken_again(organization):
    create(organization, "a")
    second = create(organization, "b")

    with pytest.raises(SetUnchanged, match="version 1"):
        replace_items(evaluation_set=second, items=questions("a"), at=NOON)


def test_a_frozen_set_neither_changes_nor_goes(organization):
    made = create(organization, "a")
    freeze(made, NOON)

    with pytest.raises(SetFrozen, match="upload the changed items under the same name"):
        replace_items(evaluation_set=made, items=questions("b"), at=NOON)
    with pytest.raises(SetFrozen):
        delete_set(evaluation_set=made, at=NOON)
    assert made.items.get().expected == "a"


def test_freezing_again_changes_nothing():
    made = EvaluationSetFactory(items=1)

    freeze(made, NOON)
    freeze(made, NOON + timedelta(days=1))

    made.refresh_from_db()
    assert made.frozen_at == NOON


def test_an_unused_set_can_be_deleted_unless_a_later_one_replaces_it(organization):
    first = create(organization, "a")
    second = create(organization, "b")

    with pytest.raises(ValidationError, match="delete that one first"):
        delete_set(evaluation_set=first, at=NOON)
    delete_set(evaluation_set=second, at=NOON)
    delete_set(evaluation_set=first, at=NOON)

    assert not EvaluationSet.objects.exists()
    told = AuditEvent.objects.filter(action="evaluation_set.deleted")
    assert [each.detail["version"] for each in told.order_by("pk")] == [2, 1]
