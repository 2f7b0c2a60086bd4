"""How well a model does a task, from published scores; floors read against it."""

from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np
import pytest

from advisor.decision.arrays import NONE
from advisor.decision.quality import (
    MODELLED,
    PUBLISHED,
    UNKNOWN,
    TaskBenchmarks,
    Threshold,
    published_quality,
    threshold,
    view_quality,
)
from advisor.decision.question import Floor, FloorKind
from tests.advisor.decision.builders import (
    Score,
    answer,
    ask,
    model,
    offer,
    price,
    published,
    seen,
    spec,
)

MODELS = ("best", "good", "fair", "blank")
EXAM = TaskBenchmarks(weights={"exam": 1.0}, anchor="exam")
SHARES = {"best": 0.8, "good": 0.75, "fair": 0.6}


def relative(value, reference="", kind=FloorKind.RELATIVE):
    return Floor(kind=kind, value=value, reference=reference)


def held(floor, eligible=(0, 1, 2, 3), shares=SHARES):
    """Return the threshold of a floor among the models."""
    quality = published(MODELS, shares)
    return threshold(floor, quality, eligible=np.array(eligible), models=MODELS)


def test_floor_is_a_share_of_the_best_published_quality():
    floor = held(relative(0.9))

    # 0.9 * 0.8 = 0.72; ln(0.72 / 0.28) = 0.944462; the reference's half logit carries
    # over by 0.9 * 0.8 * 0.2 / (0.72 * 0.28) = 0.714286
    assert floor.share == pytest.approx(0.72)
    assert floor.log_odds == pytest.approx(0.944462, abs=1e-6)
    assert floor.ln_sd == pytest.approx(0.357143, abs=1e-6)
    assert MODELS[floor.reference] == "best"


def test_best_counts_among_what_is_eligible():
    assert MODELS[held(relative(0.9), eligible=(1, 2, 3)).reference] == "good"


def test_named_reference_counts_whether_eligible_or_not():
    floor = held(relative(0.9, "fair"), eligible=(0, 1))

    assert MODELS[floor.reference] == "fair"
    assert floor.share == pytest.approx(0.54)


def test_absolute_floor_is_read_as_a_share_of_the_reference():
    absolute = held(relative(0.9, kind=FloorKind.ABSOLUTE))

    assert absolute == held(relative(0.9))


@pytest.mark.parametrize("reference", ["", "blank", "unheard of"])
def test_reference_without_published_quality_gives_no_floor(reference):
    assert held(relative(0.9, reference), shares={}) is None


def test_named_reference_of_unknown_quality_lets_nothing_pass():
    words = spec(
        offer("a", price(1, 2), model="a"), offer("blank", price(1, 2), model="blank")
    )
    question = ask(floor=relative(0.9, "blank"))

    found = answer(words, question, shares={"a": 0.8})

    assert found.order == []
    assert found.codes("a") == ["quality_unproven"]


def test_no_floor_is_held_where_none_is_asked():
    assert held(Floor()) is None


def test_equal_references_are_settled_by_name():
    floor = held(relative(0.9), shares={"best": 0.8, "good": 0.8, "blank": 0.8})

    assert MODELS[floor.reference] == "best"


def test_floor_of_nothing_is_met_by_whatever_is_published():
    words = spec(offer("a", price(1, 2), model="a"), offer("b", price(1, 2), model="b"))

    found = answer(words, ask(floor=relative(0.0)), shares={"a": 0.8, "b": 0.01})

    assert set(found.order) == {"a", "b"}


@pytest.mark.parametrize("share", [0.1, 0.3, 0.55, 0.7, 0.83, 0.9, 0.9995])
def test_reference_meets_a_floor_of_all_its_own_quality(share):
    words = spec(offer("a", price(1, 2)))

    found = answer(words, ask(floor=relative(1.0)), shares={"m": share})

    assert found.order == ["a"]


def test_probability_of_meeting_a_floor_carries_both_errors():
    quality = published(MODELS, SHARES)
    floor = held(relative(0.9))

    met = floor.probability_met(quality)

    # fair: (0.405465 - 0.944462) / sqrt(0.5 ** 2 + 0.357143 ** 2) = -0.538997 /
    # 0.614452 = -0.877200
    assert met[2] == pytest.approx(NormalDist().cdf(-0.877200), abs=1e-6)
    assert met[0] == 1.0  # a share of its own quality, whatever that is
    assert np.isnan(met[3])


