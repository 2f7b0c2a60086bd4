"""Alerts over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from advisor.reports.filters import AlertFilterSet
from advisor.reports.models import Alert
from advisor.reports.serializers.alerts import AlertReply


@extend_schema_view(
    list=extend_schema(operation_id="alerts", summary="What was told, newest first"),
    retrieve=extend_schema(operation_id="alert", summary="One alert"),
)
class AlertViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """News about the caller's workloads, each told once, sent to anyone or not."""

    serializer_class = AlertReply
    filterset_class = AlertFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[Alert]":
        """Return the caller's alerts."""
        return scoped(Alert, self.request)
