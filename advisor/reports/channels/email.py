"""Mails over Django's email API: one connection for several, one outcome for each."""

import contextlib
import smtplib
from collections.abc import Callable
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMessage, get_connection
from urllib3.exceptions import NewConnectionError

from advisor.reports.channels.outcome import (
    Outcome,
    Postponed,
    Refused,
    Sent,
    Unknown,
)
from advisor.reports.channels.smtp_replies import outcome_of, shown

# Called when a message is about to leave; past it, only an answer tells.
HandOver = Callable[[], None]

_OVER = "The mail was handed over, and no answer came"
# What a provider says of the mail itself; anything else is about us, or will pass.
_OF_THE_MAIL = {400, 413, 415, 422}
_OF_ONE_MAIL = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    AnymailRecipientsRefused,
)


class Mailer:
    """Sends mails one after the other by one connection, opened when first needed.

    `failures` counts the attempts in a row that found no server that works.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._connection: Any = None

    def __enter__(self) -> "Mailer":
        return self

    def __exit__(self, *exception: object) -> None:
        self._let_go(politely=exception[0] is None)

    def send(self, letter: EmailMessage, *, hand_over: HandOver) -> Outcome:
        """Send one mail to its one recipient and say what came of it.

        Whatever `hand_over` raises passes through, and nothing has left then.
        """
        over = _Once(hand_over)
        try:
            self._send(letter, over)
        except _OF_ONE_MAIL as error:
            # Its connection goes on, unless the server said that it closes it.
            outcome = _failed(error, handed_over=over.done)
            self.failures = 0
        except (smtplib.SMTPException, AnymailError, OSError) as error:
            outcome = _failed(error, handed_over=over.done)
            self.failures += 1
        else:
            outcome = Sent()
            self.failures = 0
        if isinstance(outcome, Postponed | Unknown):
            self._let_go(politely=False)
        return outcome

    def _send(self, letter: EmailMessage, over: "_Once") -> None:
        if self._connection is None:
            self._connection = get_connection()
        self._connection.open()
        if hasattr(self._connection, "before_content"):
            self._connection.before_content = over
        else:
            over()
        self._connection.send_messages([letter])

    def _let_go(self, *, politely: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        abandon = getattr(connection, "abandon", None)
        if abandon is not None and not politely:
            abandon()
            return
        with contextlib.suppress(smtplib.SMTPException, OSError):
            connection.close()


class _Once:
    """Remembers that the moment of handing over has come."""

    def __init__(self, hand_over: HandOver) -> None:
        self.done = False
        self._hand_over = hand_over

    def __call__(self) -> None:
        if not self.done:
            self._hand_over()
            self.done = True


def _failed(error: Exception, *, handed_over: bool) -> Outcome:
    """Return what an exception of sending means."""
    if isinstance(error, smtplib.SMTPException):
        answered = outcome_of(error)
        if answered is not None:
            return answered
    if isinstance(error, AnymailError):
        return _of_provider(error)
    why = shown(error)
    if handed_over:
        return Unknown(error=f"{_OVER}: {why}")
    return Postponed(error=f"The mail server could not be spoken to: {why}")


def _of_provider(error: AnymailError) -> Outcome:
    """Return what a provider's refusal means; without a status it gave no answer."""
    if isinstance(error, AnymailRecipientsRefused):
        return Refused(error="The provider sends nothing to this address.", gone=True)
    status: int | None = getattr(error, "status_code", None)
    if isinstance(error, AnymailAPIError) and status is None:
        if _never_connected(error):
            return Postponed(error="The provider could not be connected to.")
        return Unknown(error=f"{_OVER} from the provider.")
    said = f"The provider answered HTTP {status}." if status else shown(error)
    if status in _OF_THE_MAIL:
        return Refused(error=said, status=status)
    return Postponed(error=said, status=status)


def _never_connected(error: AnymailAPIError) -> bool:
    """Return whether there was not even a connection, so that nothing was said."""
    cause = error.__cause__
    if isinstance(cause, requests.ConnectTimeout):
        return True
    inner = cause.args[0] if cause is not None and cause.args else None
    return isinstance(getattr(inner, "reason", None), NewConnectionError)
