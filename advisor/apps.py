"""The project package as an app: loads the Celery application."""

from django.apps import AppConfig


class AdvisorConfig(AppConfig):
    """Binds shared tasks to this project's broker once Django is ready.

    `advisor/__init__.py` stays empty on purpose: importing Celery there would
    make the pure core below it load Django and Celery.
    """

    name = "advisor"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load the Celery application so that `shared_task` finds it."""
        import advisor.celery  # noqa: F401  # loads the app
