from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The buyer's pages and the admin's dashboard; no models of its own."""

    name = "advisor.pages"
    label = "pages"

    def ready(self) -> None:
        """Open the admin with the dashboard.

        A template of the admin's own name would lose against unfold's.
        """
        from django.contrib import admin

        admin.site.index_template = "pages/operations/dashboard.html"
