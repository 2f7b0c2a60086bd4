"""GuideLLM (vllm-project/guidellm): benchmarks.json, versions 0.3 to 0.8.

A report holds one benchmark per load, and each the requests it kept. Moments are in
seconds since 1970. Its `time_per_output_token_ms` counts the first token's wait, so
TPOT is computed here, from the moments of the first and the last token. Version 0.3
keeps the moments in the request itself, later ones under `info.timings`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.load import Lengths, Profile
from benchmarks.harness.samples import UNKNOWN, Sample, SampleTable
from benchmarks.importers.imported_run import ImportedRun
from benchmarks.importers.reading import (
    Unreadable,
    answered,
    at,
    document,
    fail,
    first_of,
    known,
    moment,
    number,
    positive,
    text_of,
    tpot_ms,
    whole,
)

TOOL = "guidellm"
# Strategies that plan a start for every request; the others start when one ends.
AT_A_RATE = ("constant", "poisson", "trace")
STRATEGY = (("config", "strategy"), ("scheduler", "strategy"), ("args", "strategy"))
MODEL_OF_BENCHMARK = (
    ("config", "backend", "model"),
    ("benchmarker", "backend", "model"),
    ("worker", "backend_model"),
)
MODEL_OF_REPORT = (("config", "spec", "backend", "model"), ("args", "model"))
DATA_OF_REPORT = (("config", "spec", "data"), ("args", "data"))
DATA_OF_BENCHMARK = (("request_loader", "data"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """When things happened to one request, in seconds since 1970; NaN is unknown."""

    targeted: float
    start: float
    first_token: float
    first_answer_token: float
    last_token: float
    end: float

    def intended(self, *, at_a_rate: bool) -> float:
        """Return the planned start of a load at a rate, else the actual start."""
        return self.targeted if at_a_rate and known(self.targeted) else self.start


def parse(files: Iterable[str]) -> tuple[ImportedRun, ...]:
    """Return one run per benchmark of each report; raise Unreadable."""
    runs: list[ImportedRun] = []
    for text in files:
        report = document(text)
        benchmarks = at(report, "benchmarks")
        if not isinstance(benchmarks, list) or not benchmarks:
            raise Unreadable("The file has no benchmarks: it is no report of guidellm.")
        runs += [
            _run(report, benchmark, f"Benchmark {index}")
            for index, benchmark in enumerate(benchmarks, 1)
        ]
    return tuple(runs)


def _run(report: Any, benchmark: Any, where: str) -> ImportedRun:
    groups = _groups(benchmark, where)
    strategy = first_of(benchmark, STRATEGY)
    kind = text_of(at(strategy, "type_"))
    records = groups["successful"] + groups["errored"]
    moments = [_moments(record) for record in records]
    starts = [one.intended(at_a_rate=kind in AT_A_RATE) for one in moments]
    origin = min(filter(known, starts), default=UNKNOWN)
    ends = [one.end for one in moments if known(one.end)]
    return ImportedRun(
        tool=TOOL,
        tool_version=text_of(at(report, "metadata", "guidellm_version")),
        model=_model(report, benchmark, records, where),
        samples=SampleTable.of(
            _sample(record, times, start, origin, f"{where}, request {index}")
            for index, (record, times, start) in enumerate(
                zip(records, moments, starts, strict=True), 1
            )
        ),
        started_at=moment(origin),
        finished_at=moment(max(ends, default=UNKNOWN)),
        profile=_profile(kind),
        concurrency=_concurrency(kind, strategy),
        requests_per_second=positive(at(strategy, "rate"))
        if kind in AT_A_RATE
        else None,
        lengths=_lengths(report, benchmark),
        cut_off=len(groups["incomplete"]),
    )


def _groups(benchmark: Any, where: str) -> dict[str, list[Any]]:
    """Return the requests by how they ended; refuse a report that kept only some."""
    groups = {}
    for name in ("successful", "errored", "incomplete"):
        kept = at(benchmark, "requests", name) or []
        if not isinstance(kept, list):
            raise Unreadable(f"{where} has no list of its {name} requests.")
        made = number(_made(benchmark, name))
        if name != "incomplete" and known(made) and made > len(kept):
            raise Unreadable(
                f"{where} keeps {len(kept)} of its {made:.0f} {name} requests, and"
                " quantiles cannot be turned into samples: run guidellm so that it"
                " keeps all."
            )
        groups[name] = kept
    if not groups["successful"] and not groups["errored"]:
        raise Unreadable(f"{where} keeps no requests.")
    return groups


def _made(benchmark: Any, name: str) -> Any:
    paths = (
        ("metrics", "request_totals", name),
        ("total_count", name),
        ("run_stats", "requests_made", name),
    )
    return first_of(benchmark, paths)


def _model(report: Any, benchmark: Any, records: list[Any], where: str) -> str:
    found = text_of(first_of(benchmark, MODEL_OF_BENCHMARK))
    found = found or text_of(first_of(report, MODEL_OF_REPORT))
    if not found:
        # A model that was not named is looked up by the tool, and sent.
        sent = text_of(at(records, 0, "request_args"))
        match = re.search(r'"model":\s*"([^"\\]+)"', sent)
        found = match[1] if match else ""
    if not found:
        raise Unreadable(f"{where} names no model.")
    return found


def _profile(kind: str) -> Profile | None:
    return {
        "synchronous": Profile.SINGLE,
        "concurrent": Profile.CONCURRENT,
        "throughput": Profile.CONCURRENT,
        "poisson": Profile.POISSON,
    }.get(kind)


def _concurrency(kind: str, strategy: Any) -> int | None:
    if kind == "synchronous":
        return 1
    return whole(first_of(strategy, (("streams",), ("max_concurrency",))))


def _lengths(report: Any, benchmark: Any) -> Lengths | None:
    """Return the mean lengths of synthetic prompts, None for other data."""
    data = first_of(report, DATA_OF_REPORT) or first_of(benchmark, DATA_OF_BENCHMARK)
    if isinstance(data, list):
        data = at(data, 0)
    found = []
    for name in ("prompt_tokens", "output_tokens"):
        if isinstance(data, str):
            match = re.search(rf'\b{name}"?\s*[=:]\s*(\d{{1,9}})\b', data)
            found.append(int(match[1]) if match else None)
        else:
            found.append(whole(at(data, name)))
    tokens_in, tokens_out = found
    if not tokens_in or not tokens_out:
        return None
    return Lengths(input_tokens=tokens_in, output_tokens=tokens_out)


def _moments(record: Any) -> _Moments:
    timings = at(record, "info", "timings")
    if timings is None:  # version 0.3
        return _Moments(
            targeted=number(at(record, "scheduler_info", "targeted_start_time")),
            start=number(at(record, "start_time")),
            first_token=number(at(record, "first_token_time")),
            first_answer_token=number(at(record, "first_token_time")),
            last_token=number(at(record, "last_token_time")),
            end=number(at(record, "end_time")),
        )
    first = number(at(timings, "first_token_iteration"))
    answer = number(at(timings, "first_output_token_iteration"))
    return _Moments(
        targeted=number(at(timings, "targeted_start")),
        start=number(at(timings, "request_start")),
        first_token=first,
        # Versions before 0.7 do not tell reasoning from the answer.
        first_answer_token=answer if known(answer) else first,
        last_token=number(at(timings, "last_token_iteration")),
        end=number(at(timings, "request_end")),
    )


def _sample(
    record: Any, times: _Moments, intended: float, origin: float, where: str
) -> Sample:
    sample = Sample(
        intended_s=intended - origin,
        late_ms=(times.start - intended) * 1000,
        input_tokens=_tokens(record, "prompt_tokens", "input_metrics"),
        cached_tokens=number(at(record, "input_metrics", "cached_tokens")),
    )
    message = first_of(record, (("info", "error"), ("error",)))
    if message is not None:
        status = re.search(r"\b([45]\d\d)\b", str(message))
        fail(sample, int(status[1]) if status else 0, str(message))
        return sample
    sample.output_tokens = _tokens(record, "output_tokens", "output_metrics")
    sample.ttft_ms = (times.first_token - intended) * 1000
    sample.answer_ttft_ms = (times.first_answer_token - intended) * 1000
    sample.request_ms = (times.end - intended) * 1000
    sample.tpot_ms = tpot_ms(
        times.first_token * 1000, times.last_token * 1000, sample.output_tokens
    )
    return answered(sample, where)


def _tokens(record: Any, name: str, usage: str) -> float:
    paths = ((name,), (usage, "total_tokens"), (usage, "text_tokens"))
    return number(first_of(record, paths))
