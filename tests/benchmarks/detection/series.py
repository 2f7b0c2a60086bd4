"""Series of runs for these tests: exact ones by hand, noisy ones from a fixed seed."""

import numpy as np

from benchmarks.detection.runs import RunFigures


def exact(*ttft_ms, requests=0, errors=0):
    """Return one run per TTFT, at 0, 1, 2, …"""
    return [
        RunFigures(at=at, figures={"ttft_ms_p50": ms}, requests=requests, errors=errors)
        for at, ms in enumerate(ttft_ms)
    ]


def failing(*errors, requests=100):
    """Return one run per error count, with no other figure."""
    return [
        RunFigures(at=at, figures={}, requests=requests, errors=failed)
        for at, failed in enumerate(errors)
    ]


def noisy(seed, length, *, sd=0.08, shift=0.0, error_rate=0.01):
    """Return runs of log-normal TTFT (with `shift` added to its log) and TPOT."""
    rng = np.random.default_rng(seed)
    ttft = 400 * np.exp(rng.normal(0, sd, length) + shift)
    tpot = 20 * np.exp(rng.normal(0, sd, length))
    errors = rng.binomial(60, error_rate, length)
    return [
        RunFigures(
            at=at,
            figures={"ttft_ms_p50": float(ttft[at]), "tpot_ms_p50": float(tpot[at])},
            requests=60,
            errors=int(errors[at]),
        )
        for at in range(length)
    ]
