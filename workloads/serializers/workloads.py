"""What the API takes and shows of a workload."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, cast

from django.core.validators import MinValueValidator
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import Organization
from accounts.serializers import StrictSerializer
from catalog import selectors as catalog
from catalog.fields import (
    AMOUNT_DECIMALS,
    AMOUNT_DIGITS,
    DecimalStringField,
    NumberField,
    OneOfField,
    TextField,
    TrueOrFalseField,
    WholeNumberField,
    unknown_slug,
)
from catalog.models import Offering, ServiceTier
from workloads.models import (
    DAYS_PER_WEEK,
    HOURS_PER_DAY,
    MAX_REQUESTS_PER_MONTH,
    MAX_TOKENS,
    SECONDS_PER_MONTH,
    Capability,
    QualityFloorKind,
    TaskFamily,
    Workload,
    WorkloadRevision,
)
from workloads.questions import (
    CURRENCY,
    SIXTH_PLACE,
    p95_or_default,
    question_of,
    revision_fields,
    to_sixth_place,
)
from workloads.selectors import current_revision

__all__ = [
    "ForecastSerializer",
    "RevisionSerializer",
    "WorkloadQuestionSerializer",
    "WorkloadSerializer",
    "revision_fields",
]

# Words that offerings' facts use for where data may be processed.
RESIDENCY_REGIONS = (
    *("ae", "af", "apac", "au", "br", "ca", "ch", "cn", "de", "eu", "fr", "hk", "id"),
    *("ie", "il", "in", "it", "jp", "kr", "me", "mx", "nl", "no", "sa", "se", "sg"),
    *("uk", "us", "za"),
)
MAX_LIST = 200
DAY_MS = 86_400_000.0
SHARE: dict[str, Any] = {"min_value": 0.0, "max_value": 1.0}


def _above_zero(message: str) -> MinValueValidator:
    return MinValueValidator(1e-6, message)


class LimitField(NumberField):
    """A latency limit in milliseconds; null is no limit."""

    def __init__(self, **options: Any) -> None:
        above_zero = _above_zero("Must be above 0; give null for no limit.")
        super().__init__(
            required=False,
            allow_null=True,
            max_value=DAY_MS,
            validators=[above_zero],
            **options,
        )


class ShapeField(serializers.ListField):
    """Weights of the hours or days; only their proportions count."""

    child = NumberField(min_value=0.0, max_value=1e9)

    def __init__(self, *, length: int, **options: Any) -> None:
        super().__init__(
            required=False,
            allow_null=True,
            min_length=length,
            max_length=length,
            **options,
        )

    def to_internal_value(self, data: Any) -> list[float]:
        """Return the weights, of which one at least is above zero."""
        weights: list[float] = super().to_internal_value(data)
        if not any(weights):
            raise serializers.ValidationError(
                "All weights are 0: give each hour or day its share, or leave it out.",
                code="no_weight",
            )
        return weights


class WordsField(serializers.ListField):
    """A list of words; their order and repetition mean nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=MAX_LIST, **options)


class MoneySerializer(StrictSerializer):
    """An amount with its currency."""

    amount = DecimalStringField(
        max_digits=AMOUNT_DIGITS,
        decimal_places=AMOUNT_DECIMALS,
        min_value=Decimal(0),
        normalize_output=True,
    )
    currency = serializers.ChoiceField(
        choices=[CURRENCY],
        error_messages={
            "invalid_choice": '"{input}" is not taken: convert to "USD" first.'
        },
    )


