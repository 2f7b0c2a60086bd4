"""How offerings perform, over the API."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.tenancy import scoped
from benchmarks.models import BenchmarkRun
from benchmarks.performance import performance
from benchmarks.selectors.performance import (
    Span,
    TooManyRequests,
    left_out,
    measured_runs,
    runs_within,
)
from benchmarks.serializers.performance import PerformanceReply
from benchmarks.serializers.performance_query import (
    FILTERS,
    PerformanceQuerySerializer,
    question_of,
)
from benchmarks.serializers.queries import asked_in
from catalog.models import Offering


class OfferingPerformanceView(APIView):
    """What was measured of one offering, at its shared endpoints and the caller's."""

    @extend_schema(
        operation_id="offering_performance",
        summary="Latency, errors and goodput over a window",
        parameters=[PerformanceQuerySerializer],
        responses=PerformanceReply,
    )
    def get(self, request: Request, offering_id: str) -> Response:
        """What the runs of a window say together, as far as was known by `as_of`.

        Percentiles are exact, over all requests at once, and withheld where the number
        of requests does not carry them with a one-sided 95 % bound.
        """
        rows = scoped(Offering, request).select_related("provider", "model")
        offering = get_object_or_404(rows, pk=offering_id)
        asked = asked_in(request, PerformanceQuerySerializer, now=timezone.now())
        runs = runs_within(
            scoped(BenchmarkRun, request),
            offering=offering,
            span=Span(since=asked["since"], as_of=asked["as_of"]),
            only={name: asked[name] for name in FILTERS if name in asked},
        )
        try:
            reasons = left_out(runs)
        except TooManyRequests as error:
            field = "since" if "since" in request.query_params else "window"
            raise serializers.ValidationError(
                {field: str(error)}, "too_many_requests"
            ) from error
        groups = performance(measured_runs(runs), question_of(asked))
        reply = {
            "offering": offering,
            "since": asked["since"],
            "as_of": asked["as_of"],
            "groups": groups,
            "left_out": {"runs": sum(reasons.values()), "by_reason": reasons},
        }
        return Response(PerformanceReply(reply).data)
