import uuid
from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import workloads.models
from accounts.add_only import forbid_changes


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_add_only"),
        ("catalog", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Workload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WorkloadRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("received_at", models.DateTimeField()),
                (
                    "task_family",
                    models.CharField(
                        choices=[
                            ("support_chat", "Support Chat"),
                            ("classification", "Classification"),
                            ("extraction", "Extraction"),
                            ("summarization", "Summarization"),
                            ("rag_question_answering", "Rag Question Answering"),
                            ("code", "Code"),
                            ("maths_reasoning", "Maths Reasoning"),
                            ("agentic_tool_use", "Agentic Tool Use"),
                        ],
                        max_length=24,
                    ),
                ),
                ("requests_per_month", models.PositiveBigIntegerField()),
                (
                    "growth_per_month",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=8
                    ),
                ),
                (
                    "growth_uncertainty",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0.02"), max_digits=8
                    ),
                ),
                (
                    "daily_shape",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), blank=True, null=True, size=None
                    ),
                ),
                (
                    "weekly_shape",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), blank=True, null=True, size=None
                    ),
                ),
                (
                    "peak_requests_per_second",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=16, null=True
                    ),
                ),
                ("input_tokens_mean", models.PositiveIntegerField()),
                ("input_tokens_p95", models.PositiveIntegerField()),
                ("output_tokens_mean", models.PositiveIntegerField()),
                ("output_tokens_p95", models.PositiveIntegerField()),
                ("cacheable_prefix_share", models.FloatField(default=0.0)),
                ("batch_share", models.FloatField(default=0.0)),
                ("ttft_ms_p95_limit", models.FloatField(blank=True, null=True)),
                ("itl_ms_p95_limit", models.FloatField(blank=True, null=True)),
                ("request_ms_p95_limit", models.FloatField(blank=True, null=True)),
                (
                    "quality_floor_kind",
                    models.CharField(
                        choices=[
                            ("absolute", "Absolute"),
                            ("relative", "Relative"),
                            ("none", "None"),
                        ],
                        default="none",
                        max_length=8,
                    ),
                ),
                ("quality_floor_value", models.FloatField(blank=True, null=True)),
                (
                    "quality_floor_reference",
                    models.CharField(blank=True, max_length=200),
                ),
                ("quality_floor_confidence", models.FloatField(default=0.9)),
                (
                    "residency_regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("zero_retention_required", models.BooleanField(default=False)),
                ("no_training_required", models.BooleanField(default=False)),
                ("open_weights_required", models.BooleanField(default=False)),
                (
                    "providers_allowed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "providers_denied",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "capabilities_required",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("tools", "Tools"),
                                ("json", "Json"),
                                ("vision", "Vision"),
                            ],
                            max_length=8,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "context_tokens_required",
                    models.PositiveIntegerField(blank=True, null=True),
                ),
                (
                    "max_total_parameters_b",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=12, null=True
                    ),
                ),
                (
                    "monthly_budget_usd",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=20, null=True
                    ),
                ),
                (
                    "current_service_tier",
                    models.CharField(
                        choices=[
                            ("standard", "Standard"),
                            ("batch", "Batch"),
                            ("flex", "Flex"),
                            ("priority", "Priority"),
                            ("fast", "Fast"),
                            ("provisioned", "Provisioned"),
                            ("dedicated", "Dedicated"),
                        ],
                        default="standard",
                        max_length=12,
                    ),
                ),
                (
                    "migration_cost_usd",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=20, null=True
                    ),
                ),
                (
                    "minimum_saving_usd",
                    models.DecimalField(
                        decimal_places=6, default=Decimal("0"), max_digits=20
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by_key",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.apikey",
                    ),
                ),
                (
                    "current_offering",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.offering",
                    ),
                ),
                (
                    "workload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="workloads.workload",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="workload",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("organization", "name"),
                name="workload_name_once_per_organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="workload",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="workload_has_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.UniqueConstraint(
                fields=("workload", "number"), name="revision_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="revision_number_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "task_family__in",
                        [
                            "support_chat",
                            "classification",
                            "extraction",
                            "summarization",
                            "rag_question_answering",
                            "code",
                            "maths_reasoning",
                            "agentic_tool_use",
                        ],
                    )
                ),
                name="revision_task_family_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requests_per_month__range", (1, 1000000000000)),
                    ("requests_per_month__isnull", True),
                    _connector="OR",
                ),
                name="revision_requests_per_month_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("growth_per_month__range", (Decimal("-0.5"), Decimal("1"))),
                    ("growth_per_month__isnull", True),
                    _connector="OR",
                ),
                name="revision_growth_per_month_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("growth_uncertainty__range", (Decimal("0"), Decimal("0.5"))),
                    ("growth_uncertainty__isnull", True),
                    _connector="OR",
                ),
                name="revision_growth_uncertainty_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("daily_shape__isnull", True),
                    models.Q(
                        ("daily_shape__len", 24),
                        workloads.models.IsShape(models.F("daily_shape")),
                    ),
                    _connector="OR",
                ),
                name="revision_daily_shape_weighs_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekly_shape__isnull", True),
                    models.Q(
                        ("weekly_shape__len", 7),
                        workloads.models.IsShape(models.F("weekly_shape")),
                    ),
                    _connector="OR",
                ),
                name="revision_weekly_shape_weighs_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("peak_requests_per_second__isnull", True),
                    (
                        "requests_per_month__lte",
                        models.ExpressionWrapper(
                            django.db.models.expressions.CombinedExpression(
                                models.F("peak_requests_per_second"),
                                "*",
                                models.Value(2629800),
                            ),
                            output_field=models.DecimalField(),
                        ),
                    ),
                    _connector="OR",
                ),
                name="revision_peak_reaches_mean",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("input_tokens_mean__gte", 1),
                    ("input_tokens_p95__gte", models.F("input_tokens_mean")),
                    ("input_tokens_p95__lte", 100000000),
                ),
                name="revision_input_tokens_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("output_tokens_mean__gte", 1),
                    ("output_tokens_p95__gte", models.F("output_tokens_mean")),
                    ("output_tokens_p95__lte", 100000000),
                ),
                name="revision_output_tokens_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cacheable_prefix_share__range", (0.0, 1.0)),
                    ("cacheable_prefix_share__isnull", True),
                    _connector="OR",
                ),
                name="revision_cacheable_prefix_share_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("batch_share__range", (0.0, 1.0)),
                    ("batch_share__isnull", True),
                    _connector="OR",
                ),
                name="revision_batch_share_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ttft_ms_p95_limit__gt", 0),
                        ("ttft_ms_p95_limit__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("itl_ms_p95_limit__gt", 0),
                        ("itl_ms_p95_limit__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("request_ms_p95_limit__gt", 0),
                        ("request_ms_p95_limit__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("context_tokens_required__gt", 0),
                        ("context_tokens_required__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("max_total_parameters_b__gt", 0),
                        ("max_total_parameters_b__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("monthly_budget_usd__gt", 0),
                        ("monthly_budget_usd__isnull", True),
                        _connector="OR",
                    ),
                ),
                name="revision_limits_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("quality_floor_kind", "none"),
                        ("quality_floor_reference", ""),
                        ("quality_floor_value__isnull", True),
                    ),
                    models.Q(
                        ("quality_floor_kind__in", ["absolute", "relative"]),
                        ("quality_floor_value__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="revision_floor_kind_matches_value",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quality_floor_value__range", (0.0, 1.0)),
                    ("quality_floor_value__isnull", True),
                    _connector="OR",
                ),
                name="revision_quality_floor_value_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quality_floor_confidence__range", (0.5, 0.999)),
                    ("quality_floor_confidence__isnull", True),
                    _connector="OR",
                ),
                name="revision_quality_floor_confidence_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("capabilities_required__contained_by", ["tools", "json", "vision"])
                ),
                name="revision_capabilities_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("providers_allowed__overlap", models.F("providers_denied")),
                    _negated=True,
                ),
                name="revision_provider_allowed_or_denied",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "current_service_tier__in",
                        [
                            "standard",
                            "batch",
                            "flex",
                            "priority",
                            "fast",
                            "provisioned",
                            "dedicated",
                        ],
                    )
                ),
                name="revision_current_tier_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workloadrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("migration_cost_usd__gte", 0),
                        ("migration_cost_usd__isnull", True),
                        _connector="OR",
                    ),
                    ("minimum_saving_usd__gte", 0),
                ),
                name="revision_sums_not_negative",
            ),
        ),
        forbid_changes("workloads_workloadrevision"),
    ]
