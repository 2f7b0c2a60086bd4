"""AIPerf (ai-dynamo/aiperf): profile_export.jsonl and profile_export_aiperf.json.

The first has one record per request, each figure with its unit and moments in
nanoseconds since 1970; the second is a summary that names model and load. Both are
needed; inputs.json, the prompts, is not.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.harness.load import Lengths, Profile
from benchmarks.harness.samples import UNKNOWN, Sample, SampleTable
from benchmarks.harness.schedule import WARMUP_PHASE
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
    whole,
)

TOOL = "aiperf"
MS_PER = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "sec": 1e3, "s": 1e3}
MODEL = (
    ("models", "items", 0, "name"),  # from 0.8 on
    ("models", 0),
    ("endpoint", "model_names", 0),
)
CONCURRENCY = (("concurrency",), ("loadgen", "concurrency"))
RATE = (("rate",), ("loadgen", "request_rate"))
INPUT = (
    ("datasets", 0, "prompts", "isl"),
    ("input", "prompt", "input_tokens"),
)
OUTPUT = (
    ("datasets", 0, "prompts", "osl"),
    ("input", "prompt", "output_tokens"),
)


def parse(files: Iterable[str]) -> tuple[ImportedRun, ...]:
    """Return the one run that both files describe; raise Unreadable."""
    summaries: list[Mapping[str, Any]] = []
    exports: list[list[Mapping[str, Any]]] = []
    for text in files:
        records = _records(text)
        if records is None:
            summaries.append(document(text))
        else:
            exports.append(records)
    summaries = [one for one in summaries if at(one, "input_config") is not None]
    if not exports:
        raise Unreadable(
            "This is a summary only, and quantiles cannot be turned into samples:"
            " profile_export.jsonl is needed too."
        )
    if not summaries:
        raise Unreadable(
            "profile_export_aiperf.json is needed too: it names the model and the load."
        )
    if len(exports) != 1 or len(summaries) != 1:
        raise Unreadable("One profile_export.jsonl and its summary at a time, please.")
    return (_run(summaries[0], exports[0]),)


def _records(text: str) -> list[Mapping[str, Any]] | None:
    """Return the lines of an export, None for a document that is no export."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        first = json.loads(lines[0]) if lines else None
    except (ValueError, RecursionError):
        return None  # a document over several lines
    if not isinstance(at(first, "metadata"), Mapping):
        return None
    records = [document(line) for line in lines]
    for index, record in enumerate(records, 1):
        if not isinstance(at(record, "metadata"), Mapping):
            raise Unreadable(f"Line {index} is no record of a request.")
    return records


def _run(summary: Mapping[str, Any], records: list[Mapping[str, Any]]) -> ImportedRun:
    config = summary["input_config"]
    model = text_of(first_of(config, MODEL))
    if not model:
        raise Unreadable("The summary names no model.")
    load = _load(config)
    rate = positive(first_of(load, RATE))
    kept = [one for one in records if not at(one, "metadata", "was_cancelled")]
    starts = [_intended_ns(record, at_a_rate=rate is not None) for record in kept]
    origin = min(filter(known, starts), default=UNKNOWN)
    ends = [number(at(record, "metadata", "request_end_ns")) for record in kept]
    concurrency = whole(first_of(load, CONCURRENCY))
    return ImportedRun(
        tool=TOOL,
        tool_version=text_of(summary.get("aiperf_version")),
        model=model,
        samples=SampleTable.of(
            _sample(record, start, origin, f"Line {index}")
            for index, (record, start) in enumerate(zip(kept, starts, strict=True), 1)
        ),
        started_at=moment(origin / 1e9),
        finished_at=moment(max(filter(known, ends), default=UNKNOWN) / 1e9),
        profile=_profile(load, concurrency, rate),
        concurrency=concurrency,
        requests_per_second=rate,
        lengths=_lengths(config),
        cut_off=len(records) - len(kept),
    )


def _load(config: Any) -> Any:
    """Return the phase that was measured; before 0.8 the load has no phases."""
    phases = at(config, "phases")
    if not isinstance(phases, list):
        return config
    measured = [one for one in phases if at(one, "name") != "warmup"]
    return at(measured, 0)


def _profile(load: Any, concurrency: int | None, rate: float | None) -> Profile | None:
    if rate is not None:
        arrival = first_of(load, (("type",), ("loadgen", "request_rate_mode")))
        return Profile.POISSON if arrival == "poisson" else None
    if concurrency is None:
        return None
    return Profile.SINGLE if concurrency == 1 else Profile.CONCURRENT


def _lengths(config: Any) -> Lengths | None:
    tokens_in, tokens_out = (_mean(first_of(config, path)) for path in (INPUT, OUTPUT))
    if tokens_in is None or tokens_out is None:
        return None
    return Lengths(input_tokens=tokens_in, output_tokens=tokens_out)


def _mean(length: Any) -> int | None:
    """Return a fixed length, or the mean of a distribution."""
    paths = (("mean",), ("value",))
    return whole(first_of(length, paths) if isinstance(length, Mapping) else length)


def _intended_ns(record: Any, *, at_a_rate: bool) -> float:
    """Return the planned start of a load at a rate, else the actual start."""
    planned = number(at(record, "metadata", "credit_issued_ns"))
    if at_a_rate and known(planned):
        return planned
    return number(at(record, "metadata", "request_start_ns"))


def _sample(record: Any, intended: float, origin: float, where: str) -> Sample:
    started = number(at(record, "metadata", "request_start_ns"))
    late_ms = (started - intended) / 1e6
    warmup = at(record, "metadata", "benchmark_phase") == "warmup"
    sample = Sample(
        intended_s=(intended - origin) / 1e9,
        phase=WARMUP_PHASE if warmup else 0,
        late_ms=late_ms,
        asked_output_tokens=_tokens(record, "requested_osl"),
        input_tokens=_tokens(record, "input_sequence_length"),
        cached_tokens=_tokens(record, "usage_prompt_cache_read_tokens"),
    )
    error = at(record, "error")
    if error is not None:
        message = text_of(at(error, "message"))
        words = ": ".join(filter(None, (text_of(at(error, "type")), message)))
        fail(sample, whole(at(error, "code")) or 0, words)
        return sample
    sample.output_tokens = _tokens(record, "output_sequence_length")
    sample.reasoning_tokens = _tokens(record, "reasoning_token_count")
    sample.ttft_ms = late_ms + _ms(record, "time_to_first_token", where)
    answer_ms = _ms(record, "time_to_first_output_token", where)
    if known(answer_ms):
        sample.answer_ttft_ms = late_ms + answer_ms
    elif not sample.reasoning_tokens > 0:
        sample.answer_ttft_ms = sample.ttft_ms
    sample.request_ms = late_ms + _ms(record, "request_latency", where)
    # Its latency between tokens is (last - first) / (n - 1) of the request.
    sample.tpot_ms = _ms(record, "inter_token_latency", where)
    return answered(sample, where)


def _tokens(record: Any, name: str) -> float:
    return number(at(record, "metrics", name, "value"))


def _ms(record: Any, name: str, where: str) -> float:
    """Return a figure in milliseconds, whatever its unit; NaN where there is none."""
    metric = at(record, "metrics", name)
    if metric is None:
        return UNKNOWN
    unit = at(metric, "unit")
    if unit not in MS_PER:
        raise Unreadable(f"{where} has {name} in {unit!r}, which is no known unit.")
    return number(at(metric, "value")) * MS_PER[unit]
