"""The app's registration with Django."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """The answer, kept."""

    name = "advisor.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"
