"""Keeps outcomes that a buyer measured as closed runs, one for each model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import Author, record_for
from accounts.models import Organization
from benchmarks.importers.outcomes import BroughtOutcomes
from benchmarks.importers.sent import FORMATS, SentOutcomes
from benchmarks.models import EvaluationRun, EvaluationSet
from benchmarks.selectors.known_outcomes import (
    Subject,
    closed_runs,
    known_outcomes,
)
from benchmarks.services.evaluations.aligning import alignment_of, flags_of
from benchmarks.services.evaluations.brought_columns import grades_of
from benchmarks.services.evaluations.brought_items import items_by_key, items_for
from benchmarks.services.evaluations.brought_models import (
    BroughtModel,
    check_of_same,
    run_of,
    told_apart,
)
from benchmarks.services.evaluations.subjects import subjects_named
from catalog.models import Concern
from catalog.services import catalogue_change


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedOutcomes:
    """What became of a file: its runs, and what was noticed.

    `unchanged` names the models whose outcomes were known already.
    """

    task: str
    received_at: datetime
    runs: Sequence[EvaluationRun]
    unchanged: Sequence[str]
    notes: Sequence[str]
    flags: Sequence[Mapping[str, Any]]


def import_outcomes(
    *,
    evaluation_set: EvaluationSet,
    sent: SentOutcomes,
    at: datetime,
    organization: Organization | None,
    models: Mapping[str, str] | None = None,
    accept_unaligned: bool = False,
    author: Author | None = None,
) -> ImportedOutcomes:
    """Keep the outcomes that were sent, all or none, as one run for each model.

    `models` maps the file's names to slugs of models or ids of offerings, or to "" to
    leave them out. The set is frozen; without items it takes those of the file. A model
    whose rows are not aligned with the others' is kept and flagged, and feeds advice
    only if `accept_unaligned`.
    Raises `Unreadable` and `RowsRefused` for what the file says, `AlreadyImported`, and
    `ValidationError` keyed by field; then nothing is kept.
    """
    brought, subjects = _read(sent, models or {}, organization)
    # Before the turn: grading many answers takes its time.
    seen = items_by_key(evaluation_set)
    grades = grades_of(brought.outcomes, seen)
    reason = f"outcomes on {evaluation_set}"
    with catalogue_change(reason, Concern.MEASUREMENTS) as received_at:
        locked = EvaluationSet.objects.select_for_update().get(pk=evaluation_set.pk)
        earlier = list(closed_runs(locked, organization))
        check_of_same(earlier, subjects, sent.sha256)
        items = items_for(locked, brought.outcomes, seen, received_at)
        new, unchanged = told_apart(brought, subjects, items, grades, earlier)
        flags = _flags(new, locked, organization, len(items))
        notes = [*brought.notes, *_coverage(new, len(items)), *_known_notes(unchanged)]
        source = _source(sent, brought, notes)
        runs = [
            run_of(each, locked, source, _concerning(flags, each), accept_unaligned)
            for each in new
        ]
        for run in runs:
            run.organization = organization
            run.created_at = run.finished_at = at
            run.received_at = received_at
            run.closed_at = max(at, received_at)
            run.save(force_insert=True)
        _audit(runs, sent, author, at)
    return ImportedOutcomes(
        task=brought.task,
        received_at=received_at,
        runs=runs,
        unchanged=unchanged,
        notes=notes,
        flags=flags,
    )


def _read(
    sent: SentOutcomes, models: Mapping[str, str], organization: Organization | None
) -> tuple[BroughtOutcomes, dict[str, Subject]]:
    """Return what was sent, without the models to leave out, and whom it is of."""
    if sent.format not in FORMATS:
        message = f"Known formats are {', '.join(FORMATS)}."
        raise ValidationError({"format": [message]})
    read = sent.read()
    left_out = {name for name in read.models if models.get(name) == ""}
    brought = read.without(left_out)
    mapped = {name: to for name, to in models.items() if name not in left_out}
    return brought, subjects_named(brought.models, mapped, organization=organization)


def _flags(
    new: Sequence[BroughtModel],
    evaluation_set: EvaluationSet,
    organization: Organization | None,
    items: int,
) -> list[dict[str, Any]]:
    """Return what is odd about the new models; refuse where nothing goes together."""
    ours = [each.known for each in new]
    if alignment_of(ours, items).is_broken:
        raise ValidationError({"item": [_BROKEN]})
    names = {each.label for each in new}
    known = known_outcomes(evaluation_set, organization)
    before = [each for each in known if each.label not in names]
    strays = alignment_of([*before, *ours], items).strays
    concerned = [each for each in strays if names & {*each.models, *each.others}]
    return flags_of(concerned)


_BROKEN = (
    "The errors of no two models have anything in common, as if every model had been"
    " asked other questions: check that `item` names the same question for all of them."
)


def _concerning(
    flags: Iterable[Mapping[str, Any]], new: BroughtModel
) -> list[dict[str, Any]]:
    """Return the flags that name the model as the odd one, or as one of two."""
    return [
        dict(flag)
        for flag in flags
        if new.label in flag["models"]
        or (
            len(flag["models"]) == len(flag["others"]) == 1
            and new.label in flag["others"]
        )
    ]


def _coverage(new: Sequence[BroughtModel], items: int) -> Iterable[str]:
    for each in new:
        answered = len(set(each.columns["item"]))
        if answered < items:
            yield f"{each.name} has outcomes on {answered:,} of {items:,} items."


def _known_notes(unchanged: Sequence[str]) -> Iterable[str]:
    if unchanged:
        yield f"Known already, and not kept again: {', '.join(unchanged)}."


def _source(
    sent: SentOutcomes, brought: BroughtOutcomes, notes: Sequence[str]
) -> dict[str, Any]:
    return {
        "format": sent.format,
        "file": sent.file[:200],
        "sha256": sent.sha256,
        "task": brought.task,
        "metric": sent.metric,
        "notes": list(notes),
    }


def _audit(
    runs: Iterable[EvaluationRun],
    sent: SentOutcomes,
    author: Author | None,
    at: datetime,
) -> None:
    for run in runs:
        record_for(
            author,
            action="evaluation_run.imported",
            target=run,
            at=at,
            detail={
                "format": sent.format,
                "sha256": sent.sha256,
                "model": run.source["model"],
                "outcomes": run.calls_total,
                "fed": run.feeds_advice,
            },
        )
