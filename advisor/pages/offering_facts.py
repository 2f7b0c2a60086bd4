"""What is known of an offering, in words, group by group; unknown is said so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.fields import plain
from catalog.models import ModelFacts, Offering, OfferingFacts

NOT_KNOWN = "not known"
BASES = {
    ModelFacts.ParametersBasis.PUBLISHED: "published",
    ModelFacts.ParametersBasis.FROM_NAME: "read off its name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactGroup:
    """Facts under one heading, each a label and what is known."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """When an offering ends, and what its maker names instead; "" for nothing."""

    on: date
    days_left: int
    successor: str


def fact_groups(
    offering: Offering, model: ModelFacts | None, own: OfferingFacts | None
) -> list[FactGroup]:
    """Return model, limits, features and data handling, as they are known."""
    model = model or ModelFacts()
    own = own or OfferingFacts()
    return [
        _group("Model", _model_facts(offering, model)),
        _group("Limits and features", _limits(model, own)),
        _group("Data handling", _data_handling(own)),
    ]


def retirement_of(
    model: ModelFacts | None, own: OfferingFacts | None, *, today: date
) -> Retirement | None:
    """Return the earlier of the days on which the offering or its model ends."""
    days = [row.retires_on for row in (model, own) if row and row.retires_on]
    if not days:
        return None
    on = min(days)
    return Retirement(
        on=on, days_left=(on - today).days, successor=model.successor if model else ""
    )


def _group(title: str, facts: Iterable[tuple[str, Any]]) -> FactGroup:
    said = tuple((label, NOT_KNOWN if v in (None, "") else v) for label, v in facts)
    return FactGroup(title=title, facts=said)


def _model_facts(offering: Offering, facts: ModelFacts) -> list[tuple[str, Any]]:
    return [
        ("Model", offering.model.name),
        ("Made by", offering.model.developer),
        ("Parameters", _size(facts)),
        ("Weights", _either(facts.open_weights, "open", "closed")),
        ("Licence", facts.licence),
        ("Released", facts.released_on and f"{facts.released_on:%Y-%m-%d}"),
    ]


def _size(facts: ModelFacts) -> str | None:
    if facts.total_parameters_b is None:
        return "not disclosed"
    said = f"{plain(facts.total_parameters_b)} billion"
    active = facts.active_parameters_b
    if active is not None and active != facts.total_parameters_b:
        said += f", {plain(active)} active"
    basis = BASES.get(ModelFacts.ParametersBasis(facts.parameters_basis))
    return f"{said} ({basis})" if basis else said


def _limits(model: ModelFacts, own: OfferingFacts) -> list[tuple[str, Any]]:
    context = own.context_tokens or model.context_tokens
    longest = own.max_output_tokens or model.max_output_tokens
    uptime = own.published_uptime_percent
    return [
        ("Context", _count(context, "tokens")),
        ("Longest answer", _count(longest, "tokens")),
        ("Most requests", _count(own.requests_per_minute_limit, "a minute")),
        ("Most tokens", _count(own.tokens_per_minute_limit, "a minute")),
        ("Tools", _either(own.supports_tools, "yes", "no")),
        ("JSON answers", _either(own.supports_json, "yes", "no")),
        ("Images", _either(own.supports_vision, "yes", "no")),
        ("Quantization", own.quantization),
        ("Published uptime", None if uptime is None else f"{plain(uptime)} %"),
    ]


def _data_handling(own: OfferingFacts) -> list[tuple[str, Any]]:
    regions = own.residency_regions
    return [
        ("Processed in", ", ".join(regions) if regions else None),
        ("Kept after answering", _either(own.zero_retention, "no", "yes")),
        ("Used for training", _either(own.trains_on_data, "yes", "no")),
    ]


def _either(fact: bool | None, yes: str, no: str) -> str | None:
    return None if fact is None else (yes if fact else no)


def _count(number: int | None, unit: str) -> str | None:
    return None if number is None else f"{number:,} {unit}"
