"""What is known on an evaluation set: all outcomes of each model or offering."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from accounts.models import Organization
from benchmarks.models import EvaluationRun, EvaluationSet
from benchmarks.models.evaluations.runs import COLUMNS
from catalog.models import LanguageModel, Offering

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model as an offering serves it; without one, whoever serves it."""

    model: LanguageModel
    offering: Offering | None = None
    service_tier: str = ""

    @property
    def name(self) -> str:
        """A name to read, different for different subjects."""
        if self.offering is None:
            return self.model.slug
        tier = "" if self.service_tier == "standard" else f", {self.service_tier}"
        return f"{self.offering}{tier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOutcomes:
    """The outcomes of one subject by one basis, from all of its closed runs.

    The columns are as in `EvaluationRun`; `item` is a position in the set.
    """

    subject: Subject
    basis: str
    runs: tuple[EvaluationRun, ...]
    item: Ints
    sample: Ints
    score: Floats
    verdict: tuple[str, ...]

    @property
    def label(self) -> str:
        """A name to read: what was measured and what was brought stand side by side."""
        return f"{self.subject.name} ({self.basis})"

    def item_means(self, items: int) -> Floats:
        """Return the mean score by position of a set of so many items; NaN unknown."""
        known = ~np.isnan(self.score)
        at = self.item[known]
        sums = np.bincount(at, weights=self.score[known], minlength=items)
        counts = np.bincount(at, minlength=items)
        means: Floats = sums / np.where(counts > 0, counts, np.nan)
        return means


def known_outcomes(
    evaluation_set: EvaluationSet,
    organization: Organization | None,
    *,
    fed: bool | None = None,
) -> list[KnownOutcomes]:
    """Return what the organization may see, by subject and basis, in order of names.

    `fed` keeps the runs that feed advice, or those that do not.
    """
    by_subject: dict[tuple[Any, ...], list[EvaluationRun]] = defaultdict(list)
    for run in closed_runs(evaluation_set, organization):
        if fed is None or run.feeds_advice is fed:
            key = (run.language_model_id, run.offering_id, run.service_tier, run.basis)
            by_subject[key].append(run)
    found = [_known(runs) for runs in by_subject.values()]
    return sorted(found, key=lambda each: (each.subject.name, each.basis))


def closed_runs(
    evaluation_set: EvaluationSet, organization: Organization | None
) -> "Iterable[EvaluationRun]":
    """Return the finished runs over a set that the organization may see, oldest first.

    Nobody (None) sees those that belong to nobody.
    """
    rows: Any = EvaluationRun.objects
    rows = (
        rows.filter(organization=None)
        if organization is None
        else (rows.visible_to(organization))
    )
    closed: Iterable[EvaluationRun] = (
        rows.filter(evaluation_set=evaluation_set, closed_at__isnull=False)
        .select_related("language_model", "offering__provider")
        .order_by("received_at", "pk")
    )
    return closed


def subject_of(run: EvaluationRun) -> Subject:
    """Return what a run is of."""
    return Subject(
        model=run.language_model,
        offering=run.offering,
        service_tier=run.service_tier,
    )


def _known(runs: Sequence[EvaluationRun]) -> KnownOutcomes:
    first = runs[0]
    columns: Mapping[str, list[Any]] = {
        name: [value for run in runs for value in getattr(run, name)]
        for name in COLUMNS
    }
    return KnownOutcomes(
        subject=subject_of(first),
        basis=first.basis,
        runs=tuple(runs),
        item=np.array(columns["item"], dtype=np.int64),
        sample=np.array(columns["sample"], dtype=np.int64),
        score=np.array(columns["score"], dtype=np.float64),
        verdict=tuple(columns["verdict"]),
    )
