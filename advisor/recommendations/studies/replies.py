"""The shape of what to evaluate next, for the OpenAPI document."""

from rest_framework import serializers

from advisor.recommendations.replies import MONEY
from advisor.recommendations.running_replies import OfferingReply


class NamedWorkloadReply(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class NextEvaluationReply(serializers.Serializer):
    workload = NamedWorkloadReply()
    offering = OfferingReply()
    service_tier = serializers.CharField()
    endpoints = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Where the offering can be asked; empty until you add an endpoint.",
    )
    probability = serializers.FloatField(help_text="Of meeting the workload's floor.")
    worth_month = serializers.DecimalField(
        **MONEY, help_text="The saving of a month times that probability."
    )
    items = serializers.IntegerField(allow_null=True)
    calls = serializers.IntegerField(allow_null=True)
    costs = serializers.DecimalField(
        **MONEY, allow_null=True, help_text="What those calls would cost, about."
    )
    currency = serializers.CharField()


class NextEvaluationsReply(serializers.Serializer):
    as_of = serializers.DateTimeField()
    results = NextEvaluationReply(many=True)
