"""What every serializer of the API's input derives from."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from rest_framework import serializers
from rest_framework.settings import api_settings

# Enough to find a mistake by; a body of a million keys gets no longer reply.
MAX_UNKNOWN_NAMED = 20
MAX_NAME_SHOWN = 80

JSON_KINDS: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    type(None): "null",
}


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses what it does not know, instead of dropping it.

    A misspelt limit that is silently ignored would change the advice. Read-only
    fields are let through unread, so that a reply can be edited and sent back.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Return the native values, or raise with every unknown field beside the rest.

        The errors of unknown fields stand under their own names, with the code
        `unknown_field`.
        """
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                {api_settings.NON_FIELD_ERRORS_KEY: [_not_an_object(data)]},
                code="invalid",
            )
        unknown = self._unknown_fields(data)
        if not unknown:
            return super().to_internal_value(data)
        try:
            super().to_internal_value(data)
        except serializers.ValidationError as error:
            known: Any = error.detail
            raise serializers.ValidationError({**known, **unknown}) from error
        raise serializers.ValidationError(unknown)

    def _unknown_fields(
        self, data: Mapping[Any, Any]
    ) -> dict[str, list[serializers.ErrorDetail]]:
        names = [str(name) for name in data if name not in self.fields]
        takes = [name for name, field in self.fields.items() if not field.read_only]
        return {
            _shortened(name): [
                serializers.ErrorDetail(_unknown_field(name, takes), "unknown_field")
            ]
            for name in names[:MAX_UNKNOWN_NAMED]
        }


def _unknown_field(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    close = get_close_matches(name, known, n=1)
    if close:
        return f'There is no such field: did you mean "{close[0]}"?'
    return f"There is no such field: take it out. Fields here: {', '.join(known)}."


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME_SHOWN else f"{name[:MAX_NAME_SHOWN]}…"


def _not_an_object(data: Any) -> str:
    kind = JSON_KINDS.get(type(data), "something else")
    return f"Give a JSON object, in braces; this is {kind}."
