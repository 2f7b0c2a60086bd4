"""Fields of the API's input take JSON at its word."""

from decimal import Decimal

import pytest
from rest_framework.serializers import ValidationError

from catalog.fields import DecimalStringField


def read(text):
    return DecimalStringField(max_digits=20, decimal_places=6).run_validation(text)


@pytest.mark.parametrize(
    ("text", "value"), [("12.50", "12.5"), ("-1", "-1"), (".5", "0.5"), ("1e3", "1000")]
)
def test_a_decimal_is_read_exactly(text, value):
    assert read(text) == Decimal(value)


@pytest.mark.parametrize("text", ["1_0", "\u0661", "NaN", "Infinity", "1,5", "", " "])
def test_what_other_languages_would_not_read_as_a_decimal_is_refused(text):
    with pytest.raises(ValidationError):
        read(text)


@pytest.mark.parametrize("number", [1.5, 2, True, None])
def test_a_number_that_is_no_string_is_refused(number):
    with pytest.raises(ValidationError):
        read(number)
