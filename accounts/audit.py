"""The record of who changed what; its rows are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from accounts.callers import Caller
from accounts.models import ApiKey, AuditEvent, Organization, User
from accounts.tenancy import TenantOrPublic, TenantOwned


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who asked for a change: a person, a key, or neither at set-up."""

    user: User | None = None
    api_key: ApiKey | None = None


NOBODY = Author()


def record(
    *,
    action: str,
    target: models.Model,
    at: datetime,
    organization: Organization | None = None,
    user: User | None = None,
    api_key: ApiKey | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an event: `action` ("api_key.created") was done to `target`.

    Without an organization it concerns the whole service. `detail` is JSON and must
    hold no secret. Call it in the transaction of the change itself.
    """
    return AuditEvent.objects.create(
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        at=at,
        organization=organization,
        user=user,
        api_key=api_key,
        detail=dict(detail or {}),
    )


def record_by(
    caller: Caller,
    *,
    action: str,
    target: models.Model,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an event for what the caller of a request did in its organization."""
    return record(
        action=action,
        target=target,
        at=at,
        organization=caller.organization,
        user=caller.user,
        api_key=caller.api_key,
        detail=detail,
    )


def record_for(
    author: Author | None,
    *,
    action: str,
    target: TenantOwned | TenantOrPublic,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an event for what was asked in the name of `author`.

    It belongs to the organization that `target` belongs to.
    """
    author = author or NOBODY
    return record(
        action=action,
        target=target,
        at=at,
        organization=target.organization,
        user=author.user,
        api_key=author.api_key,
        detail=detail,
    )
