"""manage.py judge_prices: our stored prices against the genai-prices package."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.importers.genai_prices import PACKAGE
from catalog.judge import judge
from catalog.services.held import held_offerings


class Command(BaseCommand):
    """Prints how many requests were priced both ways, and every difference by name."""

    help = "Compare stored prices with the independent price package, to the digit."

    def handle(self, *args: Any, **options: Any) -> None:
        """Price the grid both ways; exit with an error when any total differs."""
        ours = {
            key: held.timelines
            for key, held in held_offerings(None).items()
            if held.price_source == PACKAGE
        }
        if not ours:
            raise CommandError("The catalogue is empty: run `load_catalogue` first.")
        verdict = judge(ours, now=timezone.now())
        self.stdout.write(
            f"{verdict.compared} requests compared over {verdict.listings} listings, "
            f"{verdict.unpriced} of them unpriced on both sides, "
            f"{len(verdict.differing)} differing"
        )
        for reason, count in verdict.refused.most_common():
            self.stdout.write(f"the judge refuses {count}: {reason}")
        for meter, count in verdict.other_meters.most_common():
            self.stdout.write(f"kept but not charged for text: {meter} ({count})")
        for name, detail in sorted(verdict.differing.items()):
            self.stdout.write(f"differs: {name}: {detail}")
        if verdict.differing:
            raise CommandError(f"{len(verdict.differing)} listings differ.")
