"""Create an API key for an organization and print it, this once."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import services
from accounts.models import Organization, Scope


class Command(BaseCommand):
    """`create_api_key --organization acme --name "ci" --scopes read,write`."""

    help = "Create an API key for an organization and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--organization", required=True, help="its slug")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument(
            "--scopes",
            default="read",
            help=f"some of {','.join(Scope.values)}, by commas (default: read)",
        )
        parser.add_argument(
            "--days", type=int, help="until it expires (default: never)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the key alone to standard output, so that it can be piped."""
        organization = _organization(options["organization"])
        at = timezone.now()
        days = options["days"]
        try:
            api_key, text = services.create_api_key(
                organization=organization,
                name=options["name"],
                scopes=[s.strip() for s in options["scopes"].split(",") if s.strip()],
                created_by=None,
                at=at,
                expires_at=None if days is None else at + timedelta(days=days),
            )
        except ValidationError as error:
            raise CommandError(_sentences(error)) from error
        self.stderr.write(
            f"Key {api_key.key_id} for {organization.slug}; it is not shown again:"
        )
        self.stdout.write(text)


def _organization(slug: str) -> Organization:
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        known = Organization.objects.order_by("slug").values_list("slug", flat=True)
        raise CommandError(
            f"--organization: no organization has the slug {slug!r}; there are: "
            f"{', '.join(known[:20]) or 'none yet, create one in the admin'}."
        )
    return found


def _sentences(error: ValidationError) -> str:
    return "; ".join(
        f"--{'days' if field == 'expires_at' else field}: {' '.join(found)}"
        for field, found in error.message_dict.items()
    )
