"""Filters of the lists of alerts and deliveries."""

import django_filters

from advisor.reports.models import Alert, AlertKind, Delivery, DeliveryState
from catalog.filters import StrictFilterSet


class AlertFilterSet(StrictFilterSet):
    """Filters of `alerts/`."""

    kind = django_filters.ChoiceFilter(choices=AlertKind.choices)
    workload = django_filters.UUIDFilter(field_name="workload_id")

    class Meta:
        model = Alert
        fields: list[str] = []


class DeliveryFilterSet(StrictFilterSet):
    """Filters of `deliveries/`."""

    state = django_filters.ChoiceFilter(choices=DeliveryState.choices)
    report = django_filters.UUIDFilter(field_name="report_id")
    alert = django_filters.UUIDFilter(field_name="alert_id")
    webhook = django_filters.UUIDFilter(field_name="subscription__webhook_id")

    class Meta:
        model = Delivery
        fields: list[str] = []
