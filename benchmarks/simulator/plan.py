"""What one answer will be, before it is put into any protocol's words."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.simulator.behaviour import Behaviour
from benchmarks.simulator.knowing import Said

MOST_OUTPUT_TOKENS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One answer: its counts, and its moments in seconds after the request."""

    model: str
    service_tier: str
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    reasoning_shown: bool
    tokens_per_chunk: int
    ttft_s: float
    itl_s: float
    usage: str = "end"  # end, none, twice, running (with every chunk)
    finish: str = "length"
    refusal: bool = False
    stops: bool = True  # with the protocol's own end
    words: tuple[str, ...] = ()  # of each token of the answer; none: it says nothing

    def words_of(self, number: int, so_far: int) -> str | None:
        """Return what the `number` tokens up to `so_far` say; None if that is nothing.

        Reasoning comes first, and has no words.
        """
        if not self.words:
            return None
        end = so_far - self.reasoning_tokens
        return "".join(self.words[max(end - number, 0) : end])

    def chunks(self) -> Iterator[tuple[float, int, int, bool]]:
        """Yield each chunk's moment, tokens, output so far, and if it is reasoning.

        Reasoning that is not shown takes its time and then its place in the usage.
        """
        hidden = 0 if self.reasoning_shown else self.reasoning_tokens
        told = hidden
        shown_reasoning = self.reasoning_tokens - hidden
        while told < self.output_tokens:
            at_s = self.ttft_s + told * self.itl_s
            is_reasoning = told < shown_reasoning
            end = shown_reasoning if is_reasoning else self.output_tokens
            tokens = min(self.tokens_per_chunk, end - told)
            told += tokens
            yield at_s, tokens, told, is_reasoning


def planned(
    behaviour: Behaviour,
    *,
    model: str,
    prompt_tokens: int,
    cached: int,
    asked: int,
    said: Said | None = None,
) -> Plan:
    """Return the answer of a provider that behaves so to a request of that size."""
    output = asked if behaviour.output_tokens is None else behaviour.output_tokens
    output = min(output, MOST_OUTPUT_TOKENS)
    if said is not None:
        output = len(said.tokens) + behaviour.reasoning_tokens
    prefill_ms = behaviour.prefill_ms_per_ktok * (prompt_tokens - cached) / 1e3
    return Plan(
        model=behaviour.served_model or model,
        service_tier=behaviour.service_tier,
        prompt_tokens=prompt_tokens,
        cached_tokens=cached,
        output_tokens=output,
        reasoning_tokens=min(behaviour.reasoning_tokens, output),
        reasoning_shown=behaviour.reasoning_shown,
        tokens_per_chunk=max(1, behaviour.tokens_per_chunk),
        ttft_s=(behaviour.ttft_ms + prefill_ms) * behaviour.slowness / 1e3,
        itl_s=behaviour.itl_ms * behaviour.slowness / 1e3,
        finish="length" if said is None else said.finish,
        refusal=said is not None and said.refusal,
        words=() if said is None else said.tokens,
    )
