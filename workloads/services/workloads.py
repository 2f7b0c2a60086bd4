"""Writes of workloads: every edit is a new revision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.audit import NOBODY, Author
from accounts.models import Organization
from workloads.models import Workload, WorkloadRevision


class NameTaken(ValueError):
    """Another workload of the organization bears the name."""


def create_workload(
    *,
    organization: Organization,
    name: str,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> Workload:
    """Keep a workload and its first revision; `fields` as of `revision_fields`.

    Raises `NameTaken` when an unarchived workload of the organization has the name.
    """
    workload = Workload(organization=organization, name=name, created_at=at)
    with transaction.atomic():
        _save_name(workload)
        _add_revision(workload, number=1, fields=fields, at=at, author=author)
        audit.record_for(author, action="workload.created", target=workload, at=at)
    return workload


def revise_workload(
    *,
    workload: Workload,
    fields: Mapping[str, Any],
    at: datetime,
    name: str | None = None,
    author: Author | None = None,
) -> WorkloadRevision:
    """Add a revision if anything differs from the newest; return the newest.

    The name is no part of the question, so a new one alone adds none. Raises
    `NameTaken`, and `Workload.DoesNotExist` when it was archived in the meantime.
    """
    with transaction.atomic():
        held = locked(workload)
        renamed = name is not None and name != held.name
        if name is not None and renamed:
            held.name = name
            _save_name(held)
        revision = _revised(held, fields=fields, at=at, author=author)
        if renamed or revision.received_at == at:
            detail = {"name": held.name, "revision": revision.number}
            audit.record_for(
                author, action="workload.revised", target=held, at=at, detail=detail
            )
    return revision


def _revised(
    workload: Workload,
    *,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None,
) -> WorkloadRevision:
    newest = workload.revisions.order_by("-number")[:1].get()
    if all(getattr(newest, field) == value for field, value in fields.items()):
        return newest
    number = newest.number + 1
    return _add_revision(workload, number=number, fields=fields, at=at, author=author)


def archive_workload(
    *, workload: Workload, at: datetime, author: Author | None = None
) -> None:
    """Take the workload off the list; its revisions stay and its name is free.

    Raises `Workload.DoesNotExist` when it is archived already.
    """
    with transaction.atomic():
        held = locked(workload)
        held.archived_at = at
        held.save(update_fields=["archived_at"])
        audit.record_for(author, action="workload.archived", target=held, at=at)


def locked(workload: Workload) -> Workload:
    """Return the unarchived row, locked: writers of one workload take turns."""
    rows = Workload.objects.select_for_update().filter(archived_at__isnull=True)
    return rows.get(pk=workload.pk)


def _save_name(workload: Workload) -> None:
    try:
        with transaction.atomic():
            workload.save()
    except IntegrityError as error:
        if "workload_name_once_per_organization" not in str(error):
            raise
        raise NameTaken(workload.name) from error


def _add_revision(
    workload: Workload,
    *,
    number: int,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None,
) -> WorkloadRevision:
    author = author or NOBODY
    return WorkloadRevision.objects.create(
        workload=workload,
        number=number,
        received_at=at,
        created_by=author.user,
        created_by_key=author.api_key,
        **fields,
    )
