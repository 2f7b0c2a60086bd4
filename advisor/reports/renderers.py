"""Kinds of reply beside JSON that can be asked for; the views write them themselves."""

from typing import Any

from rest_framework.renderers import BaseRenderer


class _Written(BaseRenderer):
    def render(
        self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None
    ) -> bytes:
        """Refuse to render: a view that offers this kind answers with it as it is."""
        raise NotImplementedError


class HtmlRenderer(_Written):
    """Stands for text/html in `Accept`."""

    media_type = "text/html"
    format = "html"


class TextRenderer(_Written):
    """Stands for text/plain in `Accept`."""

    media_type = "text/plain"
    format = "text"
