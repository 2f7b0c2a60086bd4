"""The catalogue over the API: who sells what, at which price, since when."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.pagination import CatalogPagination
from accounts.tenancy import scoped
from catalog import selectors
from catalog.filters import (
    CatalogueFilterSet,
    ModelFilterSet,
    OfferingFilterSet,
    ProviderFilterSet,
    moment_in,
)
from catalog.models import LanguageModel, Offering, Price, Provider
from catalog.serializers import (
    ModelDetailSerializer,
    ModelSerializer,
    OfferingSerializer,
    PriceSerializer,
    ProviderSerializer,
)


class CatalogueViewSet(viewsets.ReadOnlyModelViewSet):
    """A list of the catalogue as it stands at a moment, now or `as_of`."""

    filterset_class: type[CatalogueFilterSet]
    pagination_class = CatalogPagination
    page_ordering: tuple[str, ...] | None = None

    @cached_property
    def moment(self) -> selectors.Moment:
        """What the request asks about, as far as it is known now."""
        now = timezone.now()
        return selectors.Moment(as_of=self._as_of() or now, known_at=now)

    def _as_of(self) -> datetime | None:
        return moment_in(self.request.query_params)

    def details_of(self, rows: Any) -> selectors.Details:
        """Return the dated rows that the serializer shows; none by default."""
        return selectors.Details()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; its dated rows are read at once, not row by row."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = self._shown(page, many=True)
        return self.get_paginated_response(shown)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one row."""
        return Response(self._shown(self.get_object()))

    def _shown(self, rows: Any, *, many: bool = False, **context: Any) -> Any:
        details = self.details_of(rows if many else [rows])
        context = {**self.get_serializer_context(), "details": details, **context}
        serializer = self.get_serializer_class()
        return serializer(rows, many=many, context=context).data


@extend_schema_view(
    list=extend_schema(operation_id="providers", summary="Who sells"),
    retrieve=extend_schema(operation_id="provider", summary="One provider"),
)
class ProviderViewSet(CatalogueViewSet):
    """Who sells."""

    serializer_class = ProviderSerializer
    filterset_class = ProviderFilterSet

    def get_queryset(self) -> "QuerySet[Provider]":
        """Return the providers that the caller may know of."""
        if getattr(self, "swagger_fake_view", False):
            return Provider.objects.none()
        return selectors.listed_for(
            Provider.objects.all(), caller_of(self.request).organization
        )


@extend_schema_view(
    list=extend_schema(operation_id="models", summary="Models with size and facts"),
    retrieve=extend_schema(
        operation_id="model",
        summary="One model, with its published scores",
        responses=ModelDetailSerializer,
    ),
)
class ModelViewSet(CatalogueViewSet):
    """Models, whoever sells them."""

    serializer_class = ModelSerializer
    filterset_class = ModelFilterSet

    def get_queryset(self) -> "QuerySet[LanguageModel]":
        """Return the models that the caller may know of."""
        if getattr(self, "swagger_fake_view", False):
            return LanguageModel.objects.none()
        return selectors.listed_for(
            LanguageModel.objects.all(), caller_of(self.request).organization
        )

    def get_serializer_class(self) -> Any:
        """Show scores in the detail alone."""
        return ModelDetailSerializer if self.detail else ModelSerializer

    def details_of(self, rows: Any) -> selectors.Details:
        """Return the models' facts."""
        return selectors.model_details(rows, self.moment)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one model with its scores."""
        model = self.get_object()
        scores = selectors.published_scores(model, self.moment)
        return Response(self._shown(model, scores=scores))


@extend_schema_view(
    list=extend_schema(
        operation_id="offerings", summary="Offerings with facts and prices"
    ),
    retrieve=extend_schema(operation_id="offering", summary="One offering"),
)
class OfferingViewSet(CatalogueViewSet):
    """Models as providers sell them; public ones and the caller's own."""

    serializer_class = OfferingSerializer
    filterset_class = OfferingFilterSet

    def get_queryset(self) -> "QuerySet[Offering]":
        """Return the public offerings and the caller's own."""
        rows = scoped(Offering, self.request)
        return rows.select_related("provider", "model")

    def details_of(self, rows: Any) -> selectors.Details:
        """Return facts and prices."""
        return selectors.offering_details(rows, self.moment)

    @extend_schema(
        operation_id="offering_prices",
        summary="Price history, newest first",
        responses=PriceSerializer(many=True),
        filters=False,
    )
    @action(detail=True, page_ordering=("-effective_from", "-received_at", "-id"))
    def prices(self, request: Request, pk: str) -> Response:
        """Every price row of the offering, with the sheet it was read from."""
        rows = Price.objects.filter(offering=self.get_object())
        page = self.paginate_queryset(rows.select_related("sheet"))
        return self.get_paginated_response(PriceSerializer(page, many=True).data)
