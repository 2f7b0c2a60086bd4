"""The app's registration with Django."""

from django.apps import AppConfig


class WorkloadsConfig(AppConfig):
    """What is needed: workloads, their use and their forecast."""

    name = "workloads"
    default_auto_field = "django.db.models.BigAutoField"
