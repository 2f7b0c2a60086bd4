"""What a mail provider tells later of mails that it took, by django-anymail's signal.

The only signal in this house: it is how anymail hands notices on.
"""

from typing import Any

from anymail.signals import EventType, RejectReason, tracking
from django.utils import timezone

from advisor.reports.models import EndReason
from advisor.reports.services.bounces import note_undelivered

# Reasons that are about the address; others are about the mail, or about us.
_NO_SUCH_READER = {RejectReason.BOUNCED, RejectReason.INVALID}
_UNWANTED = {EventType.COMPLAINED, EventType.UNSUBSCRIBED}


def listen() -> None:
    """Take notices from now on; the service calls it once where a provider is set."""
    tracking.connect(heed, dispatch_uid="advisor.reports.bounces")


def heed(sender: Any, event: Any, **rest: Any) -> None:
    """End the subscription that a notice is about, by the rule for bounces."""
    because = _because(event)
    if because is None:
        return
    note_undelivered(
        delivery_id=(event.metadata or {}).get("delivery"),
        address=event.recipient or "",
        because=because,
        at=timezone.now(),
    )


def _because(event: Any) -> EndReason | None:
    if event.event_type in _UNWANTED:
        return EndReason.UNSUBSCRIBED
    refused = event.event_type in (EventType.BOUNCED, EventType.REJECTED)
    if refused and event.reject_reason in _NO_SUCH_READER:
        return EndReason.BOUNCED
    return None
