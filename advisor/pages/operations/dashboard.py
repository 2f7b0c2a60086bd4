"""The first page of the admin: how the service fares, and where to look next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from advisor.pages.operations import broker, figures
from advisor.pages.operations.cards import (
    SILENT,
    Card,
    Tone,
    heartbeat_card,
    measuring_card,
    queues_card,
    reports_card,
    runs_card,
    sheets_card,
    under_way_card,
    watches_card,
    workers_card,
)

IN_WORDS = {
    Tone.GOOD: "in order",
    Tone.WATCH: "worth a look",
    Tone.BAD: "needs you",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A card with the address of its list; None for who may not see it."""

    card: Card
    address: str | None

    @property
    def in_words(self) -> str:
        """The tone in words, for whoever does not see colours."""
        return IN_WORDS[self.card.tone]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the admin's first page; unfold calls this."""
    now = timezone.now()
    cards = [*_broker_cards(now), *_row_cards(now)]
    return {
        **context,
        "cards": [
            Shown(card=card, address=address_of(card, request)) for card in cards
        ],
        "looked_at": now,
    }


def _broker_cards(at: datetime) -> list[Card]:
    """Return what broker and workers say; one card when the broker is silent."""
    try:
        state = broker.broker_state()
        workers = broker.workers()
    except broker.BrokerSilent:
        return [SILENT]
    return [
        workers_card(workers),
        heartbeat_card(state.heartbeat_at, at),
        queues_card(state),
    ]


def _row_cards(at: datetime) -> list[Card]:
    statuses = figures.runs_by_status(at)
    return [
        watches_card(figures.oldest_watch(), at),
        sheets_card(figures.held_sheets()),
        reports_card(figures.deliveries_by_state(at)),
        under_way_card(statuses),
        runs_card(statuses, figures.failing_runs(at)),
        measuring_card(figures.measuring(at)),
    ]


def address_of(card: Card, request: HttpRequest) -> str | None:
    """Return the address of a card's list, if there is one this person may see."""
    if not card.rows:
        return None
    model = apps.get_model(card.rows)
    label, name = model._meta.app_label, model._meta.model_name
    permission = f"{label}.{get_permission_codename('view', model._meta)}"
    if not admin.site.is_registered(model) or not request.user.has_perm(permission):
        return None
    address = reverse(f"admin:{label}_{name}_changelist")
    return f"{address}?{card.query}" if card.query else address
