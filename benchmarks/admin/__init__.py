"""The admin pages of measurements: what is measured, how it went, what changed."""

from benchmarks.admin import changes, endpoints, plans, runs

__all__ = ["changes", "endpoints", "plans", "runs"]
