"""Numbers, money and dates as a reader's locale has them. Pure."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)

FALLBACK = Locale.parse("en_US")
# Nobody can tell whose dollar this is.
_AMBIGUOUS = "$"


def locale_of(name: str) -> Locale:
    """Return the locale of a name such as fr_FR or de-CH; English if it is unknown."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return FALLBACK


class Formats:
    """Formats for one reader; moments are shown on the clock of `time_zone`."""

    def __init__(self, locale: str, *, currency: str, time_zone: str) -> None:
        self.locale = locale_of(locale)
        self._currency = currency
        self._zone = ZoneInfo(time_zone)

    def money(self, amount: str | Decimal) -> str:
        """Return a sum to a cent: "USD 12,345.60", "12 345,60 $US"."""
        return self.money_in(amount, self._currency)

    def money_in(self, amount: str | Decimal, currency: str) -> str:
        """Return a sum of a stated currency to a cent."""
        return self._priced(Decimal(amount), currency, digits="0.00")

    def rate(self, amount: str, currency: str) -> str:
        """Return a price per million tokens; small ones keep their digits."""
        return self._priced(Decimal(amount), currency, digits="0.00####")

    def number(self, value: float | Decimal) -> str:
        """Return a number as the locale groups it."""
        return str(format_decimal(value, locale=self.locale))

    def share(self, share: float) -> str:
        """Return a share from 0 to 1 in percent, to a tenth."""
        return str(format_percent(share, "#,##0.#\xa0%", locale=self.locale))

    def signed_percent(self, percent: float) -> str:
        """Return a change that is in percent already, with its sign."""
        sign = "+" if percent > 0 else "-"
        return f"{sign}{self.share(abs(percent) / 100)}"

    def milliseconds(self, value: float) -> str:
        """Return a time in ms to three digits, seconds from ten on."""
        if value >= 10_000:
            return f"{self.number(Decimal(f'{value / 1000:.3g}'))}\xa0s"
        places = 0 if value >= 100 else 1
        return f"{self.number(round(value, places))}\xa0ms"

    def day(self, text: str) -> str:
        """Return a date, or the day of a moment, given in ISO 8601."""
        return str(format_date(self._date(text), "medium", locale=self.locale))

    def days(self, first: str, last: str) -> str:
        """Return the days from one moment to another, given in ISO 8601."""
        return str(
            format_interval(
                self._date(first), self._date(last), "yMMMd", locale=self.locale
            )
        )

    def month(self, text: str) -> str:
        """Return a month, given as 2026-12."""
        first = date.fromisoformat(f"{text}-01")
        return str(format_date(first, "LLLL y", locale=self.locale))

    def _date(self, text: str) -> date:
        if "T" not in text:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).astimezone(self._zone).date()

    def _priced(self, amount: Decimal, currency: str, *, digits: str) -> str:
        pattern = self.locale.currency_formats["standard"].pattern
        pattern = pattern.replace("0.00", digits)
        if get_currency_symbol(currency, locale=self.locale) == _AMBIGUOUS:
            pattern = _with_code(pattern)
        return str(
            format_currency(
                amount, currency, pattern, locale=self.locale, currency_digits=False
            )
        )


def _with_code(pattern: str) -> str:
    """Return a pattern of money with the code of the currency in its symbol's place."""
    apart = pattern.replace("¤\xa0", "¤")
    return (
        apart.replace("¤", "¤¤\xa0")
        if apart.startswith("¤")
        else apart.replace("¤", "¤¤")
    )
