"""What was sent over the API, and the dead letters, which can be sent again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import IdempotentPost
from accounts.models import Scope
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from advisor.reports.filters import DeliveryFilterSet
from advisor.reports.models import Delivery
from advisor.reports.serializers.deliveries import DeliveryReply
from advisor.reports.services.deliveries import send_again
from benchmarks.views.refusals import author_of


class DeliveryConflict(APIException):
    """The delivery, or what it goes to, is not in a state in which this can be done."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "delivery_state"


@extend_schema_view(
    list=extend_schema(
        operation_id="deliveries", summary="What was sent to whom, newest first"
    ),
    retrieve=extend_schema(operation_id="delivery", summary="One delivery"),
)
class DeliveryViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Any],
):
    """Reports and alerts on their way; `state=dead` are those that were given up.

    With the scope admin everybody's, else webhooks' and those to one's own address.
    """

    serializer_class = DeliveryReply
    filterset_class = DeliveryFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[Delivery]":
        """Return the caller's organization's deliveries, as far as they may be seen."""
        rows = scoped(Delivery, self.request).select_related(
            "alert", "subscription__webhook"
        )
        caller: Any = self.request.auth
        if caller is None or Scope.ADMIN.value in caller.scopes:
            return rows
        seen = Q(subscription__webhook__isnull=False)
        if caller.user is not None:
            seen |= Q(subscription__user=caller.user)
        return rows.filter(seen)

    @extend_schema(
        operation_id="resend_delivery",
        summary="Send a dead delivery again",
        request=None,
        responses=DeliveryReply,
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Put a delivery that was given up back in line, under the same message id."""
        delivery = self.get_object()
        try:
            send_again(delivery=delivery, author=author_of(request), at=timezone.now())
        except ValidationError as error:
            raise DeliveryConflict(" ".join(error.messages)) from error
        return Response(self.get_serializer(self.get_object()).data)
