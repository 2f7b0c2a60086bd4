"""Asks a question for the sake of its answer: the text is kept, failures tried again.

What measures load must not try again, for each failure counts. Here only the answer
counts: whatever is not the model's own doing is no answer, and never a wrong one.
"""

import asyncio
import random
from dataclasses import dataclass
from time import monotonic

from benchmarks.harness.calling import OUTPUT_TOKENS, Caller, with_extras
from benchmarks.harness.failures import Miss
from benchmarks.harness.samples import ErrorKind, Sample
from benchmarks.harness.target import Target
from benchmarks.harness.wire import Chat

# How often a question is asked again that got no answer; a 429 is waited out besides.
MOST_RETRIES = 2
BACKOFF_S = 0.5
# More of an answer is not kept, and then it counts as one that was cut off.
MOST_CHARACTERS = 200_000
CUT_OFF = "length"
# Fields of a body by a word with which strict endpoints turn it down, as they want it:
# many have no seed, and newer ones of OpenAI another name for the longest answer.
_REMEDIES: dict[str, tuple[tuple[str, object], ...]] = {
    "max_completion_tokens": (
        ("max_tokens", None),
        ("max_completion_tokens", OUTPUT_TOKENS),
    ),
    "seed": (("seed", None),),
}
# About so many bytes of UTF-8 are one token, whatever the vocabulary; the template
# of a chat adds some to each turn. Rather too many tokens are estimated than too few.
BYTES_PER_TOKEN = 3
TOKENS_PER_TURN = 6
# May be gone at the next attempt; the others are about what we asked.
_PASSING = frozenset(
    {
        ErrorKind.CONNECT,
        ErrorKind.TIMEOUT,
        ErrorKind.HTTP_5XX,
        ErrorKind.MALFORMED_STREAM,
        ErrorKind.TRUNCATED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a question, after the last attempt.

    `attempts` are all that were made, each of which may be billed. `text` is empty when
    `error` says why there is no answer; a refusal is one, and `refusal` says whose.
    """

    attempts: tuple[Sample, ...]
    text: str = ""
    refusal: str = ""
    error: ErrorKind | None = None
    error_detail: str = ""

    @property
    def finish_reason(self) -> str:
        """Return why the answer ended, in the protocol's own word or as `CUT_OFF`."""
        return self.attempts[-1].finish_reason

    @property
    def latency_ms(self) -> float:
        """Return how long the answer took, waits and the connection's opening apart."""
        return self.attempts[-1].request_ms


def token_estimate(chat: Chat) -> int:
    """Return about how many input tokens a chat has, before any model counted them."""
    size = sum(len(turn["content"].encode()) for turn in chat.messages)
    return -(-size // BYTES_PER_TOKEN) + TOKENS_PER_TURN * len(chat.messages)


class Asker:
    """Asks one target; as many questions at once as the caller likes."""

    def __init__(
        self,
        target: Target,
        *,
        retries: int = MOST_RETRIES,
        backoff_s: float = BACKOFF_S,
    ) -> None:
        """Raise `ValueError` when the protocol is unknown or a header unsendable."""
        self._caller = Caller(target)
        self._retries = retries
        self._backoff_s = backoff_s
        self._remedies: tuple[tuple[str, object], ...] = ()

    async def ask(self, chat: Chat, *, origin: float) -> Reply:
        """Ask until there is an answer, or no more use in asking.

        `origin`, the start of the run, is a moment of the monotonic clock. Raises
        nothing but `CancelledError`.
        """
        attempts: list[Sample] = []
        while True:
            sent = self._remedies
            reply = await self._attempt(chat, attempts, origin)
            if remedy := _remedy(reply, sent):
                # Another question may have found it meanwhile.
                self._remedies = tuple(dict.fromkeys((*self._remedies, *remedy)))
                continue
            if reply.error not in _PASSING or len(attempts) > self._retries:
                return reply
            most = self._backoff_s * 2 ** len(attempts)
            await asyncio.sleep(random.uniform(most / 2, most))  # noqa: S311  # jitter

    async def close(self) -> None:
        """Let go of what is kept between questions."""
        await self._caller.close()

    async def _attempt(
        self, chat: Chat, attempts: list[Sample], origin: float
    ) -> Reply:
        started = monotonic()
        sample = Sample(
            intended_s=started - origin,
            asked_input_tokens=token_estimate(chat),
            asked_output_tokens=chat.output_tokens,
        )
        attempts.append(sample)
        try:
            text, refusal = await self._answered(chat, sample, started)
        except Miss as miss:
            self._caller.presented(sample, miss)
            return _missed(miss, tuple(attempts))
        self._caller.presented(sample, None)
        return Reply(attempts=tuple(attempts), text=text, refusal=refusal)

    async def _answered(
        self, chat: Chat, to: Sample, started: float
    ) -> tuple[str, str]:
        """Return the text and the refusal of a whole answer, or raise `Miss`."""
        caller = self._caller
        body = caller.protocol.chat_body(caller.target.model, chat)
        stream = await caller.call(
            with_extras(body, self._remedies, output_tokens=chat.output_tokens),
            to,
            begun=started,
            started=started,
            most_characters=MOST_CHARACTERS,
        )
        if miss := stream.broken():
            raise miss
        to.request_ms = stream.took_ms
        if stream.answer.cut_short:
            to.finish_reason = CUT_OFF
        return stream.answer.text, stream.answer.refusal


def _remedy(
    reply: Reply, sent: tuple[tuple[str, object], ...]
) -> tuple[tuple[str, object], ...]:
    """Return what makes an endpoint take a body it turned down, if it says so itself.

    Nothing when that was `sent` already.
    """
    if reply.error is not ErrorKind.HTTP_4XX:
        return ()
    said = reply.error_detail.lower()
    found = (remedy for word, remedy in _REMEDIES.items() if word in said)
    return next((each for each in found if not {*each} <= {*sent}), ())


def _missed(miss: Miss, attempts: tuple[Sample, ...]) -> Reply:
    """Return the reply of a miss; declining is an answer of the model's own."""
    detail = attempts[-1].error_detail
    if miss.kind is ErrorKind.REFUSED:
        return Reply(attempts=attempts, refusal=detail or "declined")
    return Reply(attempts=attempts, error=miss.kind, error_detail=detail)
