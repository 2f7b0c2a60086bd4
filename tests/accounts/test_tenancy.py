"""One organization sees nothing of another."""

from types import SimpleNamespace

import pytest

from accounts.models import ApiKey, AuditEvent, Membership
from accounts.tenancy import PublicOrOwnQuerySet, scoped
from tests.factories.accounts import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
)

pytestmark = pytest.mark.django_db


def request_of(organization):
    return SimpleNamespace(auth=SimpleNamespace(organization=organization))


def test_rows_of_others_are_not_found():
    ours, theirs = MembershipFactory(), MembershipFactory()
    MembershipFactory(organization=theirs.organization)

    seen = scoped(Membership, request_of(ours.organization))

    assert list(seen) == [ours]


def test_a_narrowed_query_stays_narrow():
    key = ApiKeyFactory(name="ci")
    ApiKeyFactory(name="other", organization=key.organization)
    ApiKeyFactory(name="ci")

    seen = scoped(ApiKey.objects.filter(name="ci"), request_of(key.organization))

    assert list(seen) == [key]


def test_events_of_the_service_are_nobodys():
    organization = OrganizationFactory()
    AuditEvent.objects.create(at=organization.created_at, action="service.done")

    assert not scoped(AuditEvent, request_of(organization)).exists()


def test_public_rows_are_seen_by_all():
    ours, theirs = OrganizationFactory(), OrganizationFactory()
    at = ours.created_at
    public = AuditEvent.objects.create(at=at, action="public")
    own = AuditEvent.objects.create(at=at, action="own", organization=ours)
    AuditEvent.objects.create(at=at, action="theirs", organization=theirs)

    # No model of this app has public rows; any table with nulls shows the rule.
    seen = PublicOrOwnQuerySet(AuditEvent).visible_to(ours)

    assert set(seen) == {public, own}
