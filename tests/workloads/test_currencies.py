"""Which codes are currencies that bills are paid in."""

import pytest

from workloads.currencies import currencies


@pytest.mark.parametrize("code", ["EUR", "USD", "JPY", "CHF", "INR", "CNY", "BRL"])
def test_what_bills_are_paid_in_is_known(code):
    assert code in currencies()


@pytest.mark.parametrize("code", ["DEM", "XAU", "XXX", "XTS", "EUX", "eur", "", "USN"])
def test_the_past_metals_and_words_are_none(code):
    assert code not in currencies()
