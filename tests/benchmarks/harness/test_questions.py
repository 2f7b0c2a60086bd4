"""Questions are asked in order, a few at a time, and stop when they are told to."""

import asyncio
import time

import pytest

from benchmarks.harness.questions import Pace, Question, ask_each, run
from benchmarks.harness.runner import StopReason
from benchmarks.harness.wire import Chat
from tests.simulated import SimulatedEndpoint

QUICK = Pace(concurrency=3, begin_s=20, end_s=25)
KNOWN = [{"when": "Question", "right": "Yes"}]


class Gate:
    """Lets everything through, but for what a test sets."""

    def __init__(self, admitted=1_000, failing_after=1_000):
        self.left = admitted
        self.failing_after = failing_after
        self.most_under_way = 0
        self.noted = []

    def admits(self, question, under_way):
        if not self.left:
            return StopReason.BUDGET
        self.left -= 1
        self.most_under_way = max(self.most_under_way, under_way + 1)
        return None

    def note(self, answered):
        self.noted.append(answered)
        over = len(self.noted) >= self.failing_after
        return StopReason.FAILING if over else None


class Look:
    """Takes down what it is given, and says what a test tells it to."""

    def __init__(self, says=None, takes_s=0.0, raises=None):
        self.says, self.takes_s, self.raises = says, takes_s, raises
        self.seen = []

    async def __call__(self, answered):
        self.seen += answered
        await asyncio.sleep(self.takes_s)
        if self.raises:
            raise self.raises
        return self.says


def questions(count):
    return [
        Question(
            item=number,
            sample=0,
            chat=Chat(
                messages=({"role": "user", "content": f"Question {number}"},),
                output_tokens=5,
            ),
        )
        for number in range(count)
    ]


def asked(endpoint, count, *, gate=None, look=None, pace=QUICK, every_s=0.05):
    async def all_of_them():
        return await ask_each(
            endpoint.target(),
            questions(count),
            pace,
            gate or Gate(),
            look or Look(),
            every_s=every_s,
        )

    return asyncio.run(all_of_them())


def test_all_are_answered_each_once_and_so_many_at_a_time(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=30)
    gate, look = Gate(), Look()

    ended = asked(endpoint, 20, gate=gate, look=look)

    assert (ended.stop, ended.given_up, ended.error) == (
        StopReason.COMPLETED,
        (),
        None,
    )
    answered = [*look.seen, *ended.rest]
    assert sorted(each.question.item for each in answered) == list(range(20))
    assert {each.reply.text for each in answered} == {"Yes"}
    assert look.seen
    assert gate.most_under_way == 3
    assert len(endpoint.records()) == 20


def test_they_are_begun_in_their_order(endpoint):
    endpoint.behave(known=KNOWN)

    asked(endpoint, 6, pace=Pace(concurrency=1, begin_s=20, end_s=25))

    heads = [record["prompt_head"] for record in endpoint.records()]
    assert heads == [f"Question {number}" for number in range(6)]


def test_what_the_gate_refuses_is_not_asked_and_what_is_under_way_ends(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=50)

    ended = asked(endpoint, 20, gate=Gate(admitted=5))

    assert ended.stop is StopReason.BUDGET
    assert ended.given_up == ()
    assert len(endpoint.records()) == 5


def test_a_gate_that_opens_again_lets_the_rest_through(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=20)

    class Narrow(Gate):
        """Has room for two at a time, as a budget that is feared to be used up."""

        def admits(self, question, under_way):
            return StopReason.BUDGET if under_way >= 2 else None

    ended = asked(endpoint, 10, gate=Narrow())

    assert ended.stop is StopReason.COMPLETED
    assert len(endpoint.records()) == 10


def test_too_many_failures_stop_it(endpoint):
    endpoint.behave(fault="unauthorized")

    ended = asked(endpoint, 100, gate=Gate(failing_after=4))

    assert ended.stop is StopReason.FAILING
    # Those under way at the fourth end as well.
    assert 4 <= len(endpoint.records()) <= 6


