"""Fact files become dated rows, and only what changed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.model_facts import ModelFacts as FactTable
from catalog.model_facts import own_facts
from catalog.models import CatalogueChange, LanguageModel, ModelFacts, PublishedScore
from catalog.published import PublishedScore as Score
from catalog.services import load_fact_files
from catalog.services.timelines import BEGINNING

pytestmark = pytest.mark.django_db

LLAMA = replace(own_facts().named("llama-3.1-8b-instruct"))
SCORE = Score(
    model=LLAMA.model,
    benchmark="mmlu-pro",
    score=Decimal("0.48300"),
    source="https://example.com",
    published_on=date(2024, 7, 23),
)


def load(*rows, scores=(SCORE,)):
    return load_fact_files(facts=FactTable.from_rows(rows or (LLAMA,)), scores=scores)


def test_models_facts_and_scores_are_loaded():
    loaded = load()

    assert (loaded.models, loaded.facts, loaded.scores) == (1, 1, 1)
    facts = ModelFacts.objects.get()
    assert facts.model.slug == LLAMA.model
    assert facts.total_parameters_b == LLAMA.total_parameters_b
    assert facts.effective_from == BEGINNING
    score = PublishedScore.objects.get()
    assert score.effective_from == datetime(2024, 7, 23, tzinfo=UTC)


def test_a_second_time_nothing_is_written(django_assert_num_queries):
    load()

    # A savepoint and its release, the turn, models, facts, scores.
    with django_assert_num_queries(6):
        assert not load()

    assert CatalogueChange.objects.count() == 1


def test_a_correction_is_a_newer_reading_of_the_same_fact():
    load()

    loaded = load(replace(LLAMA, licence="another"))

    assert (loaded.facts, loaded.scores) == (1, 0)
    old, new = ModelFacts.objects.order_by("received_at")
    assert old.effective_from == new.effective_from
    assert (old.licence, new.licence) == (LLAMA.licence, "another")


def test_a_listing_that_became_an_alias_gets_the_facts_of_its_model():
    LanguageModel.objects.create(slug="my-llama", name="my-llama")

    load(replace(LLAMA, aliases=("my-llama",)))

    facts = ModelFacts.objects.get(model__slug="my-llama")
    assert facts.total_parameters_b == LLAMA.total_parameters_b
    assert PublishedScore.objects.filter(model__slug="my-llama").exists()


def test_a_model_outside_the_file_keeps_what_its_name_says():
    LanguageModel.objects.create(slug="riddle", name="riddle")
    LanguageModel.objects.create(slug="puzzle-moe-8x7b", name="puzzle")

    load()

    riddle = ModelFacts.objects.get(model__slug="riddle")
    puzzle = ModelFacts.objects.get(model__slug="puzzle-moe-8x7b")
    assert (riddle.parameters_basis, riddle.total_parameters_b) == ("undisclosed", None)
    assert (puzzle.parameters_basis, puzzle.total_parameters_b) == ("from_name", 56)


def test_a_score_that_changed_is_a_newer_reading():
    load()

    load(scores=(replace(SCORE, score=Decimal("0.5")),))

    assert PublishedScore.objects.count() == 2
