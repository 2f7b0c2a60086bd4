"""The ready suite's sets: public, kept once, renewed by another seed."""

from datetime import UTC, datetime

import pytest

from benchmarks.models import EvaluationSet
from benchmarks.services.evaluations.sets import freeze
from benchmarks.services.evaluations.suite import keep_suite_set
from benchmarks.suite import KINDS, items

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KIND = KINDS["sentiment"]


def test_a_kind_is_kept_as_a_set_that_belongs_to_nobody():
    made = keep_suite_set(KIND, seed=4, count=9, at=NOON)

    assert (made.organization, made.workload, made.version) == (None, None, 1)
    assert (made.suite, made.suite_seed) == ("sentiment", 4)
    assert (made.name, made.task_family) == (
        *("Ready suite: Sentiment", "classification"),
    )
    drawn = items(KIND, seed=4, count=9)
    kept = list(made.items.all())
    assert [each.key for each in kept] == [each["key"] for each in drawn]
    assert [each.cluster for each in kept] == [each["cluster"] for each in drawn]
    assert kept[0].messages == drawn[0]["messages"]
    assert kept[0].max_output_tokens == drawn[0]["max_output_tokens"]


def test_the_same_items_are_kept_once():
    made = keep_suite_set(KIND, seed=4, count=9, at=NOON)

    assert keep_suite_set(KIND, seed=4, count=9, at=NOON) is None
    assert list(EvaluationSet.objects.all()) == [made]


def test_another_seed_is_the_next_version_and_leaves_the_one_before():
    first = keep_suite_set(KIND, seed=4, count=9, at=NOON)
    freeze(first, NOON)

    second = keep_suite_set(KIND, seed=5, count=9, at=NOON)

    assert (second.version, second.replaces, second.suite_seed) == (2, first, 5)
    assert first.items.count() == second.items.count() == 9
    # Going back to the first seed brings nothing new.
    assert keep_suite_set(KIND, seed=4, count=9, at=NOON) is None
