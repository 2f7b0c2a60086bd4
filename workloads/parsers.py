"""Bodies of the API that are not JSON."""

from typing import IO, Any

from catalog.parsers import CsvParser


class CsvText(str):
    """The text of a table, told from a string in JSON by its type."""

    __slots__ = ()


class UsageCsvParser(CsvParser):
    """Reads UTF-8 text and returns it as it is."""

    def parse(  # type: ignore[override]  # what it returns is no upload of a sheet
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> CsvText:
        """Return the text, or raise ParseError (400) or RequestDataTooBig (413)."""
        upload = super().parse(stream, media_type, parser_context)
        return CsvText(upload["content"])
