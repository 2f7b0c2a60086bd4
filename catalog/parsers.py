"""A price sheet sent as CSV itself, without JSON around it."""

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class CsvParser(BaseParser):
    """Reads UTF-8 text and returns what the same upload as JSON would say."""

    media_type = "text/csv"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> dict[str, str]:
        """Return the upload, or raise ParseError (400) or RequestDataTooBig (413)."""
        limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read() if limit_bytes is None else stream.read(limit_bytes + 1)
        if limit_bytes is not None and len(body) > limit_bytes:
            raise RequestDataTooBig
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(
                f"The sheet is not UTF-8: byte {error.start} is wrong."
                " Save it as CSV in UTF-8."
            ) from error
        upload = {"format": "csv", "content": text}
        view = (parser_context or {}).get("view")
        name = view.request.query_params.get("list") if view else None
        return upload if name is None else {**upload, "list": name}
