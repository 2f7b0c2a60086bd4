"""manage.py catalogue_coverage: how many listings have a known model size."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from catalog.models import ModelFacts, Offering, OfferingKind
from catalog.services.defaults import catalogue_size

SHOWN = 30


class Command(BaseCommand):
    """Prints the shares, then the models whose size would help the most listings."""

    help = "Print the share of chat listings with a known size, and what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print two shares and the largest gaps."""
        sized = catalogue_size().coverage
        self.stdout.write(
            f"chat listings sized: {sized.chat_sized} of {sized.chat} "
            f"({sized.chat_share:.1%})"
        )
        self.stdout.write(
            f"open-weight ones: {sized.open_weights_sized} of {sized.open_weights} "
            f"({sized.open_weights_share:.1%})"
        )
        known = ModelFacts.objects.filter(total_parameters_b__isnull=False)
        missing = (
            Offering.objects.filter(organization=None, kind=OfferingKind.CHAT)
            .exclude(model__in=known.values("model"))
            .values_list("model__slug")
            .annotate(listings=Count("id"))
            .order_by("-listings", "model__slug")
        )
        for slug, listings in missing[:SHOWN]:
            self.stdout.write(f"{listings:4} {slug}")
