"""The app's registration with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who asks: organizations, members and their keys."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
