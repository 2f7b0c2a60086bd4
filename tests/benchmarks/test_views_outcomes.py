"""Outcomes on an evaluation set over the API: brought along, refused, read back."""

import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent
from benchmarks.models import EvaluationRun
from tests.api_clients import api_client_for
from tests.factories.catalog import LanguageModelFactory
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    SuiteSetFactory,
)

pytestmark = pytest.mark.django_db

HEAD = "task,item,model,sample,score"


@pytest.fixture
def evaluation_set(organization):
    return EvaluationSetFactory(organization=organization)


@pytest.fixture
def address(evaluation_set):
    return f"/api/v1/evaluation-sets/{evaluation_set.pk}/outcomes/"


@pytest.fixture
def small():
    return LanguageModelFactory(slug="small")


def row(item=0, **changes):
    return {
        "task": "routing",
        "item": f"item-{item}",
        "model": "small",
        "sample": 0,
        "score": 1,
        **changes,
    }


def file_of(*lines, name="ours.csv"):
    text = "\n".join((HEAD, *lines))
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def test_a_file_is_kept_as_a_run_for_each_model(api, address, small):
    sent = {
        "file": file_of("a,item-0,ours,0,1", "b,item-1,ours,0,1", "b,item-0,ours,0,0"),
        "task": "b",
        "models": json.dumps({"ours": "small"}),
    }

    reply = api.post(address, sent, format="multipart")

    assert reply.status_code == 201, reply.json()
    run = EvaluationRun.objects.get()
    assert reply.json() == {
        "dry_run": False,
        "task": "b",
        "runs": [
            {
                "id": str(run.pk),
                "name": "ours",
                "model": "small",
                "offering": None,
                "items": 2,
                "samples": 1,
                "outcomes": 2,
                "without_score": 0,
                "feeds_advice": True,
                "not_fed_because": "",
            }
        ],
        "unchanged": [],
        "notes": ["ours has outcomes on 2 of 4 items."],
        "flags": [],
    }
    assert run.score == [0, 1]
    assert run.source["file"] == "ours.csv"
    assert AuditEvent.objects.get().api_key == api.api_key


def test_rows_of_json_are_kept_too(api, address, small):
    reply = api.post(address, {"rows": [row(), row(1, score=0.5)]})

    assert reply.status_code == 201
    assert EvaluationRun.objects.get().verdict == ["right", "partial"]


def test_a_log_of_lm_evaluation_is_kept(api, address, small):
    lines = [
        {"doc_id": f"item-{n}", "filtered_resps": ["4"], "resps": [["4"]], "acc": n}
        for n in range(2)
    ]

    reply = api.post(
        address,
        {"format": "lm_evaluation", "model": "small", "metric": "acc", "rows": lines},
    )

    assert reply.status_code == 201, reply.json()
    assert EvaluationRun.objects.get().score == [0, 1]


def test_null_leaves_a_model_out(api, address, small):
    asked = {"rows": [row(), row(model="other")], "models": {"other": None}}

    reply = api.post(address, asked)

    assert reply.status_code == 201, reply.json()
    assert EvaluationRun.objects.get().language_model == small


def test_a_dry_run_tells_the_same_and_keeps_nothing(
    api, address, small, evaluation_set
):
    asked = {"rows": [row()]}

    reply = api.post(f"{address}?dry_run=true", asked)

    assert reply.status_code == 200
    assert reply.json()["dry_run"]
    assert reply.json()["runs"][0]["id"] is None
    assert not EvaluationRun.objects.exists()
    assert not AuditEvent.objects.exists()
    evaluation_set.refresh_from_db()
    assert evaluation_set.frozen_at is None
    assert api.post(address, asked).status_code == 201


def test_the_same_again_is_a_conflict(api, address, small):
    api.post(address, {"rows": [row()]})

    reply = api.post(address, {"rows": [row()]})

    assert reply.status_code == 409
    assert reply.json()["type"].endswith("already-imported")
    assert "nothing was added" in reply.json()["detail"]


def test_the_same_key_gets_the_same_reply(api, address, small):
    replies = [
        api.post(
            address,
            {"file": file_of("a,item-0,small,0,1")},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY="once",
        )
        for _ in range(2)
    ]

    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json() == replies[1].json()
    assert EvaluationRun.objects.count() == 1


