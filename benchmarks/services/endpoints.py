"""Writes of endpoints; the audit learns that a credential changed, never what it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.audit import Author, record_for
from accounts.models import Organization
from benchmarks.harness.guard import Destination, Forbidden, check_url
from benchmarks.harness.target import Outbound
from benchmarks.models import Endpoint
from benchmarks.services.headers import check_credential, check_headers
from benchmarks.services.keeping import MAX_WORD
from catalog.models import Offering, OfferingKind, ServiceTier

# A series of measurements speaks for one offering on one tier.
_FIXED = ("offering", "service_tier")
_SECRET = "credential"  # noqa: S105  # the name of the field


def outbound() -> Outbound:
    """Return what the operator lets out beside public addresses over https."""
    return Outbound(
        allowed_networks=tuple(settings.OUTBOUND_ALLOWED_NETWORKS),
        plain_http_allowed=settings.OUTBOUND_PLAIN_HTTP,
    )


@transaction.atomic
def create_endpoint(
    *,
    organization: Organization | None,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> Endpoint:
    """Keep an endpoint, an organization's own or (None) one that all share.

    `fields` are those of the model. Raises `ValidationError` keyed by field.
    """
    endpoint = Endpoint(**fields, organization=organization, created_at=at)
    _check(endpoint)
    endpoint.save(force_insert=True)
    detail = {"name": endpoint.name, "credential": bool(endpoint.credential)}
    record_for(author, action="endpoint.created", target=endpoint, at=at, detail=detail)
    return endpoint


@transaction.atomic
def revise_endpoint(
    *,
    endpoint: Endpoint,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> Endpoint:
    """Change fields of an endpoint and return it as it then is; no change, no event.

    A stored credential is for the host it was given for: another host, or one without
    TLS, needs it anew, so that nobody who may not read it can have it sent to himself.
    Offering and tier stay: earlier runs speak for them. Raises `ValidationError` keyed
    by field.
    """
    held = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    changed = {
        name: value for name, value in fields.items() if getattr(held, name) != value
    }
    if not changed:
        return held
    _check_unmoved(changed)
    before = held.base_url
    for name, value in changed.items():
        setattr(held, name, value)
    destination = _check(held)
    if held.credential and _SECRET not in fields:
        _check_same_host(before, destination)
    held.save()
    record_for(
        author,
        action="endpoint.revised",
        target=held,
        at=at,
        detail={"changed": _told(changed)},
    )
    return held


def switch_endpoint(
    *, endpoint: Endpoint, enabled: bool, at: datetime, author: Author | None = None
) -> Endpoint:
    """Switch an endpoint on or off; its history stays, its waiting runs fail."""
    return revise_endpoint(
        endpoint=endpoint, fields={"enabled": enabled}, at=at, author=author
    )


def _check(endpoint: Endpoint) -> Destination:
    """Check all of an endpoint; raise `ValidationError` keyed by field."""
    _check_offering(endpoint)
    _check_words(endpoint)
    if endpoint.service_tier == ServiceTier.BATCH:
        raise ValidationError(
            {
                "service_tier": "Batch answers come hours later, so there is nothing to"
                " time: choose another tier."
            }
        )
    check_headers(endpoint.headers)
    check_credential(endpoint.credential, endpoint.credential_header)
    _check_sent_once(endpoint)
    try:
        destination = check_url(endpoint.base_url, outbound())
    except Forbidden as error:
        raise ValidationError({"base_url": str(error)}) from error
    if destination.query:
        raise ValidationError(
            {"base_url": "Leave out the part from ? on: the protocol adds its path."}
        )
    _check_name(endpoint)
    endpoint.full_clean()
    return destination


def _check_words(endpoint: Endpoint) -> None:
    """Refuse what would break a line, or could not be found in what is served."""
    for name in ("name", "wire_model"):
        if not getattr(endpoint, name).isprintable():
            raise ValidationError({name: "Has control characters: take them out."})
    if len(endpoint.wire_model) > MAX_WORD:
        raise ValidationError(
            {"wire_model": f"Is longer than {MAX_WORD} characters: shorten it."}
        )


def _check_sent_once(endpoint: Endpoint) -> None:
    names = {name.lower() for name in endpoint.headers}
    if endpoint.credential_header.lower() in names:
        raise ValidationError(
            {"credential_header": "It is among the headers too: name it once."}
        )


def _check_name(endpoint: Endpoint) -> None:
    namesakes = Endpoint.objects.filter(
        organization=endpoint.organization, name=endpoint.name
    )
    if namesakes.exclude(pk=endpoint.pk).exists():
        raise ValidationError({"name": "Another endpoint bears it: choose another."})


def _check_offering(endpoint: Endpoint) -> None:
    offering: Offering | None = getattr(endpoint, "offering", None)
    if offering is None:
        raise ValidationError({"offering": "Say which offering it serves."})
    # What is measured at a shared endpoint is seen by all, so no secret offering there.
    if offering.organization_id not in (None, endpoint.organization_id):
        raise ValidationError({"offering": "There is no such offering."})
    if offering.kind != OfferingKind.CHAT:
        raise ValidationError(
            {"offering": f"It is of kind {offering.kind}: only chat can be measured."}
        )


def _check_unmoved(changed: Mapping[str, Any]) -> None:
    for name in _FIXED:
        if name in changed:
            raise ValidationError(
                {name: "Measurements speak for it: create another endpoint instead."}
            )


def _check_same_host(before: str, now: Destination) -> None:
    try:
        was = check_url(before, outbound())
    except Forbidden:  # the settings have changed since
        was = None
    if was is None or (was.tls, was.host, was.port) != (now.tls, now.host, now.port):
        raise ValidationError(
            {
                _SECRET: "Give it again: the stored one is for another host and is"
                " sent nowhere else."
            }
        )


def _told(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit may keep: new values, of the credential only that."""
    return {
        name: "changed" if name == _SECRET else value for name, value in changed.items()
    }
