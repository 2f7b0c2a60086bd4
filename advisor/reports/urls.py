"""The addresses of reports, alerts and their delivery."""

from django.urls import URLPattern
from rest_framework.routers import BaseRouter


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""


# Mounted under `/api/v1/`.
urlpatterns: list[URLPattern] = []