def test_faulty_cells_of_a_file_are_pointed_at_by_line(api, address, small):
    faulty = file_of("a,item-0,small,0,1", "a,item-1,small,0,2", "a,item-2,small,-1,x")

    reply = api.post(address, {"file": faulty}, format="multipart")

    assert reply.status_code == 422
    problem = reply.json()
    assert problem["type"].endswith("outcomes-refused")
    assert problem["problems"] == 3
    assert [each["pointer"] for each in problem["errors"]] == [
        "#/file/3/score",
        "#/file/4/sample",
        "#/file/4/score",
    ]
    assert not EvaluationRun.objects.exists()


def test_faulty_rows_of_json_are_pointed_at_by_index(api, address, small):
    reply = api.post(address, {"rows": [row(), row(1, score=-1), row(9)]})

    assert reply.status_code == 422
    (error,) = reply.json()["errors"]
    assert error["pointer"] == "#/rows/1/score"


def test_unknown_items_are_pointed_at(api, address, small):
    reply = api.post(address, {"rows": [row(), row(9)]})

    assert reply.status_code == 422
    (error,) = reply.json()["errors"]
    assert error["pointer"] == "#/rows/1/item"
    assert "item-9" in error["detail"]


def test_a_file_of_several_tasks_says_what_to_name(api, address, small):
    several = file_of("a,item-0,small,0,1", "b,item-0,small,0,1")

    reply = api.post(address, {"file": several}, format="multipart")

    assert reply.status_code == 422
    (error,) = reply.json()["errors"]
    assert error["pointer"] == "#/file"
    assert "name one of a, b as task" in error["detail"]


def test_an_unknown_model_is_refused_by_name(api, address, small):
    reply = api.post(address, {"rows": [row(model="smal")]})

    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert error["pointer"] == "#/models"
    assert 'did you mean "small"?' in error["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rows": None}, "rows"),
        ({"rows": {"a": 1}}, "rows"),
        ({"rows": [1]}, "rows"),
        ({"file": "text"}, "file"),
        ({"models": ["a"]}, "models"),
        ({"models": {"a": 1}}, "models"),
        ({"models": {str(n): "small" for n in range(201)}}, "models"),
        ({"format": "helm"}, "format"),
        ({"accept_unaligned": "perhaps"}, "accept_unaligned"),
        ({"taks": "a"}, "taks"),
    ],
)
def test_a_body_that_says_something_else_is_refused(api, address, changes, field):
    reply = api.post(address, {"rows": [row()], **changes})

    assert reply.status_code == 400
    assert any(e["pointer"].startswith(f"#/{field}") for e in reply.json()["errors"])


@pytest.mark.parametrize("body", [{}, {"task": "a"}])
def test_neither_file_nor_rows_is_refused(api, address, body):
    reply = api.post(address, body)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "#/file"


def test_a_file_that_is_not_utf8_is_refused(api, address):
    latin = SimpleUploadedFile("a.csv", f"{HEAD}\nä".encode("latin-1"))

    reply = api.post(address, {"file": latin}, format="multipart")

    assert reply.status_code == 400
    assert "not UTF-8" in reply.json()["errors"][0]["detail"]


def test_mappings_that_are_no_json_are_refused(api, address):
    sent = {"file": file_of("a,item-0,small,0,1"), "models": "{"}

    reply = api.post(address, sent, format="multipart")

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "#/models"


