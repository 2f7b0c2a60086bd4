"""The app's registration with Django."""

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    """What was measured."""

    name = "benchmarks"
    default_auto_field = "django.db.models.BigAutoField"
