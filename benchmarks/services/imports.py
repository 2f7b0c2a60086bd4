"""Keeps what another tool measured as a closed run: imported, and marked as such."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import Author, record_for
from accounts.models import Organization
from benchmarks.harness.load import Profile
from benchmarks.harness.metrics import measured, window_of
from benchmarks.harness.samples import SampleTable
from benchmarks.harness.summary import summary
from benchmarks.importers import PARSERS, ImportedRun
from benchmarks.models import Basis, BenchmarkRun, NotFed, RunStatus
from benchmarks.services import keeping
from catalog.models import Concern, Offering, ServiceTier
from catalog.services import catalogue_change

_NOTHING = "No request in it was answered."


class AlreadyImported(ValueError):
    """These results are kept already; importing them again would count them twice."""


def import_results(
    *,
    offering: Offering,
    source: str,
    texts: Sequence[str],
    at: datetime,
    organization: Organization | None = None,
    service_tier: str = ServiceTier.STANDARD,
    author: Author | None = None,
) -> list[BenchmarkRun]:
    """Keep every load that a tool's files hold as a run of an offering.

    `source` is a name of `importers.PARSERS`, `texts` what its files hold. The runs are
    an organization's own, or (None) seen by all. Raises `Unreadable`,
    `AlreadyImported`, and `ValidationError` keyed by field; then none is kept.
    """
    if source not in PARSERS:
        known = ", ".join(sorted(PARSERS))
        raise ValidationError({"format": f"Known formats are {known}."})
    if offering.organization not in (None, organization):
        raise ValidationError({"offering": "There is no such offering."})
    imported = PARSERS[source](texts)
    digest = content_sha256(texts)
    reason = f"{source} results of {offering}"
    with catalogue_change(reason, Concern.MEASUREMENTS) as received_at:
        # The turn is ours, so nobody else imports the same meanwhile.
        _check_new(digest, organization)
        runs = [
            _closed_run(each, offering, service_tier, digest, at) for each in imported
        ]
        for run in runs:
            run.organization = organization
            run.received_at = received_at
            run.closed_at = max(at, received_at)
            run.save(force_insert=True)
            detail = {"tool": source, "sha256": digest, "requests": run.requests_done}
            record_for(
                author,
                action="benchmark_run.imported",
                target=run,
                at=at,
                detail=detail,
            )
    return runs


def content_sha256(texts: Sequence[str]) -> str:
    """Return the hash of some files' contents, whatever their names and order."""
    each = sorted(
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        for text in texts
    )
    return hashlib.sha256(" ".join(each).encode()).hexdigest()


def _check_new(digest: str, organization: Organization | None) -> None:
    known = BenchmarkRun.objects.filter(
        basis=Basis.IMPORTED,
        organization=organization,
        asked__content_sha256=digest,
    ).first()
    if known is not None:
        raise AlreadyImported(
            f"The same results were imported on {known.created_at:%Y-%m-%d} as run"
            f" {known.pk}: nothing was added."
        )


def _closed_run(
    imported: ImportedRun,
    offering: Offering,
    service_tier: str,
    digest: str,
    at: datetime,
) -> BenchmarkRun:
    samples = keeping.storable(imported.samples)
    rows = measured(samples)
    answered = not rows.failed.all()
    because = _not_fed(imported, answered=answered)
    start_s, end_s = window_of(samples)
    return BenchmarkRun(
        offering=offering,
        service_tier=service_tier,
        basis=Basis.IMPORTED,
        token_class=imported.token_class,
        slot=imported.started_at or imported.finished_at or at,
        asked=_asked(imported, digest),
        status=RunStatus.SUCCEEDED if answered else RunStatus.FAILED,
        created_at=at,
        started_at=imported.started_at,
        finished_at=imported.finished_at,
        requests_total=len(rows) + imported.cut_off,
        requests_done=len(rows),
        requests_failed=int(rows.failed.sum()),
        cut_off=imported.cut_off,
        stop_reason="completed",
        failure="" if answered else _NOTHING,
        # What was measured at an unknown time cannot age.
        feeds_advice=not because and imported.finished_at is not None,
        not_fed_because=because,
        client_version=f"{imported.tool} {imported.tool_version}".strip()[:60],
        window_start_s=start_s,
        window_end_s=end_s,
        summary=_brief(samples, imported.cut_off),
        **samples.columns(),
    )


def _not_fed(imported: ImportedRun, *, answered: bool) -> str:
    if not answered:
        return NotFed.NO_ANSWERS
    return NotFed.SWEEP if imported.profile is Profile.SWEEP else ""


def _brief(samples: SampleTable, cut_off: int) -> Any:
    return keeping.as_json(summary(samples, cut_off=cut_off).as_json())


def _asked(imported: ImportedRun, digest: str) -> dict[str, Any]:
    """Return what is known of what was asked, by the names of `services.asking`."""
    lengths = imported.lengths
    return {
        "tool": imported.tool,
        "tool_version": keeping.word(imported.tool_version),
        "wire_model": keeping.word(imported.model),
        "content_sha256": digest,
        "profile": imported.profile,
        "concurrency": imported.concurrency,
        "requests_per_second": imported.requests_per_second,
        "lengths": [list(asdict(lengths).values())] if lengths else [],
    }
