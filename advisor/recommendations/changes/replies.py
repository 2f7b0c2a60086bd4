"""The shape of a comparison, for the OpenAPI document."""

from rest_framework import serializers

from advisor.decision.worlds import DRIVERS
from advisor.recommendations.replies import (
    MONEY,
    ModelSizeReply,
    ReasonReply,
)
from advisor.recommendations.running_replies import OfferingReply


class PickedReply(serializers.Serializer):
    offering = OfferingReply()
    service_tier = serializers.CharField()
    model_size = ModelSizeReply()


class EndReply(serializers.Serializer):
    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField()
    picked = PickedReply(allow_null=True)
    twelve_months = serializers.DecimalField(
        **MONEY, allow_null=True, help_text="As the answer was kept."
    )


class SpendChangeReply(serializers.Serializer):
    before = serializers.DecimalField(**MONEY, allow_null=True)
    after = serializers.DecimalField(**MONEY, allow_null=True)
    change = serializers.DecimalField(
        **MONEY, allow_null=True, help_text="Null where nothing fits at one end."
    )


class TotalsReply(serializers.Serializer):
    """Three parts that sum to the change; all null where there is none."""

    edits = serializers.DecimalField(**MONEY, allow_null=True)
    repriced = serializers.DecimalField(**MONEY, allow_null=True)
    switch = serializers.DecimalField(**MONEY, allow_null=True)


class DriverReply(serializers.Serializer):
    driver = serializers.ChoiceField(choices=DRIVERS)
    amount = serializers.DecimalField(
        **MONEY, allow_null=True, help_text="All amounts sum to the change."
    )
    changed = serializers.BooleanField(
        help_text="Whether anything differs that you could see, paid or not."
    )
    sentence = serializers.CharField(allow_null=True)


class MovementReply(serializers.Serializer):
    offering = OfferingReply()
    service_tier = serializers.CharField()
    rank_before = serializers.IntegerField(allow_null=True)
    rank_after = serializers.IntegerField(allow_null=True)
    movement = serializers.ChoiceField(choices=["rose", "fell", "left", "entered"])
    twelve_months_before = serializers.DecimalField(**MONEY, allow_null=True)
    twelve_months_after = serializers.DecimalField(**MONEY, allow_null=True)
    reasons = ReasonReply(many=True, help_text="What refuses it in the newer answer.")
    sentence = serializers.CharField()


class EditReply(serializers.Serializer):
    field = serializers.CharField(help_text="The workload's field, as a path.")
    # Any JSON, null included, as in `ReasonReply`.
    before = serializers.JSONField()
    after = serializers.JSONField()
    sentence = serializers.CharField()


# `from` is no name for an attribute.
ChangesReply = type(
    "ChangesReply",
    (serializers.Serializer,),
    {
        "__doc__": "What changed between two recommendations, and why.",
        "from": EndReply(),
        "to": EndReply(),
        "currency": serializers.CharField(),
        "twelve_months": SpendChangeReply(),
        "totals": TotalsReply(),
        "drivers": DriverReply(many=True),
        "pick_changed": serializers.BooleanField(),
        "options": MovementReply(many=True),
        "edits": EditReply(many=True),
        "sentences": serializers.ListField(
            child=serializers.CharField(),
            help_text="The news, most important first; empty if there is none.",
        ),
        "notes": serializers.ListField(
            child=serializers.CharField(),
            help_text="Where an answer, computed again, is not what was kept.",
        ),
    },
)
