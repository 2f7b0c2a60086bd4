"""JSON merge patches (RFC 7396): what a PATCH leaves out stays, null takes away."""

from collections.abc import Mapping
from typing import Any


def merged(stated: Any, edit: Any) -> Any:
    """Return `stated` with the merge patch `edit` applied (RFC 7396)."""
    if not isinstance(edit, Mapping):
        return edit
    result = dict(stated) if isinstance(stated, Mapping) else {}
    for name, value in edit.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
