"""What a file of another tool says about one load that it measured."""

from dataclasses import dataclass
from datetime import datetime

from benchmarks.harness.load import TOKEN_CLASSES, WORKLOAD, Lengths, Profile
from benchmarks.harness.samples import SampleTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """One load: its requests, and what is known of how they were asked.

    What the file does not state is None or empty, and NaN in the samples; where it
    states no starts, the order of the samples means nothing. `cut_off` counts requests
    that the end of the run interrupted or the tool cancelled: they are no samples.
    """

    tool: str
    tool_version: str
    model: str  # as the tool called it
    samples: SampleTable
    started_at: datetime | None
    finished_at: datetime | None
    profile: Profile | None
    concurrency: int | None  # requests under way at once
    requests_per_second: float | None  # as asked, of a load at a rate
    lengths: Lengths | None  # as asked; means where they varied
    cut_off: int

    @property
    def token_class(self) -> str:
        """The usual class that the lengths are, else `WORKLOAD`."""
        for name, lengths in TOKEN_CLASSES.items():
            if lengths == self.lengths:
                return name
        return WORKLOAD
