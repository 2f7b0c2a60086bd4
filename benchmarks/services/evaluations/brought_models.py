"""One model of a buyer's file: what is new of it, and the run that keeps it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError

from benchmarks.importers.outcome_rows import Outcome
from benchmarks.importers.outcomes import BroughtOutcomes
from benchmarks.importers.sent import OUTCOMES
from benchmarks.models import (
    Basis,
    EvaluationItem,
    EvaluationRun,
    EvaluationSet,
    RunStatus,
)
from benchmarks.selectors.known_outcomes import KnownOutcomes, Subject, subject_of
from benchmarks.services.evaluations.brought_columns import (
    Grades,
    columns_of,
    digest_of,
)
from benchmarks.services.imports import AlreadyImported

UNALIGNED = "unaligned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtModel:
    """One model's outcomes, as they will be kept."""

    name: str
    subject: Subject
    columns: Mapping[str, Sequence[Any]]
    digest: str

    @property
    def label(self) -> str:
        """A name to read, told apart from what was measured of the same subject."""
        return self.known.label

    @property
    def known(self) -> KnownOutcomes:
        """The same, as it will be known."""
        return KnownOutcomes(
            subject=self.subject,
            basis=Basis.IMPORTED,
            runs=(),
            item=np.array(self.columns["item"], dtype=np.int64),
            sample=np.array(self.columns["sample"], dtype=np.int64),
            score=np.array(self.columns["score"], dtype=np.float64),
            verdict=tuple(self.columns["verdict"]),
        )


def told_apart(
    brought: BroughtOutcomes,
    subjects: Mapping[str, Subject],
    items: Mapping[str, EvaluationItem],
    grades: Grades,
    earlier: Sequence[EvaluationRun],
) -> tuple[list[BroughtModel], list[str]]:
    """Return what is new, and the models whose outcomes are known as they are.

    `earlier` are the set's runs so far. Raises AlreadyImported where nothing is new,
    RowsRefused as `columns_of` does, and ValidationError for a sample that is known
    with another outcome.
    """
    by_model: dict[str, list[Outcome]] = defaultdict(list)
    for each in brought.outcomes:
        by_model[each.model].append(each)
    new, unchanged = [], []
    for name, subject in subjects.items():
        columns = columns_of(by_model[name], items, grades)
        digest = digest_of(columns)
        before = [run for run in earlier if _is_of(run, subject)]
        if any(run.source.get("outcomes_sha256") == digest for run in before):
            unchanged.append(name)
            continue
        _check_samples_new(name, columns, before)
        new.append(
            BroughtModel(name=name, subject=subject, columns=columns, digest=digest)
        )
    if not new:
        first = min(run.created_at for run in earlier if run.basis == Basis.IMPORTED)
        raise AlreadyImported(
            "All of these outcomes are known: nothing was added. The first on this set"
            f" were imported on {first:%Y-%m-%d}."
        )
    return new, unchanged


def check_of_same(
    earlier: Iterable[EvaluationRun], subjects: Mapping[str, Subject], sha256: str
) -> None:
    """Raise AlreadyImported where a file's outcomes are known as those of others.

    A file that names no models itself is of one, whatever that was called before.
    """
    for run in earlier:
        if run.source.get("sha256") != sha256:
            continue
        name = run.source["model"]
        if run.source["format"] != OUTCOMES:
            name = next(iter(subjects))
        subject = subjects.get(name)
        if subject is not None and not _is_of(run, subject):
            raise AlreadyImported(
                f"The outcomes of {name} in this file are known as those of"
                f" {subject_of(run).name}, by run {run.pk}: nothing was added."
            )


def _is_of(run: EvaluationRun, subject: Subject) -> bool:
    return run.basis == Basis.IMPORTED and (
        (run.language_model_id, run.offering_id, run.service_tier)
        == (
            subject.model.pk,
            subject.offering.pk if subject.offering else None,
            subject.service_tier,
        )
    )


def _check_samples_new(
    name: str, columns: Mapping[str, Sequence[Any]], before: Iterable[EvaluationRun]
) -> None:
    """Refuse a sample that is known: counted twice, it would agree with itself."""
    stated = set(zip(columns["item"], columns["sample"], strict=True))
    for run in before:
        both = stated & set(zip(run.item, run.sample, strict=True))
        if both:
            raise ValidationError(
                {
                    "sample": [
                        f"Of {name}, {len(both):,} samples are known already from run"
                        f" {run.pk}, and others than now: number further samples on,"
                        " or make a new version of the set."
                    ]
                }
            )


def run_of(
    new: BroughtModel,
    evaluation_set: EvaluationSet,
    source: Mapping[str, Any],
    flags: Sequence[Mapping[str, Any]],
    accept_unaligned: bool,
) -> EvaluationRun:
    """Return the closed run of a model, without owner and moments.

    One with flags is kept out of advice unless `accept_unaligned`.
    """
    fed = accept_unaligned or not flags
    outcomes = len(new.columns["item"])
    own = {"model": new.name, "outcomes_sha256": new.digest, "flags": list(flags)}
    return EvaluationRun(
        evaluation_set=evaluation_set,
        basis=Basis.IMPORTED,
        language_model=new.subject.model,
        offering=new.subject.offering,
        service_tier=new.subject.service_tier,
        samples=max(new.columns["sample"]) + 1,
        positions=list(dict.fromkeys(new.columns["item"])),
        source={**source, **own},
        status=RunStatus.SUCCEEDED,
        calls_total=outcomes,
        calls_done=outcomes,
        calls_failed=sum(map(bool, new.columns["error"])),
        stop_reason="completed",
        feeds_advice=fed,
        not_fed_because="" if fed else UNALIGNED,
        **new.columns,
    )
