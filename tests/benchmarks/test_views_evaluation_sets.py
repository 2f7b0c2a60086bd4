"""Evaluation sets over the API."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent
from benchmarks.models import EvaluationSet
from benchmarks.services.evaluations.sets import freeze
from tests.api_clients import api_client_for
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    SuiteSetFactory,
)
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

SETS = "/api/v1/evaluation-sets/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHOICE = {"kind": "choice", "choices": ["A", "B"]}
ITEMS = [
    {"key": "1", "prompt": "A or B?", "expected": "A", "grader": CHOICE},
    {"key": "2", "prompt": "2 + 2?", "expected": 4, "grader": "number"},
    {"key": "3", "prompt": "B or A?", "expected": "B", "difficulty": "hard"},
]
STATED = {
    "name": "Tickets",
    "task_family": "classification",
    "grader": CHOICE,
    "items": ITEMS,
}
CSV = "key,prompt,expected\n1,A or B?,A\n2,B or A?,B\n"


def errors_of(reply):
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


def form(text=CSV, name="items.csv", **fields):
    stated = {"name": "Tickets", "task_family": "classification", **fields}
    return {**stated, "file": SimpleUploadedFile(name, text.encode())}


def own_set(organization, **fields):
    return EvaluationSetFactory(organization=organization, **fields)


def test_a_set_is_kept_with_its_items(api, organization):
    workload = WorkloadFactory(organization=organization)

    reply = api.post(SETS, {**STATED, "workload": str(workload.pk)})

    assert reply.status_code == 201
    shown = reply.json()
    assert reply["Location"].endswith(f"{SETS}{shown['id']}/")
    assert len(shown.pop("content_sha256")) == 64
    assert shown.pop("created_at")
    assert shown == {
        "id": str(EvaluationSet.objects.get().pk),
        "own": True,
        "name": "Tickets",
        "version": 1,
        "replaces": None,
        "task_family": "classification",
        "workload": str(workload.pk),
        "description": "",
        "suite": "",
        "suite_seed": None,
        "items": 3,
        "runs": 0,
        "frozen_at": None,
        "by_grader": {"choice": 2, "number": 1},
        "by_difficulty": {"": 2, "hard": 1},
    }
    event = AuditEvent.objects.get(action="evaluation_set.created")
    assert event.api_key == api.api_key


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("items.csv", CSV),
        (
            "items.jsonl",
            '{"key": "1", "prompt": "A or B?", "expected": "A"}\n'
            '{"key": 2, "prompt": "B or A?", "expected": "B"}\n',
        ),
    ],
)
def test_a_set_may_be_a_file(api, name, text):
    sent = form(text, name, grader=json.dumps(CHOICE), description="March")

    reply = api.post(SETS, sent, format="multipart")

    assert reply.status_code == 201
    assert reply.json()["description"] == "March"
    kept = EvaluationSet.objects.get().items.values_list("key", "expected")
    assert list(kept) == [("1", "A"), ("2", "B")]


def test_the_same_key_keeps_an_upload_once(api):
    first = api.post(SETS, STATED, HTTP_IDEMPOTENCY_KEY="k")
    again = api.post(SETS, STATED, HTTP_IDEMPOTENCY_KEY="k")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert EvaluationSet.objects.count() == 1


def test_the_same_name_makes_the_next_version_and_the_same_items_do_not(api):
    first = api.post(SETS, STATED).json()

    second = api.post(SETS, {**STATED, "items": ITEMS[:1]}).json()
    same = api.post(SETS, STATED)

    assert (second["version"], second["replaces"]) == (2, first["id"])
    assert same.status_code == 409
    assert same.json()["type"].endswith(":set-unchanged")
    assert "same items as version 1 of 'Tickets'" in same.json()["detail"]


def test_a_dry_run_tells_all_and_keeps_nothing(api):
    reply = api.post(f"{SETS}?dry_run=true", STATED)
    bad = api.post(f"{SETS}?dry_run=true", {**STATED, "items": [{}]})

    assert reply.status_code == 200
    assert reply.json()["id"] is None
    assert reply.json()["by_grader"] == {"choice": 2, "number": 1}
    assert bad.status_code == 422
    assert not EvaluationSet.objects.exists()
    assert not AuditEvent.objects.filter(action="evaluation_set.created").exists()


def test_every_bad_item_is_told_and_none_is_kept(api):
    items = [
        ITEMS[0],
        {**ITEMS[1], "expected": None, "weight": 0},
        {**ITEMS[2], "key": "1"},
        {**ITEMS[2], "key": "4", "grader": {"kind": "magic"}},
        "A or B?",
    ]

    reply = api.post(SETS, {**STATED, "items": items})

    assert reply.status_code == 422
    assert reply.json()["problems"] == 5
    told = errors_of(reply)
    assert told["#/items/1/weight"] == "Must be above 0 and at most 1,000,000."
    assert "Is missing: number compares answers" in told["#/items/1/expected"]
    assert told["#/items/2/key"].startswith("Repeats that of row 1")
    assert told["#/items/3/grader"].startswith("kind must be one of exact")
    assert "Is no JSON object" in told["#/items/4"]
    assert not EvaluationSet.objects.exists()


def test_a_bad_line_of_a_file_is_named_as_an_editor_numbers_it(api):
    sent = form("prompt,expected,grader\nA?,,exact\n")

    reply = api.post(SETS, sent, format="multipart")

    assert reply.status_code == 422
    assert list(errors_of(reply)) == ["#/file/2/expected"]


@pytest.mark.parametrize(
    ("sent", "status", "pointer", "said"),
    [
        ({"name": ""}, 400, "#/name", "blank"),
        ({"name": 5}, 400, "#/name", "JSON string"),
        ({"task_family": "poetry"}, 400, "#/task_family", "give one of"),
        ({"grader": []}, 400, "#/grader", "Give an object such as"),
        ({"items": {}}, 400, "#/items", "Give an array"),
        ({"items": []}, 422, "#/items", "at least one"),
        ({"file": "text"}, 400, "#/file", "multipart/form-data"),
        ({"nmae": "x"}, 400, "#/nmae", 'did you mean "name"'),
        ({"suite": "sql"}, 400, "#/suite", "no such field"),
    ],
)
def test_what_cannot_be_a_set_is_refused(api, sent, status, pointer, said):
    reply = api.post(SETS, {**STATED, **sent})

    assert reply.status_code == status
    assert said in errors_of(reply)[pointer]


def test_a_set_is_no_strangers_workloads(api):
    reply = api.post(SETS, {**STATED, "workload": str(WorkloadFactory().pk)})

    assert reply.status_code == 400
    assert errors_of(reply) == {"#/workload": "There is no such workload."}


@pytest.mark.parametrize(
    ("text", "said"), [("", "empty"), ("prompt,expected\n", "at least one")]
)
def test_a_file_without_items_is_refused(api, text, said):
    reply = api.post(SETS, form(text, grader="exact"), format="multipart")

    assert reply.status_code in (400, 422)
    assert said in errors_of(reply)["#/file"]


def test_a_form_with_a_broken_grader_is_refused(api):
    reply = api.post(SETS, form(grader="{broken"), format="multipart")

    assert reply.status_code == 400
    assert list(errors_of(reply)) == ["#/grader"]


def test_a_file_that_is_not_utf_8_is_refused(api):
    sent = {**form(grader="exact"), "file": SimpleUploadedFile("i.csv", b"\xff\xfe")}

    reply = api.post(SETS, sent, format="multipart")

    assert reply.status_code == 400
    assert "not UTF-8" in errors_of(reply)["#/file"]


def test_a_set_without_items_waits_for_outcomes(api):
    stated = {"name": "Brought", "task_family": "code"}

    reply = api.post(SETS, stated)

    assert reply.status_code == 201
    assert (reply.json()["items"], reply.json()["by_grader"]) == (0, {})


def test_lists_show_ones_own_sets_and_the_suite_with_counts(api, organization):
    ours = own_set(organization, items=2)
    suite = SuiteSetFactory(items=3)
    EvaluationSetFactory()
    FinishedEvaluationRunFactory(evaluation_set=ours)
    FinishedEvaluationRunFactory(evaluation_set=suite)
    FinishedEvaluationRunFactory(
        evaluation_set=suite, organization=EvaluationSetFactory().organization
    )

    shown = {each["id"]: each for each in api.get(SETS).json()["results"]}

    assert shown.keys() == {str(ours.pk), str(suite.pk)}
    counts = {(each["own"], each["items"], each["runs"]) for each in shown.values()}
    assert counts == {(True, 2, 1), (False, 3, 1)}


def test_a_list_takes_as_many_queries_for_many_sets(
    api, organization, django_assert_max_num_queries
):
    for _ in range(3):
        own_set(organization, items=1)
    with django_assert_max_num_queries(4):
        api.get(SETS)


@pytest.mark.parametrize("name", ["name", "task_family", "workload", "suite"])
def test_the_list_is_filtered(api, organization, name):
    workload = WorkloadFactory(organization=organization)
    ours = own_set(organization, name="X", task_family="code", workload=workload)
    suite = SuiteSetFactory(suite="sql")
    other = own_set(organization)
    value = {"name": "X", "task_family": "code", "workload": workload.pk}.get(name)

    reply = api.get(SETS, {name: value or "sql"})

    expected = suite if name == "suite" else ours
    assert [each["id"] for each in reply.json()["results"]] == [str(expected.pk)]
    assert other.name == api.get(f"{SETS}{other.pk}/").json()["name"]


def test_a_filter_that_is_none_is_refused(api):
    assert api.get(SETS, {"kind": "x"}).status_code == 400
    assert api.get(SETS, {"task_family": "poetry"}).status_code == 400


def test_a_strangers_set_is_not_found(api, stranger, organization):
    ours = own_set(organization)
    address = f"{SETS}{ours.pk}/"

    assert api.get(address).status_code == 200
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}items/").status_code == 404
    assert stranger.put(f"{address}items/", {"items": ITEMS}).status_code == 404
    assert stranger.delete(address).status_code == 404
    assert EvaluationSet.objects.filter(pk=ours.pk).exists()


def test_items_are_paged_in_their_order(api, organization):
    ours = own_set(organization, items=3)
    address = f"{SETS}{ours.pk}/items/?page_size=2"

    first = api.get(address).json()
    second = api.get(first["next"]).json()

    shown = first["results"] + second["results"]
    assert [each["position"] for each in shown] == [0, 1, 2]
    assert shown[1] == {
        "position": 1,
        "key": "item-1",
        "messages": [{"role": "user", "content": "Question 1: A, B, C or D?"}],
        "expected": "B",
        "grader": {"kind": "choice", "choices": ["A", "B", "C", "D"]},
        "weight": 1.0,
        "cluster": "",
        "difficulty": "",
        "max_output_tokens": 256,
    }


def test_items_of_an_unused_set_are_replaced_whole(api, organization):
    ours = own_set(organization)
    address = f"{SETS}{ours.pk}/items/"

    bad = api.put(address, {"items": [ITEMS[0], {}]})
    none = api.put(address, {})
    good = api.put(address, {"items": ITEMS[:2]})
    file = api.put(
        address,
        {"file": SimpleUploadedFile("i.csv", CSV.encode()), "grader": "exact"},
        format="multipart",
    )

    assert (bad.status_code, none.status_code) == (422, 400)
    assert errors_of(bad)["#/items/1/grader"]
    assert (good.status_code, good.json()["items"]) == (200, 2)
    assert (file.status_code, file.json()["by_grader"]) == (200, {"exact": 2})


def test_items_are_sent_once(api, organization):
    ours = own_set(organization)
    sent = {"file": SimpleUploadedFile("i.csv", CSV.encode()), "items": "[]"}

    reply = api.put(f"{SETS}{ours.pk}/items/", sent, format="multipart")

    assert reply.status_code == 400


def test_a_used_set_neither_changes_nor_goes(api, organization):
    ours = own_set(organization, items=1)
    freeze(ours, NOON)

    changed = api.put(f"{SETS}{ours.pk}/items/", {"items": ITEMS[:1]})
    deleted = api.delete(f"{SETS}{ours.pk}/")

    assert (changed.status_code, deleted.status_code) == (409, 409)
    assert "as a new version" in changed.json()["detail"]
    assert ours.items.count() == 1


def test_an_unused_set_is_deleted_unless_a_later_version_replaces_it(api):
    first, second = (
        api.post(SETS, {**STATED, "items": items}).json()["id"]
        for items in (ITEMS, ITEMS[:1])
    )

    early = api.delete(f"{SETS}{first}/")
    late = api.delete(f"{SETS}{second}/")

    assert early.status_code == 400
    assert "delete that one first" in errors_of(early)["#/version"]
    assert late.status_code == 204
    assert api.get(f"{SETS}{second}/").status_code == 404


def test_the_suite_is_read_by_all_and_written_by_none(api):
    suite = SuiteSetFactory(items=1)
    address = f"{SETS}{suite.pk}/"

    assert api.get(f"{address}items/").json()["results"][0]["key"] == "item-0"
    for reply in (api.delete(address), api.put(f"{address}items/", {"items": ITEMS})):
        assert reply.status_code == 403
        assert "ready suite" in reply.json()["detail"]
    assert suite.items.count() == 1


def test_a_key_that_may_only_read_uploads_nothing(organization):
    reader = api_client_for(organization, scopes=["read"])

    assert reader.post(SETS, STATED).status_code == 403
    assert reader.get(SETS).status_code == 200


def test_nobody_sees_nothing(client):
    assert client.get(SETS).status_code == 401
