"""Outcomes that a buyer measured become closed runs, once, one for each model."""

import math
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from accounts.audit import Author
from accounts.models import AuditEvent
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.importers.reading import Unreadable
from benchmarks.importers.sent import SentOutcomes
from benchmarks.models import EvaluationRun, EvaluationSet
from benchmarks.services import AlreadyImported
from benchmarks.services.evaluations import brought_items
from benchmarks.services.evaluations.brought_items import items_for
from benchmarks.services.evaluations.imports import import_outcomes
from catalog.models import CatalogueChange, Concern
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.catalog import (
    LanguageModelFactory,
    OfferingFactory,
    ProviderFactory,
)
from tests.factories.evaluations import (
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODELS = ("tiny", "small", "medium", "large")


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def evaluation_set(organization):
    """Four questions with the keys item-0 to item-3."""
    return EvaluationSetFactory(organization=organization)


@pytest.fixture
def bring(organization, evaluation_set):
    """Return a function that imports rows, each (item, model, sample, score)."""

    def imported(*rows, models=None, on=evaluation_set, **fields):
        sent = fields.pop("sent", None) or SentOutcomes(text=table(*rows))
        return import_outcomes(
            **{
                "evaluation_set": on,
                "sent": sent,
                "models": models or {},
                "organization": organization,
                "at": NOON,
                **fields,
            }
        )

    return imported


def table(*rows, head="task,item,model,sample,score"):
    cells = [",".join(map(str, ("routing", *row))) for row in rows]
    return "\n".join((head, *cells)) + "\n"


@pytest.fixture
def small():
    return LanguageModelFactory(slug="small")


def answers(*, items=200, seed=1, abilities=(-0.4, 0.0, 0.3, 0.6)):
    """Right and wrong answers of models that find the same items hard."""
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(size=items)
    luck = rng.normal(size=(len(abilities), items))
    return (np.array(abilities)[:, None] - difficulty + luck > 0).astype(int)


def rows_of(scores, models=MODELS):
    return [
        (f"q{item}", model, 0, int(score))
        for model, own in zip(models, scores, strict=True)
        for item, score in enumerate(own)
    ]


@pytest.fixture
def empty_set(organization):
    """A set that takes its items from the file, and four models to be in it."""
    for slug in MODELS:
        LanguageModelFactory(slug=slug)
    return EvaluationSetFactory(organization=organization, items=0)


def test_each_model_becomes_a_closed_run_that_feeds_advice(
    bring, small, evaluation_set, organization
):
    head = "task,item,model,sample,score,answer,input_tokens,output_tokens,latency_ms"
    rows = [
        ("item-1", "small", 0, 1, "B", 90, 2, 310.5),
        ("item-0", "small", 1, 0.25, "C", "", "", ""),
        ("item-0", "small", 0, 0, "D", 100, 3, 250),
    ]
    author = Author(user=UserFactory())

    imported = bring(
        sent=SentOutcomes(text=table(*rows, head=head), file="ours.csv"), author=author
    )

    run = EvaluationRun.objects.get()
    assert [each.pk for each in imported.runs] == [run.pk]
    assert (run.basis, run.language_model, run.offering) == ("imported", small, None)
    assert (run.organization, run.evaluation_set) == (organization, evaluation_set)
    assert (run.status, run.samples, run.positions) == ("succeeded", 2, [0, 1])
    # In order of items, then samples.
    assert (run.item, run.sample) == ([0, 0, 1], [0, 1, 0])
    assert run.score == [0, 0.25, 1]
    assert run.verdict == ["wrong", "partial", "right"]
    assert run.answer == ["D", "C", "B"]
    assert run.latency_ms[0] == 250
    assert math.isnan(run.latency_ms[1])
    assert run.output_tokens[2] == 2
    assert run.feeds_advice
    assert (run.calls_total, run.calls_done, run.calls_failed) == (3, 3, 0)
    change = CatalogueChange.objects.get()
    assert change.concerns == Concern.MEASUREMENTS
    assert run.received_at == change.received_at
    assert run.source["file"] == "ours.csv"
    assert run.source["task"] == "routing"
    assert run.source["model"] == "small"
    assert imported.notes == ["small has outcomes on 2 of 4 items."]
    assert run.source["notes"] == imported.notes
    event = AuditEvent.objects.get(action="evaluation_run.imported")
    assert (event.target_id, event.user) == (str(run.pk), author.user)
    assert (event.detail["model"], event.detail["outcomes"]) == ("small", 3)


def test_the_set_is_frozen(bring, small, evaluation_set):
    assert evaluation_set.frozen_at is None

    bring(("item-0", "small", 0, 1))

    evaluation_set.refresh_from_db()
    assert evaluation_set.frozen_at is not None


def test_names_are_mapped_to_models_and_to_offerings(bring, small, organization):
    offering = OfferingFactory(organization=organization)

    bring(
        ("item-0", "our-small", 0, 1),
        ("item-0", "our-large", 0, 1),
        models={"our-small": "small", "our-large": str(offering.pk)},
    )

    of_model, of_offering = EvaluationRun.objects.order_by("service_tier")
    assert (of_model.language_model, of_model.offering) == (small, None)
    assert of_model.source["model"] == "our-small"
    assert of_offering.offering == offering
    assert of_offering.language_model == offering.model
    assert of_offering.service_tier == "standard"


def test_a_name_that_one_offering_has_is_that_offering(bring):
    offering = OfferingFactory(
        name="accounts/acme/small-v2", provider=ProviderFactory(slug="acme")
    )

    bring(("item-0", "accounts/acme/small-v2", 0, 1))
    bring(("item-1", "acme/accounts/acme/small-v2", 0, 1))

    assert [run.offering for run in EvaluationRun.objects.all()] == [offering] * 2


def test_a_name_that_several_offerings_of_a_model_have_is_the_model(bring, small):
    OfferingFactory(name="small-v2", model=small, region="eu")
    OfferingFactory(name="small-v2", model=small, region="us")

    bring(("item-0", "small-v2", 0, 1))

    run = EvaluationRun.objects.get()
    assert (run.language_model, run.offering) == (small, None)


def refused_models(bring, *rows, **fields):
    with pytest.raises(ValidationError) as refused:
        bring(*rows, **fields)
    assert not EvaluationRun.objects.exists()
    return " ".join(refused.value.message_dict["models"])


def test_an_unknown_name_is_refused_with_the_nearest(bring):
    LanguageModelFactory(slug="acme-small-2")

    said = refused_models(bring, ("item-0", "acme-smal-2", 0, 1))

    assert 'No model or offering "acme-smal-2": did you mean "acme-small-2"?' in said
    assert "Map the file's name in models, or to null to leave it out." in said


def test_of_many_unknown_names_ten_get_the_nearest(bring, small):
    names = [f"smal-{n}" for n in range(12)]

    said = refused_models(bring, *((("item-0", name, 0, 1)) for name in names))

    assert said.count('did you mean "small"?') == 10
    assert said.count("take a slug from models/") == 2


def test_a_name_that_the_catalogue_knows_under_another_is_hinted_at(bring):
    LanguageModelFactory(slug="mixtral-8x7b-instruct")

    said = refused_models(
        bring, ("item-0", "mistralai/Mixtral-8x7B-Instruct-v0.1", 0, 1)
    )

    assert '"mixtral-8x7b-instruct"' in said


def test_a_name_that_means_several_models_must_be_mapped(bring, small):
    OfferingFactory(name="chat", model=small)
    OfferingFactory(name="chat")

    said = refused_models(bring, ("item-0", "chat", 0, 1))

    assert 'Several models are sold as "chat"' in said


def test_two_names_of_one_model_are_refused(bring, small):
    said = refused_models(
        bring,
        ("item-0", "small", 0, 1),
        ("item-0", "tiny", 0, 0),
        models={"tiny": "small"},
    )

    assert '"small" and "tiny" are both small' in said


def test_a_mapped_name_that_the_file_lacks_is_refused(bring, small):
    said = refused_models(bring, ("item-0", "small", 0, 1), models={"smal": "small"})

    assert '"smal" is no model of the file' in said


def test_models_can_be_left_out_by_name(bring, small):
    rows = [("item-0", "small", 0, 1), ("item-0", "unheard-of", 0, 1)]

    imported = bring(*rows, models={"unheard-of": ""})

    assert [run.language_model for run in imported.runs] == [small]
    assert "Left out, as you asked: unheard-of." in imported.notes
    with pytest.raises(Unreadable, match="All models are left out"):
        bring(*rows, models={"unheard-of": "", "small": ""})


def test_a_strangers_offering_is_unknown(bring):
    stranger = OfferingFactory(organization=OrganizationFactory())

    for name in (str(stranger.pk), stranger.name, str(uuid4())):
        said = refused_models(bring, ("item-0", "ours", 0, 1), models={"ours": name})
        assert "No model or offering" in said


def test_items_that_the_set_lacks_are_refused_by_name(bring, small, evaluation_set):
    rows = [(f"other-{n}", "small", 0, 1) for n in range(7)]

    with pytest.raises(RowsRefused) as refused:
        bring(("item-0", "small", 0, 1), *rows)

    assert refused.value.count == 7
    assert [each.row for each in refused.value.problems] == list(range(3, 10))
    assert "other-0, other-1, other-2, other-3, other-4 and 2 more" in str(
        refused.value
    )
    evaluation_set.refresh_from_db()
    assert evaluation_set.frozen_at is None
    assert not CatalogueChange.objects.exists()


def test_a_set_without_items_takes_those_of_the_file(bring, empty_set):
    bring(
        ("q9", "small", 0, 1),
        ("q2", "small", 0, 0),
        ("q9", "large", 0, 1),
        on=empty_set,
    )

    items = empty_set.items.all()
    assert [(item.position, item.key) for item in items] == [(0, "q9"), (1, "q2")]
    assert {item.grader["kind"] for item in items} == {"brought"}
    assert items[0].messages == []
    kept = EvaluationSet.objects.get(pk=empty_set.pk)
    assert kept.frozen_at is not None
    assert kept.content_hash != empty_set.content_hash


def test_a_set_takes_no_more_items_than_it_may_have(bring, empty_set, monkeypatch):
    monkeypatch.setattr(brought_items, "MAX_ITEMS", 1)

    with pytest.raises(ValidationError, match="at most 1 items; these are 2"):
        bring(("q1", "small", 0, 1), ("q2", "small", 0, 1), on=empty_set)


def test_the_same_file_again_is_refused(bring, small):
    bring(("item-0", "small", 0, 1))

    with pytest.raises(AlreadyImported, match="imported on 2026-03-01"):
        bring(("item-0", "small", 0, 1))

    assert EvaluationRun.objects.count() == 1


def test_a_file_may_be_sent_again_for_the_models_left_out_before(bring, small):
    large = LanguageModelFactory(slug="large")
    rows = [("item-0", "small", 0, 1), ("item-0", "large", 0, 0)]
    bring(*rows, models={"large": ""})

    imported = bring(*rows)

    assert imported.unchanged == ["small"]
    assert [run.language_model for run in imported.runs] == [large]


def test_the_outcomes_of_one_model_are_not_taken_for_anothers(bring, small):
    LanguageModelFactory(slug="large")
    row = ("item-0", "ours", 0, 1)
    bring(row, models={"ours": "small"})

    with pytest.raises(AlreadyImported, match=r"of ours in this file .* of small"):
        bring(row, models={"ours": "large"})


def test_a_log_is_not_taken_for_that_of_two_models(bring, empty_set):
    def log(model):
        line = '{"doc_id": 7, "resps": [["4"]], "filtered_resps": ["4"], "acc": 1.0}'
        return SentOutcomes(format="lm_evaluation", text=line, model=model)

    bring(sent=log("small"), on=empty_set)

    with pytest.raises(AlreadyImported, match="known as those of small"):
        bring(sent=log("large"), on=empty_set)
    with pytest.raises(AlreadyImported, match="All of these outcomes are known"):
        bring(sent=log("small"), on=empty_set)


def test_the_same_outcomes_in_another_order_are_not_kept_again(bring, small):
    LanguageModelFactory(slug="large")
    bring(("item-0", "small", 0, 1), ("item-1", "small", 0, 0))

    with pytest.raises(AlreadyImported, match="All of these outcomes are known"):
        bring(("item-1", "small", 0, 0), ("item-0", "small", 0, 1))
    imported = bring(
        ("item-1", "small", 0, 0), ("item-0", "small", 0, 1), ("item-0", "large", 0, 1)
    )

    assert imported.unchanged == ["small"]
    assert [run.language_model.slug for run in imported.runs] == ["large"]
    assert "Known already, and not kept again: small." in imported.notes


def test_a_known_sample_with_another_outcome_is_refused(bring, small):
    bring(("item-0", "small", 0, 1), ("item-1", "small", 0, 1))

    with pytest.raises(ValidationError, match="Of small, 1 samples are known already"):
        bring(("item-0", "small", 0, 0))
    further = bring(("item-0", "small", 1, 0))

    assert further.runs[0].sample == [1]


def test_what_another_organization_brought_is_its_own(bring, small, evaluation_set):
    stranger = OrganizationFactory()
    bring(("item-0", "small", 0, 1), organization=stranger)

    bring(("item-0", "small", 0, 1))

    assert EvaluationRun.objects.count() == 2


def test_what_was_measured_here_does_not_stand_in_the_way(bring, evaluation_set):
    measured = FinishedEvaluationRunFactory(evaluation_set=evaluation_set)

    imported = bring(
        ("item-0", "ours", 0, 0), models={"ours": measured.language_model.slug}
    )

    assert len(imported.runs) == 1


def test_an_outcome_without_score_or_answer_is_kept_as_unknown(bring, small):
    bring(("item-0", "small", 0, ""), ("item-1", "small", 0, 1))

    run = EvaluationRun.objects.get()
    assert math.isnan(run.score[0])
    assert (run.verdict[0], run.error[0]) == ("error", "no score in the file")
    assert run.calls_failed == 1


def test_a_model_without_any_score_is_refused(bring, small):
    LanguageModelFactory(slug="large")

    with pytest.raises(RowsRefused, match="The model large has no score at all"):
        bring(("item-0", "small", 0, 1), ("item-0", "large", 0, ""))


def test_answers_without_score_need_a_grader(bring, empty_set):
    head = "task,item,model,sample,answer"
    sent = SentOutcomes(text=table(("q1", "small", 0, "B"), head=head))

    with pytest.raises(RowsRefused, match="no grader to grade the answer with"):
        bring(sent=sent, on=empty_set)

    assert not empty_set.items.exists()


def test_answers_without_score_are_graded_by_the_set(bring, small):
    """The factory's items are choices: item-0 is A, item-1 is B, item-2 is C."""
    head = "task,item,model,sample,score,answer"
    rows = [
        ("item-0", "small", 0, "", "The answer is (A)."),
        ("item-1", "small", 0, "", "A"),
        ("item-2", "small", 0, "", "who knows?"),
        ("item-3", "small", 0, 1, "whatever they graded"),
    ]

    bring(sent=SentOutcomes(text=table(*rows, head=head)))

    run = EvaluationRun.objects.get()
    assert run.score == [1, 0, 0, 1]
    assert run.verdict == ["right", "wrong", "unparsable", "right"]
    assert run.answer == ["A", "A", "", "whatever they graded"]
    assert run.error == ["", "", "", ""]


def test_an_answer_of_an_unknown_item_is_refused(bring, small):
    head = "task,item,model,sample,answer"
    sent = SentOutcomes(text=table(("item-9", "small", 0, "A"), head=head))

    with pytest.raises(RowsRefused, match="The set has no such item"):
        bring(sent=sent)


def test_items_that_changed_since_answers_were_graded_are_refused(
    evaluation_set, small
):
    with pytest.raises(ValidationError, match="changed at this very moment"):
        items_for(evaluation_set, (), {}, NOON)


def test_long_answers_stay_apart(bring, small):
    head = "task,item,model,sample,score,answer"
    rows = [("item-0", "small", n, 0, "x" * 300 + end) for n, end in enumerate("aab")]

    bring(sent=SentOutcomes(text=table(*rows, head=head)))

    first, second, third = EvaluationRun.objects.get().answer
    assert first == second != third
    assert max(map(len, (first, third))) <= 200


def test_aligned_models_are_kept_without_flags(bring, empty_set):
    imported = bring(*rows_of(answers()), on=empty_set)

    assert imported.flags == []
    assert all(run.feeds_advice for run in imported.runs)


def shuffled(scores, model):
    scores = scores.copy()
    scores[model] = np.random.default_rng(4).permutation(scores[model])
    return scores


def test_a_model_with_shuffled_rows_is_flagged_and_not_fed(bring, empty_set):
    imported = bring(*rows_of(shuffled(answers(items=500), 1)), on=empty_set)

    (flag,) = imported.flags
    assert flag["models"] == ["small (imported)"]
    assert flag["items"] == 500
    fed = {run.language_model.slug: run.feeds_advice for run in imported.runs}
    assert fed == {"tiny": True, "small": False, "medium": True, "large": True}
    run = EvaluationRun.objects.get(language_model__slug="small")
    assert run.not_fed_because == "unaligned"
    assert run.source["flags"] == [flag]


def test_a_flagged_model_is_fed_when_its_bringer_insists(bring, empty_set):
    rows = rows_of(shuffled(answers(items=500), 1))

    imported = bring(*rows, on=empty_set, accept_unaligned=True)

    assert len(imported.flags) == 1
    assert all(run.feeds_advice for run in imported.runs)


def test_a_model_is_held_against_those_brought_before(bring, empty_set):
    scores = shuffled(answers(items=500), 3)
    bring(*rows_of(scores[:3], MODELS[:3]), on=empty_set)

    imported = bring(*rows_of(scores[3:], MODELS[3:]), on=empty_set)

    assert [flag["models"] for flag in imported.flags] == [["large (imported)"]]
    assert not imported.runs[0].feeds_advice


def test_models_without_anything_in_common_are_refused(bring, empty_set):
    rng = np.random.default_rng(3)
    scores = np.array([rng.permutation(own) for own in answers(items=300)])

    with pytest.raises(ValidationError, match="errors of no two models"):
        bring(*rows_of(scores), on=empty_set)

    assert not EvaluationRun.objects.exists()
    assert not empty_set.items.exists()


def test_an_unknown_format_is_refused(bring):
    with pytest.raises(ValidationError, match="outcomes, lm_evaluation"):
        bring(sent=SentOutcomes(format="helm", text="{}"))


def test_model_and_metric_are_of_logs_alone(bring, small):
    text = table(("item-0", "small", 0, 1))

    for stated in ({"model": "small"}, {"metric": "acc"}):
        with pytest.raises(Unreadable, match="leave out model and metric"):
            bring(sent=SentOutcomes(text=text, **stated))


def test_a_log_of_lm_evaluation_is_kept_with_its_metric(bring, empty_set):
    line = (
        '{"doc_id": 7, "resps": [["4"]], "filtered_resps": ["4"], "acc": 1.0,'
        ' "filter": "none", "metrics": ["acc"], "doc_hash": "00aa11bb22cc"}'
    )

    bring(
        sent=SentOutcomes(
            format="lm_evaluation", text=line, model="small", task="gsm8k", metric="acc"
        ),
        on=empty_set,
    )

    run = EvaluationRun.objects.get()
    assert run.source["metric"] == "acc"
    assert run.source["task"] == "gsm8k"
    assert empty_set.items.get().key == "7-00aa11bb22"
    assert run.answer == ["4"]
