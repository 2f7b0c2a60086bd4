"""What is done about advice: it is asked for, kept, and followed or not."""

from advisor.recommendations.services.advice import (
    UnknownTaskFamily,
    # Tests empty it, as it holds what outlives them.
    _qualities,
    advise,
    decide_again,
    decide_on,
    pick_of,
    quality_for,
    recommend,
    task_benchmarks,
)
from advisor.recommendations.services.life import (
    STEPS,
    AnotherIsActive,
    StaleVersion,
    TransitionNotAllowed,
    change_state,
    expire,
)
from advisor.recommendations.services.watching import (
    check_workload,
    check_workloads,
    due_workloads,
)

__all__ = [
    "STEPS",
    "AnotherIsActive",
    "StaleVersion",
    "TransitionNotAllowed",
    "UnknownTaskFamily",
    "_qualities",
    "advise",
    "change_state",
    "check_workload",
    "check_workloads",
    "decide_again",
    "decide_on",
    "due_workloads",
    "expire",
    "pick_of",
    "quality_for",
    "recommend",
    "task_benchmarks",
]
