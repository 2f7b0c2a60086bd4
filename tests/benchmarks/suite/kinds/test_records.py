"""Invoices and mails: the record can be read off the text, whatever the layout."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.suite import KINDS, items

LONG_DATE = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
AMERICAN_DATE = re.compile(r"[A-Z][a-z]+ \d{1,2}, \d{4}")


def dates(text):
    """Return the days in a text, in their order there."""
    found = [(m.start(), m[0], "%d %B %Y") for m in LONG_DATE.finditer(text)]
    found += [(m.start(), m[0], "%B %d, %Y") for m in AMERICAN_DATE.finditer(text)]
    return [
        datetime.strptime(said, form).replace(tzinfo=UTC).date()
        for _, said, form in sorted(found)
    ]


def printed(item):
    return item["messages"][0]["content"].split("\n\nAnswer with one JSON")[0]


@pytest.mark.parametrize("item", items(KINDS["invoice_extraction"], seed=5, count=60))
def test_an_invoice_says_what_is_expected_of_it(item):
    text, right = printed(item), item["expected"]
    days = dates(text)
    wait = re.search(r"Due (\d+) days after", text)
    due = days[0] + timedelta(days=int(wait[1])) if wait else days[1]

    total = f"{right['total']:,.2f}"
    turned = total.translate(str.maketrans(",.", ".,"))

    assert total in text or turned in text
    assert right["seller"] in text
    assert right.get("date", str(days[0])) == str(days[0])
    assert right.get("due_date", str(due)) == str(due)
    net = sum(line["quantity"] * line["unit_price"] for line in right.get("lines", ()))
    if net:
        percent = int(re.search(r"(?:Tax|VAT) (\d+) %", text)[1]) if " %" in text else 0
        assert not percent or right["total"] == pytest.approx(net * (1 + percent / 100))


@pytest.mark.parametrize("item", items(KINDS["email_extraction"], seed=5, count=60))
def test_a_mail_says_what_is_expected_of_it(item):
    text, right = printed(item), item["expected"]
    wait = re.search(r"deliver (\d+) days from today", text)

    assert right["customer"] in text
    assert right["article"] in text
    assert re.search(rf"\b{right['quantity']}\b", text)
    if wait:
        assert f"{right['quantity']} pieces" in text.split("Mail of ")[3] or (
            f"to {right['quantity']}," in text.split("Mail of ")[3]
        )
        # Counted from the last mail, which is the last date in the text.
        day = dates(text)[-1] + timedelta(days=int(wait[1]))
        assert right["deliver_on"] == str(day)
    elif "deliver_on" in right:
        assert right["deliver_on"] == str(dates(text)[1])
        assert f"delivered in {right['city']} on" in text
