"""CSV as a kind of reply that can be asked for."""

from typing import Any

from rest_framework.renderers import BaseRenderer


class CsvRenderer(BaseRenderer):
    """Stands for text/csv in `Accept` and `?format=csv`; the view streams it itself."""

    media_type = "text/csv"
    format = "csv"

    def render(
        self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None
    ) -> bytes:
        """Refuse to render: a view that offers this kind answers with a stream."""
        raise NotImplementedError
