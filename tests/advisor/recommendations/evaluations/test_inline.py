"""Outcomes that come with a question to `advice/`, and are forgotten with it."""

import pytest

from benchmarks.models import EvaluationRun, EvaluationSet
from tests.advisor.recommendations.market import open_market
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db

ITEMS = 100
QUESTION = {
    "task_family": "support_chat",
    "traffic": {"requests_per_month": 1_000_000},
    "tokens": {
        "input_mean": 1_000,
        "input_p95": 2_000,
        "output_mean": 200,
        "output_p95": 400,
    },
    "quality_floor": {"kind": "absolute", "value": 0.8, "confidence": 0.9},
}


@pytest.fixture
def client():
    return api_client_for(OrganizationFactory())


def rows_of(model, right, *, samples=1):
    return [
        {
            "task": "tickets",
            "item": f"t{item}",
            "model": model,
            "sample": sample,
            "score": float(item < right),
        }
        for item in range(ITEMS)
        for sample in range(samples)
    ]


def ask(client, rows, **outcomes):
    body = {"workload": QUESTION, "outcomes": {"rows": rows, **outcomes}}
    return client.post("/api/v1/advice/", body, format="json")


def test_outcomes_of_ones_own_decide_and_are_not_kept(client):
    open_market()

    reply = ask(client, rows_of("small-8b", 95) + rows_of("large-400b", 99))

    assert reply.status_code == 200
    best = reply.data["options"][0]
    assert best["strategy"]["stages"][0]["offering"]["model"] == "small-8b"
    assert best["quality"]["basis"] == "evaluated"
    assert reply.data["provisional"] is False
    assert not EvaluationSet.objects.exists()
    assert not EvaluationRun.objects.exists()


def test_names_of_ones_own_are_mapped(client):
    open_market()

    reply = ask(client, rows_of("our-llama", 95), models={"our-llama": "small-8b"})

    assert reply.status_code == 200
    assert reply.data["options"][0]["quality"]["items"] == ITEMS


@pytest.mark.parametrize(
    ("rows", "more", "pointer"),
    [
        ([{"item": "a", "model": "small-8b", "sample": 0, "score": 2}], {}, "rows/0"),
        (rows_of("small-8c", 95), {}, "models"),
        (rows_of("small-8b", 9), {"models": {"other": "small-8b"}}, "models"),
        ([], {}, "rows"),
        (
            [
                *rows_of("small-8b", 95),
                *({**r, "score": None} for r in rows_of("large-400b", 1)),
            ],
            {},
            "rows",
        ),
        (
            [{**rows_of("small-8b", 1)[0], "score": None, "answer": "B"}],
            {},
            "rows",
        ),
        ("no rows", {}, "rows"),
    ],
)
def test_bad_outcomes_are_refused_at_their_place(client, rows, more, pointer):
    open_market()

    reply = ask(client, rows, **more)

    assert reply.status_code == 400
    assert any(
        f"outcomes/{pointer}" in each["pointer"] for each in reply.json()["errors"]
    )


def test_rows_of_different_items_are_refused(client):
    open_market()
    # Every model's right answers are spread as if by its own dice.
    rows = [
        {
            "task": "tickets",
            "item": f"t{item}",
            "model": model,
            "sample": 0,
            "score": float(item * step % 401 < 200),
        }
        for model, step in (("small-8b", 1), ("medium-70b", 97), ("large-400b", 151))
        for item in range(400)
    ]

    reply = ask(client, rows)

    assert reply.status_code == 400
    assert "same question" in str(reply.json()["errors"])
