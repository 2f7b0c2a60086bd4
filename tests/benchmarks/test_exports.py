import csv
import io
from dataclasses import fields

import numpy as np
import pytest

from benchmarks.exports import COLUMNS, columns_of, csv_of, harmless
from benchmarks.harness.samples import ErrorKind, Sample, SampleTable


def rows_of(samples):
    text = "".join(csv_of(SampleTable.of(samples)))
    return list(csv.DictReader(io.StringIO(text)))


def test_every_figure_of_a_request_is_a_column_in_the_order_of_the_record():
    (head, *_) = csv_of(SampleTable.of([]))

    assert head == ",".join(field.name for field in fields(Sample)) + "\r\n"


def test_figures_are_numbers_and_what_is_unknown_is_an_empty_cell():
    sample = Sample(intended_s=1.5, ttft_ms=200.25, output_tokens=300, http_status=200)

    (row,) = rows_of([sample])

    assert row["intended_s"] == "1.5"
    assert row["ttft_ms"] == "200.25"
    assert row["output_tokens"] == "300"
    assert row["http_status"] == "200"
    assert row["connect_ms"] == row["tpot_ms"] == row["error"] == ""
    assert row["throttled_ms"] == "0"  # known to be none


def test_a_figure_has_the_digits_that_its_four_bytes_carry():
    (row,) = rows_of([Sample(intended_s=0.1, ttft_ms=1234567.0, tpot_ms=1e-5)])

    # As a double the stored 0.1 would be 0.10000000149011612.
    assert row["intended_s"] == "0.1"
    assert row["ttft_ms"] == "1234567"
    assert row["tpot_ms"] == "0.00001"
    assert np.float32(row["ttft_ms"]) == np.float32(1234567.0)


def test_warm_up_stays_a_negative_number():
    (row,) = rows_of([Sample(intended_s=0, phase=-1)])

    assert row["phase"] == "-1"


def test_no_answer_is_no_status():
    (row,) = rows_of([Sample(intended_s=0, error=ErrorKind.CONNECT)])

    assert row["http_status"] == ""
    assert row["error"] == "connect"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_word_that_a_spreadsheet_would_carry_out_is_disarmed(start):
    word = f'{start}cmd|" /C calc"!A0'

    (row,) = rows_of([Sample(intended_s=0, served_model=word, error_detail=word)])

    assert row["served_model"] == row["error_detail"] == f"'{word}"


@pytest.mark.parametrize(
    "word", ["  =1+1", "\uff1d1+1", "a;=1+1", "a\t@SUM(A1)", "a|-2", "a, +1"]
)
def test_a_formula_behind_blanks_separators_or_full_width_signs_is_one(word):
    assert harmless(word) == f"'{word}"


@pytest.mark.parametrize("word", ["gpt-4o", "", "stop", "a=b", "'quoted'"])
def test_another_word_stays_as_it_is(word):
    assert harmless(word) == word


def test_words_may_hold_commas_quotes_and_line_breaks():
    word = 'one, "two"\r\nthree'

    (row,) = rows_of([Sample(intended_s=0, error_detail=word)])

    assert row["error_detail"] == word


def test_all_requests_of_a_long_run_are_there_in_pieces():
    samples = [Sample(intended_s=float(index)) for index in range(1_201)]

    pieces = list(csv_of(SampleTable.of(samples)))

    # The head, then 500, 500 and 201 rows.
    assert [piece.count("\r\n") for piece in pieces] == [1, 500, 500, 201]
    assert pieces[-1].splitlines()[-1].startswith("1200,")


def test_columns_for_programs_hold_null_for_what_is_unknown():
    table = SampleTable.of(
        [
            Sample(intended_s=0.1, ttft_ms=200.0, http_status=200, attempts=2),
            Sample(intended_s=1.0, error=ErrorKind.TIMEOUT, served_model="=x"),
        ]
    )

    columns = columns_of(table)

    assert tuple(columns) == COLUMNS
    assert columns["intended_s"] == [0.1, 1.0]
    assert columns["ttft_ms"] == [200.0, None]
    assert columns["http_status"] == [200, None]
    assert columns["attempts"] == [2, 1]
    assert columns["error"] == [None, "timeout"]
    assert columns["served_model"] == [None, "=x"]  # JSON carries nothing out
