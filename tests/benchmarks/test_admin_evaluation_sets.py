"""The admin page of evaluation sets."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent
from benchmarks.models import EvaluationSet
from tests.factories.accounts import OrganizationFactory
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    SuiteSetFactory,
)
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

SETS = "/admin/benchmarks/evaluationset/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CSV = "key,prompt,expected\n1,A or B?,A\n2,B or A?,B\n"


def stated(owner, text=CSV, **changes):
    return {
        "organization": str(owner.pk),
        "name": "Tickets",
        "task_family": "classification",
        "workload": "",
        "description": "",
        "grader": "exact",
        "file": SimpleUploadedFile("items.csv", text.encode()),
        **changes,
    }


def errors_of(reply):
    form = reply.context["adminform"].form
    return {name: list(said) for name, said in form.errors.items()}


@pytest.fixture
def organization():
    return OrganizationFactory()


def test_a_file_is_kept_for_an_organization_and_audited(
    client, admin_person, organization
):
    grader = '{"kind": "choice", "choices": ["A", "B"]}'

    reply = client.post(f"{SETS}add/", stated(organization, grader=grader))

    assert reply.status_code == 302
    made = EvaluationSet.objects.get()
    assert (made.organization, made.version) == (organization, 1)
    assert [each.expected for each in made.items.all()] == ["A", "B"]
    assert made.items.first().grader["choices"] == ["A", "B"]
    event = AuditEvent.objects.get(action="evaluation_set.created")
    assert (event.user, event.organization) == (admin_person, organization)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"organization": ""}, "organization", "required"),
        ({"name": ""}, "name", "required"),
        ({"file": ""}, "file", "required"),
        (
            {"text": "prompt,expected\nA?,\nB?,\n"},
            "file",
            "Row 2, expected: Is missing",
        ),
        ({"text": "prompt,expected\n"}, "file", "at least one"),
        ({"text": '{"prompt": 5}'}, "file", "Row 1, expected"),
        ({"grader": "{"}, "grader", "Is no JSON"),
        ({"grader": "magic"}, "file", "kind must be one of"),
        (
            {"file": SimpleUploadedFile("i.csv", b"\xff\xfe")},
            "file",
            "The file is not UTF-8",
        ),
    ],
)
def test_a_bad_upload_is_told_and_nothing_kept(
    client, admin_person, organization, changes, field, said
):
    reply = client.post(f"{SETS}add/", stated(organization, **changes))

    assert reply.status_code == 200
    assert said in errors_of(reply)[field][0]
    assert not EvaluationSet.objects.exists()


def test_every_bad_row_is_told(client, admin_person, organization):
    rows = "".join(f"Q{at}?,\n" for at in range(150))

    reply = client.post(f"{SETS}add/", stated(organization, "prompt,expected\n" + rows))

    told = errors_of(reply)["file"]
    assert len(told) == 101  # a hundred, and how many more
    assert told[-1] == "And 50 more."


def test_the_same_items_again_are_refused(client, admin_person, organization):
    client.post(f"{SETS}add/", stated(organization))

    reply = client.post(f"{SETS}add/", stated(organization))

    assert "same items as version 1" in errors_of(reply)["file"][0]


def test_a_set_is_no_other_organizations_workloads(client, admin_person, organization):
    workload = str(WorkloadFactory().pk)

    reply = client.post(f"{SETS}add/", stated(organization, workload=workload))

    assert errors_of(reply) == {"workload": ["There is no such workload."]}


def test_the_list_says_whose_and_how_much(client, admin_person):
    ours = EvaluationSetFactory(name="Mails", items=3, frozen_at=NOON)
    FinishedEvaluationRunFactory(evaluation_set=ours)
    SuiteSetFactory(name="Routing", items=1)

    page = client.get(SETS).content.decode()
    found = client.get(SETS, {"q": "Mail"}).content.decode()
    suite = client.get(SETS, {"organization__isempty": "1"}).content.decode()

    assert "Mails" in page
    assert str(ours.organization) in page
    assert "ready suite" in page
    assert "frozen" in page
    assert ("Mails" in found, "Routing" in found) == (True, False)
    assert ("Mails" in suite, "Routing" in suite) == (False, True)


def test_a_set_shows_its_items_and_takes_no_change(client, admin_person):
    ours = EvaluationSetFactory(items=30)
    address = f"{SETS}{ours.pk}/change/"

    page = client.get(address).content.decode()
    changed = client.post(address, {"name": "Others"})

    assert "Question 24: A, B, C or D?" in page
    assert "Question 25: A, B, C or D?" not in page  # on the next page
    assert changed.status_code == 403
    assert client.get(f"{SETS}{ours.pk}/delete/").status_code == 403
    ours.refresh_from_db()
    assert ours.name != "Others"
