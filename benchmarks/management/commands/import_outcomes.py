"""manage.py import_outcomes FILE --set ID [--organization SLUG] [--model NAME=SLUG]."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from benchmarks.importers import Unreadable
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.importers.sent import FORMATS, OUTCOMES, SentOutcomes
from benchmarks.models import EvaluationSet
from benchmarks.services import AlreadyImported
from benchmarks.services.evaluations.imports import ImportedOutcomes, import_outcomes


class Command(BaseCommand):
    """Prints a line for each run that was kept; keeps all of them or none."""

    help = "Keep outcomes that were measured elsewhere, on an evaluation set."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--set", required=True, type=UUID, help="id of the set")
        parser.add_argument(
            "--organization", help="its slug (default: that of the set, or for all)"
        )
        parser.add_argument("--format", default=OUTCOMES, choices=FORMATS)
        parser.add_argument("--task", default="", help="of a file of several")
        parser.add_argument("--metric", default="", help="of lm_evaluation")
        parser.add_argument(
            "--model",
            action="append",
            default=[],
            metavar="NAME=SLUG",
            help="whom a name in the file stands for, nothing to leave it out; of"
            " lm_evaluation the slug alone",
        )
        parser.add_argument("--accept-unaligned", action="store_true")
        parser.add_argument("--dry-run", action="store_true", help="keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file."""
        evaluation_set = EvaluationSet.objects.filter(pk=options["set"]).first()
        if evaluation_set is None:
            raise CommandError(f"--set: there is no set {options['set']}.")
        with transaction.atomic():
            self._tell(_imported(evaluation_set, options))
            transaction.set_rollback(options["dry_run"])

    def _tell(self, imported: ImportedOutcomes) -> None:
        for run in imported.runs:
            fed = "" if run.feeds_advice else ", feeds no advice"
            self.stdout.write(
                f"{run.pk}: {run.language_model}, {len(run.positions)} items,"
                f" {run.calls_total} outcomes{fed}"
            )
        for note in (*imported.notes, *(flag["detail"] for flag in imported.flags)):
            self.stdout.write(note)


def _imported(evaluation_set: EvaluationSet, options: Any) -> ImportedOutcomes:
    model, models = _models(options["model"], options["format"])
    sent = SentOutcomes(
        format=options["format"],
        text=_text(options["file"]),
        file=options["file"].name,
        task=options["task"],
        metric=options["metric"],
        model=model,
    )
    try:
        return import_outcomes(
            evaluation_set=evaluation_set,
            sent=sent,
            models=models,
            organization=_owner(evaluation_set, options["organization"]),
            accept_unaligned=options["accept_unaligned"],
            at=timezone.now(),
        )
    except RowsRefused as error:
        told = (f"Row {p.row}, {p.column}: {p.detail}" for p in error.problems)
        raise CommandError("\n".join([str(error), *told])) from error
    except (AlreadyImported, Unreadable) as error:
        raise CommandError(str(error)) from error
    except ValidationError as error:
        raise CommandError("\n".join(error.messages)) from error


def _models(stated: list[str], format_: str) -> tuple[str, dict[str, str]]:
    """Return the model of a log, or what the names of a table stand for."""
    if format_ != OUTCOMES:
        return (stated[0] if stated else ""), {}
    pairs = [each.rpartition("=") for each in stated]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise CommandError("--model: give NAME=SLUG, or NAME= to leave it out.")
    return "", {name: slug for name, _, slug in pairs}


def _owner(evaluation_set: EvaluationSet, slug: str | None) -> Organization | None:
    """Return whose the runs are; a buyer's set takes none but its owner's."""
    owner = evaluation_set.organization
    if slug is None:
        return owner
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"--organization: no organization has the slug {slug!r}.")
    if owner not in (None, found):
        raise CommandError(f"--organization: the set belongs to {owner}.")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
