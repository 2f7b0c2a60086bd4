"""The ways to run models: one call, votes, cascades, verified answers, retries."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How an answer comes about."""

    SINGLE = "single"
    VOTE = "vote"
    CASCADE = "cascade"
    VERIFIED = "verified"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One subject, asked for up to so many samples.

    `subject` is an index into the subjects of the outcomes. `accept` is how many
    samples must agree on an answer for it to stand; None takes whatever wins.
    """

    subject: int
    samples: int
    accept: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A way to get an answer; a cascade has a second stage, all others have one."""

    kind: Kind
    stages: tuple[Stage, ...]


class Gap(StrEnum):
    """Why a strategy cannot be judged by the outcomes there are."""

    TOO_FEW_SAMPLES = "too_few_samples"
    ANSWERS_MISSING = "answers_missing"
    VERIFIER_UNPRICED = "verifier_unpriced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """A strategy that might be worth a run: `needed` samples of each item prove it.

    A cascade whose first stage votes is unproven with the vote.
    """

    subject: int
    kind: Kind
    samples: int
    reason: Gap
    needed: int
