"""What changed between two recommendations of one workload, and why."""

from advisor.recommendations.changes.whole import changes_between

__all__ = ["changes_between"]
