"""What plans and single runs have in common: whom to call, and how hard."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from benchmarks.models import Endpoint
from benchmarks.models.plans import (
    MAX_CONCURRENCY,
    MAX_DEADLINE_S,
    MAX_REQUESTS,
    PROFILES,
    PROMPT_CACHES,
)
from catalog.fields import NumberField, OneOfField, WholeNumberField
from workloads.models import Workload
from workloads.serializers import MoneySerializer

MAX_WARMUP = 100


@extend_schema_field(OpenApiTypes.UUID)
class VisibleField(serializers.Field):
    """The id of a row that the caller may see."""

    def __init__(self, rows: Any, refusal: str, **options: Any) -> None:
        super().__init__(**options)
        self.rows, self.refusal = rows, refusal

    def to_internal_value(self, data: Any) -> Any:
        """Return the row, or refuse what the caller cannot see."""
        named = serializers.UUIDField().run_validation(data)
        organization = self.context["request"].auth.organization
        row = self.rows.visible_to(organization).filter(pk=named).first()
        if row is None:
            raise serializers.ValidationError(self.refusal, "unknown")
        return row

    def to_representation(self, value: Any) -> str:
        """Show the id alone."""
        return str(value.pk)

    def use_pk_only_optimization(self) -> bool:
        """Spare the row's own query."""
        return True


class BudgetField(MoneySerializer):
    """An amount to keep to, above zero; null is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a budget that allows nothing."""
        if not attrs["amount"]:
            raise serializers.ValidationError(
                {"amount": ["Must be above 0; give null for no budget."]}, "min_value"
            )
        return attrs


def visible_endpoint(**options: Any) -> VisibleField:
    """Return the field that names an endpoint."""
    refusal = "No such endpoint: take an id from endpoints/."
    return VisibleField(
        Endpoint.objects.select_related("organization"), refusal, **options
    )


def visible_workload(**options: Any) -> VisibleField:
    """Return the field that names a workload, of which the newest revision counts."""
    refusal = "No such workload: take an id from workloads/."
    rows = Workload.objects.filter(archived_at__isnull=True)
    return VisibleField(rows, refusal, required=False, allow_null=True, **options)


class LoadSerializer(StrictSerializer):
    """How requests arrive; what is left out has the model's own default."""

    workload = visible_workload(
        help_text="Whose lengths the token class `workload` takes."
    )
    profile = OneOfField(choices=PROFILES, required=False)
    requests = WholeNumberField(required=False, min_value=1, max_value=MAX_REQUESTS)
    warmup = WholeNumberField(required=False, min_value=0, max_value=MAX_WARMUP)
    concurrency = WholeNumberField(
        required=False,
        min_value=1,
        max_value=MAX_CONCURRENCY,
        help_text="Of profile `concurrent`; the first step of a `sweep`.",
    )
    requests_per_second = NumberField(
        required=False,
        min_value=0.001,
        max_value=1_000.0,
        help_text="Mean rate of profile `poisson`.",
    )
    prompt_cache = OneOfField(choices=PROMPT_CACHES, required=False)
    deadline_s = WholeNumberField(
        required=False,
        min_value=1,
        max_value=MAX_DEADLINE_S,
        help_text="What is under way by then is cut off.",
    )
