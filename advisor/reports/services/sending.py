"""Sends what is due: claims each delivery, hands it over, writes down the outcome."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.core.mail import EmailMessage

from accounts.addresses import same_address
from accounts.sign_in_links import token_for
from advisor.reports import selectors
from advisor.reports.channels import webhook
from advisor.reports.channels.email import Mailer
from advisor.reports.channels.letters import alert_letter, report_letter
from advisor.reports.channels.outcome import Outcome, Postponed
from advisor.reports.links import page_url
from advisor.reports.models import Delivery, EndReason
from advisor.reports.services import claims, settling
from advisor.reports.services.subscriptions import end_subscription
from advisor.reports.services.weekly import edition_of

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# A server that fails twice in a row is left alone: the rest is still due afterwards.
_MOST_FAILURES = 2


def send_batch(
    delivery_ids: Iterable[UUID], *, clock: Clock, begin_within: timedelta
) -> None:
    """Send deliveries one after the other, as far as they are due and unclaimed.

    None is begun later than `begin_within` from now, so that each has time to end
    within the task; what is left is found by the next tick. Safe to call twice.
    """
    stop_at = clock() + begin_within
    with Mailer() as mailer:
        for delivery_id in delivery_ids:
            now = clock()
            if now >= stop_at or mailer.failures >= _MOST_FAILURES:
                break
            delivery = claims.claim(delivery_id, at=now)
            if delivery is not None:
                _send_claimed(delivery, mailer, clock)


def recover_lost(*, at: datetime) -> None:
    """Take back what workers held that are gone; each once, whoever else does it."""
    for delivery in selectors.lost_deliveries(at):
        settling.settle_lost(delivery, at=at)


def _send_claimed(delivery: Delivery, mailer: Mailer, clock: Clock) -> None:
    if not _wanted(delivery, at=clock()):
        settling.cancel(delivery)
        return
    try:
        outcome = _attempt(delivery, mailer, clock)
    except claims.LeaseLost:
        logger.warning("The claim of delivery %s ran out.", delivery.pk)
        return
    settling.settle(delivery, outcome, at=clock())


def _attempt(delivery: Delivery, mailer: Mailer, clock: Clock) -> Outcome:
    if delivery.subscription.webhook_id is not None:
        now = clock()
        claims.hand_over(delivery, at=now)
        return webhook.send(delivery, at=now)
    try:
        letter = _letter(delivery, at=clock())
    except Exception:
        # One that cannot be written must not keep the others from being sent.
        logger.exception("Delivery %s cannot be written.", delivery.pk)
        return Postponed(error="The mail could not be written: the log says why.")
    return mailer.send(letter, hand_over=lambda: claims.hand_over(delivery, at=clock()))


def _wanted(delivery: Delivery, *, at: datetime) -> bool:
    """Return whether its reader is still there; one who left is told no more."""
    subscription = delivery.subscription
    if selectors.has_lapsed(subscription):
        end_subscription(subscription, because=EndReason.REMOVED, at=at)
        return False
    return subscription.ended_at is None and subscription.confirmed_at is not None


def _letter(delivery: Delivery, *, at: datetime) -> EmailMessage:
    """Return the mail as its reader gets it; members are signed in by its links.

    Not those who may use the admin: a mail is forwarded, and theirs is too much to give
    away. Nor those who have another address by now: the mail may reach somebody else.
    """
    reader = delivery.subscription
    person = reader.user
    token = None
    if person and not person.is_staff and same_address(person.email, reader.email):
        token = token_for(person, at=at)
    linked = partial(page_url, sign_in_token=token)
    if delivery.report is None:
        return alert_letter(delivery, page_url=linked)
    edition = edition_of(delivery.report, reader.locale)
    return report_letter(delivery, edition, page_url=linked)
