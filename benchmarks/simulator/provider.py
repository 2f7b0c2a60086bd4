"""One provider of the simulator: its behaviour, its cache, and what it has sent."""

from collections import deque

import msgspec

from benchmarks.simulator.behaviour import Behaviour
from benchmarks.simulator.faults import FAULTS, Asked, rate_limited
from benchmarks.simulator.knowing import said
from benchmarks.simulator.plan import planned
from benchmarks.simulator.prefix_cache import PrefixCache
from benchmarks.simulator.script import Script, answer, plain
from benchmarks.simulator.wordings import AnthropicMessages, OpenAIChat, Wording

MOST_RECORDS = 20_000
PROMPT_HEAD = 200

WORDINGS: dict[str, Wording] = {
    "/chat/completions": OpenAIChat(),
    "/messages": AnthropicMessages(),
}


class Record(msgspec.Struct, kw_only=True):
    """One request as it was served; moments are seconds of the monotonic clock.

    `token_times` are those of the chunks that held tokens, `token_counts` their tokens.
    """

    received: float
    model: str = ""
    fault: str = ""
    prompt_head: str = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    headers: dict[str, str] = {}
    body: dict[str, object] = {}  # without the prompt
    token_times: list[float] = []
    token_counts: list[int] = []
    complete: bool = False  # all that was to be sent was sent


class Message(msgspec.Struct):
    content: str


class Question(msgspec.Struct):
    """What both protocols ask alike."""

    model: str
    messages: list[Message]
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stream: bool = False
    system: str = ""
    seed: int | None = None

    @property
    def prompt(self) -> str:
        turns = [message.content for message in self.messages]
        return "\n".join([self.system, *turns] if self.system else turns)


class Provider:
    """Answers as it was told to, and keeps the newest records."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.records: deque[Record] = deque(maxlen=MOST_RECORDS)
        self._cache = PrefixCache()
        self._asked = 0
        self._allowance = 0.0
        self._allowed_at = 0.0

    def reply(
        self, path: str, headers: dict[str, str], body: bytes, record: Record
    ) -> Script:
        """Return what is to be sent to a request, and note it in its record."""
        wording = WORDINGS.get(path)
        if wording is None:
            return plain(404, {"error": {"message": f"no such path: {path}"}})
        try:
            question = msgspec.json.decode(body, type=Question)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return plain(400, {"error": {"message": str(error)}})
        self.records.append(record)
        return self._reply(question, wording, headers, body, record)

    def _reply(
        self,
        question: Question,
        wording: Wording,
        headers: dict[str, str],
        body: bytes,
        record: Record,
    ) -> Script:
        behaviour = self.behaviour
        words = question.prompt.split()
        most_tokens = question.max_tokens or question.max_completion_tokens or 16
        plan = planned(
            behaviour,
            model=question.model,
            prompt_tokens=len(words),
            cached=self._cache.cached(words),
            asked=most_tokens,
            said=said(behaviour.known, question.prompt, question.seed, most_tokens),
        )
        record.model = question.model
        record.prompt_head = question.prompt[:PROMPT_HEAD]
        record.prompt_tokens = plan.prompt_tokens
        record.cached_tokens = plan.cached_tokens
        record.output_tokens = plan.output_tokens
        record.headers = headers
        record.body = {**msgspec.json.decode(body), "messages": None}
        asked = Asked(
            plan=plan,
            wording=wording,
            authorization=headers.get("authorization", headers.get("x-api-key", "")),
            retry_after=behaviour.retry_after,
            seeded=question.seed is not None,
            old_limit=question.max_tokens is not None,
        )
        record.fault = self._fault(question.model)
        if record.fault:
            return FAULTS[record.fault](asked)
        if self._over_rate(record.received):
            record.fault = "rate_limited"
            return rate_limited(asked)
        return answer(plan, wording)

    def _fault(self, model: str) -> str:
        number = self._asked
        self._asked += 1
        if model in FAULTS:
            return model
        return self.behaviour.fault if self.behaviour.has_fault(number) else ""

    def _over_rate(self, at: float) -> bool:
        """Return whether the allowance, one second's worth at most, is used up."""
        rate = self.behaviour.requests_per_s
        if rate is None:
            return False
        grown = self._allowance + (at - self._allowed_at) * rate
        self._allowance = min(max(rate, 1.0), grown)
        self._allowed_at = at
        if self._allowance < 1:
            return True
        self._allowance -= 1
        return False
