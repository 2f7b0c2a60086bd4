"""What one stage gives on each item, whoever is asked and whatever it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.strategies.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A stage without its subject; `accept` asks so many samples to agree."""

    kind: Kind
    samples: int
    accept: int | None = None


@dataclass(frozen=True, kw_only=True)
class StageFigures:
    """By plan, subject and item; NaN where the samples kept do not tell.

    `score` is the expected score of what the stage accepts, nothing counted for what it
    passes on; `escalated` the chance that it passes on. `calls`, `input_tokens` and
    `output_tokens` are expected sums over its calls, each of which holds one sample.
    """

    score: Floats
    escalated: Floats
    calls: Floats
    input_tokens: Floats
    output_tokens: Floats


def joined(parts: Sequence[StageFigures]) -> StageFigures:
    """Put the plans of all parts into one, in order."""
    return StageFigures(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in StageFigures.__dataclass_fields__
        }
    )
