"""Alerts in the admin: what each organization was told at once, in its sentence."""

from django.contrib import admin
from django.utils.html import format_html

from accounts.audited_admin import ReadOnlyAdmin
from advisor.reports.admin.deliveries import deliveries_address
from advisor.reports.alert_sentences import sentence_of
from advisor.reports.models import Alert

_LOCALE = "en_US"


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """News about workloads; each piece once, whoever it was sent to."""

    list_display = ["at", "kind", "organization", "workload", "size", "sentence"]
    list_select_related = ["organization", "workload"]
    list_filter = ["kind", ("organization", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["organization__slug", "workload__name", "key"]
    date_hierarchy = "at"
    ordering = ["-at", "-id"]
    show_full_result_count = False
    fields = [
        "sentence",
        ("kind", "size", "at"),
        ("organization", "workload", "recommendation"),
        "sent",
        "key",
        "facts",
    ]
    readonly_fields = ["sentence", "sent"]

    @admin.display(description="Sentence")
    def sentence(self, alert: Alert) -> str:
        """Return what its readers were told, in the usual locale."""
        return sentence_of(alert, _LOCALE)

    @admin.display(description="Sent")
    def sent(self, alert: Alert) -> str:
        """Lead to its deliveries."""
        return format_html(
            '<a href="{}">To whom, and how it went</a>',
            deliveries_address(alert=alert.pk),
        )
