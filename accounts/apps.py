"""The app's registration with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who asks: organizations, members and their keys."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the authentication schemes known to the OpenAPI document."""
        from accounts import schema  # noqa: F401  # registers
