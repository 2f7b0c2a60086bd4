"""How the API words what the services refuse."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ErrorDetail, PermissionDenied
from rest_framework.request import Request
from rest_framework.settings import api_settings

from accounts.audit import Author
from accounts.callers import caller_of
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.models import Endpoint
from benchmarks.serializers.money import usd
from benchmarks.services import OverBudget

WHOLE = api_settings.NON_FIELD_ERRORS_KEY or "non_field_errors"
# Columns that the API shows under another name, as an amount with its currency.
PLAN_NAMES = {
    "budget_per_run_usd": "budget_per_run",
    "budget_per_month_usd": "budget_per_month",
}
RUN_NAMES = {"budget_per_run_usd": "budget", "token_classes": "token_class"}


class RunConflict(APIException):
    """The run is not in a state in which this can be done."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "run_state"


class TooDear(APIException):
    """The run would cost more than it may; nothing was asked of the endpoint."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "over_budget"

    def __init__(self, error: OverBudget) -> None:
        """Point at the budget, and give the estimate as an amount beside it."""
        super().__init__({"budget": [ErrorDetail(str(error), self.default_code)]})
        self.members = {"estimate": usd(error.estimate)}


@contextmanager
def refusals_worded(names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Put what a service refuses under the API's own `names`; what is of a run's state
    rather than of a field is a conflict.
    """
    try:
        yield
    except OverBudget as error:
        raise TooDear(error) from error
    except ValidationError as error:
        refused = error.message_dict if hasattr(error, "error_dict") else {}
        if "run" in refused:
            raise RunConflict(" ".join(refused["run"])) from error
        named = {(names or {}).get(name, name): said for name, said in refused.items()}
        raise ValidationError(named or error.messages) from error


def author_of(request: Request) -> Author:
    """Return who asks, for the audit."""
    caller = caller_of(request)
    return Author(user=caller.user, api_key=caller.api_key)


def nothing_stated(request: Request) -> None:
    """Refuse a body: what is asked for is in the address alone.

    Reading it refuses what is not JSON at all.
    """
    if request.data not in ({}, None):
        raise serializers.ValidationError(
            ["Nothing can be stated here: send no body, or an empty object."]
        )


def own_endpoint(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint, or refuse to spend what everybody's endpoint costs."""
    if endpoint.organization_id is None:
        raise PermissionDenied(
            "This endpoint is everybody's, and so is its bill: the service's own admins"
            " measure it. Make one of your own for the same offering."
        )
    return endpoint


def by_row(error: RowsRefused, *, first: int) -> dict[str, Any]:
    """Return the problems by row, then column; `first` is the number of the first."""
    rows: dict[str, Any] = {}
    for problem in error.problems:
        row = rows.setdefault(str(problem.row - first), {})
        detail = serializers.ErrorDetail(problem.detail, "bad_cell")
        row.setdefault(problem.column or WHOLE, []).append(detail)
    return rows
