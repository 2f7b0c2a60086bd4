"""The admin page of evaluation sets: what is asked, and an upload for a buyer."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
)

from benchmarks.admin.tried import ServiceAdmin, ServiceForm
from benchmarks.importers import Unreadable, evaluation_items
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.models import EvaluationItem, EvaluationRun, EvaluationSet
from benchmarks.selectors.evaluation_sets import with_counts
from benchmarks.services.evaluations.sets import SetUnchanged, create_set

STATED = ("organization", "name", "task_family", "workload", "description")
_WORDS_SHOWN = 300


class EvaluationSetForm(ServiceForm):
    """Takes a file of items for an organization; all of them or none."""

    grader = forms.CharField(
        required=False,
        label="Grader",
        help_text='For rows that state none: a kind, or as JSON {"kind": "exact"}.',
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    file = forms.FileField(
        label="Items",
        help_text="JSON lines or CSV, in UTF-8; docs/buyers.md has the format.",
        widget=UnfoldAdminFileFieldWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What belongs to nobody is the ready suite, which a command writes.
        if "organization" in self.fields:
            self.fields["organization"].required = True

    def clean_grader(self) -> Any:
        """Return a grader, or its kind alone, None where none was typed."""
        typed = self.cleaned_data["grader"].strip()
        if not typed.startswith("{"):
            return typed or None
        try:
            return json.loads(typed)
        except (ValueError, RecursionError) as error:
            raise ValidationError(f"Is no JSON: {error}.") from error

    def clean_file(self) -> str:
        """Return the file's text."""
        file: UploadedFile = self.cleaned_data["file"]
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(
                f"The file is not UTF-8: byte {error.start} is wrong."
            ) from error
        return text

    def write(self, at: datetime) -> EvaluationSet:
        """Keep the set as the next version of its name."""
        typed = self.cleaned_data
        try:
            return create_set(
                **{name: typed[name] for name in STATED},
                items=evaluation_items.read(typed["file"], grader=typed["grader"]),
                at=at,
                author=self.author,
            )
        except RowsRefused as error:
            raise ValidationError({"file": _told(error)}) from error
        except (Unreadable, SetUnchanged) as error:
            raise ValidationError({"file": str(error)}) from error


def _told(error: RowsRefused) -> list[str]:
    """Return every fault as a sentence, and how many more there are."""
    told = [
        f"Row {each.row}{f', {each.column}' if each.column else ''}: {each.detail}"
        for each in error.problems
    ]
    more = error.count - len(told)
    return [*told, f"And {more:,} more."] if more else told


class EvaluationItemInline(TabularInline):  # type: ignore[misc]  # untyped
    """The items of a set, which are never written here."""

    model = EvaluationItem
    fields = ["position", "key", "asked", "expected", "grader", "weight", "cluster"]
    readonly_fields = ["asked"]
    ordering = ["position"]
    per_page = 25
    extra = 0

    @admin.display(description="Asked")
    def asked(self, item: EvaluationItem) -> str:
        """Return the beginning of what the user says last."""
        said = item.messages[-1]["content"] if item.messages else ""
        return said if len(said) <= _WORDS_SHOWN else f"{said[:_WORDS_SHOWN]}…"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: other items are another version."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


@admin.register(EvaluationSet)
class EvaluationSetAdmin(ServiceAdmin):
    """Questions with known answers; a set is uploaded whole and never edited here."""

    form = EvaluationSetForm
    inlines = [EvaluationItemInline]
    list_display = [
        "name",
        "version",
        "whose",
        "task_family",
        "items",
        "runs",
        "state",
        "created_at",
    ]
    list_filter = [
        "task_family",
        ("organization", admin.EmptyFieldListFilter),
        ("frozen_at", admin.EmptyFieldListFilter),
        "suite",
    ]
    search_fields = ["name", "suite", "organization__slug", "workload__name", "id"]
    search_help_text = (
        "Name of the set, the workload or the kind of the suite, or an id"
    )
    ordering = ["-created_at", "-id"]
    autocomplete_fields = ["organization", "workload"]
    actions_detail = ["evaluate"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[EvaluationSet]":
        """Return the sets with how much is in them and on them."""
        rows: QuerySet[EvaluationSet] = super().get_queryset(request)
        counted = with_counts(rows, EvaluationRun.objects.all())
        return counted.select_related("organization", "workload", "replaces")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what an upload asks, and what a set that is there tells."""
        if obj is None:
            return [(None, {"fields": [*STATED, "grader", "file"]})]
        told = [
            ("name", "version"),
            ("whose", "workload", "task_family"),
            ("suite", "suite_seed"),
            ("created_at", "frozen_at", "replaces"),
            ("items", "runs"),
            "description",
            "content_hash",
        ]
        return [(None, {"fields": told})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is computed; without the right to change all is shown."""
        return () if obj is None else ("whose", "items", "runs")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Return the items of a set that is there."""
        return [] if obj is None else self.inlines

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: a changed set is another version, uploaded anew."""
        return False

    @action(  # type: ignore[untyped-decorator]  # unfold has no types
        description="Evaluate at an endpoint",
        url_path="evaluate",
        permissions=["evaluate"],
    )
    def evaluate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to where a run over this set is asked for."""
        address = reverse("admin:benchmarks_evaluationrun_add")
        return redirect(f"{address}?evaluation_set={object_id}")

    def has_evaluate_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        """Return whether the person may ask for runs."""
        return request.user.has_perm("benchmarks.add_evaluationrun")

    @admin.display(description="Whose", ordering="organization__name")
    def whose(self, evaluation_set: EvaluationSet) -> str:
        """Return the organization, or that it is of the suite."""
        return str(evaluation_set.organization or "ready suite")

    @admin.display(description="Items")
    def items(self, evaluation_set: Any) -> str:
        """Return how many items it has."""
        return f"{evaluation_set.item_count:,}"

    @admin.display(description="Runs")
    def runs(self, evaluation_set: Any) -> str:
        """Return how many runs were made on it."""
        return f"{evaluation_set.run_count:,}"

    @display(  # type: ignore[untyped-decorator]  # unfold has no types
        description="State", label={"frozen": "success", "unused": "default"}
    )
    def state(self, evaluation_set: EvaluationSet) -> str:
        """Return whether something was measured on it."""
        return "unused" if evaluation_set.frozen_at is None else "frozen"
