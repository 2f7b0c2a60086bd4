"""One spelling for texts that are to count as the same."""

import re
import unicodedata

_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
# The opening tag may have been part of the prompt.
_THOUGHT = re.compile(r"^.*</(?:think|thinking|reasoning)>", re.DOTALL)
_OPEN_THOUGHT = re.compile(r"^\s*<(think|thinking|reasoning)>")
_FENCE = re.compile(r"```[ \t]*(\w*)[^\n]*\n(.*?)```", re.DOTALL)


def spelled(text: str, *, ignore_case: bool = True) -> str:
    """Return a text with one kind of quote, single spaces and, if wished, no case."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    single = " ".join(plain.split())
    return single.casefold() if ignore_case else single


def bare(text: str) -> str:
    """Return a text without the marks that stand around an answer."""
    return text.strip().strip("\"'`*_ \t\n").rstrip(".!,;: ").strip("\"'`*_ ")


def without_thoughts(text: str) -> str:
    """Return what comes after reasoning in tags; empty if it never ended."""
    if ended := _THOUGHT.match(text):
        return text[ended.end() :].strip()
    return "" if _OPEN_THOUGHT.match(text) else text.strip()


def fenced(text: str, languages: tuple[str, ...]) -> str | None:
    """Return the last fenced block in one of the languages, or in none; else None."""
    blocks = [
        match[2] for match in _FENCE.finditer(text) if match[1].lower() in languages
    ]
    blocks = blocks or [match[2] for match in _FENCE.finditer(text) if not match[1]]
    return blocks[-1].strip() if blocks else None
