"""Subscriptions over the API: who gets the weekly report and which alerts, by mail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.addresses import same_address
from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.merge_patch import merged
from accounts.models import Scope
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from advisor.reports.models import EndReason, Subscription
from advisor.reports.serializers.subscriptions import (
    SubscriptionSerializer,
    asked_of,
    subscription_fields,
)
from advisor.reports.services import subscriptions
from benchmarks.views.refusals import author_of, refusals_worded

_OTHERS = (
    "Subscribing an address that is not your own needs the scope `admin`: use a key or"
    " a role that has it."
)


class LeftInPeace(APIException):
    """An address gets no more questions for a while."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "asked_too_often"

    def __init__(self, error: subscriptions.AskedTooOften, at: datetime) -> None:
        """Say it in a sentence, and in Retry-After."""
        super().__init__(str(error))
        self.wait = (error.until - at).total_seconds()


@extend_schema_view(
    list=extend_schema(
        operation_id="subscriptions", summary="Who is sent what, newest first"
    ),
    retrieve=extend_schema(operation_id="subscription", summary="One subscription"),
)
class SubscriptionViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Any],
):
    """Addresses that get mail. With the scope admin everybody's, else one's own."""

    serializer_class = SubscriptionSerializer
    pagination_class = HistoryPagination
    # Of one's own address a viewer may decide too.
    required_scopes = dict.fromkeys(("POST", "PATCH", "DELETE"), Scope.READ.value)

    def get_queryset(self) -> "QuerySet[Subscription]":
        """Return the caller's organization's subscriptions, as far as they may be seen.

        Webhooks' belong to the webhooks.
        """
        rows = scoped(Subscription, self.request).filter(webhook=None)
        caller: Any = self.request.auth
        if caller is None or Scope.ADMIN.value in caller.scopes:
            return rows
        return rows.filter(user=caller.user) if caller.user else rows.none()

    @extend_schema(operation_id="subscribe", summary="Subscribe an address")
    def create(self, request: Request) -> Response:
        """Subscribe an address; who is no member is asked to confirm it first."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        _check_may_subscribe(request, asked.validated_data["email"])
        subscription = _subscribed(request, asked.validated_data)
        address = reverse("subscription-detail", [subscription.pk], request=request)
        return Response(
            self.get_serializer(subscription).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )

    @extend_schema(
        operation_id="edit_subscription",
        summary="Change what is sent",
        request=SubscriptionSerializer(partial=True),
        responses=SubscriptionSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Merge the body into the subscription (RFC 7396); null is the default."""
        with transaction.atomic():
            held = self._in_force(pk)
            asked = self.get_serializer(data=merged(asked_of(held), request.data))
            asked.is_valid(raise_exception=True)
            with refusals_worded():
                subscription = subscriptions.revise_subscription(
                    subscription=held,
                    fields=subscription_fields(asked.validated_data),
                    author=author_of(request),
                    at=timezone.now(),
                )
        return Response(self.get_serializer(subscription).data)

    @extend_schema(
        operation_id="end_subscription", summary="Send no more", responses={204: None}
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """End the subscription; what waits for it is cancelled, what was sent stays."""
        subscriptions.end_subscription(
            self._in_force(pk),
            because=EndReason.REMOVED,
            author=author_of(request),
            at=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _in_force(self, pk: str) -> Subscription:
        rows = self.get_queryset().filter(ended_at=None)
        subscription: Subscription = get_object_or_404(rows, pk=pk)
        return subscription


def _subscribed(request: Request, asked: Mapping[str, Any]) -> Subscription:
    at = timezone.now()
    try:
        with refusals_worded():
            return subscriptions.subscribe(
                organization=caller_of(request).organization,
                fields=subscription_fields(asked),
                author=author_of(request),
                at=at,
            )
    except subscriptions.AskedTooOften as error:
        raise LeftInPeace(error, at) from error


def _check_may_subscribe(request: Request, email: str) -> None:
    caller = caller_of(request)
    own = caller.user is not None and same_address(caller.user.email, email)
    if not own and Scope.ADMIN.value not in caller.scopes:
        raise PermissionDenied(_OTHERS)
