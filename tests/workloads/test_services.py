from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.audit import Author
from accounts.models import AuditEvent
from tests.factories.accounts import ApiKeyFactory, OrganizationFactory
from workloads.models import Workload
from workloads.questions import revision_fields
from workloads.selectors import current_revision, workloads_with_current_revision
from workloads.services import (
    NameTaken,
    archive_workload,
    create_workload,
    revise_workload,
)

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


def fields(**changes):
    return revision_fields(
        {
            "task_family": "code",
            "traffic": {"requests_per_month": 1_000, "growth_per_month": 0.1},
            "tokens": {"input_mean": 100, "output_mean": 10},
            **changes,
        }
    )


def stated(**options):
    options = {"organization": OrganizationFactory(), "name": "Review", **options}
    return create_workload(fields=fields(), at=MONDAY, **options)


def test_a_new_workload_has_revision_one_with_defaults():
    workload = stated()

    revision = current_revision(workload)

    assert (revision.number, revision.received_at) == (1, MONDAY)
    assert revision.growth_per_month == Decimal("0.1")
    assert revision.growth_uncertainty == Decimal("0.02")
    # 2 * 100 and 2 * 10
    assert (revision.input_tokens_p95, revision.output_tokens_p95) == (200, 20)
    assert revision.quality_floor_kind == "none"


def test_an_edit_adds_a_revision_and_names_its_author():
    workload = stated()
    key = ApiKeyFactory(organization=workload.organization)

    revision = revise_workload(
        workload=workload,
        fields=fields(batch_share=0.5),
        at=TUESDAY,
        author=Author(api_key=key),
    )

    assert (revision.number, revision.batch_share) == (2, 0.5)
    assert revision.created_by_key == key
    assert workload.revisions.count() == 2
    event = AuditEvent.objects.get(action="workload.revised")
    assert (event.api_key, event.detail["revision"]) == (key, 2)


def test_an_edit_that_changes_nothing_adds_nothing():
    workload = stated()

    revision = revise_workload(workload=workload, fields=fields(), at=TUESDAY)

    assert revision.number == 1
    assert not AuditEvent.objects.filter(action="workload.revised").exists()


def test_a_new_name_alone_adds_no_revision():
    workload = stated()

    revision = revise_workload(
        workload=workload, fields=fields(), name="Code review", at=TUESDAY
    )

    assert revision.number == 1
    assert Workload.objects.get().name == "Code review"
    assert AuditEvent.objects.filter(action="workload.revised").count() == 1


def test_a_taken_name_is_refused_and_nothing_is_written():
    first = stated()
    other = stated(organization=first.organization, name="Other")

    with pytest.raises(NameTaken):
        stated(organization=first.organization)
    with pytest.raises(NameTaken):
        revise_workload(
            workload=other, fields=fields(batch_share=1.0), name="Review", at=TUESDAY
        )

    assert Workload.objects.count() == 2
    assert other.revisions.count() == 1


def test_an_archived_workload_leaves_the_list_and_frees_its_name():
    first = stated()

    archive_workload(workload=first, at=TUESDAY)
    second = stated(organization=first.organization)

    assert list(workloads_with_current_revision(first.organization)) == [second]
    assert first.revisions.count() == 1
    with pytest.raises(Workload.DoesNotExist):
        archive_workload(workload=first, at=TUESDAY)
    with pytest.raises(Workload.DoesNotExist):
        revise_workload(workload=first, fields=fields(), at=TUESDAY)


def test_current_revisions_take_two_queries_for_any_number_of_workloads(
    django_assert_num_queries,
):
    organization = OrganizationFactory()
    for number in range(5):
        workload = stated(organization=organization, name=f"Review {number}")
        revise_workload(workload=workload, fields=fields(batch_share=1.0), at=TUESDAY)

    with django_assert_num_queries(2):
        numbers = [
            current_revision(workload).number
            for workload in workloads_with_current_revision(organization)
        ]

    assert numbers == [2] * 5
