from django.db import models

from accounts.tenancy import TenantOwned


class AlertWatch(TenantOwned):
    """Up to where an organization's workloads have been looked at for news.

    `standing` holds since when a condition has lasted that is told once while it does.
    """

    known_at = models.DateTimeField()
    looked_at = models.DateTimeField()
    standing = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="alert_watch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} looked at {self.looked_at:%Y-%m-%d %H:%M}"
