"""Takes a price sheet in: read, compare, screen, then apply all of it or hold it.

The sheet's row is written in every case, so that what came is known; prices change
only when it is applied.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import ApiKey, Organization, User
from catalog.importers import SHEET_FORMATS, format_of
from catalog.importers.listings import Listing, ParsedSheet, RowProblem
from catalog.models import PriceSheet, SheetStatus
from catalog.services import ledger, reports, sheet_rows
from catalog.services.held import (
    HeldOffering,
    has_applied_sheet,
    held_offerings,
    latest_sheet,
)
from catalog.services.screening import (
    Key,
    OfferingPlan,
    Suspicion,
    loses_too_many,
    screen,
)
from catalog.services.sheet_rows import SheetPlan
from catalog.services.timelines import additions, withdrawals


class UnknownFormat(ValueError):
    """The source names no sheet format; says which there are."""


class NotFirstSheet(ValueError):
    """Only the first sheet of a source may be taken as its baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A sheet against the catalogue: what it would write, and what is odd about it."""

    parsed: ParsedSheet
    plan: SheetPlan
    suspicions: Sequence[Suspicion]
    lost: Sequence[Key]
    known: int
    cross_check: dict[str, Any]

    @property
    def reasons_to_hold(self) -> list[str]:
        """Why an admin should decide; empty when nobody needs to."""
        reasons = []
        if loses_too_many(lost=len(self.lost), known=self.known):
            reasons.append(
                f"{len(self.lost)} of {self.known} known listings are missing or "
                "without a price"
            )
        if self.suspicions:
            reasons.append(f"{len(self.suspicions)} suspicious prices")
        return reasons

    def report(self, held_because: Sequence[str]) -> dict[str, Any]:
        """Return the report to keep with the sheet."""
        return reports.sheet_report(
            self.parsed,
            self.plan.plans,
            self.suspicions,
            lost=self.lost,
            held_because=held_because,
            cross_check=self.cross_check,
            lists_new=not self.plan.is_first_sheet,
        )


def import_sheet(
    *,
    source: str,
    content: str,
    organization: Organization | None = None,
    submitted_by: User | None = None,
    api_key: ApiKey | None = None,
    baseline: bool = False,
    version: str = "",
) -> PriceSheet:
    """Take in a sheet and return its row: applied, held for an admin, or failed.

    `source` is a format (`csv`, `genai-prices`, `litellm`), or `csv:a-name` for a list
    of its own. The same content as this source's last is returned as it is. As the
    `baseline`, the first sheet of a source is applied though rows look odd, and lists
    them. Raises `UnknownFormat`, and `NotFirstSheet` for a later baseline; never for
    what the content says.
    """
    if format_of(source) not in SHEET_FORMATS:
        known = ", ".join(sorted(SHEET_FORMATS))
        raise UnknownFormat(f"{source!r} is no sheet format; known are {known}.")
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    if repeated := _repeated(source, organization, digest):
        return repeated
    parsed = read_sheet(source, content)
    with transaction.atomic():
        ledger.take_turn()
        # Another import may have taken the same sheet while this one was read.
        if repeated := _repeated(source, organization, digest):
            return repeated
        sheet = PriceSheet(
            organization=organization,
            source=source,
            version=version or parsed.version,
            currency=parsed.currency,
            content=content,
            content_sha256=digest,
            received_at=ledger.next_moment(),
        )
        if parsed.problems:
            _fail(sheet, parsed.problems)
        else:
            _take(sheet, parsed, baseline=baseline)
        _audit(sheet, submitted_by, api_key)
        return sheet


def record_failure(*, source: str, detail: str) -> PriceSheet:
    """Note that a public sheet could not be had at all; prices stay as they are."""
    with transaction.atomic():
        ledger.take_turn()
        sheet = PriceSheet(
            source=source,
            content_sha256=hashlib.sha256(b"").hexdigest(),
            received_at=ledger.next_moment(),
        )
        _fail(sheet, [RowProblem(row="", field="", detail=detail)])
        return sheet


def read_sheet(source: str, content: str) -> ParsedSheet:
    """Parse a sheet's content in the format of its source."""
    if "\x00" in content:
        detail = "has a NUL character: it is not a text file in UTF-8"
        return ParsedSheet(problems=(RowProblem(row="", field="", detail=detail),))
    return SHEET_FORMATS[format_of(source)](content)


