"""The ready suite: drawn from a seed, the same again for it, others for another."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from benchmarks.grading import check_grader
from benchmarks.suite import ITEMS, KINDS, SEED, Kind, RunDry, items
from benchmarks.suite.question import Question
from workloads.models import TaskFamily

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
WORTHLESS = {"kind": "exact"}
DIGEST = """
import hashlib, json
from benchmarks.suite import KINDS, items
drawn = [items(kind, seed=7, count=12) for kind in KINDS.values()]
print(hashlib.sha256(json.dumps(drawn).encode()).hexdigest())
"""


def prompts(drawn):
    return [item["messages"][0]["content"] for item in drawn]


def test_the_suite_has_the_kinds_of_work_that_it_promises():
    families = {kind.task_family for kind in KINDS.values()}

    assert len(KINDS) >= 8
    assert families == {
        *("classification", "extraction", "maths_reasoning", "code"),
        *("rag_question_answering", "support_chat"),
    }
    assert families <= set(TaskFamily.values)


@each_kind
def test_a_kind_has_items_of_three_difficulties_by_turns(kind):
    drawn = items(kind, seed=SEED, count=ITEMS)

    assert Counter(item["difficulty"] for item in drawn) == {
        "easy": ITEMS // 3,
        "medium": ITEMS // 3,
        "hard": ITEMS // 3,
    }
    assert [item["difficulty"] for item in drawn[:4]] == [
        *("easy", "medium", "hard", "easy")
    ]


@each_kind
def test_no_two_items_ask_the_same(kind):
    drawn = items(kind, seed=SEED, count=ITEMS)

    assert len({item["key"] for item in drawn}) == ITEMS >= 100
    assert len(set(prompts(drawn))) == ITEMS


@each_kind
def test_graders_take_every_item(kind):
    for item in items(kind, seed=SEED, count=ITEMS):
        check_grader(item["grader"], item["expected"])


@each_kind
def test_another_seed_gives_other_items(kind):
    drawn, others = items(kind, seed=1, count=60), items(kind, seed=2, count=60)

    # A form with few values, such as a town of fourteen, may come up again.
    assert len(set(prompts(drawn)) & set(prompts(others))) <= 20
    assert [item["difficulty"] for item in drawn] == [
        item["difficulty"] for item in others
    ]


@each_kind
def test_fewer_items_are_the_beginning_of_more(kind):
    assert items(kind, seed=3, count=30)[:10] == items(kind, seed=3, count=10)


def test_a_seed_gives_the_same_bytes_in_any_process():
    drawn = [items(kind, seed=7, count=12) for kind in KINDS.values()]
    here = hashlib.sha256(json.dumps(drawn).encode()).hexdigest()

    elsewhere = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert elsewhere.stdout.strip() == here


@each_kind
def test_what_is_asked_does_not_say_the_pattern(kind):
    for item in items(kind, seed=SEED, count=9):
        cluster = item["cluster"]
        assert not cluster or cluster not in item["messages"][0]["content"]


def test_a_kind_that_runs_dry_says_how_many_there_are():
    def question(draw, difficulty):
        number = draw.whole(1, 5)
        return Question(
            prompt=f"{difficulty} {number}",
            expected="x",
            grader=WORTHLESS,
            pattern="",
            max_output_tokens=1,
        )

    kind = Kind(
        name="five", task_family="code", title="Five", asks="x", question=question
    )

    # Five of each difficulty are 15; the 16th would be an easy one again.
    assert len(items(kind, seed=1, count=15)) == 15
    with pytest.raises(RunDry, match="no more than 5 easy items: ask for at most 15"):
        items(kind, seed=1, count=16)
