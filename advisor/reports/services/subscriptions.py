"""Writes of subscriptions: who is told what from now on, and who no more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.addresses import same_address
from accounts.audit import Author, record_for
from accounts.models import AuditEvent, Membership, Organization, User
from advisor.reports.models import (
    Delivery,
    DeliveryState,
    EndReason,
    Subscription,
)

_TAKEN = "This address has a subscription already: edit that one."
_CREATED = "subscription.created"
# Questions that an organization may have an address asked in any such time.
MOST_QUESTIONS = 3
QUESTIONS_WITHIN = timedelta(hours=24)


class AskedTooOften(Exception):
    """An address was asked to confirm so often that it is left in peace for a while."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"This address was asked to confirm {MOST_QUESTIONS} times in 24 hours:"
            f" subscribe it again after {until:%Y-%m-%d %H:%M} UTC, or let its owner"
            " answer one of those mails."
        )
        self.until = until


@transaction.atomic
def subscribe(
    *,
    organization: Organization,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author,
) -> Subscription:
    """Subscribe an address; one that was subscribed before gets its row back.

    A member's address needs no confirmation, unless its owner unsubscribed and somebody
    else asks: then, as for everybody else, nothing is sent until its owner confirms.
    Raises `ValidationError` keyed by `email` where it is subscribed, and
    `AskedTooOften` where its owner was asked three times within a day.
    """
    email = fields["email"]
    row = _former(organization, email) or Subscription(
        organization=organization, token_version=0
    )
    member = _member(organization, email)
    for name, value in fields.items():
        setattr(row, name, value)
    needless = member is not None and (
        author.user == member or row.ended_because != EndReason.UNSUBSCRIBED
    )
    if not needless:
        _leave_in_peace(row, at)
    row.user, row.of_member = member, member is not None
    row.created_at, row.asked_at = at, None
    row.confirmed_at = at if needless else None
    row.ended_at, row.ended_because = None, ""
    row.token_version += 1
    _save(row)
    detail = {"asked": not needless}
    record_for(author, action=_CREATED, target=row, at=at, detail=detail)
    return row


@transaction.atomic
def revise_subscription(
    *,
    subscription: Subscription,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author,
) -> Subscription:
    """Change what is sent and how; no change, no event. The address stays.

    Raises `ValidationError` keyed by field.
    """
    held = Subscription.objects.select_for_update().get(pk=subscription.pk)
    changed = {
        name: value for name, value in fields.items() if getattr(held, name) != value
    }
    if not changed:
        return held
    if "email" in changed:
        raise ValidationError(
            {"email": "It stays: end this subscription and subscribe the other one."}
        )
    for name, value in changed.items():
        setattr(held, name, value)
    held.save()
    told = {name: str(value) for name, value in changed.items()}
    record_for(
        author,
        action="subscription.revised",
        target=held,
        at=at,
        detail={"changed": told},
    )
    return held


@transaction.atomic
def end_subscription(
    subscription: Subscription,
    *,
    because: EndReason,
    at: datetime,
    author: Author | None = None,
) -> bool:
    """Send nothing there any more; return whether anything was until now.

    What waits for it is cancelled. A webhook that is gone is disabled with it.
    """
    ended = Subscription.objects.filter(pk=subscription.pk, ended_at=None).update(
        ended_at=at, ended_because=because
    )
    if not ended:
        return False
    Delivery.objects.filter(
        subscription=subscription, state=DeliveryState.WAITING
    ).update(state=DeliveryState.CANCELLED, next_attempt_at=None)
    webhook = subscription.webhook
    if webhook is not None:
        type(webhook).objects.filter(pk=webhook.pk, disabled_at=None).update(
            disabled_at=at
        )
    record_for(
        author,
        action="subscription.ended",
        target=subscription,
        at=at,
        detail={"because": because.value},
    )
    return True


@transaction.atomic
def confirm(subscription: Subscription, *, at: datetime) -> bool:
    """Note that the owner of an address wants it; return whether it was open."""
    confirmed = Subscription.objects.filter(
        pk=subscription.pk,
        token_version=subscription.token_version,
        confirmed_at=None,
        ended_at=None,
    ).update(confirmed_at=at)
    if confirmed:
        record_for(None, action="subscription.confirmed", target=subscription, at=at)
    return bool(confirmed)


def _leave_in_peace(row: Subscription, at: datetime) -> None:
    """Raise AskedTooOften where the address, whose row is held, had its questions."""
    asked = AuditEvent.objects.filter(
        target_type=row._meta.label_lower,
        target_id=str(row.pk),
        action=_CREATED,
        at__gt=at - QUESTIONS_WITHIN,
        detail__asked=True,
    ).order_by("-at")[:MOST_QUESTIONS]
    moments = list(asked.values_list("at", flat=True))
    if len(moments) == MOST_QUESTIONS:
        raise AskedTooOften(moments[-1] + QUESTIONS_WITHIN)


def _former(organization: Organization, email: str) -> Subscription | None:
    """Return the address's ended subscription, if there is one, held."""
    rows = Subscription.objects.select_for_update().filter(
        organization=organization, email__iexact=email, ended_at__isnull=False
    )
    for row in rows.order_by("-ended_at"):
        if same_address(row.email, email):
            return row
    return None


def _member(organization: Organization, email: str) -> User | None:
    found = Membership.objects.filter(
        organization=organization,
        user__email__iexact=email,
        user__is_active=True,
    )
    for membership in found.select_related("user"):
        if same_address(membership.user.email, email):
            return membership.user
    return None


def _save(row: Subscription) -> None:
    """Write the row; an address is in use once, also when two ask at a time."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError({"email": ValidationError(_TAKEN, "taken")}) from error


def note_old_link(subscription: Subscription, *, at: datetime) -> None:
    """Record that a link of before the address was subscribed again was used."""
    record_for(None, action="subscription.old_link", target=subscription, at=at)
