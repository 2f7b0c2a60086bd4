"""The record of who changed what; its rows are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from accounts.callers import Caller
from accounts.models import ApiKey, AuditEvent, Organization, User


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
