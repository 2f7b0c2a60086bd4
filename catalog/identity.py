"""Which model a listing sells, told from its name by explicit rules, never guessed.

The order of the rules:

1. The name is taken apart (`catalog.listing_names`): vendor path, region and tier
   suffixes go; a quantization is noted.
2. What is left is looked up in the fact file by slug or alias, first as written, then
   without documented serving words (`-turbo`, `-highspeed`, …), then without a full
   snapshot date. A date is not dropped when the fact file tells that model's snapshots
   apart: an unknown snapshot is not the known one.
3. No row: the listing stays unmatched under its own normalised name. A size is read off
   the name when it says exactly one, and marked `from_name`.

Pure Python: no Django, no I/O apart from reading the fact file.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from catalog.listing_names import (
    ListingName,
    match_key,
    take_apart,
    without_full_date,
    without_serving_words,
)
from catalog.model_facts import (
    ModelFactRow,
    ModelFacts,
    ParametersBasis,
    load_models,
    own_facts,
)

__all__ = [
    "Identity",
    "ModelFactRow",
    "ModelFacts",
    "identify",
    "load_models",
    "own_facts",
    "size_in_name",
]

_EXPERTS = re.compile(r"(?<![a-z0-9.])(\d{1,3})x(\d{1,4}(?:\.\d{1,3})?)b(?![a-z0-9])")
_ACTIVE = re.compile(
    r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,3})?)(b|t)-a(\d{1,4}(?:\.\d{1,3})?)b(?![a-z0-9])"
)
_TOTAL = re.compile(r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,3})?)(b|t|m)(?![a-z0-9])")
# `17b-16e` and `17b-128e` state active parameters and experts, not the total.
_EXPERT_COUNT = re.compile(r"(?<![a-z0-9])\d{1,3}e(?![a-z0-9])")
# `0-5b` is a decimal point lost, so the 5 is not a size.
_LOST_POINT = re.compile(r"(?<![a-z0-9.])0-\d+b(?![a-z0-9])")
_BILLIONS = {"t": Decimal(1000), "b": Decimal(1), "m": Decimal("0.001")}
# Below 20 M an `m` means a context window (`-1m`), not parameters.
_SMALLEST_B = Decimal("0.02")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a listing's name tells.

    `model` is the canonical slug of the fact file when `matched`, else the normalised
    name. `quantization` is "" when unknown, else `fp8`, `int4`, `awq`, …; `variants`
    are marks of how it is served (`free`, `batch`, `turbo`, `fast`, …), sorted.
    Parameter counts are in billions.
    """

    model: str
    matched: bool
    quantization: str
    variants: tuple[str, ...]
    total_parameters_b: Decimal | None
    active_parameters_b: Decimal | None
    parameters_basis: ParametersBasis


def identify(name: str, *, facts: ModelFacts) -> Identity:
    """Return which model the listing called `name` sells; total on any text."""
    listing = take_apart(name)
    served, words = without_serving_words(listing.slug)
    row = _matching_row(listing.slug, served, facts)
    if row is None:
        return _unmatched(listing, served, words)
    if match_key(listing.slug) == match_key(row.model):
        words = ()
    return Identity(
        model=row.model,
        matched=True,
        quantization=listing.quantization,
        variants=_marks(listing, words),
        total_parameters_b=row.total_parameters_b,
        active_parameters_b=row.active_parameters_b,
        parameters_basis=row.parameters_basis,
    )


def size_in_name(slug: str) -> tuple[Decimal | None, Decimal | None]:
    """Return (total, active) parameters in billions that a name states, None if not.

    `235b-a22b` -> (235, 22); `8b` -> (8, None); `8x22b` -> (176, None), nominally.
    Two different sizes in one name state none.
    """
    if _LOST_POINT.search(slug):
        return None, None
    if active := _ACTIVE.search(slug):
        return _plausible(Decimal(active[1]) * _BILLIONS[active[2]], Decimal(active[3]))
    if experts := _EXPERTS.search(slug):
        return _plausible(Decimal(experts[1]) * Decimal(experts[2]), None)
    return _plausible(_only_total(slug), None)


def _matching_row(slug: str, served: str, facts: ModelFacts) -> ModelFactRow | None:
    for name in (slug, served):
        if row := facts.named(name):
            return row
    for name in (slug, served):
        undated = without_full_date(name)
        if undated == name:
            continue
        row = facts.named(undated)
        if row and not facts.tells_snapshots_apart(row):
            return row
    return None


def _unmatched(listing: ListingName, served: str, words: tuple[str, ...]) -> Identity:
    total, active = size_in_name(served)
    return Identity(
        model=served,
        matched=False,
        quantization=listing.quantization,
        variants=_marks(listing, words),
        total_parameters_b=total,
        active_parameters_b=active,
        parameters_basis="undisclosed" if total is None else "from_name",
    )


def _marks(listing: ListingName, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*listing.variants, *words}))


def _only_total(slug: str) -> Decimal | None:
    if _EXPERT_COUNT.search(slug):
        return None
    sizes = {Decimal(number) * _BILLIONS[unit] for number, unit in _TOTAL.findall(slug)}
    sizes = {size for size in sizes if size >= _SMALLEST_B}
    return sizes.pop() if len(sizes) == 1 else None


def _plausible(
    total: Decimal | None, active: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Refuse sizes no name means: nothing at all, or more active than there are."""
    if total is None or total < _SMALLEST_B or (active is not None and active > total):
        return None, None
    return total, active or None
