"""Columns that Django has no field for."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func


class RealField(models.FloatField):  # type: ignore[type-arg]
    """A float of four bytes: a measurement has no more digits than that."""

    def db_type(self, connection: Any) -> str:
        """Return PostgreSQL's name of the type."""
        return "real"


def reals() -> "ArrayField[Any, Any]":
    """Return a column of one figure for each request of a run; NaN is unknown."""
    return ArrayField(RealField(), default=list, blank=True)


def words() -> "ArrayField[Any, Any]":
    """Return a column of one word for each request of a run; empty is unknown."""
    return ArrayField(models.CharField(max_length=200), default=list, blank=True)


class Cardinality(Func):
    """How many elements an array has; zero, not null, for an empty one."""

    function = "cardinality"
    output_field = models.IntegerField()
