"""manage.py load_catalogue: the default catalogue, without a network."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.models import SheetStatus
from catalog.services.defaults import catalogue_size, load_default_catalogue


class Command(BaseCommand):
    """Safe to run at every start: a second run finds nothing new to write."""

    help = "Load the installed price list and the fact files; offline, repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then say in one line what the catalogue holds."""
        sheet = load_default_catalogue()
        if sheet.status == SheetStatus.FAILED:
            problem = sheet.report["problems"][0]
            raise CommandError(
                f"The installed price list cannot be read: {problem['row']} "
                f"{problem['field']}: {problem['detail']}. Prices stay as they were."
            )
        held = catalogue_size()
        sized = held.coverage
        self.stdout.write(
            f"{held.offerings} offerings, {held.prices} prices, {held.models} models; "
            f"a known size for {sized.chat_share:.0%} of {sized.chat} chat listings "
            f"and {sized.open_weights_share:.0%} of {sized.open_weights} open ones "
            f"(price list {sheet.source} {sheet.version}, {sheet.status})"
        )
