from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from catalog.models.changes import DatedRow, within_calendar
from catalog.models.listings import LanguageModel, Offering


def _parameters(**options: Any) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True, **options
    )


def _ratio() -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)


class ModelFacts(DatedRow):
    """All that may change, or be corrected, about a model: a whole row at a time.

    Parameter counts are in billions (`_b`). `reasoning_tokens_ratio` is hidden tokens
    per visible output token; `tokenizer_ratio` is this model's tokens per token of the
    reference tokenizer (o200k_base). Null is unknown.
    """

    class ParametersBasis(models.TextChoices):
        PUBLISHED = "published"
        FROM_NAME = "from_name"
        UNDISCLOSED = "undisclosed"

    model = models.ForeignKey(LanguageModel, models.PROTECT, related_name="facts")
    total_parameters_b = _parameters()
    active_parameters_b = _parameters()
    parameters_basis = models.CharField(max_length=12, choices=ParametersBasis)
    parameters_source = models.CharField(max_length=400, blank=True)
    active_source = models.CharField(max_length=400, blank=True)
    open_weights = models.BooleanField(null=True, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    context_tokens = models.PositiveIntegerField(null=True, blank=True)
    max_output_tokens = models.PositiveIntegerField(null=True, blank=True)
    input_modalities = ArrayField(
        models.CharField(max_length=20), default=list, blank=True
    )
    released_on = models.DateField(null=True, blank=True)
    retires_on = models.DateField(null=True, blank=True)
    deprecated = models.BooleanField(null=True, blank=True)
    successor = models.CharField(max_length=200, blank=True)
    reasoning_tokens_ratio = _ratio()
    reasoning_ratio_low = _ratio()
    reasoning_ratio_high = _ratio()
    reasoning_ratio_source = models.CharField(max_length=400, blank=True)
    tokenizer_ratio = _ratio()
    tokenizer_ratio_low = _ratio()
    tokenizer_ratio_high = _ratio()
    tokenizer_ratio_source = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "model facts"
        constraints = [
            within_calendar("model_facts"),
            models.UniqueConstraint(
                fields=["model", "effective_from", "received_at"],
                name="model_facts_one_per_reading",
            ),
            models.CheckConstraint(
                condition=Q(total_parameters_b__gt=0)
                | Q(total_parameters_b__isnull=True),
                name="model_facts_total_positive",
            ),
            models.CheckConstraint(
                condition=Q(active_parameters_b__lte=F("total_parameters_b"))
                | Q(active_parameters_b__isnull=True),
                name="model_facts_active_within_total",
            ),
            # A size nobody disclosed is unknown, not guessed.
            models.CheckConstraint(
                condition=Q(
                    parameters_basis="undisclosed", total_parameters_b__isnull=True
                )
                | Q(
                    parameters_basis__in=["published", "from_name"],
                    total_parameters_b__isnull=False,
                ),
                name="model_facts_size_matches_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} from {self.effective_from:%Y-%m-%d}"


class OfferingFacts(DatedRow):
    """All that may change about one offering: a whole row at a time; null is unknown.

    Limits are per minute; uptime is the published share in percent. `residency_regions`
    names where data may be processed ("eu", "us", …).
    """

    offering = models.ForeignKey(Offering, models.PROTECT, related_name="facts")
    quantization = models.CharField(max_length=20, blank=True)
    context_tokens = models.PositiveIntegerField(null=True, blank=True)
    max_output_tokens = models.PositiveIntegerField(null=True, blank=True)
    supports_tools = models.BooleanField(null=True, blank=True)
    supports_json = models.BooleanField(null=True, blank=True)
    supports_vision = models.BooleanField(null=True, blank=True)
    residency_regions = ArrayField(
        models.CharField(max_length=20), null=True, blank=True
    )
    zero_retention = models.BooleanField(null=True, blank=True)
    trains_on_data = models.BooleanField(null=True, blank=True)
    requests_per_minute_limit = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute_limit = models.PositiveBigIntegerField(null=True, blank=True)
    published_uptime_percent = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True
    )
    preview = models.BooleanField(null=True, blank=True)
    deprecated = models.BooleanField(null=True, blank=True)
    retires_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "offering facts"
        constraints = [
            within_calendar("offering_facts"),
            models.UniqueConstraint(
                fields=["offering", "effective_from", "received_at"],
                name="offering_facts_one_per_reading",
            ),
            models.CheckConstraint(
                condition=Q(published_uptime_percent__range=(0, 100))
                | Q(published_uptime_percent__isnull=True),
                name="offering_facts_uptime_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offering_id} from {self.effective_from:%Y-%m-%d}"


class PublishedScore(DatedRow):
    """A score that somebody published for a model on a benchmark, 0 to 1."""

    model = models.ForeignKey(LanguageModel, models.PROTECT, related_name="scores")
    benchmark = models.CharField(max_length=80)
    score = models.DecimalField(max_digits=7, decimal_places=5)
    source = models.CharField(max_length=400)

    class Meta:
        constraints = [
            within_calendar("published_score"),
            models.UniqueConstraint(
                fields=["model", "benchmark", "effective_from", "received_at"],
                name="published_score_one_per_reading",
            ),
            models.CheckConstraint(
                condition=Q(score__range=(0, 1)), name="published_score_is_share"
            ),
            models.CheckConstraint(
                condition=~Q(source=""), name="published_score_has_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.benchmark} {self.score}"
