"""The facts of an order in a mail, or in an exchange of mails, as JSON."""

from datetime import date, timedelta

from benchmarks.suite import wording
from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import CITIES, FIRMS, FIRST_NAMES, GOODS, LAST_NAMES
from benchmarks.suite.question import Difficulty, Kind, Question

FIELDS = {
    Difficulty.EASY: (
        '"customer" (first and last name), "article", "quantity" (a number)'
    ),
    Difficulty.MEDIUM: (
        '"customer" (first and last name), "company", "article",'
        ' "quantity" (a number), "deliver_on" (YYYY-MM-DD), "city"'
    ),
    Difficulty.HARD: (
        '"customer" (first and last name), "company", "article",'
        ' "quantity" (a number), "deliver_on" (YYYY-MM-DD), "city", all as they'
        " stand after the last mail"
    ),
}
ORDERS = (
    "we would like to order {quantity} pieces of the {article}",
    "please put us down for {quantity} of the {article}",
    "I hereby order the {article}, {quantity} pieces",
    "kindly send us {quantity} units of the {article}",
)
DISTRACTIONS = (
    "The last order, {count} pieces of the {other}, was fine, by the way.",
    "We still have {count} of the {other} in stock and need none.",
    "Your offer for {count} pieces of the {other} I must decline.",
)
ANSWERS = (
    "Thank you. The {article} can be had, all {quantity} of them.",
    "Thank you for the order of {quantity} pieces, which we have noted.",
    "We can do that: {quantity} pieces of the {article}.",
)
CHANGES = (
    "make that {now} pieces instead of {quantity}",
    "we need {now} pieces after all, not {quantity}",
    "please raise or lower the {quantity} pieces to {now}",
)


class _Order:
    """What is ordered, by whom, for when; `sent` is the day of the first mail."""

    def __init__(self, draw: Draw) -> None:
        self.customer = f"{draw.one(FIRST_NAMES)} {draw.one(LAST_NAMES)}"
        self.company, self.supplier = draw.some(FIRMS, 2)
        self.article, self.other = draw.some(GOODS, 2)
        self.quantity, self.now, self.count = draw.some(range(11, 96), 3)
        self.city, self.elsewhere = draw.some(CITIES, 2)
        self.sent = date(2026, 1, 5) + timedelta(days=draw.whole(0, 340))
        self.days, self.later = draw.some(range(8, 25), 2)

    def deliver_on(self) -> date:
        return self.sent + timedelta(days=self.days)


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    order = _Order(draw)
    number = draw.whole(0, len(ORDERS) - 1)
    wanted = ORDERS[number].format(quantity=order.quantity, article=order.article)
    expected: dict[str, object] = {
        "customer": order.customer,
        "article": order.article,
        "quantity": order.quantity,
    }
    if difficulty is not Difficulty.EASY:
        expected["company"] = order.company
        expected["deliver_on"] = order.deliver_on().isoformat()
        expected["city"] = order.city
    text = _first(draw, order, wanted, difficulty)
    if difficulty is Difficulty.HARD:
        text = f"{text}\n\n{_answer(draw, order)}\n\n{_change(draw, order)}"
        new = order.sent + timedelta(days=1 + order.later)
        expected |= {"quantity": order.now, "deliver_on": new.isoformat()}
    prompt = (
        f"{text}\n\nAnswer with one JSON object and nothing else, about what is"
        f" ordered. Its keys: {FIELDS[difficulty]}."
    )
    return Question(
        prompt=prompt,
        expected=expected,
        grader={"kind": "json", "match": "subset"},
        pattern="",
        max_output_tokens=192,
    )


def _first(draw: Draw, order: _Order, wanted: str, difficulty: Difficulty) -> str:
    if difficulty is Difficulty.EASY:
        return (
            f"Mail:\nDear {order.supplier}, {wanted}.\nKind regards,\n{order.customer}"
        )
    other = draw.one(DISTRACTIONS).format(count=order.count, other=order.other)
    return (
        f"Mail of {wording.long_date(order.sent)} to {order.supplier}:\nDear all,"
        f" {wanted}, to be delivered in {order.city} on"
        f" {wording.american_date(order.deliver_on())}. {other}\nKind regards,\n"
        f"{order.customer}\n{order.company}, {order.elsewhere}"
    )


def _answer(draw: Draw, order: _Order) -> str:
    said = draw.one(ANSWERS).format(article=order.article, quantity=order.quantity)
    return (
        f"Mail of {wording.long_date(order.sent)} to {order.company}:\n{said} Shall we"
        f" deliver to {order.elsewhere} rather than {order.city}?\n{order.supplier}"
    )


def _change(draw: Draw, order: _Order) -> str:
    day = order.sent + timedelta(days=1)
    change = draw.one(CHANGES).format(now=order.now, quantity=order.quantity)
    return (
        f"Mail of {wording.long_date(day)} to {order.supplier}:\nNo, the place stays as"
        f" I wrote. But {change}, and deliver {order.later} days from today.\n"
        f"{order.customer}"
    )


KIND = Kind(
    name="email_extraction",
    task_family="extraction",
    title="Mails to JSON",
    asks="who orders what for when, from a mail or an exchange that changes the order",
    question=_question,
)