class TrafficSerializer(StrictSerializer):
    """How many requests come, when, and how that grows."""

    requests_per_month = WholeNumberField(min_value=1, max_value=MAX_REQUESTS_PER_MONTH)
    growth_per_month = NumberField(
        required=False,
        min_value=-0.5,
        max_value=1.0,
        help_text="0.05 is 5 % a month; 0 when left out.",
    )
    growth_uncertainty = NumberField(
        required=False,
        min_value=0.0,
        max_value=0.5,
        help_text="Standard deviation of the monthly growth; 0.02 when left out.",
    )
    daily_shape = ShapeField(length=HOURS_PER_DAY, help_text="UTC hours from 0.")
    weekly_shape = ShapeField(length=DAYS_PER_WEEK, help_text="Days from Monday.")
    peak_requests_per_second = NumberField(
        required=False,
        allow_null=True,
        max_value=1e9,
        validators=[_above_zero("Must be above 0; leave it out when unknown.")],
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a peak below the mean rate."""
        peak = attrs.get("peak_requests_per_second")
        requests = attrs["requests_per_month"]
        if peak is None or to_sixth_place(peak) * SECONDS_PER_MONTH >= requests:
            return attrs
        mean = (Decimal(requests) / SECONDS_PER_MONTH).quantize(
            SIXTH_PLACE, ROUND_CEILING
        )
        raise _field_error(
            "peak_requests_per_second",
            f"Below the mean rate: {requests} requests a month are {mean:f} a second."
            " Give at least that, or leave the peak out.",
            "peak_below_mean",
        )


class TokensSerializer(StrictSerializer):
    """Tokens of one request; output tokens are the visible ones."""

    input_mean = WholeNumberField(min_value=1, max_value=MAX_TOKENS)
    input_p95 = WholeNumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_TOKENS,
        help_text="Twice the mean when left out.",
    )
    output_mean = WholeNumberField(min_value=1, max_value=MAX_TOKENS)
    output_p95 = WholeNumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_TOKENS,
        help_text="Twice the mean when left out.",
    )
    cacheable_prefix_share = NumberField(
        required=False,
        help_text="Share of the prompt that recent requests began with; default 0.",
        **SHARE,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a 95th percentile below its mean."""
        for side in ("input", "output"):
            mean, p95 = attrs[f"{side}_mean"], p95_or_default(attrs, side)
            if p95 < mean:
                raise _field_error(
                    f"{side}_p95",
                    f"{p95} is below {side}_mean, {mean}: raise it, or leave it out"
                    " to have twice the mean taken.",
                    "p95_below_mean",
                )
        return attrs


class LimitsSerializer(StrictSerializer):
    """Latency limits at the 95th percentile, in milliseconds, and one on errors."""

    ttft_ms_p95 = LimitField(help_text="Request sent to first content token.")
    itl_ms_p95 = LimitField(help_text="Between two tokens.")
    request_ms_p95 = LimitField(help_text="Request sent to last token.")
    error_rate = NumberField(
        required=False,
        allow_null=True,
        help_text="Share of requests that may fail; null asks no more than the limits"
        " on latency do, which one request in twenty may miss.",
        **SHARE,
    )


class QualityFloorSerializer(StrictSerializer):
    """The least quality, and how sure one must be of it."""

    kind = OneOfField(choices=QualityFloorKind.choices)
    value = NumberField(
        required=False,
        allow_null=True,
        help_text="absolute: a score; relative: a share of the reference's score.",
        **SHARE,
    )
    reference_model = TextField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=200,
        help_text="Slug of a model; the best one that can be bought when left out.",
    )
    confidence = NumberField(
        required=False, min_value=0.5, max_value=0.999, help_text="Default 0.9."
    )

    def validate_reference_model(self, slug: str | None) -> str | None:
        """Refuse a model that the catalogue does not know."""
        if slug:
            unknown = catalog.unknown_models([slug], organization=_organization(self))
            if unknown:
                raise serializers.ValidationError(
                    unknown_slug("model", slug, unknown[slug]), "unknown_model"
                )
        return slug

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a floor without a height."""
        if attrs["kind"] != QualityFloorKind.NONE and attrs.get("value") is None:
            raise _field_error(
                "value",
                f"A floor of kind {attrs['kind']} needs a value from 0 to 1.",
                "required",
            )
        return attrs


class ConstraintsSerializer(StrictSerializer):
    """What an offering must be, whatever it costs; unknown does not pass."""

    residency = WordsField(
        child=serializers.ChoiceField(
            choices=RESIDENCY_REGIONS,
            error_messages={
                "invalid_choice": '"{input}" is no known region: give some of '
                + ", ".join(RESIDENCY_REGIONS)
                + "."
            },
        ),
        help_text="Requests may be processed nowhere else.",
    )
    zero_retention = TrueOrFalseField(required=False)
    no_training = TrueOrFalseField(required=False)
    open_weights = TrueOrFalseField(required=False)
    providers_allowed = WordsField(child=TextField(max_length=80))
    providers_denied = WordsField(child=TextField(max_length=80))
    capabilities = WordsField(child=OneOfField(choices=Capability.choices))
    context_tokens = WholeNumberField(
        required=False, allow_null=True, min_value=1, max_value=MAX_TOKENS
    )
    max_total_parameters_b = DecimalStringField(
        required=False,
        allow_null=True,
        max_digits=12,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        normalize_output=True,
        help_text="Billions; an undisclosed size does not pass.",
    )

    def validate_providers_allowed(self, slugs: list[str]) -> list[str]:
        """Refuse providers that the catalogue does not know."""
        return _known_providers(slugs, _organization(self))

    def validate_providers_denied(self, slugs: list[str]) -> list[str]:
        """Refuse providers that the catalogue does not know."""
        return _known_providers(slugs, _organization(self))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a provider both allowed and denied."""
        both = set(attrs.get("providers_allowed") or ()) & set(
            attrs.get("providers_denied") or ()
        )
        if both:
            raise _field_error(
                "providers_denied",
                f"{', '.join(sorted(both))}: also in providers_allowed."
                " Take it out of one of the two.",
                "contradiction",
            )
        return attrs


