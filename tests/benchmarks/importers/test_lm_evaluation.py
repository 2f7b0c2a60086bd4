"""Logs of lm-evaluation-harness, line by line, as outcomes of one model."""

import json

import pytest

from benchmarks.importers import lm_evaluation
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.importers.reading import Unreadable

HASH = "3f2a9c81d07be45566aa"


def line(doc_id=0, **changes):
    """A line as the tool writes it for a task whose model writes text."""
    return {
        "doc_id": doc_id,
        "doc": {"question": "2 + 2?", "answer": "4"},
        "target": "4",
        "arguments": {"gen_args_0": {"arg_0": "Q: 2 + 2?", "arg_1": {"until": []}}},
        "resps": [["It is 4."]],
        "filtered_resps": ["4"],
        "filter": "strict-match",
        "metrics": ["exact_match"],
        "doc_hash": HASH,
        "prompt_hash": "aa",
        "target_hash": "bb",
        "exact_match": 1.0,
        **changes,
    }


def log(*lines):
    return "".join(f"{json.dumps(one)}\n" for one in lines)


def read(*lines, **options):
    return lm_evaluation.read(log(*lines), **{"model": "acme/small", **options})


def test_a_line_is_one_outcome_of_the_named_model():
    brought = read(
        line(0), line(1, exact_match=0.0, filtered_resps=["5"]), task="gsm8k"
    )

    assert (brought.task, brought.models) == ("gsm8k", ("acme/small",))
    assert [(each.item, each.sample, each.score) for each in brought.outcomes] == [
        ("0-3f2a9c81d0", 0, 1.0),
        ("1-3f2a9c81d0", 0, 0.0),
    ]
    assert [each.answer for each in brought.outcomes] == ["4", "5"]
    assert brought.notes == ("Scores are the metric exact_match, filter strict-match.",)


def test_older_files_without_filter_metrics_and_hashes_are_read():
    older = line(7, acc=0.0, filtered_resps=[[-1.2, False], [-0.3, True]])
    for name in ("filter", "metrics", "doc_hash", "exact_match"):
        del older[name]

    brought = read(older)

    (found,) = brought.outcomes
    assert (found.item, found.score, found.answer) == ("7", 0.0, None)
    assert brought.task == "lm_evaluation"
    assert brought.notes[-1].startswith("The file has no hashes")


def test_of_several_filters_one_is_named_behind_the_metric():
    both = [line(), line(filter="flexible-extract", exact_match=0.0)]

    with pytest.raises(Unreadable, match="filters flexible-extract, strict-match"):
        read(*both)
    with pytest.raises(Unreadable, match="No line is of the filter 'none'"):
        read(*both, metric="exact_match,none")
    (found,) = read(*both, metric="exact_match,flexible-extract").outcomes
    assert found.score == 0.0


def test_of_several_metrics_one_is_named():
    several = line(metrics=["acc", "acc_norm"], acc=1.0, acc_norm=0.0)

    with pytest.raises(Unreadable, match="Name one of the metrics acc, acc_norm"):
        read(several)
    with pytest.raises(Unreadable, match="no metric 'f1': there are acc, acc_norm"):
        read(several, metric="f1")
    (found,) = read(several, metric="acc_norm").outcomes
    assert found.score == 0.0


def test_a_metric_that_is_no_score_is_refused_by_line():
    with pytest.raises(RowsRefused) as refused:
        read(
            line(0, metrics=["perplexity"], perplexity=12.5),
            line(1, metrics=["perplexity"], perplexity=0.5),
        )

    (problem,) = refused.value.problems
    assert (problem.row, problem.column) == (1, "perplexity")
    assert "choose another metric" in problem.detail


@pytest.mark.parametrize("score", [None, float("nan"), "1", [1.0]])
def test_a_line_without_a_score_is_refused(score):
    with pytest.raises(RowsRefused, match="Row 2: exact_match"):
        read(line(0), line(1, exact_match=score))


def test_a_score_of_true_is_one():
    (found,) = read(line(exact_match=True)).outcomes

    assert found.score == 1.0


def test_responses_drawn_several_times_count_as_one_sample():
    brought = read(line(resps=[["4", "5", "4"]], filtered_resps=[["4"]]))

    assert [each.answer for each in brought.outcomes] == ["4"]
    assert "Up to 3 responses" in brought.notes[-1]


def test_the_same_document_twice_is_refused():
    with pytest.raises(RowsRefused, match="Repeats item, model and sample of row 1"):
        read(line(3), line(3))


def test_other_documents_under_the_same_number_are_other_items():
    brought = read(line(3), line(3, doc_hash="0" * 64))

    assert [each.item for each in brought.outcomes] == ["3-3f2a9c81d0", "3-0000000000"]


@pytest.mark.parametrize(
    ("lines", "options", "said"),
    [
        ([], {}, "has no lines"),
        ([{"item": "q1"}], {}, "Is no line of --log_samples"),
        ([line()], {"model": ""}, "Name the model"),
        ([line()], {"model": "x" * 201}, "Name the model"),
        ([line(doc_id=[1])], {}, "Is no number of a document"),
        ([line(metrics=[], exact_match="1")], {}, "No line has a metric"),
    ],
)
def test_what_is_no_log_is_refused(lines, options, said):
    with pytest.raises(Unreadable, match=said):
        read(*lines, **options)


def test_more_lines_than_are_read_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(lm_evaluation, "MOST_ROWS", 1)

    with pytest.raises(Unreadable, match="at most 1 lines"):
        read(line(0), line(1))
