"""Asks the owners of addresses whether they want what others asked for.

At most once for each time an address is subscribed: claimed before it is sent, given
back only where nothing can have left.
"""

from datetime import datetime
from uuid import UUID

from advisor.reports.channels.email import Mailer
from advisor.reports.channels.letters import confirmation_letter
from advisor.reports.channels.outcome import Postponed, Refused
from advisor.reports.models import EndReason, Subscription
from advisor.reports.services.subscriptions import end_subscription


def ask_to_confirm(subscription_id: UUID, *, at: datetime) -> bool:
    """Send the question, if it is to be asked; return whether it left."""
    open_ = Subscription.objects.filter(
        pk=subscription_id, confirmed_at=None, ended_at=None
    )
    if not open_.filter(asked_at=None).update(asked_at=at):
        return False
    subscription = open_.select_related("organization").get()
    with Mailer() as mailer:
        outcome = mailer.send(confirmation_letter(subscription), hand_over=lambda: None)
    match outcome:
        case Postponed():
            open_.filter(asked_at=at).update(asked_at=None)
            return False
        case Refused(gone=True):
            end_subscription(subscription, because=EndReason.BOUNCED, at=at)
            return False
    return True
