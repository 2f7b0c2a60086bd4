"""What the API shows of the catalogue. Money, rates and sizes are strings."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import LanguageModel, ModelFacts, Offering, OfferingFacts
from catalog.rate_cards import METERS
from catalog.selectors import Details, size_band


class RateField(serializers.DecimalField):
    """A rate as an exact decimal string; null is unknown, "0" is free."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=30,
            decimal_places=18,
            normalize_output=True,
            **{"read_only": True, "allow_null": True, **options},
        )


class SizeField(serializers.DecimalField):
    """Billions of parameters, as an exact decimal string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=12,
            decimal_places=4,
            normalize_output=True,
            allow_null=True,
            **options,
        )


class RatioField(serializers.FloatField):
    """A ratio, as a number."""

    def to_representation(self, value: Any) -> Any:
        """Show a stored decimal as a number."""
        return float(value)


class ProviderSerializer(serializers.Serializer):
    """Who sells."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    website = serializers.CharField()


class ModelSizeSerializer(serializers.Serializer):
    """How large a model is, and how we know."""

    band = serializers.SerializerMethodField()
    total_parameters_b = SizeField()
    active_parameters_b = SizeField()
    disclosed = serializers.SerializerMethodField()
    basis = serializers.CharField(source="parameters_basis")
    source = serializers.CharField(source="parameters_source")  # type: ignore[assignment]
    active_source = serializers.CharField()

    def get_band(self, facts: ModelFacts) -> str:
        """Name the size band."""
        return size_band(facts)

    def get_disclosed(self, facts: ModelFacts) -> bool:
        """Tell whether the size is known at all."""
        return facts.total_parameters_b is not None


class ModelFactsSerializer(serializers.Serializer):
    """What is known of a model; null is unknown."""

    open_weights = serializers.BooleanField(allow_null=True)
    licence = serializers.CharField()
    context_tokens = serializers.IntegerField(allow_null=True)
    max_output_tokens = serializers.IntegerField(allow_null=True)
    input_modalities = serializers.ListField(child=serializers.CharField())
    released_on = serializers.DateField(allow_null=True)
    retires_on = serializers.DateField(allow_null=True)
    deprecated = serializers.BooleanField(allow_null=True)
    successor = serializers.CharField()
    reasoning_tokens_ratio = RatioField(
        allow_null=True, help_text="Hidden tokens per visible output token."
    )
    reasoning_ratio_low = RatioField(allow_null=True)
    reasoning_ratio_high = RatioField(allow_null=True)
    reasoning_ratio_source = serializers.CharField()
    tokenizer_ratio = RatioField(
        allow_null=True, help_text="Tokens per token of o200k_base."
    )
    tokenizer_ratio_low = RatioField(allow_null=True)
    tokenizer_ratio_high = RatioField(allow_null=True)
    tokenizer_ratio_source = serializers.CharField()
    effective_from = serializers.DateTimeField()
    received_at = serializers.DateTimeField()


class DetailedSerializer(serializers.Serializer):
    """Shows dated rows that the view read for the whole page at once."""

    @property
    def details(self) -> Details:
        """The rows that hold at the moment asked about."""
        details: Details = self.context["details"]
        return details


