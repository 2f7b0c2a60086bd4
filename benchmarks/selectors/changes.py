"""Reads of the changes that were found, for lists."""

from django.db.models import QuerySet

from benchmarks.models import PerformanceChange


def with_endpoints(
    changes: "QuerySet[PerformanceChange]",
) -> "QuerySet[PerformanceChange]":
    """Read the endpoint of each change and its offering too, without the credential."""
    related = ("endpoint__offering__provider", "endpoint__offering__model")
    return changes.select_related(*related).defer(
        "endpoint__credential", "endpoint__headers"
    )
