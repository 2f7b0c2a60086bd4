"""Steps that a buyer takes with a recommendation, from its workload's page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ErrorDetail

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, author_of, buyers_only, signed_in
from advisor.recommendations import services
from advisor.recommendations.models import Recommendation, State
from advisor.recommendations.serializers import DismissalSerializer, StepSerializer


@require_POST
@signed_in
@buyers_only
def step(request: PageRequest, recommendation_id: UUID) -> HttpResponseBase:
    """Take a step, unless somebody was faster; then the page shows what they did."""
    rows = scoped(Recommendation, request).select_related("workload", "life")
    found = get_object_or_404(rows, pk=recommendation_id)
    to_state = request.POST.get("to_state", "")
    version = request.POST.get("version", "")
    if to_state not in State.values or not (version.isascii() and version.isdigit()):
        messages.error(request, "Nothing was done: the form is not whole. Try again.")
    else:
        _take(request, found, to_state, int(version[:9]))
    return redirect("pages:workload", workload_id=found.workload_id)


def _take(
    request: PageRequest, found: Recommendation, to_state: str, version: int
) -> None:
    takes = DismissalSerializer if to_state == State.DISMISSED else StepSerializer
    names = takes().fields
    said = takes(data={n: v for n, v in request.POST.items() if n in names and v})
    if not said.is_valid():
        messages.error(request, _first(said.errors))
        return
    try:
        life = services.change_state(
            recommendation=found,
            to_state=to_state,
            expected_version=version,
            author=author_of(request),
            at=timezone.now(),
            **said.validated_data,
        )
    except (services.StaleVersion, services.TransitionNotAllowed) as error:
        messages.error(request, f"Nothing was done: {_why_not(error)}")
    else:
        messages.success(request, f"Kept: the advice is {_words(life.state)}.")


def _why_not(error: services.StaleVersion | services.TransitionNotAllowed) -> str:
    if isinstance(error, services.StaleVersion):
        return (
            "somebody was faster, or newer advice came. This is how it stands by now."
        )
    if isinstance(error, services.AnotherIsActive):
        return "newer advice is active. Dismiss it first, or follow it instead."
    return f"the advice is {_words(error.from_state)} by now."


def _words(state: str) -> str:
    return state.replace("_", " ")


def _first(errors: dict[str, list[ErrorDetail]]) -> str:
    """Return the first refusal with its field."""
    field, said = next(iter(errors.items()))
    return f"Nothing was done. {field.capitalize()}: {said[0]}"
