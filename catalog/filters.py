"""Filters of the catalogue's lists; a misspelt one is refused, not ignored."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog import selectors
from catalog.models import LanguageModel, Offering, OfferingKind, Provider

SIZE_BANDS = [(band, band) for band in (*selectors.SIZE_BANDS, selectors.UNDISCLOSED)]
# Parameters that are no filters: pagination and content negotiation.
OTHER_PARAMETERS = frozenset({"cursor", "page_size", "format"})


class MomentField(forms.Field):
    """A moment with its offset, or a date, which means its first instant in UTC."""

    default_error_messages = {
        "invalid": "Give a date (2026-11-23) or a moment with its offset"
        " (2026-11-23T12:00:00Z)."
    }

    def to_python(self, value: Any) -> datetime | None:
        """Return the aware moment."""
        if value in self.empty_values:
            return None
        # A plus sign that was not escaped arrives as a space.
        moment = _parsed(str(value).strip().replace(" ", "+"))
        if moment is None:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid")
        return moment


def moment_in(parameters: Mapping[str, str]) -> datetime | None:
    """Return the moment that a query asks about, or None; raises a 400 for a slip."""
    try:
        return cast(
            datetime | None, MomentField(required=False).clean(parameters.get("as_of"))
        )
    except forms.ValidationError as error:
        raise serializers.ValidationError({"as_of": error.messages}) from error


def _parsed(text: str) -> datetime | None:
    try:
        moment: datetime | date | None = parse_date(text) or parse_datetime(text)
    except ValueError:
        return None
    if isinstance(moment, datetime):
        return _in_utc(moment) if moment.tzinfo else None
    return None if moment is None else datetime.combine(moment, time(), UTC)


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # an offset beyond the first or the last year
        return None


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(django_filters.Filter):  # type: ignore[misc]  # untyped
    """Says as of when the list is read; the view reads it from the form."""

    field_class = MomentField

    def filter(self, rows: "QuerySet[Any]", value: Any) -> "QuerySet[Any]":
        """Return all rows: an identity has no date."""
        return rows


@extend_schema_field(OpenApiTypes.BOOL)
class TrueFalseFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]  # untyped
    """`true` or `false`; anything else is refused."""

    def __init__(self, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda text: text == "true", **options)


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # untyped
    """Refuses parameters that filter nothing: a misspelt one would widen the list."""

    def is_valid(self) -> bool:
        """Refuse unknown parameters beside invalid values."""
        valid = bool(super().is_valid())
        for name in sorted(set(self.data) - set(self.filters) - OTHER_PARAMETERS):
            known = ", ".join(sorted(self.filters))
            self.form.errors[name] = self.form.error_class(
                [
                    forms.ValidationError(
                        f"No such filter. Give some of: {known}.", "unknown_filter"
                    )
                ]
            )
            valid = False
        return valid


class CatalogueFilterSet(StrictFilterSet):
    """Adds `search` and `as_of`."""

    as_of = MomentFilter(label="Facts and prices as they held then; default now.")
    search = django_filters.CharFilter(method="by_search", label="Part of a name.")
    searched: tuple[str, ...] = ("slug", "name")

    def by_search(self, rows: "QuerySet[Any]", _: str, text: str) -> "QuerySet[Any]":
        """Keep the rows in which every word of the text occurs."""
        for word in text.split()[:8]:
            found = Q()
            for name in self.searched:
                found |= Q(**{f"{name}__icontains": word})
            rows = rows.filter(found)
        return rows

    @property
    def at(self) -> selectors.Moment:
        """The moment that the view was asked about."""
        return cast(selectors.Moment, self.request.parser_context["view"].moment)


class ProviderFilterSet(CatalogueFilterSet):
    """Filters of `providers/`."""

    class Meta:
        model = Provider
        fields: list[str] = []


class ModelFilterSet(CatalogueFilterSet):
    """Filters of `models/`."""

    provider = django_filters.CharFilter(method="by_provider", label="Sold by (slug).")
    size_band = django_filters.ChoiceFilter(choices=SIZE_BANDS, method="by_size_band")
    open_weights = TrueFalseFilter(method="by_open_weights")
    searched: tuple[str, ...] = ("slug", "name", "developer")
    model_id_field = "pk"

    class Meta:
        model = LanguageModel
        fields: list[str] = []

    def by_provider(self, rows: "QuerySet[Any]", _: str, slug: str) -> "QuerySet[Any]":
        """Keep the models that a provider sells to the caller."""
        sold = Offering.objects.visible_to(self.request.auth.organization)
        return rows.filter(pk__in=sold.filter(provider__slug=slug).values("model_id"))

    def by_size_band(self, rows: "QuerySet[Any]", _: str, band: str) -> "QuerySet[Any]":
        """Keep a size band."""
        return rows.filter(selectors.in_band(band, self.at, model=self.model_id_field))

    def by_open_weights(
        self, rows: "QuerySet[Any]", _: str, is_open: bool
    ) -> "QuerySet[Any]":
        """Keep open weights, or known closed ones."""
        condition = selectors.with_open_weights(
            is_open, self.at, model=self.model_id_field
        )
        return rows.filter(condition)


class OfferingFilterSet(ModelFilterSet):
    """Filters of `offerings/`."""

    model = django_filters.CharFilter(field_name="model__slug", label="Slug.")
    region = django_filters.CharFilter(field_name="region", lookup_expr="iexact")
    kind = django_filters.ChoiceFilter(choices=OfferingKind.choices)
    searched: tuple[str, ...] = (
        "name",
        "provider__slug",
        "model__slug",
        "model__name",
    )
    model_id_field = "model_id"

    class Meta:
        model = Offering
        fields: list[str] = []

    def by_provider(self, rows: "QuerySet[Any]", _: str, slug: str) -> "QuerySet[Any]":
        """Keep a provider's offerings."""
        return rows.filter(provider__slug=slug)
