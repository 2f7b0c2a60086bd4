"""Many trials of many tasks, spread over the processors."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from advisor.recommendations.replay.exams import Exam
from advisor.recommendations.replay.tallies import Trial, judge, truth
from advisor.recommendations.replay.trials import Question, decide

# Below this many trials, starting processes takes longer than they save.
_WORTH_PROCESSES = 200
_CHUNK = 50


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    """Some trials of one task; every trial has a random sequence of its own."""

    exam: Exam
    place: int
    trials: range


def replay(
    exams: Sequence[Exam], question: Question, *, trials: int, seed: int
) -> list[list[Trial]]:
    """Return the trials of each exam; the same seed brings the same."""
    chunks = [
        _Chunk(exam=exam, place=place, trials=range(start, min(start + _CHUNK, trials)))
        for place, exam in enumerate(exams)
        for start in range(0, trials, _CHUNK)
    ]
    judged: list[list[Trial]] = [[] for _ in exams]
    for chunk, some in zip(chunks, _all(chunks, question, seed), strict=True):
        judged[chunk.place] += some
    return judged


def _all(chunks: list[_Chunk], question: Question, seed: int) -> list[list[Trial]]:
    processors = len(os.sched_getaffinity(0))
    wanted = sum(len(chunk.trials) for chunk in chunks)
    if processors == 1 or wanted < _WORTH_PROCESSES:
        return [_trials(chunk, question, seed) for chunk in chunks]
    # Not forked: a copy of threads and of open connections can hang.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processors, mp_context=fresh) as pool:
        return list(pool.map(_trials, chunks, repeat(question), repeat(seed)))


def _trials(chunk: _Chunk, question: Question, seed: int) -> list[Trial]:
    exam = chunk.exam
    true = truth(exam.values, exam.costs, len(exam.models), question)
    judged = []
    for number in chunk.trials:
        rng = np.random.default_rng([seed, chunk.place, number])
        verdict = decide(exam.values, exam.costs, exam.asks, question, rng)
        judged.append(judge(verdict, true, question))
    return judged
