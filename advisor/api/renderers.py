"""How refusals are written."""

from rest_framework.renderers import JSONRenderer


class ProblemRenderer(JSONRenderer):
    """Writes a problem as JSON, whatever the view's own replies look like."""

    media_type = "application/problem+json"
    format = "problem"
