"""Takes in what was actually used: all rows of an upload or none."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.audit import Author
from catalog.selectors import visible_offerings
from workloads.models import UsageRecord, Workload
from workloads.services.workloads import locked

# Rows sent to the database in one statement.
BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What was used of one offering and tier in one half-open period."""

    offering_id: UUID
    service_tier: str
    used_from: datetime
    used_to: datetime
    requests: int
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    billed_amount: Decimal | None = None
    billed_currency: str = ""

    @property
    def place(self) -> "Place":
        """What a correction has in common with what it corrects."""
        option = (self.offering_id, self.service_tier)
        return Place(option, self.used_from, self.used_to)

    @property
    def is_empty(self) -> bool:
        """Whether it says that nothing was used, and so takes a record back."""
        return not self.requests and not self.billed_amount


class Place(NamedTuple):
    """An option and a period of its use."""

    option: tuple[UUID, str]
    used_from: datetime
    used_to: datetime


class Refusal(NamedTuple):
    """What is wrong with a field of a row, and what to do."""

    field: str
    code: str
    detail: str


class RowRefusals(ValueError):
    """No row was kept; `by_row` says what is wrong with which, counted from 0."""

    def __init__(self, by_row: Mapping[int, Sequence[Refusal]]) -> None:
        super().__init__(f"{len(by_row)} rows are refused")
        self.by_row = by_row


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReceived:
    """What became of an upload's rows."""

    received_at: datetime
    added: int
    corrected: int
    unchanged: int


def receive_usage(
    *,
    workload: Workload,
    rows: Sequence[UsageRow],
    at: datetime,
    author: Author | None = None,
) -> UsageReceived:
    """Keep the rows; one that says what is known already adds nothing.

    Raises `RowRefusals`, and `Workload.DoesNotExist` when it was archived.
    """
    with transaction.atomic():
        # Writers of one workload take turns, so no overlap slips in between.
        workload = locked(workload)
        known = _known(workload, rows)
        _check(workload, rows, known, at)
        new = [row for row in rows if _says_more(row, known.get(row.place))]
        UsageRecord.objects.bulk_create(
            (
                UsageRecord(workload=workload, received_at=at, **asdict(row))
                for row in new
            ),
            batch_size=BATCH,
        )
        corrected = sum(row.place in known for row in new)
        received = UsageReceived(
            received_at=at,
            added=len(new) - corrected,
            corrected=corrected,
            unchanged=len(rows) - len(new),
        )
        detail = {"added": received.added, "corrected": received.corrected}
        audit.record_for(
            author, action="usage.received", target=workload, at=at, detail=detail
        )
    return received


def _known(workload: Workload, rows: Sequence[UsageRow]) -> dict[Place, UsageRecord]:
    """Return the records that hold and share time and offering with any row."""
    found = UsageRecord.objects.filter(
        workload=workload,
        offering__in={row.offering_id for row in rows},
        used_from__lt=max(row.used_to for row in rows),
        used_to__gt=min(row.used_from for row in rows),
    )
    return {
        Place(
            (record.offering_id, record.service_tier), record.used_from, record.used_to
        ): record
        for record in found.current()
    }


def _says_more(row: UsageRow, known: UsageRecord | None) -> bool:
    if known is None:
        return True
    return any(getattr(known, name) != value for name, value in asdict(row).items())


def _check(
    workload: Workload,
    rows: Sequence[UsageRow],
    known: Mapping[Place, UsageRecord],
    at: datetime,
) -> None:
    refused: defaultdict[int, list[Refusal]] = defaultdict(list)
    offered = visible_offerings(
        {row.offering_id for row in rows}, organization=workload.organization
    )
    for index, row in enumerate(rows):
        if row.offering_id not in offered:
            refused[index].append(_UNKNOWN_OFFERING)
        if row.used_to > at:
            refused[index].append(_NOT_OVER)
    for index in _repeated(rows):
        refused[index].append(_REPEATED)
    for index, other in _overlapping(rows, known):
        refused[index].append(_overlap(other))
    if refused:
        raise RowRefusals(dict(sorted(refused.items())))


_UNKNOWN_OFFERING = Refusal(
    "offering", "unknown_offering", "No such offering: take an id from offerings/."
)
_NOT_OVER = Refusal(
    "to", "period_not_over", "The period is not over yet: send it when it is."
)
_REPEATED = Refusal(
    "from",
    "repeated",
    "Another row states the same period, offering and tier: keep one of them.",
)


def _overlap(other: Place) -> Refusal:
    period = f"{other.used_from:%Y-%m-%d %H:%M} to {other.used_to:%Y-%m-%d %H:%M} UTC"
    return Refusal(
        "from",
        "overlap",
        f"Overlaps {period} of the same offering and tier, so usage would count twice:"
        " send that period again with all counts 0 to take it back.",
    )


def _repeated(rows: Sequence[UsageRow]) -> Iterable[int]:
    seen: set[Place] = set()
    for index, row in enumerate(rows):
        if row.place in seen:
            yield index
        seen.add(row.place)


def _overlapping(
    rows: Sequence[UsageRow], known: Mapping[Place, UsageRecord]
) -> Iterable[tuple[int, Place]]:
    """Yield (row, another place that it overlaps) among those that hold usage.

    What is known overlaps nothing else, so each row is held against the one place
    before it that reaches farthest.
    """
    row_at = {row.place: index for index, row in enumerate(rows)}
    empty = {row.place for row in rows if row.is_empty}
    in_force = {p for p, record in known.items() if not record.is_empty}
    places = sorted((in_force | row_at.keys()) - empty)
    farthest: Place | None = None
    for place in places:
        if farthest is not None and farthest.option == place.option:
            if place.used_from < farthest.used_to:
                given = place if place in row_at else farthest
                yield row_at[given], farthest if given is place else place
            if place.used_to <= farthest.used_to:
                continue
        farthest = place
