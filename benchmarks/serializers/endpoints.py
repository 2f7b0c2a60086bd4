"""What the API takes and shows of an endpoint; its credential goes in only."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from benchmarks.models import Endpoint, Protocol
from catalog import selectors as catalog
from catalog.fields import OneOfField, TextField, TrueOrFalseField
from catalog.models import Offering, ServiceTier
from catalog.serializers import OfferingReferenceSerializer

REQUIRED = ("name", "base_url", "wire_model")
OPTIONAL = (
    *("service_tier", "protocol", "credential_header", "headers", "enabled"),
    "prompt_billed_once",
)
MAX_LETTERS = 4_000


@extend_schema_field(OfferingReferenceSerializer)
class OfferingField(serializers.Field):
    """Shows an offering; takes its id, or what was shown, edited or not."""

    def to_internal_value(self, data: Any) -> Offering:
        """Return the offering, if the caller may see it."""
        named = data.get("id") if isinstance(data, dict) else data
        offering_id = serializers.UUIDField().run_validation(named)
        offering = catalog.visible_offering(
            offering_id, organization=self.context["request"].auth.organization
        )
        if offering is None:
            raise serializers.ValidationError(
                "No such offering: take an id from offerings/.", "unknown_offering"
            )
        return offering

    def to_representation(self, value: Offering) -> Any:
        """Show what every answer shows of an offering."""
        return OfferingReferenceSerializer(value).data


class EndpointSerializer(StrictSerializer):
    """An address at which an offering can be called and measured."""

    id = serializers.UUIDField(read_only=True)
    shared = serializers.SerializerMethodField()
    name = TextField(max_length=120)
    offering = OfferingField()
    service_tier = OneOfField(choices=ServiceTier.choices, required=False)
    base_url = TextField(
        max_length=500,
        help_text="Up to the protocol's own path: https://api.example.com/v1",
    )
    protocol = OneOfField(choices=Protocol.choices, required=False)
    wire_model = TextField(
        max_length=200, help_text="What the endpoint calls the model."
    )
    credential = TextField(
        write_only=True,
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=MAX_LETTERS,
        help_text="Encrypted, and never shown again; null or empty takes it away.",
    )
    has_credential = serializers.BooleanField(read_only=True)
    credential_header = TextField(
        required=False,
        allow_blank=True,
        max_length=60,
        help_text="Empty for the protocol's own, such as Authorization: Bearer.",
    )
    headers = serializers.DictField(
        child=TextField(max_length=MAX_LETTERS, allow_blank=True),
        required=False,
        help_text="Further headers, which are shown: no place for a secret.",
    )
    enabled = TrueOrFalseField(required=False, help_text="True when left out.")
    prompt_billed_once = TrueOrFalseField(
        required=False,
        help_text="Whether one call returns several answers (`n`) and bills the prompt"
        " once: votes are priced so. False when left out.",
    )
    created_at = serializers.DateTimeField(read_only=True)

    def validate_credential(self, value: str | None) -> str:
        """Take null as taking the credential away."""
        return value or ""

    def get_shared(self, endpoint: Endpoint) -> bool:
        """Tell whether the endpoint is everybody's, and so not the caller's to edit."""
        return endpoint.organization_id is None


def endpoint_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return an endpoint's fields for what was asked, defaults for what was not.

    A credential is among them only if the caller gave one, or took it away.
    """
    return {**{name: _default(name) for name in OPTIONAL}, **validated}


def asked_of(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint as the caller could have stated it, but for the credential."""
    stated = {name: getattr(endpoint, name) for name in (*REQUIRED, *OPTIONAL)}
    return {**stated, "offering": str(endpoint.offering_id)}


def _default(name: str) -> Any:
    field: Any = Endpoint._meta.get_field(name)
    return field.get_default()
