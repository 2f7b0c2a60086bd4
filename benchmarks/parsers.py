"""Bodies of the API that are not JSON."""

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.parsers import MultiPartParser


class BoundedMultiPartParser(MultiPartParser):
    """Reads a form with a file, no longer than any other body may be."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """Return fields and files, or raise RequestDataTooBig (413) before reading."""
        limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        request = (parser_context or {})["request"]
        length = request.META.get("CONTENT_LENGTH") or 0
        if limit_bytes is not None and int(length) > limit_bytes:
            raise RequestDataTooBig
        return super().parse(stream, media_type, parser_context)
