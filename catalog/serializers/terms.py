"""What the API takes and shows of contract terms."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from rest_framework import serializers

from accounts.models import Organization
from accounts.serializers import StrictSerializer
from catalog.calendar import EARLIEST, LATEST
from catalog.fields import (
    DecimalStringField,
    OneOfField,
    TextField,
    plain,
    unknown_slug,
)
from catalog.models import ContractTerm, LanguageModel, Provider, ServiceTier
from catalog.selectors import closest_slug, listed_for

CURRENCY = "USD"
FIXED_RATES = ("input_per_mtok", "output_per_mtok", "cache_read_per_mtok")


def _rate(**options: Any) -> DecimalStringField:
    return DecimalStringField(
        max_digits=30, decimal_places=18, min_value=Decimal(0), **options
    )


class FixedRatesSerializer(StrictSerializer):
    """Agreed rates, in USD per million tokens."""

    currency = serializers.ChoiceField(
        choices=[CURRENCY],
        error_messages={
            "invalid_choice": '"{input}" is not taken: convert to "USD" first.'
        },
    )
    input_per_mtok = _rate()
    output_per_mtok = _rate()
    cache_read_per_mtok = _rate(required=False, allow_null=True)


class ContractTermSerializer(StrictSerializer):
    """What was agreed with a provider: a discount on its list, or fixed rates."""

    id = serializers.UUIDField(read_only=True)
    provider = TextField(max_length=80, help_text="Slug.")
    model = TextField(
        max_length=200,
        required=False,
        allow_null=True,
        help_text="Slug; null is every model of the provider.",
    )
    service_tier = OneOfField(
        choices=ServiceTier.choices,
        required=False,
        allow_null=True,
        help_text="null is every tier.",
    )
    discount_percent = DecimalStringField(
        required=False,
        allow_null=True,
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(-100),
        max_value=Decimal(100),
        help_text='"25" takes 25 % off every rate; a mark-up is negative.',
    )
    rates = FixedRatesSerializer(required=False, allow_null=True)
    effective_from = serializers.DateTimeField(
        required=False, help_text="Now when left out."
    )
    effective_to = serializers.DateTimeField(required=False, allow_null=True)
    note = TextField(required=False, allow_blank=True, max_length=200)
    received_at = serializers.DateTimeField(read_only=True)

    def validate_provider(self, slug: str) -> Any:
        """Return the provider, or refuse with the closest."""
        return self._known(Provider.objects.all(), slug, "provider")

    def validate_model(self, slug: str | None) -> Any:
        """Return the model, or refuse with the closest."""
        if slug is None:
            return None
        return self._known(LanguageModel.objects.all(), slug, "model")

    def _known(self, rows: Any, slug: str, what: str) -> Any:
        organization = cast(Organization, self.context["request"].auth.organization)
        rows = listed_for(rows, organization)
        found = rows.filter(slug=slug).first()
        if found is None:
            message = unknown_slug(what, slug, closest_slug(slug, rows))
            raise serializers.ValidationError(message, f"unknown_{what}")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a term that states both ways or neither, or that never holds."""
        ways = (attrs.get("discount_percent"), attrs.get("rates"))
        if sum(way is not None for way in ways) != 1:
            raise serializers.ValidationError(
                {"discount_percent": ["Give either discount_percent or rates."]},
                "discount_or_fixed",
            )
        for name in ("effective_from", "effective_to"):
            moment = attrs.get(name)
            if moment is not None and not EARLIEST <= moment <= LATEST:
                raise serializers.ValidationError(
                    {name: [f"Must lie between {EARLIEST:%Y} and {LATEST:%Y}."]},
                    "outside_calendar",
                )
        ends = attrs.get("effective_to")
        if ends is not None and ends <= attrs.get(
            "effective_from", self.context["now"]
        ):
            raise serializers.ValidationError(
                {"effective_to": ["Must come after effective_from."]}, "ends_early"
            )
        return attrs

    def to_representation(self, instance: ContractTerm) -> dict[str, Any]:
        """Show a term; fixed rates stand together under their currency."""
        discount, moment = instance.discount_percent, serializers.DateTimeField()
        ends = instance.effective_to
        return {
            "id": str(instance.pk),
            "provider": instance.provider.slug,
            "model": instance.model.slug if instance.model else None,
            "service_tier": instance.service_tier or None,
            "discount_percent": None if discount is None else plain(discount),
            "rates": _fixed_rates(instance),
            "effective_from": moment.to_representation(instance.effective_from),
            "effective_to": None if ends is None else moment.to_representation(ends),
            "note": instance.note,
            "received_at": moment.to_representation(instance.received_at),
        }


def _fixed_rates(term: ContractTerm) -> dict[str, str | None] | None:
    if term.input_per_mtok is None:
        return None
    rates = {name: getattr(term, name) for name in FIXED_RATES}
    return {
        "currency": CURRENCY,
        **{name: None if rate is None else plain(rate) for name, rate in rates.items()},
    }


def term_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `ContractTerm`'s fields for validated input."""
    fixed = validated.get("rates") or {}
    stated = {
        "provider": validated["provider"],
        "model": validated.get("model"),
        "service_tier": validated.get("service_tier") or "",
        "discount_percent": validated.get("discount_percent"),
        "effective_to": validated.get("effective_to"),
        "note": validated.get("note", ""),
        **{name: fixed.get(name) for name in FIXED_RATES},
    }
    if "effective_from" in validated:
        stated["effective_from"] = validated["effective_from"]
    return stated