def test_floor_without_a_reference_is_certain_for_nobody():
    floor = Threshold(log_odds=0.405465, ln_sd=0.0, share=0.6, reference=NONE)

    met = floor.probability_met(published(MODELS, SHARES))

    # fair is at the floor: one half; best (1.386294 - 0.405465) / 0.5 = 1.961658
    assert met[2] == pytest.approx(0.5, abs=1e-5)
    assert met[0] == pytest.approx(NormalDist().cdf(1.961658), abs=1e-6)


def test_reference_is_the_best_that_passes_all_but_the_budget():
    words = spec(
        offer("theirs", price(1, 1), model="theirs", owner="other"),
        offer("refused", price(1, 1), model="refused"),
        offer("slow", price(1, 1), model="slow", zero_retention=True),
        offer("dear", price(99, 99), model="dear", zero_retention=True),
        offer("a", price(1, 1), model="a", zero_retention=True),
        models={"slow": model(active_parameters_b=400)},
    )
    shares = {"theirs": 0.99, "refused": 0.98, "slow": 0.97, "dear": 0.9, "a": 0.8}
    question = ask(
        zero_retention=True,
        itl_ms_p95=30,
        monthly_budget_usd=5000,
        floor=relative(0.85),
    )

    found = answer(words, question, shares=shares)

    # 85 % of 0.9
    assert found.decision.screening.threshold.share == pytest.approx(0.765)
    assert found.order == ["a"]
    assert found.codes("dear") == ["over_budget"]


def random_scores(seed, models=12, benchmarks=4):
    """Return scores with gaps, weights, and sizes of which one is unknown."""
    random = np.random.default_rng(seed)
    model_at, benchmark_at = np.meshgrid(
        np.arange(models), np.arange(benchmarks), indexing="ij"
    )
    kept = random.random((models, benchmarks)) < 0.7
    kept[:, 0] = True
    kept[-2:] = False  # two models without any score
    ability = random.normal(0, 1, models)
    ease = random.normal(0.3, 0.7, benchmarks)
    noise = random.normal(0, 0.4, (models, benchmarks))
    score = 1 / (1 + np.exp(-(ability[:, None] + ease + noise)))
    size = np.exp(random.uniform(1, 6, models))
    size[-1] = np.nan
    return {
        "model": model_at[kept],
        "benchmark": benchmark_at[kept],
        "score": score[kept],
        "weight": random.uniform(0.3, 1, benchmarks),
        "anchor": 0,
        "total_parameters_b": size,
    }


def ridge(scores, variance):
    """Solve for abilities and eases at once; return them with the variance left.

    Weighted least squares on stacked rows: one per score, and one per model that
    draws its ability to zero by the ratio of the variances (the prior has variance 1).
    """
    models, benchmarks = len(scores["total_parameters_b"]), len(scores["weight"])
    rows = np.arange(len(scores["score"]))
    design = np.zeros((len(rows), models + benchmarks))
    design[rows, scores["model"]] = 1
    design[rows, models + scores["benchmark"]] = 1
    weight = scores["weight"][scores["benchmark"]]
    target = np.log(scores["score"] / (1 - scores["score"]))
    prior = np.zeros((models, models + benchmarks))
    prior[:, :models] = np.eye(models) * np.sqrt(variance)
    stacked = np.vstack([design * np.sqrt(weight)[:, None], prior])
    goal = np.append(target * np.sqrt(weight), np.zeros(models))
    solved = np.linalg.lstsq(stacked, goal, rcond=None)[0]
    errors = target - design @ solved
    left = float((weight * errors**2).sum() / weight.sum())
    return solved[:models], solved[models:], left


@pytest.mark.parametrize("seed", range(5))
def test_fit_agrees_with_least_squares_solved_at_once(seed):
    scores = random_scores(seed)

    quality = published_quality(**scores)

    variance = 1.0
    for _ in range(500):  # the variance is estimated from what the fit leaves
        ability, ease, variance = ridge(scores, variance)
    scored = slice(0, -2)
    expected = (ability + ease[0])[scored]
    assert quality.log_odds[scored] == pytest.approx(expected, abs=0.01)
    evidence = np.bincount(
        scores["model"], weights=scores["weight"][scores["benchmark"]]
    )
    deviation = np.sqrt(1 / (evidence / variance + 1) + 0.5**2)
    assert quality.ln_sd[scored] == pytest.approx(deviation, rel=0.02)
    assert quality.basis.tolist() == [PUBLISHED] * 10 + [MODELLED, UNKNOWN]
    assert quality.scores[scored].sum() == len(scores["score"])


