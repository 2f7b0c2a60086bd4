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
    AnotherIsActive,
    StaleVersion,
    TransitionNotAllowed,
    change_state,
    expire,
)

__all__ = [
    "AnotherIsActive",
    "StaleVersion",
    "TransitionNotAllowed",
    "UnknownTaskFamily",
    "_qualities",
    "advise",
    "change_state",
    "decide_again",
    "decide_on",
    "expire",
    "pick_of",
    "quality_for",
    "recommend",
    "task_benchmarks",
]
