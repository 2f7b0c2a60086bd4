"""The explanation of a change of advice, arranged for a page."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

from advisor.pages.charts import Chart
from advisor.pages.templatetags.shown import LOCALE, UNKNOWN
from advisor.reports.charts import drivers_chart
from advisor.reports.charts.drivers import drivers_words

Json = dict[str, Any]

DRIVERS = {
    "price": "Prices",
    "traffic": "Traffic",
    "tokens": "Tokens a request takes",
    "currency": "Exchange rates",
    "latency": "Measured latency",
    "quality": "Evidence of quality",
    "limits": "Limits and other edits",
    "new_offerings": "New offerings",
    "retired": "Retired offerings",
}
# The three totals, in the order of their reading, with what each means.
TOTALS = (
    ("repriced", "The same option, repriced", "what the earlier pick costs by now"),
    ("switch", "The switch of option", "the newer pick instead of the earlier one"),
    ("edits", "Your own edits", "the workload as you state it now"),
)


def totals_of(changes: Json) -> list[tuple[str, str, str]]:
    """Return each total as its name, its amount in words, and its meaning."""
    amounts, currency = changes["totals"], changes["currency"]
    return [
        (title, signed(amounts[name], currency), meaning)
        for name, title, meaning in TOTALS
    ]


def driver_rows(changes: Json) -> list[tuple[str, str, str]]:
    """Return the drivers that changed: name, amount in words, and what happened."""
    return [
        (
            DRIVERS.get(each["driver"], each["driver"]),
            signed(each["amount"], changes["currency"]),
            each["sentence"] or "",
        )
        for each in changes["drivers"]
        if each["changed"]
    ]


def change_chart(changes: Json) -> Chart | None:
    """Return the waterfall of the drivers; None where no sum was moved."""
    spend, currency = changes["twelve_months"], changes["currency"]
    moved = [
        {**each, "driver": DRIVERS.get(each["driver"], each["driver"])}
        for each in changes["drivers"]
        if each["amount"] is not None and Decimal(each["amount"])
    ]
    if spend["change"] is None or not moved:
        return None
    amounts = {each["driver"]: signed(each["amount"], currency) for each in moved}
    ends = {name: exact(spend[name], currency) for name in ("before", "after")}
    return Chart(
        id="drivers",
        title="From before to after, driver by driver",
        alt=drivers_words(moved, amount=amounts, **ends),
        spec=drivers_chart(
            moved,
            before=Decimal(spend["before"]),
            after=Decimal(spend["after"]),
            currency=currency,
        ),
        columns=("Step", f"{currency} in twelve months"),
        rows=_steps(ends, amounts),
    )


def _steps(
    ends: Mapping[str, str], amounts: Mapping[str, str]
) -> Sequence[tuple[str, str]]:
    return [("Before", ends["before"]), *amounts.items(), ("After", ends["after"])]


def news_of(changes: Json) -> list[str]:
    """Return the news; what is told of each option stands in their own table."""
    of_options = {option["sentence"] for option in changes["options"]}
    return [said for said in changes["sentences"] if said not in of_options]


def exact(amount: str | None, currency: str) -> str:
    """Return an amount with its cents: on this page parts must visibly sum."""
    if amount is None:
        return UNKNOWN
    return format_currency(Decimal(amount), currency, locale=LOCALE)


def signed(amount: str | None, currency: str) -> str:
    """Return an exact amount with its sign: "+$300.00", "-$5.00", "$0.00"."""
    words = exact(amount, currency)
    return f"+{words}" if amount is not None and Decimal(amount) > 0 else words
