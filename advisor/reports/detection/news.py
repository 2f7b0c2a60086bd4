"""One piece of news, before it is known whether it was told already."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from advisor.reports.models import AlertKind

Json = dict[str, Any]

_SIZE = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What would become an alert.

    `subject` names what it is about: the same is told once. One that `grows` is told
    again when it is a tenth larger than when it was last told; one that `stands` again
    when it had ended in between.
    """

    kind: AlertKind
    subject: str
    size: Decimal | None
    facts: Json
    grows: bool = False
    stands: bool = False
    recommendation: UUID | None = None


def sized(size: Decimal | None) -> Decimal | None:
    """Return a size as it is stored, to a millionth."""
    return None if size is None else abs(size).quantize(_SIZE)


def percent_of(before: Decimal, after: Decimal) -> Decimal | None:
    """Return by how many percent something changed; None from nothing."""
    return (after / before - 1) * 100 if before else None
