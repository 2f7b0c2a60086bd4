"""Query parameters: each is given once, and says something."""

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict

from advisor.api.problems import API_PREFIX, below, problem
from advisor.api.renderers import ProblemRenderer

MAX_SHOWN = 80
REPEATED = "Is given {count} times: give it once."
EMPTY = "Is empty: give a value, or leave it out."


class PlainQueries:
    """Refuses queries of the API that could be taken in more than one way.

    Of a repeated parameter each reader would take another value, and an empty one would
    mean to one "now", to another "no limit". None of ours is a list or may be empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a faulty query with a 400 that names each parameter."""
        if not request.path.startswith(API_PREFIX):
            return self.get_response(request)
        errors = list(faults(request.GET))
        if not errors:
            return self.get_response(request)
        said = f"{errors[0]['pointer'].removeprefix('#/')}: {errors[0]['detail']}"
        return JsonResponse(
            {**problem(request, 400, "invalid", said), "errors": errors},
            status=400,
            content_type=ProblemRenderer.media_type,
        )


def faults(query: QueryDict) -> Iterator[dict[str, str]]:
    """Yield an error for each parameter that is repeated or empty."""
    for name, values in query.lists():
        if len(values) > 1:
            yield _error(name, REPEATED.format(count=len(values)), "repeated")
        elif not values[0].strip():
            yield _error(name, EMPTY, "blank")


def _error(name: str, detail: str, code: str) -> dict[str, str]:
    return {
        "pointer": below("#", name[:MAX_SHOWN]),
        "detail": detail,
        "code": code,
        "location": "query",
    }
