"""`json`: an answer as JSON, equal to what is expected or holding all of it."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from benchmarks.grading.families import Family
from benchmarks.grading.grades import GraderProblem, Mark, Marker
from benchmarks.grading.json_comparing import Comparison, compared
from benchmarks.grading.parameters import Parameters, is_figure
from benchmarks.grading.spelling import fenced

LONGEST_JSON = 100_000
LONGEST_SCHEMA = 10_000
# These may take longer than their length suggests, or look elsewhere.
_REFUSED_WORDS = frozenset(
    {
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "pattern",
        "patternProperties",
        "uniqueItems",
    }
)
_MOST_STARTS = 20
_LARGEST_POWER = 300


def json_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark the JSON in a text: a fenced block, the whole text, or the last value in it.

    `match` is "equal", or "subset": further members of objects are ignored. `partial`
    gives the share of expected values that are right. With a `schema` (JSON Schema
    2020-12) an answer that is not of it is a failure of format.
    """
    comparison = _comparison(parameters)
    partial = parameters.flag("partial")
    schema = _schema(parameters)
    wanted = _decimals(expected)

    def mark(text: str) -> Mark:
        found, value = _json_in(text)
        if not found:
            return Mark(why="There is no JSON in it.")
        if fault := _fault(schema, value):
            return Mark(why=f"It is not of the schema: {fault}")
        right, total = compared(wanted, value, comparison)
        share = right / total
        return Mark(
            score=share if partial else float(right == total),
            answer=_spelled(value, wanted, comparison),
            why=f"{right} of {total} values are right.",
            firm=True,
        )

    return mark


def _comparison(parameters: Parameters) -> Comparison:
    match = parameters.word("match", ("equal", "subset"), default="equal")
    tolerances = parameters.raw("tolerances") or {}
    if not isinstance(tolerances, Mapping) or not all(
        is_figure(each) and each >= 0 for each in tolerances.values()
    ):
        raise parameters.problem(
            "tolerances", 'must be an object such as {"total": 0.01, "lines.*.net": 1}'
        )
    return Comparison(
        subset=match == "subset",
        ignore_case=not parameters.flag("case_sensitive"),
        any_order=parameters.flag("any_order"),
        tolerance=Decimal(repr(parameters.figure("absolute_tolerance"))),
        tolerances={
            str(path): Decimal(repr(each)) for path, each in tolerances.items()
        },
    )


def _schema(parameters: Parameters) -> Any:
    stated = parameters.raw("schema")
    if stated is None:
        return None
    if not isinstance(stated, Mapping):
        raise parameters.problem("schema", "must be a JSON Schema: an object")
    if len(json.dumps(stated)) > LONGEST_SCHEMA:
        raise parameters.problem(
            "schema", f"must have at most {LONGEST_SCHEMA:,} characters"
        )
    for word in _words(stated):
        if word in _REFUSED_WORDS:
            raise parameters.problem(
                "schema", f"must do without {word}: write out what it stands for"
            )
    try:
        Draft202012Validator.check_schema(stated)
    except (SchemaError, RecursionError) as error:
        said = getattr(error, "message", "it is nested too deeply")
        raise parameters.problem("schema", f"is no JSON Schema: {said}") from None
    return Draft202012Validator(stated)


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            yield str(name)
            # A property may be called as it likes.
            below = (
                value.values()
                if name == "properties" and isinstance(value, Mapping)
                else (value,)
            )
            for each in below:
                yield from _words(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _words(each)


def _fault(schema: Any, value: Any) -> str:
    """Return where and how a value is not of the schema, empty when it is."""
    if schema is None:
        return ""
    try:
        error = next(schema.iter_errors(_floats(value)), None)
    except RecursionError:
        return "it is nested too deeply"
    if error is None:
        return ""
    place = ".".join(map(str, error.absolute_path))
    return f"{place or 'the whole'}: {error.message}"


def _json_in(text: str) -> tuple[bool, Any]:
    """Return whether there is JSON in a text, and the value."""
    if len(text) > LONGEST_JSON:
        return False, None
    block = fenced(text, ("json",))
    for candidate in (block, text) if block is not None else (text,):
        found, value = _read(candidate)
        if found:
            return True, value
    return _last_value(text)


def _read(text: str) -> tuple[bool, Any]:
    try:
        return True, json.loads(text, parse_float=_real, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return False, None


def _last_value(text: str) -> tuple[bool, Any]:
    """Return the last object or list that stands in a text on its own."""
    decoder = json.JSONDecoder(parse_float=_real, parse_constant=_no_number)
    at, found, value = 0, False, None
    for _ in range(_MOST_STARTS):
        starts = [
            place for place in (text.find("{", at), text.find("[", at)) if place >= 0
        ]
        if not starts:
            break
        try:
            value, at = decoder.raw_decode(text, min(starts))
            found = True
        except (ValueError, RecursionError):
            at = min(starts) + 1
    return found, value


def _real(word: str) -> Decimal:
    value = Decimal(word)
    if value and abs(value.adjusted()) > _LARGEST_POWER:
        raise ValueError(f"{word} is out of reach")
    return value


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _decimals(value: Any) -> Any:
    """Return a value as answers are read, so that 0.1 is 0.1."""
    try:
        return json.loads(json.dumps(value, allow_nan=False), parse_float=Decimal)
    except (TypeError, ValueError, RecursionError):
        raise GraderProblem("expected", "must be JSON without NaN") from None


def _floats(value: Any) -> Any:
    return json.loads(json.dumps(value, default=float))


def _spelled(value: Any, wanted: Any, comparison: Comparison) -> str:
    """Return the value in one spelling; of a subset only the members asked for."""
    asked = _asked_for(value, wanted) if comparison.subset else value
    text = json.dumps(asked, default=_number, sort_keys=True, ensure_ascii=False)
    return text.casefold() if comparison.ignore_case else text


def _asked_for(value: Any, wanted: Any) -> Any:
    if isinstance(value, dict) and isinstance(wanted, dict):
        return {
            name: _asked_for(value[name], wanted[name])
            for name in wanted
            if name in value
        }
    return value


def _number(value: Any) -> Any:
    whole = int(value)
    return whole if whole == value else float(value)


def _own_answer(_: Mapping[str, Any], expected: Any) -> str | None:
    return json.dumps(expected)


JSON = Family(marker=json_marker, own_answer=_own_answer)
