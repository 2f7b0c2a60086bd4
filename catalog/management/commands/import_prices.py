"""manage.py import_prices --source litellm FILE: a public price sheet from a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.importers import SHEET_FORMATS
from catalog.models import PriceSheet, SheetStatus
from catalog.services import NotFirstSheet, UnknownFormat, import_sheet

SHOWN = 20


class Command(BaseCommand):
    """Prints the report in short; exits with an error when the sheet failed."""

    help = "Import a public price sheet: applied, held for an admin, or refused whole."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        known = ", ".join(sorted(SHEET_FORMATS))
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--source", required=True, help=f"{known}, or format:name for a list apart"
        )
        parser.add_argument(
            "--baseline",
            action="store_true",
            help="take the source's first sheet though rows look odd",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file."""
        try:
            content = options["file"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        try:
            sheet = import_sheet(
                source=options["source"],
                content=content,
                baseline=options["baseline"],
            )
        except (NotFirstSheet, UnknownFormat) as error:
            raise CommandError(str(error)) from error
        self._print(sheet)

    def _print(self, sheet: PriceSheet) -> None:
        counts = sheet.report["counts"]
        self.stdout.write(f"{sheet}: {sheet.status}")
        self.stdout.write(", ".join(f"{name} {n}" for name, n in counts.items()))
        if sheet.status == SheetStatus.FAILED:
            for problem in sheet.report["problems"][:SHOWN]:
                where = f"{problem['row']} {problem['field']}".strip()
                self.stderr.write(f"{where}: {problem['detail']}")
            raise CommandError("Nothing was written; correct these and try again.")
        for reason in sheet.report["held_because"]:
            self.stdout.write(f"held: {reason}")
        for change in sheet.report["changes"][:SHOWN]:
            self.stdout.write(
                f"{change['change']}: {change['provider']}/{change['name']} "
                f"{change['service_tier']} {change.get('meter', '')} "
                f"{change['before']} -> {change['after']} {change.get('reason', '')}"
            )
