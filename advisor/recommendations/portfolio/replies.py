"""The shape of a portfolio, for the OpenAPI document."""

from rest_framework import serializers

from advisor.recommendations.models import State
from advisor.recommendations.replies import (
    MONEY,
    IntervalReply,
    LatencyReply,
    ModelSizeReply,
    MonthReply,
    QualityReply,
)
from advisor.recommendations.running_replies import OfferingReply, StrategyReply

BANDS = ["small", "medium", "large", "undisclosed"]


def _sum(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(**MONEY, allow_null=True, help_text=help_text)


class PricedOptionReply(serializers.Serializer):
    offering = OfferingReply()
    service_tier = serializers.CharField()
    model_size = ModelSizeReply()
    monthly = _sum("Expected spend in the first projected month; null if unpriced.")
    twelve_months = IntervalReply(allow_null=True)
    months = MonthReply(many=True, allow_null=True)
    quality = QualityReply()
    latency = LatencyReply()
    strategy = StrategyReply(
        allow_null=True, help_text="How it is run; null where that is not on sale."
    )


class StandingAdviceReply(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finding = serializers.CharField(allow_null=True)
    provisional = serializers.BooleanField()
    option = PricedOptionReply(allow_null=True)


class WorkloadSpendReply(serializers.Serializer):
    in_use_monthly = _sum("Null if unpriced or if no option is stated.")
    recommended_monthly = _sum("Null without advice or a price.")
    realised_last_month = _sum("Actual spend of the last full month, null if unknown.")


class WorkloadSavingsReply(serializers.Serializer):
    open_monthly = _sum("What active advice saves on top of advice under way.")
    accepted_monthly = _sum("What advice accepted or in progress saves.")
    realised_to_date = _sum("What followed advice saved, null without usage.")


class AboveSmallestReply(serializers.Serializer):
    amount_monthly = _sum("Below 0 where the smaller option costs more.")
    smallest = PricedOptionReply()


class PortfolioWorkloadReply(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    task_family = serializers.CharField()
    requests_per_month = serializers.IntegerField()
    in_use = PricedOptionReply(allow_null=True)
    is_leaving = serializers.BooleanField(
        help_text="Whether advice accepted or in progress leaves the option in use."
    )
    recommendation = StandingAdviceReply(allow_null=True)
    spend = WorkloadSpendReply()
    savings = WorkloadSavingsReply()
    above_smallest = AboveSmallestReply(
        allow_null=True,
        help_text="Of large models and those of undisclosed size; null where no"
        " smaller one would do.",
    )


class SpendTotalsReply(serializers.Serializer):
    in_use = serializers.DecimalField(**MONEY)
    recommended = serializers.DecimalField(**MONEY)


class SavingsTotalsReply(serializers.Serializer):
    open = serializers.DecimalField(**MONEY)
    accepted = serializers.DecimalField(**MONEY)


class PortfolioTotalsReply(serializers.Serializer):
    spend_monthly = SpendTotalsReply()
    savings_monthly = SavingsTotalsReply()
    savings_realised = _sum("Null without usage.")
    savings_unknown = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Workloads whose savings are unknown and therefore in no total:"
        " without advice, or without a price.",
    )
    unpriced = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Workloads whose spend is unknown and therefore in no total.",
    )


class RequestShareReply(serializers.Serializer):
    band = serializers.ChoiceField(choices=BANDS)
    count = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class SpendShareReply(serializers.Serializer):
    band = serializers.ChoiceField(choices=BANDS)
    amount = serializers.DecimalField(**MONEY)
    share = serializers.FloatField(allow_null=True)


class YardstickReply(serializers.Serializer):
    key = serializers.CharField()
    share = serializers.FloatField()
    sentence = serializers.CharField()
    source = serializers.URLField()  # type: ignore[assignment]  # a name of DRF's


class SizeMixReply(serializers.Serializer):
    requests = RequestShareReply(many=True)
    spend = SpendShareReply(many=True)
    yardstick = YardstickReply(many=True)


class LargeModelsReply(serializers.Serializer):
    amount_monthly = serializers.DecimalField(**MONEY)
    workloads = serializers.ListField(child=serializers.UUIDField())
    sentence = serializers.CharField()


class PortfolioReply(serializers.Serializer):
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField()
    currency = serializers.CharField()
    workloads = PortfolioWorkloadReply(many=True)
    totals = PortfolioTotalsReply()
    size_mix = SizeMixReply()
    large_models = LargeModelsReply()
