"""manage.py seed_suite [--seed N] [--kind KIND] [--items N]."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from benchmarks.importers.evaluation_items import MAX_ITEMS
from benchmarks.services.evaluations.suite import keep_suite_set
from benchmarks.suite import ITEMS, KINDS, SEED, Kind, RunDry


class Command(BaseCommand):
    """Prints a line for each new set; a second run with the same seed adds nothing."""

    help = "Keep the ready suite's evaluation sets; another seed renews their items."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--seed", type=int, default=SEED, help=f"draws the items (default {SEED})"
        )
        parser.add_argument(
            "--kind",
            action="append",
            choices=list(KINDS),
            metavar="KIND",
            help=f"may be repeated (default: all): {', '.join(KINDS)}",
        )
        parser.add_argument(
            "--items", type=int, default=ITEMS, help=f"of a kind (default {ITEMS})"
        )

    def handle(self, **options: Any) -> None:
        """Keep the sets, all or none."""
        count = options["items"]
        if not 1 <= count <= MAX_ITEMS:
            raise CommandError(f"--items must be from 1 to {MAX_ITEMS:,}.")
        if not -(2**63) <= options["seed"] < 2**63:
            raise CommandError("--seed must be a whole number of at most 64 bits.")
        kinds = [KINDS[name] for name in options["kind"] or KINDS]
        try:
            with transaction.atomic():
                self._keep(kinds, seed=options["seed"], count=count)
        except RunDry as error:
            raise CommandError(f"--items: {error}") from error

    def _keep(self, kinds: list[Kind], *, seed: int, count: int) -> None:
        at = timezone.now()
        for kind in kinds:
            made = keep_suite_set(kind, seed=seed, count=count, at=at)
            if made is not None:
                self.stdout.write(f"{made}: {count} items from seed {seed}")
