"""Answers on their way into a run's row: graded, and as its columns."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import F

from benchmarks.grading import Grade, Verdict, grade
from benchmarks.harness.questions import Answered
from benchmarks.harness.samples import UNKNOWN
from benchmarks.models import EvaluationItem, EvaluationRun
from benchmarks.models.evaluations.runs import COLUMNS
from benchmarks.services import keeping
from benchmarks.services.evaluations.judging import Judge

log = logging.getLogger(__name__)

# Of the names by which an endpoint may call its model; more than a few are noise.
MOST_SERVED = 20
GRADER_FAILED = "grader_failed"


class Answers:
    """What was answered and is not in the row yet; `secret` is kept out of it.

    The row has `kept` outcomes already. `judge` scores what no grader can.
    """

    def __init__(
        self,
        items: Mapping[int, EvaluationItem],
        *,
        secret: str,
        kept: int = 0,
        judge: Judge | None = None,
    ) -> None:
        self._items = items
        self._secret = secret
        self._kept = kept
        self._judge = judge
        self._columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        # Beside the columns: the name of the model that answered, or "".
        self._served: list[str] = []

    def __len__(self) -> int:
        return len(self._columns["item"])

    def meet(self, kept: int) -> None:
        """Leave out the first ones, which a row with so many outcomes has already.

        They were written, though perhaps the connection broke before it said so.
        """
        written = kept - self._kept
        for column in (*self._columns.values(), self._served):
            del column[:written]
        self._kept = kept

    def add(self, answered: Answered) -> None:
        """Grade an answer and take it in."""
        row = self._row(answered)
        for name, column in self._columns.items():
            column.append(row[name])
        served = answered.reply.attempts[-1].served_model
        known = "" if row["error"] else keeping.word(served, self._secret)
        self._served.append(known)

    def update(self, run: EvaluationRun) -> dict[str, Any]:
        """Return the update that adds them to a run's row, its own counts included."""
        return {
            **keeping.appended(EvaluationRun, self._columns),
            "calls_done": F("calls_done") + len(self),
            "calls_failed": F("calls_failed") + self._failed(),
            "served_models": self._with_served(run.served_models),
            "losses": 0,
            **({"judging": self._judge.record()} if self._judge else {}),
        }

    def add_to(self, run: EvaluationRun) -> None:
        """Add those to a run in memory that it does not have."""
        self.meet(run.calls_done)
        for name, column in self._columns.items():
            getattr(run, name).extend(column)
        run.calls_done += len(self)
        run.calls_failed += self._failed()
        run.served_models = self._with_served(run.served_models)
        run.losses = 0 if self else run.losses
        if self._judge:
            run.judging = self._judge.record()

    def _failed(self) -> int:
        return sum(bool(error) for error in self._columns["error"])

    def _with_served(self, before: Mapping[str, int]) -> dict[str, int]:
        served = Counter(before) + Counter(filter(None, self._served))
        return dict(served.most_common(MOST_SERVED))

    def _row(self, answered: Answered) -> dict[str, Any]:
        question, reply = answered.question, answered.reply
        last = reply.attempts[-1]
        graded, error = self._graded(answered)
        return {
            "item": question.item,
            "sample": question.sample,
            "score": graded.score,
            "input_tokens": last.input_tokens,
            "output_tokens": last.output_tokens,
            "latency_ms": reply.latency_ms,
            "verifier_score": UNKNOWN,
            "verdict": str(graded.verdict),
            "answer": keeping.word(graded.answer, self._secret),
            "error": error,
        }

    def _graded(self, answered: Answered) -> tuple[Grade, str]:
        """Return an answer's grade, and why there is no score if there is none."""
        reply = answered.reply
        if reply.error is not None:
            return Grade(score=UNKNOWN, verdict=Verdict.ERROR), str(reply.error)
        item = self._items[answered.question.item]
        try:
            if self._judge and self._judge.scores(item.position):
                return self._judge.graded(answered)
            graded = grade(
                item.grader,
                item.expected,
                reply.text,
                finish_reason=reply.finish_reason,
                refusal=reply.refusal,
            )
        except Exception:  # one item that cannot be graded must not stop the others
            log.exception("Item %s could not be graded.", item.pk)
            graded = Grade(score=UNKNOWN, verdict=Verdict.ERROR)
        failed = graded.verdict is Verdict.ERROR
        return graded, GRADER_FAILED if failed else ""
