"""`constraints`: rules that a text keeps or breaks."""

import pytest

from benchmarks.grading import GraderProblem, Verdict, check_grader, grade


def keeps(rule, answer, parameters):
    rules = [{"rule": rule, **parameters}]
    return grade({"kind": "constraints", "rules": rules}, None, answer).score == 1.0


@pytest.mark.parametrize(
    ("rule", "parameters", "kept", "broken"),
    [
        ("words", {"exactly": 3}, "It's well-known now", "two words"),
        ("words", {"at_least": 2, "at_most": 3}, "one, two", "one two three four"),
        ("characters", {"at_most": 5}, " five5 ", "sixsix"),
        ("sentences", {"exactly": 2}, "It is 3.5 m. Really!", "Just one."),
        ("lines", {"exactly": 2}, "a\n\nb", "a"),
        ("paragraphs", {"exactly": 2}, "a\nb\n\nc", "a\nb"),
        ("bullets", {"exactly": 3}, "- a\n* b\n1. c", "- a\n-b\n"),
        ("contains", {"texts": ["net", "gross"]}, "Net and gross", "net"),
        ("contains", {"texts": "ha", "times": 2}, "ha ha", "ha"),
        ("contains_none", {"texts": [","]}, "no commas", "a, b"),
        ("json_only", {}, '```json\n{"a": 1}\n```', 'Sure: {"a": 1}'),
        ("json_only", {}, "[1]", "1"),
        ("starts_with", {"text": "Dear"}, "dear all", "hello"),
        ("ends_with", {"text": "Regards."}, "x\nRegards.", "Regards. x"),
        ("case", {"of": "upper"}, "ALL 3 UP", "All up"),
        ("case", {}, "all low", "All low"),
        ("matches", {"pattern": r"^\d{4}-\d\d$"}, "in\n2026-11", "2026/11"),
    ],
)
def test_a_rule_is_kept_or_broken(rule, parameters, kept, broken):
    assert keeps(rule, kept, parameters)
    assert not keeps(rule, broken, parameters)


def test_all_rules_count_or_their_share():
    rules = [
        {"rule": "words", "at_most": 3},
        {"rule": "contains", "texts": ["tax"]},
        {"rule": "case", "of": "lower"},
        {"rule": "ends_with", "text": "."},
    ]
    text = "tax is due"  # keeps three of the four

    strict = grade({"kind": "constraints", "rules": rules}, None, text)
    partial = grade(
        {"kind": "constraints", "rules": rules, "partial": True}, None, text
    )

    assert (strict.score, strict.verdict) == (0.0, Verdict.WRONG)
    assert (partial.score, partial.verdict) == (0.75, Verdict.PARTIAL)
    assert strict.why == "It breaks ends_with."


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (None, "grader.rules"),
        ([], "grader.rules"),
        ([{"rule": "words", "exactly": 1}] * 21, "grader.rules"),
        (["words"], "grader.rules.0.rule"),
        ([{"rule": "rhymes"}], "grader.rules.0.rule"),
        ([{"rule": "words"}], "grader.rules.0.at_least"),
        ([{"rule": "words", "at_least": 3, "at_most": 2}], "grader.rules.0.at_least"),
        ([{"rule": "words", "exactly": 3, "at_most": 5}], "grader.rules.0.at_least"),
        ([{"rule": "words", "exactly": 3, "most": 5}], "grader.rules.0.most"),
        ([{"rule": "words", "exactly": "3"}], "grader.rules.0.exactly"),
        ([{"rule": "contains"}], "grader.rules.0.texts"),
        ([{"rule": "starts_with"}], "grader.rules.0.text"),
        ([{"rule": "case", "of": "camel"}], "grader.rules.0.of"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, field):
    with pytest.raises(GraderProblem) as refused:
        check_grader({"kind": "constraints", "rules": rules}, None)

    assert refused.value.field == field


def test_an_example_has_to_keep_the_rules():
    grader = {"kind": "constraints", "rules": [{"rule": "words", "exactly": 2}]}

    check_grader(grader, "two words")
    with pytest.raises(GraderProblem, match="It breaks words"):
        check_grader(grader, "one")
    with pytest.raises(GraderProblem, match="must be an answer"):
        check_grader(grader, 5)
