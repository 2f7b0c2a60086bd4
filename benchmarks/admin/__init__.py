"""The admin pages of measurements: what is measured, how it went, what changed."""

from benchmarks.admin import (
    changes,
    endpoints,
    evaluation_runs,
    evaluation_sets,
    evaluation_studies,
    plans,
    runs,
)

__all__ = [
    "changes",
    "endpoints",
    "evaluation_runs",
    "evaluation_sets",
    "evaluation_studies",
    "plans",
    "runs",
]
