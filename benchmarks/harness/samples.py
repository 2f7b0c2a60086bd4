"""One request as it was measured, and many of them as columns.

Times are in milliseconds and run from the *intended* start of the request, so a client
or an endpoint that falls behind cannot hide it (no coordinated omission). Two waits are
taken out of them and stand apart: those that a 429 asked for, in `throttled_ms`, and
the opening of a connection, in `connect_ms`, as a service keeps its connections open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import chain, compress
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

UNKNOWN = float("nan")


class ErrorKind(StrEnum):
    """Why a request counts as a miss; the first that applies, in this order."""

    BLOCKED = "blocked"  # by our own guard: a forbidden address, or a redirect
    CONNECT = "connect"  # refused, reset before an answer, or unresolved
    TLS = "tls"
    TIMEOUT = "timeout"  # no connection, no first byte, no progress, or no end in time
    RATE_LIMITED = "rate_limited"  # still 429 when patience ended
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    MALFORMED_STREAM = "malformed_stream"  # not the protocol: HTML, bad JSON, too large
    TRUNCATED = "truncated"  # ended before the protocol's own end, or before any word
    REFUSED = "refused"  # the provider or model declined to answer
    LENGTH_MISMATCH = "length_mismatch"  # an answer of another length than asked for


@dataclass(slots=True, kw_only=True)
class Sample:
    """One request; what is unknown is NaN or empty.

    `ttft_ms` ends at the first token of any kind, `answer_ttft_ms` at the first one
    after reasoning. `tpot_ms` is the mean time per output token after the first, by
    usage counts; `itl_p95_ms` the 95th percentile of the request's own gaps between
    tokens, each gap between chunks shared among the tokens of the later one.
    """

    intended_s: float  # after the start of the run
    phase: int = 0  # step of a sweep, from 0; -1 is warm-up
    late_ms: float = UNKNOWN  # from the intended to the actual start
    connect_ms: float = (
        UNKNOWN  # of the answered attempt, name look-up and TLS included
    )
    ttft_ms: float = UNKNOWN
    answer_ttft_ms: float = UNKNOWN
    tpot_ms: float = UNKNOWN
    itl_p95_ms: float = UNKNOWN
    request_ms: float = UNKNOWN
    throttled_ms: float = 0.0
    attempts: int = 1
    http_status: int = 0  # 0 when no answer came
    asked_input_tokens: float = UNKNOWN
    asked_output_tokens: float = UNKNOWN
    input_tokens: float = UNKNOWN
    cached_tokens: float = UNKNOWN
    output_tokens: float = UNKNOWN  # reasoning included
    reasoning_tokens: float = UNKNOWN
    error: ErrorKind | None = None
    error_detail: str = ""  # for people; short, without secrets
    finish_reason: str = ""
    served_model: str = ""
    served_tier: str = ""

    @property
    def failed(self) -> bool:
        """Whether nothing usable came; an answer of another length still counts."""
        return self.error is not None and (
            self.error is not ErrorKind.LENGTH_MISMATCH or not self.output_tokens > 0
        )


WORDS = ("error", "error_detail", "finish_reason", "served_model", "served_tier")
FIGURES = tuple(field.name for field in fields(Sample) if field.name not in WORDS)


def failures(errors: Sequence[str], output_tokens: npt.ArrayLike) -> Bools:
    """Return which requests are failures, as `Sample.failed`, from two columns."""
    kinds = np.array(errors, dtype=np.str_)
    tokens = np.asarray(output_tokens, dtype=np.float32)
    answered = (kinds == str(ErrorKind.LENGTH_MISMATCH)) & (tokens > 0)
    failed: Bools = (kinds != "") & ~answered
    return failed


@dataclass(frozen=True, kw_only=True)
class SampleTable:
    """Requests as columns, in the order of their intended starts.

    `figures` holds one float32 array per name of FIGURES, `words` one tuple per name
    of WORDS; all have the same length. A reader that needs few columns may leave out
    others, never `intended_s`.
    """

    figures: dict[str, Floats]
    words: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> "SampleTable":
        """Gather samples, sorted by intended start."""
        rows = sorted(samples, key=lambda sample: sample.intended_s)
        return cls(
            figures={
                name: np.array([getattr(row, name) for row in rows], dtype=np.float32)
                for name in FIGURES
            },
            words={
                name: tuple(str(getattr(row, name) or "") for row in rows)
                for name in WORDS
            },
        )

    @classmethod
    def of_columns(cls, columns: Mapping[str, Sequence[Any]]) -> "SampleTable":
        """Return what `columns` returned, read again."""
        return cls(
            figures={name: np.array(columns[name], np.float32) for name in FIGURES},
            words={name: tuple(columns[name]) for name in WORDS},
        )

    @classmethod
    def joined(cls, tables: Sequence["SampleTable"]) -> "SampleTable":
        """Return the rows of all tables, one table after the other.

        The columns are those of the first table.
        """
        if not tables:
            return cls.of(())
        return cls(
            figures={
                name: np.concatenate([table.figures[name] for table in tables])
                for name in tables[0].figures
            },
            words={
                name: tuple(chain.from_iterable(table.words[name] for table in tables))
                for name in tables[0].words
            },
        )

    def __len__(self) -> int:
        return len(self.figures["intended_s"])

    def __getitem__(self, name: str) -> Floats:
        return self.figures[name]

    @property
    def failed(self) -> Bools:
        """Which rows are failures, as `Sample.failed`."""
        return failures(self.words["error"], self["output_tokens"])

    def where(self, keep: Bools) -> "SampleTable":
        """Return the rows for which `keep` is true; the table itself if all are."""
        if keep.all():
            return self
        kept = keep.tolist()
        return SampleTable(
            figures={name: column[keep] for name, column in self.figures.items()},
            words={
                name: tuple(compress(column, kept))
                for name, column in self.words.items()
            },
        )

    def columns(self) -> dict[str, list[Any]]:
        """Return every column as a plain list, as a database row keeps it."""
        figures = {name: column.tolist() for name, column in self.figures.items()}
        return figures | {name: list(column) for name, column in self.words.items()}
