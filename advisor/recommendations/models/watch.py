from django.db import models

from accounts.tenancy import TenantOwned
from workloads.models import Workload


class WorkloadWatch(TenantOwned):
    """Up to where a workload's advice has been checked for something new.

    What came later than `known_at`, a newer revision, or the passing of time makes
    it due again.
    """

    workload = models.OneToOneField(
        Workload, models.PROTECT, primary_key=True, related_name="watch"
    )
    revision_number = models.PositiveIntegerField()
    known_at = models.DateTimeField()
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "workload watches"
        indexes = [
            # The tick takes those that were checked longest ago.
            models.Index(fields=["checked_at"], name="watches_by_check"),
        ]

    def __str__(self) -> str:
        return f"{self.workload_id} checked at {self.checked_at:%Y-%m-%d %H:%M}"
