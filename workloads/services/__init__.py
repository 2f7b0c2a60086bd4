"""Writes of workloads and their usage: rows are added, never rewritten."""

from workloads.services.usage import (
    RowRefusals,
    UsageReceived,
    UsageRow,
    receive_usage,
)
from workloads.services.workloads import (
    NameTaken,
    archive_workload,
    create_workload,
    revise_workload,
)

__all__ = [
    "NameTaken",
    "RowRefusals",
    "UsageReceived",
    "UsageRow",
    "archive_workload",
    "create_workload",
    "receive_usage",
    "revise_workload",
]
