"""Views that refuse in every way; only for tests."""

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.shortcuts import get_object_or_404
from django.urls import include, path
from rest_framework import exceptions, generics, mixins, serializers, viewsets
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from accounts.idempotency import IdempotentPost
from accounts.models import AuditEvent, Organization
from accounts.serializers import StrictSerializer
from advisor.api.pagination import CatalogPagination
from advisor.api.problems import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

REFUSALS = {
    "http404": Http404("No Organization matches the given query."),
    "http404-worded": Http404("This sheet is gone: upload it again."),
    "denied": PermissionDenied("a secret"),
    "throttled": exceptions.Throttled(wait=6.2),
    "unauthenticated": exceptions.NotAuthenticated(),
    "model": ModelError({"name": ModelError("Too long.", code="max_length")}),
    "model-whole": ModelError("Contradictory."),
    "too-big": RequestDataTooBig("internal words"),
    "suspicious": SuspiciousOperation("internal words"),
    "broken-off": UnreadablePostError("internal words"),
    "many": exceptions.ValidationError({f"f{n}": ["Wrong."] for n in range(300)}),
    "list": exceptions.ValidationError([{}, {"a/b~c d": ["Wrong."]}]),
    "bug": ZeroDivisionError("internal words"),
}


class FloorSerializer(StrictSerializer):
    value = serializers.FloatField(max_value=1.0)


class QuestionSerializer(StrictSerializer):
    name = serializers.CharField(max_length=5)
    quality_floor = FloorSerializer(required=False)
    floors = FloorSerializer(many=True, required=False)

    def validate(self, attrs):
        if attrs["name"] == "bad":
            raise serializers.ValidationError("Bad as a whole.", "bad")
        return attrs


class OpenView(APIView):
    authentication_classes = []
    permission_classes = []


class RefusingView(OpenView):
    def get(self, request, kind):
        raise REFUSALS[kind]


class QuestionView(OpenView):
    def post(self, request):
        asked = QuestionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(asked.validated_data)


class EchoView(OpenView):
    def post(self, request):
        return Response({"read": request.data})


class OrganizationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Organization
        fields = ["id", "name", "slug"]


class HistoryView(generics.ListAPIView):
    """Organizations, newest first."""

    authentication_classes = []
    permission_classes = []
    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer


class CatalogView(HistoryView):
    """Organizations by slug."""

    pagination_class = CatalogPagination


class ReorderedView(HistoryView):
    """Organizations by descending name."""

    page_ordering = ("-name", "id")


class ValuesView(OpenView):
    """Organizations as dicts."""

    def get(self, request):
        pages = self.settings.DEFAULT_PAGINATION_CLASS()
        rows = Organization.objects.values("id", "slug", "created_at")
        return pages.get_paginated_response(
            [row["slug"] for row in pages.paginate_queryset(rows, request, self)]
        )


class PurchaseSerializer(StrictSerializer):
    """Something to write down once."""

    slug = serializers.SlugField()
    end = serializers.CharField(required=False)


def carry_out(asked):
    """End in the way that the body asks for, after a row was written."""
    ends = {
        "bug": ZeroDivisionError("internal words"),
        "throttled": exceptions.Throttled(wait=1),
        "missing": Http404(),
    }
    end = asked.get("end")
    if end in ends:
        raise ends[end]
    if end == "unavailable":
        return Response({"left": "open"}, status=503)
    return Response(asked, status=201, headers={"Location": f"/{asked['slug']}/"})


class PurchaseView(IdempotentPost, APIView):
    """Writes one audit event a request."""

    before = staticmethod(lambda request: None)

    def post(self, request, **kwargs):
        asked = PurchaseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        AuditEvent.objects.create(
            organization=request.auth.organization,
            at="2026-11-01T00:00:00Z",
            action="bought",
            target_id=asked.validated_data["slug"],
        )
        type(self).before(request)
        return carry_out(asked.validated_data)


class PurchaseViewSet(
    IdempotentPost, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The same through a router."""

    queryset = Organization.objects.all()
    serializer_class = PurchaseSerializer

    def create(self, request):
        """Buy it."""
        return PurchaseView.post(self, request)

    before = staticmethod(lambda request: None)


def broken_page(request):
    raise ZeroDivisionError("internal words")


def suspicious_page(request):
    raise SuspiciousOperation("internal words")


def too_big_page(request):
    raise RequestDataTooBig("internal words")


def denied_page(request):
    raise PermissionDenied("internal words")


def lookup(request, pk):
    return HttpResponse(get_object_or_404(Organization, pk=pk).slug)


router = SimpleRouter()
router.register("bought", PurchaseViewSet, basename="bought")

api = [
    path("refusals/<kind>/", RefusingView.as_view()),
    path("questions/", QuestionView.as_view()),
    path("echo/", EchoView.as_view()),
    path("history/", HistoryView.as_view()),
    path("catalog/", CatalogView.as_view()),
    path("reordered/", ReorderedView.as_view()),
    path("values/", ValuesView.as_view()),
    path("purchases/", PurchaseView.as_view()),
    path("purchases/<str:shop>/", PurchaseView.as_view()),
    path("broken/", broken_page),
    path("suspicious/", suspicious_page),
    path("too-big/", too_big_page),
    path("denied/", denied_page),
    path("", include(router.urls)),
    path("", include("advisor.api.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("broken/", broken_page),
    path("suspicious/", suspicious_page),
    path("denied/", denied_page),
]
