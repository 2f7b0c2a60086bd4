"""What to evaluate next, over the API."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.callers import caller_of
from advisor.recommendations.amounts import iso
from advisor.recommendations.studies.next import next_evaluations
from advisor.recommendations.studies.replies import NextEvaluationsReply


class NextEvaluationsView(APIView):
    """Which endpoint to hold against a workload's items next."""

    @extend_schema(
        operation_id="next_evaluations",
        summary="What to evaluate next, and what that is worth a month",
        responses=NextEvaluationsReply,
    )
    def get(self, request: Request) -> Response:
        """The cheaper options that lack only proof, the most worth a month first."""
        now = timezone.now()
        found = next_evaluations(caller_of(request).organization, at=now)
        return Response({"as_of": iso(now), "results": found})