def test_size_stands_in_for_a_model_without_scores():
    scores = random_scores(1)

    quality = published_quality(**scores)

    ln_size = np.log(scores["total_parameters_b"][:-2])
    design = np.column_stack([np.ones(10), ln_size])
    fitted, [left], *_ = np.linalg.lstsq(design, quality.log_odds[:-2], rcond=None)
    guess = fitted @ [1, np.log(scores["total_parameters_b"][-2])]
    assert quality.log_odds[-2] == pytest.approx(guess)
    # ten points less the two parameters, and the half logit of transfer
    assert quality.ln_sd[-2] == pytest.approx(np.sqrt(left / 8 + 0.5**2))
    assert np.isnan(quality.log_odds[-1])
    assert np.isnan(quality.ln_sd[-1])


def test_order_of_scores_does_not_matter():
    scores = random_scores(3)
    order = np.random.default_rng(3).permutation(len(scores["score"]))
    shuffled = {name: scores[name][order] for name in ("model", "benchmark", "score")}

    one = published_quality(**scores)
    another = published_quality(**{**scores, **shuffled})

    assert np.array_equal(one.log_odds, another.log_odds, equal_nan=True)


def test_too_few_models_suggest_nothing_by_size():
    quality = published_quality(**random_scores(1, models=9))

    # seven scored models with a size, eight are needed
    assert quality.basis[-2] == UNKNOWN


def test_one_score_each_on_one_benchmark_is_taken_as_it_stands():
    words = spec(
        offer("a", model="a"),
        offer("b", model="b"),
        scores={"a": 0.8, "b": 0.4},
    )

    quality = view_quality(seen(words), EXAM)

    # nothing tells noise from ability, so all is ability; half a logit of transfer
    assert quality.estimate == pytest.approx([0.8, 0.4], abs=1e-3)
    assert quality.ln_sd == pytest.approx([0.5, 0.5], abs=1e-3)


def test_only_benchmarks_of_the_task_count():
    words = spec(
        offer("a", model="a"),
        offer("b", model="b"),
        scores=(
            Score(model="a", score=0.8, benchmark="code"),
            Score(model="b", score=0.9, benchmark="chat"),
        ),
    )

    quality = view_quality(
        seen(words), TaskBenchmarks(weights={"code": 1.0}, anchor="code")
    )

    assert quality.basis.tolist() == [PUBLISHED, UNKNOWN]


def test_scores_are_those_that_held_and_were_known():
    later = datetime(2026, 12, 1, tzinfo=UTC)
    words = spec(
        offer("a", model="a"),
        offer("b", model="b"),
        scores=(
            Score(model="a", score=0.5),
            Score(model="a", score=0.8, effective=datetime(2026, 6, 1, tzinfo=UTC)),
            Score(model="a", score=0.1, effective=later),
            Score(model="b", score=0.9, received=later),
        ),
    )

    quality = view_quality(seen(words), EXAM)

    assert quality.scores.tolist() == [1, 0]
    assert quality.estimate[0] == pytest.approx(0.8, abs=1e-3)


def test_quality_is_unknown_before_any_score_was_known():
    later = datetime(2026, 12, 1, tzinfo=UTC)
    words = spec(
        offer("a", model="a"),
        scores=(
            Score(model="a", score=0.8, benchmark="another", received=later),
            Score(model="a", score=0.8, benchmark="exam", received=later),
        ),
    )

    quality = view_quality(seen(words), EXAM)

    assert quality.basis.tolist() == [UNKNOWN]
    assert np.isnan(quality.estimate[0])


def test_catalogue_without_scores_has_no_quality():
    quality = view_quality(seen(spec(offer("a"))), EXAM)

    assert quality.basis.tolist() == [UNKNOWN]


def test_without_scores_of_the_anchor_the_best_covered_benchmark_stands_in():
    scores = (
        Score(model="m", benchmark="rare", score=0.5),
        Score(model="m", benchmark="common", score=0.7),
        Score(model="n", benchmark="common", score=0.6),
    )
    task = TaskBenchmarks(weights={"rare": 1, "common": 1, "bench": 1}, anchor="bench")

    found = answer(spec(offer("a", model="m"), offer("b", model="n"), scores=scores))
    quality = view_quality(found.decision.view, task)

    # read on "common": between 0.6 and 0.7, the better model above the other
    models = found.decision.view.history.models
    better, worse = (quality.estimate[models.index(name)] for name in ("m", "n"))
    assert 0.55 < worse < better < 0.75
