"""Small sets of outcomes, and each figure once more by listing every order of draws."""

from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, groupby, permutations
from math import nan

import numpy as np
from hypothesis import strategies as st

from advisor.decision.evidence.outcomes import NO_ANSWER, UNPARSABLE, Outcomes
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.kinds import Stage, Strategy


def outcomes(answers, **more):
    """Return outcomes from answers by subject and item, None where none is kept.

    An answer is a number, 0 for the right one; "?" is one that cannot be parsed and "-"
    one that was not kept. `scores`, tokens, `latency_ms` and `verifier` are of the same
    shape; a score is 1 for 0, else 0, if not given.
    """
    most = max((len(item) for items in answers for item in items), default=0)
    codes = {"?": UNPARSABLE, "-": NO_ANSWER, None: NO_ANSWER}
    classes = _filled(answers, most, lambda a: codes.get(a, a), NO_ANSWER)
    right = _filled(answers, most, lambda a: nan if a is None else float(a == 0), nan)
    items = len(answers[0]) if answers else 0

    def figures(name):
        given = more.get(name)
        if given is None:
            return np.full(classes.shape, nan)
        return _filled(given, most, float, nan)

    return Outcomes(
        subjects=tuple(f"m{number}" for number in range(len(answers))),
        scores=right if "scores" not in more else figures("scores"),
        answers=classes.astype(np.int64),
        weights=np.array(more.get("weights", [1.0] * items), float),
        clusters=np.array(more.get("clusters", range(items)), np.int64),
        **{
            name: figures(name)
            for name in ("input_tokens", "output_tokens", "latency_ms", "verifier")
        },
    )


def _filled(rows, most, convert, empty):
    shape = (len(rows), len(rows[0]) if rows else 0, most)
    array = np.full(shape, empty, dtype=float)
    for subject, items in enumerate(rows):
        for item, kept in enumerate(items):
            for place, value in enumerate(kept):
                array[subject, item, place] = convert(value)
    return array


def costs(input_usd, output_usd=None, request_usd=None, prompt_once=None, **more):
    """Return prices per token by subject; those of answers and requests may be nought.

    A plain price is of answers, so that a call of one token costs just that.
    """
    none = [0.0] * len(input_usd)
    return SubjectCosts(
        input_usd=np.array(input_usd, float),
        output_usd=np.array(output_usd or none, float),
        request_usd=np.array(request_usd or none, float),
        prompt_once=np.array(prompt_once or [False] * len(input_usd), bool),
        **more,
    )


def place(found, kind, *stages):
    """Return where a strategy is, stages as (subject, samples[, accept])."""
    wanted = Strategy(
        kind=kind,
        stages=tuple(
            Stage(subject=s, samples=k, accept=level[0] if level else None)
            for s, k, *level in stages
        ),
    )
    return found.strategies.index(wanted)


def counts(drawn):
    """Return how often each answer that could be parsed was drawn."""
    parsed = sorted(answer for answer in drawn if answer not in ("?", None))
    return {answer: len(list(same)) for answer, same in groupby(parsed)}


def outcome(drawn, accept):
    """Return the answers among which a full draw is settled, "pass" if passed on."""
    tally = counts(drawn)
    if not tally:
        return frozenset(["?"]) if accept is None else frozenset(["pass"])
    top = max(tally.values())
    if top < (accept or 1):
        return frozenset(["pass"])
    return frozenset(answer for answer, count in tally.items() if count == top)


@cache
def decided(drawn, left, accept, classes):
    """Return whether all that may still be drawn leads to one and the same outcome.

    What may come: any of the classes, two never seen, or an abstention.
    """
    if not left:
        return True
    futures = combinations_with_replacement(classes, left)
    ends = {outcome((*drawn, *future), accept) for future in futures}
    return len(ends) == 1 and len(next(iter(ends))) == 1


def voted(answers, scores, samples, accept=None, tokens=None):
    """Return (score accepted, chance to pass on, calls, tokens), as exact fractions.

    By listing every order in which the samples may come.
    """
    tokens = tokens or [1] * len(answers)
    classes = (*sorted(counts(answers)), 98, 99, "?")
    score = passed = calls = spent = Fraction(0)
    orders = list(permutations(range(len(answers)), samples))
    for order in orders:
        drawn = [answers[place] for place in order]
        winners = outcome(drawn, accept)
        if winners == {"pass"}:
            passed += 1
        for winner in winners - {"pass"}:
            same = [scores[place] for place in order if answers[place] == winner]
            score += Fraction(sum(map(Fraction, same)), len(same) * len(winners))
        made = next(
            made
            for made in range(samples + 1)
            if decided(
                tuple(sorted(drawn[:made], key=str)), samples - made, accept, classes
            )
        )
        calls += made
        spent += sum(tokens[place] for place in order[:made])
    return tuple(total / len(orders) for total in (score, passed, calls, spent))


@st.composite
def kept_samples(draw, most=5):
    """One item: answers, their scores, and the tokens of each."""
    count = draw(st.integers(1, most))
    answers = draw(
        st.lists(st.sampled_from([0, 1, 2, 3, "?"]), min_size=count, max_size=count)
    )
    scores = draw(
        st.lists(st.sampled_from([0, 0.25, 0.5, 1]), min_size=count, max_size=count)
    )
    tokens = draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    return answers, scores, tokens
