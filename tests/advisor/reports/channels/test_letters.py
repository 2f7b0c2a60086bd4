"""Mails as a server receives them, read back by the standard library."""

import base64
import email
import email.policy
import re

import pytest
from django.test import override_settings

from advisor.reports import links
from advisor.reports.channels.letters import (
    alert_letter,
    confirmation_letter,
    report_letter,
)
from advisor.reports.links import page_url
from tests.advisor.reports import webhooks
from tests.factories.reports import (
    DeliveryFactory,
    ReportEditionFactory,
    SubscriptionFactory,
)

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = pytest.mark.django_db


def without_signing_in(path):
    return page_url(path, None)


def received(letter):
    """Return a mail after it was written out and read back."""
    return email.message_from_bytes(
        letter.message().as_bytes(), policy=email.policy.default
    )


def report_mail(page_url=without_signing_in, **edition):
    written = ReportEditionFactory(**edition)
    delivery = DeliveryFactory(report=written.report)
    return delivery, received(report_letter(delivery, written, page_url=page_url))


def test_a_report_is_text_and_html():
    _, mail = report_mail()

    assert mail.get_body(["plain"]).get_content().startswith("Read on: ")
    assert "<a href=" in mail.get_body(["html"]).get_content()


def test_its_charts_are_inline_and_found_by_the_html():
    _, mail = report_mail(
        html='<img src="cid:spend" alt="Spend">',
        images={"spend": base64.b64encode(PNG).decode()},
    )

    (picture,) = [
        part for part in mail.walk() if part.get_content_type() == "image/png"
    ]
    assert mail.get_content_type() == "multipart/related"
    assert picture["Content-ID"] == "<spend>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == PNG
    assert next(mail.iter_parts()).get_content_type() == "multipart/alternative"


@override_settings(PUBLIC_URL="https://rightsize.example.com")
def test_a_mail_program_can_unsubscribe_with_one_click():
    delivery, mail = report_mail()

    # Folded, as it is longer than a line may be.
    address = mail["List-Unsubscribe"].strip().strip("<>")
    assert address == links.unsubscribe_url(delivery.subscription)
    assert address.startswith("https://rightsize.example.com/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_no_placeholder_is_left():
    delivery, mail = report_mail(
        page_url=lambda path: page_url(path, "to:ke-n"),
        text="%%SIGN_IN_URL:/reports/a-1/%% %%SIGN_IN_URL:/%% %%UNSUBSCRIBE_URL%%",
    )

    text = mail.get_body(["plain"]).get_content()
    assert "%%" not in text
    assert text.split() == [
        "http://localhost:8000/sign-in/link/to:ke-n/?next=%2Freports%2Fa-1%2F",
        "http://localhost:8000/sign-in/link/to:ke-n/?next=%2F",
        links.unsubscribe_url(delivery.subscription),
    ]


def test_who_has_no_account_is_led_to_the_page_itself():
    _, mail = report_mail(text="%%SIGN_IN_URL:/reports/a-1/%%")

    text = mail.get_body(["plain"]).get_content().strip()
    assert text == "http://localhost:8000/reports/a-1/"


@override_settings(DEFAULT_FROM_EMAIL="Rightsize <reports@example.com>")
def test_its_headers_are_plain():
    delivery, mail = report_mail(subject="Save 120 € this week")

    assert mail["From"] == "Rightsize <reports@example.com>"
    assert mail["To"] == delivery.subscription.email
    assert mail["Subject"] == "Save 120 € this week"
    assert mail["Message-ID"] == f"<{delivery.message_id}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] is not None


@pytest.mark.parametrize(
    "subject",
    ["News\nBcc: everybody@example.com", "News\r\nBcc: x@y.z", "News\x0b\x7fBcc: a"],
)
def test_a_subject_adds_no_header(subject):
    _, mail = report_mail(subject=subject)

    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("News Bcc:")


def alert_mail(**fields):
    alert = webhooks.AlertFactory(**fields)
    reader = SubscriptionFactory(organization=alert.organization)
    delivery = DeliveryFactory(
        report=None,
        alert=alert,
        subscription=reader,
        organization=alert.organization,
        created_at=alert.at,
    )
    return delivery, received(alert_letter(delivery, page_url=without_signing_in))


def test_an_alert_is_a_sentence_and_a_link():
    delivery, mail = alert_mail()

    text = mail.get_body(["plain"]).get_content()
    assert "price rise" in mail["Subject"]
    assert "cheapo/small-8b" in text
    assert f"http://localhost:8000/workloads/{delivery.alert.workload_id}/" in text
    assert links.unsubscribe_url(delivery.subscription) in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_names_with_markup_are_text_in_an_alert():
    _, mail = alert_mail(workload__name="<b>Chat</b>\nBcc: x@example.com")

    html = mail.get_body(["html"]).get_content()
    assert "<b>" not in html
    assert "&lt;b&gt;Chat" in html
    assert mail["Bcc"] is None


def test_a_confirmation_asks_and_tells_what_happens_otherwise():
    reader = SubscriptionFactory(confirmed_at=None, organization__name="A & B")

    mail = received(confirmation_letter(reader))

    text = mail.get_content()
    assert "somebody at A & B asked" in text
    assert re.search(r"http://localhost:8000/confirm-subscription/\S+/\n", text)
    assert mail["List-Unsubscribe"] is None
