"""Which addresses are one mailbox."""

import pytest

from accounts.addresses import same_address


def test_capitals_make_no_other_address():
    assert same_address("Jo@Acme.example", "jo@acme.EXAMPLE")


@pytest.mark.parametrize(
    "alike",
    [
        "m\u0131ke@acme.example",  # dotless i, which PostgreSQL folds with i
        "mi\u212ae@acme.example",  # Kelvin sign, which Python folds with k
        "mike@acme.examp\u217ce",
        "mike@acme.example ",
    ],
)
def test_an_address_that_looks_alike_is_another(alike):
    assert not same_address(alike, "mike@acme.example")
