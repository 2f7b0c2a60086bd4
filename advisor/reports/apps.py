from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """What is told without being asked: weekly reports, alerts, their delivery."""

    name = "advisor.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
