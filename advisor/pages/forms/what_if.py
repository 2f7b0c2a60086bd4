"""The limits of a workload as a form, to try others without keeping them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from rest_framework.exceptions import ErrorDetail

from accounts.models import Organization
from workloads.models import WorkloadRevision
from workloads.questions import question_of, revision_fields
from workloads.serializers import WorkloadQuestionSerializer
from workloads.serializers.workloads import RESIDENCY_REGIONS

Json = dict[str, Any]

FLOORS = [
    ("none", "none"),
    ("relative", "share of the reference"),
    ("absolute", "absolute score"),
]
LIMITS = ("ttft_ms_p95", "itl_ms_p95", "request_ms_p95")
PROMISES = ("zero_retention", "no_training", "open_weights")


def _limit(label: str) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=False,
        min_value=0.001,
        widget=forms.NumberInput(attrs={"step": "any", "min": "0"}),
    )


class WhatIfForm(forms.Form):
    """Asks for what is tried most; all else stays as the revision states it."""

    floor_kind = forms.ChoiceField(label="Quality floor", choices=FLOORS)
    floor_percent = forms.FloatField(
        label="Floor, %",
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"step": "any", "min": "0", "max": "100"}),
    )
    ttft_ms_p95 = _limit("First token, ms")
    itl_ms_p95 = _limit("Between tokens, ms")
    request_ms_p95 = _limit("Whole answer, ms")
    residency = forms.CharField(
        label="Processed nowhere but in",
        required=False,
        max_length=200,
        help_text="Regions with commas between, such as eu, uk; empty for anywhere.",
    )
    zero_retention = forms.BooleanField(label="Retains nothing", required=False)
    no_training = forms.BooleanField(label="Never trains on requests", required=False)
    open_weights = forms.BooleanField(label="Open weights", required=False)

    def __init__(self, *args: Any, revision: WorkloadRevision, **kwargs: Any) -> None:
        kwargs.setdefault("initial", initial_of(revision))
        kwargs.setdefault("auto_id", "limit-%s")
        super().__init__(*args, **kwargs)
        self.revision = revision

    def clean_residency(self) -> list[str]:
        """Return the regions, which must be known ones."""
        words: str = self.cleaned_data["residency"]
        asked = words.replace(",", " ").lower().split()
        unknown = sorted(set(asked) - set(RESIDENCY_REGIONS))
        if unknown:
            known = ", ".join(RESIDENCY_REGIONS)
            raise forms.ValidationError(
                f"Unknown: {', '.join(unknown)}. Give some of {known}."
            )
        return asked

    def clean(self) -> Json:
        """Refuse a floor without a height."""
        cleaned = super().clean() or self.cleaned_data
        floor = cleaned.get("floor_kind", "none") != "none"
        if floor and cleaned.get("floor_percent") is None:
            self.add_error("floor_percent", "Give the floor's height, from 0 to 100.")
        return cleaned

    def fields_for(self, organization: Organization) -> Json | None:
        """Return a revision's fields with the limits asked for; None if refused.

        The API's own checks have the last word; what they refuse is a form error.
        """
        asked = WorkloadQuestionSerializer(
            data=self._question(), context={"organization": organization}
        )
        if asked.is_valid():
            return revision_fields(asked.validated_data)
        for message in _messages(asked.errors):
            self.add_error(None, message)
        return None

    def _question(self) -> Json:
        asked, stated = self.cleaned_data, question_of(self.revision)
        kept = {} if stated["constraints"] is None else stated["constraints"]
        promises = {name: asked[name] for name in PROMISES}
        return {
            **{name: value for name, value in stated.items() if value is not None},
            "limits": {**stated["limits"], **{name: asked[name] for name in LIMITS}},
            "quality_floor": _floor(asked, stated["quality_floor"]),
            "constraints": {**kept, **promises, "residency": asked["residency"]},
        }


def _floor(asked: Json, stated: Json | None) -> Json | None:
    if asked["floor_kind"] == "none":
        return None
    value = round(asked["floor_percent"] / 100, 6)
    return {**(stated or {}), "kind": asked["floor_kind"], "value": value}


def initial_of(revision: WorkloadRevision) -> Json:
    """Return what the form shows before anything is changed."""
    value = revision.quality_floor_value
    return {
        "floor_kind": revision.quality_floor_kind,
        "floor_percent": _plain(None if value is None else value * 100),
        **{name: _plain(getattr(revision, f"{name}_limit")) for name in LIMITS},
        "residency": ", ".join(revision.residency_regions),
        **{name: getattr(revision, f"{name}_required") for name in PROMISES},
    }


def _plain(value: float | None) -> str | None:
    """Return a figure as people write it, without a needless fraction."""
    return None if value is None else f"{value:.10g}"


def _messages(errors: Any) -> list[str]:
    """Return every message within nested errors."""
    if isinstance(errors, ErrorDetail):
        return [str(errors)]
    inner = errors.values() if isinstance(errors, Mapping) else errors
    return [message for each in inner for message in _messages(each)]
