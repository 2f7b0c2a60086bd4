"""An alert in one plain sentence; numbers and dates as the reader's locale has them.

Names stand as they were given, markup and all: whoever puts a sentence into a page
or a mail escapes it there.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from advisor.recommendations.wording import how_words
from advisor.reports.models import Alert, AlertKind

FALLBACK = Locale.parse("en_US")
# A subject in a mail is one line, and no longer than a person reads.
MAX_SUBJECT = 150
_FIGURES = {
    "ttft_ms": "time to first token",
    "tpot_ms": "time per output token",
    "error_rate": "error rate",
}
Facts = Mapping[str, Any]
Wording = Callable[[Facts, Locale], str]


def sentence_of(alert: Alert, locale: str) -> str:
    """Say what an alert tells, in one sentence."""
    return _SENTENCES[AlertKind(alert.kind)](alert.facts, _locale(locale))


def subject_of(alert: Alert, locale: str) -> str:
    """Return the line above a message about an alert, without line breaks."""
    facts = alert.facts
    said = _SUBJECTS[AlertKind(alert.kind)](facts, _locale(locale))
    line = " ".join(f"{facts['workload']['name']}: {said}".split())
    return line if len(line) <= MAX_SUBJECT else f"{line[: MAX_SUBJECT - 1]}…"


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return FALLBACK


def _price(facts: Facts, locale: Locale) -> str:
    verb = "rises" if Decimal(facts["after"]) > Decimal(facts["before"]) else "falls"
    tense = verb if facts["announced"] else {"rises": "rose", "falls": "fell"}[verb]
    since = "from" if facts["announced"] else "since"
    return (
        f"A request of {_workload(facts)} on {_option(facts)} {tense} from"
        f" {_small(facts['before'], facts, locale)} to"
        f" {_small(facts['after'], facts, locale)}"
        f"{_by_percent(facts, locale)} {since}"
        f" {_day(facts['effective_from'], locale)}:"
        f" {_signed(facts['monthly_change'], facts, locale)} a month at today's"
        " traffic."
    )


def _retirement(facts: Facts, locale: Locale) -> str:
    successor = facts["successor"]
    instead = f" Its named successor is {successor}." if successor else ""
    return (
        f"{_option(facts)}, {_role(facts)} {_workload(facts)}, {_ends(facts, locale)}."
        f"{instead}"
    )


def _ends(facts: Facts, locale: Locale) -> str:
    if facts["retires_on"]:
        verb = "retired" if facts["over"] else "retires"
        return f"{verb} on {_day(facts['retires_on'], locale)}"
    if facts["unlisted"]:
        return "is no longer listed by its provider"
    return "was declared deprecated, without a date of retirement"


def _regression(facts: Facts, locale: Locale) -> str:
    return (
        f"The {_FIGURES[facts['figure']]} of {_option(facts)}, {_role(facts)}"
        f" {_workload(facts)}, rose from {_level(facts['before'], facts, locale)} to"
        f" {_level(facts['after'], facts, locale)}{_by_percent(facts, locale)} at"
        f" {facts['endpoint']['name']} ({facts['token_class']} requests) since"
        f" {_day(facts['effective_from'], locale)}."
    )


def _floor(facts: Facts, locale: Locale) -> str:
    wanted = _share(facts["floor"], locale)
    if facts["estimate"] is None:
        found = "its quality cannot be proven from what is known"
    else:
        found = f"its quality is estimated at {_share(facts['estimate'], locale)}"
    return (
        f"{_option(facts)}, in use for {_workload(facts)}, does not meet the quality"
        f" floor of {wanted}: {found}."
    )


def _spend(facts: Facts, locale: Locale) -> str:
    return (
        f"{_workload(facts)} cost {_money(facts['realised'], facts, locale)} in"
        f" {_month(facts['month'], locale)}, above the projected band, which ended at"
        f" {_money(facts['high'], facts, locale)}."
    )


def _better(facts: Facts, locale: Locale) -> str:
    return (
        f"{_option(facts)} would do for {_workload(facts)} at"
        f" {_money(facts['monthly_after'], facts, locale)} a month instead of"
        f" {_money(facts['monthly_before'], facts, locale)} on"
        f" {_name(facts['in_use'])}: it saves"
        f" {_money(facts['saving_monthly'], facts, locale)} a month."
    )


_SENTENCES: dict[AlertKind, Wording] = {
    AlertKind.PRICE_RISE: _price,
    AlertKind.PRICE_CUT: _price,
    AlertKind.RETIREMENT: _retirement,
    AlertKind.LATENCY_REGRESSION: _regression,
    AlertKind.ERROR_REGRESSION: _regression,
    AlertKind.FLOOR_NOT_MET: _floor,
    AlertKind.SPEND_ABOVE_BAND: _spend,
    AlertKind.BETTER_OPTION: _better,
}
_SUBJECTS: dict[AlertKind, Wording] = {
    AlertKind.PRICE_RISE: lambda facts, locale: (
        f"price rise of {_option(facts)}{_by_percent(facts, locale)}"
    ),
    AlertKind.PRICE_CUT: lambda facts, locale: (
        f"price cut of {_option(facts)}{_by_percent(facts, locale)}"
    ),
    AlertKind.RETIREMENT: lambda facts, locale: (
        f"{_option(facts)} {_ends(facts, locale)}"
    ),
    AlertKind.LATENCY_REGRESSION: lambda facts, locale: (
        f"{_option(facts)} became slower{_by_percent(facts, locale)}"
    ),
    AlertKind.ERROR_REGRESSION: lambda facts, _: f"{_option(facts)} fails more often",
    AlertKind.FLOOR_NOT_MET: lambda facts, _: (
        f"{_option(facts)} does not meet the quality floor"
    ),
    AlertKind.SPEND_ABOVE_BAND: lambda facts, locale: (
        f"spend of {_month(facts['month'], locale)} above its band"
    ),
    AlertKind.BETTER_OPTION: lambda facts, locale: (
        f"save {_money(facts['saving_monthly'], facts, locale)} a month with"
        f" {_option(facts)}"
    ),
}


def _workload(facts: Facts) -> str:
    return f"“{facts['workload']['name']}”"


def _role(facts: Facts) -> str:
    return "in use for" if facts["role"] == "in_use" else "recommended for"


def _option(facts: Facts) -> str:
    return _name(facts)


def _name(option: Facts) -> str:
    """Return provider and listing, an unusual tier, and how it is run."""
    offering, tier = option["offering"], option["service_tier"]
    name = f"{offering['provider']}/{offering['name']}"
    told = name if tier == "standard" else f"{name} ({tier})"
    return told + how_words(option.get("strategy"))


def _by_percent(facts: Facts, locale: Locale) -> str:
    if facts["percent"] is None:
        return ""
    share = Decimal(facts["percent"]) / 100
    shown = format_percent(abs(share), "#,##0.#%", locale=locale)
    return f" ({'+' if share > 0 else '-'}{shown})"


def _money(amount: str, facts: Facts, locale: Locale) -> str:
    return format_currency(Decimal(amount), facts["currency"], locale=locale)


def _signed(amount: str, facts: Facts, locale: Locale) -> str:
    sign = "-" if Decimal(amount) < 0 else "+"
    return f"{sign}{_money(str(abs(Decimal(amount))), facts, locale)}"


def _small(amount: str, facts: Facts, locale: Locale) -> str:
    """Return the price of one request to a millionth of the currency."""
    shown = Decimal(amount).quantize(Decimal("0.000001"))
    number = format_decimal(shown, "#,##0.00####", locale=locale)
    return f"{number} {facts['currency']}"


def _level(level: float, facts: Facts, locale: Locale) -> str:
    if facts["unit"] == "share":
        return _share(level, locale)
    return f"{format_decimal(Decimal(f'{level:.3g}'), locale=locale)} ms"


def _share(share: float, locale: Locale) -> str:
    return format_percent(Decimal(repr(share)), "#,##0.#%", locale=locale)


def _day(text: str, locale: Locale) -> str:
    """Return a date, or the UTC day of a moment, in the locale's own short form."""
    day = date.fromisoformat(text) if len(text) == 10 else _moment(text).date()
    return format_date(day, "medium", locale=locale)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _month(text: str, locale: Locale) -> str:
    """Return "2026-11" as the locale writes a month of a year."""
    first = date.fromisoformat(f"{text}-01")
    return str(format_date(first, "LLLL y", locale=locale))
