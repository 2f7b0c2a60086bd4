"""The one door through which what advice rests on changes: writers take turns."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from catalog.models import CatalogueChange, Concern

# Any constant will do, as long as nothing else locks it.
_TURN = 0x52_69_67_68_74

_NEXT_MOMENT = """
SELECT GREATEST(
    clock_timestamp(), MAX(received_at) + interval '1 microsecond'
) FROM catalog_cataloguechange
"""


def take_turn() -> None:
    """Wait until no other transaction changes the catalogue; held until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])


def next_moment() -> datetime:
    """Return now by the database's clock, later than any change; take a turn first."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_MOMENT)
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)  # noqa: S101  # one row, always
    return moment


def record_change(
    reason: str, at: datetime, concerns: Concern = Concern.CATALOGUE
) -> None:
    """Note that something changes at `at`, a moment got in the same turn."""
    CatalogueChange.objects.create(
        received_at=at, reason=reason[:200], concerns=concerns
    )


@contextmanager
def catalogue_change(
    reason: str, concerns: Concern = Concern.CATALOGUE
) -> Iterator[datetime]:
    """Open a transaction that changes the catalogue, or measurements; yield its moment.

    Every row added in it carries that moment as `received_at`. The lock comes first,
    then the clock: a change that commits later has a later moment, always. An
    exception undoes the change and its row. Inside another transaction the turn lasts
    until that one ends.
    """
    with transaction.atomic():
        take_turn()
        received_at = next_moment()
        record_change(reason, received_at, concerns)
        yield received_at
