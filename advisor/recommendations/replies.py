"""The shape of an answer, for the OpenAPI document; replies are written by `answer`.

Money, rates and parameter counts are strings, so that no digit is lost on the way.
"""

from typing import Any

from rest_framework import serializers

from advisor.recommendations.models import Cause, DismissalReason, State
from advisor.recommendations.running_replies import (
    OfferingReply,
    StrategiesReply,
    StrategyReply,
)

FLOOR_KINDS = ["absolute", "relative"]
LATENCY_BASES = ["benchmarked", "imported", "modelled"]
MONEY: dict[str, Any] = {"max_digits": 20, "decimal_places": 2}


class ModelSizeReply(serializers.Serializer):
    band = serializers.ChoiceField(choices=["small", "medium", "large", "undisclosed"])
    total_parameters_b = serializers.CharField(
        allow_null=True, help_text="Billions; null if undisclosed."
    )
    active_parameters_b = serializers.CharField(allow_null=True)
    disclosed = serializers.BooleanField()


class IntervalReply(serializers.Serializer):
    low = serializers.DecimalField(**MONEY)
    expected = serializers.DecimalField(**MONEY)
    high = serializers.DecimalField(**MONEY)


class MonthReply(IntervalReply):
    month = serializers.CharField(help_text="Such as 2026-12.")


class SpendReply(serializers.Serializer):
    currency = serializers.CharField()
    level = serializers.CharField(help_text="Share of outcomes between low and high.")
    per_request = serializers.DecimalField(max_digits=20, decimal_places=9)
    monthly = MonthReply(many=True)
    twelve_months = IntervalReply()


class QualityReply(serializers.Serializer):
    estimate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    level = serializers.FloatField()
    meets_floor_probability = serializers.FloatField(allow_null=True)
    basis = serializers.ChoiceField(
        choices=["evaluated", "benchmarked", "published", "modelled", "unknown"]
    )
    items = serializers.IntegerField(allow_null=True)
    published_scores = serializers.IntegerField()


class ShareReply(serializers.Serializer):
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class WeightsReply(serializers.Serializer):
    own = serializers.FloatField()
    siblings = serializers.FloatField()
    modelled = serializers.FloatField()


class MeasuredReply(serializers.Serializer):
    runs = serializers.IntegerField()
    token_class = serializers.CharField()
    until = serializers.DateTimeField()
    error_rate = ShareReply()
    attained = ShareReply(
        allow_null=True, help_text="Share of requests within every limit."
    )
    method = serializers.CharField()
    weights = WeightsReply(
        help_text="What the time to first token rests on; the three sum to 1."
    )


class LatencyReply(serializers.Serializer):
    ttft_ms_p95 = serializers.FloatField(allow_null=True)
    itl_ms_p95 = serializers.FloatField(allow_null=True)
    request_ms_p95 = serializers.FloatField(allow_null=True)
    slo_attainment = serializers.FloatField(allow_null=True)
    basis = serializers.ChoiceField(choices=LATENCY_BASES)
    requests = serializers.IntegerField()
    measured = MeasuredReply(allow_null=True)


class SavingReply(serializers.Serializer):
    amount = serializers.DecimalField(**MONEY, allow_null=True)
    percent = serializers.DecimalField(max_digits=7, decimal_places=1, allow_null=True)


class SavingsReply(SavingReply):
    currency = serializers.CharField()
    at_list = SavingReply()
    payback_months = serializers.IntegerField(allow_null=True)


class ReasonReply(serializers.Serializer):
    code = serializers.CharField()
    # Any JSON, null included; `allow_null` would be read as "null or any", and null
    # is both, so it would match neither.
    limit = serializers.JSONField()
    value = serializers.JSONField()
    unit = serializers.CharField()
    field = serializers.CharField(
        allow_null=True, help_text="The workload's field that states the limit."
    )
    basis = serializers.ChoiceField(
        choices=LATENCY_BASES,
        allow_null=True,
        help_text="Whether a figure of latency was measured; null for other reasons.",
    )


class OptionReply(serializers.Serializer):
    rank = serializers.IntegerField(allow_null=True)
    tied_with = serializers.ListField(child=serializers.IntegerField())
    feasible = serializers.BooleanField()
    current = serializers.BooleanField()
    strategy = StrategyReply()
    model_size = ModelSizeReply()
    projected_spend = SpendReply(allow_null=True)
    quality = QualityReply()
    latency = LatencyReply()
    savings_to_current = SavingsReply(allow_null=True)
    performance_risk = serializers.IntegerField(min_value=0, max_value=4)
    migration_effort = serializers.ChoiceField(
        choices=["none", "low", "medium", "high"], allow_null=True
    )
    flags = serializers.ListField(child=serializers.CharField())
    reasons = ReasonReply(many=True)


class RungOptionReply(serializers.Serializer):
    rank = serializers.IntegerField(allow_null=True)
    offering = OfferingReply()
    service_tier = serializers.CharField()
    strategy = StrategyReply()
    model_size = ModelSizeReply()
    twelve_months = IntervalReply(allow_null=True)
    quality = QualityReply()
    latency = LatencyReply()


class RungReply(serializers.Serializer):
    band = serializers.ChoiceField(choices=["small", "medium", "large", "undisclosed"])
    feasible = serializers.BooleanField()
    option = RungOptionReply(allow_null=True)
    cost_multiple = serializers.DecimalField(**MONEY, allow_null=True)
    reasons = ReasonReply(many=True)


