"""An alert as the JSON that webhooks get."""

import json
from datetime import datetime
from typing import Any

from advisor.recommendations.amounts import iso
from advisor.reports.alert_sentences import sentence_of
from advisor.reports.models import Alert
from catalog.fields import plain

TRIAL_TYPE = "webhook.test"


def event_of(alert: Alert, locale: str) -> bytes:
    """Return the body of an alert's event, the same at every attempt."""
    return _event(f"alert.{alert.kind}", alert.at, data_of(alert, locale))


def trial_event(at: datetime) -> bytes:
    """Return the body of an event by which a receiver can be tried."""
    said = "This is a test: whatever receives it and answers 2xx gets alerts too."
    return _event(TRIAL_TYPE, at, {"sentence": said})


def data_of(alert: Alert, locale: str) -> dict[str, Any]:
    """Return an alert for machines: what it is about, how large, and in words."""
    return {
        "id": str(alert.pk),
        "kind": alert.kind,
        "workload": alert.facts["workload"],
        "recommendation": _text(alert.recommendation_id),
        "size": None if alert.size is None else plain(alert.size),
        "sentence": sentence_of(alert, locale),
        "facts": alert.facts,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _event(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    event = {"type": kind, "timestamp": iso(at), "data": data}
    return json.dumps(event, separators=(",", ":"), sort_keys=True).encode()
