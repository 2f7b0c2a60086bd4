"""Filters of the lists of endpoints, plans, runs and changes."""

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from benchmarks.models import (
    Basis,
    BenchmarkPlan,
    BenchmarkRun,
    Endpoint,
    EvaluationRun,
    EvaluationSet,
    EvaluationStudy,
    PerformanceChange,
    PlanTokenClass,
    RunStatus,
)
from catalog.filters import MomentField, StrictFilterSet, TrueFalseFilter
from workloads.models import TaskFamily


@extend_schema_field(OpenApiTypes.DATETIME)
class CreatedFilter(django_filters.Filter):  # type: ignore[misc]  # untyped
    """Compares the moment at which a row was made."""

    field_class = MomentField


class EndpointFilterSet(StrictFilterSet):
    """Filters of `endpoints/`."""

    offering = django_filters.UUIDFilter(field_name="offering_id")
    enabled = TrueFalseFilter()

    class Meta:
        model = Endpoint
        fields: list[str] = []


class PlanFilterSet(StrictFilterSet):
    """Filters of `benchmark-plans/`."""

    endpoint = django_filters.UUIDFilter(field_name="endpoint_id")
    enabled = TrueFalseFilter()

    class Meta:
        model = BenchmarkPlan
        fields: list[str] = []


class RunFilterSet(StrictFilterSet):
    """Filters of `benchmark-runs/`; `since` is included, `until` is not."""

    endpoint = django_filters.UUIDFilter(field_name="endpoint_id")
    offering = django_filters.UUIDFilter(field_name="offering_id")
    plan = django_filters.UUIDFilter(field_name="plan_id")
    status = django_filters.ChoiceFilter(choices=RunStatus.choices)
    token_class = django_filters.ChoiceFilter(choices=PlanTokenClass.choices)
    basis = django_filters.ChoiceFilter(choices=Basis.choices)
    since = CreatedFilter(
        field_name="created_at", lookup_expr="gte", label="Asked for then or later."
    )
    until = CreatedFilter(
        field_name="created_at", lookup_expr="lt", label="Asked for before then."
    )

    class Meta:
        model = BenchmarkRun
        fields: list[str] = []


class EvaluationRunFilterSet(StrictFilterSet):
    """Filters of `evaluation-runs/`; `since` is included, `until` is not."""

    evaluation_set = django_filters.UUIDFilter(field_name="evaluation_set_id")
    study = django_filters.UUIDFilter(field_name="study_id")
    endpoint = django_filters.UUIDFilter(field_name="endpoint_id")
    offering = django_filters.UUIDFilter(field_name="offering_id")
    model = django_filters.CharFilter(
        field_name="language_model__slug", label="Slug of the model."
    )
    status = django_filters.ChoiceFilter(choices=RunStatus.choices)
    basis = django_filters.ChoiceFilter(choices=Basis.choices)
    since = CreatedFilter(
        field_name="created_at", lookup_expr="gte", label="Asked for then or later."
    )
    until = CreatedFilter(
        field_name="created_at", lookup_expr="lt", label="Asked for before then."
    )

    class Meta:
        model = EvaluationRun
        fields: list[str] = []


class EvaluationStudyFilterSet(StrictFilterSet):
    """Filters of `evaluation-studies/`."""

    evaluation_set = django_filters.UUIDFilter(field_name="evaluation_set_id")
    workload = django_filters.UUIDFilter(field_name="workload_id")
    open = django_filters.BooleanFilter(
        field_name="closed_at", lookup_expr="isnull", label="Whether it is under way."
    )

    class Meta:
        model = EvaluationStudy
        fields: list[str] = []


class ChangeFilterSet(StrictFilterSet):
    """Filters of `benchmark-changes/`; `since` is included."""

    offering = django_filters.UUIDFilter(field_name="endpoint__offering_id")
    endpoint = django_filters.UUIDFilter(field_name="endpoint_id")
    since = CreatedFilter(
        field_name="received_at", lookup_expr="gte", label="Found out then or later."
    )

    class Meta:
        model = PerformanceChange
        fields: list[str] = []


class EvaluationSetFilterSet(StrictFilterSet):
    """Filters of `evaluation-sets/`."""

    name = django_filters.CharFilter()
    task_family = django_filters.ChoiceFilter(choices=TaskFamily.choices)
    workload = django_filters.UUIDFilter(field_name="workload_id")
    suite = django_filters.CharFilter(label="The kind of the ready suite.")

    class Meta:
        model = EvaluationSet
        fields: list[str] = []
