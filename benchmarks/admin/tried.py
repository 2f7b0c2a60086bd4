"""Admin pages whose rows are written by services, which also audit them."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import Author
from accounts.audited_admin import AuditedModelAdmin, person


class _Undone(Exception):
    """Takes back what a trial wrote."""


class ServiceForm(forms.ModelForm):
    """Lets a service judge what was typed: it is tried, undone, and its refusals shown.

    What passes is carried out by `write` when the page saves.
    """

    author: Author
    # Where refusals of a model's field go that the form shows under another name.
    shown_as: dict[str, str] = {}

    def write(self, at: datetime) -> models.Model:
        """Call the service with what was typed and return the row it wrote."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Try the write, if each field is right by itself."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self._try()
            except ValidationError as error:
                self.add_error(None, self._placed(error))
        return cleaned

    def validate_unique(self) -> None:
        """Do nothing: the service has said so already."""

    def validate_constraints(self) -> None:
        """Do nothing: the service has said so already."""

    def _try(self) -> None:
        try:
            with transaction.atomic():
                self.write(timezone.now())
                raise _Undone
        except _Undone:
            return

    def _placed(self, error: ValidationError) -> ValidationError:
        """Return the refusal under names of this form; others concern it as a whole."""
        if not hasattr(error, "error_dict"):
            return error
        placed: dict[str, list[Any]] = {}
        for name, said in error.error_dict.items():
            shown = self.shown_as.get(name, name)
            field = shown if shown in self.fields else NON_FIELD_ERRORS
            placed.setdefault(field, []).extend(said)
        return ValidationError(placed)


class ServiceAdmin(AuditedModelAdmin):
    """Adds and changes rows through a `ServiceForm`; none is ever deleted."""

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the form, which knows who asks."""
        asking = {"author": author_of(request)}
        kwargs["form"] = type(self.form.__name__, (self.form,), asking)
        return super().get_form(request, obj, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Let the service write, and go on with the row it wrote."""
        written = form.write(timezone.now())
        obj.pk = written.pk
        obj.refresh_from_db()

    def record(self, *args: Any, **detail: Any) -> None:
        """Do nothing: the services that these pages call audit themselves."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: runs speak for it; switch it off instead."""
        return False


def author_of(request: HttpRequest) -> Author:
    """Return who is signed in, for the audit."""
    return Author(user=person(request))


def sentence_of(error: Exception) -> str:
    """Return a service's refusal in words."""
    said = error.messages if isinstance(error, ValidationError) else [str(error)]
    return " ".join(said)
