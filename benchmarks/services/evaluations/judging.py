"""A run's judge: what it is asked about answers, how it scores, whether to trust it.

It is another endpoint. The first answers of a run, and one in five after them, are
scored twice, the second time with the parts of the question in another order; a judge
that then scores otherwise goes by more than the rubric. Answers that a person scored
are scored as well, to tell how far judge and people agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

from benchmarks.grading import (
    Grade,
    Verdict,
    answer_for_judge,
    grade_of_judge,
    needs_judge,
)
from benchmarks.grading.judge import (
    INSTRUCTIONS,
    JUDGE_OUTPUT_TOKENS,
    Rubric,
    judge_messages,
    judged_score,
    rubric_of,
)
from benchmarks.harness.asking import Reply, token_estimate
from benchmarks.harness.load import Lengths
from benchmarks.harness.questions import Answered, Question
from benchmarks.harness.samples import UNKNOWN, SampleTable
from benchmarks.harness.target import Patience
from benchmarks.harness.wire import Chat
from benchmarks.models import Endpoint, EvaluationItem, EvaluationRun
from benchmarks.services import asking, pricing

JUDGE_FAILED = "judge_failed"
JUDGE_UNSURE = "judge_unsure"
UNSURE = (
    "The judge disagreed with itself: asked twice, it scored {disagreed} of {pairs}"
    " answers differently. Take a larger judge, or a plainer rubric."
)
# So many first places of a run are scored twice, and this share of the others.
FIRST_TWICE = 10
SHARE_TWICE = 0.2
# Two scores of one answer disagree when they are further apart than this.
APART = 0.2
# More than this share of disagreements, and nothing rests on the judge.
MOST_DISAGREED = 0.2


def asked_of_judge(judge: Endpoint) -> dict[str, Any]:
    """Return where and how a run's judge is asked, without the credential."""
    return {
        **asking.asked_of_endpoint(judge),
        "patience": asdict(Patience()),
        "endpoint": str(judge.pk),
        "prompt": INSTRUCTIONS,
        "output_tokens": JUDGE_OUTPUT_TOKENS,
        "temperature": 0.0,
        "first_twice": FIRST_TWICE,
        "share_twice": SHARE_TWICE,
    }


def judge_of(
    run: EvaluationRun, items: Mapping[int, EvaluationItem], at: datetime
) -> "Judge | None":
    """Return the judge of a run with its credential, None if it has none.

    Raises JudgeGone where its endpoint is not what it was when the run was asked for.
    """
    asked = run.asked.get("judge")
    if asked is None:
        return None
    rows = Endpoint.objects.select_related("offering")
    endpoint = rows.get(pk=UUID(asked["endpoint"]))
    if not endpoint.enabled:
        raise JudgeGone("The judge's endpoint was switched off before the run ended.")
    if any(
        asked[name] != value
        for name, value in asking.asked_of_endpoint(endpoint).items()
    ):
        raise JudgeGone("The judge's endpoint was changed before the run ended.")
    return Judge(run, items, endpoint, at)


class JudgeGone(Exception):
    """Scores of before and after could not be compared; says what happened."""


