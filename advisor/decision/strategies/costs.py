"""What stages cost, in USD per item."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.stages import Plan, StageFigures
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
    calls = _calls(tables, costs)
    usd = _usd(tables, costs, calls)
    return PricedStages(figures=tables.figures, calls=calls, usd=usd)


def _calls(tables: VoteTables, costs: SubjectCosts) -> Floats:
    """Return the expected requests; one where a call holds all samples."""
    figures = tables.figures
    calls = figures.calls.copy()
    once = np.ix_(_gathered(tables.plans), costs.prompt_once)
    calls[once] = np.where(np.isnan(calls[once]), np.nan, 1.0)
    return calls


def _usd(tables: VoteTables, costs: SubjectCosts, calls: Floats) -> Floats:
    figures = tables.figures
    prompts, answers = figures.input_tokens.copy(), figures.output_tokens.copy()
    for number, plan in enumerate(tables.plans):
        if plan.kind not in _GATHERED:
            continue
        possible = 0.0 * figures.calls[number, costs.prompt_once]
        single = figures.input_tokens[0, costs.prompt_once]
        prompts[number, costs.prompt_once] = single + possible
        single = figures.output_tokens[0, costs.prompt_once]
        answers[number, costs.prompt_once] = plan.samples * single + possible
    per_prompt = costs.input_usd * np.where(tables.input_known, 1, costs.input_tokens)
    per_answer = costs.output_usd * np.where(
        tables.output_known, 1, costs.output_tokens
    )
    usd: Floats = prompts * per_prompt[:, None] + answers * per_answer[:, None]
    usd += calls * costs.request_usd[:, None]
    for number, plan in enumerate(tables.plans):
        if plan.kind is Kind.VERIFIED:
            usd[number] += plan.samples * costs.verifier_usd
    return usd


def _gathered(plans: tuple[Plan, ...]) -> Bools:
    return np.array([plan.kind in _GATHERED for plan in plans], dtype=bool)
