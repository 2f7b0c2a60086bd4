"""The steps that a page offers for a recommendation, as buttons say them."""

from dataclasses import dataclass

from advisor.recommendations import selectors
from advisor.recommendations.models import DismissalReason, Recommendation, State
from advisor.recommendations.services import STEPS
from workloads.models import Workload

# A verb for the button, and what it says for the reader of the page.
_SAID = {
    State.ACCEPTED: ("Accept", "It will be followed."),
    State.IN_PROGRESS: ("Start", "The change is under way."),
    State.SUCCEEDED: ("It is in use", "The change is made; its saving counts."),
    State.FAILED: ("Give up", "It could not be followed after all."),
    State.DISMISSED: ("Dismiss", "It will not be followed."),
    State.ACTIVE: ("Take the dismissal back", "It stands open again."),
}
_FOLLOWED = (State.ACCEPTED, State.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that a state allows; `reasons` are the choices where one is needed."""

    to_state: str
    verb: str
    meaning: str
    reasons: tuple[tuple[str, str], ...]


def steps_of(recommendation: Recommendation) -> list[Step]:
    """Return what a buyer may do with a recommendation as it stands."""
    return [
        Step(
            to_state=state.value,
            verb=_SAID[state][0],
            meaning=_SAID[state][1],
            reasons=tuple(DismissalReason.choices) if state == State.DISMISSED else (),
        )
        for state in STEPS.get(recommendation.life.state, ())
    ]


def followed(workload: Workload) -> list[Recommendation]:
    """Return the advice for a workload that is accepted or in progress."""
    rows = selectors.history(workload).filter(life__state__in=_FOLLOWED)
    return list(rows.select_related("revision", "life"))
