"""Asks many questions of one target, a few at a time, and can be stopped meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from benchmarks.harness.asking import Asker, Reply
from benchmarks.harness.runner import (
    CHECKPOINT_EVERY_S,
    CHECKPOINT_GRACE_S,
    StopReason,
    new_loop,
)
from benchmarks.harness.target import Target
from benchmarks.harness.wire import Chat

# Answers that nobody has looked at yet: with more, no further question is begun.
MOST_UNSEEN = 100
UNSEEN_WAIT_S = 0.05
# These leave nothing to wait for: what is under way is given up at once.
_AT_ONCE = (StopReason.CANCELLED, StopReason.LOST, StopReason.CHECKPOINT_FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A chat to be answered for an item of a set, the sample-th time from 0."""

    item: int
    sample: int
    chat: Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question and what came of it; `opinions` are what another target said of it."""

    question: Question
    reply: Reply
    opinions: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many questions are under way at a time, and for how long, in seconds.

    None is begun after `begin_s`; what has not ended by `end_s` is given up.
    """

    concurrency: int
    begin_s: float
    end_s: float


class Gate(Protocol):
    """Decides before each question whether it may be asked."""

    def admits(self, question: Question, under_way: int) -> StopReason | None:
        """Return why no more may be asked; None when this one may."""

    def note(self, answered: Answered) -> StopReason | None:
        """Take note of what came of one, and return why to stop, if so."""


class Second(Protocol):
    """Another target, that is asked about each answer."""

    target: Target

    def chats(self, question: Question, reply: Reply) -> Sequence[Chat]:
        """Return what it is asked about an answer; nothing when there is no need."""


# Called about every half second with what was answered since the call before.
Look = Callable[[Sequence[Answered]], Awaitable[StopReason | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the asking ended; `given_up` questions were under way, and may be billed.

    `rest` is what was answered and no look was given. `error` is what a look raised.
    """

    stop: StopReason
    rest: tuple[Answered, ...]
    given_up: tuple[Question, ...]
    error: BaseException | None = None


def run(
    target: Target,
    questions: Iterable[Question],
    pace: Pace,
    gate: Gate,
    look: Look,
    *,
    second: Second | None = None,
) -> Ended:
    """Ask in an event loop of its own, as a Celery task does; see `ask_each`."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        asking = ask_each(target, questions, pace, gate, look, second=second)
        return runner.run(asking)


async def ask_each(
    target: Target,
    questions: Iterable[Question],
    pace: Pace,
    gate: Gate,
    look: Look,
    *,
    every_s: float = CHECKPOINT_EVERY_S,
    second: Second | None = None,
) -> Ended:
    """Ask questions in their order until all are answered or something stops it.

    With a `second` target an answer counts as such once that was asked about it.
    Raises ValueError for a target that cannot be.
    """
    asker = _Pair(target, second)
    try:
        asking = _Asking(asker, iter(questions), pace, gate)
        return await _until_ended(asking, look, pace.end_s, every_s)
    finally:
        await asker.close()


class _Pair:
    """Asks a target, and the second one about what it answered."""

    def __init__(self, target: Target, second: Second | None) -> None:
        self._asker = Asker(target)
        self._second = second
        self._other = Asker(second.target) if second else None

    async def ask(self, question: Question, *, origin: float) -> Answered:
        reply = await self._asker.ask(question.chat, origin=origin)
        if self._second is None or self._other is None:
            return Answered(question=question, reply=reply)
        chats = self._second.chats(question, reply)
        opinions = [await self._other.ask(chat, origin=origin) for chat in chats]
        return Answered(question=question, reply=reply, opinions=tuple(opinions))

    async def close(self) -> None:
        await self._asker.close()
        if self._other:
            await self._other.close()


class _Asking:
    """The questions of one run: which are under way, and what was answered."""

    def __init__(
        self, asker: _Pair, questions: Iterator[Question], pace: Pace, gate: Gate
    ) -> None:
        self.answered: list[Answered] = []
        self.under_way: dict[tuple[int, int], Question] = {}
        self.stop: StopReason | None = None
        self._asker = asker
        self._questions = questions
        self._pace = pace
        self._gate = gate
        self._origin = monotonic()
        self._ended = asyncio.Event()

    def taken(self) -> list[Answered]:
        """Return what was answered since the last time."""
        taken, self.answered = self.answered, []
        return taken

    async def drive(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._pace.concurrency):
                group.create_task(self._one_after_another())

    async def _one_after_another(self) -> None:
        while (question := await self._next()) is not None:
            key = (question.item, question.sample)
            self.under_way[key] = question
            answered = await self._asker.ask(question, origin=self._origin)
            del self.under_way[key]
            self.answered.append(answered)
            reason = self._gate.note(answered)
            self.stop = self.stop or reason
            self._ended.set()
            # It may have failed without waiting for anything; others want the loop too.
            await asyncio.sleep(0)

    async def _next(self) -> Question | None:
        """Return the next question that may be asked; None when there is none."""
        while len(self.answered) >= MOST_UNSEEN and not self._is_over():
            await asyncio.sleep(UNSEEN_WAIT_S)
        question = next(self._questions, None)
        while question is not None and not self._is_over():
            reason = self._gate.admits(question, len(self.under_way))
            if reason is None:
                return question
            if not self.under_way:
                self.stop = reason
                break
            # What is under way may turn out cheaper than was feared.
            self._ended.clear()
            await self._ended.wait()
        return None

    def _is_over(self) -> bool:
        if self.stop is None and monotonic() - self._origin > self._pace.begin_s:
            self.stop = StopReason.DEADLINE
        return self.stop is not None


async def _watch(
    asking: _Asking, look: Look, every_s: float, over: asyncio.Event
) -> StopReason | None:
    """Look every so often until the asking is over, or must stop at once."""
    while not await _is_set_within(over, every_s):
        reason = await look(asking.taken())
        if reason in _AT_ONCE:
            return reason
        asking.stop = asking.stop or reason
    return None


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def _until_ended(
    asking: _Asking, look: Look, end_s: float, every_s: float
) -> Ended:
    """Ask until something ends it; nothing is under way after."""
    over = asyncio.Event()
    drive = asyncio.create_task(asking.drive())
    watch = asyncio.create_task(_watch(asking, look, every_s, over))
    try:
        await asyncio.wait(
            [drive, watch], timeout=end_s, return_when=asyncio.FIRST_COMPLETED
        )
        if drive.done():
            drive.result()  # what is wrong with us ourselves is not hidden
            stop = asking.stop or StopReason.COMPLETED
        else:
            stop = asking.stop or StopReason.DEADLINE
        given_up = tuple(asking.under_way.values())
        drive.cancel()
        over.set()
        # A look under way may be writing: it is let end.
        await asyncio.wait([drive, watch], timeout=CHECKPOINT_GRACE_S)
    finally:
        drive.cancel()
        watch.cancel()
    error = watch.exception() if watch.done() else None
    said = None if error or not watch.done() else watch.result()
    return Ended(
        stop=StopReason.CHECKPOINT_FAILED if error else said or stop,
        rest=tuple(asking.taken()),
        given_up=given_up,
        error=error,
    )
