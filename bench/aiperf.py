"""Runs aiperf, from a virtual environment of its own, against the simulator."""

import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path

from bench.harness_clients import ITL_S, TOKENS, TTFT_S

# aiperf wants a tokenizer; one that knows words keeps it off the network.
TOKENIZER = """
import sys
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = ["[UNK]", "[PAD]"] + [f"w{number}" for number in range(1000)]
vocabulary = {word: number for number, word in enumerate(words)}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]"
).save_pretrained(sys.argv[1])
"""

Measured = tuple[list[float], list[float], float]


def profile(
    environment: Path,
    url: str,
    provider: str,
    streams: int,
    each: int,
    *,
    ramped: bool,
) -> Measured:
    """Return TTFT and TPOT of each request in milliseconds, and the CPU in seconds.

    The CPU is that of all its processes, their start included.
    """
    programs = environment.resolve() / "bin"
    with tempfile.TemporaryDirectory() as folder:
        quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": folder}
        _cache_tokenizer(programs / "python", Path(folder), quiet)
        command = [
            *(str(programs / "aiperf"), "profile", "--model", "model"),
            *("--url", f"{url}/{provider}", "--endpoint-type", "chat", "--streaming"),
            *("--concurrency", str(streams), "--request-count", str(streams * each)),
            *("--synthetic-input-tokens-mean", "7", "--osl", str(TOKENS)),
            *("--tokenizer", "bench/words", "--ui", "none", "--artifact-dir", "out"),
        ]
        if ramped:
            command += ["--concurrency-ramp-duration", str(TTFT_S + ITL_S)]
        before = _children_cpu_s()
        subprocess.run(command, cwd=folder, env=quiet, check=True, capture_output=True)
        cpu_s = _children_cpu_s() - before
        records = next(Path(folder, "out").rglob("profile_export.jsonl"))
        rows = [json.loads(line) for line in records.read_text().splitlines()]
    ttft_ms = [_value(row, "time_to_first_token") for row in rows]
    tpot_ms = [_value(row, "inter_token_latency") for row in rows]
    return ttft_ms, tpot_ms, cpu_s


def _cache_tokenizer(python: Path, home: Path, environment: dict[str, str]) -> None:
    """Lay a tokenizer out as if it had been downloaded: offline it looks there only."""
    cached = home / "hub" / "models--bench--words"
    revision = "0" * 40
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text(revision)
    make = [str(python), "-c", TOKENIZER, str(cached / "snapshots" / revision)]
    subprocess.run(make, env=environment, check=True, capture_output=True)


def _value(row: dict[str, dict[str, dict[str, float]]], name: str) -> float:
    return row["metrics"][name]["value"]


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
