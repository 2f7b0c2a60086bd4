"""An admin's decision on a held price sheet; taken once, and audited."""

from django.db import transaction

from accounts import audit
from accounts.models import ApiKey, User
from catalog.models import PriceSheet, SheetStatus
from catalog.services import imports, ledger


class AlreadyDecided(ValueError):
    """Somebody decided before, or the sheet never waited for a decision."""


class Superseded(ValueError):
    """A newer sheet of the same source was applied, so this one is out of date."""


def approve_sheet(
    sheet: PriceSheet,
    *,
    decided_by: User | None,
    note: str = "",
    api_key: ApiKey | None = None,
) -> None:
    """Apply a held sheet as it was received: its prices hold from that moment.

    Raises `AlreadyDecided` or `Superseded`; then nothing is written.
    """
    with transaction.atomic():
        ledger.take_turn()
        _decide(sheet, SheetStatus.APPLIED, decided_by, note)
        _refuse_superseded(sheet)
        parsed = imports.read_sheet(sheet.source, sheet.content)
        if parsed.problems:
            # Only a parser that has changed since can get here.
            raise Superseded(f"{parsed.problems[0].detail}: import the sheet again.")
        comparison = imports.compare(
            parsed,
            source=sheet.source,
            organization=sheet.organization,
            at=sheet.received_at,
        )
        moment = sheet.decided_at
        assert moment is not None  # noqa: S101  # set by the decision above
        imports.apply(comparison, sheet, received_at=moment)
        _audit(sheet, "price_sheet.approved", api_key)


def reject_sheet(
    sheet: PriceSheet,
    *,
    decided_by: User | None,
    note: str = "",
    api_key: ApiKey | None = None,
) -> None:
    """Turn a held sheet down; the prices of the last good one stay.

    Raises `AlreadyDecided`.
    """
    with transaction.atomic():
        ledger.take_turn()
        _decide(sheet, SheetStatus.REJECTED, decided_by, note)
        _audit(sheet, "price_sheet.rejected", api_key)


def _decide(
    sheet: PriceSheet, status: SheetStatus, decided_by: User | None, note: str
) -> None:
    decision = {
        "status": status,
        "decided_at": ledger.next_moment(),
        "decided_by": decided_by,
        "decision_note": note[:400],
    }
    waiting = PriceSheet.objects.filter(pk=sheet.pk, status=SheetStatus.HELD)
    if not waiting.update(**decision):
        raise AlreadyDecided("This sheet does not wait for a decision any more.")
    sheet.refresh_from_db()


def _refuse_superseded(sheet: PriceSheet) -> None:
    newer = PriceSheet.objects.filter(
        source=sheet.source,
        organization=sheet.organization,
        status=SheetStatus.APPLIED,
        received_at__gt=sheet.received_at,
    )
    if newer.exists():
        raise Superseded(
            "A newer sheet of this source has been applied since: reject this one."
        )


def _audit(sheet: PriceSheet, action: str, api_key: ApiKey | None) -> None:
    assert sheet.decided_at is not None  # noqa: S101  # callers decided just now
    audit.record(
        action=action,
        target=sheet,
        organization=sheet.organization,
        user=sheet.decided_by,
        api_key=api_key,
        at=sheet.decided_at,
        detail={"source": sheet.source, "note": sheet.decision_note},
    )
