"""`number`: a quantity within a tolerance."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation, getcontext
from typing import Any

from benchmarks.grading.families import Family
from benchmarks.grading.grades import GraderProblem, Mark, Marker
from benchmarks.grading.marked import marked_answers
from benchmarks.grading.parameters import Parameters

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+\u2212]?)(?:[$€£¥]|[A-Z]{3}\s)?(?P<inner>[-\u2212]?)"
    r"(?P<digits>\d[\d.,'\u2019\u00a0\u202f]{0,60})(?P<power>[eE][-+]?\d{1,3})?(?!\d)"
    r"\s?(?P<percent>%?)"
)
_GROUPS = str.maketrans("", "", "'\u2019\u00a0\u202f")
_LARGEST_POWER = 300


def number_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark the number that a text gives.

    `take` says which: "marked" (what follows "Answer:" and the like), "last", "only"
    (there must be just one), or by default the marked one, else the last. Right is
    what differs by at most `absolute_tolerance`, or by at most `relative_tolerance`
    times the expected number. `decimals` rounds both first, and so joins votes.
    """
    read = _reading(parameters)
    take = parameters.word("take", _TAKEN, default="marked_or_last")
    absolute = Decimal(repr(parameters.figure("absolute_tolerance")))
    relative = Decimal(repr(parameters.figure("relative_tolerance", most=1.0)))
    right = expected_number(expected, read)
    slack = max(absolute, relative * abs(right))

    def mark(text: str) -> Mark:
        found, firm = _TAKEN[take](text, read)
        if found is None:
            return Mark(why="It gives no number where one was to be.")
        off = abs(found - right)
        said = "It is within the tolerance." if off <= slack else f"It is off by {off}."
        return Mark(
            score=float(off <= slack), answer=_spelled(found), why=said, firm=firm
        )

    return mark


_Reading = Callable[[str], list[tuple[Decimal, int]]]


def _reading(parameters: Parameters) -> _Reading:
    """Return what finds the numbers of a text, each with where it ends."""
    decimal_comma = parameters.flag("decimal_comma")
    percent = parameters.word(
        "percent", ("as_written", "fraction"), default="as_written"
    )
    decimals = parameters.count("decimals", most=20)

    def read(text: str) -> list[tuple[Decimal, int]]:
        found = []
        for match in _NUMBER.finditer(text):
            value = _value(match, decimal_comma=decimal_comma)
            if value is not None and match["percent"] and percent == "fraction":
                value /= 100
            if value is not None:
                found.append((_rounded(value, decimals), match.end()))
        return found

    return read


def _rounded(value: Decimal, decimals: int | None) -> Decimal:
    # What has more digits than Decimal computes with has none after the point.
    if decimals is None or value.adjusted() + decimals >= getcontext().prec:
        return value
    return round(value, decimals)


def _value(match: re.Match[str], *, decimal_comma: bool) -> Decimal | None:
    digits = _plain(match["digits"].rstrip(".,'\u2019\u00a0\u202f"), decimal_comma)
    negative = (match["sign"] in "-\u2212" and match["sign"]) or match["inner"]
    power = match["power"] or ""
    if abs(int(power[1:] or 0)) > _LARGEST_POWER:
        return None
    try:
        value = Decimal(digits + power)
    except InvalidOperation:
        return None
    return -value if negative else value


def _plain(digits: str, decimal_comma: bool) -> str:
    """Return digits with a decimal point and without separators of thousands.

    A comma parts thousands where exactly three digits follow each, else decimals;
    with `decimal_comma` comma and point change places.
    """
    bare = digits.translate(_GROUPS)
    if decimal_comma:
        bare = bare.translate(str.maketrans(",.", ".,"))
    whole, _, decimals = bare.partition(".")
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", whole):
        whole = whole.replace(",", "")
    elif not decimals and whole.count(",") == 1:
        whole = whole.replace(",", ".")
    return f"{whole}.{decimals}" if decimals else whole


_Taken = tuple[Decimal | None, bool]


def _marked(text: str, read: _Reading) -> _Taken:
    for answer, closed in marked_answers(text):
        if found := read(answer):
            value, end = found[-1] if "=" in answer else found[0]
            return value, closed or end < len(answer)
    return None, False


def _last(text: str, read: _Reading) -> _Taken:
    found = read(text)
    return (found[-1][0], False) if found else (None, False)


def _only(text: str, read: _Reading) -> _Taken:
    found = read(text)
    return (found[0][0], False) if len(found) == 1 else (None, False)


def _marked_or_last(text: str, read: _Reading) -> _Taken:
    found = _marked(text, read)
    return _last(text, read) if found[0] is None else found


_TAKEN: Mapping[str, Callable[[str, _Reading], _Taken]] = {
    "marked_or_last": _marked_or_last,
    "marked": _marked,
    "last": _last,
    "only": _only,
}


def expected_number(expected: Any, read: _Reading) -> Decimal:
    """Return the expected number, given as one or as a text; raise GraderProblem."""
    if not isinstance(expected, bool) and isinstance(expected, int | float | str):
        found = read(_worded(expected))
        if len(found) == 1:
            return found[0][0]
    raise GraderProblem("expected", "must be one number, such as 12.5")


def _worded(expected: Any) -> str:
    return expected if isinstance(expected, str) else str(Decimal(repr(expected)))


def _spelled(value: Decimal) -> str:
    plain = f"{value.normalize():f}"
    return "0" if plain == "-0" else plain


def _own_answer(_: Mapping[str, Any], expected: Any) -> str | None:
    return f"Answer: {_worded(expected)}"


NUMBER = Family(marker=number_marker, own_answer=_own_answer)