class FloorReply(serializers.Serializer):
    kind = serializers.ChoiceField(choices=FLOOR_KINDS)
    value = serializers.FloatField()
    confidence = serializers.FloatField()
    read_as = serializers.CharField(allow_null=True)
    reference_model = serializers.CharField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    note = serializers.CharField()


class RejectionReply(serializers.Serializer):
    offering = OfferingReply()
    service_tier = serializers.CharField()
    reasons = ReasonReply(many=True)


class RejectedReply(serializers.Serializer):
    count = serializers.IntegerField()
    by_reason = serializers.DictField(child=serializers.IntegerField())
    nearest = RejectionReply(many=True)


class RelaxationReply(serializers.Serializer):
    offering = OfferingReply()
    service_tier = serializers.CharField()
    relax = ReasonReply(many=True)
    twelve_months = serializers.DecimalField(**MONEY, allow_null=True)
    currency = serializers.CharField()
    options_let_in = serializers.IntegerField()


class ProofReply(serializers.Serializer):
    items = serializers.IntegerField(
        allow_null=True,
        help_text="Further items to ask; null where too many could not tell.",
    )
    calls = serializers.IntegerField(allow_null=True)
    amount = serializers.DecimalField(**MONEY, allow_null=True)
    currency = serializers.CharField()


class IfProvenReply(serializers.Serializer):
    rank = serializers.IntegerField(allow_null=True)
    strategy = StrategyReply()
    model_size = ModelSizeReply()
    twelve_months = serializers.DecimalField(**MONEY, allow_null=True)
    currency = serializers.CharField()
    quality = QualityReply()
    proof = ProofReply(
        help_text="What it takes until an option as good as estimated is proven."
    )


class ChangeReply(serializers.Serializer):
    id = serializers.CharField()
    offering = OfferingReply()
    token_class = serializers.CharField()
    figure = serializers.CharField()
    before = serializers.FloatField()
    after = serializers.FloatField()
    effective_from = serializers.DateTimeField()


class EvidenceReply(serializers.Serializer):
    prices = serializers.ListField(child=serializers.CharField())
    price_sheets = serializers.ListField(child=serializers.CharField())
    model_facts = serializers.ListField(child=serializers.CharField())
    offering_facts = serializers.ListField(child=serializers.CharField())
    published_scores = serializers.IntegerField()
    benchmark_runs = serializers.ListField(child=serializers.CharField())
    performance_changes = ChangeReply(many=True)
    evaluation_runs = serializers.ListField(child=serializers.CharField())
    fx_rates = serializers.ListField(child=serializers.CharField())
    contract_terms = serializers.ListField(child=serializers.CharField())


class AdviceReply(serializers.Serializer):
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField()
    engine_version = serializers.CharField()
    finding = serializers.ChoiceField(
        choices=[
            "over_provisioned",
            "under_provisioned",
            "optimized",
            "not_comparable",
        ],
        allow_null=True,
    )
    provisional = serializers.BooleanField(
        help_text="True while quality rests on published scores, not on your items."
    )
    currency = serializers.CharField()
    quality_floor = FloorReply(allow_null=True)
    recommended = serializers.IntegerField(
        allow_null=True, help_text="A rank in `options`; null when nothing fits."
    )
    meets_floor_at_confidence = serializers.IntegerField(allow_null=True)
    options = OptionReply(many=True)
    size_ladder = RungReply(many=True)
    frontier = serializers.ListField(child=serializers.IntegerField())
    rejected = RejectedReply()
    relaxation = RelaxationReply(allow_null=True)
    cheapest_if_proven = IfProvenReply(
        allow_null=True,
        help_text="The cheapest option whose estimate meets the floor without being"
        " sure enough, and what proof would cost.",
    )
    strategies = StrategiesReply(
        allow_null=True,
        help_text="What was weighed beside single calls; null until your own items"
        " were evaluated.",
    )
    evidence = EvidenceReply()


class AuthorReply(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["user", "api_key"])
    name = serializers.CharField()


class StepReply(serializers.Serializer):
    state = serializers.ChoiceField(choices=State.choices)
    at = serializers.DateTimeField()
    by = AuthorReply(allow_null=True, help_text="Null for the service itself.")
    reason = serializers.ChoiceField(choices=DismissalReason.choices, allow_null=True)
    note = serializers.CharField()


class RecommendationReply(AdviceReply):
    id = serializers.UUIDField()
    workload = serializers.UUIDField()
    workload_revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    cause = serializers.ChoiceField(
        choices=Cause.choices, help_text="Why advice was given at all."
    )
    status = serializers.ChoiceField(choices=State.choices)
    version = serializers.IntegerField(
        help_text="Counts the steps; with the id it makes the ETag."
    )
    life = StepReply(many=True)


class RecommendationSummaryReply(serializers.Serializer):
    id = serializers.UUIDField()
    workload = serializers.UUIDField()
    workload_revision = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=State.choices)
    engine_version = serializers.CharField()
    finding = serializers.CharField(allow_null=True)
    provisional = serializers.BooleanField()
    recommended = RungOptionReply(allow_null=True)


class RejectionsReply(serializers.Serializer):
    count = serializers.IntegerField()
    engine_version = serializers.CharField(
        help_text="The engine that recomputed them; the answer names its own."
    )
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = RejectionReply(many=True)
