"""One item of an evaluation set: what a row must say, and what it may not."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.grading import BROUGHT, KINDS, GraderProblem, check_grader
from benchmarks.importers.outcome_rows import RowProblem

COLUMNS = (
    *("key", "prompt", "system", "messages", "expected", "grader"),
    *("weight", "cluster", "difficulty", "max_output_tokens"),
)
ROLES = ("system", "user", "assistant")
LONGEST_KEY = 120
LONGEST_DIFFICULTY = 20
LONGEST_PROMPT = 400_000
MOST_MESSAGES = 100
LARGEST_WEIGHT = 1e6
MAX_OUTPUT_TOKENS = 32_000
DEFAULT_OUTPUT_TOKENS = 256
_HASH_DIGITS = 16

Row = Mapping[str, Any]
Refuse = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question in the fields of `EvaluationItem`; `row` is where it stood."""

    row: int
    key: str
    messages: list[dict[str, str]]
    expected: Any
    grader: dict[str, Any]
    weight: float
    cluster: str
    difficulty: str
    max_output_tokens: int

    def fields(self) -> dict[str, Any]:
        """Return the columns of a row in the database, but for its position."""
        fields = asdict(self)
        del fields["row"]
        return fields

    def asks(self) -> str:
        """Return a hash of all that makes the question; equal ones are duplicates."""
        return digest([self.messages, self.expected, self.grader])


def digest(value: Any) -> str:
    """Return the SHA-256 of JSON, however its members are ordered."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def item(at: int, row: Row, grader: Any = None) -> Item | tuple[RowProblem, ...]:
    """Return the item that a row states, or all that is wrong with it.

    `grader` is for rows that state none. What is missing, null or "" is not stated.
    """
    problems: list[RowProblem] = []

    def refuse(column: str, detail: str) -> None:
        problems.append(RowProblem(at, column, detail))

    used = _grader(row, grader, refuse)
    messages = _messages(row, refuse, needed=used.get("kind") != BROUGHT)
    expected = None if row.get("expected") == "" else row.get("expected")
    _check(used, expected, refuse)
    found = Item(
        row=at,
        key=_text(row, "key", LONGEST_KEY, refuse) or digest(messages)[:_HASH_DIGITS],
        messages=messages,
        expected=expected,
        grader=used,
        weight=_weight(row, refuse),
        cluster=_text(row, "cluster", LONGEST_KEY, refuse),
        difficulty=_text(row, "difficulty", LONGEST_DIFFICULTY, refuse),
        max_output_tokens=_output_tokens(row, refuse),
    )
    if not messages and not problems and row.get("key") in (None, ""):
        refuse("key", "Is needed where nothing is asked: name the item.")
    return tuple(problems) or found


def _grader(row: Row, default: Any, refuse: Refuse) -> dict[str, Any]:
    """Return the grader, empty where there is none to check; a word is its kind."""
    stated = row.get("grader")
    stated = default if stated in (None, "") else stated
    if isinstance(stated, str):
        stated = {"kind": stated.strip()}
    if stated is None:
        refuse("grader", f"Is missing: state one of {', '.join(KINDS)}.")
    elif not isinstance(stated, Mapping):
        refuse("grader", 'Must be an object such as {"kind": "exact"}, or a kind.')
    else:
        return dict(stated)
    return {}


def _check(grader: Row, expected: Any, refuse: Refuse) -> None:
    for column, value in (("expected", expected), ("grader", grader)):
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            refuse(column, "Must be JSON, without NaN.")
            return
    if not grader:
        return
    try:
        check_grader(grader, expected)
    except GraderProblem as problem:
        column, _, parameter = problem.field.partition(".")
        detail = f"{parameter} {problem.detail}.".strip()
        refuse(column, detail if parameter else detail[0].upper() + detail[1:])


def _messages(row: Row, refuse: Refuse, *, needed: bool) -> list[dict[str, str]]:
    stated = row.get("messages")
    if stated in (None, ""):
        return _prompted(row, refuse, needed=needed)
    if row.get("prompt") or row.get("system"):
        refuse("messages", "Stand for themselves: leave out prompt and system.")
    if not isinstance(stated, list) or not 1 <= len(stated) <= MOST_MESSAGES:
        refuse("messages", f"Must be a list of 1 to {MOST_MESSAGES} messages.")
        return []
    faults = [fault for each in stated if (fault := _message_fault(each))]
    if faults:
        refuse("messages", faults[0])
        return []
    if stated[-1]["role"] != "user":
        refuse("messages", "Must end with what the user says.")
    return [{"role": each["role"], "content": each["content"]} for each in stated]


def _message_fault(message: Any) -> str:
    if not isinstance(message, Mapping) or set(message) != {"role", "content"}:
        return "Each message has a role and a content, and nothing else."
    if message["role"] not in ROLES:
        return f"The role of a message is one of {', '.join(ROLES)}."
    content = message["content"]
    if not isinstance(content, str) or not content.strip():
        return "The content of a message is a text that is not empty."
    if len(content) > LONGEST_PROMPT:
        return f"A message has at most {LONGEST_PROMPT:,} characters."
    return ""


def _prompted(row: Row, refuse: Refuse, *, needed: bool) -> list[dict[str, str]]:
    said = {
        role: _text(row, column, LONGEST_PROMPT, refuse, strip=False)
        for column, role in (("system", "system"), ("prompt", "user"))
    }
    unstated = not str(row.get("prompt") or "").strip()
    if unstated and (needed or said["system"]):
        refuse("prompt", "Is missing: state what is asked, or messages instead.")
    return [{"role": role, "content": text} for role, text in said.items() if text]


def _text(
    row: Row, column: str, longest: int, refuse: Refuse, *, strip: bool = True
) -> str:
    value = row.get(column)
    # Keys and clusters are often numbers.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        refuse(column, "Must be a text.")
        return ""
    if len(value) > longest:
        refuse(column, f"Must have at most {longest:,} characters.")
        return ""
    if not value.strip():
        return ""
    return value.strip() if strip else value


def _weight(row: Row, refuse: Refuse) -> float:
    value = row.get("weight")
    if value in (None, ""):
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse("weight", "Must be a number.")
    elif not 0 < value <= LARGEST_WEIGHT:
        refuse("weight", f"Must be above 0 and at most {LARGEST_WEIGHT:,.0f}.")
    else:
        return float(value)
    return 1.0


def _output_tokens(row: Row, refuse: Refuse) -> int:
    value = row.get("max_output_tokens")
    if value in (None, ""):
        return DEFAULT_OUTPUT_TOKENS
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    if not whole or value != value or not 1 <= value <= MAX_OUTPUT_TOKENS or value % 1:
        refuse(
            "max_output_tokens",
            f"Must be a whole number from 1 to {MAX_OUTPUT_TOKENS:,}.",
        )
        return DEFAULT_OUTPUT_TOKENS
    return int(value)
