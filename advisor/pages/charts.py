"""A chart on a page: a Vega-Lite spec, and the same in words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

from advisor.reports.charts.theme import config_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What `pages/_chart.html` shows; `id` is unique on its page.

    `alt` says in a sentence what the picture shows. `columns` and `rows` are the same
    figures as text, for those who do not see it; the first column names the row.
    `choices` offers the values of a parameter of the spec: {"name", "label",
    "options": [(value, words)]}.
    """

    id: str
    title: str
    alt: str
    spec: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    choices: dict[str, Any] = field(default_factory=dict)

    @property
    def spec_id(self) -> str:
        """Return the id of the element that holds the spec."""
        return f"{self.id}-spec"


@cache
def configs() -> dict[str, Any]:
    """Return Vega-Lite's `config` of both colour schemes."""
    return {"light": config_of("light"), "dark": config_of("dark")}


@cache
def library_name() -> str:
    """Return the static file that holds Vega; its name changes with its version."""
    return f"pages/vega-{version('vl-convert-python')}.js"
