"""Puts the sections of a report together; all that its editions are written from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Organization
from advisor.recommendations.amounts import iso
from advisor.recommendations.portfolio import portfolio_of
from advisor.reports.content.actions import MOST_SHOWN, actions_of
from advisor.reports.content.answers import whole_answers
from advisor.reports.content.changes import changes_of
from advisor.reports.content.confidence import confidence_of
from advisor.reports.content.health import health_of
from advisor.reports.content.options import concerned_options, used_options
from advisor.reports.content.span import Span
from advisor.reports.content.spend import spend_of
from advisor.reports.content.upcoming import upcoming_of

Json = dict[str, Any]

FORM = 1  # of this content; a later form must still read the kept ones


def content_of(
    organization: Organization,
    *,
    week: str,
    time_zone: str,
    covers_from: datetime,
    covers_to: datetime,
    known_at: datetime,
) -> Json:
    """Return the content of a report about the half-open week, as JSON.

    Nothing that became known after `known_at` is in it: the same arguments give the
    same content for ever, but for a workload's present name.
    """
    span = Span(
        organization=organization,
        covers_from=covers_from,
        covers_to=covers_to,
        known_at=known_at,
    )
    portfolio = portfolio_of(organization, as_of=covers_to, known_at=known_at)
    used = used_options(portfolio)
    changes = changes_of(span, portfolio, used)
    upcoming = upcoming_of(span, concerned_options(portfolio))
    actions = _actions(span, portfolio, upcoming)
    return {
        "form": FORM,
        "week": week,
        "time_zone": time_zone,
        "covers_from": iso(covers_from),
        "covers_to": iso(covers_to),
        "known_at": iso(known_at),
        "organization": organization.name,
        "workloads": len(portfolio["workloads"]),
        "currency": portfolio["currency"],
        "news": is_news(changes, upcoming),
        "actions": actions[:MOST_SHOWN],
        "actions_left_out": len(actions[MOST_SHOWN:]),
        "spend": spend_of(portfolio),
        "changes": changes,
        "size_mix": portfolio["size_mix"],
        "health": health_of(span, used),
        "upcoming": upcoming,
        "confidence": confidence_of(portfolio),
    }


def is_news(changes: Json, upcoming: Json) -> bool:
    """Return whether anything became different, or known, in the week."""
    ahead = [*upcoming["retirements"], *upcoming["prices"]]
    return any(changes.values()) or any(each["new"] for each in ahead)


def _actions(span: Span, portfolio: Json, upcoming: Json) -> list[Json]:
    return actions_of(
        portfolio,
        _answers(portfolio),
        {each["option"]["id"]: each["on"] for each in upcoming["retirements"]},
        today=span.covers_to.date(),
    )


def _answers(portfolio: Json) -> Mapping[str, Json]:
    """Return the whole answers of the advice that is shown, by its id."""
    ids = [
        each["recommendation"]["id"]
        for each in portfolio["workloads"]
        if each["recommendation"] is not None
    ]
    return {str(pk): row.answer for pk, row in whole_answers(ids).items()}
