"""What stages cost, in USD per item."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.stages import StageFigures
from advisor.decision.strategies.tables import VoteTables

# Their samples are known from the start, so one call can hold them all.
_GATHERED = (Kind.VOTE, Kind.CASCADE, Kind.VERIFIED)


@dataclass(frozen=True, kw_only=True)
class SubjectCosts:
    """Prices by subject: USD per token and per request; NaN cannot be bought.

    `prompt_once` is where one call returns several samples and bills its prompt once.
    A vote there asks for all its samples together, and none is saved by stopping early.
    `verifier_usd` is what scoring one answer by the verifier costs, NaN if unknown.
    `input_tokens` and `output_tokens` are those of a call of a subject whose tokens
    were not measured: the workload's own, as prices weigh them.
    """

    input_usd: Floats
    output_usd: Floats
    request_usd: Floats
    prompt_once: Bools
    verifier_usd: float = float("nan")
    input_tokens: float = 1.0
    output_tokens: float = 1.0

    @property
    def bought(self) -> Bools:
        """Which subjects can be bought."""
        known: Bools = ~np.isnan(self.input_usd + self.output_usd + self.request_usd)
        return known


@dataclass(frozen=True, kw_only=True)
class PricedStages:
    """By plan, subject and item: what a stage gives, its requests, its USD."""

    figures: StageFigures
    calls: Floats
    usd: Floats


def priced(tables: VoteTables, costs: SubjectCosts) -> PricedStages:
    """Return what each stage of each subject gives and costs."""
    figures = tables.figures
    gathered = np.array([plan.kind in _GATHERED for plan in tables.plans])
    samples = np.array([plan.samples for plan in tables.plans], float)[:, None, None]
    once = (gathered[:, None] & costs.prompt_once)[..., None]
    # One call then, with one prompt, wherever the outcomes tell the stage at all.
    told = 0.0 * figures.calls
    calls = np.where(once, told + 1, figures.calls)
    prompts = np.where(once, told + figures.input_tokens[0], figures.input_tokens)
    answers = np.where(
        once, told + samples * figures.output_tokens[0], figures.output_tokens
    )
    per_prompt = np.where(tables.input_known, 1, costs.input_tokens) * costs.input_usd
    per_answer = np.where(tables.output_known, 1, costs.output_tokens)
    per_answer = per_answer * costs.output_usd
    usd = prompts * per_prompt[:, None] + answers * per_answer[:, None]
    usd += calls * costs.request_usd[:, None]
    for number, plan in enumerate(tables.plans):
        if plan.kind is Kind.VERIFIED:
            usd[number] += plan.samples * costs.verifier_usd
    return PricedStages(figures=figures, calls=calls, usd=usd)