def compare(
    parsed: ParsedSheet,
    *,
    source: str,
    organization: Organization | None,
    at: datetime,
) -> Comparison:
    """Work out what a sheet would write if its prices held from `at`."""
    held = held_offerings(organization)
    first = not has_applied_sheet(source, organization)
    own, foreign = _sorted_listings(parsed.listings, held, source)
    listed = {listing.key for listing in parsed.listings}
    known = [
        each
        for each in held.values()
        if each.price_source == source and each.is_offered(at)
    ]
    gone = [each for each in known if each.key not in listed]
    plans = [
        _plan(each, held.get(each.key), at=at, is_first_sheet=first) for each in own
    ]
    plans += [_withdrawal(each, at=at) for each in gone]
    unpriced = {each.key for each in own if not each.timelines}
    return Comparison(
        parsed=parsed,
        plan=SheetPlan(
            listings=tuple(own), held=held, plans=tuple(plans), is_first_sheet=first
        ),
        suspicions=screen(plans),
        lost=[
            each.key for each in known if each.key not in listed or each.key in unpriced
        ],
        known=len(known),
        cross_check=reports.cross_check(foreign, at=at),
    )


def apply(comparison: Comparison, sheet: PriceSheet, *, received_at: datetime) -> None:
    """Write a comparison's rows; the caller has the turn and saved the sheet."""
    if comparison.plan.writes_nothing:
        return
    ledger.record_change(f"price sheet {sheet}", received_at)
    sheet_rows.write(comparison.plan, sheet, received_at=received_at)


def _repeated(
    source: str, organization: Organization | None, digest: str
) -> PriceSheet | None:
    latest = latest_sheet(source, organization)
    if latest and latest.content_sha256 == digest:
        return latest
    # The same list waits for its decision at most once, whatever came after it.
    return PriceSheet.objects.filter(
        source=source,
        organization=organization,
        content_sha256=digest,
        status=SheetStatus.HELD,
    ).first()


def _fail(sheet: PriceSheet, problems: Sequence[RowProblem]) -> None:
    sheet.status = SheetStatus.FAILED
    sheet.report = reports.failure_report(problems)
    sheet.content = (
        sheet.content.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    )
    sheet.save(force_insert=True)


def _take(sheet: PriceSheet, parsed: ParsedSheet, *, baseline: bool) -> None:
    """Apply the sheet, or hold it when a person should look first."""
    comparison = compare(
        parsed,
        source=sheet.source,
        organization=sheet.organization,
        at=sheet.received_at,
    )
    if baseline and not comparison.plan.is_first_sheet:
        raise NotFirstSheet(
            f"{sheet.source} has been applied before: import without a baseline."
        )
    held_because = [] if baseline else comparison.reasons_to_hold
    sheet.status = SheetStatus.HELD if held_because else SheetStatus.APPLIED
    sheet.report = comparison.report(held_because)
    sheet.save(force_insert=True)
    if sheet.status == SheetStatus.APPLIED:
        apply(comparison, sheet, received_at=sheet.received_at)


def _audit(
    sheet: PriceSheet, submitted_by: User | None, api_key: ApiKey | None
) -> None:
    audit.record(
        action=f"price_sheet.{sheet.status}",
        target=sheet,
        organization=sheet.organization,
        user=submitted_by,
        api_key=api_key,
        at=sheet.received_at,
        detail={"source": sheet.source, "sha256": sheet.content_sha256},
    )


def _sorted_listings(
    listings: Sequence[Listing], held: Mapping[Key, HeldOffering], source: str
) -> tuple[list[Listing], list[tuple[Listing, HeldOffering]]]:
    """Part the listings this source prices from those that another one does."""
    own = []
    foreign = []
    for listing in listings:
        known = held.get(listing.key)
        if known is not None and known.price_source not in ("", source):
            foreign.append((listing, known))
        else:
            own.append(listing)
    return own, foreign


def _plan(
    listing: Listing,
    held: HeldOffering | None,
    *,
    at: datetime,
    is_first_sheet: bool,
) -> OfferingPlan:
    timelines = held.timelines if held else {}
    planned = [
        price
        for tier, cards in listing.timelines.items()
        for price in additions(
            tier,
            cards,
            timelines.get(tier, {}),
            at=at,
            is_first_sheet=is_first_sheet,
        )
    ]
    planned += [
        price
        for tier, timeline in timelines.items()
        if tier not in listing.timelines
        for price in withdrawals(tier, timeline, at=at)
    ]
    return OfferingPlan(key=listing.key, held=timelines, planned=tuple(planned))


def _withdrawal(held: HeldOffering, *, at: datetime) -> OfferingPlan:
    planned = [
        price
        for tier, timeline in held.timelines.items()
        for price in withdrawals(tier, timeline, at=at)
    ]
    return OfferingPlan(key=held.key, held=held.timelines, planned=tuple(planned))
