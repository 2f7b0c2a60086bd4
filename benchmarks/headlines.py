"""A run in one line, for terminals and logs."""

from benchmarks.models import BenchmarkRun

_FIGURES = (
    ("ttft_ms", "to the first token", 0),
    ("tpot_ms", "per token", 1),
)


def headline(run: BenchmarkRun) -> str:
    """Return how a closed run ended and its medians, as far as they are known.

    Such as "succeeded, 20 of 20 answered, 81 ms to the first token, 7.3 ms per token".
    """
    answered = run.requests_done - run.requests_failed
    said = [run.status, f"{answered} of {run.requests_done} answered", *_medians(run)]
    if run.not_fed_because:
        said.append(f"not for advice: {run.get_not_fed_because_display()}")
    return ", ".join(said)


def _medians(run: BenchmarkRun) -> list[str]:
    latencies = (run.summary.get("metrics") or {}).get("latencies", {})
    medians = (
        (latencies.get(name, {}).get("p50", {}).get("value"), what, digits)
        for name, what, digits in _FIGURES
    )
    return [
        f"{value:.{digits}f} ms {what}"
        for value, what, digits in medians
        if value is not None
    ]
