"""What the API takes and shows of evaluation runs."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.serializers import StrictSerializer
from benchmarks.evaluation_results import result_of
from benchmarks.grading import Verdict
from benchmarks.harness.samples import ErrorKind
from benchmarks.models import (
    Basis,
    EvaluationRun,
    EvaluationSet,
    RunStatus,
)
from benchmarks.models.evaluations.sets import MAX_ITEMS
from benchmarks.models.runs import WAITING
from benchmarks.progress import share_called
from benchmarks.serializers.load import BudgetField, VisibleField, visible_endpoint
from benchmarks.serializers.money import usd
from benchmarks.serializers.performance import FigureField, PercentilesReply
from benchmarks.services.evaluations.answers import GRADER_FAILED
from benchmarks.services.evaluations.requests import MAX_SAMPLES
from catalog.fields import NumberField, WholeNumberField
from catalog.models import ServiceTier
from catalog.serializers import OfferingReferenceSerializer
from workloads.serializers import MoneySerializer


class EvaluationRequestSerializer(StrictSerializer):
    """A set to be asked at an endpoint."""

    evaluation_set = VisibleField(
        EvaluationSet.objects.all(), "No such set: take an id from evaluation-sets/."
    )
    endpoint = visible_endpoint()
    positions = serializers.ListField(
        child=WholeNumberField(min_value=0),
        required=False,
        allow_null=True,
        max_length=MAX_ITEMS,
        help_text="Which items, in the order of asking; all of them when left out.",
    )
    samples = WholeNumberField(
        required=False,
        min_value=1,
        max_value=MAX_SAMPLES,
        help_text="Answers to each item, 1 when left out; votes need several.",
    )
    temperature = NumberField(
        required=False,
        allow_null=True,
        min_value=0.0,
        max_value=2.0,
        help_text="0 when left out; null leaves it to the endpoint.",
    )
    judge = visible_endpoint(
        required=False,
        allow_null=True,
        help_text="Another endpoint, for items with the grader judge.",
    )
    budget = BudgetField(
        help_text="A run whose estimate is above it is refused, and none costs more;"
        " null is none."
    )


def evaluation_request(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `request_evaluation` for what was asked."""
    asked = dict(validated)
    budget = asked.pop("budget", None)
    return {**asked, "budget_usd": budget["amount"] if budget else None}


class CallsSerializer(serializers.Serializer):
    """How far a run is; `share` is done of total, from 0 to 1."""

    total = serializers.IntegerField(source="calls_total")
    done = serializers.IntegerField(source="calls_done")
    failed = serializers.IntegerField(
        source="calls_failed", help_text="Without an answer that has a score."
    )
    share = serializers.SerializerMethodField()

    def get_share(self, run: EvaluationRun) -> float:
        """Return how much is done."""
        return share_called(run)


class EvaluationTimingSerializer(serializers.Serializer):
    """When what happened to a run; null is not yet, or never."""

    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(
        allow_null=True, help_text="From when on advice may know of it."
    )


class EvaluationLinksSerializer(serializers.Serializer):
    """Where to go from here."""

    self = serializers.URLField()
    outcomes = serializers.URLField()
    evaluation_set = serializers.URLField()
    endpoint = serializers.URLField(allow_null=True)
    cancel = serializers.URLField(allow_null=True, help_text="Null when it is over.")