def test_after_its_time_none_is_begun_and_what_is_under_way_ends(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=150)

    gate = Gate()

    ended = asked(
        endpoint, 50, gate=gate, pace=Pace(concurrency=2, begin_s=0.3, end_s=20)
    )

    assert ended.stop is StopReason.DEADLINE
    assert ended.given_up == ()
    assert 2 <= len(endpoint.records()) < 20
    assert len(gate.noted) == len(endpoint.records())


def test_what_does_not_end_in_time_is_given_up(endpoint):
    endpoint.behave(fault="hang_before")

    ended = asked(endpoint, 5, pace=Pace(concurrency=2, begin_s=0.1, end_s=0.5))

    assert ended.stop is StopReason.DEADLINE
    assert [question.item for question in ended.given_up] == [0, 1]


@pytest.mark.parametrize("reason", [StopReason.CANCELLED, StopReason.LOST])
def test_some_reasons_wait_for_nothing(endpoint, reason):
    endpoint.behave(fault="hang_before")
    begun = time.monotonic()

    ended = asked(endpoint, 5, look=Look(says=reason))

    assert ended.stop is reason
    assert len(ended.given_up) == 3
    assert time.monotonic() - begun < 3


def test_a_look_that_fails_stops_it_and_says_why(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=50)

    ended = asked(endpoint, 200, look=Look(raises=OSError("no database")))

    assert ended.stop is StopReason.CHECKPOINT_FAILED
    assert isinstance(ended.error, OSError)


def test_a_look_that_is_under_way_at_the_end_is_let_end(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=60)
    look = Look(takes_s=0.4, says=StopReason.LOST)

    ended = asked(endpoint, 3, look=look)

    # All are answered by then; still they are not ours to write.
    assert ended.stop is StopReason.LOST


def test_answers_that_nobody_takes_keep_further_questions_waiting(endpoint):
    endpoint.behave(known=KNOWN, ttft_ms=0)
    unseen, seen = (Pace(concurrency=20, begin_s=s, end_s=s + 5) for s in (2, 20))

    stuck = asked(endpoint, 400, pace=unseen, every_s=60)
    flowing = asked(endpoint, 400, pace=seen, every_s=0.05)

    # Twenty at most were under way when the hundredth came.
    assert stuck.stop is StopReason.DEADLINE
    assert len(stuck.rest) < 120
    assert flowing.stop is StopReason.COMPLETED


def test_no_questions_are_answered_at_once(endpoint):
    ended = asked(endpoint, 0)

    assert (ended.stop, ended.rest) == (StopReason.COMPLETED, ())


def test_it_runs_on_a_loop_of_its_own(endpoint):
    endpoint.behave(known=KNOWN)

    ended = run(endpoint.target(), questions(2), QUICK, Gate(), Look())

    assert len(ended.rest) == 2


def test_a_target_that_cannot_be_is_refused(endpoint):
    with pytest.raises(ValueError, match="is not one of"):
        run(endpoint.target(protocol="telepathy"), questions(1), QUICK, Gate(), Look())


class Second:
    """Asks another endpoint twice about every answer to an even question."""

    def __init__(self, endpoint):
        self.target = endpoint.target()

    def chats(self, question, reply):
        if question.item % 2 or reply.error:
            return ()
        said = ({"role": "user", "content": f"Is {reply.text} right?"},)
        return (Chat(messages=said, output_tokens=5),) * 2


def test_another_target_is_asked_about_answers(endpoint, simulator):
    endpoint.behave(known=KNOWN)
    other = SimulatedEndpoint(simulator)
    other.behave(known=[{"when": "Is Yes right?", "right": "Surely"}])
    gate = Gate()

    ended = run(
        endpoint.target(), questions(4), QUICK, gate, Look(), second=Second(other)
    )

    opinions = {
        each.question.item: [opinion.text for opinion in each.opinions]
        for each in gate.noted
    }
    assert ended.stop is StopReason.COMPLETED
    assert opinions == {0: ["Surely"] * 2, 1: [], 2: ["Surely"] * 2, 3: []}
