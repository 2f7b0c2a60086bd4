"""Finds where a text marks its final answer."""

import re
from collections.abc import Iterator

# What follows the last of these on its line is the answer.
_PHRASE = re.compile(
    r"(?:\b(?:final |correct |right |best )?(?:answer|result|choice|option|label)"
    r"\b[*_ ]*(?:is|are|:|=)[*_: ]*|####)[ \t]*",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\{([^{}\n]{1,200})\}")
_LONGEST = 200
# Further back nobody marks an answer; some models repeat a mark without end.
_MOST = 50


def marked_answers(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the marked answers, last first, and whether each certainly ended.

    A mark is "answer is …", "Answer: …", "#### …" or "\\boxed{…}".
    """
    found = [(match.start(), match[1], True) for match in _BOXED.finditer(text)]
    for match in _PHRASE.finditer(text):
        rest = text[match.end() : match.end() + _LONGEST].lstrip("\n")
        line, ended, _ = rest.partition("\n")
        found.append((match.start(), line, bool(ended) or _is_closed(line)))
    for _, answer, closed in sorted(found, reverse=True)[:_MOST]:
        if answer.strip():
            yield answer.strip(), closed


def _is_closed(line: str) -> bool:
    return line.rstrip().endswith((".", "!", "*", ")", "}"))
