"""What the worker does for the catalogue."""

from celery import shared_task
from django.conf import settings

from catalog.services.updates import update_prices


@shared_task
def look_for_new_prices() -> None:
    """Look once a day, if an operator allowed the network; safe to deliver twice.

    The same content as last time writes nothing.
    """
    if settings.PRICE_UPDATES:
        update_prices(settings.PRICE_SHEET_URLS)
