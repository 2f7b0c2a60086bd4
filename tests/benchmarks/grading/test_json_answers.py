"""`json`: extraction, compared value by value."""

import pytest

from benchmarks.grading import GraderProblem, Verdict, check_grader, grade

INVOICE = {"number": "R-17", "total": 119.0, "lines": [{"net": 60}, {"net": 40}]}
EQUAL = {"kind": "json"}
SUBSET = {"kind": "json", "match": "subset"}
SCHEMA = {
    "type": "object",
    "required": ["total"],
    "properties": {"total": {"type": "number"}, "pattern": {"type": "string"}},
}


@pytest.mark.parametrize(
    "text",
    [
        '{"total": 119, "number": "r-17", "lines": [{"net": 60.0}, {"net": 40}]}',
        'Here:\n```json\n{"number":"R-17","total":119.00,"lines":[{"net":60},'
        '{"net":40}]}\n```\nDone.',
        'Sure [as asked]: {"number":"R-17","total":119,"lines":[{"net":60},'
        '{"net":40}]}.',
    ],
)
def test_json_is_found_in_the_text_and_compared_by_value(text):
    assert grade(EQUAL, INVOICE, text).verdict == Verdict.RIGHT


def test_equal_answers_are_one_vote_however_they_are_written():
    one = grade(EQUAL, {"a": 1}, '{"b": "X", "a": 1.0}')
    other = grade(EQUAL, {"a": 1}, 'so {"a":1,"b":"x"}')

    assert one.answer == other.answer != ""


def test_further_members_are_ignored_in_a_subset_and_counted_otherwise():
    more = '{"a": 1, "b": 2}'

    assert grade(SUBSET, {"a": 1}, more).score == 1.0
    assert grade(EQUAL, {"a": 1}, more).score == 0.0
    assert (
        grade(SUBSET, {"a": 1}, more).answer
        == grade(SUBSET, {"a": 1}, '{"a":1}').answer
    )


@pytest.mark.parametrize(
    ("text", "score"),
    [
        # Of four values: number, total and two nets.
        (
            '{"number": "R-17", "total": 120, "lines": [{"net": 60}, {"net": 40}]}',
            3 / 4,
        ),
        ('{"number": "R-17", "lines": [{"net": 60}]}', 2 / 4),
        # A surplus line is a fifth value, and wrong.
        (
            '{"number":"R-17","total":119,"lines":[{"net":60},{"net":40},{"net":1}]}',
            4 / 5,
        ),
        ('{"number": ["R-17"], "total": "119", "lines": {}}', 0.0),
    ],
)
def test_the_share_of_right_values_is_the_partial_score(text, score):
    found = grade({**EQUAL, "partial": True}, INVOICE, text)

    assert found.score == score
    assert found.verdict == ("partial" if score else "wrong")


def test_each_field_has_its_tolerance():
    grader = {"kind": "json", "tolerances": {"total": 0.5, "lines.*.net": 1}}

    near = '{"number":"R-17","total":119.5,"lines":[{"net":61},{"net":39}]}'
    far = '{"number":"R-17","total":119.51,"lines":[{"net":60},{"net":40}]}'

    assert grade(grader, INVOICE, near).score == 1.0
    assert grade(grader, INVOICE, far).score == 0.0
    wide = {"kind": "json", "absolute_tolerance": 1}
    assert grade(wide, INVOICE, far).score == 1.0


def test_lists_are_compared_in_any_order_where_it_does_not_matter():
    turned = '{"number":"R-17","total":119,"lines":[{"net":40},{"net":60}]}'

    assert grade(EQUAL, INVOICE, turned).score == 0.0
    assert grade({**EQUAL, "any_order": True}, INVOICE, turned).score == 1.0


def test_long_lists_are_compared_in_their_order_alone():
    grader = {**EQUAL, "any_order": True}
    numbers = list(range(501))  # 501 * 501 pairs are more than 250,000

    assert grade(grader, numbers[:500], str(numbers[499::-1])).score == 1.0
    assert grade(grader, numbers, str(numbers[::-1])).score == 0.0


def test_types_are_kept_apart():
    assert grade(EQUAL, {"paid": True}, '{"paid": 1}').score == 0.0
    assert grade(EQUAL, {"paid": None}, '{"paid": null}').score == 1.0
    assert grade(EQUAL, {"sum": 0.3}, '{"sum": 0.30}').score == 1.0
    assert grade(EQUAL, {"lines": []}, '{"lines": []}').score == 1.0


def test_case_counts_where_it_is_asked_to():
    strict = {**EQUAL, "case_sensitive": True}

    assert grade(strict, {"a": "X"}, '{"a": "x"}').score == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "The total is 119.",
        '{"total": 119',
        "{total: 119}",
        '{"total": NaN}',
        '{"total": 1e999999999}',
        "[" * 50_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        "x" * 100_001,
    ],
)
def test_what_is_no_json_is_unparsable(text):
    found = grade(EQUAL, {"total": 119}, text)

    assert (found.verdict, found.answer) == (Verdict.UNPARSABLE, "")


def test_an_answer_that_is_not_of_the_schema_is_a_failure_of_format():
    grader = {**SUBSET, "schema": SCHEMA}

    worded = grade(grader, {"total": 119}, '{"total": "119"}')

    assert worded.verdict == Verdict.UNPARSABLE
    assert "total: '119' is not of type 'number'" in worded.why
    assert grade(grader, {"total": 119}, '{"total": 119.0}').score == 1.0


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("object", "must be a JSON Schema"),
        ({"type": "thing"}, "is no JSON Schema"),
        ({"enum": ["x" * 10_000]}, "at most 10,000 characters"),
        ({"properties": {"a": {"pattern": "(a+)+"}}}, "must do without pattern"),
        ({"$ref": "https://example.com/schema"}, r"must do without \$ref"),
    ],
)
def test_a_schema_that_cannot_be_held_against_answers_is_refused(schema, said):
    with pytest.raises(GraderProblem, match=said) as refused:
        check_grader({**EQUAL, "schema": schema}, {"a": 1})

    assert refused.value.field == "grader.schema"


def test_an_expected_answer_that_is_not_of_its_own_schema_is_refused():
    with pytest.raises(GraderProblem, match="is not right by its own grader"):
        check_grader({**EQUAL, "schema": SCHEMA}, {"total": "119"})


@pytest.mark.parametrize("tolerances", [5, {"a": "wide"}, {"a": -1}, {"a": True}])
def test_tolerances_are_numbers_by_field(tolerances):
    with pytest.raises(GraderProblem, match=r"grader\.tolerances"):
        check_grader({**EQUAL, "tolerances": tolerances}, {"a": 1})
