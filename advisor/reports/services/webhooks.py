"""Writes of webhooks; the audit learns that a secret changed, never what it is."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.audit import Author, record_for
from accounts.models import Organization
from advisor.reports.models import (
    Delivery,
    DeliveryState,
    EndReason,
    Subscription,
    Webhook,
)
from benchmarks.harness.guard import Forbidden, check_url
from benchmarks.services.endpoints import outbound

# How long the receiver may still check with the secret before the newest.
ROTATION = timedelta(hours=24)
_SECRET_BYTES = 32
_OF_WEBHOOK = ("name", "url")


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes it: "whsec_" and base64."""
    drawn = base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return f"whsec_{drawn}"


@transaction.atomic
def create_webhook(
    *,
    organization: Organization,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> Webhook:
    """Keep a webhook and the subscription that says which alerts it gets.

    `fields` are `name` and `url` of the webhook, the others of the subscription.
    Raises `ValidationError` keyed by field.
    """
    webhook = Webhook(
        organization=organization,
        secret=new_secret(),
        created_at=at,
        **{name: fields[name] for name in _OF_WEBHOOK},
    )
    _check(webhook)
    _save(webhook)
    Subscription.objects.create(
        organization=organization,
        webhook=webhook,
        weekly_report=False,
        created_at=at,
        confirmed_at=at,
        **_of_subscription(fields),
    )
    record_for(
        author,
        action="webhook.created",
        target=webhook,
        at=at,
        detail={"name": webhook.name, "url": webhook.url},
    )
    return webhook


@transaction.atomic
def revise_webhook(
    *,
    webhook: Webhook,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> Webhook:
    """Change a webhook in use, and return it; no change, no event.

    Raises `ValidationError` keyed by field, `Webhook.DoesNotExist` once disabled.
    """
    held = _held(webhook)
    subscription = Subscription.objects.get(webhook=held, ended_at=None)
    changed: dict[str, Any] = {}
    for row, stated in (
        (held, {name: fields[name] for name in _OF_WEBHOOK}),
        (subscription, _of_subscription(fields)),
    ):
        changed |= _changed(row, stated)
    if not changed:
        return held
    _check(held)
    _save(held)
    subscription.save()
    told = {name: _told(value) for name, value in changed.items()}
    record_for(
        author,
        action="webhook.revised",
        target=held,
        at=at,
        detail={"changed": told},
    )
    return held


@transaction.atomic
def rotate_secret(
    *, webhook: Webhook, at: datetime, author: Author | None = None
) -> Webhook:
    """Draw a new secret; the one before it signs too for another 24 hours.

    Rotating again within them ends the oldest at once. Raises `Webhook.DoesNotExist`
    once disabled.
    """
    held = _held(webhook)
    held.previous_secret, held.secret = held.secret, new_secret()
    held.previous_secret_until = at + ROTATION
    held.save()
    record_for(author, action="webhook.secret_rotated", target=held, at=at)
    return held


@transaction.atomic
def disable_webhook(
    *,
    webhook: Webhook,
    at: datetime,
    author: Author | None = None,
) -> bool:
    """Send nothing there any more; return whether it was in use until now.

    What waits for it is cancelled, what was sent stays in its history.
    """
    stopped = Webhook.objects.filter(pk=webhook.pk, disabled_at=None).update(
        disabled_at=at
    )
    if not stopped:
        return False
    Subscription.objects.filter(webhook=webhook, ended_at=None).update(
        ended_at=at, ended_because=EndReason.REMOVED
    )
    Delivery.objects.filter(
        subscription__webhook=webhook, state=DeliveryState.WAITING
    ).update(state=DeliveryState.CANCELLED, next_attempt_at=None)
    record_for(author, action="webhook.disabled", target=webhook, at=at)
    return True


@transaction.atomic
def enable_webhook(
    *,
    webhook: Webhook,
    at: datetime,
    author: Author | None = None,
) -> Webhook:
    """Send alerts again to a disabled webhook, with its secret and its choice of them.

    What was cancelled stays so. Raises `ValidationError` keyed by `webhook` when it is
    not disabled, by `url` when nothing may go there or another has the address.
    """
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if held.disabled_at is None:
        raise ValidationError({"webhook": "It is enabled already."})
    held.disabled_at = None
    _check(held)
    _save(held)
    last = Subscription.objects.filter(webhook=held).latest("created_at")
    last.ended_at, last.ended_because = None, ""
    last.save()
    record_for(author, action="webhook.enabled", target=held, at=at)
    return held


def _held(webhook: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update().filter(disabled_at=None)
    return rows.get(pk=webhook.pk)


def _of_subscription(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _OF_WEBHOOK}


def _changed(row: Webhook | Subscription, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Set what is stated, and return what thereby changed."""
    changed = {
        name: value for name, value in stated.items() if getattr(row, name) != value
    }
    for name, value in changed.items():
        setattr(row, name, value)
    return changed


def _told(value: Any) -> Any:
    return value if isinstance(value, str | list) else str(value)


def _check(webhook: Webhook) -> None:
    """Raise `ValidationError` keyed by field for an address nothing may go to."""
    if not webhook.url.isascii():
        raise ValidationError(
            {
                "url": "It has letters beyond ASCII: write the host in punycode and"
                " the rest percent-encoded."
            }
        )
    try:
        check_url(webhook.url, outbound())
    except Forbidden as error:
        raise ValidationError({"url": str(error)}) from error
    webhook.clean_fields(exclude=["organization"])


def _save(webhook: Webhook) -> None:
    """Write the row; an address is in use once, also when two ask at a time."""
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError as error:
        raise ValidationError(
            {"url": "Another webhook in use has this address: edit that one."}
        ) from error
