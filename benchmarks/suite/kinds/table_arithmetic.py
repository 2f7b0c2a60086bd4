"""Sums, shares and differences over a small table."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import CITIES, GOODS
from benchmarks.suite.question import Difficulty, Kind, Question

WAREHOUSES = ("North", "South", "West")
ROWS = {Difficulty.EASY: 4, Difficulty.MEDIUM: 6, Difficulty.HARD: 8}
# A share that was not rounded is not wrong.
ROUNDED = 0.051
EXACT = 0.001


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a warehouse: pieces in stock, sold, and the price of one."""

    article: str
    warehouse: str
    stock: int
    sold: int
    price: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, its answer, and how far off an answer may be."""

    text: str
    answer: float
    tolerance: float = EXACT


def _two_stocks(draw: Draw, rows: list[Row]) -> Asked:
    one, other = draw.some(rows, 2)
    text = (
        f"How many pieces of the {one.article} and the {other.article} together are"
        " in stock?"
    )
    return Asked(text, one.stock + other.stock)


def _left(draw: Draw, rows: list[Row]) -> Asked:
    row = draw.one(rows)
    text = (
        f"By how many pieces is the stock of the {row.article} larger than its sales?"
    )
    return Asked(text, row.stock - row.sold)


def _most(draw: Draw, rows: list[Row]) -> Asked:
    column = draw.one(("stock", "price"))
    name = {"stock": "number in stock", "price": "price"}[column]
    text = f"What is the highest {name} of any article?"
    return Asked(text, max(getattr(row, column) for row in rows))


def _dearer(draw: Draw, rows: list[Row]) -> Asked:
    one, other = sorted(draw.some(rows, 2), key=lambda row: -row.price)
    text = f"How much dearer is one {one.article} than one {other.article}?"
    return Asked(text, one.price - other.price)


def _all_sold(draw: Draw, rows: list[Row]) -> Asked:
    return Asked("How many pieces were sold in all?", sum(row.sold for row in rows))


def _stock_of_warehouse(draw: Draw, rows: list[Row]) -> Asked:
    place = draw.one(rows).warehouse
    text = f"How many pieces are in stock in the warehouse {place}?"
    return Asked(text, sum(row.stock for row in rows if row.warehouse == place))


def _revenue(draw: Draw, rows: list[Row]) -> Asked:
    row = draw.one(rows)
    text = (
        f"What did the pieces sold of the {row.article} bring in, at the price shown?"
    )
    return Asked(text, row.sold * row.price)


def _sold_above(draw: Draw, rows: list[Row]) -> Asked:
    limit = sorted(row.price for row in rows)[draw.whole(2, 4)]
    text = f"How many pieces were sold of articles that cost {limit} or more?"
    return Asked(text, sum(row.sold for row in rows if row.price >= limit))


def _value_of_warehouse(draw: Draw, rows: list[Row]) -> Asked:
    place = draw.one(rows).warehouse
    text = f"What is the stock in the warehouse {place} worth, at the prices shown?"
    worth = sum(row.stock * row.price for row in rows if row.warehouse == place)
    return Asked(text, worth)


def _share_of_article(draw: Draw, rows: list[Row]) -> Asked:
    row = draw.one(rows)
    text = (
        "What percentage of all pieces sold is of the article"
        f" {row.article}? Round to one decimal."
    )
    share = 100 * row.sold / sum(other.sold for other in rows)
    return Asked(text, round(share, 1), ROUNDED)


def _warehouses_apart(draw: Draw, rows: list[Row]) -> Asked:
    sold = dict.fromkeys(WAREHOUSES, 0)
    for row in rows:
        sold[row.warehouse] += row.sold
    one, other = sorted(draw.some(WAREHOUSES, 2), key=lambda place: -sold[place])
    text = (
        f"How many more pieces were sold from the warehouse {one} than from"
        f" the warehouse {other}?"
    )
    return Asked(text, sold[one] - sold[other])


def _revenue_of_most_sold(draw: Draw, rows: list[Row]) -> Asked:
    text = (
        "What did the article of which the most pieces were sold bring in,"
        " at the price shown?"
    )
    best = max(rows, key=lambda row: row.sold)
    return Asked(text, best.sold * best.price)


ASKED: dict[Difficulty, tuple[Callable[[Draw, list[Row]], Asked], ...]] = {
    Difficulty.EASY: (_two_stocks, _left, _most, _dearer),
    Difficulty.MEDIUM: (_all_sold, _stock_of_warehouse, _revenue, _sold_above),
    Difficulty.HARD: (
        *(_value_of_warehouse, _share_of_article),
        *(_warehouses_apart, _revenue_of_most_sold),
    ),
}


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    rows = _rows(draw, ROWS[difficulty])
    asked = draw.one(ASKED[difficulty])(draw, rows)
    prompt = (
        f"{_printed(draw, rows)}\n\n{asked.text}\n\nReply with the number only, without"
        " a unit."
    )
    return Question(
        prompt=prompt,
        expected=asked.answer,
        grader={"kind": "number", "absolute_tolerance": asked.tolerance},
        pattern="",
        max_output_tokens=64,
    )


def _rows(draw: Draw, count: int) -> list[Row]:
    """Return rows with different articles, sales and prices: no question is a tie."""
    sold = draw.some(range(4, 60), count)
    prices = draw.some(range(3, 90), count)
    return [
        Row(article, draw.one(WAREHOUSES), pieces + draw.whole(1, 120), pieces, price)
        for article, pieces, price in zip(
            draw.some(GOODS, count), sold, prices, strict=True
        )
    ]


def _printed(draw: Draw, rows: list[Row]) -> str:
    town = draw.one(CITIES)
    cells = [("article", "warehouse", "in stock", "sold", "price")]
    cells += [
        (row.article, row.warehouse, str(row.stock), str(row.sold), str(row.price))
        for row in rows
    ]
    between = draw.one((" | ", ";", ", ", "\t"))
    lines = "\n".join(between.join(line) for line in cells)
    return f"Stock list of the branch in {town}, prices in euros:\n\n{lines}"


KIND = Kind(
    name="table_arithmetic",
    task_family="maths_reasoning",
    title="Arithmetic on tables",
    asks="a sum, difference, product or share over four to eight rows",
    question=_question,
)
