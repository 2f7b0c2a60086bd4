"""Writes of evaluation sets: whole ones, in versions, frozen once they are used."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.audit import Author, record_for
from accounts.models import Organization
from benchmarks.importers.evaluation_item_rows import Item
from benchmarks.importers.evaluation_items import content_hash, read_rows
from benchmarks.models import EvaluationItem, EvaluationSet
from workloads.models import Workload

BATCH = 1_000
_CHECKED_ELSEWHERE = ["organization", "workload", "replaces", "content_hash"]

# Read already, or rows as JSON has them.
Items = Sequence[Item] | Sequence[Mapping[str, Any]]


class SetUnchanged(Exception):
    """The items are those of a version that is there already; says which."""


class SetFrozen(Exception):
    """Something was measured on the set: it can neither change nor go."""

    def __init__(self) -> None:
        super().__init__(
            "Something was measured on this set, so it stays as it is: upload the"
            " changed items under the same name, as a new version."
        )


@transaction.atomic
def create_set(
    *,
    organization: Organization | None,
    name: str,
    task_family: str,
    workload: Workload | None = None,
    items: Items | None,
    at: datetime,
    author: Author | None = None,
    description: str = "",
    suite: str = "",
    suite_seed: int | None = None,
    replaces: EvaluationSet | None = None,
) -> EvaluationSet:
    """Keep a set with all its items, as the next version of its name.

    `items` are read already, or rows as JSON has them; with None the set stays empty
    until outcomes are brought along, whose items it takes. Without an organization it
    is one of the ready suite. Raises Unreadable or RowsRefused for the items,
    `ValidationError` keyed by field, SetUnchanged for the items of an earlier version.
    """
    read = () if items is None else _read(items)
    if organization is not None:
        # One upload of an organization at a time, so that versions follow each other.
        Organization.objects.select_for_update().get(pk=organization.pk)
    before = _versions(organization, name)
    newest = before[-1] if before else None
    if replaces is not None and replaces != newest:
        raise ValidationError(
            {"replaces": "Is not the newest version of this name: take that one."}
        )
    made = EvaluationSet(
        organization=organization,
        name=name,
        version=newest.version + 1 if newest else 1,
        replaces=newest,
        task_family=task_family,
        workload=workload,
        description=description,
        suite=suite,
        suite_seed=suite_seed,
        content_hash=content_hash(read),
        created_at=at,
    )
    _check(made)
    _refuse_same(made, before)
    made.save(force_insert=True)
    _add_items(made, read)
    _record(made, "evaluation_set.created", len(read), author, at)
    return made


@transaction.atomic
def replace_items(
    *,
    evaluation_set: EvaluationSet,
    items: Items,
    at: datetime,
    author: Author | None = None,
) -> EvaluationSet:
    """Put other items in place of those of a set that is not used yet.

    Raises Unreadable, RowsRefused, SetFrozen, and SetUnchanged for the items of
    another version.
    """
    read = _read(items)
    held = _unused(evaluation_set)
    held.content_hash = content_hash(read)
    others = _versions(held.organization, held.name)
    _refuse_same(held, [each for each in others if each.pk != held.pk])
    held.items.all().delete()
    held.save(update_fields=["content_hash"])
    _add_items(held, read)
    _record(held, "evaluation_set.replaced", len(read), author, at)
    return held


@transaction.atomic
def delete_set(
    *, evaluation_set: EvaluationSet, at: datetime, author: Author | None = None
) -> None:
    """Remove a set on which nothing was measured.

    Raises SetFrozen, and `ValidationError` while a later version replaces it.
    """
    held = _unused(evaluation_set)
    if EvaluationSet.objects.filter(replaces=held).exists():
        raise ValidationError(
            {"version": "A later version replaces this one: delete that one first."}
        )
    _record(held, "evaluation_set.deleted", held.items.count(), author, at)
    held.delete()


def freeze(evaluation_set: EvaluationSet, at: datetime) -> None:
    """Seal a set, in the transaction of its first use; again does nothing."""
    unused = EvaluationSet.objects.filter(pk=evaluation_set.pk, frozen_at=None)
    if unused.update(frozen_at=at):
        evaluation_set.frozen_at = at


def _read(items: Items) -> tuple[Item, ...]:
    rows: list[Any] = list(items)
    if rows and all(isinstance(each, Item) for each in rows):
        return tuple(rows)
    return read_rows(enumerate(rows, 1))


def _versions(organization: Organization | None, name: str) -> list[EvaluationSet]:
    rows = EvaluationSet.objects.filter(organization=organization, name=name)
    return list(rows.order_by("version"))


def _check(made: EvaluationSet) -> None:
    made.clean_fields(exclude=_CHECKED_ELSEWHERE)
    workload = made.workload
    if workload is not None and (
        workload.organization_id != made.organization_id or workload.archived_at
    ):
        raise ValidationError({"workload": "There is no such workload."})
    made.validate_constraints()


def _refuse_same(made: EvaluationSet, others: Iterable[EvaluationSet]) -> None:
    for each in others:
        if each.content_hash == made.content_hash:
            raise SetUnchanged(
                f"These are the same items as version {each.version} of {each.name!r}:"
                " use that one, or send others."
            )


def _add_items(made: EvaluationSet, items: Sequence[Item]) -> None:
    EvaluationItem.objects.bulk_create(
        [
            EvaluationItem(evaluation_set=made, position=position, **each.fields())
            for position, each in enumerate(items)
        ],
        batch_size=BATCH,
    )


def _unused(evaluation_set: EvaluationSet) -> EvaluationSet:
    """Return the set locked; raise SetFrozen when it was used."""
    held = EvaluationSet.objects.select_for_update().get(pk=evaluation_set.pk)
    if held.frozen_at is not None:
        raise SetFrozen
    return held


def _record(
    made: EvaluationSet, action: str, items: int, author: Author | None, at: datetime
) -> None:
    record_for(
        author,
        action=action,
        target=made,
        at=at,
        detail={"name": made.name, "version": made.version, "items": items},
    )