class EvaluationRunSerializer(serializers.Serializer):
    """One offering held against a set, as lists show it."""

    id = serializers.UUIDField()
    evaluation_set = serializers.UUIDField(source="evaluation_set_id")
    study = serializers.UUIDField(source="study_id", allow_null=True)
    round = serializers.IntegerField()
    basis = serializers.ChoiceField(choices=Basis.choices)
    endpoint = serializers.UUIDField(source="endpoint_id", allow_null=True)
    model = serializers.CharField(source="language_model.slug")
    offering = OfferingReferenceSerializer(allow_null=True)
    service_tier = serializers.ChoiceField(choices=ServiceTier.choices)
    samples = serializers.IntegerField()
    temperature = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(choices=RunStatus.choices)
    progress = CallsSerializer(source="*")
    timing = EvaluationTimingSerializer(source="*")
    stop_reason = serializers.CharField(help_text="Why it ended; empty until then.")
    failure = serializers.CharField(help_text="What went wrong; empty if nothing did.")
    budget = serializers.SerializerMethodField()
    estimate = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField()
    feeds_advice = serializers.BooleanField()
    not_fed_because = serializers.CharField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_budget(self, run: EvaluationRun) -> Any:
        """Show what the run may cost at most; null is no limit."""
        return usd(run.budget_usd)

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_estimate(self, run: EvaluationRun) -> Any:
        """Show what the run costs if every answer is as long as it may be."""
        return usd(run.estimate_usd)

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_cost(self, run: EvaluationRun) -> Any:
        """Show what the run cost by now, what is under way as estimated."""
        return usd(run.cost_usd)

    @extend_schema_field(EvaluationLinksSerializer)
    def get_links(self, run: EvaluationRun) -> dict[str, str | None]:
        """Show where outcomes, set and endpoint are, and what can be done."""
        waiting = run.status in WAITING
        return {
            "self": self._address("evaluation-run-detail", run.pk),
            "outcomes": self._address("evaluation-run-outcomes", run.pk),
            "evaluation_set": self._address(
                "evaluation-set-detail", run.evaluation_set_id
            ),
            "endpoint": self._address("endpoint-detail", run.endpoint_id),
            "cancel": self._address("evaluation-run-cancel", run.pk if waiting else ""),
        }

    def _address(self, name: str, key: Any) -> str | None:
        return reverse(name, [key], request=self.context["request"]) if key else None


class ItemScoreSerializer(serializers.Serializer):
    """A weighted mean of item scores; those of a cluster are one piece of evidence."""

    items = serializers.IntegerField(help_text="With a score.")
    mean = FigureField()
    low = FigureField()
    high = FigureField()
    level = serializers.FloatField(help_text="Of the interval, two-sided.")


class CountedTokensSerializer(serializers.Serializer):
    """Tokens of one kind; null where the endpoint counted none."""

    total = FigureField()
    mean = FigureField(help_text="Per call that was counted.")


class ResultSerializer(serializers.Serializer):
    """All outcomes of a run in brief."""

    outcomes = serializers.IntegerField()
    verdicts = serializers.DictField(
        child=serializers.IntegerField(),
        help_text=f"Outcomes of each: {', '.join(Verdict)}; none is left out.",
    )
    errors_by_kind = serializers.DictField(
        child=serializers.IntegerField(),
        help_text=f"Why there is no answer: {', '.join(ErrorKind)}; {GRADER_FAILED}.",
    )
    score = ItemScoreSerializer(allow_null=True)
    by_difficulty = serializers.DictField(child=ItemScoreSerializer())
    input_tokens = CountedTokensSerializer()
    output_tokens = CountedTokensSerializer()
    latency_ms = PercentilesReply()


class EvaluationRunDetailSerializer(EvaluationRunSerializer):
    """One run with all that was asked of it, and what came of it by now."""

    asked = serializers.JSONField(help_text="Where and how, but the credential.")
    served_models = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Answers by the name that the model gave itself.",
    )
    judging = serializers.JSONField(
        help_text="How the judge fared: answers scored twice (pairs), how many of them"
        " differently (disagreed), mean differences from itself and from people, cost;"
        " empty without one."
    )
    imported_from = serializers.JSONField(
        source="source", help_text="The file, and what was noticed in it; else empty."
    )
    result = serializers.SerializerMethodField()

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, run: EvaluationRun) -> Any:
        """Show all outcomes in brief; null before the first."""
        items = run.evaluation_set.items.defer("messages", "expected", "grader")
        found = result_of(run, items)
        return None if found is None else ResultSerializer(found).data


class SampleOutcomeSerializer(serializers.Serializer):
    """One answer; null is unknown."""

    sample = serializers.IntegerField()
    score = FigureField(help_text="0 to 1; null where no answer came.")
    verdict = serializers.ChoiceField(choices=[str(each) for each in Verdict])
    answer = serializers.CharField(help_text="As parsed: what votes are counted by.")
    input_tokens = FigureField()
    output_tokens = FigureField()
    latency_ms = FigureField()
    error = serializers.CharField(help_text="Why no answer came; else empty.")


class ItemOutcomesSerializer(serializers.Serializer):
    """One item and the answers to it."""

    position = serializers.IntegerField(source="item.position")
    key = serializers.CharField(source="item.key")
    expected = serializers.JSONField(source="item.expected", allow_null=True)
    weight = serializers.FloatField(source="item.weight")
    cluster = serializers.CharField(source="item.cluster")
    difficulty = serializers.CharField(source="item.difficulty")
    samples = SampleOutcomeSerializer(many=True)