class Judge:
    """Scores a run's answers; the second target of the harness."""

    def __init__(
        self,
        run: EvaluationRun,
        items: Mapping[int, EvaluationItem],
        endpoint: Endpoint,
        at: datetime,
    ) -> None:
        self.target = asking.target_of(run.asked["judge"], endpoint)
        self.tariff = pricing.tariff(endpoint.offering, endpoint.service_tier, at)
        self._at = at
        self._items = items
        self._seed = run.seed
        self._first = {*run.positions[:FIRST_TWICE]}
        self._rubrics = {
            position: rubric_of(item.grader, item.expected)
            for position, item in items.items()
            if needs_judge(item.grader)
        }
        self._record = _Record(run.judging)

    def scores(self, position: int) -> bool:
        """Return whether answers to the item at a position are the judge's to score."""
        return position in self._rubrics

    def chats(self, question: Question, reply: Reply) -> Sequence[Chat]:
        """Return what the judge is asked about an answer.

        First the answer, then perhaps the same turned, then what people scored.
        """
        rubric = self._rubrics.get(question.item)
        if rubric is None or reply.error is not None:
            return ()
        answer = self._answer(question.item, reply)
        if isinstance(answer, Grade):
            return ()
        return tuple(self._chats(question, rubric, answer))

    def graded(self, answered: Answered) -> tuple[Grade, str]:
        """Return an answer's grade, and why there is no score if there is none."""
        position = answered.question.item
        rubric = self._rubrics[position]
        answer = self._answer(position, answered.reply)
        if isinstance(answer, Grade):
            return answer, ""
        first, *others = (
            None if each.error else judged_score(rubric, each.text)
            for each in answered.opinions
        )
        if self._is_asked_twice(answered.question):
            self._record.add_pair(first, others.pop(0))
        for label, score in zip(rubric.labelled, others, strict=False):
            self._record.add_label(label.human_score, score)
        if first is None:
            return Grade(score=UNKNOWN, verdict=Verdict.ERROR), JUDGE_FAILED
        return grade_of_judge(answer, first), ""

    def cost(self, opinions: Sequence[Reply]) -> Decimal | None:
        """Return what the judge's replies cost in USD, None when that is unknown."""
        attempts = SampleTable.of(each for one in opinions for each in one.attempts)
        usd = pricing.cost(self.tariff, attempts, self._at)
        self._record.add_cost(len(opinions), usd)
        return usd

    def usd_at_most(self, position: int) -> Decimal | None:
        """Return what judging one answer to an item is estimated at, from above."""
        rubric = self._rubrics.get(position)
        if rubric is None:
            return Decimal(0)
        if self.tariff is None:
            return None
        item = self._items[position]
        longest = max((each.answer for each in rubric.labelled), key=len, default="")
        chat = self._chat(rubric, item, longest, seed=0, turned=False)
        lengths = Lengths(
            input_tokens=token_estimate(chat) + item.max_output_tokens,
            output_tokens=JUDGE_OUTPUT_TOKENS,
        )
        usd = self.tariff.usd(self.tariff.expected(lengths), self._at)
        return None if usd is None else usd * (2 + len(rubric.labelled))

    def record(self) -> dict[str, Any]:
        """Return how the judge has fared, as the run's row keeps it."""
        return self._record.as_json()

    def _answer(self, position: int, reply: Reply) -> str | Grade:
        return answer_for_judge(
            self._items[position].grader,
            reply.text,
            finish_reason=reply.finish_reason,
            refusal=reply.refusal,
        )

    def _chats(self, question: Question, rubric: Rubric, answer: str) -> Iterator[Chat]:
        item, seed = self._items[question.item], question.chat.seed or 0
        yield self._chat(rubric, item, answer, seed=seed, turned=False)
        if self._is_asked_twice(question):
            yield self._chat(rubric, item, answer, seed=seed, turned=True)
        if question.sample == 0:
            for label in rubric.labelled:
                yield self._chat(rubric, item, label.answer, seed=seed, turned=False)

    def _chat(
        self,
        rubric: Rubric,
        item: EvaluationItem,
        answer: str,
        *,
        seed: int,
        turned: bool,
    ) -> Chat:
        messages = judge_messages(rubric, item.messages, answer, turned=turned)
        return Chat(
            messages=tuple(
                {"role": turn["role"], "content": turn["content"]} for turn in messages
            ),
            output_tokens=JUDGE_OUTPUT_TOKENS,
            temperature=0.0,
            seed=seed,
        )

    def _is_asked_twice(self, question: Question) -> bool:
        if question.sample:
            return False
        words = f"twice/{self._seed}/{question.item}".encode()
        drawn = int.from_bytes(blake2b(words, digest_size=4).digest(), "big") / 2**32
        return question.item in self._first or drawn < SHARE_TWICE


class _Record:
    """How a judge fares over a run, carried on from what the row has."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._counts = {
            "calls": 0,
            "pairs": 0,
            "disagreed": 0,
            "labels": 0,
            **{name: kept[name] for name in _COUNTS if name in kept},
        }
        self._apart = float(kept.get("apart_sum", 0.0))
        self._off = float(kept.get("human_apart_sum", 0.0))
        known = kept.get("cost_usd", "0")
        self._usd = None if known is None else Decimal(known)

    def add_pair(self, first: float | None, second: float | None) -> None:
        """Take in two scores of one answer; a reply without a score disagrees."""
        apart = 1.0 if first is None or second is None else abs(first - second)
        self._counts["pairs"] += 1
        self._counts["disagreed"] += apart > APART
        self._apart += apart

    def add_label(self, human: float, score: float | None) -> None:
        """Take in how a judge scored what a person scored."""
        if score is not None:
            self._counts["labels"] += 1
            self._off += abs(score - human)

    def add_cost(self, calls: int, usd: Decimal | None) -> None:
        """Add what the judge cost; once unknown, it stays so."""
        self._counts["calls"] += calls
        known = usd is not None and self._usd is not None
        # `known` says that neither is None, which the checker cannot follow.
        self._usd = self._usd + usd if known else None  # type: ignore[operator]

    def as_json(self) -> dict[str, Any]:
        """Return counts, mean differences and the cost; null is unknown."""
        pairs, labels = self._counts["pairs"], self._counts["labels"]
        return {
            **self._counts,
            "apart_sum": self._apart,
            "apart_mean": self._apart / pairs if pairs else None,
            "human_apart_sum": self._off,
            "human_apart_mean": self._off / labels if labels else None,
            "cost_usd": None if self._usd is None else f"{self._usd:f}",
        }


_COUNTS = ("calls", "pairs", "disagreed", "labels")


def unsure(judging: Mapping[str, Any]) -> str:
    """Return the sentence why nothing may rest on a run's judge, empty if it may."""
    pairs, disagreed = judging.get("pairs", 0), judging.get("disagreed", 0)
    if disagreed <= MOST_DISAGREED * pairs:
        return ""
    return UNSURE.format(pairs=pairs, disagreed=disagreed)
