"""Events of callers, and of admin pages whose services do not audit themselves."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin import AdminSite
from django.contrib.messages.storage.base import BaseStorage
from django.test import RequestFactory

from accounts import audit
from accounts.audited_admin import AuditedModelAdmin
from accounts.callers import Caller
from accounts.models import AuditEvent, Membership, User
from tests.factories.accounts import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def test_an_event_names_the_key_that_acted():
    key = ApiKeyFactory()
    caller = Caller(
        organization=key.organization, scopes=frozenset(key.scopes), api_key=key
    )

    event = audit.record_by(
        caller, action="thing.done", target=key, at=MAY, detail={"n": 1}
    )

    event.refresh_from_db()
    assert (event.organization, event.api_key) == (key.organization, key)
    assert event.user is None
    assert event.detail == {"n": 1}
    assert str(event) == f"thing.done accounts.apikey {key.pk}"


def test_an_event_names_the_member_that_acted():
    member = MembershipFactory()
    caller = Caller(
        organization=member.organization, scopes=frozenset(), user=member.user
    )

    event = audit.record_by(caller, action="thing.done", target=member, at=MAY)

    assert (event.user, event.api_key) == (member.user, None)


class PromotingAdmin(AuditedModelAdmin):
    """Has an action that takes its rows out of the list that was chosen from."""

    actions = ["promote", "fail_midway"]

    def promote(self, request, queryset):
        queryset.update(role="admin")

    def fail_midway(self, request, queryset):
        queryset.update(role="admin")
        raise RuntimeError("halfway")


@pytest.fixture
def promoting():
    return PromotingAdmin(Membership, AdminSite())


def chosen(action, *members):
    entered = {"action": action, "_selected_action": [each.pk for each in members]}
    request = RequestFactory().post("/", entered)
    request.user = UserFactory(is_superuser=True, is_staff=True)
    request._messages = BaseStorage(request)
    return request


def test_an_action_is_audited_for_each_row(promoting):
    first, second = MembershipFactory(role="viewer"), MembershipFactory(role="viewer")
    MembershipFactory(role="viewer")
    request = chosen("promote", first, second)

    promoting.response_action(request, Membership.objects.filter(role="viewer"))

    events = AuditEvent.objects.values_list("action", "target_id", "user")
    assert set(events) == {
        ("membership.promote", str(first.pk), request.user.pk),
        ("membership.promote", str(second.pk), request.user.pk),
    }


def test_an_action_that_fails_changes_nothing(promoting):
    member = MembershipFactory(role="viewer")
    request = chosen("fail_midway", member)

    with pytest.raises(RuntimeError, match="halfway"):
        promoting.response_action(request, Membership.objects.all())

    member.refresh_from_db()
    assert member.role == "viewer"
    assert not AuditEvent.objects.exists()


def test_rows_of_no_organization_are_audited_for_the_service():
    page = AuditedModelAdmin(User, AdminSite())
    request = chosen("none")
    alice = UserFactory()

    page.log_change(request, alice, "looked after")

    event = AuditEvent.objects.get()
    assert event.action == "user.changed"
    assert event.organization is None
