"""What a reviewer thinks of one aspect of a product."""

from benchmarks.suite.drawing import Draw
from benchmarks.suite.question import Difficulty, Kind, Question

# An aspect, a word that praises it and one that faults it.
ASPECTS = (
    ("delivery", "quick", "slow"),
    ("packaging", "sturdy", "flimsy"),
    ("price", "fair", "excessive"),
    ("support", "helpful", "useless"),
    ("display", "sharp", "blurred"),
    ("manual", "clear", "confusing"),
    ("assembly", "easy", "tedious"),
    ("finish", "flawless", "shoddy"),
    ("app", "reliable", "unstable"),
    ("motor", "quiet", "noisy"),
)
PLAIN = {
    "positive": (
        "The {aspect} is wonderfully {good}.",
        "I love how {good} the {aspect} is.",
        "Happily, the {aspect} turned out {good}.",
        "The {aspect} is {good}, just as it should be.",
    ),
    "negative": (
        "The {aspect} is terribly {bad}.",
        "I am annoyed at how {bad} the {aspect} is.",
        "Sadly, the {aspect} turned out {bad}.",
        "The {aspect} is {bad}, which is a disgrace.",
    ),
    "neutral": (
        "I cannot judge the {aspect} yet.",
        "About the {aspect} I have no opinion.",
        "The {aspect} is neither good nor bad.",
        "I have not looked at the {aspect} so far.",
    ),
}
TURNED = {
    "positive": (
        "The {aspect} is anything but {bad}.",
        "Nobody could call the {aspect} {bad}.",
        "I had been warned that the {aspect} is {bad}; it is the very opposite.",
        "Whoever calls the {aspect} {bad} has not used this {product}.",
    ),
    "negative": (
        "The {aspect} is anything but {good}.",
        "Nobody could call the {aspect} {good}.",
        "I had been promised that the {aspect} is {good}; it is the very opposite.",
        "Whoever calls the {aspect} {good} has not used this {product}.",
    ),
    "neutral": (
        "Others call the {aspect} {good}; I have yet to see for myself.",
        "Others call the {aspect} {bad}; I have yet to see for myself.",
        "Whether the {aspect} is {good} or {bad} I cannot tell at all.",
        "My neighbour finds the {aspect} {good}, my sister {bad}; I have no view.",
    ),
}
# All of them have a display, a motor and an app.
DEVICES = (
    *("label printer", "coffee machine", "paper shredder", "air purifier"),
    *("document scanner", "sewing machine", "robot mower", "floor cleaner"),
    *("water pump", "desk fan", "card printer", "stirrer", "box sealer"),
)
OPENINGS = (
    "I bought the {product} in {month}.",
    "We have used this {product} for {weeks} weeks.",
    "The {product} has been on my desk since {month}.",
)
MONTHS = ("January", "March", "April", "June", "August", "October", "November")
WORDS = tuple(PLAIN)
SENTENCES = {Difficulty.EASY: 1, Difficulty.MEDIUM: 3, Difficulty.HARD: 4}


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    wordings = TURNED if difficulty is Difficulty.HARD else PLAIN
    product = draw.one(DEVICES)
    aspects = draw.some(ASPECTS, SENTENCES[difficulty])
    asked = draw.whole(0, len(aspects) - 1)
    expected = draw.one(WORDS)
    said, number = [], 0
    for place, aspect in enumerate(aspects):
        # Around it stand other opinions, so that the tone as a whole gives no hint.
        word = expected if place == asked else _other(draw, expected)
        used = draw.whole(0, len(wordings[word]) - 1)
        number = used if place == asked else number
        said.append(_filled(wordings[word][used], aspect, product))
    return Question(
        prompt=_prompt(_opening(draw, product), said, aspects[asked][0]),
        expected=expected,
        grader={"kind": "choice", "choices": list(WORDS)},
        pattern=f"{aspects[asked][0]}-{expected}-{number}",
        max_output_tokens=32,
    )


def _other(draw: Draw, word: str) -> str:
    return draw.one([other for other in WORDS if other != word])


def _filled(wording: str, aspect: tuple[str, str, str], product: str) -> str:
    name, good, bad = aspect
    return wording.format(aspect=name, good=good, bad=bad, product=product)


def _opening(draw: Draw, product: str) -> str:
    return draw.one(OPENINGS).format(
        product=product, month=draw.one(MONTHS), weeks=draw.whole(2, 40)
    )


def _prompt(opening: str, said: list[str], aspect: str) -> str:
    return (
        f"A customer wrote:\n\n{' '.join([opening, *said])}\n\n"
        f"What does this customer think of the {aspect}? Reply with one word:"
        " positive, negative, or neutral if the customer takes neither side."
    )


KIND = Kind(
    name="sentiment",
    task_family="classification",
    title="Sentiment",
    asks="what a reviewer thinks of one aspect, among others and behind negations",
    question=_question,
)
