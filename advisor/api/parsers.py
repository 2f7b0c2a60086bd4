"""JSON bodies, read strictly: what two readers could take differently is refused."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from math import isfinite
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

# A view that takes more says so in `json_limit_bytes`.
JSON_LIMIT_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_SHOWN = 80
STRING_OR_CONSTANT = re.compile(r'"(?:\\.|[^"\\])*"|NaN|-?Infinity')
# Escapes of NUL and of half a character: neither can be stored or sent back.
UNSTORABLE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TooLarge(APIException):
    """The body is larger than the service reads."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large: send less at once."
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """Reads UTF-8 JSON and names the line, the position or the key of a mistake."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """Return the parsed body, or raise ParseError (400) or TooLarge (413)."""
        limit_bytes = _limit_bytes((parser_context or {}).get("view"))
        body = stream.read(limit_bytes + 1)
        if len(body) > limit_bytes:
            raise TooLarge(
                f"The body is larger than {limit_bytes} bytes: send less at once."
            )
        text = _decoded(body)
        parsed = _parsed(text)
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _refuse_depth(parsed)
        if UNSTORABLE_ESCAPE.search(text) or "\x00" in text:
            _refuse_unstorable(parsed)
        return parsed


def _limit_bytes(view: Any) -> int:
    """Return the most that the view reads, within what the whole service does."""
    of_view: int = getattr(view, "json_limit_bytes", JSON_LIMIT_BYTES)
    of_service: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return of_view if of_service is None else min(of_view, of_service)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(
            f"The body is not UTF-8: byte {error.start} is wrong. Encode it as UTF-8."
        ) from error


def _parsed(text: str) -> Any:
    def refuse_constant(name: str) -> NoReturn:
        raise ParseError(
            f"{name} at {_place(text, _offset_of_constant(text))} is not JSON:"
            " give a number, or null for unknown."
        )

    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise ParseError(
            f"The body is not JSON: {error.msg} at line {error.lineno},"
            f" column {error.colno}."
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # an integer of thousands of digits
        raise ParseError("A number has too many digits: shorten it.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ParseError(
                    f'The key "{_shown(name)}" stands twice in one object:'
                    " keep one of the two."
                )
            seen.add(name)
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ParseError(
            f"The number {digits[:MAX_SHOWN]} is too large: give a finite one."
        )
    return number


def _offset_of_constant(text: str) -> int:
    for found in STRING_OR_CONSTANT.finditer(text):
        if not found[0].startswith('"'):
            return found.start()
    return 0


def _place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return f"line {line}, column {column}"


def _too_deep() -> ParseError:
    return ParseError(
        f"The body is nested more than {MAX_DEPTH} levels deep: flatten it."
    )


def _refuse_depth(parsed: Any) -> None:
    level = [parsed]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _children(outer)]
    if any(isinstance(node, dict | list) for node in level):
        raise _too_deep()


def _children(node: Any) -> Any:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _refuse_unstorable(parsed: Any) -> None:
    for text, name in _strings(parsed, ""):
        if UNSTORABLE.search(text):
            raise ParseError(
                f'A string under "{_shown(name)}" holds a NUL or half a character'
                " (a lone surrogate): take it out."
            )


def _strings(node: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield each string below `node`, keys too, with the key that it stands under."""
    if isinstance(node, str):
        yield node, name
    elif isinstance(node, list):
        for inner in node:
            yield from _strings(inner, name)
    elif isinstance(node, dict):
        for key, inner in node.items():
            yield key, name
            yield from _strings(inner, key)


def _shown(name: str) -> str:
    return UNSTORABLE.sub("�", name[:MAX_SHOWN])
