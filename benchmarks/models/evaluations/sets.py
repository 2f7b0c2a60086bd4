import uuid

from django.db import models
from django.db.models import Q

from accounts.tenancy import TenantOrPublic
from workloads.models import TaskFamily, Workload

MAX_ITEMS = 20_000
MAX_OUTPUT_TOKENS = 32_000


class EvaluationSet(TenantOrPublic):
    """Questions with known answers, that models are held against.

    A workload's own, shared by an organization's workloads of a task family, or one
    of the ready suite, which belongs to nobody and is seen by all. Once something was
    measured on it, it is frozen (a trigger sees to that): a change is a new version,
    which `replaces` the one before under the same name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    replaces = models.ForeignKey(
        "self", models.PROTECT, related_name="+", null=True, blank=True
    )
    task_family = models.CharField(max_length=24, choices=TaskFamily)
    workload = models.ForeignKey(
        Workload,
        models.PROTECT,
        related_name="evaluation_sets",
        null=True,
        blank=True,
    )
    description = models.CharField(max_length=400, blank=True)
    # The kind of the ready suite and the seed that its items were drawn with.
    suite = models.CharField(max_length=40, blank=True)
    suite_seed = models.BigIntegerField(null=True, blank=True)
    # SHA-256 over the items: the same items again are not a new version.
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name", "version"],
                name="evaluation_set_version_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(name="") & Q(version__gte=1),
                name="evaluation_set_named",
            ),
            models.CheckConstraint(
                condition=Q(task_family__in=TaskFamily.values),
                name="evaluation_set_task_family_known",
            ),
            # What belongs to nobody is the ready suite, and nothing else is.
            models.CheckConstraint(
                condition=Q(
                    organization__isnull=True,
                    workload__isnull=True,
                    suite_seed__isnull=False,
                )
                & ~Q(suite="")
                | Q(organization__isnull=False, suite="", suite_seed__isnull=True),
                name="evaluation_set_owned_or_suite",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="evaluation_set_history"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class EvaluationItem(models.Model):
    """One question: messages to send, and how its answer is graded.

    `grader` is {"kind": …, …} as `benchmarks.grading` reads it; `cluster` joins items
    that hang together (one document, one customer): they are one piece of evidence.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation_set = models.ForeignKey(
        EvaluationSet, models.CASCADE, related_name="items"
    )
    position = models.PositiveIntegerField()
    # The buyer's own id of it, else a hash of what is asked.
    key = models.CharField(max_length=120)
    messages = models.JSONField()
    expected = models.JSONField(null=True, blank=True)
    grader = models.JSONField()
    weight = models.FloatField(default=1.0)
    cluster = models.CharField(max_length=120, blank=True)
    difficulty = models.CharField(max_length=20, blank=True)
    max_output_tokens = models.PositiveIntegerField(default=256)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation_set", "position"], name="item_position_once"
            ),
            models.UniqueConstraint(
                fields=["evaluation_set", "key"], name="item_key_once"
            ),
            models.CheckConstraint(
                condition=~Q(key="")
                & Q(weight__gt=0, weight__lte=1e6)
                & Q(max_output_tokens__range=(1, MAX_OUTPUT_TOKENS)),
                name="item_can_be_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.key
