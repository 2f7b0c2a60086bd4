"""No text of a model's makes grading slow: a worker has other things to do."""

import time

import pytest

from benchmarks.grading import grade

LENGTH = 200_000
NASTY = {
    "one word": "a" * LENGTH,
    "spaces": "answer" + " " * LENGTH,
    "marks": "#" * LENGTH,
    "numbers": "1 " * (LENGTH // 2),
    "digits": "1" * LENGTH,
    "commas": "1," * (LENGTH // 2),
    "brackets": "[" * LENGTH,
    "braces": '{"a":' * (LENGTH // 5),
    "fences": "```\n" * (LENGTH // 4),
    "open fence": "```sql\n" + "SELECT " * (LENGTH // 7),
    "dots": "." * LENGTH,
    "exclamations": "a!" * (LENGTH // 2),
    "thoughts": "<think>" * (LENGTH // 7),
    "bullets": "- " * (LENGTH // 2),
    "apologies": "I'm sorry, but " * (LENGTH // 15),
}
COUNTED = ("words", "characters", "sentences", "lines", "paragraphs", "bullets")
GRADERS = {
    "exact": ({"kind": "exact"}, "x"),
    "choice": ({"kind": "choice", "choices": ["A", "B", "billing"]}, "A"),
    "number": ({"kind": "number"}, 5),
    "regex": ({"kind": "regex", "pattern": "(a|aa)+$", "example": "a"}, "a"),
    "json": ({"kind": "json", "schema": {"type": "object"}}, {"a": 1}),
    "contains": ({"kind": "contains"}, ["x", "y"]),
    "sql": ({"kind": "sql", "schema": "CREATE TABLE t (a)"}, "SELECT 1"),
    "constraints": (
        {
            "kind": "constraints",
            "rules": [{"rule": name, "exactly": 1} for name in COUNTED],
        },
        None,
    ),
}


@pytest.mark.parametrize("kind", GRADERS)
def test_nasty_answers_are_graded_soon(kind):
    grader, expected = GRADERS[kind]
    slow = {}

    for name, text in NASTY.items():
        started = time.thread_time()
        grade(grader, expected, text)
        took_s = time.thread_time() - started
        if took_s > 2.0:  # quadratic ones take minutes
            slow[name] = took_s

    assert not slow
