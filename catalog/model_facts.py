"""The fact file of language models: what no price list says, with a source each.

Pure Python. `catalog/facts/README.md` tells where the figures come from.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, Self, cast, get_args

from catalog.fact_tables import FACTS_DIRECTORY, TableRow, read_table
from catalog.listing_names import match_key, without_full_date

ParametersBasis = Literal["published", "from_name", "undisclosed"]

MODELS_FILE = FACTS_DIRECTORY / "models.csv"
SLUG_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]*")
MODEL_COLUMNS = (
    "model",
    "name",
    "developer",
    "aliases",
    "total_parameters_b",
    "active_parameters_b",
    "parameters_basis",
    "parameters_source",
    "active_source",
    "open_weights",
    "licence",
    "released_on",
    "retires_on",
    "deprecated",
    "successor",
    "context_tokens",
    "max_output_tokens",
    "input_modalities",
    "reasoning_tokens_ratio",
    "reasoning_ratio_low",
    "reasoning_ratio_high",
    "reasoning_ratio_source",
    "tokenizer_ratio",
    "tokenizer_ratio_low",
    "tokenizer_ratio_high",
    "tokenizer_ratio_source",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFactRow:
    """One model; None or empty means unknown.

    Parameter counts are in billions (`_b`); a dense model's are equal.
    `reasoning_tokens_ratio` is hidden tokens per visible output token,
    `tokenizer_ratio` this model's tokens per token of o200k_base. `aliases` are other
    listing names that mean this model and nothing else.
    """

    model: str
    name: str
    developer: str
    aliases: tuple[str, ...]
    total_parameters_b: Decimal | None
    active_parameters_b: Decimal | None
    parameters_basis: ParametersBasis
    parameters_source: str
    active_source: str
    open_weights: bool | None
    licence: str
    released_on: date | None
    retires_on: date | None
    deprecated: bool | None
    successor: str
    context_tokens: int | None
    max_output_tokens: int | None
    input_modalities: tuple[str, ...]
    reasoning_tokens_ratio: Decimal | None
    reasoning_ratio_low: Decimal | None
    reasoning_ratio_high: Decimal | None
    reasoning_ratio_source: str
    tokenizer_ratio: Decimal | None
    tokenizer_ratio_low: Decimal | None
    tokenizer_ratio_high: Decimal | None
    tokenizer_ratio_source: str


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The fact file, found by the match key of a slug or alias."""

    rows: tuple[ModelFactRow, ...]
    by_key: Mapping[str, ModelFactRow]
    dated_families: frozenset[str]

    @classmethod
    def from_rows(cls, rows: Iterable[ModelFactRow]) -> Self:
        """Index the rows; raise ValueError when two of them claim one name."""
        rows = tuple(rows)
        by_key: dict[str, ModelFactRow] = {}
        for row in rows:
            for name in (row.model, *row.aliases):
                claimed = by_key.setdefault(match_key(name), row)
                if claimed is not row:
                    raise ValueError(
                        f"{row.model}: the name {name!r} already means {claimed.model}"
                    )
        families = frozenset(
            family
            for row in rows
            if (family := without_full_date(row.model)) != row.model
        )
        return cls(rows=rows, by_key=by_key, dated_families=families)

    def named(self, name: str) -> ModelFactRow | None:
        """Return the row whose slug or alias is `name`, spelling aside, or None."""
        return self.by_key.get(match_key(name))

    def tells_snapshots_apart(self, row: ModelFactRow) -> bool:
        """Return whether the file has dated rows beside this one's undated slug."""
        return row.model in self.dated_families


def load_models(path: Path | None = None) -> tuple[ModelFactRow, ...]:
    """Return the rows of `path`, by default of the project's own `models.csv`.

    Raise ValueError naming row and column for a cell that cannot be read, and for
    counts, basis and sources that contradict each other.
    """
    table = read_table(path or MODELS_FILE, MODEL_COLUMNS)
    return tuple(_checked(_fact_row(row), row) for row in table)


@cache
def own_facts() -> ModelFacts:
    """Return the project's own facts, indexed; the file is read once per process."""
    return ModelFacts.from_rows(load_models())


def _fact_row(row: TableRow) -> ModelFactRow:
    return ModelFactRow(
        model=row.required("model"),
        name=row.required("name"),
        developer=row.required("developer"),
        aliases=tuple(row.text("aliases").split()),
        total_parameters_b=row.number("total_parameters_b"),
        active_parameters_b=row.number("active_parameters_b"),
        parameters_basis=_basis(row),
        parameters_source=row.text("parameters_source"),
        active_source=row.text("active_source"),
        open_weights=row.flag("open_weights"),
        licence=row.text("licence"),
        released_on=row.day("released_on"),
        retires_on=row.day("retires_on"),
        deprecated=row.flag("deprecated"),
        successor=row.text("successor"),
        context_tokens=row.count("context_tokens"),
        max_output_tokens=row.count("max_output_tokens"),
        input_modalities=tuple(row.text("input_modalities").split()),
        reasoning_tokens_ratio=row.number("reasoning_tokens_ratio"),
        reasoning_ratio_low=row.number("reasoning_ratio_low"),
        reasoning_ratio_high=row.number("reasoning_ratio_high"),
        reasoning_ratio_source=row.text("reasoning_ratio_source"),
        tokenizer_ratio=row.number("tokenizer_ratio"),
        tokenizer_ratio_low=row.number("tokenizer_ratio_low"),
        tokenizer_ratio_high=row.number("tokenizer_ratio_high"),
        tokenizer_ratio_source=row.text("tokenizer_ratio_source"),
    )


def _basis(row: TableRow) -> ParametersBasis:
    basis = row.required("parameters_basis")
    if basis not in get_args(ParametersBasis):
        known = ", ".join(get_args(ParametersBasis))
        raise row.refusal("parameters_basis", f"must be one of {known}")
    return cast(ParametersBasis, basis)


def _checked(facts: ModelFactRow, row: TableRow) -> ModelFactRow:
    if not SLUG_PATTERN.fullmatch(facts.model):
        raise row.refusal("model", "must be lower-case letters, digits, '.' and '-'")
    _check_counts(facts, row)
    _check_range(row, "reasoning_tokens_ratio", "reasoning_ratio")
    _check_range(row, "tokenizer_ratio", "tokenizer_ratio")
    return facts


def _check_counts(facts: ModelFactRow, row: TableRow) -> None:
    total, active = facts.total_parameters_b, facts.active_parameters_b
    if (total is None) != (facts.parameters_basis == "undisclosed"):
        raise row.refusal("total_parameters_b", "contradicts parameters_basis")
    if total is not None and (total <= 0 or not facts.parameters_source):
        raise row.refusal("total_parameters_b", "must be above 0 and have a source")
    if active is not None and (total is None or not 0 < active <= total):
        raise row.refusal("active_parameters_b", "must be above 0, at most the total")
    if active is not None and not facts.active_source:
        raise row.refusal("active_source", "must name where the active count is from")


def _check_range(row: TableRow, value_column: str, range_prefix: str) -> None:
    value = row.number(value_column)
    low, high = row.number(f"{range_prefix}_low"), row.number(f"{range_prefix}_high")
    if value is None:
        return
    if low is None or high is None or not 0 <= low <= value <= high:
        raise row.refusal(value_column, "must lie within its low and high")
    if not row.text(f"{range_prefix}_source"):
        raise row.refusal(value_column, "must have a source, or 'modelled'")
