"""Mails as they leave: what was written for all, with the links of one reader.

Nothing of what is written by others can add a header or a recipient.
"""

import base64
import re
from collections.abc import Callable
from email.mime.image import MIMEImage

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from advisor.reports.alert_sentences import sentence_of, subject_of
from advisor.reports.links import absolute, confirm_url, unsubscribe_url
from advisor.reports.models import Alert, Delivery, ReportEdition, Subscription

_SIGN_IN = re.compile(r"%%SIGN_IN_URL:(/[^%\s]*)%%")
_UNSUBSCRIBE = "%%UNSUBSCRIBE_URL%%"
_MOST_SUBJECT = 200

# Turns a path of ours into the address that its reader gets there by.
PageUrl = Callable[[str], str]


def report_letter(
    delivery: Delivery, edition: ReportEdition, *, page_url: PageUrl
) -> EmailMultiAlternatives:
    """Return a report as one reader gets it, its charts beside the HTML."""
    letter = _letter(
        delivery,
        subject=edition.subject,
        text=_for_reader(edition.text, delivery.subscription, page_url),
        html=_for_reader(edition.html, delivery.subscription, page_url),
    )
    # The charts belong to the HTML, so that readers do not list them as attachments.
    letter.mixed_subtype = "related"  # type: ignore[attr-defined]  # of Django's
    for name, picture in edition.images.items():
        letter.attach(_inline(name, base64.b64decode(picture)))
    return letter


def alert_letter(delivery: Delivery, *, page_url: PageUrl) -> EmailMultiAlternatives:
    """Return one alert as one reader gets it: a sentence and where to read on."""
    alert, reader = delivery.alert, delivery.subscription
    assert alert is not None  # noqa: S101  # what the delivery is of, by a constraint
    facts = {
        "sentence": sentence_of(alert, reader.locale),
        "page": page_url(_page_of(alert)),
        "unsubscribe": unsubscribe_url(reader),
        "organization": alert.organization.name,
        "language": reader.locale.partition("_")[0],
    }
    return _letter(
        delivery,
        subject=subject_of(alert, reader.locale),
        text=render_to_string("reports/alert.txt", facts),
        html=render_to_string("reports/alert.html", facts),
    )


def confirmation_letter(subscription: Subscription) -> EmailMultiAlternatives:
    """Return the question whether an address wants what somebody else asked for."""
    facts = {
        "organization": subscription.organization.name,
        "url": confirm_url(subscription),
        "service": absolute("/"),
    }
    return EmailMultiAlternatives(
        subject="Please confirm: reports of Rightsize",
        body=render_to_string("reports/confirmation.txt", facts),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[subscription.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _letter(
    delivery: Delivery, *, subject: str, text: str, html: str
) -> EmailMultiAlternatives:
    reader = delivery.subscription
    letter = EmailMultiAlternatives(
        subject=_one_line(subject),
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[reader.email],
        headers={
            "Message-ID": f"<{delivery.message_id}>",
            "Auto-Submitted": "auto-generated",
            # One click, without a page (RFC 8058).
            "List-Unsubscribe": f"<{unsubscribe_url(reader)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    letter.attach_alternative(html, "text/html")
    # A provider names it again when it tells of a bounce.
    letter.metadata = {"delivery": str(delivery.pk)}  # type: ignore[attr-defined]  # anymail's
    return letter


def _for_reader(written: str, reader: Subscription, page_url: PageUrl) -> str:
    linked = _SIGN_IN.sub(lambda found: page_url(found[1]), written)
    return linked.replace(_UNSUBSCRIBE, unsubscribe_url(reader))


def _inline(name: str, picture: bytes) -> MIMEImage:
    part = MIMEImage(picture, "png")
    part.add_header("Content-ID", f"<{name}>")
    part.add_header("Content-Disposition", "inline", filename=f"{name}.png")
    return part


def _page_of(alert: Alert) -> str:
    return f"/workloads/{alert.workload_id}/" if alert.workload_id else "/"


def _one_line(text: str) -> str:
    """Return text fit for a header: no line breaks, no control characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:_MOST_SUBJECT]
