"""Pages of long lists, by cursor: rows that arrive meanwhile shift nothing.

A cursor is the place of a row in the order, so a page costs the same however deep
it lies (keyset pagination); it is opaque to callers and holds no offset.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as FieldValueError
from django.db.models import Model, Q
from django.utils.timezone import is_aware
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

CURSOR = "cursor"
PAGE_SIZE = "page_size"
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
# What reading a made-up cursor can raise.
BAD_CURSOR = (ValueError, TypeError, KeyError, RecursionError, FieldValueError)


class Cursor(NamedTuple):
    """The place of a row in an order, and which way to go from there."""

    values: tuple[Any, ...]
    backwards: bool


class KeysetPagination(BasePagination):
    """Pages in the order of the view's `page_ordering`, else of the class.

    An ordering is a tuple of field names, "-" for descending, none of them null, that
    ends in a unique one. `order_candidates` are tried one after the other when the
    view names none; the primary key breaks ties in the same direction.
    """

    order_candidates: tuple[str, ...] = ()

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        """Return one page of a queryset, of dicts if it went through `.values()`.

        Raises ValidationError on a cursor that is not ours and on a page size out
        of range.
        """
        self.base_url = request.build_absolute_uri()
        self.list_name = _list_name(request)
        self.ordering = self._ordering(queryset.model, view)
        size = _page_size(request)
        self.cursor = self._cursor(request, queryset.model)
        backwards = self.cursor is not None and self.cursor.backwards
        ordering = _reversed(self.ordering) if backwards else self.ordering
        rows = queryset.order_by(*ordering)
        if self.cursor is not None:
            rows = rows.filter(_beyond(ordering, self.cursor.values))
        found = list(rows[: size + 1])
        page = found[:size]
        more = len(found) > size
        self.page = page[::-1] if backwards else page
        self.has_next = backwards or more
        self.has_previous = more if backwards else self.cursor is not None
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the addresses of its neighbours, null at the ends."""
        return Response(
            {
                "next": self._link(-1, backwards=False) if self.has_next else None,
                "previous": self._link(0, backwards=True)
                if self.has_previous
                else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page, for OpenAPI."""
        address = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the query parameters, for OpenAPI."""
        sizes = {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PAGE_SIZE,
            "default": DEFAULT_PAGE_SIZE,
        }
        return [
            {
                "name": CURSOR,
                "in": "query",
                "description": "Taken from `next` or `previous` of another page.",
                "schema": {"type": "string"},
            },
            {
                "name": PAGE_SIZE,
                "in": "query",
                "description": "Results on a page.",
                "schema": sizes,
            },
        ]

    def _ordering(self, model: type[Model], view: Any) -> tuple[str, ...]:
        named: Sequence[str] | None = getattr(view, "page_ordering", None)
        if named:
            return tuple(named)
        known = {field.name for field in model._meta.get_fields()}
        tie_break = model._meta.pk.name if model._meta.pk else "id"
        for name in self.order_candidates:
            if name.lstrip("-") in known:
                return (name, f"-{tie_break}" if name.startswith("-") else tie_break)
        return (tie_break,)

    def _cursor(self, request: Request, model: type[Model]) -> Cursor | None:
        token = request.query_params.get(CURSOR)
        if token is None:
            return None
        try:
            return _decoded(token, self.ordering, model, of=self.list_name)
        except BAD_CURSOR as error:
            raise serializers.ValidationError(
                {
                    CURSOR: "Not a cursor of this list: take the whole address from"
                    " next or previous, or leave the cursor out to begin again."
                },
                "bad_cursor",
            ) from error

    def _link(self, position: int, *, backwards: bool) -> str | None:
        if not self.page:
            return None
        row = self.page[position]
        token = _encoded(row, self.ordering, of=self.list_name, backwards=backwards)
        return replace_query_param(self.base_url, CURSOR, token)


class HistoryPagination(KeysetPagination):
    """Newest first."""

    order_candidates = ("-created_at", "-received_at", "-at")


class CatalogPagination(KeysetPagination):
    """By name."""

    order_candidates = ("slug", "name")


def _page_size(request: Request) -> int:
    given = request.query_params.get(PAGE_SIZE)
    if given is None:
        return DEFAULT_PAGE_SIZE
    if given.isascii() and given.isdigit() and len(given) < len("1000"):
        size = int(given)
        if 1 <= size <= MAX_PAGE_SIZE:
            return size
    raise serializers.ValidationError(
        {PAGE_SIZE: f"Give a whole number from 1 to {MAX_PAGE_SIZE}."}, "invalid"
    )


def _reversed(ordering: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in ordering)


def _beyond(ordering: tuple[str, ...], values: tuple[Any, ...]) -> Q:
    """Return what selects the rows that follow the row of `values` in the order."""
    beyond = Q()
    same = Q()
    for name, value in zip(ordering, values, strict=True):
        field = name.lstrip("-")
        step = "lt" if name.startswith("-") else "gt"
        beyond |= same & Q(**{f"{field}__{step}": value})
        same &= Q(**{field: value})
    # Implied by the rest, but the planner needs it to enter the index in the middle.
    first = ordering[0].lstrip("-")
    edge = "lte" if ordering[0].startswith("-") else "gte"
    return Q(**{f"{first}__{edge}": values[0]}) & beyond


def _list_name(request: Request) -> str:
    """Return what tells a list from others: its address and filters, as a hash."""
    filters = sorted(
        (name, values)
        for name, values in request.query_params.lists()
        if name not in (CURSOR, PAGE_SIZE)
    )
    text = json.dumps([request.path, filters])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _encoded(row: Any, ordering: tuple[str, ...], *, of: str, backwards: bool) -> str:
    names = [name.lstrip("-") for name in ordering]
    values = [row[n] if isinstance(row, Mapping) else getattr(row, n) for n in names]
    texts = [v.isoformat() if isinstance(v, datetime) else str(v) for v in values]
    place = {"of": of, "order": ordering, "at": texts, "back": backwards}
    text = json.dumps(place, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(
    token: str, ordering: tuple[str, ...], model: type[Model], *, of: str
) -> Cursor:
    """Return the cursor, or raise one of `BAD_CURSOR`."""
    padded = token + "=" * (-len(token) % 4)
    place = json.loads(urlsafe_b64decode(padded.encode("ascii")))
    if place["of"] != of:
        raise ValueError("a cursor of another list, or of other filters")
    if tuple(place["order"]) != ordering or len(place["at"]) != len(ordering):
        raise ValueError("a cursor of another list")
    return Cursor(
        values=tuple(
            _value(model, name.lstrip("-"), text)
            for name, text in zip(ordering, place["at"], strict=True)
        ),
        backwards=bool(place["back"]),
    )


def _value(model: type[Model], name: str, text: Any) -> Any:
    if not isinstance(text, str) or "\x00" in text:
        raise ValueError("not a value of this field")
    text.encode()  # half a character cannot go to the database
    field: Any = model._meta.get_field(name)
    value = field.to_python(text)
    if isinstance(value, datetime) and not is_aware(value):
        raise ValueError("a moment without a time zone")
    return value