class CurrentSerializer(StrictSerializer):
    """The offering in use today."""

    offering = serializers.UUIDField()
    service_tier = OneOfField(choices=ServiceTier.choices, required=False)

    def validate_offering(self, offering_id: Any) -> Offering:
        """Return the offering, if the caller may see it."""
        offering = catalog.visible_offering(
            offering_id, organization=_organization(self)
        )
        if offering is None:
            raise serializers.ValidationError(
                "No such offering: take an id from offerings/.", "unknown_offering"
            )
        return offering


class WorkloadQuestionSerializer(StrictSerializer):
    """What a buyer asks: everything about a workload but its name."""

    task_family = OneOfField(choices=TaskFamily.choices)
    traffic = TrafficSerializer()
    tokens = TokensSerializer()
    batch_share = NumberField(
        required=False, help_text="Share that can wait 24 hours; default 0.", **SHARE
    )
    limits = LimitsSerializer(required=False, allow_null=True)
    quality_floor = QualityFloorSerializer(required=False, allow_null=True)
    constraints = ConstraintsSerializer(required=False, allow_null=True)
    monthly_budget = MoneySerializer(required=False, allow_null=True)
    current = CurrentSerializer(required=False, allow_null=True)
    migration_cost = MoneySerializer(required=False, allow_null=True)
    minimum_saving = MoneySerializer(required=False, allow_null=True)

    def validate_monthly_budget(self, money: Mapping[str, Any] | None) -> Any:
        """Refuse a budget that buys nothing."""
        if money is not None and not money["amount"]:
            raise _field_error(
                "amount", "Must be above 0; give null for no budget.", "min_value"
            )
        return money


class WorkloadSerializer(WorkloadQuestionSerializer):
    """A workload as its current revision states it."""

    id = serializers.UUIDField(read_only=True)
    name = TextField(max_length=120)
    revision = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Workload) -> dict[str, Any]:
        """Show the current revision under the workload's id and name."""
        revision = current_revision(instance)
        return {
            "id": str(instance.pk),
            "name": instance.name,
            "revision": revision.number,
            "created_at": _moment(instance.created_at),
            "updated_at": _moment(revision.received_at),
            **question_of(revision),
        }


class RevisionSerializer(WorkloadQuestionSerializer):
    """A workload as it was stated at one moment."""

    revision = serializers.IntegerField(read_only=True)
    received_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: WorkloadRevision) -> dict[str, Any]:
        """Show one revision."""
        return {
            "revision": instance.number,
            "received_at": _moment(instance.received_at),
            **question_of(instance),
        }


@extend_schema_field({"type": "string", "example": "2026-12"})
class MonthField(serializers.DateField):
    """A month; in OpenAPI a `date` would have a day as well."""


@extend_schema_serializer(many=False)
class MonthSerializer(serializers.Serializer):
    """Requests in one month, with the band they stay in at the level given."""

    month = MonthField(format="%Y-%m")
    low = serializers.IntegerField()
    expected = serializers.IntegerField()
    high = serializers.IntegerField()


BASES = ["stated", "actual"]


class BasisSerializer(StrictSerializer):
    """On what the forecast rests."""

    basis = OneOfField(
        choices=BASES,
        default="stated",
        help_text="On the stated traffic, or on the usage of the last four weeks.",
    )


@extend_schema_serializer(many=False)
class ForecastSerializer(serializers.Serializer):
    """Twelve months of requests."""

    workload = serializers.UUIDField()
    revision = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    basis = serializers.ChoiceField(choices=BASES)
    level = serializers.FloatField()
    monthly = MonthSerializer(many=True)


def _organization(serializer: serializers.Serializer) -> Organization:
    """Return who asks: what others keep to themselves is unknown to them."""
    context = serializer.context
    # A command names the organization that a request's key would stand for.
    owner = context.get("organization") or context["request"].auth.organization
    return cast(Organization, owner)


def _moment(at: Any) -> Any:
    return serializers.DateTimeField().to_representation(at)


def _field_error(field: str, message: str, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: [message]}, code)


def _known_providers(slugs: list[str], organization: Organization) -> list[str]:
    unknown = catalog.unknown_providers(slugs, organization=organization)
    if unknown:
        raise serializers.ValidationError(
            [
                unknown_slug("provider", slug, closest)
                for slug, closest in unknown.items()
            ],
            "unknown_provider",
        )
    return slugs
