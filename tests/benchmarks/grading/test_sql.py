"""`sql`: queries are run, and can do no harm."""

import time

import pytest

from benchmarks.grading import GraderProblem, Verdict, check_grader, grade

SCHEMA = """
CREATE TABLE orders (id INTEGER, customer TEXT, amount REAL);
INSERT INTO orders VALUES (1, 'Ada', 10.5), (2, 'Bo', 20), (3, 'Ada', 4.5);
"""
GRADER = {"kind": "sql", "schema": SCHEMA}
LARGE = """
CREATE TABLE numbers AS
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
SELECT i, printf('%.*c', 100000, 'x') AS text FROM n;
"""  # 60 * 100 kB = 6 MB
BY_CUSTOMER = "SELECT customer, SUM(amount) FROM orders GROUP BY customer"
# Ada bought for 10.5 + 4.5 = 15, Bo for 20.


@pytest.mark.parametrize(
    "text",
    [
        "SELECT customer, SUM(amount) AS total FROM orders GROUP BY 1",
        "```sql\nSELECT customer, SUM(amount) FROM orders GROUP BY customer"
        " ORDER BY 2 DESC;\n```",
        "This gives it:\nWITH t AS (SELECT * FROM orders)\n"
        "SELECT customer, SUM(amount) FROM t GROUP BY customer;",
        "SELECT 'Bo', 20 UNION ALL SELECT 'Ada', 15.0",
    ],
)
def test_a_query_is_right_by_the_rows_it_gives(text):
    found = grade(GRADER, BY_CUSTOMER, text)

    assert found.verdict == Verdict.RIGHT
    assert found.answer == "'Ada', 15.000000; 'Bo', 20.000000"


def test_rows_can_be_stated_themselves():
    assert grade(GRADER, [["Bo", 20], ["Ada", 15]], BY_CUSTOMER).score == 1.0


def test_other_rows_are_wrong_and_the_order_counts_where_it_is_asked_to():
    ordered = {**GRADER, "ordered": True}
    ascending = BY_CUSTOMER + " ORDER BY 2"
    descending = BY_CUSTOMER + " ORDER BY 2 DESC"

    assert grade(GRADER, BY_CUSTOMER, "SELECT customer FROM orders").score == 0.0
    assert grade(ordered, ascending, ascending).score == 1.0
    assert grade(ordered, ascending, descending).verdict == Verdict.WRONG
    assert grade(GRADER, ascending, descending).score == 1.0


def test_a_row_too_often_is_wrong():
    twice = "SELECT customer FROM orders"

    assert grade(GRADER, "SELECT DISTINCT customer FROM orders", twice).score == 0.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You could sum it up.", "no SELECT"),
        ("SELECT price FROM orders", "no such column"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT load_extension('x')", "not authorized"),
        ("SELECT random()", "not authorized"),
        ("WITH t AS (SELECT 1) DELETE FROM orders", "not authorized"),
        ("WITH t AS (SELECT 1) INSERT INTO orders SELECT 1, 'x', 1", "not authorized"),
        ("SELECT length(hex(zeroblob(900000000)))", "not authorized"),
        (
            "SELECT a.id FROM " + ", ".join(f"orders {x}" for x in "abcdefg"),
            "1,000 rows",
        ),
    ],
)
def test_what_cannot_be_run_is_unparsable(text, said):
    found = grade(GRADER, BY_CUSTOMER, text)

    assert found.verdict == Verdict.UNPARSABLE
    assert said in found.why


def test_a_query_without_end_is_stopped():
    endless = (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)"
        " SELECT MAX(n) FROM t"
    )
    started = time.monotonic()

    found = grade(GRADER, BY_CUSTOMER, endless)

    assert "interrupted" in found.why
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("change", "expected", "field", "said"),
    [
        ({"schema": None}, "SELECT 1", "grader.schema", "is missing"),
        ({"schema": "CREATE"}, "SELECT 1", "grader.schema", "cannot be run"),
        ({"schema": LARGE}, "SELECT 1", "grader.schema", "too large a database"),
        ({"schema": "ATTACH 'x' AS y"}, "SELECT 1", "grader.schema", "not authorized"),
        (
            {"schema": "PRAGMA cache_size"},
            "SELECT 1",
            "grader.schema",
            "not authorized",
        ),
        ({}, "SELECT x FROM orders", "expected", "no such column"),
        ({}, "SELECT 1 WHERE 0", "expected", "gives no rows"),
        ({}, [], "expected", "gives no rows"),
        ({}, 5, "expected", "must be a query"),
        ({"decimals": -1}, "SELECT 1", "grader.decimals", "must be from 0"),
    ],
)
def test_what_cannot_judge_queries_is_refused(change, expected, field, said):
    with pytest.raises(GraderProblem, match=said) as refused:
        check_grader({**GRADER, **change}, expected)

    assert refused.value.field == field


def test_a_query_that_would_fill_the_memory_is_stopped():
    hoarding = (
        "WITH RECURSIVE t(n, s) AS (SELECT 1, printf('%.*c', 900000, 'x') UNION ALL"
        " SELECT n + 1, s || n FROM t WHERE n < 100000)"
        " SELECT COUNT(*) FROM (SELECT s FROM t ORDER BY s LIMIT 90000)"
    )

    found = grade(GRADER, BY_CUSTOMER, hoarding)
    after = grade(GRADER, BY_CUSTOMER, BY_CUSTOMER)

    assert "out of memory" in found.why or "interrupted" in found.why
    assert after.score == 1.0
