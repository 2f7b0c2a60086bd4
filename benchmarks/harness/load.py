"""How to call: what arrives when, how long prompts and answers are."""

from dataclasses import dataclass
from enum import StrEnum


class Profile(StrEnum):
    """How requests arrive."""

    SINGLE = "single"  # one at a time
    CONCURRENT = "concurrent"  # a fixed number under way
    POISSON = "poisson"  # at random, at a mean rate, however many are under way
    SWEEP = "sweep"  # rates or concurrencies step by step, up to saturation


class PromptCache(StrEnum):
    """What a prompt shares with those before it."""

    COLD = "cold"  # nothing: every prompt is unique from its first token on
    WARM = "warm"  # all but its end, so that a prefix cache can be measured on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Tokens of one request: its prompt's, and those that are asked for."""

    input_tokens: int
    output_tokens: int


# The usual classes; the first three are those that public benches quote.
TOKEN_CLASSES: dict[str, Lengths] = {
    "short": Lengths(input_tokens=100, output_tokens=300),
    "balanced": Lengths(input_tokens=1_000, output_tokens=1_000),
    "long": Lengths(input_tokens=10_000, output_tokens=1_500),
}
# Lengths drawn from a workload's own distribution instead of a class.
WORKLOAD = "workload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One run: `requests` measured ones, after `warmup` that are left out.

    `lengths` are taken in turn, one per request. `seed` makes the schedule and the
    prompts of a run its own: never reuse one, or the prefix cache is measured.
    """

    profile: Profile
    requests: int
    lengths: tuple[Lengths, ...]
    seed: int
    warmup: int = 1
    concurrency: int = 1  # CONCURRENT; the first step of a SWEEP
    requests_per_second: float = 1.0  # POISSON
    prompt_cache: PromptCache = PromptCache.COLD
    ramp_s: float = 1.0  # over which CONCURRENT starts are spread
    deadline_s: float = 300.0  # the whole run; what is then under way is cut off
    steps: int = 6  # SWEEP: concurrency doubles each step
