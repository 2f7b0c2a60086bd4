"""Writes what the project's fact files say as dated rows, and only what changed.

A file states what is known, not since when: a correction is a newer reading of the
same fact, so advice given before it can still be explained.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.db import transaction

from catalog import model_facts, published
from catalog.identity import Identity, identify
from catalog.models import LanguageModel, ModelFacts, PublishedScore
from catalog.services import ledger
from catalog.services.timelines import BEGINNING

FACT_FIELDS = tuple(
    item.name
    for item in ModelFacts._meta.concrete_fields
    if item.name not in {"id", "model", "effective_from", "received_at"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFacts:
    """How many rows were added; all zero when nothing had changed."""

    models: int = 0
    facts: int = 0
    scores: int = 0

    def __bool__(self) -> bool:
        return bool(self.models or self.facts or self.scores)


@transaction.atomic
def load_fact_files(
    *,
    facts: model_facts.ModelFacts | None = None,
    scores: Iterable[published.PublishedScore] | None = None,
) -> LoadedFacts:
    """Bring every model's facts and scores up to date with the files.

    Models of the file that nobody sells yet are added too. Writing nothing is cheap:
    three queries. Raises ValueError, naming row and column, for a broken file.
    """
    facts = facts or model_facts.own_facts()
    scores = published.own_scores() if scores is None else scores
    ledger.take_turn()
    models = list(LanguageModel.objects.all())
    unknown = {row.model for row in facts.rows} - {model.slug for model in models}
    added = [new_model(slug, facts) for slug in sorted(unknown)]
    changed = _changed_facts([*models, *added], facts)
    changed_scores = _changed_scores([*models, *added], facts, scores)
    if not (added or changed or changed_scores):
        return LoadedFacts()
    with ledger.catalogue_change("fact files") as received_at:
        LanguageModel.objects.bulk_create(added)
        for row in (*changed, *changed_scores):
            row.received_at = received_at
        ModelFacts.objects.bulk_create(changed, batch_size=1000)
        PublishedScore.objects.bulk_create(changed_scores, batch_size=1000)
    return LoadedFacts(
        models=len(added), facts=len(changed), scores=len(changed_scores)
    )


def new_model(slug: str, facts: model_facts.ModelFacts) -> LanguageModel:
    """Return an unsaved model, named as in the fact file if it is there."""
    row = facts.named(slug)
    if row is None:
        return LanguageModel(slug=slug, name=slug)
    return LanguageModel(slug=slug, name=row.name, developer=row.developer)


def add_facts_of_new_models(
    models: Iterable[LanguageModel], *, received_at: datetime
) -> None:
    """Write what the files say of models that were just created."""
    models = list(models)
    facts = model_facts.own_facts()
    rows = _changed_facts(models, facts, held={})
    scores = _changed_scores(models, facts, published.own_scores(), held={})
    for row in (*rows, *scores):
        row.received_at = received_at
    ModelFacts.objects.bulk_create(rows, batch_size=1000)
    PublishedScore.objects.bulk_create(scores, batch_size=1000)


def _changed_facts(
    models: Iterable[LanguageModel],
    facts: model_facts.ModelFacts,
    held: Mapping[Any, Mapping[str, Any]] | None = None,
) -> list[ModelFacts]:
    known = _held_facts() if held is None else held
    changed = []
    for model in models:
        wanted = _facts_of(identify(model.slug, facts=facts), facts)
        if known.get(model.pk) != wanted:
            changed.append(ModelFacts(model=model, effective_from=BEGINNING, **wanted))
    return changed


def _held_facts() -> dict[Any, dict[str, Any]]:
    rows = ModelFacts.objects.order_by("effective_from", "received_at", "id")
    return {row.pop("model_id"): row for row in rows.values("model_id", *FACT_FIELDS)}


def _facts_of(found: Identity, facts: model_facts.ModelFacts) -> dict[str, Any]:
    """Return the fields of `ModelFacts`; without a row, what the name says of size."""
    row = facts.named(found.model) if found.matched else None
    if row is not None:
        stated = asdict(row)
        wanted = {name: stated[name] for name in FACT_FIELDS}
        return {**wanted, "input_modalities": list(row.input_modalities)}
    unstated = ModelFacts()
    return {
        **{name: getattr(unstated, name) for name in FACT_FIELDS},
        "total_parameters_b": found.total_parameters_b,
        "active_parameters_b": found.active_parameters_b,
        "parameters_basis": found.parameters_basis,
        "parameters_source": "" if found.total_parameters_b is None else "its name",
    }


def _changed_scores(
    models: Iterable[LanguageModel],
    facts: model_facts.ModelFacts,
    scores: Iterable[published.PublishedScore],
    held: Mapping[tuple[Any, str], tuple[Any, ...]] | None = None,
) -> list[PublishedScore]:
    by_model: dict[str, list[published.PublishedScore]] = {}
    for score in scores:
        by_model.setdefault(score.model, []).append(score)
    known = _held_scores() if held is None else held
    changed = []
    for model in models:
        # A listing that was unknown once and is an alias today shares its scores.
        found = identify(model.slug, facts=facts)
        for score in by_model.get(found.model if found.matched else model.slug, ()):
            since = datetime.combine(score.published_on, time.min, tzinfo=UTC)
            wanted = (since, score.score, score.source)
            if known.get((model.pk, score.benchmark)) != wanted:
                changed.append(_score_row(model, score, since))
    return changed


def _held_scores() -> dict[tuple[Any, str], tuple[Any, ...]]:
    rows = PublishedScore.objects.order_by("received_at", "effective_from", "id")
    return {
        (model, benchmark): (since, score, source)
        for model, benchmark, since, score, source in rows.values_list(
            "model_id", "benchmark", "effective_from", "score", "source"
        )
    }


def _score_row(
    model: LanguageModel, score: published.PublishedScore, since: datetime
) -> PublishedScore:
    return PublishedScore(
        model=model,
        benchmark=score.benchmark,
        score=score.score,
        source=score.source,
        effective_from=since,
    )
