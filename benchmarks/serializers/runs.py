"""What the API takes and shows of a run."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from benchmarks.models import (
    Basis,
    BenchmarkRun,
    NotFed,
    PlanTokenClass,
    RunStatus,
)
from benchmarks.models.runs import WAITING
from benchmarks.progress import duration_s, share_done
from benchmarks.serializers.load import BudgetField, LoadSerializer, visible_endpoint
from benchmarks.serializers.money import usd
from catalog.fields import OneOfField
from catalog.models import ServiceTier
from catalog.serializers import OfferingReferenceSerializer
from workloads.serializers import MoneySerializer


class RunRequestSerializer(LoadSerializer):
    """One run, now."""

    endpoint = visible_endpoint()
    token_class = OneOfField(
        choices=PlanTokenClass.choices,
        required=False,
        help_text="Of 100 input and 300 output tokens, `short`, when left out.",
    )
    budget = BudgetField(
        help_text="A run whose estimate is above it is refused; null is none."
    )


def run_request(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `services.request_run` for what was asked."""
    asked = dict(validated)
    budget = asked.pop("budget", None)
    named = {
        "endpoint": asked.pop("endpoint"),
        "token_class": asked.pop("token_class", PlanTokenClass.SHORT),
        "workload": asked.pop("workload", None),
        "budget_usd": budget["amount"] if budget else None,
    }
    return {**named, "fields": asked}


class ProgressSerializer(serializers.Serializer):
    """How far a run is; `share` is done of total, from 0 to 1."""

    total = serializers.IntegerField(source="requests_total")
    done = serializers.IntegerField(source="requests_done")
    failed = serializers.IntegerField(source="requests_failed")
    cut_off = serializers.IntegerField()
    share = serializers.SerializerMethodField()

    def get_share(self, run: BenchmarkRun) -> float:
        """Return how much is done; a run of nothing is done from the start."""
        return share_done(run)


class TimingSerializer(serializers.Serializer):
    """When what happened to a run; null is not yet, or never."""

    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(
        allow_null=True, help_text="From when on advice may know of it."
    )
    duration_s = serializers.SerializerMethodField()
    window_start_s = serializers.FloatField(
        allow_null=True, help_text="Start of what is measured, after started_at."
    )
    window_end_s = serializers.FloatField(allow_null=True)

    def get_duration_s(self, run: BenchmarkRun) -> float | None:
        """Return how long the run took, in seconds."""
        return duration_s(run)


class NotFedSerializer(serializers.Serializer):
    """Why advice takes nothing from a run."""

    code = serializers.ChoiceField(choices=NotFed.values)
    detail = serializers.CharField()


class LinksSerializer(serializers.Serializer):
    """Where to go from here."""

    self = serializers.URLField()
    samples = serializers.URLField()
    cancel = serializers.URLField(allow_null=True, help_text="Null when it is over.")
    retry = serializers.URLField(
        allow_null=True, help_text="Null until it is over, and for an imported run."
    )
    retry_of = serializers.URLField(allow_null=True)
    endpoint = serializers.URLField(allow_null=True)
    plan = serializers.URLField(allow_null=True)


class RunSerializer(serializers.Serializer):
    """One measurement of an endpoint, as lists show it."""

    id = serializers.UUIDField()
    endpoint = serializers.UUIDField(source="endpoint_id", allow_null=True)
    offering = OfferingReferenceSerializer()
    service_tier = serializers.ChoiceField(choices=ServiceTier.choices)
    plan = serializers.UUIDField(source="plan_id", allow_null=True)
    retry_of = serializers.UUIDField(source="retry_of_id", allow_null=True)
    basis = serializers.ChoiceField(choices=Basis.choices)
    token_class = serializers.ChoiceField(choices=PlanTokenClass.choices)
    slot = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=RunStatus.choices)
    progress = ProgressSerializer(source="*")
    timing = TimingSerializer(source="*")
    stop_reason = serializers.CharField(help_text="Why it ended; empty until then.")
    failure = serializers.CharField(help_text="What went wrong; empty if nothing did.")
    estimate = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField()
    feeds_advice = serializers.BooleanField()
    not_fed_because = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_estimate(self, run: BenchmarkRun) -> Any:
        """Show what the run was expected to cost; null where no price is known."""
        return usd(run.estimate_usd)

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_cost(self, run: BenchmarkRun) -> Any:
        """Show what the run cost by the tokens it used; null where unknown."""
        return usd(run.cost_usd)

    @extend_schema_field(NotFedSerializer(allow_null=True))
    def get_not_fed_because(self, run: BenchmarkRun) -> Any:
        """Show why a finished run does not feed advice; null when it does."""
        code = run.not_fed_because
        return {"code": code, "detail": NotFed(code).label} if code else None

    @extend_schema_field(LinksSerializer)
    def get_links(self, run: BenchmarkRun) -> dict[str, str | None]:
        """Show where samples, plan and endpoint are, and what can be done."""
        waiting = run.status in WAITING
        # One that is called off is over once its worker has closed it.
        again = run.closed_at is not None and run.endpoint_id is not None
        return {
            "self": self._address("benchmark-run-detail", run.pk),
            "samples": self._address("benchmark-run-samples", run.pk),
            "cancel": self._address("benchmark-run-cancel", run.pk if waiting else ""),
            "retry": self._address("benchmark-run-retry", run.pk if again else ""),
            "retry_of": self._address("benchmark-run-detail", run.retry_of_id),
            "endpoint": self._address("endpoint-detail", run.endpoint_id),
            "plan": self._address("benchmark-plan-detail", run.plan_id),
        }

    def _address(self, name: str, key: Any) -> str | None:
        return reverse(name, [key], request=self.context["request"]) if key else None


class ClientSerializer(serializers.Serializer):
    """How our own client fared; a run that it held back says so."""

    version = serializers.CharField(source="client_version")
    health = serializers.JSONField(source="client_health")


class RunDetailSerializer(RunSerializer):
    """One measurement with all that was asked of it and what came of it."""

    asked = serializers.JSONField(help_text="All that was asked, but the credential.")
    client = ClientSerializer(source="*")
    summary = serializers.JSONField(help_text="Empty until the run is over.")


class SamplesSerializer(serializers.Serializer):
    """The requests of a run, one array per figure, all of one length."""

    run = serializers.UUIDField()
    requests = serializers.IntegerField()
    columns = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField(allow_null=True)),
        help_text="By the names of the CSV's head; null is unknown.",
    )
