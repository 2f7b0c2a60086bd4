"""What the API takes and shows of studies, which decide between endpoints."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.serializers import StrictSerializer
from benchmarks.models import Allocation, EvaluationSet, EvaluationStudy
from benchmarks.serializers.load import (
    BudgetField,
    VisibleField,
    visible_endpoint,
    visible_workload,
)
from benchmarks.serializers.money import usd
from benchmarks.services.evaluations.requests import MAX_SAMPLES
from benchmarks.services.evaluations.studies import MOST_ENDPOINTS
from catalog.fields import NumberField, OneOfField, WholeNumberField
from workloads.models import QualityFloorKind
from workloads.serializers import MoneySerializer

MAX_CALLS = 10_000_000
# What a study's end means, in a sentence.
STOP_SENTENCES = {
    "": "It is under way.",
    "nothing_to_gain": "Nothing more that could be asked would change what to buy"
    " enough to be worth its calls.",
    "calls_used": "The calls that it may make are used.",
    "items_used": "Every endpoint that matters was asked every item.",
    "all_asked": "Every item was asked at every endpoint.",
    "over_budget": "The money that it may cost is used.",
    "no_endpoints_left": "Fewer than two of its endpoints answered and have a price.",
    "run_refused": "The next runs were refused.",
    "cancelled": "It was called off.",
}


class FloorStatedSerializer(StrictSerializer):
    """The floor to hold endpoints to, in the place of the workload's."""

    kind = OneOfField(choices=[QualityFloorKind.ABSOLUTE, QualityFloorKind.RELATIVE])
    value = NumberField(min_value=0.0, max_value=1.0)
    confidence = NumberField(required=False, min_value=0.01, max_value=0.999)


class StudyRequestSerializer(StrictSerializer):
    """A set to be asked at several endpoints, to decide between them."""

    evaluation_set = VisibleField(
        EvaluationSet.objects.all(), "No such set: take an id from evaluation-sets/."
    )
    endpoints = serializers.ListField(
        child=visible_endpoint(), max_length=MOST_ENDPOINTS
    )
    allocation = OneOfField(
        choices=Allocation.values,
        required=False,
        help_text="adaptive, when left out: the calls go where they can still change"
        " what to buy, half of all at most. fixed: every item to every endpoint.",
    )
    workload = visible_workload(
        help_text="Whose floor, confidence and spend decide; null is none."
    )
    quality_floor = FloorStatedSerializer(required=False)
    samples = WholeNumberField(required=False, min_value=1, max_value=MAX_SAMPLES)
    temperature = NumberField(required=False, min_value=0.0, max_value=2.0)
    budget_calls = WholeNumberField(required=False, min_value=1, max_value=MAX_CALLS)
    budget = BudgetField(help_text="Of all its runs together; null is none.")


