"""Whole numbers in English words."""

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
_TENS = (
    *("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
    "ninety",
)


def words(number: int) -> str:
    """Return a number from 0 to 999,999 in words: two thousand and five."""
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(rest)
    start = f"{_below_thousand(thousands)} thousand"
    if not rest:
        return start
    return f"{start} {'and ' if rest < 100 else ''}{_below_thousand(rest)}"


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _below_hundred(rest)
    start = f"{_SMALL[hundreds]} hundred"
    return f"{start} and {_below_hundred(rest)}" if rest else start


def _below_hundred(number: int) -> str:
    if number < len(_SMALL):
        return _SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]
