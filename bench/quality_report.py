"""Prints what local models answered: by kind, by strategy, and as one line."""

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.decision.strategies.kinds import Kind, Strategy
from bench.quality_curve import VOTES, Curve, Result, Share

SHARES = (0.5, 0.7, 0.8, 0.9, 0.95)
CONFIDENCE = 0.9


def print_kinds(curves: Mapping[str, Curve], models: Sequence[str]) -> None:
    """Print what each model gives in each kind of task, asked once or several times."""
    heads = ("greedy", "one sample", *(f"vote of {votes}" for votes in VOTES))
    print(f"{'kind':<24}{'items':>6}  {'model':<30}" + _cells(heads))
    for kind, curve in curves.items():
        for subject, name in enumerate(models):
            figures = [curve.greedy(subject).mean, *_asked_alone(curve, subject)]
            cells = _cells([f"{each:.2f}" for each in figures])
            print(f"{kind:<24}{curve.items:>6}  {name[:28]:<30}{cells}")


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"{text:>11}" for text in texts)


def _asked_alone(curve: Curve, subject: int) -> list[float]:
    """Return the accuracy of one sample and of each vote, NaN where samples lack."""
    found = {
        result.strategy.stages[0].samples: result.accuracy.mean
        for result in curve.results()
        if result.strategy.kind in (Kind.SINGLE, Kind.VOTE)
        and result.strategy.stages[0].subject == subject
    }
    return [found.get(samples, float("nan")) for samples in (1, *VOTES)]


def print_curve(curve: Curve, models: Sequence[str]) -> None:
    """Print every strategy with its accuracy, gain and work.

    The gain is on a greedy answer of the same model, of a cascade's larger one.
    """
    print(
        f"\n{curve.items} items; {'strategy':<52} {'accuracy, 90 %':<23}"
        f" {'gain on greedy':<23}"
        f"{'calls':>7}{'passed on':>10}{'work':>7}{'independent':>12}"
    )
    for result in curve.results():
        print(
            f"{named(result.strategy, models):<62} {result.accuracy}"
            f" {result.gain}{result.calls:>7.2f}{result.escalation:>10.2f}"
            f"{result.work:>7.3f}{_promised(curve, result):>12}"
        )


def print_advice(curve: Curve, models: Sequence[str]) -> None:
    """Print what does least work for some shares of the best model's quality."""
    print()
    for share in SHARES:
        found = curve.advised(share, CONFIDENCE)
        said = "nothing is proven"
        if found:
            chosen, chance = found
            said = f"{named(chosen.strategy, models)}; work {chosen.work:.3f}"
            said += f", probability {chance:.2f}"
        print(f"{share:.0%} of the best at {CONFIDENCE:.0%} confidence: {said}")


def _promised(curve: Curve, result: Result) -> str:
    if result.strategy.kind is not Kind.VOTE:
        return ""
    votes = result.strategy.stages[0].samples
    return f"{curve.independent(result.model, votes):.3f}"


def named(strategy: Strategy, models: Sequence[str]) -> str:
    """Return a strategy in words."""
    first = strategy.stages[0]
    name = _model(first.subject, models)
    if strategy.kind is Kind.CASCADE:
        larger = _model(strategy.stages[1].subject, models)
        return f"{name}, {first.accept} of {first.samples} agree, else {larger}"
    return f"{name}, {strategy.kind} {first.samples}"


def _model(subject: int, models: Sequence[str]) -> str:
    """Return the name of a subject: the models as sampled, then as they are greedy."""
    name = models[subject % len(models)][:20]
    return name if subject < len(models) else f"{name} greedy"


def line(
    curve: Curve, models: Sequence[str], sizes: Mapping[str, int]
) -> dict[str, Any]:
    """Return what a bench's last line says."""
    return {
        "bench": "local_quality",
        "items": curve.items,
        "parameters": [sizes[name] for name in models],
        "strategies": [
            {
                "strategy": named(each.strategy, models),
                "accuracy": _figures(each.accuracy),
                "gain_on_greedy": _figures(each.gain),
                "calls": round(each.calls, 3),
                "escalation": round(each.escalation, 3),
                "work": round(each.work, 3),
            }
            for each in curve.results()
            if each.strategy.kind is not Kind.CASCADE
        ],
    }


def _figures(share: Share) -> list[float]:
    return [round(each, 4) for each in (share.mean, share.low, share.high)]
