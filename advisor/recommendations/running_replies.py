"""The shape of how options are run, for the OpenAPI document."""

from rest_framework import serializers

from advisor.decision.strategies.kinds import Gap, Kind

KINDS = [each.value for each in Kind]
GAPS = [each.value for each in Gap]


class OfferingReply(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    provider = serializers.CharField()
    model = serializers.CharField()
    region = serializers.CharField(allow_null=True)


class DeferredReply(serializers.Serializer):
    service_tier = serializers.CharField()
    share = serializers.CharField(help_text="Share of requests that can wait.")


class StageReply(serializers.Serializer):
    offering = OfferingReply()
    service_tier = serializers.CharField()
    samples = serializers.IntegerField(help_text="Calls of one request at most.")
    accept_agreement = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="How many samples must agree, such as 2/3, or else the next stage is"
        " asked.",
    )
    calls_per_request = serializers.FloatField(required=False)
    cost_multiple = serializers.FloatField(
        required=False,
        help_text="What the stage costs, in single calls of every request.",
    )
    deferred = DeferredReply(required=False)


class StrategyReply(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS)
    stages = StageReply(many=True)


class GainReply(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS)
    samples = serializers.IntegerField()
    gain = serializers.FloatField(
        help_text="Right answers gained over a single call; 0.02 is two in a hundred."
    )
    low = serializers.FloatField()
    high = serializers.FloatField()
    level = serializers.FloatField()
    cost_multiple = serializers.FloatField()
    worth_considering = serializers.BooleanField(
        help_text="Whether the interval leaves zero out."
    )


class UnprovenReply(serializers.Serializer):
    subject = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    samples = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=GAPS)
    samples_needed = serializers.IntegerField()


class StrategiesReply(serializers.Serializer):
    considered = serializers.IntegerField()
    pruned = serializers.IntegerField()
    ways = GainReply(many=True)
    unproven = UnprovenReply(many=True)
