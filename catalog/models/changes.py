from django.db import models
from django.db.models import Q

from catalog.calendar import EARLIEST, LATEST


class Concern(models.TextChoices):
    """What a change is about: readers that keep one in memory pass over the other."""

    CATALOGUE = "catalogue"
    MEASUREMENTS = "measurements"


class CatalogueChange(models.Model):
    """One committed change of what advice rests on; its moment is on all its rows.

    Writers take turns (an advisory lock held to commit), so the moments of committed
    changes only ever grow. The newest visible one says what a reader knows, exactly:
    no row with an earlier `received_at` can appear later. Measurements share the
    ledger, so that one moment says what was known of both.
    """

    received_at = models.DateTimeField(unique=True)
    reason = models.CharField(max_length=200)
    concerns = models.CharField(
        max_length=12, choices=Concern, default=Concern.CATALOGUE
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(concerns__in=Concern.values), name="change_concern_known"
            ),
        ]
        indexes = [
            # "What is the newest change of the catalogue?" is asked by every request.
            models.Index(fields=["concerns", "-received_at"], name="change_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} at {self.received_at:%Y-%m-%d %H:%M:%S.%f}"


class DatedRow(models.Model):
    """A fact that holds from a moment on, as we learned it: added, never rewritten.

    `effective_from` says when it holds, `received_at` when we learned it. As of a
    moment, known at another, the row with the latest `effective_from` not after the
    first applies, among those received not after the second; the latest reading of
    one `effective_from` wins.
    """

    effective_from = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        abstract = True


def within_calendar(table: str) -> models.CheckConstraint:
    """Return the rule that a dated row takes effect at a moment anyone can read."""
    return models.CheckConstraint(
        condition=Q(effective_from__range=(EARLIEST, LATEST)),
        name=f"{table}_effective_within_calendar",
    )
