"""Who asked for a change, as the audit keeps it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import audit
from benchmarks.models import BenchmarkPlan, BenchmarkRun, Endpoint
from workloads.services import Author

__all__ = ["Author", "record"]


def record(
    action: str,
    target: Endpoint | BenchmarkPlan | BenchmarkRun,
    at: datetime,
    author: Author | None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an audit event in the name of the author; `detail` holds no secret."""
    author = author or Author()
    audit.record(
        action=action,
        target=target,
        at=at,
        organization=target.organization,
        user=author.user,
        api_key=author.api_key,
        detail=detail,
    )
