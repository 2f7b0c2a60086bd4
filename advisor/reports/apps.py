from django.apps import AppConfig
from django.conf import settings


class ReportsConfig(AppConfig):
    """What is told without being asked: weekly reports, alerts, their delivery."""

    name = "advisor.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take notices of bounces where a provider sends them."""
        if settings.EMAIL_PROVIDER:
            from advisor.reports import bounces

            bounces.listen()
