"""How options are run: single calls, votes, cascades; and what else was weighed."""

from typing import Any

from advisor.decision.assumptions import QUALITY_LEVEL
from advisor.decision.decide import Decision
from advisor.decision.gains import Gain, gains_of
from advisor.decision.own_evidence import OwnEvidence
from advisor.decision.question import OptionKey
from advisor.decision.ways import SINGLE, Stage, way_of_key
from advisor.recommendations.amounts import rounded
from advisor.recommendations.rejections import offering_of

Json = dict[str, Any]

# Of what the outcomes cannot tell, so many are shown.
UNPROVEN_SHOWN = 10


def strategy_of(decision: Decision, slot: int) -> Json:
    """Return how a slot is run."""
    way = decision.ways.get(slot)
    if way is None:
        return _single(decision, slot)
    return {
        "kind": way.kind,
        "stages": [_stage_of_way(decision, stage) for stage in way.stages],
    }


def strategy_of_key(decision: Decision, key: OptionKey) -> Json | None:
    """Return how an option is run as its key says; None where a stage is not seen."""
    way = way_of_key(decision.view, key)
    if way is None:
        slot = decision.view.slot_of(key)
        return None if slot is None or key.stages else _single(decision, slot)
    return {
        "kind": way.kind,
        "stages": [_stage_of_way(decision, stage) for stage in way.stages],
    }


def _single(decision: Decision, slot: int) -> Json:
    return {"kind": SINGLE, "stages": [_stage(decision, slot)]}


def _stage(decision: Decision, slot: int) -> Json:
    stage: Json = {
        "offering": offering_of(decision, slot),
        "service_tier": decision.view.history.slot_tier[slot],
        "samples": 1,
    }
    if decision.spend.deferred[slot].any():
        share = str(decision.question.batch_share)
        stage["deferred"] = {"service_tier": "batch", "share": share}
    return stage


def _stage_of_way(decision: Decision, stage: Stage) -> Json:
    accept = None if stage.accept is None else f"{stage.accept}/{stage.samples}"
    return {
        **_stage(decision, stage.slot),
        "samples": stage.samples,
        "accept_agreement": accept,
        "calls_per_request": rounded(stage.calls, 4),
        "cost_multiple": rounded(stage.multiple, 4),
    }


def strategies_of(decision: Decision) -> Json | None:
    """Return what was weighed beside single calls; None without own evidence.

    `ways` run the pick's own model in more calls: what each gains in right answers over
    a single call, and how many times as much it costs. A gain whose interval holds zero
    is no reason to pay for it.
    """
    evidence, chosen = decision.weighing.evidence, decision.weighing.chosen
    if evidence is None or chosen is None:
        return None
    return {
        "considered": chosen.considered,
        "pruned": chosen.pruned,
        "ways": [_gain(each) for each in _gains(decision, evidence)],
        "unproven": _unproven(evidence),
    }


def _gains(decision: Decision, evidence: OwnEvidence) -> tuple[Gain, ...]:
    """Return the ways to run the pick, else what would be picked if it were proven."""
    slot = decision.recommended
    if slot is None and decision.if_proven is not None:
        slot = decision.if_proven.slot
    if slot is None:
        return ()
    subject = int(evidence.evaluations.subject_of_slot[slot])
    return gains_of(evidence, decision.view, decision.weighing.alone, subject)


def _gain(gain: Gain) -> Json:
    stage = gain.strategy.stages[0]
    return {
        "kind": gain.strategy.kind.value,
        "samples": stage.samples,
        "gain": rounded(gain.gain, 4),
        "low": rounded(gain.low, 4),
        "high": rounded(gain.high, 4),
        "level": QUALITY_LEVEL,
        "cost_multiple": rounded(gain.cost_multiple, 3),
        "worth_considering": gain.is_seen,
    }


def _unproven(evidence: OwnEvidence) -> list[Json]:
    """Return what the outcomes cannot tell, and how many samples of an item would."""
    if evidence.table is None:
        return []
    subjects = evidence.evaluations.outcomes.subjects
    return [
        {
            "subject": subjects[each.subject],
            "kind": each.kind.value,
            "samples": each.samples,
            "reason": each.reason.value,
            "samples_needed": each.needed,
        }
        for each in evidence.table.unproven[:UNPROVEN_SHOWN]
    ]
