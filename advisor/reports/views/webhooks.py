"""Webhooks over the API; `deliveries/?webhook=` says what became of what was sent."""

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.merge_patch import merged
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from advisor.reports.models import Subscription, Webhook
from advisor.reports.serializers.webhooks import (
    TrialReply,
    WebhookSerializer,
    WebhookWithSecretReply,
    asked_of,
    webhook_fields,
)
from advisor.reports.services import trials, webhooks
from benchmarks.views.refusals import author_of, refusals_worded


@extend_schema_view(
    list=extend_schema(operation_id="webhooks", summary="All webhooks, newest first"),
    retrieve=extend_schema(operation_id="webhook", summary="One webhook"),
)
class WebhookViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Any],
):
    """Addresses that get alerts as signed requests (Standard Webhooks)."""

    serializer_class = WebhookSerializer
    pagination_class = HistoryPagination
    # What is kept for an Idempotency-Key holds no secret.
    shown_once = ("secret",)

    def get_queryset(self) -> "QuerySet[Webhook]":
        """Return the caller's webhooks with their subscriptions, secrets left out."""
        rows = scoped(Webhook, self.request).defer("secret", "previous_secret")
        return rows.prefetch_related(self._newest_subscription())

    def _newest_subscription(self) -> "Prefetch[str]":
        rows = scoped(Subscription, self.request).order_by("-created_at", "-id")
        return Prefetch("subscriptions", queryset=rows)

    @extend_schema(
        operation_id="create_webhook",
        summary="Add a webhook",
        responses={201: WebhookWithSecretReply},
    )
    def create(self, request: Request) -> Response:
        """Keep a webhook and show its secret, this once; nothing is sent yet."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals_worded():
            webhook = webhooks.create_webhook(
                organization=caller_of(request).organization,
                fields=webhook_fields(asked.validated_data),
                author=author_of(request),
                at=timezone.now(),
            )
        address = reverse("webhook-detail", [webhook.pk], request=request)
        return Response(
            WebhookWithSecretReply(webhook).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )

    @extend_schema(
        operation_id="edit_webhook",
        summary="Edit a webhook",
        request=WebhookSerializer(partial=True),
        responses=WebhookSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Merge the body into the webhook (RFC 7396); null stands for the default."""
        with transaction.atomic():
            webhook = self._in_use(pk)
            asked = self.get_serializer(data=merged(asked_of(webhook), request.data))
            asked.is_valid(raise_exception=True)
            with refusals_worded():
                webhooks.revise_webhook(
                    webhook=webhook,
                    fields=webhook_fields(asked.validated_data),
                    author=author_of(request),
                    at=timezone.now(),
                )
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="disable_webhook",
        summary="Send nothing there any more",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Disable the webhook; what waits for it is cancelled, its history stays."""
        webhooks.disable_webhook(
            webhook=self._in_use(pk), author=author_of(request), at=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="rotate_webhook",
        summary="Draw a new secret",
        request=None,
        responses=WebhookWithSecretReply,
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Draw a secret and show it, this once; the old one signs for 24 hours more."""
        webhook = webhooks.rotate_secret(
            webhook=self._in_use(pk), author=author_of(request), at=timezone.now()
        )
        return Response(WebhookWithSecretReply(webhook).data)

    @extend_schema(
        operation_id="try_webhook",
        summary="Send a test event now",
        request=None,
        responses=TrialReply,
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send an event of type webhook.test once, and say what came of it."""
        outcome = trials.send_trial(
            webhook=self._in_use(pk), author=author_of(request), at=timezone.now()
        )
        return Response(
            {
                "outcome": type(outcome).__name__.lower(),
                "status": getattr(outcome, "status", None),
                "error": getattr(outcome, "error", None),
            }
        )

    def _in_use(self, pk: str) -> Webhook:
        """Return the caller's webhook with its secrets, if it is not disabled."""
        rows = scoped(Webhook, self.request).filter(disabled_at=None)
        rows = rows.prefetch_related(self._newest_subscription())
        return get_object_or_404(rows, pk=pk)
