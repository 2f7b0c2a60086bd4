"""What changed about endpoints' performance, over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks.filters import ChangeFilterSet
from benchmarks.models import PerformanceChange
from benchmarks.selectors.changes import with_endpoints
from benchmarks.serializers.changes import PerformanceChangeReply


@extend_schema_view(
    list=extend_schema(
        operation_id="benchmark_changes", summary="What changed, newest first"
    )
)
class PerformanceChangeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """Lasting changes at shared endpoints and the caller's own, as they were found."""

    serializer_class = PerformanceChangeReply
    filterset_class = ChangeFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[PerformanceChange]":
        """Return the changes that the caller may see."""
        return with_endpoints(scoped(PerformanceChange, self.request))
