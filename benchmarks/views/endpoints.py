"""Endpoints over the API."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.merge_patch import merged
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks import services
from benchmarks.filters import EndpointFilterSet
from benchmarks.listings import with_credential_told
from benchmarks.models import Endpoint
from benchmarks.serializers import EndpointSerializer
from benchmarks.serializers.endpoints import asked_of, endpoint_fields
from benchmarks.views.refusals import author_of, refusals_worded

EVERYBODYS = (
    "This endpoint is everybody's: the service's own admins edit it. Make one of your"
    " own for the same offering."
)


@extend_schema_view(
    list=extend_schema(
        operation_id="endpoints", summary="What can be measured, newest first"
    ),
    retrieve=extend_schema(operation_id="endpoint", summary="One endpoint"),
)
class EndpointViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Addresses at which offerings are called: shared ones and the caller's own."""

    serializer_class = EndpointSerializer
    filterset_class = EndpointFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[Endpoint]":
        """Return the shared endpoints and the caller's own."""
        rows = scoped(Endpoint, self.request)
        return with_credential_told(
            rows.select_related("offering__provider", "offering__model")
        )

    @extend_schema(operation_id="create_endpoint", summary="Add an endpoint")
    def create(self, request: Request) -> Response:
        """Keep an endpoint of the caller's own; nothing is called yet."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals_worded():
            endpoint = services.create_endpoint(
                organization=caller_of(request).organization,
                fields=endpoint_fields(asked.validated_data),
                author=author_of(request),
                at=timezone.now(),
            )
        address = reverse("endpoint-detail", [endpoint.pk], request=request)
        return Response(
            self.get_serializer(self.get_queryset().get(pk=endpoint.pk)).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )

    @extend_schema(
        operation_id="edit_endpoint",
        summary="Edit an endpoint of one's own, or switch it off",
        request=EndpointSerializer(partial=True),
        responses=EndpointSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Merge the body into the endpoint (RFC 7396); what it measured stays."""
        with transaction.atomic():
            endpoint = self._held(pk)
            asked = self.get_serializer(data=_merged(endpoint, request.data))
            asked.is_valid(raise_exception=True)
            with refusals_worded():
                services.revise_endpoint(
                    endpoint=endpoint,
                    fields=endpoint_fields(asked.validated_data),
                    author=author_of(request),
                    at=timezone.now(),
                )
        return Response(self.get_serializer(self.get_object()).data)

    def _held(self, pk: str) -> Endpoint:
        """Return the row locked, if it is the caller's own."""
        rows = scoped(Endpoint, self.request).select_for_update()
        endpoint: Endpoint = get_object_or_404(rows, pk=pk)
        if endpoint.organization_id is None:
            raise PermissionDenied(EVERYBODYS)
        return endpoint


def _merged(endpoint: Endpoint, edit: Any) -> Any:
    """Return the endpoint as stated, with the edit; null stands for the default.

    The credential is no part of what is stated: it stays unless the edit names it.
    """
    whole = merged(asked_of(endpoint), edit)
    if isinstance(edit, Mapping) and edit.get("credential", "") is None:
        whole["credential"] = ""
    return whole
