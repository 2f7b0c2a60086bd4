"""Who is told what, what was told, and how it got there."""

from advisor.reports.models.alerts import Alert, AlertKind
from advisor.reports.models.deliveries import Delivery, DeliveryState
from advisor.reports.models.subscriptions import (
    EndReason,
    ReportSchedule,
    Subscription,
    Webhook,
)
from advisor.reports.models.watch import AlertWatch
from advisor.reports.models.weekly import ReportEdition, WeeklyReport

__all__ = [
    "Alert",
    "AlertKind",
    "AlertWatch",
    "Delivery",
    "DeliveryState",
    "EndReason",
    "ReportEdition",
    "ReportSchedule",
    "Subscription",
    "Webhook",
    "WeeklyReport",
]
