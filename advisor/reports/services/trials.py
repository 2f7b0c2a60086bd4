"""An event sent to a webhook at once, so that its receiver can be tried."""

from datetime import datetime
from uuid import uuid4

from accounts.audit import Author, record_for
from advisor.reports.alert_events import trial_event
from advisor.reports.channels.outcome import Outcome
from advisor.reports.channels.webhook import send_event
from advisor.reports.models import Webhook


def send_trial(
    *, webhook: Webhook, at: datetime, author: Author | None = None
) -> Outcome:
    """Send an event that tells nothing, once, and say what came of it.

    A 410 does not disable the webhook here: somebody is looking.
    """
    record_for(author, action="webhook.tried", target=webhook, at=at)
    return send_event(
        webhook, message_id=f"msg_{uuid4().hex}", body=trial_event(at), at=at
    )