def study_request(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `create_study` for what was asked."""
    asked = dict(validated)
    budget = asked.pop("budget", None)
    floor = asked.pop("quality_floor", {})
    return {
        **asked,
        **{
            field: floor[name]
            for name, field in (
                ("kind", "floor_kind"),
                ("value", "floor_value"),
                ("confidence", "confidence"),
            )
            if name in floor
        },
        "budget_usd": budget["amount"] if budget else None,
    }


class StandingSerializer(serializers.Serializer):
    """Where one endpoint stands; null is not known yet."""

    endpoint = serializers.UUIDField()
    name = serializers.CharField()
    items = serializers.IntegerField()
    probability = serializers.FloatField(
        allow_null=True, help_text="Of meeting the floor."
    )
    best = serializers.FloatField(allow_null=True, help_text="Of being the best.")
    mean = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    worth_usd_month = serializers.FloatField(
        allow_null=True, help_text="What asking it on may save a month."
    )
    cost_usd_month = serializers.FloatField(allow_null=True)
    dropped = serializers.CharField(help_text="Why it is out; empty when it is not.")


class StudySerializer(serializers.Serializer):
    """A study: what it asks, how far it is, and where its endpoints stand."""

    id = serializers.UUIDField()
    evaluation_set = serializers.UUIDField(source="evaluation_set_id")
    workload = serializers.UUIDField(source="workload_id", allow_null=True)
    allocation = serializers.ChoiceField(choices=Allocation.choices)
    samples = serializers.IntegerField()
    temperature = serializers.FloatField()
    quality_floor = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    rounds = serializers.IntegerField()
    calls = serializers.SerializerMethodField()
    budget = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField()
    pick = serializers.SerializerMethodField()
    cheapest_if_proven = serializers.SerializerMethodField()
    proof_calls = serializers.SerializerMethodField()
    threshold = serializers.SerializerMethodField()
    endpoints = serializers.SerializerMethodField()
    stop_reason = serializers.CharField()
    sentence = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    looked_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    links = serializers.SerializerMethodField()

    @extend_schema_field(FloorStatedSerializer)
    def get_quality_floor(self, study: EvaluationStudy) -> dict[str, Any]:
        """Return the floor that endpoints are held to."""
        return {
            "kind": study.floor_kind,
            "value": study.floor_value,
            "confidence": study.confidence,
        }

    def get_status(self, study: EvaluationStudy) -> str:
        """Return open or closed."""
        return "open" if study.closed_at is None else "closed"

    def get_calls(self, study: EvaluationStudy) -> dict[str, int]:
        """Return how many calls were made, and how many may be."""
        done = sum(run.calls_done for run in study.runs.all())
        return {"done": done, "most": study.budget_calls}

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_budget(self, study: EvaluationStudy) -> Any:
        """Return what all runs together may cost."""
        return usd(study.budget_usd)

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_cost(self, study: EvaluationStudy) -> Any:
        """Return what its runs cost by now; null where a price is unknown."""
        costs = [run.cost_usd for run in study.runs.all() if run.closed_at is not None]
        if any(cost is None for cost in costs):
            return None
        return usd(sum((cost for cost in costs if cost is not None), Decimal(0)))

    def get_pick(self, study: EvaluationStudy) -> str | None:
        """Return the endpoint to buy at the confidence asked, null for none yet."""
        return _of_standing(study, "pick")

    def get_cheapest_if_proven(self, study: EvaluationStudy) -> str | None:
        """Return the cheaper endpoint that lacks only proof."""
        return _of_standing(study, "cheapest_if_proven")

    def get_proof_calls(self, study: EvaluationStudy) -> int | None:
        """Return how many further calls its proof would take."""
        calls: int | None = study.standing.get("proof_calls")
        return calls

    def get_threshold(self, study: EvaluationStudy) -> float | None:
        """Return the floor as a share of right answers."""
        threshold: float | None = study.standing.get("threshold")
        return threshold

    @extend_schema_field(StandingSerializer(many=True))
    def get_endpoints(self, study: EvaluationStudy) -> list[dict[str, Any]]:
        """Return where each endpoint stands."""
        known = study.standing.get("endpoints", {})
        return [
            {
                **_NOTHING_KNOWN,
                **known.get(str(endpoint.pk), {}),
                "endpoint": str(endpoint.pk),
                "name": endpoint.name,
            }
            for endpoint in study.endpoints.all()
        ]

    def get_sentence(self, study: EvaluationStudy) -> str:
        """Return why it ended."""
        return STOP_SENTENCES.get(study.stop_reason, study.stop_reason)

    def get_links(self, study: EvaluationStudy) -> dict[str, str]:
        """Return where to go from here."""
        request = self.context.get("request")
        runs = reverse("evaluation-run-list", request=request)
        return {
            "self": reverse("evaluation-study-detail", [study.pk], request=request),
            "runs": f"{runs}?study={study.pk}",
        }


_NOTHING_KNOWN: dict[str, Any] = {
    **dict.fromkeys(
        ("probability", "best", "mean", "low", "high", "worth_usd_month"), None
    ),
    "cost_usd_month": None,
    "items": 0,
    "dropped": "",
}


def _of_standing(study: EvaluationStudy, name: str) -> str | None:
    found: str | None = study.standing.get(name)
    return found
