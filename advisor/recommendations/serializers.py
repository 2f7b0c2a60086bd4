"""What the API takes when it is asked for advice."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from accounts.serializers import StrictSerializer
from advisor.recommendations.models import DismissalReason
from benchmarks.importers.outcome_rows import LONGEST_NAME
from benchmarks.serializers.outcomes import NamesField, RowsField
from catalog.calendar import EARLIEST
from catalog.fields import TextField
from workloads.serializers import WorkloadQuestionSerializer

# Announced prices reach no further ahead than a projection does.
FARTHEST_AHEAD = timedelta(days=366)


class MomentsSerializer(StrictSerializer):
    """The two moments that advice depends on; both default to now."""

    as_of = serializers.DateTimeField(
        required=False, help_text="Prices and facts as they hold at this moment."
    )
    known_at = serializers.DateTimeField(
        required=False, help_text="Only what had been received by this moment."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse moments that nothing can be known about."""
        now = self.context["now"]
        if attrs.get("known_at", now) > now:
            raise serializers.ValidationError(
                {"known_at": "Must not lie in the future: leave it out for now."}
            )
        if attrs.get("as_of", now) < EARLIEST:
            raise serializers.ValidationError(
                {"as_of": f"Must not lie before {EARLIEST:%Y}: no price is that old."}
            )
        if attrs.get("as_of", now) > now + FARTHEST_AHEAD:
            raise serializers.ValidationError(
                {"as_of": "Must lie at most a year ahead: no prices reach further."}
            )
        return attrs


class OutcomesSerializer(StrictSerializer):
    """What models answered on the buyer's own items, in place of a kept set."""

    rows = RowsField(
        help_text="`task`, `item`, `model`, `sample`, `score`, and what is known of"
        " `answer`, `input_tokens`, `output_tokens`, `latency_ms`."
    )
    models = NamesField(
        required=False,
        help_text="The rows' names of models to slugs, or to ids of offerings.",
    )
    task = TextField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="Which to take of rows of several tasks.",
    )


class AdviceRequestSerializer(MomentsSerializer):
    """A question that is answered and forgotten."""

    workload = WorkloadQuestionSerializer()
    outcomes = OutcomesSerializer(required=False)


class StepSerializer(StrictSerializer):
    """What a buyer may say about a step; the note is kept for ever."""

    note = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=2000,
        help_text="For whoever asks later why; kept, and shown with the step.",
    )

    def validate_note(self, note: str) -> str:
        """Refuse characters that no reader can see, but for breaks and tabs."""
        if all(letter.isprintable() or letter in "\n\r\t" for letter in note):
            return note
        raise serializers.ValidationError(
            "Must hold no control characters but line breaks and tabs.",
            "control_character",
        )


class DismissalSerializer(StepSerializer):
    """Why advice is not followed."""

    reason = serializers.ChoiceField(choices=DismissalReason.choices)
