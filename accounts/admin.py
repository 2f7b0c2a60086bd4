"""The admin pages of people, organizations, keys and the audit."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import services
from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin, person
from accounts.models import (
    ApiKey,
    AuditEvent,
    Membership,
    Organization,
    Scope,
    User,
)


class PersonAddForm(UserCreationForm):  # type: ignore[misc]  # untyped
    """Asks for the address and a password."""

    class Meta:
        model = User
        fields = ["email"]


@admin.register(User)
class UserAdmin(AuditedModelAdmin, DjangoUserAdmin):  # type: ignore[misc]  # untyped
    """People; one who leaves is made inactive, since the audit names them."""

    form = UserChangeForm
    add_form = PersonAddForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "first_name", "last_name", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "last_name"]}),
        (
            "Permissions",
            {
                "fields": [
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ]
            },
        ),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "password1", "password2"]})]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


@admin.register(Organization)
class OrganizationAdmin(AuditedModelAdmin):
    """Tenants; they are purged by the operator, never deleted by a click."""

    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug"]
    ordering = ["name"]
    fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Date a new organization."""
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


@admin.register(Membership)
class MembershipAdmin(AuditedModelAdmin):
    """Who belongs where, in which role."""

    list_display = ["user", "organization", "role"]
    list_filter = ["role"]
    list_select_related = ["user", "organization"]
    search_fields = ["user__email", "organization__name", "organization__slug"]
    autocomplete_fields = ["user", "organization"]
    ordering = ["organization__name", "user__email"]


class ApiKeyAddForm(forms.ModelForm):
    """Asks for what a new key needs; the person asking limits its scopes."""

    creator: User

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiKey
        fields = ["organization", "name", "scopes", "expires_at"]

    def clean_expires_at(self) -> Any:
        """Refuse an expiry that has passed."""
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError("Must lie in the future, or be left out.")
        return expires_at

    def clean(self) -> dict[str, Any]:
        """Refuse scopes beyond those of the person asking."""
        cleaned = super().clean() or self.cleaned_data
        if "organization" in cleaned and "scopes" in cleaned:
            try:
                services.check_scopes(
                    cleaned["scopes"],
                    organization=cleaned["organization"],
                    creator=self.creator,
                )
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedModelAdmin):
    """Keys are created and revoked here, and never changed or deleted."""

    list_display = [
        "name",
        "organization",
        "key_id",
        "scopes",
        "state",
        "expires_at",
        "last_used_at",
    ]
    list_select_related = ["organization"]
    search_fields = ["name", "key_id", "organization__name", "organization__slug"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "pk"]
    actions = ["revoke"]
    autocomplete_fields = ["organization"]
    # The hash of the secret is on no page.
    fields = [
        "organization",
        "name",
        "key_id",
        "scopes",
        "state",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]

    @admin.display(description="State")
    def state(self, api_key: ApiKey) -> str:
        """Return whether the key is in force."""
        if api_key.revoked_at is not None:
            return "revoked"
        if api_key.expires_at is not None and api_key.expires_at <= timezone.now():
            return "expired"
        return "in force"

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Stop keys for good."""
        at = timezone.now()
        keys = queryset.select_related("organization")
        stopped = sum(
            services.revoke_api_key(key, at=at, revoked_by=person(request))
            for key in keys
        )
        self.message_user(request, f"{stopped} key(s) revoked.", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may change keys at all."""
        return request.user.has_perm("accounts.change_apikey")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: a key is replaced, not changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: the audit names keys."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is asked of a new key, or all that is known of an old one."""
        return ApiKeyAddForm.Meta.fields if obj is None else self.fields

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the form, which knows who asks."""
        if obj is None:
            asking = {"creator": person(request)}
            kwargs["form"] = type("ApiKeyAddForm", (ApiKeyAddForm,), asking)
        return super().get_form(request, obj, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Issue the key and show its text, this once."""
        issued, text = services.create_api_key(
            organization=obj.organization,
            name=obj.name,
            scopes=obj.scopes,
            created_by=person(request),
            at=timezone.now(),
            expires_at=obj.expires_at,
        )
        obj.pk = issued.pk
        obj.refresh_from_db()
        shown = "The new key, shown only now: {} Keep it where secrets are kept."
        self.message_user(request, format_html(shown, text), messages.WARNING)

    def record(self, *args: Any, **detail: Any) -> None:
        """Do nothing: the services that these pages call audit themselves."""


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who changed what, when; nobody can edit it."""

    list_display = ["at", "action", "target_type", "target_id", "organization", "actor"]
    list_filter = ["action", "target_type"]
    list_select_related = ["organization", "user", "api_key"]
    search_fields = ["action", "target_id", "user__email", "organization__slug"]
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]

    @admin.display(description="Who")
    def actor(self, event: AuditEvent) -> str:
        """Return the person or the key that acted."""
        return str(event.user or event.api_key or "the service")
