"""The admin page of a model whose every change is audited."""

from collections.abc import Iterable
from typing import Any, cast

from django.db import models, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from unfold.admin import ModelAdmin

from accounts import audit
from accounts.models import Organization, User


class AuditedModelAdmin(ModelAdmin):  # type: ignore[misc]  # untyped
    """Writes an audit event for each addition, change, deletion and action.

    Actions are those of the list; one that a button of another page starts calls a
    service, which audits itself.
    """

    def record(
        self, request: HttpRequest, obj: models.Model, action: str, **detail: Any
    ) -> None:
        """Add one event; a page whose services audit themselves overrides it."""
        audit.record(
            action=f"{self.model._meta.model_name}.{action}",
            target=obj,
            organization=_organization_of(obj),
            user=person(request),
            at=timezone.now(),
            detail={"by": "admin", **detail},
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Audit an addition beside Django's own log of it."""
        self.record(request, obj, "added", message=message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Audit a change, with the names of the fields that differ."""
        self.record(request, obj, "changed", message=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        """Audit deletions, one event each, before they happen."""
        for obj in queryset:
            self.record(request, obj, "deleted", was=str(obj))
        return super().log_deletions(request, queryset)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions, each of which audits the rows it is given."""
        return {
            name: (self._audited(name, function), name, label)
            for name, (function, _, label) in super().get_actions(request).items()
        }

    def _audited(self, name: str, function: Any) -> Any:
        if name == "delete_selected":
            return function  # asks first, and ends in `log_deletions`

        def audited(page: Any, request: HttpRequest, queryset: Any) -> Any:
            # Afterwards the rows may no longer be found by the same filters.
            chosen = list(queryset)
            answer = function(page, request, queryset)
            for obj in chosen:
                self.record(request, obj, name)
            return answer

        return audited

    def response_action(
        self, request: HttpRequest, queryset: Any
    ) -> HttpResponseBase | None:
        """Run an action and its audit events together or not at all."""
        with transaction.atomic():
            answer: HttpResponseBase | None = super().response_action(request, queryset)
        return answer


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # untyped
    """Shows rows that nobody may change here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


def person(request: HttpRequest) -> User:
    """Return who is signed in; no page of the admin is open to anyone else."""
    return cast(User, request.user)


def _organization_of(obj: models.Model) -> Organization | None:
    """Return the tenant that a row belongs to; None for the service's own rows."""
    if isinstance(obj, Organization):
        return obj
    return getattr(obj, "organization", None)
