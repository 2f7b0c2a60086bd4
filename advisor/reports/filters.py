"""Filters of the lists of alerts and deliveries."""

import django_filters

from advisor.reports.models import Delivery, DeliveryState
from catalog.filters import StrictFilterSet


class DeliveryFilterSet(StrictFilterSet):
    """Filters of `deliveries/`."""

    state = django_filters.ChoiceFilter(choices=DeliveryState.choices)
    report = django_filters.UUIDFilter(field_name="report_id")
    alert = django_filters.UUIDFilter(field_name="alert_id")

    class Meta:
        model = Delivery
        fields: list[str] = []
