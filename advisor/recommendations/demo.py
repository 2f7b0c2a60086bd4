"""The demo: an organization and three workloads that a newcomer can look at.

The workloads are written as the API takes them. Their traffic is made up; sizes and
limits are of the order that public traces and service levels show.
"""

from typing import Any

ORGANIZATION = "Demo"
SLUG = "demo"
ADMIN_EMAIL = "admin@demo.example"
KEY_NAME = "demo key"

Json = dict[str, Any]


def workloads(current: dict[str, str | None]) -> dict[str, Json]:
    """Return the question of each demo workload by name.

    `current` gives the id of the offering in use today by workload; None where the
    catalogue has no such offering.
    """
    questions = {
        "Support chat": _support_chat(),
        "Invoice extraction": _invoice_extraction(),
        "Code review": _code_review(),
    }
    for name, question in questions.items():
        offering = current.get(name)
        if offering is not None:
            question["current"] = {"offering": offering, "service_tier": "standard"}
    return questions


# What each workload runs on today: provider and listing.
IN_USE = {
    "Support chat": ("openai", "gpt-4o-2024-05-13"),
    "Invoice extraction": ("openai", "gpt-4.1"),
    "Code review": ("anthropic", "claude-sonnet-4-0"),
}


def _support_chat() -> Json:
    return {
        "task_family": "support_chat",
        "traffic": {
            "requests_per_month": 2_000_000,
            "growth_per_month": 0.04,
            "growth_uncertainty": 0.02,
            "peak_requests_per_second": 6,
            "daily_shape": [1] * 6 + [2] * 2 + [6] * 10 + [3] * 4 + [2] * 2,
            "weekly_shape": [5, 5, 5, 5, 5, 2, 2],
        },
        "tokens": {
            "input_mean": 1_100,
            "input_p95": 2_600,
            "output_mean": 220,
            "output_p95": 500,
            "cacheable_prefix_share": 0.5,
        },
        "limits": {"ttft_ms_p95": 1_500, "itl_ms_p95": 60},
        "quality_floor": {"kind": "relative", "value": 0.8, "confidence": 0.8},
        "migration_cost": {"amount": "8000.00", "currency": "USD"},
        "minimum_saving": {"amount": "1000.00", "currency": "USD"},
    }


def _invoice_extraction() -> Json:
    return {
        "task_family": "extraction",
        "traffic": {
            "requests_per_month": 600_000,
            "growth_per_month": 0.02,
            "growth_uncertainty": 0.01,
        },
        "tokens": {
            "input_mean": 2_800,
            "input_p95": 7_000,
            "output_mean": 350,
            "output_p95": 800,
            "cacheable_prefix_share": 0.3,
        },
        "batch_share": 0.6,
        "quality_floor": {"kind": "relative", "value": 0.85, "confidence": 0.8},
        "constraints": {"context_tokens": 16_000},
        "migration_cost": {"amount": "12000.00", "currency": "USD"},
    }


def _code_review() -> Json:
    return {
        "task_family": "code",
        "traffic": {
            "requests_per_month": 60_000,
            "growth_per_month": 0.06,
            "growth_uncertainty": 0.04,
        },
        "tokens": {
            "input_mean": 14_000,
            "input_p95": 52_000,
            "output_mean": 900,
            "output_p95": 2_400,
            "cacheable_prefix_share": 0.4,
        },
        "limits": {"request_ms_p95": 360_000},
        "quality_floor": {"kind": "relative", "value": 0.85, "confidence": 0.8},
        "monthly_budget": {"amount": "10000.00", "currency": "USD"},
    }
