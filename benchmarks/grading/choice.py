"""`choice`: one of some labels, by a letter or by a word."""

import re
from collections.abc import Mapping
from typing import Any

from benchmarks.grading.families import Family, first_accepted
from benchmarks.grading.grades import GraderProblem, Mark, Marker
from benchmarks.grading.marked import marked_answers
from benchmarks.grading.parameters import MOST_TEXTS, Parameters
from benchmarks.grading.spelling import bare, spelled

_ENDS_LABEL = re.compile(
    r"[).:,\]*]|\s*[-\u2013\n]| is (?:the )?(?:correct|right|best)\b"
)
_AROUND = "()[]{}<>\"'`*_.:,;- \t"


def choice_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark the label that a text settles on.

    In this order: the last marked answer ("Answer: B"); a text that is a label, or an
    option's wording; a text that begins with one ("B) because …"); the only label in
    brackets or, for labels of two characters and more, the only one that occurs.
    """
    options = _options(parameters)
    right = options.get(_key(expected)) if isinstance(expected, str) else None
    if right is None:
        raise GraderProblem(
            "expected", "must be one of the choices: see grader.choices"
        )

    def mark(text: str) -> Mark:
        label, firm = _label(text, options)
        if not label:
            return Mark(why="It settles on none of the choices.")
        score = float(label == right)
        said = "It is the expected choice." if score else "It is another choice."
        return Mark(score=score, answer=label, why=said, firm=firm)

    return mark


def _options(parameters: Parameters) -> dict[str, str]:
    """Return the label of each way to name it: the label itself, or its wording."""
    stated = parameters.raw("choices")
    if isinstance(stated, list):
        stated = {label: label for label in stated if isinstance(label, str)}
    if not isinstance(stated, Mapping) or not 2 <= len(stated) <= MOST_TEXTS:
        raise parameters.problem(
            "choices",
            f"must be a list of 2 to {MOST_TEXTS} labels, or an object that gives each"
            " label its wording",
        )
    found: dict[str, str] = {}
    for label, wording in stated.items():
        for name in dict.fromkeys((label, wording)):
            key = _key(name) if isinstance(name, str) else ""
            if not key or found.setdefault(key, label) != label:
                raise parameters.problem(
                    "choices", f"must tell its choices apart: {name!r} does not"
                )
    return found


def _key(name: str) -> str:
    return spelled(name.strip(_AROUND))


def _label(text: str, options: Mapping[str, str]) -> tuple[str, bool]:
    for answer, _ in marked_answers(text):
        if label := _named(answer, options):
            return label, True
    if label := _named(text, options):
        return label, True
    return _only(text, options), False


def _named(text: str, options: Mapping[str, str]) -> str:
    """Return the label that a text is or begins with, else nothing."""
    if label := options.get(_key(bare(text))):
        return label
    line = spelled(text.strip().split("\n", 1)[0]).lstrip(_AROUND)
    for key in sorted(options, key=len, reverse=True):
        if line.startswith(key) and _ENDS_LABEL.match(line[len(key) :]):
            return options[key]
    return ""


def _only(text: str, options: Mapping[str, str]) -> str:
    """Return the one label that occurs: a single character only in brackets."""
    plain = spelled(text)
    found = {label for key, label in options.items() if _occurs(key, plain)}
    return found.pop() if len(found) == 1 else ""


def _occurs(key: str, text: str) -> bool:
    name = re.escape(key)
    pattern = rf"(?<!\w){name}(?!\w)" if len(key) > 1 else rf"[(\[]{name}[)\]]"
    return re.search(pattern, text) is not None


CHOICE = Family(marker=choice_marker, own_answer=first_accepted)
