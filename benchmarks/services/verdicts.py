"""How a run ended, and whether advice may rest on it: pure, from what was measured."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.harness.load import Load, Profile, PromptCache
from benchmarks.harness.model_names import same_model
from benchmarks.harness.runner import StopReason
from benchmarks.harness.samples import ErrorKind, SampleTable
from benchmarks.models import NotFed, RunStatus

MAX_FAILURE = 400
_ITS_OWN_FAULT = {
    str(kind)
    for kind in (
        ErrorKind.TIMEOUT,
        ErrorKind.RATE_LIMITED,
        ErrorKind.HTTP_5XX,
        ErrorKind.MALFORMED_STREAM,
        ErrorKind.TRUNCATED,
    )
}
# These end a run as it was meant to end.
_AS_MEANT = (StopReason.COMPLETED, StopReason.SATURATED)
_STOPPED = {
    StopReason.DEADLINE: "The run's deadline came first.",
    StopReason.BUDGET: "The budget was used up first.",
    StopReason.CANCELLED: "The run was cancelled first.",
    StopReason.CHECKPOINT_FAILED: "The run's progress could not be kept.",
    StopReason.LOST: "Its worker stopped without a word.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said about a run when it is closed."""

    status: RunStatus
    failure: str
    not_fed_because: str

    @property
    def feeds_advice(self) -> bool:
        """Whether advice may rest on the run."""
        return not self.not_fed_because


def verdict(
    measured: SampleTable,
    *,
    stop: StopReason,
    load: Load,
    wire_model: str,
    client_limited: bool,
) -> Verdict:
    """Judge a run by its measured requests, warm-up left out, and how it stopped.

    Without an answer it failed; stopped early with some it is partial. One that failed
    because its endpoint is down feeds advice with its errors.
    """
    answered = measured.where(~measured.failed)
    if stop is StopReason.CANCELLED:
        return Verdict(
            status=RunStatus.CANCELLED, failure="", not_fed_because=NotFed.CANCELLED
        )
    if not len(answered):
        not_fed = _not_fed(stop, load, wrong="", limited=client_limited)
        return Verdict(
            status=RunStatus.FAILED,
            failure=why_nothing(measured, stop),
            not_fed_because=not_fed if _is_down(measured) else NotFed.NO_ANSWERS,
        )
    wrong = wrong_model(answered.words["served_model"], wire_model)
    early = stop not in _AS_MEANT
    return Verdict(
        status=RunStatus.PARTIAL if early else RunStatus.SUCCEEDED,
        failure=wrong or (_STOPPED[stop] if early else ""),
        not_fed_because=_not_fed(stop, load, wrong=wrong, limited=client_limited),
    )


def _is_down(measured: SampleTable) -> bool:
    """Return whether an endpoint was reached and could not answer a single time.

    That is worth knowing to advice. Where nothing came back our own network may be
    down, and a refusal (4xx) is mostly about our credential or the model's name.
    """
    reached = measured["http_status"] > 0
    return (
        bool(len(measured) and reached.all())
        and {*measured.words["error"]} <= _ITS_OWN_FAULT
    )


def _not_fed(stop: StopReason, load: Load, *, wrong: str, limited: bool) -> str:
    reasons = {
        NotFed.LOST: stop is StopReason.LOST,
        NotFed.SWEEP: load.profile is Profile.SWEEP,
        NotFed.WARM_CACHE: load.prompt_cache is PromptCache.WARM,
        NotFed.WRONG_MODEL: bool(wrong),
        NotFed.CLIENT_LIMITED: limited,
    }
    return next((str(reason) for reason, holds in reasons.items() if holds), "")


def wrong_model(served: Iterable[str], wire_model: str) -> str:
    """Return a sentence that names another model that answered, if one did.

    `served` are the names that answers gave, empty where one gave none.
    """
    others = [name for name in served if not same_model(wire_model, name)]
    if not others:
        return ""
    return f"{others[0]} answered, where {wire_model} was asked for."[:MAX_FAILURE]


def why_nothing(measured: SampleTable, stop: StopReason) -> str:
    """Return why no request was answered: the most frequent miss, or how it stopped."""
    pairs = zip(measured.words["error"], measured.words["error_detail"], strict=True)
    misses = Counter(pair for pair in pairs if pair[0])
    if not misses:
        return "No request was answered. " + _STOPPED.get(stop, "None was sent.")
    (error, detail), count = misses.most_common(1)[0]
    said = f"{error}: {detail}" if detail else error
    sentence = f"None of {len(measured)} requests was answered; {count} with {said}"
    return sentence[:MAX_FAILURE]
