"""Encrypt every stored secret anew with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.encryption import CannotDecrypt
from accounts.services import rotate_secrets


class Command(BaseCommand):
    """`rotate_credentials`: afterwards the older keys can be taken out."""

    help = "Encrypt every stored credential anew with the first of ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many secrets of each column were encrypted anew."""
        try:
            rotated = rotate_secrets()
        except CannotDecrypt as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        for column, count in rotated.items():
            self.stdout.write(f"{column}: {count} encrypted with the first key")
