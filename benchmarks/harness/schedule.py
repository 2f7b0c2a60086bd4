"""When each request of a load is meant to start, and how long it is to be."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt
from statistics import NormalDist

import numpy as np

from benchmarks.harness.load import Lengths, Load, Profile

WARMUP_PHASE = -1
# A step of a sweep has this many requests at least, and this many rounds of its slots:
# a single round would only show the ramp.
LEAST_REQUESTS_PER_STEP = 8
LEAST_ROUNDS_PER_STEP = 2

_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Requests that are sent in one way; the next stage waits until all have ended.

    `starts_s` are intended starts in seconds after the stage began. The `requests`
    beyond them follow on: each starts the moment another one ends (closed loop). A
    stage with a start for every request never waits for an end (open loop).
    """

    phase: int
    requests: int
    starts_s: tuple[float, ...]

    @property
    def follow_ons(self) -> int:
        """How many requests start at another's end."""
        return self.requests - len(self.starts_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """How long the prompts, or the answers, of a workload are."""

    mean: float
    p95: float


def stages(load: Load) -> tuple[Stage, ...]:
    """Return the stages of a load: warm-up first, then its profile's.

    The whole never has more than `warmup` + `requests` requests. Raises ValueError for
    a load without requests, places or lengths, or with a rate that is not positive.
    """
    _check(load)
    warmup = _closed(load, WARMUP_PHASE, load.warmup, _slots(load))
    return (*([warmup] if load.warmup else ()), *_measured(load))


def concurrencies(load: Load) -> tuple[int, ...]:
    """Return the requests kept under way in each step of a sweep that can be had.

    They double from `concurrency` on. Steps for which the requests do not suffice
    (LEAST_REQUESTS_PER_STEP, LEAST_ROUNDS_PER_STEP) are left out, so that a sweep costs
    no more than was asked; the first always stays.
    """
    doubled = [load.concurrency * 2**step for step in range(load.steps)]
    needed = accumulate(_least(slots) for slots in doubled)
    affordable = sum(1 for total in needed if total <= load.requests)
    return tuple(doubled[: max(affordable, 1)])


def lengths_in_turn(load: Load) -> Iterator[Lengths]:
    """Yield the lengths of a stage's requests: each in its turn, again and again."""
    while True:
        yield from load.lengths


def drawn_lengths(
    *, inputs: Tokens, outputs: Tokens, requests: int, seed: int
) -> tuple[Lengths, ...]:
    """Draw the lengths of `requests` requests from a workload's own distribution.

    Both are log-normal, fitted to mean m and 95th percentile q: with z = 1.645,
    sigma = z - sqrt(z^2 - 2 ln(q/m)) and mu = ln m - sigma^2 / 2. A q above
    exp(z^2/2) = 3.87 m is more than a log-normal can have: the widest is used; a q not
    above m means that all are of one length. The distribution is cut into `requests`
    parts of equal probability and one length drawn from each, so that few requests
    still cover it. Prompts and answers are paired at random: how the two go together
    is not known. Lengths are rounded, to 1 token at least.
    """
    rng = np.random.default_rng(seed)
    prompts = _stratified(inputs, requests, rng)
    answers = _stratified(outputs, requests, rng)
    return tuple(
        Lengths(input_tokens=prompt, output_tokens=answer)
        for prompt, answer in zip(prompts, answers, strict=True)
    )


def _check(load: Load) -> None:
    if not load.lengths:
        raise ValueError("A load needs the lengths of its requests.")
    if load.requests < 1 or load.concurrency < 1 or load.steps < 1 or load.warmup < 0:
        raise ValueError("A load needs a request, a place for it, and a step.")
    if not load.requests_per_second > 0 or load.ramp_s < 0:
        raise ValueError("A rate must be positive, and a ramp not negative.")


def _slots(load: Load) -> int:
    """Return how many requests the first measured stage keeps under way."""
    return load.concurrency if load.profile in _SEVERAL else 1


_SEVERAL = (Profile.CONCURRENT, Profile.SWEEP)


def _measured(load: Load) -> tuple[Stage, ...]:
    if load.profile is Profile.POISSON:
        return (_open(load),)
    if load.profile is Profile.SWEEP:
        return _sweep(load)
    return (_closed(load, 0, load.requests, _slots(load)),)


def _closed(load: Load, phase: int, requests: int, slots: int) -> Stage:
    """Keep `slots` requests under way, their first starts spread over the ramp.

    A burst of starts would measure the burst, not the endpoint.
    """
    gap = load.ramp_s / slots
    first = tuple(gap * slot for slot in range(min(slots, requests)))
    return Stage(phase=phase, requests=requests, starts_s=first)


def _open(load: Load) -> Stage:
    """Start at random, whatever is under way: gaps are exponential, mean 1 / rate."""
    rng = np.random.default_rng(load.seed)
    gaps = rng.exponential(1 / load.requests_per_second, load.requests)
    starts = tuple(np.cumsum(gaps).tolist())
    return Stage(phase=0, requests=load.requests, starts_s=starts)


def _sweep(load: Load) -> tuple[Stage, ...]:
    """Give each step its least, and share the rest in proportion to concurrency.

    So every slot has about as many rounds in each step, and the edges of a step, where
    not all slots are at work, weigh about as much.
    """
    steps = concurrencies(load)
    rest = max(load.requests - sum(map(_least, steps)), 0)
    # Rounded as running totals, so that the shares add up to the rest.
    totals = [rest * part // sum(steps) for part in accumulate(steps)]
    shares = np.diff([0, *totals]).tolist()
    return tuple(
        _closed(load, phase, min(_least(slots) + share, load.requests), slots)
        for phase, (slots, share) in enumerate(zip(steps, shares, strict=True))
    )


def _least(slots: int) -> int:
    return max(LEAST_REQUESTS_PER_STEP, LEAST_ROUNDS_PER_STEP * slots)


def _stratified(tokens: Tokens, requests: int, rng: np.random.Generator) -> list[int]:
    mu, sigma = _fitted(tokens)
    parts = (np.arange(requests) + rng.random(requests)) / requests
    # A draw of exactly 0 has no place in a normal distribution.
    normals = [_NORMAL.inv_cdf(max(part, 1e-12)) for part in parts.tolist()]
    lengths = np.exp(mu + sigma * np.array(normals))
    rounded = np.maximum(np.rint(lengths), 1).astype(np.int64)
    return [int(length) for length in rng.permutation(rounded)]


def _fitted(tokens: Tokens) -> tuple[float, float]:
    """Return mu and sigma of the log-normal with this mean and 95th percentile."""
    mean = max(tokens.mean, 1.0)
    ratio = max(tokens.p95 / mean, 1.0)
    sigma = _Z95 - sqrt(max(_Z95**2 - 2 * log(ratio), 0.0))
    return log(mean) - sigma**2 / 2, sigma
