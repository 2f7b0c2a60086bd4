"""Which served names are the asked one."""

import pytest

from benchmarks.harness.model_names import same_model


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("gpt-4-0613", "gpt-4"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("claude-3-7-sonnet-latest", "claude-3-7-sonnet"),
        ("gemini-1.5-pro", "models/gemini-1.5-pro-002"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("anything", ""),
    ],
)
def test_dates_owners_and_case_make_no_other_model(asked, served):
    assert same_model(asked, served)


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"),
        ("llama-3.1-405b", "llama-3.1"),
        ("llama-3.1-8b", "llama-3.1-70b"),
        ("qwen-2", "qwen-2.5"),
    ],
)
def test_another_size_version_or_date_does(asked, served):
    assert not same_model(asked, served)
