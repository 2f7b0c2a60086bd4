"""The service's addresses, and two that a recommendation is held against."""

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from advisor.recommendations.models import Recommendation
from advisor.urls import handler400, handler403, handler404, handler500, urlpatterns
from workloads.models import WorkloadRevision

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class NoOpView(APIView):
    """Authenticates, is throttled, and answers."""

    def post(self, request: Request) -> Response:
        """Do nothing but read the body: unread, it would cost the connection."""
        return Response({"read": len(request.data)})


class InsertView(APIView):
    """The same, and inserts one row with the JSON it was sent."""

    def post(self, request: Request) -> Response:
        """Keep the body as the answer of a row like a recommendation's."""
        body: Any = request.data
        now = timezone.now()
        revision = WorkloadRevision(pk=body["revision"])
        row = Recommendation.objects.create(
            organization_id=request.auth.organization.pk,
            workload_id=body["workload"],
            revision=revision,
            as_of=now,
            known_at=now,
            created_at=now,
            engine_version="bench",
            provisional=True,
            answer=body["answer"],
        )
        return Response({"id": row.pk}, status=201)


urlpatterns = [
    *urlpatterns,
    path("bench/noop/", NoOpView.as_view()),
    path("bench/insert/", InsertView.as_view()),
]
