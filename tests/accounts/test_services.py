"""Organizations and keys, and the events that their changes leave."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts import services
from accounts.keys import KeyText, draw_key, parse_key
from accounts.models import (
    ApiKey,
    AuditEvent,
    IdempotencyRecord,
    Membership,
    Organization,
)
from tests.factories.accounts import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def new_key(organization, **changed):
    fields = {"name": "ci", "scopes": ["read"], "created_by": None, "at": MAY}
    return services.create_api_key(organization=organization, **{**fields, **changed})


def test_a_new_organization_has_an_admin():
    alice = UserFactory()

    organization = services.create_organization(
        name="Acme", slug="acme", admin=alice, at=MAY
    )

    membership = Membership.objects.get()
    assert (membership.user, membership.role) == (alice, "admin")
    assert organization.created_at == MAY
    event = AuditEvent.objects.get()
    assert (event.action, event.user, event.at) == ("organization.created", alice, MAY)
    assert event.organization == organization
    assert event.target_id == str(organization.pk)


@pytest.mark.parametrize("slug", ["acme", "Not a slug", ""])
def test_a_wrong_slug_leaves_nothing_behind(slug):
    OrganizationFactory(slug="acme")

    with pytest.raises(ValidationError, match="slug"):
        services.create_organization(
            name="Acme", slug=slug, admin=UserFactory(), at=MAY
        )

    assert Organization.objects.count() == 1
    assert not AuditEvent.objects.exists()


def test_the_text_of_a_key_is_not_kept():
    organization = OrganizationFactory()

    key, text = new_key(organization)

    stored = ApiKey.objects.values().get()
    secret = text.rpartition("_")[2]
    assert text == f"rs_live_{key.key_id}_{secret}"
    assert stored["secret_sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(stored)
    assert secret not in str(AuditEvent.objects.values())


def test_a_new_key_is_audited():
    membership = MembershipFactory(role="buyer")

    key, _ = new_key(
        membership.organization,
        created_by=membership.user,
        scopes=["write", "read", "write"],
    )

    event = AuditEvent.objects.get()
    assert (event.action, event.user) == ("api_key.created", membership.user)
    assert event.organization == membership.organization
    assert (event.target_type, event.target_id) == ("accounts.apikey", str(key.pk))
    assert event.detail == {"name": "ci", "scopes": ["read", "write"]}


@pytest.mark.parametrize(
    ("role", "held"),
    [
        ("viewer", {"read"}),
        ("buyer", {"read", "write"}),
        ("admin", {"read", "write", "admin"}),
    ],
)
@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_a_key_gets_at_most_its_creators_scopes(role, held, scope):
    membership = MembershipFactory(role=role)

    def create():
        return new_key(
            membership.organization, created_by=membership.user, scopes=[scope]
        )

    if scope in held:
        assert create()[0].scopes == [scope]
    else:
        with pytest.raises(ValidationError, match="Beyond the creator's own role"):
            create()
        assert not ApiKey.objects.exists()


def test_a_stranger_creates_no_key():
    stranger = MembershipFactory(role="admin").user

    with pytest.raises(ValidationError, match="Beyond the creator's own role: read"):
        new_key(OrganizationFactory(), created_by=stranger)


def test_an_admin_of_the_service_may_grant_all():
    admin = UserFactory(is_superuser=True)

    key, _ = new_key(OrganizationFactory(), created_by=admin, scopes=["admin"])

    assert key.scopes == ["admin"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scopes", []),
        ("scopes", ["read", "root"]),
        ("name", "  "),
        ("name", "x" * 121),
        ("expires_at", MAY),
    ],
)
def test_a_wrong_field_of_a_key_is_named(field, wrong):
    with pytest.raises(ValidationError) as refused:
        new_key(OrganizationFactory(), **{field: wrong})

    assert list(refused.value.message_dict) == [field]
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_once():
    key, alice = ApiKeyFactory(), UserFactory()

    first = services.revoke_api_key(key, at=MAY, revoked_by=alice)
    again = services.revoke_api_key(key, at=MAY + timedelta(days=1))

    key.refresh_from_db()
    assert (first, again) == (True, False)
    assert key.revoked_at == MAY
    event = AuditEvent.objects.get()
    assert (event.action, event.user) == ("api_key.revoked", alice)
    assert event.organization == key.organization


def test_records_are_forgotten_after_a_day():
    organization = OrganizationFactory()
    # 24 h exactly is still kept
    for age_h in [25, 24, 1]:
        IdempotencyRecord.objects.create(
            organization=organization,
            key=f"{age_h}",
            method="POST",
            path="/",
            body_sha256="0" * 64,
            held_until=MAY,
            received_at=MAY - timedelta(hours=age_h),
        )

    deleted = services.forget_old_idempotency_records(at=MAY)

    assert deleted == 1
    kept = IdempotencyRecord.objects.order_by("key").values_list("key", flat=True)
    assert list(kept) == ["1", "24"]


def test_a_drawn_key_can_be_parsed():
    text = draw_key()

    assert parse_key(str(text)) == text
    assert len(bytes.fromhex(text.secret)) * 8 == 256
    assert draw_key() != text


def test_the_secret_stays_out_of_logs():
    text = KeyText("0" * 16, "5ec2e7")

    assert "5ec2e7" not in repr(text)
