"""Who asks: organizations, the people in them, and the keys of their programs."""

import uuid

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOwned


class UserManager(BaseUserManager["User"]):
    """Creates users that sign in by email address."""

    use_in_migrations = True

    def create_user(
        self, email: str, password: str | None = None, **fields: object
    ) -> "User":
        """Create a person; without a password only a link can sign them in."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: object
    ) -> "User":
        """Create an admin of the whole service."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractUser):
    """A person, known by an email address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]  # the address is the name
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[misc, assignment]  # no username

    def __str__(self) -> str:
        return self.email


class Organization(models.Model):
    """A tenant: all that it owns is seen by its members and keys alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class Role(models.TextChoices):
    """What a member may do; a key gets at most its creator's scopes."""

    VIEWER = "viewer"
    BUYER = "buyer"
    ADMIN = "admin"


class Scope(models.TextChoices):
    """What a caller may do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Membership(TenantOwned):
    """A person's role in an organization."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="membership_once"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.organization_id}"


class ApiKey(TenantOwned):
    """A program's credential, `rs_live_<key_id>_<secret>`; the secret is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_id = models.CharField(max_length=16, unique=True)
    # A 256-bit random secret needs no slow hash: it cannot be guessed.
    secret_sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope))
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__len__gte=1)
                & Q(scopes__contained_by=list(Scope.values)),
                name="api_key_scopes_known",
            ),
            models.CheckConstraint(
                condition=Q(secret_sha256__regex=r"^[0-9a-f]{64}$"),  # noqa: S106  # a hash
                name="api_key_secret_hashed",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(expires_at__gt=F("created_at")),
                name="api_key_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (rs_live_{self.key_id}_…)"


class IdempotencyRecord(TenantOwned):
    """A POST that was asked once under a key, and its reply once it is known."""

    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=500)
    body_sha256 = models.CharField(max_length=64)
    # Until then a request in flight holds the key; a crash frees it afterwards.
    held_until = models.DateTimeField()
    received_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    reply = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "method", "path", "key"],
                name="idempotency_key_once",
            ),
        ]
        indexes = [
            # Old records are forgotten daily.
            models.Index(fields=["received_at"], name="idempotency_received"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"


class AuditEvent(TenantOwned):
    """Who changed what, when; without an organization it concerns the service.

    Such an event is nobody's to see but the service's own admins'.
    """

    organization = models.ForeignKey(  # type: ignore[assignment]  # null here
        Organization, models.PROTECT, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField()
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=80)
    target_type = models.CharField(max_length=80)
    target_id = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # "What happened to this thing?"
            models.Index(
                fields=["target_type", "target_id", "-at"], name="audit_by_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"
