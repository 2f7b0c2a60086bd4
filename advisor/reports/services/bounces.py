"""What is done when a mail comes back after it was taken."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.addresses import same_address
from advisor.reports.models import Delivery, EndReason, Subscription
from advisor.reports.services.subscriptions import end_subscription

_SAID = {
    EndReason.BOUNCED: "The provider told later that the address takes no mail.",
    EndReason.UNSUBSCRIBED: "The reader told the provider to send no more.",
}


@transaction.atomic
def note_undelivered(
    *, delivery_id: str | None, address: str, because: EndReason, at: datetime
) -> int:
    """End what a notice is about and return how many subscriptions that were.

    A notice that names no delivery of ours is about all subscriptions of the address.
    """
    delivery = _delivery(delivery_id)
    if delivery is None:
        rows = Subscription.objects.filter(email__iexact=address, ended_at=None)
        found = [row for row in rows if row.email and same_address(row.email, address)]
    else:
        Delivery.objects.filter(pk=delivery.pk).update(last_error=_SAID[because])
        found = [delivery.subscription]
    return sum(end_subscription(each, because=because, at=at) for each in found)


def _delivery(delivery_id: str | None) -> Delivery | None:
    try:
        pk = UUID(str(delivery_id))
    except ValueError:
        return None
    return Delivery.objects.select_related("subscription").filter(pk=pk).first()
