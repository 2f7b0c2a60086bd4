"""What changes organizations and keys; each change is audited with it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.callers import SCOPES_OF_ROLE
from accounts.encryption import EncryptedTextField
from accounts.keys import draw_key
from accounts.models import (
    ApiKey,
    IdempotencyRecord,
    Membership,
    Organization,
    Role,
    Scope,
    User,
)

# A repeated POST gets the stored reply for this long.
IDEMPOTENCY_KEPT = timedelta(hours=24)


@transaction.atomic
def create_organization(
    *, name: str, slug: str, admin: User, at: datetime
) -> Organization:
    """Create a tenant with its first admin.

    Raises `ValidationError` when a field is wrong or the slug is taken.
    """
    organization = Organization(name=name, slug=slug, created_at=at)
    organization.full_clean()
    organization.save()
    Membership.objects.create(organization=organization, user=admin, role=Role.ADMIN)
    audit.record(
        action="organization.created",
        target=organization,
        organization=organization,
        user=admin,
        at=at,
        detail={"slug": slug},
    )
    return organization


@transaction.atomic
def create_api_key(
    *,
    organization: Organization,
    name: str,
    scopes: Iterable[str],
    created_by: User | None,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Create a key; return it with its text, which is not kept and shown once.

    `created_by` None is the operator of the service, who may grant every scope.
    Raises `ValidationError` keyed by field: scopes beyond the creator's own, unknown
    or none, an empty name, an expiry that has passed.
    """
    granted = check_scopes(scopes, organization=organization, creator=created_by)
    if expires_at is not None and expires_at <= at:
        raise ValidationError({"expires_at": "Must lie in the future, or be left out."})
    text = draw_key()
    api_key = ApiKey(
        organization=organization,
        key_id=text.key_id,
        secret_sha256=text.secret_sha256,
        name=name.strip(),
        scopes=granted,
        created_by=created_by,
        created_at=at,
        expires_at=expires_at,
    )
    api_key.full_clean(exclude=["organization", "created_by"])
    api_key.save(force_insert=True)
    audit.record(
        action="api_key.created",
        target=api_key,
        organization=organization,
        user=created_by,
        at=at,
        detail={"name": api_key.name, "scopes": granted},
    )
    return api_key, str(text)


def grantable_scopes(
    organization: Organization, creator: User | None
) -> frozenset[str]:
    """Return the scopes that a person may give to a key of the organization."""
    if creator is None or creator.is_superuser:
        return frozenset(Scope.values)
    membership = Membership.objects.filter(
        organization=organization, user=creator
    ).first()
    return SCOPES_OF_ROLE[membership.role] if membership else frozenset()


def check_scopes(
    scopes: Iterable[str], *, organization: Organization, creator: User | None
) -> list[str]:
    """Return the scopes in their usual order, once each, if all may be granted.

    Raises `ValidationError` keyed by `scopes`.
    """
    asked = set(scopes)
    unknown = sorted(asked - set(Scope.values))
    if unknown or not asked:
        problem = f"Unknown: {', '.join(unknown)}." if unknown else "None is given."
        raise ValidationError(
            {"scopes": f"{problem} Choose from {', '.join(Scope.values)}."}
        )
    held = grantable_scopes(organization, creator)
    beyond = sorted(asked - held)
    if beyond:
        raise ValidationError(
            {
                "scopes": f"Beyond the creator's own role: {', '.join(beyond)}. "
                "Leave these out, or ask an admin of the organization."
            }
        )
    return [scope for scope in Scope.values if scope in asked]


@transaction.atomic
def revoke_api_key(
    api_key: ApiKey, *, at: datetime, revoked_by: User | None = None
) -> bool:
    """Stop a key for good; return False when it was stopped before."""
    stopped = ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(
        revoked_at=at
    )
    if not stopped:
        return False
    api_key.revoked_at = at
    audit.record(
        action="api_key.revoked",
        target=api_key,
        organization=api_key.organization,
        user=revoked_by,
        at=at,
        detail={"name": api_key.name},
    )
    return True


def forget_old_idempotency_records(*, at: datetime) -> int:
    """Delete records that no repeat is answered from any more; return how many."""
    deleted, _ = IdempotencyRecord.objects.filter(
        received_at__lt=at - IDEMPOTENCY_KEPT
    ).delete()
    return deleted


@transaction.atomic
def rotate_secrets() -> dict[str, int]:
    """Encrypt every stored secret with the first key; return how many, by column.

    Rows are locked one table at a time, so that none is changed under the rotation.
    Raises `CannotDecrypt`, with nothing changed, when no key opens one of them.
    """
    return {
        f"{field.model._meta.label}.{field.name}": _rotate(field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    }


def _rotate(field: EncryptedTextField) -> int:
    rows = field.model._default_manager.exclude(**{field.name: ""})
    held = rows.select_for_update().only("pk", field.name)
    count = 0
    for row in held:
        rows.filter(pk=row.pk).update(**{field.name: getattr(row, field.name)})
        count += 1
    return count
