"""What a problem looks like, for the description of the API."""

from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer):
    """One field that is wrong."""

    pointer = serializers.CharField(
        help_text="JSON pointer as a URI fragment; # is the whole body."
    )
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable name of what is wrong.")
    location = serializers.ChoiceField(
        choices=["query"],
        required=False,
        help_text="Given when the pointer names a query parameter.",
    )


class ProblemSerializer(serializers.Serializer):
    """Why a request was refused (RFC 9457)."""

    type = serializers.CharField(help_text="Stable name of the kind of problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path that was asked.")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]
