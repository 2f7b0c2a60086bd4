"""LLMPerf (ray-project/llmperf): a summary and the individual responses, both JSON.

The summary names model and load, but holds quantiles, which are no samples; the list
of individual responses holds one record per request, with times in seconds and no
starts. Both are needed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.harness.load import Lengths, Profile
from benchmarks.harness.samples import UNKNOWN, ErrorKind, Sample, SampleTable
from benchmarks.importers.imported_run import ImportedRun
from benchmarks.importers.reading import (
    Unreadable,
    answered,
    document,
    fail,
    known,
    moment,
    number,
    text_of,
    tpot_ms,
    whole,
)

TOOL = "llmperf"
# LLMPerf's own code for an answer that was shorter than it wanted.
TOO_SHORT = -100
ROUNDING = 1 + 1e-6


def parse(files: Iterable[str]) -> tuple[ImportedRun, ...]:
    """Return the one run that both files describe; raise Unreadable."""
    documents = [document(text) for text in files]
    responses = [one for one in documents if isinstance(one, list)]
    summaries = [one for one in documents if isinstance(one, Mapping)]
    if not responses:
        raise Unreadable(
            "These are summaries only, and quantiles cannot be turned into samples: the"
            " file of individual responses is needed too."
        )
    if not summaries:
        raise Unreadable(
            "The summary file is needed too: it names the model and how it was asked."
        )
    if len(documents) != 2:
        raise Unreadable("One summary and its individual responses at a time, please.")
    return (_run(summaries[0], responses[0]),)


def _run(summary: Mapping[str, Any], responses: list[Any]) -> ImportedRun:
    model = text_of(summary.get("model"))
    if not model:
        raise Unreadable("The summary has no model.")
    if not responses:
        raise Unreadable("The file of individual responses is empty.")
    asked = _asked(summary)
    concurrency = whole(summary.get("num_concurrent_requests"))
    return ImportedRun(
        tool=TOOL,
        tool_version=text_of(summary.get("version")),
        model=model,
        samples=SampleTable.of(
            _sample(record, asked, f"Response {index}")
            for index, record in enumerate(responses, 1)
        ),
        started_at=None,
        # The summary is stamped when it is written, after the last answer.
        finished_at=moment(number(summary.get("timestamp"))),
        profile=_profile(concurrency),
        concurrency=concurrency,
        requests_per_second=None,
        lengths=_lengths(summary),
        cut_off=0,
    )


def _profile(concurrency: int | None) -> Profile | None:
    if concurrency is None:
        return None
    return Profile.SINGLE if concurrency == 1 else Profile.CONCURRENT


def _lengths(summary: Mapping[str, Any]) -> Lengths | None:
    tokens_in = whole(summary.get("mean_input_tokens"))
    tokens_out = whole(summary.get("mean_output_tokens"))
    if tokens_in is None or tokens_out is None:
        return None
    return Lengths(input_tokens=tokens_in, output_tokens=tokens_out)


def _asked(summary: Mapping[str, Any]) -> tuple[float, float]:
    """Return the lengths asked of every request, NaN where they were drawn."""
    lengths = []
    for side in ("input", "output"):
        drawn = number(summary.get(f"stddev_{side}_tokens")) != 0
        mean = number(summary.get(f"mean_{side}_tokens"))
        lengths.append(UNKNOWN if drawn else mean)
    return lengths[0], lengths[1]


def _sample(record: Any, asked: tuple[float, float], where: str) -> Sample:
    if not isinstance(record, Mapping):
        raise Unreadable(f"{where} is no record of a request.")
    if "end_to_end_latency_s" not in record:
        raise Unreadable(f"{where} has no end_to_end_latency_s.")
    sample = Sample(
        intended_s=UNKNOWN,
        asked_input_tokens=asked[0],
        asked_output_tokens=asked[1],
        input_tokens=number(record.get("number_input_tokens")),
    )
    code = record.get("error_code")
    if code is not None and code != TOO_SHORT:
        status = number(code)
        message = text_of(record.get("error_msg"))
        fail(sample, int(status) if known(status) else 0, message)
        return sample
    _measure(sample, record)
    answered(sample, where)
    if code == TOO_SHORT:
        sample.error = ErrorKind.LENGTH_MISMATCH
        sample.error_detail = text_of(record.get("error_msg"))
    return sample


def _measure(sample: Sample, record: Mapping[str, Any]) -> None:
    first_ms = number(record.get("ttft_s")) * 1000
    tokens = number(record.get("number_output_tokens"))
    sample.ttft_ms = sample.answer_ttft_ms = first_ms  # it looks at content only
    sample.request_ms = number(record.get("end_to_end_latency_s")) * 1000
    sample.output_tokens = tokens
    # The mean gap counts the wait for the first token as a gap: times the tokens, it
    # ends at the last one, while the end-to-end latency ends with the connection.
    last_ms = number(record.get("inter_token_latency_s")) * tokens * 1000
    # Of answers that were too short it holds something else.
    if last_ms <= sample.request_ms * ROUNDING:
        sample.tpot_ms = tpot_ms(first_ms, last_ms, tokens)
