"""Webhooks after the Standard Webhooks specification: signed, and sent once more later.

The receiver knows a repeat by `webhook-id`, which stays over all attempts.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook as Signer

from advisor.reports.alert_events import event_of
from advisor.reports.channels.outcome import Outcome, Postponed, Refused, Sent
from advisor.reports.channels.posting import WHOLE_S, Unanswered, post
from advisor.reports.models import Delivery, Webhook
from benchmarks.harness.guard import Forbidden
from benchmarks.harness.throttle import asked_wait_s
from benchmarks.services.endpoints import outbound

GONE = 410
# A receiver may ask for patience, not for silence.
MOST_PATIENCE = timedelta(hours=24)
USER_AGENT = "rightsize-webhooks/1"


def send(delivery: Delivery, *, at: datetime, whole_s: float = WHOLE_S) -> Outcome:
    """Send a delivery's alert to its webhook now, at `at`; say what came of it."""
    subscription, alert = delivery.subscription, delivery.alert
    webhook = subscription.webhook
    assert webhook is not None  # noqa: S101  # its channel, by a constraint
    assert alert is not None  # noqa: S101  # reports go by email, by a constraint
    body = event_of(alert, subscription.locale)
    return send_event(
        webhook, message_id=delivery.message_id, body=body, at=at, whole_s=whole_s
    )


def send_event(
    webhook: Webhook,
    *,
    message_id: str,
    body: bytes,
    at: datetime,
    whole_s: float = WHOLE_S,
) -> Outcome:
    """Sign a body and post it to a webhook's address."""
    headers = signed_headers(webhook, message_id=message_id, body=body, at=at)
    try:
        answer = post(
            webhook.url,
            body=body,
            headers=headers,
            outbound=outbound(),
            whole_s=whole_s,
        )
    except Forbidden as error:
        return Refused(error=str(error))
    except Unanswered as error:
        return Postponed(error=str(error))
    return outcome_of(answer.status, answer.headers, at=at)


def signed_headers(
    webhook: Webhook, *, message_id: str, body: bytes, at: datetime
) -> dict[str, str]:
    """Return the headers of one attempt; while a secret is rotated both sign."""
    moment = at.astimezone(UTC)
    text = body.decode()
    signatures = [
        Signer(secret).sign(message_id, moment, text)
        for secret in secrets_in_force(webhook, at)
    ]
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secrets_in_force(webhook: Webhook, at: datetime) -> list[str]:
    """Return the newest secret, and the one before it as long as it is valid."""
    until = webhook.previous_secret_until
    if webhook.previous_secret and until is not None and at < until:
        return [webhook.secret, webhook.previous_secret]
    return [webhook.secret]


def outcome_of(status: int, headers: Mapping[str, str], *, at: datetime) -> Outcome:
    """Return what a receiver's status means: only 2xx took the message.

    Even a 404 may be a receiver that is being deployed, so all else is tried again,
    but for 410, by which it says that it wants no more.
    """
    if 200 <= status < 300:
        return Sent(status=status)
    if status == GONE:
        return Refused(
            status=status,
            gone=True,
            error="HTTP 410: the receiver is gone, so the webhook was disabled.",
        )
    if 300 <= status < 400:
        said = f"HTTP {status}: redirects are not followed, so give the final address."
    else:
        said = f"HTTP {status} instead of a 2xx."
    return Postponed(status=status, error=said, retry_after=_retry_after(headers, at))


def _retry_after(headers: Mapping[str, str], at: datetime) -> timedelta | None:
    asked_s = asked_wait_s(headers, at)
    if asked_s is None or asked_s <= 0:
        return None
    return min(timedelta(seconds=min(asked_s, 1e6)), MOST_PATIENCE)