class ModelSerializer(DetailedSerializer):
    """A model with its size and facts."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    developer = serializers.CharField()
    size = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()

    @extend_schema_field(ModelSizeSerializer(allow_null=True))
    def get_size(self, model: LanguageModel) -> Any:
        """Show the parameter counts with their sources."""
        return _shown(ModelSizeSerializer, self.details.model_facts.get(model.pk))

    @extend_schema_field(ModelFactsSerializer(allow_null=True))
    def get_facts(self, model: LanguageModel) -> Any:
        """Show the facts that hold."""
        return _shown(ModelFactsSerializer, self.details.model_facts.get(model.pk))


class PublishedScoreSerializer(serializers.Serializer):
    """A score from 0 to 1, as somebody published it."""

    benchmark = serializers.CharField()
    score = RatioField()
    source = serializers.CharField()  # type: ignore[assignment]
    effective_from = serializers.DateTimeField()


class ModelDetailSerializer(ModelSerializer):
    """A model with its published scores."""

    scores = serializers.SerializerMethodField()

    @extend_schema_field(PublishedScoreSerializer(many=True))
    def get_scores(self, _: LanguageModel) -> Any:
        """Show the score on each benchmark."""
        return PublishedScoreSerializer(self.context["scores"], many=True).data


class OfferingFactsSerializer(serializers.Serializer):
    """What is known of an offering; null is unknown."""

    quantization = serializers.CharField()
    context_tokens = serializers.IntegerField(allow_null=True)
    max_output_tokens = serializers.IntegerField(allow_null=True)
    supports_tools = serializers.BooleanField(allow_null=True)
    supports_json = serializers.BooleanField(allow_null=True)
    supports_vision = serializers.BooleanField(allow_null=True)
    residency_regions = serializers.ListField(
        child=serializers.CharField(), allow_null=True
    )
    zero_retention = serializers.BooleanField(allow_null=True)
    trains_on_data = serializers.BooleanField(allow_null=True)
    requests_per_minute_limit = serializers.IntegerField(allow_null=True)
    tokens_per_minute_limit = serializers.IntegerField(allow_null=True)
    published_uptime_percent = RatioField(allow_null=True)
    preview = serializers.BooleanField(allow_null=True)
    deprecated = serializers.BooleanField(allow_null=True)
    retires_on = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    effective_from = serializers.DateTimeField()
    received_at = serializers.DateTimeField()


class SheetReferenceSerializer(serializers.Serializer):
    """The sheet that a price was read from."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    version = serializers.CharField()


class PriceSerializer(serializers.Serializer):
    """Rates per million tokens (or per request) on one service tier."""

    service_tier = serializers.CharField()
    currency = serializers.CharField(source="sheet.currency")
    context_tiers = serializers.JSONField(
        help_text="Rates of the whole request above a prompt length."
    )
    windows = serializers.JSONField(help_text="Rates of daily UTC intervals.")
    other_meters = serializers.JSONField()
    withdrawn = serializers.BooleanField(help_text="No longer listed from then on.")
    effective_from = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    sheet = SheetReferenceSerializer()

    def get_fields(self) -> dict[str, Any]:
        """Put one rate per meter after the currency."""
        fields = super().get_fields()
        first = {name: fields.pop(name) for name in ("service_tier", "currency")}
        return {**first, **{meter: RateField() for meter in METERS}, **fields}


class OfferingReferenceSerializer(serializers.Serializer):
    """An offering, as every answer names it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    provider = serializers.CharField(source="provider.slug")
    model = serializers.CharField(source="model.slug")
    region = serializers.CharField()


class OfferingSerializer(DetailedSerializer, OfferingReferenceSerializer):
    """An offering with its facts and its price on each service tier."""

    kind = serializers.CharField()
    own = serializers.SerializerMethodField()
    size = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()
    prices = serializers.SerializerMethodField()

    def get_own(self, offering: Offering) -> bool:
        """Tell whether the caller's organization alone sees it."""
        return offering.organization_id is not None

    @extend_schema_field(ModelSizeSerializer(allow_null=True))
    def get_size(self, offering: Offering) -> Any:
        """Show the size of the model."""
        facts = self.details.model_facts.get(offering.model_id)
        return _shown(ModelSizeSerializer, facts)

    @extend_schema_field(OfferingFactsSerializer(allow_null=True))
    def get_facts(self, offering: Offering) -> Any:
        """Show the facts that hold."""
        facts: OfferingFacts | None = self.details.offering_facts.get(offering.pk)
        return _shown(OfferingFactsSerializer, facts)

    @extend_schema_field(PriceSerializer(many=True))
    def get_prices(self, offering: Offering) -> Any:
        """Show the price on each service tier; none at all is unpriced."""
        return PriceSerializer(self.details.prices.get(offering.pk, []), many=True).data


def _shown(serializer: type[serializers.Serializer], row: Any) -> Any:
    return None if row is None else serializer(row).data
