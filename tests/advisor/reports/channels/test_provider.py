"""What a mail provider's refusals over its API mean."""

import pytest
import requests
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from advisor.reports.channels.email import _failed
from advisor.reports.channels.outcome import Postponed, Refused, Unknown


def answered(status):
    response = requests.Response()
    response.status_code = status
    return AnymailRequestsAPIError("No", response=response)


def unanswered(cause):
    error = AnymailRequestsAPIError("Error posting")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_what_is_about_us_or_passes_is_tried_again(status):
    outcome = _failed(answered(status), handed_over=True)

    assert isinstance(outcome, Postponed)
    assert outcome.status == status


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_about_the_mail_is_refused(status):
    outcome = _failed(answered(status), handed_over=True)

    assert outcome == Refused(
        error=f"The provider answered HTTP {status}.", status=status
    )


def test_an_address_that_the_provider_refuses_is_gone():
    outcome = _failed(AnymailRecipientsRefused(), handed_over=True)

    assert isinstance(outcome, Refused)
    assert outcome.gone


def test_without_a_connection_nothing_was_handed_over():
    connection = HTTPConnection("localhost")
    refused = MaxRetryError(None, "/", NewConnectionError(connection, "refused"))
    errors = [requests.ConnectTimeout(), requests.ConnectionError(refused)]

    outcomes = [_failed(unanswered(each), handed_over=True) for each in errors]

    assert [type(each) for each in outcomes] == [Postponed, Postponed]


def test_an_answer_that_never_came_is_unknown():
    outcome = _failed(unanswered(requests.ReadTimeout()), handed_over=True)

    assert isinstance(outcome, Unknown)
