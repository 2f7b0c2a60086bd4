"""Refusals in plain words, with their figures and without."""

import pytest

from advisor.decision.reasons import Reason
from advisor.recommendations.wording import code_words, option_words, refusal_words

CODES = [each.value.code for each in Reason]


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_has_words_of_its_own_without_figures(code):
    said = code_words(code)

    assert "{" not in said
    assert said != code.replace("_", " ")


def test_a_limit_and_a_value_are_told_with_their_unit():
    reason = {
        "code": "ttft_over_limit",
        "unit": "ms",
        "limit": 500,
        "value": 1250,
    }

    assert (
        refusal_words(reason) == "its p95 TTFT of 1,250 ms is above the limit of 500 ms"
    )


def test_several_regions_are_listed():
    reason = {
        "code": "residency_not_met",
        "unit": "region",
        "limit": ["eu", "uk"],
        "value": ["us"],
    }

    assert refusal_words(reason) == "it processes data in us, outside eu, uk"


def test_a_code_of_an_earlier_engine_is_told_as_it_is():
    reason = {"code": "too_old_fashioned", "unit": "", "limit": None, "value": None}

    assert refusal_words(reason) == "too old fashioned"
    assert code_words("too_old_fashioned") == "too old fashioned"


STAGE = {"offering": {"name": "Small", "provider": "p"}, "samples": 3}
OTHER = {"offering": {"name": "Large", "provider": "p"}, "samples": 1}


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (None, ""),
        ({"kind": "single", "stages": [STAGE]}, ""),
        ({"kind": "vote", "stages": [STAGE]}, ", by up to 3 votes"),
        (
            {"kind": "retry", "stages": [STAGE]},
            ", asked up to 3 times until its answer can be read",
        ),
        (
            {"kind": "verified", "stages": [STAGE]},
            ", the best of 3 by a verifier",
        ),
        (
            {
                "kind": "cascade",
                "stages": [{**STAGE, "accept_agreement": "2/3"}, OTHER],
            },
            ", asked up to 3 times, and Large where fewer than 2 agree",
        ),
    ],
)
def test_how_an_option_is_run_follows_its_name(strategy, words):
    offering = {"name": "Small", "provider": "p"}

    assert option_words(offering, "standard", strategy) == f"Small at p{words}"
