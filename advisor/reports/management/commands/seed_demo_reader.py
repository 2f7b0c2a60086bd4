"""`manage.py seed_demo_reader`: the demo's admin gets the report and every alert."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.audit import NOBODY
from accounts.models import Organization
from advisor.recommendations import demo
from advisor.reports.models import AlertKind, Subscription
from advisor.reports.services.subscriptions import subscribe


class Command(BaseCommand):
    """Subscribe once; whoever has unsubscribed since stays so."""

    help = "Subscribe the demo's admin to the weekly report and all alerts."

    def handle(self, **options: Any) -> None:
        """Do nothing without the demo."""
        organization = Organization.objects.filter(slug=demo.SLUG).first()
        if organization is None or _was_subscribed(organization):
            return
        subscribe(
            organization=organization,
            fields={"email": demo.ADMIN_EMAIL, "alerts": list(AlertKind.values)},
            at=timezone.now(),
            author=NOBODY,
        )


def _was_subscribed(organization: Organization) -> bool:
    rows = Subscription.objects.filter(organization=organization)
    return rows.filter(email=demo.ADMIN_EMAIL).exists()