def test_a_file_that_is_too_long_is_refused_unread(api, address, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    long = SimpleUploadedFile("a.csv", b"x" * 2_000)

    reply = api.post(address, {"file": long}, format="multipart")

    assert reply.status_code == 413


def test_an_unknown_query_parameter_is_refused(api, address, small):
    reply = api.post(f"{address}?dryrun=true", {"rows": [row()]})

    assert reply.status_code == 400
    assert not EvaluationRun.objects.exists()


def test_a_strangers_set_is_not_found(stranger, address, api):
    assert stranger.post(address, {"rows": [row()]}).status_code == 404
    assert stranger.get(address).status_code == 404
    nowhere = f"/api/v1/evaluation-sets/{uuid4()}/outcomes/"
    assert api.get(nowhere).status_code == 404


def test_bringing_needs_the_scope_to_write(organization, address):
    reader = api_client_for(organization, scopes=["read"])

    assert reader.post(address, {"rows": [row()]}).status_code == 403
    assert reader.get(address).status_code == 200


def test_outcomes_on_the_ready_suite_are_the_callers_own(api, stranger, small):
    suite = SuiteSetFactory()
    address = f"/api/v1/evaluation-sets/{suite.pk}/outcomes/"

    assert api.post(address, {"rows": [row()]}).status_code == 201

    assert len(api.get(address).json()["subjects"]) == 1
    assert stranger.get(address).json()["subjects"] == []


def test_what_is_known_is_told_by_model_with_an_interval(
    api, address, evaluation_set, small
):
    measured = FinishedEvaluationRunFactory(
        evaluation_set=evaluation_set,
        samples=2,
        scores=[[1, 1], [1, 0], [0, 0], [1, 1]],
    )
    api.post(address, {"rows": [row(n) for n in range(4)]})

    known = api.get(address).json()

    assert known["items"] == 4
    assert known["evaluation_set"] == str(evaluation_set.pk)
    ours, theirs = sorted(known["subjects"], key=lambda each: each["basis"])
    assert ours["offering"]["id"] == str(measured.offering.pk)
    assert (ours["basis"], ours["service_tier"]) == ("benchmarked", "standard")
    assert (ours["items"], ours["samples"], ours["outcomes"]) == (4, 2, 8)
    assert ours["verdicts"] == {"right": 5, "wrong": 3}
    assert ours["runs"] == [str(measured.pk)]
    # The item means are 1, 1/2, 0, 1: 2.5 of 4.
    assert ours["score"]["mean"] == pytest.approx(0.625)
    assert ours["score"]["low"] < 0.5 < 0.8 < ours["score"]["high"]
    assert theirs["model"] == "small"
    assert theirs["offering"] is None
    # Wilson at 90 %, four of four: 4 / (4 + 1.644854^2) = 0.596520.
    assert theirs["score"] == {
        "mean": 1.0,
        "low": pytest.approx(0.59652, abs=1e-5),
        "high": 1.0,
        "level": 0.9,
    }


def test_without_any_score_there_is_no_mean(api, address, evaluation_set):
    unknown = float("nan")
    FinishedEvaluationRunFactory(
        evaluation_set=evaluation_set,
        scores=[[unknown]] * 4,
        verdict=["error"] * 4,
        status="failed",
        feeds_advice=False,
        not_fed_because="no_answers",
    )

    (subject,) = api.get(address).json()["subjects"]

    assert (subject["score"], subject["items"], subject["outcomes"]) == (None, 0, 4)
    assert subject["verdicts"] == {"error": 4}
    assert not subject["feeds_advice"]


def test_nothing_known_is_an_empty_list(api, address):
    known = api.get(address).json()

    assert (known["subjects"], known["flags"]) == ([], [])


def test_every_outcome_is_a_row_of_a_table_that_can_be_brought_again(
    api, address, small, organization, evaluation_set
):
    sent = row(score=0.1, answer="=B", output_tokens=7, latency_ms=12.5)
    api.post(address, {"rows": [sent, row(1, score=None)]})

    reply = api.get(address, {"format": "csv"})

    assert reply["Content-Type"].startswith("text/csv")
    text = b"".join(reply.streaming_content).decode()
    run = EvaluationRun.objects.get()
    name = evaluation_set.name
    assert text.splitlines() == [
        "task,item,model,sample,score,answer,input_tokens,output_tokens,latency_ms,"
        "verifier_score,verdict,error,basis,run",
        f"{name},item-0,small,0,0.1,'=B,,7,12.5,,partial,,imported,{run.pk}",
        f"{name},item-1,small,0,,,,,,,error,no score in the file,imported,{run.pk}",
    ]
    copy = EvaluationSetFactory(organization=organization)
    again = api.post(
        f"/api/v1/evaluation-sets/{copy.pk}/outcomes/",
        {"file": SimpleUploadedFile("known.csv", text.encode())},
        format="multipart",
    )
    assert again.status_code == 201, again.json()
    assert EvaluationRun.objects.get(evaluation_set=copy).score[0] == run.score[0]


def test_what_is_sent_is_answered_in_json_alone(api, address, small):
    reply = api.post(address, {"rows": [row()]}, HTTP_ACCEPT="text/csv")

    assert reply.status_code == 406
    assert not EvaluationRun.objects.exists()


def test_a_set_uploaded_without_items_takes_those_of_the_outcomes(api, small):
    made = api.post(
        "/api/v1/evaluation-sets/",
        {"name": "Ours", "task_family": "classification"},
    )
    assert made.status_code == 201, made.json()
    address = f"/api/v1/evaluation-sets/{made.json()['id']}/"

    reply = api.post(f"{address}outcomes/", {"rows": [row(7), row(9, score=0)]})

    assert reply.status_code == 201, reply.json()
    assert api.get(f"{address}items/").json()["results"][1]["key"] == "item-9"
    assert api.get(address).json()["frozen_at"] is not None
    assert api.get(f"{address}outcomes/").json()["subjects"][0]["score"]["mean"] == 0.5
