"""manage.py import_benchmark FILES --offering PROVIDER/NAME --format llmperf."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from benchmarks.importers import PARSERS, Unreadable
from benchmarks.services.imports import AlreadyImported, import_results
from catalog.models import Offering, ServiceTier


class Command(BaseCommand):
    """Prints a line for each run that was kept; keeps all of them or none."""

    help = "Keep what another tool measured as runs of an offering."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument(
            "--offering", required=True, help="PROVIDER/NAME, as the catalogue has it"
        )
        parser.add_argument("--region", default="", help="of the offering, if any")
        parser.add_argument("--format", required=True, choices=sorted(PARSERS))
        parser.add_argument(
            "--organization", help="its slug, to keep them private (default: for all)"
        )
        parser.add_argument(
            "--service-tier",
            default=ServiceTier.STANDARD,
            choices=ServiceTier.values,
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files."""
        organization = _organization(options["organization"])
        offering = _offering(options["offering"], options["region"], organization)
        try:
            runs = import_results(
                offering=offering,
                source=options["format"],
                texts=[_text(path) for path in options["files"]],
                at=timezone.now(),
                organization=organization,
                service_tier=options["service_tier"],
            )
        except (AlreadyImported, Unreadable, ValidationError) as error:
            raise CommandError(str(error)) from error
        for run in runs:
            self.stdout.write(
                f"{run.pk}: {run.status}, {run.requests_done} requests,"
                f" {run.requests_failed} failed, {run.token_class}"
            )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _organization(slug: str | None) -> Organization | None:
    if slug is None:
        return None
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"--organization: no organization has the slug {slug!r}.")
    return found


def _offering(name: str, region: str, organization: Organization | None) -> Offering:
    """Return the organization's own listing of a name, or else the public one."""
    provider, _, listed = name.partition("/")
    owners = Q(organization=None) | Q(organization=organization)
    found = Offering.objects.filter(
        owners, provider__slug=provider, name=listed, region=region
    ).order_by("organization")
    offering = found.first()
    if offering is None:
        raise CommandError(
            f"--offering: {name!r} is not listed"
            + (f" in {region}" if region else "")
            + ". Give the provider's slug, a slash, and the name it sells the model by."
        )
    return offering
