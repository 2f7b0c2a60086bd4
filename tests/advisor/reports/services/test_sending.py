"""Deliveries to a real mail server: taken, refused, hung up on, and never lost."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEvent
from advisor.reports.models import Delivery, Subscription
from advisor.reports.services import claims
from advisor.reports.services.sending import recover_lost, send_batch
from advisor.reports.services.settling import MOST_ATTEMPTS, wait_before
from tests.factories.accounts import MembershipFactory
from tests.factories.reports import (
    DeliveryFactory,
    ReportEditionFactory,
    SubscriptionFactory,
    WeeklyReportFactory,
)

NOW = datetime(2026, 1, 12, 8, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def report():
    return ReportEditionFactory().report


def to(report, email="reader@example.com", **fields):
    reader = SubscriptionFactory(organization=report.organization, email=email)
    return DeliveryFactory(report=report, subscription=reader, **fields)


def send(*deliveries, at=NOW):
    send_batch([each.pk for each in deliveries], clock=lambda: at, begin_within=MINUTE)
    for each in deliveries:
        each.refresh_from_db()


def test_a_mail_that_the_server_takes_is_sent(box, report):
    delivery = to(report)

    send(delivery)

    assert (delivery.state, delivery.sent_at) == ("sent", NOW)
    assert (delivery.attempts, delivery.handed_over_at) == (1, NOW)
    ((recipient, mail),) = box.mails
    assert recipient == "reader@example.com"
    assert mail["Message-ID"] == f"<{delivery.message_id}>"


def test_what_is_sent_is_not_sent_again(box, report):
    delivery = to(report)

    send(delivery)
    send(delivery, at=NOW + MINUTE)

    assert len(box.mails) == 1


def test_a_batch_goes_by_one_connection(box, report):
    send(*[to(report, f"reader{n}@example.com") for n in range(5)])

    assert (len(box.mails), box.connections) == (5, 1)


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 No such user",
        "550 Unknown",
        "552 5.2.1 Disabled",
        "data 554 5.1.1 No",
    ],
)
def test_a_hard_bounce_ends_the_subscription(box, report, reply):
    box.temper = {"gone@example.com": reply}
    delivery, other = to(report, "gone@example.com"), to(report, "here@example.com")

    send(delivery, other)

    assert (delivery.state, other.state) == ("dead", "sent")
    subscription = delivery.subscription
    subscription.refresh_from_db()
    assert (subscription.ended_because, subscription.ended_at) == ("bounced", NOW)
    assert reply.removeprefix("data ") in delivery.last_error
    assert AuditEvent.objects.get().detail == {"because": "bounced"}


@pytest.mark.parametrize(
    "reply",
    ["550 5.7.1 Relaying denied", "data 554 5.7.1 Looks like spam", "data 554 No"],
)
def test_a_refusal_of_the_mail_alone_ends_no_subscription(box, report, reply):
    box.temper = {"*": reply}
    delivery = to(report)

    send(delivery)

    assert delivery.state == "dead"
    assert Subscription.objects.get(ended_at=None) == delivery.subscription


@pytest.mark.parametrize("reply", ["451 4.7.1 Greylisted", "data 452 4.3.1 Disk full"])
def test_a_refusal_for_now_waits(box, report, reply):
    box.temper = {"later@example.com": reply}
    delivery, other = to(report, "later@example.com"), to(report)

    send(delivery, other)

    assert (delivery.state, other.state) == ("waiting", "sent")
    # a minute after the first attempt, a quarter more or less
    assert timedelta(seconds=45) <= delivery.next_attempt_at - NOW
    assert delivery.next_attempt_at - NOW <= timedelta(seconds=75)
    assert delivery.last_status in (451, 452)
    assert delivery.unanswered == 0


def test_what_waits_is_sent_when_its_moment_comes(box, report):
    box.temper = {"*": "451 4.7.1 Greylisted"}
    delivery = to(report)
    send(delivery)
    box.temper = {}

    send(delivery, at=NOW)
    too_early = delivery.state
    send(delivery, at=NOW + 2 * MINUTE)

    assert (too_early, delivery.state, delivery.attempts) == ("waiting", "sent", 2)
    assert delivery.last_error == ""


def test_after_the_last_attempt_it_is_dead_and_the_subscription_stays(box, report):
    box.temper = {"*": "451 4.3.0 Not today"}
    delivery = to(report, attempts=MOST_ATTEMPTS - 1)

    send(delivery)

    assert (delivery.state, delivery.attempts) == ("dead", MOST_ATTEMPTS)
    assert "451 4.3.0 Not today" in delivery.last_error
    assert Subscription.objects.get().ended_at is None


def test_waits_double_up_to_six_hours():
    waits = [wait_before(attempt) for attempt in range(1, MOST_ATTEMPTS)]

    # 1, 2, 4 … 256 minutes, then 360: 511 + 4 * 360 minutes = 32.5 hours, ± 25 %
    for wait, minutes in zip(waits, [2**n for n in range(9)] + [360] * 4, strict=True):
        assert 0.75 * minutes * MINUTE <= wait <= 1.25 * minutes * MINUTE


@pytest.mark.parametrize("temper", ["hang", "die early"])
def test_a_server_that_fails_before_the_content_got_nothing(box, report, temper):
    box.temper = {"*": temper}
    delivery = to(report)

    send(delivery)

    assert (delivery.state, delivery.unanswered) == ("waiting", 0)
    assert delivery.handed_over_at is None
    assert not box.seen


def test_no_server_at_all_makes_all_wait(settings, box, report):
    settings.EMAIL_PORT = 1
    deliveries = [to(report, f"reader{n}@example.com") for n in range(4)]

    send(*deliveries)

    assert {each.state for each in deliveries} == {"waiting"}
    # After two failures the rest is left alone, so they lose no attempt.
    assert [each.attempts for each in deliveries] == [1, 1, 0, 0]


@pytest.mark.parametrize("temper", ["die late", "hang late"])
def test_an_answer_that_never_comes_leads_to_one_repeat_and_no_more(
    box, report, temper
):
    box.temper = {"*": temper}
    delivery = to(report)

    send(delivery)
    first = (delivery.state, delivery.unanswered)
    send(delivery, at=NOW + 2 * MINUTE)
    send(delivery, at=NOW + timedelta(days=1))

    assert first == ("waiting", 1)
    assert (delivery.state, delivery.attempts) == ("dead", 2)
    assert "Handed over twice without an answer" in delivery.last_error
    assert box.seen == {f"<{delivery.message_id}>": 2}
    assert Subscription.objects.get().ended_at is None


def test_a_repeat_bears_the_same_message_id(box, report):
    box.temper = {"*": "die late"}
    delivery = to(report)
    send(delivery)
    box.temper = {}

    send(delivery, at=NOW + 2 * MINUTE)

    assert delivery.state == "sent"
    assert box.seen == {f"<{delivery.message_id}>": 2}


def test_two_workers_do_not_send_the_same(box, report):
    delivery = to(report)
    theirs = claims.claim(delivery.pk, at=NOW)

    send(delivery)

    assert theirs is not None
    assert not box.mails
    assert delivery.state == "sending"


def test_a_worker_that_died_before_the_hand_over_sent_nothing(box, report):
    delivery = to(report)
    claims.claim(delivery.pk, at=NOW)
    late = NOW + claims.lease() + MINUTE

    recover_lost(at=NOW + MINUTE / 2)
    delivery.refresh_from_db()
    still_held = delivery.state
    recover_lost(at=late)
    send(delivery, at=late)

    assert still_held == "sending"
    assert (delivery.state, delivery.unanswered, delivery.attempts) == ("sent", 0, 2)


def test_a_worker_that_died_after_the_hand_over_is_repeated_once(box, report):
    delivery = to(report)
    moment = NOW
    states = []
    for _ in range(2):
        claimed = claims.claim(delivery.pk, at=moment)
        claims.hand_over(claimed, at=moment)
        moment += claims.lease() + MINUTE
        recover_lost(at=moment)
        delivery.refresh_from_db()
        states.append((delivery.state, delivery.unanswered))
        moment += 3 * MINUTE

    assert states == [("waiting", 1), ("dead", 2)]
    assert "The worker that was sending it ended" in delivery.last_error


def test_a_worker_that_comes_too_late_hands_nothing_over(report):
    delivery = to(report)
    slow = claims.claim(delivery.pk, at=NOW)

    with pytest.raises(claims.LeaseLost):
        claims.hand_over(slow, at=NOW + claims.lease())


def test_a_worker_whose_delivery_was_taken_back_changes_nothing(box, report):
    delivery = to(report)
    slow = claims.claim(delivery.pk, at=NOW)
    late = NOW + claims.lease() + MINUTE
    recover_lost(at=late)
    other = claims.claim(delivery.pk, at=late)

    with pytest.raises(claims.LeaseLost):
        claims.hand_over(slow, at=NOW + MINUTE / 2)
    assert claims.ours(other).exists()
    assert not claims.ours(slow).exists()


def test_a_member_who_left_gets_no_more_mail(box, report):
    membership = MembershipFactory(organization=report.organization)
    delivery = to(report, membership.user.email)
    other = to(report, "other@example.com")
    Subscription.objects.filter(pk=delivery.subscription_id).update(
        user=membership.user, of_member=True
    )
    membership.delete()

    send(delivery, other)

    assert (delivery.state, other.state) == ("cancelled", "sent")
    subscription = Subscription.objects.get(pk=delivery.subscription_id)
    assert subscription.ended_because == "removed"


@pytest.mark.parametrize(("is_staff", "signed_in"), [(False, True), (True, False)])
def test_links_sign_members_in_but_nobody_who_may_use_the_admin(
    box, report, is_staff, signed_in
):
    membership = MembershipFactory(
        organization=report.organization, user__is_staff=is_staff
    )
    delivery = to(report, membership.user.email)
    Subscription.objects.filter(pk=delivery.subscription_id).update(
        user=membership.user, of_member=True
    )

    send(delivery)

    ((_, mail),) = box.mails
    text = mail.get_body(("plain",)).get_content()
    assert ("/sign-in/link/" in text) is signed_in
    assert "http://localhost:8000/" in text


def test_an_address_the_member_no_longer_has_gets_no_link_that_signs_in(box, report):
    membership = MembershipFactory(organization=report.organization)
    delivery = to(report, "old@example.com")
    Subscription.objects.filter(pk=delivery.subscription_id).update(
        user=membership.user, of_member=True
    )

    send(delivery)

    ((_, mail),) = box.mails
    assert "/sign-in/link/" not in mail.get_body(("plain",)).get_content()


def test_a_person_who_was_deleted_gets_no_more_mail(box, report):
    membership = MembershipFactory(organization=report.organization)
    delivery = to(report, membership.user.email)
    Subscription.objects.filter(pk=delivery.subscription_id).update(
        user=membership.user, of_member=True
    )
    membership.user.delete()

    send(delivery)

    assert delivery.state == "cancelled"
    assert not box.mails


def test_what_was_ended_meanwhile_is_not_sent(box, report):
    delivery = to(report)
    Subscription.objects.update(ended_at=NOW, ended_because="unsubscribed")

    send(delivery)

    assert (delivery.state, box.mails) == ("cancelled", [])


def test_a_report_that_cannot_be_written_holds_up_no_other(box, report):
    unwritable = to(WeeklyReportFactory(content={}), "first@example.com")
    other = to(report)

    send(unwritable, other)

    assert (unwritable.state, other.state) == ("waiting", "sent")
    assert unwritable.last_error == ("The mail could not be written: the log says why.")


def test_nothing_is_begun_when_the_time_of_the_task_is_over(box, report):
    delivery = to(report)

    send_batch([delivery.pk], clock=lambda: NOW, begin_within=timedelta())

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)


def test_the_lease_outlasts_the_task():
    from advisor.reports.tasks import send_deliveries

    assert timedelta(seconds=send_deliveries.time_limit) < claims.lease()
    assert send_deliveries.soft_time_limit < send_deliveries.time_limit


def test_every_delivery_ends_in_one_place(box, report):
    box.temper = {"a@example.com": "550 No", "b@example.com": "451 Later"}
    send(*[to(report, f"{name}@example.com") for name in "abc"])

    states = Delivery.objects.values_list("subscription__email", "state")

    assert dict(states) == {
        "a@example.com": "dead",
        "b@example.com": "waiting",
        "c@example.com": "sent",
    }
