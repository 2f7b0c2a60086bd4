"""`manage.py send_weekly_reports --week 2026-W47 --dry-run`: what goes to whom."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Organization
from advisor.reports.models import ReportEdition, ReportSchedule
from advisor.reports.schedule import BadWeek
from advisor.reports.selectors import readers_of
from advisor.reports.services import weekly
from advisor.reports.services.deliveries import queue_report


class Command(BaseCommand):
    """Make the reports of a week and queue them; doing it twice sends nothing twice.

    The worker makes each report at its moment: this is for looking beforehand, and for
    making up for an outage.
    """

    help = "Make the weekly reports of an ISO week and queue them for their readers."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--week", required=True, help="such as 2026-W47")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="print what would be sent to whom, and write nothing",
        )
        parser.add_argument("--organization", help="its slug (default: all of them)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line or a few for each organization."""
        at, told = timezone.now(), self._tell if options["dry_run"] else self._queue
        for organization in _organizations(options["organization"]):
            try:
                told(organization, options["week"], at)
            except BadWeek as error:
                raise CommandError(str(error)) from error
            except weekly.NoReport as error:
                if options["organization"]:
                    raise CommandError(str(error)) from error
                self.stdout.write(f"{organization.slug}: none. {error}")

    def _queue(self, organization: Organization, week: str, at: datetime) -> None:
        with transaction.atomic():
            report = weekly.make_report(organization=organization, week=week, at=at)
            queued = queue_report(report, at)
        self.stdout.write(f"{organization.slug}: {week} to {len(queued)} readers")

    def _tell(self, organization: Organization, week: str, at: datetime) -> None:
        report = weekly.preview(organization=organization, week=week, at=at)
        readers: dict[str, list[str]] = {}
        for reader in readers_of(report).order_by("email"):
            readers.setdefault(reader.locale, []).append(reader.email)
        self.stdout.write(f"{organization.slug}: {week}")
        for locale, addresses in (readers or {"en_US": []}).items():
            edition = weekly.written_for(report, locale)
            self.stdout.write(f"  {edition.subject}")
            self.stdout.write(f"  {locale}: {_sizes(edition)}")
            self.stdout.write(f"  to {', '.join(addresses) or 'nobody'}")


def _organizations(slug: str | None) -> "QuerySet[Organization]":
    """Return the one asked for, else all whose reports are not switched off."""
    if slug is None:
        off = ReportSchedule.objects.filter(enabled=False).values("organization")
        return Organization.objects.exclude(pk__in=off).order_by("slug")
    found = Organization.objects.filter(slug=slug)
    if not found:
        raise CommandError(f"There is no organization with the slug {slug!r}.")
    return found


def _sizes(edition: ReportEdition) -> str:
    pictures = weekly.pictures_of(edition.images).values()
    return (
        f"text {_kb(len(edition.text.encode()))}, HTML"
        f" {_kb(len(edition.html.encode()))}, {len(pictures)} pictures"
        f" {_kb(sum(map(len, pictures)))}"
    )


def _kb(count: int) -> str:
    return f"{count / 1000:.1f} kB"
