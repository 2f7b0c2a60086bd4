"""Starts the runs that a person or program has asked for, once they are committed."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from benchmarks.models import BenchmarkRun, EvaluationRun
from benchmarks.tasks import send, send_evaluation


def send_when_committed(runs: Iterable[BenchmarkRun]) -> None:
    """Send each run's message after the commit.

    A broker that cannot be reached is logged and no more: the row stays, and the next
    tick sends another message.
    """
    for run in runs:
        provider = run.offering.provider.slug
        transaction.on_commit(partial(send, run.pk, provider), robust=True)


def send_evaluations_when_committed(runs: Iterable[EvaluationRun]) -> None:
    """Send each evaluation run's message after the commit, likewise."""
    for run in runs:
        assert run.offering is not None  # noqa: S101  # imported ones are not sent
        provider = run.offering.provider.slug
        transaction.on_commit(partial(send_evaluation, run.pk, provider), robust=True)
