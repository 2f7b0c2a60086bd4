"""Whoever reads the log may not use the links that it names."""

import logging

import pytest

from accounts.token_logging import MaskTokens


def logged(message, *args):
    record = logging.LogRecord("x", logging.WARNING, "", 0, message, args, None)
    assert MaskTokens().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    "path", ["/sign-in/link/", "/unsubscribe/", "/confirm-subscription/"]
)
def test_a_token_is_masked_wherever_it_stands(path):
    said = logged("Forbidden (%s): %s", "CSRF cookie not set.", f"{path}eyJ:1x-_Z/?n=/")

    assert said == f"Forbidden (CSRF cookie not set.): {path}…/?n=/"


def test_other_lines_stay_as_they_are():
    assert logged("Not Found: %s", "/sign-in/") == "Not Found: /sign-in/"
