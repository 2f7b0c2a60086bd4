"""The admin pages of what is told: weekly reports, to read and to see beforehand."""

from advisor.reports.admin import deliveries, weekly

__all__ = ["deliveries", "weekly"]
