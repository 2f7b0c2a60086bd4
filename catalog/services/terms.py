"""Adds what an organization agreed with a provider, and exchange rates."""

from collections.abc import Mapping
from typing import Any

from accounts import audit
from accounts.models import ApiKey, Organization, User
from catalog.models import ContractTerm, FxRate
from catalog.services.ledger import catalogue_change


def add_contract_term(
    *,
    organization: Organization,
    fields: Mapping[str, Any],
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> ContractTerm:
    """Add a term; without `effective_from` it holds from now on.

    The term it replaces stays: the newest reading wins. Raises `ValidationError` when
    it states neither or both of a discount and fixed rates, or ends before it starts.
    """
    with catalogue_change(f"contract term of {organization.slug}") as received_at:
        term = ContractTerm(
            **{"effective_from": received_at, **fields},
            organization=organization,
            received_at=received_at,
        )
        term.full_clean()
        term.save(force_insert=True)
        audit.record(
            action="contract_term.added",
            target=term,
            at=received_at,
            organization=organization,
            user=user,
            api_key=api_key,
        )
    return term


def add_fx_rate(*, fields: Mapping[str, Any], user: User | None = None) -> FxRate:
    """Add an exchange rate to the US dollar, for everybody; raises `ValidationError`.

    The rate it replaces stays: the newest reading wins.
    """
    with catalogue_change(f"exchange rate of {fields['currency']}") as received_at:
        rate = FxRate(**fields, received_at=received_at)
        rate.full_clean()
        rate.save(force_insert=True)
        audit.record(action="fx_rate.added", target=rate, at=received_at, user=user)
    return rate
