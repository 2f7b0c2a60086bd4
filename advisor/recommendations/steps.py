"""The steps that a buyer takes with a recommendation, over the API."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.audit import Author
from accounts.callers import caller_of
from advisor.recommendations import selectors, services
from advisor.recommendations.models import (
    Recommendation,
    RecommendationLife,
    State,
    Transition,
)
from advisor.recommendations.preconditions import (
    MATCH_HEADER,
    PreconditionFailed,
    etag_of,
    version_asked,
)
from advisor.recommendations.replies import RecommendationReply
from advisor.recommendations.serializers import DismissalSerializer, StepSerializer

Method = Callable[..., Response]


class StepConflict(APIException):
    """The recommendation is not in a state that has this step."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "recommendation_state"

    def __init__(self, error: services.TransitionNotAllowed) -> None:
        """Name the steps that the state does have, and what stands in the way."""
        words = error.from_state.replace("_", " ")
        self.members: dict[str, Any] = {
            "state": error.from_state,
            "allowed": error.allowed,
        }
        if isinstance(error, services.AnotherIsActive):
            self.members["active"] = str(error.active)
            said = f"The newer recommendation {error.active} is active: dismiss it"
            super().__init__(f"{said} first, or follow it instead.")
        elif error.allowed:
            allowed = ", ".join(each.replace("_", " ") for each in error.allowed)
            super().__init__(f"The recommendation is {words}: it can become {allowed}.")
        else:
            super().__init__(f"The recommendation is {words}, which is final.")


def _step(
    name: str, summary: str, takes: type[StepSerializer] = StepSerializer
) -> Callable[[Method], Method]:
    """Return the decorators that all steps share."""
    documented = extend_schema(
        operation_id=f"{name}_recommendation",
        summary=summary,
        request=takes,
        responses={200: RecommendationReply},
        parameters=[
            OpenApiParameter(
                MATCH_HEADER,
                location=OpenApiParameter.HEADER,
                required=True,
                description="The ETag of the recommendation as you read it.",
            )
        ],
    )

    def decorated(method: Method) -> Method:
        routed: Method = documented(action(detail=True, methods=["post"])(method))
        return routed

    return decorated


class Steps(GenericViewSet[Any]):
    """Adds a POST for each step; all want `If-Match`, and all are audited."""

    @_step("accept", "Say that the advice will be followed")
    def accept(self, request: Request, pk: str) -> Response:
        """Accept the advice: it is going to be followed."""
        return self._take(request, State.ACCEPTED)

    @_step("dismiss", "Say that the advice will not be followed", DismissalSerializer)
    def dismiss(self, request: Request, pk: str) -> Response:
        """Dismiss the advice, with the reason; `reactivate` takes it back."""
        return self._take(request, State.DISMISSED, DismissalSerializer)

    @_step("start", "Say that the change is under way")
    def start(self, request: Request, pk: str) -> Response:
        """Start to follow accepted advice."""
        return self._take(request, State.IN_PROGRESS)

    @_step("succeed", "Say that the change is in use")
    def succeed(self, request: Request, pk: str) -> Response:
        """Report that the advice was followed: its option is now in use."""
        return self._take(request, State.SUCCEEDED)

    @_step("fail", "Say that the change was given up")
    def fail(self, request: Request, pk: str) -> Response:
        """Report that the advice could not be followed after all."""
        return self._take(request, State.FAILED)

    @_step("reactivate", "Take a dismissal back")
    def reactivate(self, request: Request, pk: str) -> Response:
        """Make dismissed advice active again, while no newer one is."""
        return self._take(request, State.ACTIVE)

    def _take(
        self,
        request: Request,
        to_state: State,
        takes: type[StepSerializer] = StepSerializer,
    ) -> Response:
        recommendation: Recommendation = self.get_object()
        asked = takes(data=request.data)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        with _refusals_worded(recommendation):
            recommendation.life = services.change_state(
                recommendation=recommendation,
                to_state=to_state,
                expected_version=version_asked(request, recommendation.life),
                author=Author(user=caller.user, api_key=caller.api_key),
                at=timezone.now(),
                **asked.validated_data,
            )
        return whole_reply(recommendation)


@contextmanager
def _refusals_worded(recommendation: Recommendation) -> Iterator[None]:
    try:
        yield
    except services.StaleVersion as error:
        now = RecommendationLife.objects.get(pk=recommendation.pk)
        raise PreconditionFailed(now) from error
    except services.TransitionNotAllowed as error:
        raise StepConflict(error) from error


def whole_reply(
    recommendation: Recommendation, *, status: int = 200, **headers: str
) -> Response:
    """Return a kept answer with its identity, its life and its ETag."""
    life = recommendation.life
    body = {
        "id": str(recommendation.pk),
        "workload": str(recommendation.workload_id),
        "workload_revision": recommendation.revision.number,
        "created_at": recommendation.created_at,
        "cause": recommendation.cause,
        "status": life.state,
        "version": life.version,
        "life": [_told(step) for step in selectors.life_of(recommendation)],
        **recommendation.answer,
    }
    return Response(body, status=status, headers={"ETag": etag_of(life), **headers})


def _told(step: Transition) -> dict[str, Any]:
    return {
        "state": step.to_state,
        "at": step.at,
        "by": _who(step),
        "reason": step.reason or None,
        "note": step.note,
    }


def _who(step: Transition) -> dict[str, str] | None:
    """Return the person or key behind a step, None for the service itself."""
    if step.user is not None:
        return {"kind": "user", "name": step.user.get_username()}
    if step.api_key is not None:
        return {"kind": "api_key", "name": step.api_key.name}
    return None
