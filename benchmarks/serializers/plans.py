"""What the API takes and shows of a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from benchmarks.models import BenchmarkPlan, PlanTokenClass, RunStatus
from benchmarks.models.plans import MINUTES_PER_WEEK
from benchmarks.serializers.load import BudgetField, LoadSerializer, visible_endpoint
from benchmarks.serializers.money import usd
from benchmarks.services import next_slot
from catalog.fields import OneOfField, TrueOrFalseField, WholeNumberField
from catalog.serializers import OfferingReferenceSerializer
from workloads.models import HOURS_PER_DAY
from workloads.serializers import MoneySerializer

BUDGETS = ("budget_per_run", "budget_per_month")
_OPTIONAL = (
    *("enabled", "cadence_minutes", "jitter_minutes", "hours_allowed", "workload"),
    *("profile", "requests", "warmup", "concurrency", "requests_per_second"),
    *("prompt_cache", "deadline_s"),
)


class LastRunSerializer(serializers.Serializer):
    """The newest slot of a plan, and how it went."""

    id = serializers.UUIDField()
    slot = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=RunStatus.choices)


class PlanSerializer(LoadSerializer):
    """How often and how an endpoint is measured, and what that may cost."""

    id = serializers.UUIDField(read_only=True)
    endpoint = visible_endpoint()
    offering = OfferingReferenceSerializer(source="endpoint.offering", read_only=True)
    enabled = TrueOrFalseField(required=False, help_text="True when left out.")
    cadence_minutes = WholeNumberField(
        required=False, min_value=1, max_value=MINUTES_PER_WEEK
    )
    jitter_minutes = WholeNumberField(
        required=False,
        min_value=0,
        max_value=MINUTES_PER_WEEK,
        help_text="Slots are moved by up to this much; below the cadence.",
    )
    hours_allowed = serializers.ListField(
        child=WholeNumberField(min_value=0, max_value=HOURS_PER_DAY - 1),
        required=False,
        max_length=HOURS_PER_DAY,
        help_text="UTC hours in which runs may start; empty for all.",
    )
    token_classes = serializers.ListField(
        child=OneOfField(choices=PlanTokenClass.choices),
        min_length=1,
        max_length=len(PlanTokenClass.values),
    )
    budget_per_run = BudgetField(help_text="Of the estimate; null is none.")
    budget_per_month = BudgetField(help_text="Of a calendar month; null is none.")
    spent_this_month = serializers.SerializerMethodField()
    next_slot_at = serializers.SerializerMethodField()
    last_run = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)

    def get_fields(self) -> dict[str, Any]:
        """Put the load after what the plan is and before what it may cost."""
        fields = super().get_fields()
        load = {name: fields.pop(name) for name in LoadSerializer().get_fields()}
        budgets = list(fields).index(BUDGETS[0])
        named = list(fields.items())
        return {**dict(named[:budgets]), **load, **dict(named[budgets:])}

    def to_representation(self, instance: BenchmarkPlan) -> dict[str, Any]:
        """Show budgets with their currency."""
        for name in BUDGETS:
            setattr(instance, name, usd(getattr(instance, f"{name}_usd")))
        shown: dict[str, Any] = super().to_representation(instance)
        return shown

    @extend_schema_field(MoneySerializer)
    def get_spent_this_month(self, plan: Any) -> Any:
        """Show what this calendar month's runs have cost so far."""
        return usd(plan.spent_usd)

    def get_next_slot_at(self, plan: BenchmarkPlan) -> datetime | None:
        """Show when the plan runs next; null while it or its endpoint is off."""
        if not plan.enabled or not plan.endpoint.enabled:
            return None
        return next_slot(plan, after=self.context["now"])

    @extend_schema_field(LastRunSerializer(allow_null=True))
    def get_last_run(self, plan: Any) -> Any:
        """Show how the newest slot went; null before the first."""
        if plan.last_run is None:
            return None
        shown = {"id": plan.last_run, "slot": plan.last_slot}
        return LastRunSerializer({**shown, "status": plan.last_status}).data


def plan_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan's fields for what was asked, defaults for what was not."""
    budgets = {name: validated.get(name) for name in BUDGETS}
    asked = {name: value for name, value in validated.items() if name not in BUDGETS}
    amounts = {
        f"{name}_usd": money["amount"] if money else None
        for name, money in budgets.items()
    }
    return {**{name: _default(name) for name in _OPTIONAL}, **asked, **amounts}


def asked_of(plan: BenchmarkPlan) -> dict[str, Any]:
    """Return a plan as the caller could have stated it, for a patch to be merged."""
    stated = {name: getattr(plan, name) for name in (*_OPTIONAL, "token_classes")}
    for name in ("endpoint", "workload"):
        key = getattr(plan, f"{name}_id")
        stated[name] = None if key is None else str(key)
    return stated | {name: usd(getattr(plan, f"{name}_usd")) for name in BUDGETS}


def _default(name: str) -> Any:
    field: Any = BenchmarkPlan._meta.get_field(name)
    return field.get_default()
