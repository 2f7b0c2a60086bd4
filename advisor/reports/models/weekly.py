import uuid

from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOwned


class WeeklyReport(TenantOwned):
    """What one organization was told about one ISO week; never changed afterwards.

    `covers_from` to `covers_to` is the week before the moment of the report, half
    open. `content` is all that its editions are written from, as JSON.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    week = models.CharField(max_length=8)
    time_zone = models.CharField(max_length=60)
    covers_from = models.DateTimeField()
    covers_to = models.DateTimeField()
    known_at = models.DateTimeField()
    created_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "week"], name="weekly_report_once"
            ),
            models.CheckConstraint(
                condition=Q(week__regex=r"^[0-9]{4}-W[0-5][0-9]$"),
                name="weekly_report_week_is_iso",
            ),
            models.CheckConstraint(
                condition=Q(covers_from__lt=F("covers_to")),
                name="weekly_report_covers_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.week}"


class ReportEdition(models.Model):
    """A report as written in one locale: the text and HTML that all its readers got.

    What differs from reader to reader, the links to unsubscribe and to sign in, stands
    as a placeholder. `images` holds PNG files in base64 by their content id.
    """

    report = models.ForeignKey(WeeklyReport, models.PROTECT, related_name="editions")
    locale = models.CharField(max_length=20)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    images = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "locale"], name="report_edition_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} in {self.locale}"
