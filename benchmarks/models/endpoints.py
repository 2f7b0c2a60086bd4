import uuid

from django.db import models
from django.db.models import Q

from accounts.encryption import EncryptedTextField
from accounts.tenancy import TenantOrPublic
from catalog.models import Offering, ServiceTier


class Protocol(models.TextChoices):
    """How an endpoint is spoken to; each is a module of `harness.protocols`."""

    OPENAI_CHAT = "openai_chat", "OpenAI chat completions"
    ANTHROPIC_MESSAGES = "anthropic_messages", "Anthropic messages"


class Endpoint(TenantOrPublic):
    """An address at which an offering can be called and measured.

    One organization's own, or shared: what a shared one measures is seen by all. The
    credential is encrypted at rest, never shown and never logged; `headers` are for
    what is no secret. One that is switched off keeps its history.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="endpoints")
    service_tier = models.CharField(
        max_length=12, choices=ServiceTier, default=ServiceTier.STANDARD
    )
    base_url = models.CharField(
        max_length=500,
        help_text="Up to the protocol's own path: https://api.example.com/v1",
    )
    protocol = models.CharField(
        max_length=24, choices=Protocol, default=Protocol.OPENAI_CHAT
    )
    wire_model = models.CharField(
        max_length=250, help_text="What the endpoint calls the model."
    )
    credential = EncryptedTextField(blank=True)
    # Empty: the protocol's own, as `Authorization: Bearer …` or `x-api-key`.
    credential_header = models.CharField(max_length=60, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=True)
    prompt_billed_once = models.BooleanField(
        default=False,
        help_text="Several answers to one prompt come from one call (n) and bill the"
        " prompt once.",
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="endpoint_name_once_per_owner",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(base_url="") & ~Q(wire_model=""),
                name="endpoint_says_what_to_call",
            ),
            models.CheckConstraint(
                condition=Q(protocol__in=Protocol.values),
                name="endpoint_protocol_known",
            ),
            models.CheckConstraint(
                condition=Q(service_tier__in=ServiceTier.values),
                name="endpoint_tier_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"
