"""What the tables themselves refuse."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from accounts import audit
from accounts.models import AuditEvent, IdempotencyRecord, User
from accounts.tenancy import TenantOrPublic, TenantOwned
from tests.factories.accounts import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def test_an_address_names_one_person():
    UserFactory(email="alice@example.com")

    with pytest.raises(IntegrityError, match="email"):
        UserFactory(email="alice@example.com")


def test_a_slug_names_one_organization():
    OrganizationFactory(slug="acme")

    with pytest.raises(IntegrityError, match="slug"):
        OrganizationFactory(slug="acme")


def test_a_person_is_a_member_once():
    membership = MembershipFactory()

    with pytest.raises(IntegrityError, match="membership_once"):
        MembershipFactory(user=membership.user, organization=membership.organization)


def test_a_role_is_known():
    with pytest.raises(IntegrityError, match="membership_role_known"):
        MembershipFactory(role="owner")


@pytest.mark.parametrize("scopes", [[], ["read", "root"]])
def test_a_key_has_known_scopes(scopes):
    with pytest.raises(IntegrityError, match="api_key_scopes_known"):
        ApiKeyFactory(scopes=scopes)


@pytest.mark.parametrize("stored", ["", "secret", "A" * 64, "a" * 63])
def test_a_secret_is_kept_as_a_hash_only(stored):
    with pytest.raises(IntegrityError, match="api_key_secret_hashed"):
        ApiKeyFactory(secret_sha256=stored)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=-1)])
def test_a_key_expires_after_its_creation(later):
    with pytest.raises(IntegrityError, match="api_key_expires_after_creation"):
        ApiKeyFactory(created_at=MAY, expires_at=MAY + later)


def test_an_id_names_one_key():
    ApiKeyFactory(key_id="0" * 16)

    with pytest.raises(IntegrityError, match="key_id"):
        ApiKeyFactory(key_id="0" * 16)


def test_an_idempotency_key_is_kept_once():
    asked = {
        "organization": OrganizationFactory(),
        "key": "k",
        "method": "POST",
        "path": "/api/v1/workloads/",
        "body_sha256": "0" * 64,
        "held_until": MAY,
        "received_at": MAY,
    }
    IdempotencyRecord.objects.create(**asked)

    with pytest.raises(IntegrityError, match="idempotency_key_once"):
        IdempotencyRecord.objects.create(**asked)


@pytest.fixture
def event():
    organization = OrganizationFactory()
    return audit.record(
        action="thing.done", target=organization, organization=organization, at=MAY
    )


def test_an_audit_event_cannot_be_changed(event):
    events = AuditEvent.objects.filter(pk=event.pk)

    with pytest.raises(IntegrityError, match="add-only"), transaction.atomic():
        events.update(action="nothing")

    assert events.get().action == "thing.done"


def test_an_audit_event_cannot_be_deleted(event):
    with pytest.raises(IntegrityError, match="add-only"), transaction.atomic():
        event.delete()

    assert AuditEvent.objects.filter(pk=event.pk).exists()


def test_a_purge_may_delete_audit_events(event):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL rightsize.allow_purge = 'on'")
        event.delete()
        cursor.execute("SET LOCAL rightsize.allow_purge = 'off'")

    assert not AuditEvent.objects.exists()


def test_an_organization_with_a_history_is_not_deleted(event):
    with pytest.raises(ProtectedError):
        event.organization.delete()


def test_every_row_of_a_tenant_is_scoped_at_one_point():
    unscoped = [
        model._meta.label
        for model in apps.get_models()
        if belongs_to_an_organization(model)
        and not issubclass(model, TenantOwned | TenantOrPublic)
    ]

    assert unscoped == []


def belongs_to_an_organization(model):
    try:
        model._meta.get_field("organization")
    except FieldDoesNotExist:
        return False
    return True


def test_every_scoped_model_can_be_read_by_tenant():
    """A manager of a model's own must keep `visible_to`."""
    scoped = [
        model
        for model in apps.get_models()
        if issubclass(model, TenantOwned | TenantOrPublic)
    ]

    without = [m for m in scoped if not hasattr(m._default_manager.all(), "visible_to")]

    assert scoped
    assert without == []


def test_a_person_is_created_by_address():
    person = User.objects.create_user("Alice@EXAMPLE.com", "pass", first_name="Alice")

    assert str(person) == "Alice@example.com"
    assert person.check_password("pass")
    assert not person.is_staff


def test_a_person_without_a_password_cannot_use_one():
    person = User.objects.create_user("alice@example.com")

    assert not person.has_usable_password()


def test_an_admin_of_the_service_may_do_all():
    person = User.objects.create_superuser("root@example.com", "pass")

    assert person.is_staff
    assert person.is_superuser


def test_rows_name_themselves_without_secrets():
    key = ApiKeyFactory(name="ci", key_id="0" * 16)
    membership = MembershipFactory(organization__slug="acme", role="viewer")

    assert str(key) == "ci (rs_live_0000000000000000_…)"
    assert "viewer" in str(membership)
    assert str(membership.organization) == "acme"
