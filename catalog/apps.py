from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What can be bought: models, who sells them, at which dated price."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
