"""Reads results that other tools measured, without a database or the network.

One module per tool; each has `parse(files)`, which takes the texts of the files that
the tool wrote, whatever their names, and returns one `ImportedRun` per measured load.
"""

from collections.abc import Callable, Iterable

from benchmarks.importers import aiperf, guidellm, llmperf
from benchmarks.importers.imported_run import ImportedRun
from benchmarks.importers.reading import Unreadable

PARSERS: dict[str, Callable[[Iterable[str]], tuple[ImportedRun, ...]]] = {
    "aiperf": aiperf.parse,
    "guidellm": guidellm.parse,
    "llmperf": llmperf.parse,
}

__all__ = ["PARSERS", "ImportedRun", "Unreadable"]
