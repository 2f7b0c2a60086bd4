"""The facts of an invoice, as JSON."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks.suite import wording
from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import CITIES, FIRMS, GOODS
from benchmarks.suite.question import Difficulty, Kind, Question

CURRENCIES = (("EUR", "€"), ("USD", "$"), ("GBP", "£"))
TAX_PERCENT = (5, 10, 19, 20)
LAYOUTS = ("letter", "form", "note")
LINES = {Difficulty.EASY: 1, Difficulty.MEDIUM: 2, Difficulty.HARD: 3}
FIELDS = {
    Difficulty.EASY: (
        '"seller" (the firm that wrote it), "invoice_number", "date" (YYYY-MM-DD),'
        ' "total" (a number)'
    ),
    Difficulty.MEDIUM: (
        '"seller" (the firm that wrote it), "invoice_number", "date" (YYYY-MM-DD),'
        ' "due_date" (YYYY-MM-DD), "currency" (three letters), "tax" (a number),'
        ' "total" (a number, with tax)'
    ),
    Difficulty.HARD: (
        '"seller" (the firm that wrote it), "buyer", "due_date" (YYYY-MM-DD),'
        ' "total" (a number, with tax), "lines" (a list in the order of the invoice,'
        ' each {"article": …, "quantity": …, "unit_price": …})'
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Sums in cents; a line is the article, how many, and the price of one."""

    seller: str
    buyer: str
    city: str
    number: str
    day: date
    days_to_pay: int
    currency: tuple[str, str]
    tax_percent: int
    lines: tuple[tuple[str, int, int], ...]

    @property
    def net(self) -> int:
        """The lines' sum."""
        return sum(quantity * price for _, quantity, price in self.lines)

    @property
    def tax(self) -> int:
        """Of the net sum; prices are chosen so that it comes out even."""
        return self.net * self.tax_percent // 100

    @property
    def due(self) -> date:
        """The last day to pay."""
        return self.day + timedelta(days=self.days_to_pay)


def _drawn(draw: Draw, lines: int) -> Invoice:
    seller, buyer = draw.some(FIRMS, 2)
    prefix = draw.one(("INV-", "R", "2026/", "A-"))
    return Invoice(
        seller=seller,
        buyer=buyer,
        city=draw.one(CITIES),
        number=f"{prefix}{draw.whole(1000, 99_999)}",
        day=date(2026, 1, 1) + timedelta(days=draw.whole(0, 364)),
        days_to_pay=draw.one((7, 10, 14, 21, 30)),
        currency=draw.one(CURRENCIES),
        tax_percent=draw.one(TAX_PERCENT),
        # Whole units of money: any of the percentages is then a whole cent.
        lines=tuple(
            (article, draw.whole(2, 12), draw.whole(4, 380) * 100)
            for article in draw.some(GOODS, lines)
        ),
    )


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    invoice = _drawn(draw, LINES[difficulty])
    layout = draw.one(LAYOUTS)
    text = PRINTED[layout](invoice, difficulty)
    prompt = (
        f"Read this invoice:\n\n{text}\n\nAnswer with one JSON object and nothing else."
        f" Its keys: {FIELDS[difficulty]}."
    )
    return Question(
        prompt=prompt,
        expected=_expected(invoice, difficulty),
        grader={"kind": "json", "match": "subset"},
        pattern="",
        max_output_tokens=256,
    )


def _expected(invoice: Invoice, difficulty: Difficulty) -> dict[str, Any]:
    total = (invoice.net + invoice.tax) / 100
    if difficulty is Difficulty.HARD:
        return {
            "seller": invoice.seller,
            "buyer": invoice.buyer,
            "due_date": invoice.due.isoformat(),
            "total": total,
            "lines": [
                {"article": name, "quantity": quantity, "unit_price": price / 100}
                for name, quantity, price in invoice.lines
            ],
        }
    facts = {
        "seller": invoice.seller,
        "invoice_number": invoice.number,
        "date": invoice.day.isoformat(),
        "total": total,
    }
    if difficulty is Difficulty.MEDIUM:
        facts["due_date"] = invoice.due.isoformat()
        facts["currency"] = invoice.currency[0]
        facts["tax"] = invoice.tax / 100
    return facts


def _letter(invoice: Invoice, difficulty: Difficulty) -> str:
    """Return the plainest of the layouts, with its sums in words and signs."""
    sign = invoice.currency[1]
    lines = "\n".join(
        f"{quantity} x {name}, {sign}{wording.amount(price)} each"
        for name, quantity, price in invoice.lines
    )
    return (
        f"{invoice.seller}, {invoice.city}\n\nTo {invoice.buyer}\n\n"
        f"Invoice {invoice.number} of {wording.long_date(invoice.day)}\n\n{lines}\n\n"
        f"Net {sign}{wording.amount(invoice.net)}\n"
        f"Tax {invoice.tax_percent} % {sign}{wording.amount(invoice.tax)}\n"
        f"To pay {sign}{wording.amount(invoice.net + invoice.tax)}\n"
        f"{_terms(invoice, difficulty)}"
    )


def _form(invoice: Invoice, difficulty: Difficulty) -> str:
    """Return a form with fields, sums the continental way."""
    code = invoice.currency[0]
    rows = "\n".join(
        f"{number} | {name} | {quantity} | {wording.continental(price)}"
        for number, (name, quantity, price) in enumerate(invoice.lines, 1)
    )
    return (
        f"INVOICE\nNumber: {invoice.number}\nFrom: {invoice.seller}\n"
        f"Bill to: {invoice.buyer}\nDate: {wording.american_date(invoice.day)}\n\n"
        f"Pos | Article | Quantity | Unit price {code}\n{rows}\n\n"
        f"Subtotal {code} {wording.continental(invoice.net)}\n"
        f"VAT {invoice.tax_percent} %: {code} {wording.continental(invoice.tax)}\n"
        f"Total {code} {wording.continental(invoice.net + invoice.tax)}\n"
        f"{_terms(invoice, difficulty)}"
    )


def _note(invoice: Invoice, difficulty: Difficulty) -> str:
    """Return running text, as in the body of a mail."""
    code = invoice.currency[0]
    lines = ", then ".join(
        f"{quantity} pieces of the {name} at {wording.amount(price)} apiece"
        for name, quantity, price in invoice.lines
    )
    return (
        f"Dear {invoice.buyer},\non {wording.long_date(invoice.day)} we bill you under"
        f" number {invoice.number} for {lines}. That makes {code}"
        f" {wording.amount(invoice.net)} before and {code}"
        f" {wording.amount(invoice.net + invoice.tax)} after tax of {code}"
        f" {wording.amount(invoice.tax)}. {_terms(invoice, difficulty)}\n"
        f"Yours, {invoice.seller}, {invoice.city}"
    )


def _terms(invoice: Invoice, difficulty: Difficulty) -> str:
    if difficulty is Difficulty.HARD:
        return f"Due {invoice.days_to_pay} days after the date of the invoice."
    return f"Please pay by {wording.long_date(invoice.due)}."


PRINTED = {"letter": _letter, "form": _form, "note": _note}

KIND = Kind(
    name="invoice_extraction",
    task_family="extraction",
    title="Invoices to JSON",
    asks="seller, dates, sums and lines of an invoice in one of three layouts",
    question=_question,
)
