"""What a mail server's reply means for the mail, and for its recipient.

The first digit says whether to try again (RFC 5321, 4.2.1); the enhanced code, where
there is one, what it is about (RFC 3463): 5.1 the address, 5.2 the mailbox, 5.7 what
the server permits, which is no fault of the recipient.
"""

import re
import smtplib

from advisor.reports.channels.outcome import Outcome, Postponed, Refused

_PERMANENT = 500
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_MOST_SHOWN = 300


def outcome_of(error: smtplib.SMTPException) -> Outcome | None:
    """Return what a reply means; None where the server said nothing of the mail."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        return _of_recipient(code, _text(reply))
    if isinstance(error, smtplib.SMTPDataError):
        return _of_content(error.smtp_code, _text(error.smtp_error))
    if isinstance(error, smtplib.SMTPResponseException):
        # Of the connection, our name or our sender: somebody has to set it right.
        said = _told(error.smtp_code, _text(error.smtp_error))
        return Postponed(error=said, status=error.smtp_code)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused(error=f"The mail server cannot do this: {shown(error)}")
    return None


def shown(error: Exception) -> str:
    """Return an exception in a line; it may hold a host, never a password."""
    return _line(str(error) or type(error).__name__)


def _of_recipient(code: int, said: str) -> Outcome:
    """Return what a reply to RCPT means: 5xx is a bounce, unless it is a policy."""
    if code < _PERMANENT:
        return Postponed(error=_told(code, said), status=code)
    return Refused(
        error=_told(code, said), status=code, gone=_subject(said) not in ("3", "7")
    )


def _of_content(code: int, said: str) -> Outcome:
    """Return what a reply to DATA means: about the mail, unless it says otherwise."""
    if code < _PERMANENT:
        return Postponed(error=_told(code, said), status=code)
    return Refused(error=_told(code, said), status=code, gone=_subject(said) == "1")


def _subject(said: str) -> str | None:
    """Return the middle number of an enhanced code such as 5.1.1."""
    found = _ENHANCED.search(said)
    return found[2] if found else None


def _told(code: int, said: str) -> str:
    return f"The mail server answered: {code} {_line(said)}"


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


def _line(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_MOST_SHOWN]
