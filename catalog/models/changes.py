from django.db import models
from django.db.models import Q

from catalog.calendar import EARLIEST, LATEST


class CatalogueChange(models.Model):
    """One committed change of the catalogue; its moment is stamped on all its rows.

    Writers take turns (an advisory lock held to commit), so the moments of committed
    changes only ever grow. The newest visible one says what a reader knows, exactly:
    no row with an earlier `received_at` can appear later.
    """

    received_at = models.DateTimeField(unique=True)
    reason = models.CharField(max_length=200)

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
