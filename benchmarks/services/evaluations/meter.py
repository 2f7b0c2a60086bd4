"""What a run has cost so far, and whether it may ask another question."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import takewhile

from benchmarks.harness.questions import Answered, Question
from benchmarks.harness.runner import StopReason
from benchmarks.harness.samples import ErrorKind, SampleTable
from benchmarks.models import EvaluationRun
from benchmarks.services import pricing
from benchmarks.services.evaluations.judging import Judge

# Questions without an answer, one after another, that show an endpoint to be down.
MOST_IN_A_ROW = 8
# Others, as those of a grader, are not the endpoint's.
_OF_THE_ENDPOINT = frozenset(map(str, ErrorKind))


class Meter:
    """Counts money and failures; a gate of the harness.

    `usd_by_position` is what one call of each item is estimated at, None when nothing
    is priced. `at` is when this worker took the run.
    """

    def __init__(
        self,
        run: EvaluationRun,
        *,
        tariff: pricing.Tariff | None,
        usd_by_position: Mapping[int, Decimal] | None,
        at: datetime,
        judge: Judge | None = None,
    ) -> None:
        self._tariff = tariff
        self._estimates = usd_by_position
        self._at = at
        self._judge = judge
        self._most = run.budget_usd
        self._spent = run.cost_usd or Decimal(0)
        unknown_before = run.calls_done > 0 and run.cost_usd is None
        self._priced = tariff is not None and not unknown_before
        self._under_way: dict[tuple[int, int], Decimal] = {}
        # Read by the thread that looks after the run, so no sum over what changes.
        self._reserved = Decimal(0)
        unanswered = takewhile(_OF_THE_ENDPOINT.__contains__, reversed(run.error))
        self._in_a_row = sum(1 for _ in unanswered)
        self.last_failure = ""

    @property
    def cost_usd(self) -> Decimal | None:
        """What was spent, with the estimates of what is under way; None if unknown."""
        if not self._priced:
            return None
        return self._spent + self._reserved

    def admits(self, question: Question, under_way: int) -> StopReason | None:
        """Return BUDGET when a further question might exceed it, else None."""
        estimate = (self._estimates or {}).get(question.item, Decimal(0))
        if self._most is not None:
            cost = self.cost_usd
            if cost is None or cost + estimate > self._most:
                return StopReason.BUDGET
        self._under_way[question.item, question.sample] = estimate
        self._reserved += estimate
        return None

    def note(self, answered: Answered) -> StopReason | None:
        """Count what a question cost; return FAILING when too many in a row failed."""
        question, reply = answered.question, answered.reply
        self._reserved -= self._under_way.pop((question.item, question.sample))
        self._add(pricing.cost(self._tariff, SampleTable.of(reply.attempts), self._at))
        if self._judge and answered.opinions:
            self._add(self._judge.cost(answered.opinions))
        if reply.error is None:
            self._in_a_row = 0
            return None
        self._in_a_row += 1
        self.last_failure = f"{reply.error}: {reply.error_detail}"
        return StopReason.FAILING if self._in_a_row >= MOST_IN_A_ROW else None

    def _add(self, usd: Decimal | None) -> None:
        if usd is None:
            self._priced = False
        else:
            self._spent += usd
