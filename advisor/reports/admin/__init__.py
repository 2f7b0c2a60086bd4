"""The admin pages of what is told: reports, alerts, who gets them, and how it went."""

from advisor.reports.admin import alerts, deliveries, subscriptions, webhooks, weekly

__all__ = ["alerts", "deliveries", "subscriptions", "webhooks", "weekly"]
