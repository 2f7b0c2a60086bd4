"""`sign_in_link EMAIL`: prints a link that signs a person in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.sign_in_links import token_for


class Command(BaseCommand):
    """Prints a sign-in link; whoever has it is that person until it expires."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom the link is for, and the address that it begins with."""
        parser.add_argument("email")
        parser.add_argument("--address", default="", help="such as https://example.org")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link."""
        user = User.objects.filter(email=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(
                f"Nobody who may sign in has the address {options['email']}: check it"
                " for a slip, or add the person in the admin."
            )
        token = token_for(user, at=timezone.now())
        self.stdout.write(f"{options['address'].rstrip('/')}/sign-in/link/{token}/")
