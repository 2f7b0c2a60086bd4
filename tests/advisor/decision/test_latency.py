"""Latency modelled by size, by hand, and how sure it is."""

import numpy as np
import pytest

from advisor.decision.latency import margin
from advisor.decision.normal import expit, logit, normal_cdf
from advisor.decision.question import Limits
from tests.advisor.decision.builders import answer, ask, model, offer, price, spec


def modelled(question=None, limits=None, **facts):
    """Return (TTFT, ITL, request latency) in ms of a model, and the whole latency."""
    words = spec(offer("a", price(1, 2)), models={"m": model(**facts)})
    latency = answer(words, question).decision.latency
    figures = [float(values[0]) for _, values, _ in latency.figures()]
    return figures, latency


def test_figures_follow_active_parameters():
    question = ask(output_p95=200)

    figures, _ = modelled(question, total_parameters_b=235, active_parameters_b=22)

    # 22 ** 0.313 = 2.63142, 22 ** -0.035 = 0.897453
    # ITL 9.07 * 2.63142 * 1.16 = 27.6857
    # TTFT 686 * 0.897453 = 615.653, and 450 tokens beyond 550 at
    # 0.04 * (22 / 8) ** 0.313 = 0.0549011 are 24.7055: 640.358
    # request 640.358 + 200 * 27.6857 = 6177.50
    assert figures == pytest.approx([640.358, 27.6857, 6177.50], rel=1e-4)


def test_total_parameters_stand_in_where_active_ones_are_unknown():
    dense, _ = modelled(total_parameters_b=70, active_parameters_b=70)

    assert modelled(total_parameters_b=70, active_parameters_b=None)[0] == dense


def test_undisclosed_size_is_taken_as_large_and_uncertain():
    figures, latency = modelled(total_parameters_b=None, active_parameters_b=None)

    # 100 ** 0.313 = 4.22669: 9.07 * 4.22669 * 1.16 = 44.4698
    assert figures[1] == pytest.approx(44.4698, rel=1e-4)
    assert latency.itl_ln_sd.tolist() == [1.15]
    assert latency.ttft_ln_sd.tolist() == [1.15]


def test_prompt_no_longer_than_those_measured_adds_nothing():
    short, _ = modelled(ask(input_mean=100, input_p95=550), active_parameters_b=1)

    # 686 * 1 ** -0.035
    assert short[0] == pytest.approx(686)


def test_hidden_reasoning_comes_before_the_first_answer_token():
    plain, _ = modelled(ask(), tokenizer_ratio="1.2")
    figures, _ = modelled(ask(), tokenizer_ratio="1.2", reasoning_ratio=3)

    # 120 visible tokens, 360 hidden before them, 20.1711 ms each
    assert figures[0] - plain[0] == pytest.approx(360 * 20.1711, rel=1e-4)
    assert figures[2] == pytest.approx(figures[0] + 120 * 20.1711, rel=1e-4)


def test_probability_is_that_of_the_limit_least_surely_met():
    _, latency = modelled()
    ttft, itl = latency.ttft_ms_p95[0], latency.itl_ms_p95[0]

    def met(**limits):
        least = margin(latency, Limits(**limits))
        return None if least is None else normal_cdf(least)

    # at the median one half; at one deviation above Phi(1) = 0.841345
    assert met(ttft_ms_p95=ttft) == pytest.approx(0.5)
    assert met(itl_ms_p95=itl * np.exp(0.755)) == pytest.approx(0.841345, abs=1e-6)
    assert met(ttft_ms_p95=ttft, itl_ms_p95=1e9) == pytest.approx(0.5)
    # a request carries the larger deviation of the two: 0.755
    request = latency.request_ms_p95[0] * np.exp(-0.755)
    assert met(request_ms_p95=request) == pytest.approx(0.158655, abs=1e-6)
    assert met() is None


def test_normal_distribution_agrees_with_tables():
    z = np.array([-3.0, -1.0, 0.0, 1.2815515655446004, 1.959963984540054])

    assert normal_cdf(z) == pytest.approx(
        [0.0013498980, 0.1586552539, 0.5, 0.9, 0.975], abs=7.5e-8
    )


def test_log_odds_and_back():
    share = np.array([0.2, 0.5, 0.9])

    # ln(0.25) = -1.386294, ln(9) = 2.197225
    assert logit(share) == pytest.approx([-1.386294, 0.0, 2.197225], abs=1e-6)
    assert expit(logit(share)) == pytest.approx(share)
    # kept within 0.001 of the ends: ln(999) = 6.906755
    assert logit(np.array([0.0, 1.0])) == pytest.approx([-6.906755, 6.906755])
