"""Does voting help? The ready suite, answered by small real models on this machine.

Each GGUF file is served by `advisor.supervisor.serve_model` and asked by the harness
that the product uses: one greedy answer to each item, and samples at a temperature.
Answers are kept in a file, so that nothing is asked twice. Sizes are what llama.cpp
counts.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from advisor.supervisor import local_model
from bench import local_answers, quality_chart, quality_report, quality_table
from bench.local_server import parameters as counted
from bench.local_server import served
from bench.quality_curve import VOTES, Curve
from bench.quality_table import Table
from bench.split_weights import fetch
from benchmarks.suite import KINDS, SEED

TEMPERATURE = 0.8


def main() -> None:
    """Ask what is missing, then print the tables and one line."""
    options = _parser().parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    answers = options.answers or options.scratch / "answers.jsonl"
    if not options.report_only:
        _ask(options, answers)
    known = list(local_answers.read(answers).values())
    sizes = _read_sizes(answers)
    models = sorted({each.model for each in known}, key=lambda name: sizes[name])
    rows = quality_table.graded(known, options.seed)
    quality_table.write(rows, options.scratch / "outcomes.csv")
    table = quality_table.table(rows, models)
    parameters_of = np.array([sizes[name] for name in models])
    kinds = {
        kind: Curve(table.of([kind]), parameters_of, options.seed)
        for kind in sorted({*table.kinds})
    }
    quality_report.print_kinds(kinds, models)
    voted = _voted(table)
    if not voted:
        sys.exit(f"No kind has {VOTES[-1]} samples of every model to vote with.")
    curve = Curve(table.of(voted), parameters_of, options.seed)
    quality_report.print_curve(curve, models)
    quality_report.print_advice(curve, models)
    if options.chart:
        quality_chart.draw(
            curve, [_short(sizes[name]) for name in models], options.chart
        )
    print(json.dumps(quality_report.line(curve, models, sizes)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.local_quality")
    parser.add_argument("files", nargs="*", type=Path, help="further GGUF files")
    parser.add_argument(
        "--parts",
        nargs="*",
        default=[],
        metavar="PREFIX:COUNT",
        help="packages PREFIX1 to PREFIXCOUNT that hold one GGUF file in parts",
    )
    parser.add_argument("--scratch", type=Path, default=Path("var/ladder"))
    parser.add_argument("--answers", type=Path, help="default: in the scratch folder")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--items", type=int, default=12, help="of each kind")
    parser.add_argument("--samples", type=int, default=8, help="of each item")
    parser.add_argument("--seed", type=int, default=SEED, help="of the suite")
    parser.add_argument("--chart", type=Path, help="draw the votes to this SVG")
    parser.add_argument("--report-only", action="store_true", help="ask nothing")
    return parser


def _ask(options: argparse.Namespace, answers: Path) -> None:
    demo = local_model.weights()
    if demo is None:
        sys.exit("The demo's model is not installed: `make run` installs it.")
    files = [demo, *options.files]
    files += [fetch(split, options.scratch) for split in options.parts]
    by_item = local_answers.questions(
        options.kinds,
        seed=options.seed,
        each=options.items,
        samples=options.samples,
        temperature=TEMPERATURE,
    )
    sizes = _read_sizes(answers)
    for file in files:
        with served(file) as (_, url):
            sizes[file.stem] = counted(url)
            _sizes_path(answers).write_text(json.dumps(sizes))
            done = 0
            for asked in local_answers.ask(url, file.stem, by_item, answers):
                done += asked
                print(f"{file.stem}: {done} asked", file=sys.stderr, flush=True)


def _sizes_path(answers: Path) -> Path:
    return answers.with_suffix(".sizes.json")


def _read_sizes(answers: Path) -> dict[str, int]:
    path = _sizes_path(answers)
    return json.loads(path.read_text()) if path.exists() else {}


def _short(parameters: int) -> str:
    """Return a size as people say it: 135M, 1.8B."""
    millions = parameters / 1e6
    return f"{millions:.0f}M" if millions < 1_000 else f"{millions / 1_000:.1f}B"


def _voted(table: Table) -> list[str]:
    """Return the kinds of which every model has samples enough for the largest vote."""
    kept = table.samples.min(axis=0)
    counts = zip(table.kinds, kept.tolist(), strict=True)
    few = {kind for kind, count in counts if count < VOTES[-1]}
    return sorted({*table.kinds} - few)


if __name__ == "__main__":
    main()
