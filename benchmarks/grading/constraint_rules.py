"""The rules that `constraints` knows, each built from its parameters."""

import json
import re
from collections.abc import Callable, Mapping

from benchmarks.grading.parameters import Parameters
from benchmarks.grading.patterns import found_in, pattern_of
from benchmarks.grading.spelling import fenced, spelled

Keeps = Callable[[str], bool]
Rule = Callable[[Parameters], Keeps]

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_BULLET = re.compile(r"^[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
# Their ends: to match whole ones takes long on a text that has none.
_SENTENCE_END = re.compile(r"(?<=[^.!?\s])[.!?]+(?=\s|$)")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")


def _counted(count: Callable[[str], int]) -> Rule:
    def build(parameters: Parameters) -> Keeps:
        low, high = _bounds(parameters)
        return lambda text: low <= count(text) <= high

    return build


def _bounds(parameters: Parameters) -> tuple[float, float]:
    exactly = parameters.count("exactly")
    least, most = parameters.count("at_least"), parameters.count("at_most")
    if exactly is not None and least is None and most is None:
        return exactly, exactly
    low = 0 if least is None else least
    high = float("inf") if most is None else most
    if exactly is not None or (least is None and most is None) or low > high:
        raise parameters.problem(
            "at_least", "state at_least, at_most or both in this order, or else exactly"
        )
    return low, high


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _contains(parameters: Parameters) -> Keeps:
    wanted, case = parameters.texts("texts"), parameters.flag("case_sensitive")
    needles = [spelled(each, ignore_case=not case) for each in wanted]
    least = parameters.count("times")
    times = 1 if least is None else least

    def keeps(text: str) -> bool:
        plain = spelled(text, ignore_case=not case)
        return all(plain.count(needle) >= times for needle in needles)

    return keeps


def _contains_none(parameters: Parameters) -> Keeps:
    wanted, case = parameters.texts("texts"), parameters.flag("case_sensitive")
    needles = [spelled(each, ignore_case=not case) for each in wanted]

    def keeps(text: str) -> bool:
        plain = spelled(text, ignore_case=not case)
        return not any(needle in plain for needle in needles)

    return keeps


def _json_only(_: Parameters) -> Keeps:
    return _is_json


def _is_json(text: str) -> bool:
    whole = text.strip()
    if whole.startswith("```") and whole.endswith("```"):
        whole = fenced(whole, ("json",)) or whole
    try:
        return isinstance(json.loads(whole), dict | list)
    except (ValueError, RecursionError):
        return False


def _starts_with(parameters: Parameters) -> Keeps:
    case = parameters.flag("case_sensitive")
    start = spelled(parameters.needed_text("text"), ignore_case=not case)
    return lambda text: spelled(text, ignore_case=not case).startswith(start)


def _ends_with(parameters: Parameters) -> Keeps:
    case = parameters.flag("case_sensitive")
    end = spelled(parameters.needed_text("text"), ignore_case=not case)
    return lambda text: spelled(text, ignore_case=not case).endswith(end)


def _case(parameters: Parameters) -> Keeps:
    wanted = parameters.word("of", ("lower", "upper"), default="lower")
    return str.islower if wanted == "lower" else str.isupper


def _matches(parameters: Parameters) -> Keeps:
    case = parameters.flag("case_sensitive")
    pattern = pattern_of(parameters, "pattern", ignore_case=not case)
    return lambda text: found_in(pattern, text) is not None


RULES: Mapping[str, Rule] = {
    "words": _counted(lambda text: len(_WORD.findall(text))),
    "characters": _counted(lambda text: len(text.strip())),
    "sentences": _counted(lambda text: len(_SENTENCE_END.findall(text))),
    "lines": _counted(_lines),
    "paragraphs": _counted(lambda text: len(_PARAGRAPHS.split(text.strip()))),
    "bullets": _counted(lambda text: len(_BULLET.findall(text))),
    "contains": _contains,
    "contains_none": _contains_none,
    "json_only": _json_only,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "case": _case,
    "matches": _matches,
}
