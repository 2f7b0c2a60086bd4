"""Evaluation sets with items, and runs over them, with valid defaults."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from benchmarks.models import (
    EvaluationItem,
    EvaluationRun,
    EvaluationSet,
    EvaluationStudy,
)
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import LanguageModelFactory

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = 4


class EvaluationSetFactory(DjangoModelFactory):
    """Four questions of one organization, each answered by its own letter.

    `items` is how many, or the fields of each; `frozen_at` freezes the set after its
    items are in.
    """

    class Meta:
        model = EvaluationSet
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Tickets {n}")
    task_family = "classification"
    content_hash = factory.Sequence(lambda n: f"{n:064x}")
    created_at = JANUARY

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        items, frozen_at = kwargs.pop("items", ITEMS), kwargs.pop("frozen_at", None)
        made = super()._create(model_class, *args, **kwargs)
        each = [{} for _ in range(items)] if isinstance(items, int) else items
        for position, fields in enumerate(each):
            EvaluationItemFactory(
                evaluation_set=made, **{"position": position, **fields}
            )
        if frozen_at is not None:
            made.frozen_at = frozen_at
            made.save(update_fields=["frozen_at"])
        return made


class SuiteSetFactory(EvaluationSetFactory):
    """A set of the ready suite: it belongs to nobody and is seen by all."""

    organization = None
    suite = "ticket_routing"
    suite_seed = 1


class EvaluationItemFactory(DjangoModelFactory):
    """Item n asks for the letter A, B, C or D by turns."""

    class Meta:
        model = EvaluationItem

    evaluation_set = factory.SubFactory(EvaluationSetFactory, items=0)
    position = factory.Sequence(lambda n: n)
    key = factory.LazyAttribute(lambda item: f"item-{item.position}")
    messages = factory.LazyAttribute(
        lambda item: [
            {"role": "user", "content": f"Question {item.position}: A, B, C or D?"}
        ]
    )
    expected = factory.LazyAttribute(lambda item: "ABCD"[item.position % 4])
    grader = {"kind": "choice", "choices": ["A", "B", "C", "D"]}


class EvaluationStudyFactory(DjangoModelFactory):
    """An adaptive study that nobody has looked at; give `endpoints` to add them."""

    class Meta:
        model = EvaluationStudy
        skip_postgeneration_save = True

    evaluation_set = factory.SubFactory(EvaluationSetFactory)
    organization = factory.SelfAttribute("evaluation_set.organization")
    allocation = "adaptive"
    floor_kind = "relative"
    floor_value = 0.9
    order_seed = 1
    budget_calls = 1_000
    created_at = JANUARY

    @factory.post_generation
    def endpoints(self, create, extracted, **kwargs):
        if create and extracted:
            self.endpoints.set(extracted)


class EvaluationRunFactory(DjangoModelFactory):
    """A run over all items of a set, one sample each, that waits for a worker."""

    class Meta:
        model = EvaluationRun

    evaluation_set = factory.SubFactory(EvaluationSetFactory)
    organization = factory.SelfAttribute("evaluation_set.organization")
    endpoint = factory.SubFactory(
        EndpointFactory, organization=factory.SelfAttribute("..organization")
    )
    offering = factory.SelfAttribute("endpoint.offering")
    service_tier = factory.SelfAttribute("endpoint.service_tier")
    language_model = factory.SelfAttribute("offering.model")
    samples = 1
    temperature = 0.0
    positions = factory.LazyAttribute(
        lambda run: list(
            run.evaluation_set.items.order_by("position").values_list(
                "position", flat=True
            )
        )
    )
    calls_total = factory.LazyAttribute(lambda run: len(run.positions) * run.samples)
    created_at = JANUARY


class FinishedEvaluationRunFactory(EvaluationRunFactory):
    """A run that has answers and speaks to advice; every answer is right.

    `scores` gives other ones: a sequence by place in `positions` of each sample's
    score. A right answer is the class "right", any other "wrong"; 100 tokens in, 10
    out and 500 ms each. Columns given by name replace those made here.
    """

    status = "succeeded"
    stop_reason = "completed"
    started_at = factory.SelfAttribute("created_at")
    finished_at = factory.LazyAttribute(
        lambda run: run.created_at + timedelta(minutes=1)
    )
    closed_at = factory.SelfAttribute("finished_at")
    received_at = factory.SelfAttribute("finished_at")
    feeds_advice = True
    calls_done = factory.SelfAttribute("calls_total")
    cost_usd = Decimal("0.01")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        scores = kwargs.pop("scores", None)
        if scores is None:
            scores = [[1.0] * kwargs["samples"] for _ in kwargs["positions"]]
        columns = columns_of(kwargs["positions"], scores)
        return super()._create(model_class, *args, **{**columns, **kwargs})


class ImportedEvaluationRunFactory(FinishedEvaluationRunFactory):
    """Outcomes of a model, whoever serves it, that were brought along."""

    basis = "imported"
    endpoint = None
    offering = None
    service_tier = ""
    language_model = factory.SubFactory(LanguageModelFactory)
    temperature = None
    cost_usd = None


def columns_of(positions, scores):
    """Return the columns of a run with these scores, by place and sample."""
    rows = [
        (position, sample, float(score))
        for position, samples in zip(positions, scores, strict=True)
        for sample, score in enumerate(samples)
    ]
    right = [score == 1.0 for _, _, score in rows]
    return {
        "item": [position for position, _, _ in rows],
        "sample": [sample for _, sample, _ in rows],
        "score": [score for _, _, score in rows],
        "input_tokens": [100.0] * len(rows),
        "output_tokens": [10.0] * len(rows),
        "latency_ms": [500.0] * len(rows),
        "verifier_score": [float("nan")] * len(rows),
        "verdict": ["right" if each else "wrong" for each in right],
        "answer": ["right" if each else "wrong" for each in right],
        "error": [""] * len(rows),
    }
