"""What a buyer sent along: a file or rows, and how to read them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.importers import lm_evaluation, outcomes
from benchmarks.importers.outcomes import BroughtOutcomes
from benchmarks.importers.reading import Unreadable

OUTCOMES = "outcomes"
FORMATS = (OUTCOMES, lm_evaluation.TOOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOutcomes:
    """Outcomes as they came: the text of a file, or rows as JSON.

    `model` and `metric` are of the format `lm_evaluation`, whose files lack the one
    and may hold several of the other. `file` is a name to know it by.
    """

    format: str = OUTCOMES
    text: str | None = None
    rows: Sequence[Mapping[str, Any]] = ()
    file: str = ""
    task: str = ""
    model: str = ""
    metric: str = ""

    def read(self) -> BroughtOutcomes:
        """Return the outcomes; raise Unreadable, or RowsRefused with the rows.

        Rows are numbered from 1, as lines are.
        """
        if self.format == lm_evaluation.TOOL:
            return lm_evaluation.read(
                self._content, model=self.model, task=self.task, metric=self.metric
            )
        if self.model or self.metric:
            raise Unreadable(
                "The rows themselves name model and score: leave out model and metric."
            )
        if self.text is None:
            return outcomes.read_rows(enumerate(self.rows, 1), task=self.task)
        return outcomes.read(self.text, task=self.task)

    @property
    def sha256(self) -> str:
        """The hash of what was sent, whatever its name."""
        return hashlib.sha256(self._content.encode("utf-8", "replace")).hexdigest()

    @property
    def _content(self) -> str:
        if self.text is not None:
            return self.text
        return "".join(f"{json.dumps(row, sort_keys=True)}\n" for row in self.rows)
