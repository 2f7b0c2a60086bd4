"""Workloads over the API."""

from workloads.views.usage import UsageView
from workloads.views.workloads import WorkloadViewSet

__all__ = ["UsageView", "WorkloadViewSet"]
