"""What the API takes when it is asked how an offering performs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rest_framework import serializers

from accounts.serializers import StrictSerializer
from benchmarks.harness.goodput import Limits
from benchmarks.models import Basis, PlanTokenClass
from benchmarks.models.plans import MAX_CONCURRENCY
from benchmarks.performance import Question
from benchmarks.serializers.queries import (
    CountsField,
    MillisecondsField,
    MomentField,
)
from catalog.fields import OneOfField
from catalog.models import ServiceTier

WINDOWS = {
    "24h": timedelta(hours=24),
    "72h": timedelta(hours=72),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
DEFAULT_WINDOW = "72h"
LONGEST_WINDOW = timedelta(days=366)
LIMITED = ("ttft_ms", "answer_ttft_ms", "tpot_ms", "request_ms")
FILTERS = ("service_tier", "token_class", "basis")
MOST_PARALLEL = 8


class PerformanceQuerySerializer(StrictSerializer):
    """Of when, of what, and against which limits."""

    window = OneOfField(
        choices=list(WINDOWS),
        required=False,
        help_text=f"How long before `as_of`; default {DEFAULT_WINDOW}.",
    )
    since = MomentField(
        required=False,
        help_text="Start of the window, in place of `window`; a year back at most.",
    )
    as_of = MomentField(
        required=False,
        help_text="What had been measured by then; default now.",
    )
    service_tier = OneOfField(choices=ServiceTier.values, required=False)
    token_class = OneOfField(choices=PlanTokenClass.values, required=False)
    basis = OneOfField(choices=Basis.values, required=False)
    ttft_ms = MillisecondsField(
        required=False, help_text="Limit on the time to the first token."
    )
    answer_ttft_ms = MillisecondsField(
        required=False,
        help_text="Limit on the time to the first token after reasoning.",
    )
    tpot_ms = MillisecondsField(
        required=False, help_text="Limit on the time per output token."
    )
    request_ms = MillisecondsField(
        required=False, help_text="Limit on the time to the last token."
    )
    parallel = CountsField(
        least=2,
        most=MAX_CONCURRENCY,
        length=MOST_PARALLEL,
        required=False,
        help_text="Numbers of calls made at once, such as 3,5.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the moments, and refuse windows that cannot be."""
        now: datetime = self.context["now"]
        as_of = attrs.setdefault("as_of", now)
        if as_of > now:
            raise serializers.ValidationError(
                {"as_of": "Must not lie in the future: leave it out for now."}
            )
        if "since" in attrs:
            self._check_since(attrs)
        else:
            name = attrs.get("window", DEFAULT_WINDOW)
            attrs["since"] = as_of - WINDOWS[name]
        return attrs

    def _check_since(self, attrs: Mapping[str, Any]) -> None:
        if "window" in attrs:
            problem = "Give either window or since."
        elif attrs["since"] >= attrs["as_of"]:
            problem = "Must lie before as_of."
        elif attrs["as_of"] - attrs["since"] > LONGEST_WINDOW:
            problem = f"Must lie at most {LONGEST_WINDOW.days} days before as_of."
        else:
            return
        raise serializers.ValidationError({"since": problem})


def question_of(asked: Mapping[str, Any]) -> Question:
    """Return the limits and calls that a checked query states."""
    limits = {name: asked[name] for name in LIMITED if name in asked}
    return Question(limits=Limits(**limits), parallel=asked.get("parallel", ()))
