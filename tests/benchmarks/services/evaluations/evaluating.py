"""Sets and endpoints of one organization, and evaluation runs that are quick."""

from datetime import UTC, datetime

from benchmarks.models import EvaluationRun
from benchmarks.services.evaluations import request_evaluation
from tests.benchmarks.services.measuring import SECRET
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import EvaluationSetFactory

LETTERS = "ABCD"


def known_letters(items=4, **shares):
    """Return what a simulated model knows that gives item n its letter of ABCD.

    Otherwise it says E, which is none of the choices' right ones.
    """
    return [
        {
            "when": f"Question {number}:",
            "right": LETTERS[number % 4],
            "wrong": [LETTERS[(number + 1) % 4]],
            **shares,
        }
        for number in range(items)
    ]


def endpoint_row(endpoint, organization=None, *, items=4, **fields):
    """Return the row of a simulated endpoint that answers in about 5 ms."""
    endpoint.behave(ttft_ms=5, itl_ms=0.1, known=known_letters(items))
    return EndpointFactory(
        **{
            "organization": organization or OrganizationFactory(),
            "base_url": endpoint.base_url,
            "credential": SECRET,
            **fields,
        }
    )


def asked_evaluation(row, *, items=4, evaluation_set=None, at=None, **fields):
    """Queue a run of a set of that many items at an endpoint."""
    asked = evaluation_set or EvaluationSetFactory(
        organization=row.organization, items=items
    )
    return request_evaluation(
        evaluation_set=asked, endpoint=row, at=at or datetime.now(UTC), **fields
    )


def kept(run):
    return EvaluationRun.objects.get(pk=run.pk)


def rows_of(run):
    """Return (item, sample, verdict) of each outcome."""
    return list(zip(run.item, run.sample, run.verdict, strict=True))
