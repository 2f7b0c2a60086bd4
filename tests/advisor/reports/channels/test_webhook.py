"""Webhooks sent for real, to a server on this machine that knows the secret."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import trustme
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from advisor.reports.channels.outcome import Postponed, Refused, Sent
from advisor.reports.channels.webhook import outcome_of, send
from tests.advisor.reports import receivers
from tests.advisor.reports.receivers import status
from tests.advisor.reports.webhooks import DeliveryFactory, secret

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receivers.receiving() as receiver:
        yield receiver


def delivery_to(url, **fields):
    return DeliveryFactory(subscription__webhook__url=url, **fields)


def test_the_receiver_verifies_what_it_is_sent(receiver):
    delivery = delivery_to(receiver.url, message_id="msg_1")

    outcome = send(delivery, at=timezone.now())

    assert outcome == Sent(status=204)
    path, headers, body = receiver.last
    event = Verifier(secret("a")).verify(body, headers)
    assert path == "/alerts"
    assert headers["webhook-id"] == "msg_1"
    assert event["type"] == "alert.price_rise"
    assert event["timestamp"] == "2026-01-01T00:00:00Z"
    assert event["data"]["size"] == "20"
    assert event["data"]["workload"]["id"] == str(delivery.alert.workload_id)
    assert "rises from 0.00014 USD to 0.000168 USD" in event["data"]["sentence"]


def test_a_body_that_was_tampered_with_fails_the_check(receiver):
    send(delivery_to(receiver.url), at=timezone.now())
    _, headers, body = receiver.last

    with pytest.raises(WebhookVerificationError):
        Verifier(secret("a")).verify(body.replace(b"20", b"21"), headers)


def test_attempts_repeat_the_id_and_the_body_but_not_the_moment(receiver):
    delivery, now = delivery_to(receiver.url), timezone.now()

    send(delivery, at=now - timedelta(seconds=60))
    send(delivery, at=now)

    (_, first, body), (_, second, again) = receiver.requests
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 60
    assert Verifier(secret("a")).verify(again, second)


def test_while_a_secret_is_rotated_both_verify(receiver):
    now = timezone.now()
    delivery = delivery_to(
        receiver.url,
        subscription__webhook__secret=secret("b"),
        subscription__webhook__previous_secret=secret("a"),
        subscription__webhook__previous_secret_until=now + timedelta(hours=1),
    )

    send(delivery, at=now)

    _, headers, body = receiver.last
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert Verifier(secret("a")).verify(body, headers)
    assert Verifier(secret("b")).verify(body, headers)


def test_a_secret_that_ran_out_signs_no_more(receiver):
    now = timezone.now()
    delivery = delivery_to(
        receiver.url,
        subscription__webhook__secret=secret("b"),
        subscription__webhook__previous_secret=secret("a"),
        subscription__webhook__previous_secret_until=now,
    )

    send(delivery, at=now)

    _, headers, body = receiver.last
    assert Verifier(secret("b")).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(secret("a")).verify(body, headers)


def test_any_2xx_is_taken_whatever_its_body(receiver):
    receiver.answer(
        status(200, b"<html>thanks</html>", content_type="text/html"),
        receivers.endless_body,
    )
    delivery = delivery_to(receiver.url)

    outcomes = [send(delivery, at=NOON), send(delivery, at=NOON)]

    assert outcomes == [Sent(status=200), Sent(status=200)]


@pytest.mark.parametrize("code", [400, 404, 500, 503])
def test_other_statuses_are_tried_again(receiver, code):
    receiver.answer(status(code, b"a secret of theirs"))

    outcome = send(delivery_to(receiver.url), at=NOON)

    assert outcome == Postponed(status=code, error=f"HTTP {code} instead of a 2xx.")


def test_a_429_says_how_long_to_wait(receiver):
    receiver.answer(status(429, Retry_After="120"))

    outcome = send(delivery_to(receiver.url), at=NOON)

    assert outcome.retry_after == timedelta(seconds=120)


def test_a_receiver_cannot_ask_for_silence_for_ever():
    asked = [
        outcome_of(503, {"retry-after": text}, at=NOON).retry_after
        for text in ("1e12", "-5", "soon", "Wed, 25 Nov 2026 12:10:00 GMT")
    ]

    assert asked == [timedelta(hours=24), None, None, timedelta(minutes=10)]


def test_410_ends_it(receiver):
    receiver.answer(status(410))

    outcome = send(delivery_to(receiver.url), at=NOON)

    assert isinstance(outcome, Refused)
    assert outcome.gone
    assert outcome.status == 410


@pytest.mark.parametrize(
    "slow", [receivers.hang(1.5), receivers.drip(1.5)], ids=["hangs", "drips"]
)
def test_a_receiver_has_so_long_for_all_and_no_longer(receiver, slow):
    receiver.answer(slow)
    begun = time.monotonic()

    outcome = send(delivery_to(receiver.url), at=NOON, whole_s=0.3)

    assert outcome == Postponed(error="No answer came within 0.3 seconds.")
    assert time.monotonic() - begun < 1.4


def test_a_redirect_is_not_followed(receiver):
    with receivers.receiving() as inside:
        receiver.answer(status(307, Location=inside.url))

        outcome = send(delivery_to(receiver.url), at=NOON)

        assert isinstance(outcome, Postponed)
        assert outcome.status == 307
        assert "redirects are not followed" in outcome.error
        assert inside.requests == []


def test_a_receiver_that_hangs_up_is_tried_again(receiver):
    receiver.answer(receivers.hang_up)

    outcome = send(delivery_to(receiver.url), at=NOON)

    assert outcome == Postponed(error="The answer was broken off, or is not HTTP/1.1.")


def test_nobody_listening_is_tried_again(receiver):
    with receivers.receiving() as other:
        url = other.url

    outcome = send(delivery_to(url), at=NOON)

    assert outcome == Postponed(error="The host could not be connected to.")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.8"]
)
def test_private_addresses_are_refused_when_sending_too(receiver, settings, host):
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    port = receiver.url.rsplit(":", 1)[1]

    outcome = send(delivery_to(f"https://{host}:{port}"), at=NOON)

    assert isinstance(outcome, Refused)
    assert "not public" in outcome.error
    assert not outcome.gone
    assert receiver.requests == []


@pytest.fixture
def authority(tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def test_a_certificate_must_be_the_hosts_though_its_address_is_dialled(
    receiver, authority
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with receivers.receiving(tls=context) as secure:
        named = secure.url.replace("127.0.0.1", "localhost")

        outcomes = [send(delivery_to(url), at=NOON) for url in (named, secure.url)]

    assert outcomes[0] == Sent(status=204)
    assert isinstance(outcomes[1], Postponed)
    assert outcomes[1].error.startswith("TLS failed: ")
    assert len(secure.requests) == 1
    assert secure.last[1]["host"].startswith("localhost:")


def test_the_secret_shows_in_no_error(receiver):
    receiver.answer(status(500))

    outcome = send(delivery_to(receiver.url), at=NOON)

    assert secret("a") not in repr(outcome)
    assert secret("a") not in str(receiver.last)
