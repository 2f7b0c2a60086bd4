from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The buyer's pages and the admin's dashboard; no models of its own."""

    name = "advisor.pages"
    label = "pages"
