"""Puts what was measured into a run's columns, safely and without the secret."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import Expression, F, Func, Model, Value

from benchmarks.harness.samples import FIGURES, WORDS, Floats, SampleTable

MAX_WORD = 200
_HIDDEN = "[credential]"
# Shorter ones would be found, and hidden, in words that only look like them.
_LEAST_SECRET = 6


def storable(table: SampleTable, *, secret: str = "") -> SampleTable:
    """Return a table as PostgreSQL takes it, in order of intended starts.

    Figures are finite or NaN. Words are cut to 200 characters, without NUL and without
    `secret`, which an endpoint may have repeated in whatever it said.
    """
    order = np.argsort(table["intended_s"], kind="stable")
    figures = {name: _finite(table[name][order]) for name in FIGURES}
    words = {
        name: tuple(word(table.words[name][at], secret) for at in order.tolist())
        for name in WORDS
    }
    return SampleTable(figures=figures, words=words)


def word(text: str, secret: str = "") -> str:
    """Return a text as a row keeps it."""
    bare = without(secret, text).replace("\x00", "")
    sound = bare.encode("utf-8", "replace").decode()
    return sound[:MAX_WORD]


def without(secret: str, text: str) -> str:
    """Return a text in which nobody can read the secret."""
    return text.replace(secret, _HIDDEN) if len(secret) >= _LEAST_SECRET else text


def _finite(column: Floats) -> Floats:
    return np.where(np.isfinite(column), column, np.float32(math.nan))


def as_json(value: Any) -> Any:
    """Return a value as JSON can hold it: what is no number is null."""
    if isinstance(value, dict):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def appended(
    model: type[Model], columns: Mapping[str, list[Any]]
) -> dict[str, Expression]:
    """Return the update that adds entries behind those that a row already has."""
    return {name: _behind(model, name, values) for name, values in columns.items()}


def _behind(model: type[Model], name: str, values: list[Any]) -> Expression:
    field = model._meta.get_field(name)
    assert isinstance(field, ArrayField)  # noqa: S101  # all of these columns are
    return Func(
        F(name),
        Value(values, output_field=field),
        function="array_cat",
        output_field=field,
    )
