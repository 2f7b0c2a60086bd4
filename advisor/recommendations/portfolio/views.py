"""The portfolio over the API."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.callers import caller_of
from advisor.recommendations.portfolio import portfolio_of
from advisor.recommendations.portfolio.replies import PortfolioReply
from advisor.recommendations.serializers import MomentsSerializer


class PortfolioView(APIView):
    """All workloads of the caller's organization, side by side."""

    @extend_schema(
        operation_id="portfolio",
        summary="All workloads: spend, size mix, savings",
        parameters=[MomentsSerializer],
        responses=PortfolioReply,
    )
    def get(self, request: Request) -> Response:
        """What all workloads cost, on which sizes, and what advice would save."""
        now = timezone.now()
        moments = MomentsSerializer(
            data=request.query_params.dict(), context={"now": now}
        )
        moments.is_valid(raise_exception=True)
        asked = moments.validated_data
        portfolio = portfolio_of(
            caller_of(request).organization,
            as_of=asked.get("as_of", now),
            known_at=asked.get("known_at", now),
        )
        return Response(portfolio)
