import uuid

from django.db import models
from django.db.models import Q

from accounts.tenancy import TenantOrPublic


class Provider(models.Model):
    """Who sells: an address to send requests and money to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    website = models.URLField(blank=True)

    def __str__(self) -> str:
        return self.slug


class LanguageModel(models.Model):
    """A set of weights, whoever sells it; what may change is in `ModelFacts`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    developer = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug=""), name="language_model_slug_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class OfferingKind(models.TextChoices):
    """What an offering answers with; only `chat` can serve a text workload."""

    CHAT = "chat", "chat or completion"
    EMBEDDING = "embedding", "embedding"
    AUDIO = "audio", "speech or transcription"
    IMAGE = "image", "image or video"
    OTHER = "other", "other"


class Offering(TenantOrPublic):
    """A model sold by a provider in a region; public, or one organization's own.

    `name` is what the provider calls it on the wire. An offering takes its prices from
    one source, the one that first listed it: other sheets are held against it, so that
    two maps which disagree cannot take turns.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="offerings")
    model = models.ForeignKey(LanguageModel, models.PROTECT, related_name="offerings")
    name = models.CharField(max_length=250)
    region = models.CharField(max_length=60, blank=True)
    kind = models.CharField(
        max_length=12, choices=OfferingKind, default=OfferingKind.CHAT
    )
    price_source = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            # A public listing exists once; each organization may keep its own beside.
            models.UniqueConstraint(
                fields=["organization", "provider", "name", "region"],
                name="offering_once_per_owner",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OfferingKind.values), name="offering_kind_known"
            ),
        ]

    def __str__(self) -> str:
        region = f" ({self.region})" if self.region else ""
        return f"{self.provider.slug}/{self.name}{region}"
