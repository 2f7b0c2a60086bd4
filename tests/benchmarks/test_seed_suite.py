"""`manage.py seed_suite`: the ready suite, once, renewed when asked."""

import io

import pytest
from django.core.management import CommandError, call_command

from benchmarks.models import EvaluationItem, EvaluationSet
from benchmarks.suite import KINDS, SEED

pytestmark = pytest.mark.django_db


def seeded(*arguments):
    printed = io.StringIO()
    call_command("seed_suite", *arguments, stdout=printed)
    return printed.getvalue().splitlines()


def test_every_kind_has_a_set_and_a_second_run_adds_nothing():
    first, second = seeded(), seeded()

    assert len(first) == len(KINDS)
    assert "Ready suite: SQL queries, version 1: 120 items from seed 2026" in first
    assert second == []
    sets = EvaluationSet.objects.all()
    assert {each.suite for each in sets} == set(KINDS)
    assert {each.suite_seed for each in sets} == {SEED}
    assert EvaluationItem.objects.count() == 120 * len(KINDS)


def test_one_kind_can_be_renewed_from_another_seed():
    seeded("--items", "3")

    printed = seeded("--kind", "sentiment", "--seed", "9", "--items", "6")

    assert printed == ["Ready suite: Sentiment, version 2: 6 items from seed 9"]
    assert EvaluationSet.objects.count() == len(KINDS) + 1


@pytest.mark.parametrize(
    ("arguments", "detail"),
    [
        (["--items", "0"], "--items must be from 1 to 20,000"),
        (["--items", "20001"], "--items must be from 1 to 20,000"),
        (["--seed", str(2**63)], "--seed must be a whole number of at most 64 bits"),
        (["--kind", "poetry"], "invalid choice: 'poetry'"),
        (
            ["--kind", "sentiment", "--kind", "sql_queries", "--items", "900"],
            "--items: sql_queries has no more than",
        ),
    ],
)
def test_what_cannot_be_seeded_is_refused_and_nothing_is_kept(arguments, detail):
    with pytest.raises(CommandError, match=detail):
        seeded(*arguments)

    assert not EvaluationSet.objects.exists()
