from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Advice given: computed from the catalogue, kept as it was given."""

    name = "advisor.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"
