"""Contract terms over the API."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from catalog.models import ContractTerm
from catalog.serializers import ContractTermSerializer
from catalog.serializers.terms import term_fields
from catalog.services import terms as services


@extend_schema_view(
    list=extend_schema(
        operation_id="contract_terms", summary="Terms agreed, newest first"
    ),
)
class ContractTermViewSet(
    IdempotentPost, mixins.ListModelMixin, viewsets.GenericViewSet
):
    """What the caller's organization agreed with providers; added, never edited."""

    serializer_class = ContractTermSerializer
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[ContractTerm]":
        """Return the organization's own terms."""
        rows = scoped(ContractTerm, self.request)
        return rows.select_related("provider", "model")

    @extend_schema(operation_id="add_contract_term", summary="Add a term")
    def create(self, request: Request) -> Response:
        """Add a term; the newest of the most specific ones applies."""
        context = {**self.get_serializer_context(), "now": timezone.now()}
        asked = ContractTermSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        term = services.add_contract_term(
            organization=caller.organization,
            fields=term_fields(asked.validated_data),
            user=caller.user,
            api_key=caller.api_key,
        )
        return Response(self.get_serializer(term).data, status.HTTP_201_CREATED)
