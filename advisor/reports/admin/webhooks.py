"""Webhooks in the admin: to read, to switch off and on; a secret is never shown."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from accounts.audit import Author
from accounts.audited_admin import ReadOnlyAdmin, person
from advisor.reports.admin.deliveries import deliveries_address
from advisor.reports.models import Webhook
from advisor.reports.services.webhooks import disable_webhook, enable_webhook


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Where alerts are posted; the services that switch one audit it."""

    list_display = ["name", "organization", "url", "switched_on", "created_at", "sent"]
    list_select_related = ["organization"]
    list_filter = [
        ("disabled_at", admin.EmptyFieldListFilter),
        ("organization", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["name", "url", "organization__slug"]
    ordering = ["name", "pk"]
    actions = ["disable", "enable"]
    fields = [
        ("name", "organization"),
        "url",
        ("switched_on", "disabled_at"),
        ("created_at", "previous_secret_until"),
        "sent",
    ]
    readonly_fields = ["switched_on", "sent"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Webhook]":
        """Return the rows, secrets left behind."""
        rows: QuerySet[Webhook] = super().get_queryset(request)
        return rows.defer("secret", "previous_secret")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Return whether its person may switch webhooks off and on."""
        return person(request).has_perm("reports.change_webhook")

    @admin.action(description="Disable", permissions=["switch"])
    def disable(self, request: HttpRequest, queryset: "QuerySet[Webhook]") -> None:
        """Send nothing there any more; what waits is cancelled."""
        author, now = Author(user=person(request)), timezone.now()
        stopped = [
            disable_webhook(webhook=webhook, author=author, at=now)
            for webhook in queryset
        ]
        said = f"{sum(stopped)} disabled; what waited there is cancelled."
        self.message_user(request, said, messages.SUCCESS)

    @admin.action(description="Enable", permissions=["switch"])
    def enable(self, request: HttpRequest, queryset: "QuerySet[Webhook]") -> None:
        """Send alerts there again, as it was subscribed; say of each other why not."""
        author, now = Author(user=person(request)), timezone.now()
        for webhook in queryset:
            try:
                enable_webhook(webhook=webhook, author=author, at=now)
            except ValidationError as error:
                said = f"{webhook.name}: {' '.join(error.messages)}"
                self.message_user(request, said, messages.WARNING)
            else:
                said = f"{webhook.name} gets alerts from now on."
                self.message_user(request, said, messages.SUCCESS)

    @display(  # type: ignore[untyped-decorator]
        description="State",
        label={"on": "success", "off": "default"},
        ordering="disabled_at",
    )
    def switched_on(self, webhook: Webhook) -> str:
        """Return whether anything is sent there."""
        return "on" if webhook.disabled_at is None else "off"

    @admin.display(description="Deliveries")
    def sent(self, webhook: Webhook) -> str:
        """Lead to what was sent there."""
        return format_html(
            '<a href="{}">Deliveries</a>',
            deliveries_address(subscription__webhook=webhook.pk),
        )
